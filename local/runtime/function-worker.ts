/**
 * The worker thread of an execution environment: loads the bundle once, then handles one invocation at a time.
 * `Date` follows the virtual clock.
 */
import { enableCompileCache, flushCompileCache } from 'node:module'
import { parentPort, workerData } from 'node:worker_threads'

export interface WorkerSetup {
  /** URL of the bundle's module. */
  readonly module: string
  /** The export that handles events. */
  readonly handler: string
  readonly functionName: string
  readonly functionArn: string
  readonly memorySize: string
  readonly logGroupName: string
  readonly logStreamName: string
  /** Directory for compiled code: a bundle is compiled once, and not in each environment. */
  readonly compileCache: string
  /** Shared with the service: virtual time minus real time, in milliseconds, as one Float64. */
  readonly offset: SharedArrayBuffer
}

export interface WorkerRequest {
  readonly requestId: string
  /** JSON. */
  readonly event: string
  /** Virtual epoch milliseconds. */
  readonly deadline: number
}

/** The error of a failed invocation, with the fields that Lambda reports. */
export interface FunctionError {
  readonly errorType: string
  readonly errorMessage: string
  readonly trace: string
}

export type WorkerReply =
  | { readonly kind: 'ready' }
  | ({ readonly kind: 'init-error' } & FunctionError)
  | { readonly kind: 'result'; readonly requestId: string; readonly payload: string }
  | ({ readonly kind: 'error'; readonly requestId: string } & FunctionError)

type Handler = (event: unknown, context: object) => unknown

const setup = workerData as WorkerSetup
const offset = new Float64Array(setup.offset)
const port = parentPort

/** Makes `new Date()`, `Date()` and `Date.now()` follow the virtual clock; other uses of `Date` stay as they are. */
const shiftTime = (offsetMs: () => number): void => {
  const RealDate = Date
  const realNow = RealDate.now.bind(RealDate)
  const now = () => realNow() + Math.round(offsetMs())
  RealDate.now = now
  const Shifted = new Proxy(RealDate, {
    construct: (target, args, newTarget) =>
      Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget),
    apply: () => new RealDate(now()).toString(),
  })
  Object.defineProperty(RealDate.prototype, 'constructor', { value: Shifted })
  globalThis.Date = Shifted
}

const load = async (): Promise<Handler | undefined> => {
  try {
    const module = (await import(setup.module)) as Record<string, unknown>
    const handler = module[setup.handler]
    if (typeof handler === 'function') return handler as Handler
    throw Object.assign(new Error(`${setup.handler} is undefined or not exported`), {
      name: 'Runtime.HandlerNotFound',
    })
  } catch (error) {
    reply({ kind: 'init-error', ...errorFields(error) })
    return undefined
  }
}

const handle = async (handler: Handler, { requestId, event, deadline }: WorkerRequest): Promise<void> => {
  try {
    const result = await handler(JSON.parse(event), contextOf(requestId, deadline))
    reply({ kind: 'result', requestId, payload: JSON.stringify(result) ?? 'null' })
  } catch (error) {
    reply({ kind: 'error', requestId, ...errorFields(error) })
  }
}

const contextOf = (awsRequestId: string, deadline: number): object => ({
  awsRequestId,
  callbackWaitsForEmptyEventLoop: true,
  functionName: setup.functionName,
  functionVersion: '$LATEST',
  invokedFunctionArn: setup.functionArn,
  logGroupName: setup.logGroupName,
  logStreamName: setup.logStreamName,
  memoryLimitInMB: setup.memorySize,
  getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
})

const errorFields = (error: unknown): FunctionError => {
  if (!(error instanceof Error)) return { errorType: typeof error, errorMessage: String(error), trace: '' }
  return { errorType: error.name, errorMessage: error.message, trace: error.stack ?? '' }
}

const reply = (message: WorkerReply): void => {
  port?.postMessage(message)
}

enableCompileCache(setup.compileCache)
shiftTime(() => offset[0] ?? 0)
const handler = await load()
if (handler) {
  port?.on('message', (request: WorkerRequest) => void handle(handler, request))
  reply({ kind: 'ready' })
  flushCompileCache()
}

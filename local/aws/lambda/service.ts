/**
 * AWS Lambda: runs each function of the template from its bundled asset, in worker threads, with the template's
 * environment variables, timeout and concurrency. Logs go to one file per function.
 */
import { randomUUID } from 'node:crypto'
import { createWriteStream, existsSync, mkdirSync, type WriteStream } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { ClockSource, Fired, VirtualClock } from '../../runtime/clock.ts'
import { ExecutionEnvironment, type InvocationResult } from '../../runtime/execution-environment.ts'
import type { WorkerRequest, WorkerSetup } from '../../runtime/function-worker.ts'
import type { Resource, Template } from '../../runtime/template.ts'

export interface LambdaService extends ClockSource {
  /** Resolves with `ok: false` when the function fails; rejects only when the template has no such function. */
  invoke(functionArn: string, event: unknown): Promise<InvocationResult>
  /** Starts an environment of each function that has none, all at the same time, so that first calls are fast. */
  warmUp(): void
  stop(): Promise<void>
}

export interface LambdaOptions {
  readonly template: Template
  readonly clock: VirtualClock
  /** Endpoint for the AWS clients of the functions. */
  readonly endpointUrl: string
  readonly logDirectory: string
  /** Replaces CloudFormation's dynamic references in an environment variable. */
  readonly resolveReferences: (text: string) => string
  /** Multiplies the time limits of the functions. */
  readonly timeLimitFactor?: number | undefined
}

/** Environments per function. More threads than cores would not be faster, so further calls wait. */
const maxEnvironments = Math.max(2, Math.min(4, availableParallelism()))
export const startLambda = (options: LambdaOptions): LambdaService => {
  mkdirSync(options.logDirectory, { recursive: true })
  const offset = new SharedArrayBuffer(Float64Array.BYTES_PER_ELEMENT)
  const offsetView = new Float64Array(offset)
  offsetView[0] = options.clock.offset
  options.clock.onOffset(ms => {
    offsetView[0] = ms
  })
  const functions = new Map(
    options.template
      .ofType('AWS::Lambda::Function')
      .map(resource => [resource.arn, new LambdaFunction(resource, options, offset)]),
  )
  return {
    async invoke(functionArn, event) {
      const lambda = functions.get(functionArn)
      if (!lambda) throw new Error(`The template declares no function ${functionArn}`)
      options.clock.notify()
      return lambda.invoke(JSON.stringify(event))
    },
    warmUp() {
      for (const lambda of functions.values()) lambda.warmUp()
    },
    async stop() {
      await Promise.all([...functions.values()].map(lambda => lambda.stop()))
    },
    nextDue: () => undefined,
    runDue: (): Fired[] => [],
    isIdle: () => [...functions.values()].every(lambda => lambda.isIdle()),
  }
}

interface Invocation {
  readonly request: Omit<WorkerRequest, 'deadline'>
  readonly resolve: (result: InvocationResult) => void
}

/** One function: its environments, and the invocations that wait for a free one. */
class LambdaFunction {
  readonly #clock: VirtualClock
  readonly #log: WriteStream
  readonly #timeoutSeconds: number
  readonly #limit: number
  readonly #start: () => ExecutionEnvironment
  readonly #environments = new Set<ExecutionEnvironment>()
  readonly #idle: ExecutionEnvironment[] = []
  readonly #waiting: Invocation[] = []
  #stopped = false

  constructor(resource: Resource, options: LambdaOptions, offset: SharedArrayBuffer) {
    const { properties } = resource
    this.#clock = options.clock
    const factor = options.timeLimitFactor ?? 1
    this.#timeoutSeconds = Number(properties.Timeout ?? 3) * factor
    this.#limit = Math.min(
      Number(properties.ReservedConcurrentExecutions ?? maxEnvironments),
      maxEnvironments,
    )
    this.#log = createWriteStream(join(options.logDirectory, `${logName(resource)}.log`), { flags: 'a' })
    const setup = setupOf(resource, options.template.directory, offset)
    const env = environmentOf(resource, setup, options)
    this.#start = () => new ExecutionEnvironment(setup, env, this.#log, factor)
  }

  invoke(event: string): Promise<InvocationResult> {
    return new Promise(resolve => {
      this.#waiting.push({ request: { requestId: randomUUID(), event }, resolve })
      this.#dispatch()
    })
  }

  warmUp(): void {
    if (this.#environments.size > 0) return
    const environment = this.#grow()
    if (environment) this.#idle.push(environment)
  }

  isIdle(): boolean {
    return this.#waiting.length === 0 && this.#idle.length === this.#environments.size
  }

  async stop(): Promise<void> {
    this.#stopped = true
    await Promise.all([...this.#environments].map(environment => environment.stop()))
    this.#log.end()
  }

  #dispatch(): void {
    if (this.#stopped || this.#waiting.length === 0) return
    const environment = this.#takeIdle() ?? this.#grow()
    const invocation = environment && this.#waiting.shift()
    if (environment && invocation) void this.#run(environment, invocation)
  }

  /** Takes an idle environment that is alive: one may have died while it was idle. */
  #takeIdle(): ExecutionEnvironment | undefined {
    const environment = this.#idle.pop()
    if (!environment || environment.isAlive) return environment
    this.#environments.delete(environment)
    return this.#takeIdle()
  }

  #grow(): ExecutionEnvironment | undefined {
    if (this.#environments.size >= this.#limit) return undefined
    const environment = this.#start()
    this.#environments.add(environment)
    return environment
  }

  /** Drops the line after the end: an invocation that `stop` interrupts settles after it. */
  #write(line: string): void {
    if (!this.#log.writableEnded) this.#log.write(line)
  }

  async #run(environment: ExecutionEnvironment, { request, resolve }: Invocation): Promise<void> {
    const started = performance.now()
    this.#write(`START RequestId: ${request.requestId} Version: $LATEST\n`)
    const result = await environment.run(request, this.#timeoutSeconds, () => this.#clock.now())
    if (!result.ok) this.#write(`${JSON.stringify({ level: 'ERROR', ...result })}\n`)
    const duration = (performance.now() - started).toFixed(2)
    this.#write(`REPORT RequestId: ${request.requestId} Duration: ${duration} ms\n`)
    if (environment.isAlive) this.#idle.push(environment)
    else this.#environments.delete(environment)
    resolve(result)
    this.#dispatch()
  }
}

const setupOf = (resource: Resource, directory: string, offset: SharedArrayBuffer): WorkerSetup => {
  const { properties, metadata } = resource
  const [file = 'index', handler = 'handler'] = String(properties.Handler).split('.')
  const asset = join(directory, String(metadata['aws:asset:path']))
  const module = ['mjs', 'js', 'cjs'].map(ext => join(asset, `${file}.${ext}`)).find(existsSync)
  if (!module) throw new Error(`${resource.logicalId} has no bundle in ${asset}: synthesize with bundling on`)
  return {
    module: pathToFileURL(module).href,
    handler,
    functionName: resource.ref,
    functionArn: resource.arn,
    memorySize: String(properties.MemorySize ?? 128),
    logGroupName: loggingOf(resource).LogGroup,
    logStreamName: 'local',
    compileCache: join(directory, '.compiled'),
    offset,
  }
}

const variablesOf = ({ properties }: Resource): Record<string, unknown> =>
  (properties.Environment as { Variables?: Record<string, unknown> } | undefined)?.Variables ?? {}

/** The service name of Powertools where the function has one: it is shorter than the physical name. */
const logName = (resource: Resource) => variablesOf(resource).POWERTOOLS_SERVICE_NAME ?? resource.ref

const loggingOf = ({ ref, properties }: Resource) => ({
  LogGroup: `/aws/lambda/${ref}`,
  LogFormat: 'Text',
  ...(properties.LoggingConfig as object | undefined),
})

/** Variables of Lambda and of the template, and credentials that name the function. No variable of the host is passed. */
const environmentOf = (
  resource: Resource,
  setup: WorkerSetup,
  { template, endpointUrl, resolveReferences }: LambdaOptions,
): Record<string, string> => {
  const declared = Object.entries(variablesOf(resource)).map(
    ([name, value]) => [name, resolveReferences(String(value))] as const,
  )
  return {
    LANG: 'en_US.UTF-8',
    PATH: '/var/lang/bin:/usr/local/bin:/usr/bin:/bin:/opt/bin',
    TZ: ':UTC',
    ...Object.fromEntries(declared),
    _HANDLER: String(resource.properties.Handler),
    AWS_ACCESS_KEY_ID: resource.logicalId,
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_SESSION_TOKEN: 'local',
    AWS_ENDPOINT_URL: endpointUrl,
    AWS_DEFAULT_REGION: template.region,
    AWS_REGION: template.region,
    AWS_EXECUTION_ENV: `AWS_Lambda_${resource.properties.Runtime}`,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: setup.memorySize,
    AWS_LAMBDA_FUNCTION_NAME: setup.functionName,
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_FORMAT: loggingOf(resource).LogFormat,
    AWS_LAMBDA_LOG_GROUP_NAME: setup.logGroupName,
    AWS_LAMBDA_LOG_STREAM_NAME: setup.logStreamName,
    LAMBDA_TASK_ROOT: '/var/task',
  }
}

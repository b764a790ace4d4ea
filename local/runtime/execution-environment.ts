/**
 * One execution environment of a Lambda function: a worker thread with the function's bundle loaded, and the failures
 * that Lambda reports when an invocation throws, exits, takes too long or answers too much.
 */
import type { WriteStream } from 'node:fs'
import { Worker } from 'node:worker_threads'
import type { FunctionError, WorkerReply, WorkerRequest, WorkerSetup } from './function-worker.ts'

export type InvocationResult =
  | { readonly ok: true; readonly payload: unknown }
  | { readonly ok: false; readonly errorType: string; readonly errorMessage: string }

/** AWS allows 10 s for the init phase; a busy laptop can need longer. */
const initTimeoutMs = 30_000
/** Larger than Node's default, which saves a tenth of the processor time while a function loads. */
const youngGenerationMb = 64
/** Lambda's limit for a synchronous response. */
const maxResponseBytes = 6 * 1024 * 1024

type InvocationOutcome = InvocationResult & { readonly trace?: string }

/** An environment that has died or timed out is not used again. */
export class ExecutionEnvironment {
  readonly #worker: Worker
  #isAlive = true
  #onReply: ((reply: WorkerReply) => void) | undefined
  #onDeath: ((error: FunctionError) => void) | undefined
  readonly #init: Promise<InvocationOutcome | undefined>

  constructor(
    setup: WorkerSetup,
    env: Readonly<Record<string, string>>,
    log: WriteStream,
    timeLimitFactor: number,
  ) {
    this.#worker = new Worker(new URL('./function-worker.ts', import.meta.url), {
      workerData: setup,
      env,
      execArgv: ['--disable-warning=ExperimentalWarning'],
      stdout: true,
      stderr: true,
      resourceLimits: {
        maxOldGenerationSizeMb: Number(setup.memorySize),
        maxYoungGenerationSizeMb: youngGenerationMb,
      },
    })
    this.#worker.stdout.pipe(log, { end: false })
    this.#worker.stderr.pipe(log, { end: false })
    this.#worker.on('message', (reply: WorkerReply) => this.#onReply?.(reply))
    this.#worker.on('error', error => this.#die(error.name, error.message, error.stack))
    this.#worker.on('exit', code => this.#die('Runtime.ExitError', `Runtime exited with status ${code}`))
    this.#init = this.#outcome(initTimeoutMs * timeLimitFactor, 'Init', reply => {
      if (reply.kind === 'ready') return { ok: true, payload: undefined }
      return reply.kind === 'init-error' ? failure(reply) : undefined
    })
  }

  get isAlive(): boolean {
    return this.#isAlive
  }

  async run(
    request: Omit<WorkerRequest, 'deadline'>,
    timeoutSeconds: number,
    now: () => number,
  ): Promise<InvocationOutcome> {
    const init = await this.#init
    if (init && !init.ok) {
      await this.stop()
      return init
    }
    const timeoutMs = timeoutSeconds * 1000
    const outcome = this.#outcome(timeoutMs, `RequestId: ${request.requestId}`, reply => {
      if (reply.kind === 'result') return success(reply.payload)
      return reply.kind === 'error' ? failure(reply) : undefined
    })
    this.#worker.postMessage({ ...request, deadline: now() + timeoutMs } satisfies WorkerRequest)
    return outcome
  }

  async stop(): Promise<void> {
    this.#isAlive = false
    await this.#worker.terminate()
  }

  /** Waits for the first reply from which `read` makes an outcome, for the worker's exit, or for the timeout. */
  #outcome(
    timeoutMs: number,
    subject: string,
    read: (reply: WorkerReply) => InvocationOutcome | undefined,
  ): Promise<InvocationOutcome> {
    return new Promise(resolve => {
      const settle = (outcome: InvocationOutcome) => {
        clearTimeout(timer)
        this.#onReply = undefined
        this.#onDeath = undefined
        resolve(outcome)
      }
      const timer = setTimeout(() => {
        void this.stop()
        settle({
          ok: false,
          errorType: 'Sandbox.Timedout',
          errorMessage: `${subject} Error: Task timed out after ${(timeoutMs / 1000).toFixed(2)} seconds`,
        })
      }, timeoutMs)
      this.#onReply = reply => {
        const outcome = read(reply)
        if (outcome) settle(outcome)
      }
      this.#onDeath = error => settle(failure(error))
    })
  }

  #die(errorType: string, errorMessage: string, trace = ''): void {
    this.#isAlive = false
    this.#onDeath?.({ errorType, errorMessage, trace })
  }
}

const success = (payload: string): InvocationOutcome => {
  if (Buffer.byteLength(payload) <= maxResponseBytes) return { ok: true, payload: JSON.parse(payload) }
  return {
    ok: false,
    errorType: 'Function.ResponseSizeTooLarge',
    errorMessage: `Response payload size exceeded maximum allowed payload size (${maxResponseBytes} bytes).`,
  }
}

const failure = ({ errorType, errorMessage, trace }: FunctionError): InvocationOutcome => ({
  ok: false,
  errorType,
  errorMessage,
  trace,
})

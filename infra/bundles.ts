/**
 * Bundles all functions in a worker thread, while the main thread loads the CDK. One run of esbuild for all functions takes
 * 2 s; a run for each function takes 1 s each.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'

/** Values of the state that the worker thread shares. The main thread waits while it is `running`. */
export const bundling = { running: 0, done: 1, failed: 2 } as const

export interface BundlingJob {
  readonly directory: string
  readonly state: Int32Array
}

let job: BundlingJob | undefined

/** Starts bundling, unless it has started. The bundles are deleted at the end of the process: the CDK copies them. */
export const startBundling = (): BundlingJob => {
  if (job) return job
  const directory = mkdtempSync(join(tmpdir(), 'referral-center-'))
  process.once('exit', () => rmSync(directory, { recursive: true, force: true }))
  job = { directory, state: new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)) }
  new Worker(new URL('./bundle-functions.ts', import.meta.url), { workerData: job }).unref()
  return job
}

/** Waits for the bundles. Returns the directory, which has a folder for each function. */
export const bundles = (): string => {
  const { directory, state } = startBundling()
  Atomics.wait(state, 0, bundling.running)
  if (state[0] === bundling.failed) throw new Error('The functions cannot be bundled')
  return directory
}

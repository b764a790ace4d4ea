/** Synthesizes the app, runs its template on this machine and prints the addresses. start.js has the options. */
import { spawnSync } from 'node:child_process'
import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { relative, resolve } from 'node:path'
import { previews } from '../test/fixtures/mail-previews.ts'
import { demoHistoryMs, seedDemo } from './demo/seed.ts'
import { type Cloud, startCloud } from './runtime/cloud.ts'
import { StartError } from './runtime/start-error.ts'
import { synthesize } from './runtime/synthesize.ts'

interface Options {
  readonly port: number
  readonly fresh: boolean
  readonly migrate: boolean
  readonly demo: boolean
}

const stateDir = resolve(import.meta.dirname, '../.local')
const templateDir = resolve(stateDir, 'cdk.out')
/** File that exists while the demo is being seeded. If it is left behind, the next start deletes the state. */
const seedingMark = resolve(stateDir, 'seeding')
const parentPollMs = 500
/** The process exits after this time, even if stopping has not finished. */
const stopTimeoutMs = 10_000

// As in Lambda.
process.env.TZ = 'UTC'

let cloud: Cloud | undefined
let isStopping = false

const start = async ({ port, fresh, migrate, demo }: Options): Promise<void> => {
  if (!existsSync(templateDir)) print('The first start takes about 15 s.')
  print('Synthesizing the template…')
  cloud = await startCloud({
    templateDir: synthesize(templateDir).then(() => templateDir),
    stateDir,
    port,
    fresh: fresh || existsSync(seedingMark),
    migrate,
    historyMs: demo ? demoHistoryMs : 0,
    mailPreviews: previews,
    onProgress: print,
    onFault: line => {
      console.error(line)
      stop(1)
    },
  })
  if (demo && cloud.fresh) await seed(cloud)
  print(`
Referral Center is running.

  Console  ${cloud.url}/_local/
  Mailbox  ${cloud.url}/_local/mailbox
  API      ${cloud.url}/v1
  Logs     ${relative(process.cwd(), cloud.logDirectory)}

Ctrl-C stops it. The data is kept; npm start -- --fresh deletes it.`)
}

const seed = async (cloud: Cloud): Promise<void> => {
  print('Seeding the demo program, a month of history (only the first time, about 10 s)…')
  writeFileSync(seedingMark, '')
  await seedDemo(cloud, showShare)
  rmSync(seedingMark)
}

/** Shows a share in percent: in place on a terminal, and otherwise a line for each quarter. */
const showShare = (done: number, all: number): void => {
  const percent = Math.floor((100 * done) / all)
  if (process.stdout.isTTY) process.stdout.write(`\r  ${percent} %${done === all ? '\n' : ''}`)
  else if (done > 0 && Math.floor((4 * done) / all) > Math.floor((4 * (done - 1)) / all))
    print(`  ${percent} %`)
}

/** Stops at a signal, and when npm or its shell has ended: they do not forward every signal. */
const stopOnSignals = (): void => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop(0))
  if (process.env.npm_lifecycle_event === undefined) return
  const starters = [process.ppid, parentOf(process.ppid)].filter(pid => pid !== undefined)
  setInterval(() => {
    if (!starters.every(isRunning)) stop(0)
  }, parentPollMs).unref()
}

const stop = (exitCode: number): void => {
  if (isStopping) return
  isStopping = true
  setTimeout(() => process.exit(1), stopTimeoutMs).unref()
  void Promise.resolve(cloud?.stop()).finally(() => process.exit(exitCode))
}

const parentOf = (pid: number): number | undefined => {
  const { stdout } = spawnSync('ps', ['-o', 'ppid=', '-p', String(pid)], { encoding: 'utf8' })
  const parent = Number.parseInt(stdout ?? '', 10)
  return parent > 1 ? parent : undefined
}

const isRunning = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

const print = (line: string): void => {
  console.log(line)
}

/** Runs until the process ends. */
export const run = async (options: Options): Promise<void> => {
  try {
    stopOnSignals()
    await start(options)
  } catch (error) {
    // Errors are expected once stopping has begun: parts of the cloud are gone.
    if (isStopping) return
    console.error(error instanceof StartError ? error.message : error)
    stop(1)
  }
}

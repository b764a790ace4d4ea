/** Entry of `npm start`: synthesizes the app, runs its template on this machine and prints the addresses. */
import { spawnSync } from 'node:child_process'
import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { relative, resolve } from 'node:path'
import { parseArgs } from 'node:util'
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

const usage = 'usage: npm start -- [--port 3000] [--fresh | --migrate] [--no-demo]'
const defaultPort = '3000'
const stateDir = resolve(import.meta.dirname, '../.local')
const templateDir = resolve(stateDir, 'cdk.out')
/** File that exists while the demo is being seeded. If it is left behind, the next start begins anew. */
const seedingMark = resolve(stateDir, 'seeding')
const parentPollMs = 500
/** The process exits after this time, even if stopping has not finished. */
const stopTimeoutMs = 10_000

// As in Lambda.
process.env.TZ = 'UTC'

let cloud: Cloud | undefined
let isStopping = false

const start = async ({ port, fresh, migrate, demo }: Options): Promise<void> => {
  print('Synthesizing the template…')
  await synthesize(templateDir)
  cloud = await startCloud({
    templateDir,
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

Ctrl-C stops it. What happened here is kept; npm start -- --fresh begins anew.`)
}

const seed = async (cloud: Cloud): Promise<void> => {
  print('Seeding the demo program…')
  writeFileSync(seedingMark, '')
  await seedDemo(cloud)
  rmSync(seedingMark)
}

const readOptions = (): Options => {
  const { port = defaultPort, fresh = false, migrate = false, demo = true } = parsedArguments()
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535)
    throw new StartError(`Invalid port "${port}". Expected a number from 0 to 65535.\n${usage}`)
  if (fresh && migrate)
    throw new StartError(`--fresh and --migrate cannot be combined. Expected one of them.\n${usage}`)
  return { port: Number(port), fresh, migrate, demo }
}

const parsedArguments = () => {
  try {
    const options = {
      port: { type: 'string' },
      fresh: { type: 'boolean' },
      migrate: { type: 'boolean' },
      demo: { type: 'boolean' },
    } as const
    return parseArgs({ options, allowNegative: true }).values
  } catch (error) {
    throw new StartError(`${error instanceof Error ? error.message : error}\n${usage}`)
  }
}

/** Stops at a signal, and when npm or its shell has ended: they do not pass every signal on. */
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

try {
  stopOnSignals()
  await start(readOptions())
} catch (error) {
  // Errors are expected once stopping has begun: parts of the cloud are gone.
  if (!isStopping) {
    console.error(error instanceof StartError ? error.message : error)
    stop(1)
  }
}

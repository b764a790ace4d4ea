/** `npm start`: synthesizes the app, runs its template on this machine, and says where to look. */
import { spawnSync } from 'node:child_process'
import { relative, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { type Cloud, startCloud } from './cloud.ts'
import { demoHistoryMs, seedDemo } from './demo.ts'
import { StartError } from './start-error.ts'
import { synthesize } from './synthesize.ts'

interface Options {
  port: number
  fresh: boolean
  demo: boolean
}

const usage = 'usage: npm start -- [--port 3000] [--fresh] [--no-demo]'
const defaultPort = '3000'
const stateDir = resolve(import.meta.dirname, '../.local')
const templateDir = resolve(stateDir, 'cdk.out')
const parentPollMs = 500
/** What hangs while stopping is left behind after this. */
const stopTimeoutMs = 10_000

// As in Lambda.
process.env.TZ = 'UTC'

try {
  await main(readOptions())
} catch (error) {
  console.error(error instanceof StartError ? error.message : error)
  process.exitCode = 1
}

async function main({ port, fresh, demo }: Options): Promise<void> {
  const running: { cloud?: Cloud } = {}
  stopInTime(() => running.cloud?.stop())
  say('Synthesizing the template…')
  await synthesize(templateDir)
  const historyMs = demo ? demoHistoryMs : 0
  const cloud = await startCloud({ templateDir, stateDir, port, fresh, historyMs, onProgress: say })
  running.cloud = cloud
  if (demo && cloud.fresh) {
    say('Seeding the demo program…')
    await seedDemo(cloud)
  }
  say(`
Referral Center is running.

  Console  ${cloud.url}/_local/
  Mailbox  ${cloud.url}/_local/mailbox
  API      ${cloud.url}/v1
  Logs     ${relative(process.cwd(), cloud.logDirectory)}

Ctrl-C stops it. What happened here is kept; npm start -- --fresh begins anew.`)
}

function readOptions(): Options {
  const { port = defaultPort, fresh = false, demo = true } = parsedArguments()
  if (/^\d{1,5}$/.test(port) && Number(port) < 65_536) return { port: Number(port), fresh, demo }
  throw new StartError(`${port} is not a port\n${usage}`)
}

function parsedArguments() {
  try {
    const options = {
      port: { type: 'string' },
      fresh: { type: 'boolean' },
      demo: { type: 'boolean' },
    } as const
    return parseArgs({ options, allowNegative: true }).values
  } catch (error) {
    throw new StartError(`${error instanceof Error ? error.message : error}\n${usage}`)
  }
}

/** On a signal, and when npm or its shell is gone: neither passes on how it was ended. */
function stopInTime(stopCloud: () => Promise<void> | undefined): void {
  let stopping = false
  const stop = () => {
    if (stopping) return
    stopping = true
    setTimeout(() => process.exit(1), stopTimeoutMs).unref()
    void Promise.resolve(stopCloud()).then(() => process.exit(0))
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop)
  if (process.env.npm_lifecycle_event === undefined) return
  const starters = [process.ppid, parentOf(process.ppid)].filter(pid => pid !== undefined)
  setInterval(() => {
    if (!starters.every(isRunning)) stop()
  }, parentPollMs).unref()
}

function parentOf(pid: number): number | undefined {
  const { stdout } = spawnSync('ps', ['-o', 'ppid=', '-p', String(pid)], { encoding: 'utf8' })
  const parent = Number.parseInt(stdout ?? '', 10)
  return parent > 1 ? parent : undefined
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

function say(line: string): void {
  console.log(line)
}

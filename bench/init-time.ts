/** Measures how long new processes take to import bundles that are compared with each other. */
import { execFile } from 'node:child_process'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import type { Report } from './progress.ts'

/** A bundled function that can be imported. */
export interface BundleFile {
  readonly name: string
  readonly file: string
  readonly env: Readonly<Record<string, string>>
}

export const initRounds = 15

/**
 * Imports the bundles of a group directly after each other, and in the opposite order in every second round, so that
 * other load on the machine affects all of them.
 * @returns for each bundle of each group, the milliseconds of each round
 */
export const measureInit = async (
  groups: readonly (readonly BundleFile[])[],
  report: Report,
): Promise<number[][][]> => {
  const times = groups.map(group => group.map(() => [] as number[]))
  // The first import of a file reads it from disk and is not counted.
  for (const group of groups) for (const bundle of group) await initTime(bundle)
  for (let round = 1; round <= initRounds; round++) {
    for (const [index, group] of groups.entries()) {
      const order = [...group.entries()]
      if (round % 2 === 0) order.reverse()
      for (const [place, bundle] of order) times[index]?.[place]?.push(await initTime(bundle))
    }
    if (round % 5 === 0 || round === 1) report(`init times, round ${round} of ${initRounds}`)
  }
  return times
}

const timedImport = `
const before = process.threadCpuUsage()
await import(process.argv[1])
const { user, system } = process.threadCpuUsage(before)
console.log((user + system) / 1000)
process.exit()`

/**
 * Returns the processor time of the main thread for the import in a new process, in milliseconds, without the start of
 * Node.js. On an idle machine this is the elapsed time; on a busy one it excludes the time of other processes.
 */
const initTime = async ({ file, env }: BundleFile): Promise<number> => {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--input-type=module', '--eval', timedImport, '--', pathToFileURL(file).href],
    { env: { ...env, AWS_REGION: 'us-east-1' } },
  )
  return Number(stdout)
}

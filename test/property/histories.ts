/**
 * `npm run histories -- --runs 200000` runs any number of random histories. A failure prints the options that replay
 * it: `npm run histories -- --seed 1 --path 17:0:3`.
 */
import { parseArgs } from 'node:util'
import fc from 'fast-check'
import { MemoryTable } from '../simulation/table.ts'
import { history } from './history-generator.ts'
import { runHistory } from './history-runner.ts'

const { values: options } = parseArgs({
  options: {
    runs: { type: 'string', default: '200000' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
    path: { type: 'string' },
  },
})

const print = (line: string): void => {
  process.stdout.write(`${line}\n`)
}

/** Number of histories between two lines of output. Each round has its own seed. */
const round = 5000
const property = fc.asyncProperty(history(), async one => {
  await runHistory(one, new MemoryTable())
})

const check = async (seed: number, numRuns: number, path?: string): Promise<boolean> => {
  const details = await fc.check(property, { seed, numRuns, ...(path !== undefined && { path }) })
  if (!details.failed) return true
  print(fc.defaultReportMessage(details) ?? '')
  print(details.errorInstance instanceof Error ? (details.errorInstance.stack ?? '') : '')
  print(`Replay: npm run histories -- --seed ${details.seed} --path ${details.counterexamplePath}`)
  process.exitCode = 1
  return false
}

const runs = Number(options.runs)
const firstSeed = Number(options.seed)

if (options.path !== undefined) {
  if (await check(firstSeed, 1, options.path)) print('The program agrees with the model.')
} else {
  print(`Seed ${firstSeed}`)
  const start = performance.now()
  for (let done = 0, seed = firstSeed; done < runs; seed++) {
    const count = Math.min(round, runs - done)
    if (!(await check(seed, count))) break
    done += count
    const perSecond = (1000 * done) / (performance.now() - start)
    print(`${done} of ${runs} histories, ${perSecond.toFixed(0)} a second`)
  }
}

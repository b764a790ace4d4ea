/**
 * `npm run histories -- --runs 200000`: lives random histories for as long as one likes. A history that was lived
 * wrongly is shown with what brings it back: `npm run histories -- --seed 1 --path 17:0:3`.
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

const say = (line: string): void => {
  process.stdout.write(`${line}\n`)
}

/** So many histories are lived between two lines; each such round has a seed of its own. */
const round = 5000
const lived = fc.asyncProperty(history(), async one => {
  await runHistory(one, new MemoryTable())
})

const live = async (seed: number, numRuns: number, path?: string): Promise<boolean> => {
  const details = await fc.check(lived, { seed, numRuns, ...(path !== undefined && { path }) })
  if (!details.failed) return true
  say(fc.defaultReportMessage(details) ?? '')
  say(`Once more: npm run histories -- --seed ${details.seed} --path ${details.counterexamplePath}`)
  process.exitCode = 1
  return false
}

const runs = Number(options.runs)
const firstSeed = Number(options.seed)

if (options.path !== undefined) {
  if (await live(firstSeed, 1, options.path)) say('It was lived as the model does.')
} else {
  say(`Seed ${firstSeed}`)
  const start = performance.now()
  for (let done = 0, seed = firstSeed; done < runs; seed++) {
    const count = Math.min(round, runs - done)
    if (!(await live(seed, count))) break
    done += count
    const perSecond = (1000 * done) / (performance.now() - start)
    say(`${done} of ${runs} histories, ${perSecond.toFixed(0)} a second`)
  }
}

/**
 * Measures the search times of one checkout, one round at a time, so that two checkouts can take turns. Runs as a child
 * process with the folder of the checkout and the number of partners. Each message requests a round.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type * as peers from '../test/simulation/search-peers.ts'
import type * as searchRegion from '../test/simulation/search-region.ts'

/** Milliseconds of each search of a kind, in the same order in each round. */
export interface SearchRound {
  readonly kind: string
  readonly times: readonly number[]
}

export interface BuiltIndex {
  readonly buildMs: number
}

const searchesEach = 100

const [folder = '', count = '0'] = process.argv.slice(2)
/** Imports the first of the files that exists in the checkout. Older commits have other file names. */
const load = async <T>(...names: string[]): Promise<T> => {
  const file = names.map(name => join(folder, 'test/simulation', name)).find(existsSync)
  if (!file) throw new Error(`${folder} has no test/simulation/${names[0]}`)
  return (await import(pathToFileURL(file).href)) as T
}
const { customers, kinds, region } = await load<typeof searchRegion>('search-region.ts', 'directory.ts')
const { ours, oursOf } = await load<typeof peers>('search-peers.ts')

const partners = [...region(Number(count))]
const startedAt = performance.now()
const engine = ours(oursOf(partners))
process.send?.({ buildMs: performance.now() - startedAt } satisfies BuiltIndex)

process.on('message', async () => {
  const rounds: SearchRound[] = []
  for (const kind of kinds) {
    const times: number[] = []
    for (const { search } of customers(searchesEach, 5, [kind])) {
      const startedAt = performance.now()
      await engine.search(search)
      times.push(performance.now() - startedAt)
    }
    rounds.push({ kind, times })
  }
  process.send?.(rounds)
})

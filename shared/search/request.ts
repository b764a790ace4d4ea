/** A query whose codes, words, place, sizes and languages are resolved to what the columns hold. */

import type { Bitset } from './bitset.ts'
import type { RequestedCodes } from './code-columns.ts'
import type { Columns } from './columns.ts'
import { hashOf } from './hash.ts'
import { primaryLanguageOf } from './language-columns.ts'
import type { Origin } from './location-columns.ts'
import type { SearchContext, SearchQuery } from './partner-search.ts'
import type { TextMatch } from './text-scorer.ts'

/** Requested values of a list, without repetitions, and the rows that have one of them. */
interface RequestedValues {
  readonly values: readonly string[]
  readonly rows: Bitset
}

export interface ResolvedRequest {
  readonly query: SearchQuery
  readonly context: SearchContext
  readonly codes: RequestedCodes
  /** Undefined if the query has no text that affects the result. */
  readonly text: TextMatch | undefined
  readonly origin: Origin | undefined
  /** Undefined if the query asks for no size. */
  readonly sizes: RequestedValues | undefined
  /** Primary languages. Undefined if the query asks for no language. */
  readonly languages: RequestedValues | undefined
  /** Hash of the context's seed. */
  readonly seed: number
}

export const resolveRequest = (
  { codes, locations, languages, preferences }: Columns,
  query: SearchQuery,
  context: SearchContext,
  match: TextMatch | undefined,
): ResolvedRequest => ({
  query,
  context,
  codes: codes.resolve(query.codes),
  // If no profile has the words, a described need is ordered without them, and a search by a browsing customer has no results.
  text: match && (query.match === 'all-lists' || match.rows.count > 0) ? match : undefined,
  origin: locations.originOf(query.near, query.city),
  sizes: resolveValues(query.sizes, sizes => preferences.serving(sizes)),
  languages: resolveValues(query.languages?.map(primaryLanguageOf), primary => languages.speaking(primary)),
  seed: hashOf(context.seed),
})

const resolveValues = (
  requested: readonly string[] = [],
  rowsWith: (values: readonly string[]) => Bitset,
): RequestedValues | undefined => {
  if (requested.length === 0) return undefined
  const values = [...new Set(requested)]
  return { values, rows: rowsWith(values) }
}

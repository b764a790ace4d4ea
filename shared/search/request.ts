/** A query whose codes, words, place and language are resolved to what the columns hold. */

import type { Bitset } from './bitset.ts'
import type { RequestedCodes } from './code-columns.ts'
import type { Columns } from './columns.ts'
import { hashOf } from './hash.ts'
import type { Origin } from './location-columns.ts'
import type { SearchContext, SearchQuery } from './partner-search.ts'
import type { TextMatch } from './text-scorer.ts'

export interface ResolvedRequest {
  readonly query: SearchQuery
  readonly context: SearchContext
  readonly codes: RequestedCodes
  /** Undefined if the text does not count. */
  readonly text: TextMatch | undefined
  readonly origin: Origin | undefined
  /** Rows that speak the customer's language. */
  readonly speaking: Bitset | undefined
  /** Hash of the context's seed. */
  readonly seed: number
}

export const resolveRequest = (
  { codes, locations, languages }: Columns,
  query: SearchQuery,
  context: SearchContext,
  match: TextMatch | undefined,
): ResolvedRequest => ({
  query,
  context,
  codes: codes.resolve(query.codes),
  // Words that nobody has do not affect the order of a described need; a customer who browses for them finds nobody.
  text: match && (query.match === 'all-lists' || match.rows.count > 0) ? match : undefined,
  origin: locations.originOf(query.near, query.city),
  speaking: query.language === undefined ? undefined : languages.speaking(query.language),
  seed: hashOf(context.seed),
})

/** Facets: number of profiles for each value. Each list is counted without the request's own criterion for that list. */

import { Bitset } from './bitset.ts'
import type { Columns } from './columns.ts'
import type { CodeList, FacetCount, FacetName, Facets } from './contract.ts'
import { type ExcludedRows, type MatchedRows, withoutExcluded } from './filters.ts'

/** @param admitted matching rows that do not exclude the request */
export const countFacets = (
  { codes, languages, preferences }: Columns,
  matched: MatchedRows,
  admitted: Bitset,
  excluded: readonly ExcludedRows[],
): Facets => {
  const rowsFor = (facet: FacetName) => countedRows(facet, matched, admitted, excluded)
  const ofCodes = (list: CodeList) => sortedFacet(codes.countIn(list, rowsFor(list)))
  const forSizes = rowsFor('customerSizes')
  return {
    industries: ofCodes('industries'),
    products: ofCodes('products'),
    services: ofCodes('services'),
    solutions: ofCodes('solutions'),
    customerSizes: sortedFacet(preferences.countSizes(forSizes)),
    languages: sortedFacet(languages.countIn(rowsFor('languages'))),
  }
}

/** Returns the rows in which a facet is counted: those that pass all other filters and do not exclude the request. */
const countedRows = (
  facet: FacetName,
  { rows, nearly, filters }: MatchedRows,
  admitted: Bitset,
  excluded: readonly ExcludedRows[],
): Bitset => {
  // Customer sizes are no filter, but a reason for exclusion.
  if (facet === 'customerSizes') {
    const others = excluded.filter(({ why }) => why !== 'size')
    return withoutExcluded(Bitset.copyOf(rows), others)
  }
  if (!filters.some(filter => filter.facet === facet)) return admitted
  const counted = Bitset.copyOf(nearly)
  for (const filter of filters) if (filter.facet !== facet) counted.and(filter.rows)
  return withoutExcluded(counted, excluded)
}

/** Sorts by count (descending), then by code. */
const sortedFacet = (counts: readonly (readonly [code: string, count: number])[]): FacetCount[] =>
  counts
    .filter(([, count]) => count > 0)
    .map(([code, count]) => ({ code, count }))
    .toSorted((a, b) => b.count - a.count || (a.code < b.code ? -1 : 1))

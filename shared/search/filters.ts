/** Rows that match a request, and rows that exclude it. */

import { Bitset } from './bitset.ts'
import { type Columns, freeShareOf } from './columns.ts'
import { type Exclusion, exclusions, type FacetName } from './contract.ts'
import type { ResolvedRequest } from './request.ts'

/** A criterion that is also a facet, with the rows that meet it. */
interface FacetFilter {
  readonly facet: FacetName
  readonly rows: Bitset
}

/**
 * Invariant: `rows` pass all filters, `nearly` fail at most one of them. A facet is counted without its own
 * filter, so all rows that it can count are in `nearly`.
 */
export interface MatchedRows {
  readonly rows: Bitset
  readonly nearly: Bitset
  readonly filters: readonly FacetFilter[]
}

export interface ExcludedRows {
  readonly why: Exclusion
  readonly rows: Bitset
}

export const matchRows = (columns: Columns, request: ResolvedRequest): MatchedRows => {
  const { query, origin } = request
  const rows = candidates(columns, request)
  const filters = query.match === 'any' ? [] : facetFilters(columns, request)
  const nearly = Bitset.copyOf(rows)
  for (const filter of filters) {
    // A row fails at most one filter if it failed at most one before and passes this one, or if it failed none before.
    nearly.and(filter.rows).or(rows)
    rows.and(filter.rows)
  }
  if (!origin || query.radiusKm === undefined) return { rows, nearly, filters }
  const within = columns.locations.within(query.facets ? nearly : rows, origin, query.radiusKm)
  return { rows: rows.and(within), nearly: nearly.and(within), filters }
}

/** Returns the rows that meet all criteria except filters and radius. */
const candidates = ({ rows, codes }: Columns, { query, codes: requested, text }: ResolvedRequest): Bitset => {
  const found = Bitset.copyOf(rows.listed)
  for (const partnerId of query.without ?? []) {
    const row = rows.find(partnerId)
    if (row !== undefined) found.delete(row)
  }
  if (query.match === 'all-lists') return text ? found.and(text.rows) : found
  return requested.count > 0 ? found.and(codes.withAny(requested.numbers)) : found
}

const facetFilters = (
  { codes }: Columns,
  { codes: requested, languages }: ResolvedRequest,
): readonly FacetFilter[] => {
  const filters: FacetFilter[] = requested.lists
    .filter(({ count }) => count > 0)
    .map(({ list, numbers }) => ({ facet: list, rows: codes.withAny(numbers) }))
  if (languages) filters.push({ facet: 'languages', rows: languages.rows })
  return filters
}

/** Returns the rows that exclude the request, by reason, in the order of `exclusions`. A row can have several reasons. */
export const excludedRows = (
  columns: Columns,
  { query, context, sizes }: ResolvedRequest,
): ExcludedRows[] => {
  const { codes, industries = codes.industries ?? [], capacity, text, budget } = query
  const { rows, preferences, locations } = columns
  const rowsWith: Readonly<Record<Exclusion, () => Bitset | undefined>> = {
    paused: () => preferences.pausedOn(context.now),
    full: () => (capacity === undefined ? preferences.full : fullRows(columns, capacity)),
    undeliverable: () => Bitset.copyOf(rows.listed).andNot(locations.deliverable),
    size: () => sizes && preferences.servingOthers(sizes.rows, rows.listed),
    industry: () => preferences.excludingIndustries(industries),
    keyword: () => (text === undefined ? undefined : preferences.excludingText(text)),
    'deal-value': () => budget && preferences.excludingBudget(budget),
  }
  return exclusions.flatMap(why => {
    const excluded = rowsWith[why]()
    return excluded ? [{ why, rows: excluded }] : []
  })
}

const fullRows = (columns: Columns, capacity: number): Bitset =>
  columns.rows.listed.filter(row => freeShareOf(columns, row, capacity) <= 0)

/** Removes excluded rows from a set, and returns it. */
export const withoutExcluded = (rows: Bitset, excluded: readonly ExcludedRows[]): Bitset => {
  for (const { rows: those } of excluded) rows.andNot(those)
  return rows
}

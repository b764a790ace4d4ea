/** In-memory data of a region: one object for each kind of data, with one element for each row or partner. */

import { CodeColumns } from './code-columns.ts'
import { LanguageColumns } from './language-columns.ts'
import { LocationColumns } from './location-columns.ts'
import type { PartnerSearchOptions } from './partner-search.ts'
import { PreferenceFilter } from './preference-filter.ts'
import { ProfileRows } from './profile-rows.ts'
import { freeShare } from './ranking.ts'
import { ReputationColumns } from './reputation-columns.ts'
import { TextScorer } from './text-scorer.ts'
import { VisibilityCache } from './visibility-cache.ts'

export interface Columns {
  readonly rows: ProfileRows
  readonly codes: CodeColumns
  readonly languages: LanguageColumns
  readonly texts: TextScorer
  readonly locations: LocationColumns
  readonly preferences: PreferenceFilter
  readonly reputation: ReputationColumns
  readonly visibility: VisibilityCache
}

export const createColumns = ({ labelsOf, maxPartners = 200_000 }: PartnerSearchOptions): Columns => {
  const rows = new ProfileRows(maxPartners)
  const codes = new CodeColumns(labelsOf)
  const reputation = new ReputationColumns(codes.interner)
  return {
    rows,
    codes,
    languages: new LanguageColumns(),
    texts: new TextScorer(),
    locations: new LocationColumns(),
    preferences: new PreferenceFilter(),
    reputation,
    visibility: new VisibilityCache(reputation, row => rows.partnerOf(row)),
  }
}

/** Returns the free share of a row's capacity. @param capacity capacity of profiles that set no limit */
export const freeShareOf = (
  { rows, reputation, preferences }: Columns,
  row: number,
  capacity: number,
): number => freeShare(reputation.openOf(rows.partnerOf(row)), preferences.maxOpenOf(row) ?? capacity)

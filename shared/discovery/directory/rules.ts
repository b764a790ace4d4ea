/** Converts needs and searches of customers to search queries, and finds faults in searches. */
import type { Fault } from '../../kernel/errors.ts'
import { commonFaults, faults } from '../../kernel/faults.ts'
import type { Coordinates } from '../../kernel/geo.ts'
import { checkAll, checkEach } from '../../kernel/partial-input.ts'
import { type Customer, type Need, type Taxonomy, tagLists } from '../../program/contract.ts'
import { listFaults, tagsIn } from '../../program/rules.ts'
import type { SearchQuery } from '../../search/index.ts'
import { type DirectoryQuery, directoryFaults } from './contract.ts'

export {
  type CurrentLoad,
  type PreferenceExclusion,
  type RequestFacts,
  whyExcluded,
} from '../../search/index.ts'

/** Returns the search query for a customer's need. */
export const needQuery = (
  need: Need,
  { size, contact, address: { city } }: Customer,
  near?: Coordinates,
): Omit<SearchQuery, 'limit'> => ({
  codes: tagsIn(need),
  match: 'any',
  text: need.summary,
  sizes: [size],
  languages: [contact.locale],
  near,
  city,
  budget: need.budget,
})

/** Returns the search query for a customer's search of the directory. */
export const directorySearch = (query: DirectoryQuery, near?: Coordinates): Omit<SearchQuery, 'limit'> => ({
  codes: Object.fromEntries(tagLists.map(list => [list, query[list]])),
  match: 'all-lists',
  text: query.q,
  sizes: query.customerSizes,
  languages: query.languages,
  near,
  radiusKm: query.radiusKm,
  facets: true,
})

const fault = faults({ ...commonFaults, ...directoryFaults })

/**
 * Returns the faults in the parameters of a search. Invalid parameters can be holes. Retired codes are allowed, because
 * profiles can have them.
 */
export const searchFaults = (query: DirectoryQuery, taxonomy: Taxonomy): Fault[] =>
  checkAll(
    ...tagLists.map(list => () => listFaults(taxonomy, list, query[list], `query/${list}`)),
    () => listFaults(taxonomy, 'customerSizes', query.customerSizes, 'query/customerSizes'),
    () => languageFaults(query),
    () => radiusFaults(query),
  ).filter(({ code }) => code !== 'retired-code')

const languageFaults = ({ languages = [] }: DirectoryQuery): Fault[] =>
  checkEach(languages, (language, index) =>
    isLanguage(language) ? [] : [fault('unknown-language', `query/languages/${index}`, { value: language })],
  )

const radiusFaults = ({ radiusKm, near }: DirectoryQuery): Fault[] =>
  radiusKm !== undefined && near === undefined ? [fault('near-required', 'query/near')] : []

/** Returns the fault of a place that was not found or has invalid coordinates. */
export const placeFaults = (
  { near = '', region }: DirectoryQuery,
  place: Coordinates | undefined,
): Fault[] => {
  if (!place) return [fault('unknown-place', 'query/near', { value: near, region })]
  return isOnEarth(place) ? [] : [fault('out-of-range', 'query/near', { value: near })]
}

const languageNames = new Intl.DisplayNames('en', { type: 'language', fallback: 'none' })

/** Tests for a well-formed tag whose language exists. */
const isLanguage = (tag: string): boolean => {
  const { language } = new Intl.Locale(tag)
  return languageNames.of(language) !== undefined
}

const degrees = /^([+-]?\d{1,3}(?:\.\d*)?)\s*,\s*([+-]?\d{1,3}(?:\.\d*)?)$/

/** Reads coordinates such as `52.52,13.40`. @returns undefined for any other text, such as the name of a city */
export const coordinatesIn = (near: string): Coordinates | undefined => {
  const [, latitude, longitude] = degrees.exec(near) ?? []
  return latitude && longitude ? { latitude: Number(latitude), longitude: Number(longitude) } : undefined
}

const isOnEarth = ({ latitude, longitude }: Coordinates): boolean =>
  Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180

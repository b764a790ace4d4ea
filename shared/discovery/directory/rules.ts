/** Which partners a customer's need may go to, and what a search or a need looks for. */
import type { FieldError, Money } from '../../kernel/contract.ts'
import { type Customer, type Need, type Taxonomy, tagLists } from '../../program/contract.ts'
import { codeError, listErrors, tagsIn } from '../../program/rules.ts'
import { isPaused, type ListedProfile } from '../../search/entry.ts'
import type { Coordinates } from '../../search/geo.ts'
import type { Search } from '../../search/region-index.ts'
import { phrasesIn } from '../../text/tokenizer.ts'
import { type DirectoryQuery, type Exclusion, tagParameters } from './contract.ts'

/** Why a profile would rather not be sent something; whether mail reaches it is another matter. */
export type Unwillingness = Exclude<Exclusion, 'undeliverable'>

/** What a search says of the customer and its need. */
export interface Asked {
  readonly size?: string | undefined
  readonly industries: readonly string[]
  readonly text?: string | undefined
  readonly budget?: Money | undefined
}

/** What changes by itself: how many referrals the partner has open, and which day it is (UTC, YYYY-MM-DD). */
export interface Present {
  readonly open: number
  readonly today: string
}

type Choosy = Pick<ListedProfile, 'customerSizes' | 'preferences'>

/** Why a profile would rather not be sent what is asked. */
export const whyExcluded = (
  { customerSizes, preferences }: Choosy,
  { size, industries, text = '', budget }: Asked,
  { open, today }: Present,
): Unwillingness | undefined => {
  if (isPaused(preferences, today)) return 'paused'
  if (isFull(preferences, open)) return 'full'
  if (size && customerSizes.length > 0 && !customerSizes.includes(size)) return 'size'
  // Any of them: who does not serve banks does not serve a bank that also trades.
  if (industries.some(industry => preferences.excludedIndustries.includes(industry))) return 'industry'
  if (preferences.excludedKeywords.some(phrasesIn(text))) return 'keyword'
  return isTooSmall(budget, preferences) ? 'deal-value' : undefined
}

type Preferences = ListedProfile['preferences']

const isFull = ({ mostOpenReferrals }: Preferences, open: number): boolean =>
  mostOpenReferrals !== null && open >= mostOpenReferrals

/** Another currency cannot be compared. */
const isTooSmall = (budget: Money | undefined, { leastDealValue }: Preferences): boolean =>
  !!budget &&
  !!leastDealValue &&
  budget.currency === leastDealValue.currency &&
  budget.amount < leastDealValue.amount

/** What a customer's need looks for. */
export const needQuery = (
  need: Need,
  { size, contact, address: { city } }: Customer,
  near?: Coordinates,
): Omit<Search, 'limit'> => ({
  codes: tagsIn(need),
  match: 'any',
  text: need.summary,
  size,
  language: contact.locale,
  near,
  city,
  budget: need.budget,
})

/** What a customer's search of the directory looks for. */
export const directorySearch = (query: DirectoryQuery, near?: Coordinates): Omit<Search, 'limit'> => ({
  codes: Object.fromEntries(tagLists.map(list => [list, query[tagParameters[list]]])),
  match: 'all-lists',
  text: query.q,
  size: query.customerSize,
  language: query.language,
  near,
  radiusKm: query.radiusKm,
  facets: true,
})

/** What is wrong with a search, as far as the search and the taxonomy tell. Profiles may hold codes that are retired. */
export const searchErrors = (query: DirectoryQuery, taxonomy: Taxonomy): FieldError[] => {
  const { customerSize, language, radiusKm, near } = query
  const error = (pointer: string, code: string, detail: string) => [{ pointer, code, detail }]
  const codes = [
    ...tagLists.flatMap(list =>
      listErrors(taxonomy, list, query[tagParameters[list]], `query/${tagParameters[list]}`),
    ),
    ...(customerSize ? codeError(taxonomy, 'customerSizes', customerSize, 'query/customerSize') : []),
  ]
  return [
    ...codes.filter(({ code }) => code === 'unknown-code'),
    ...(language && !isLanguage(language)
      ? error(
          'query/language',
          'unknown-language',
          `${language} is no language: give a tag such as de or zh-Hans`,
        )
      : []),
    ...(radiusKm !== undefined && near === undefined
      ? error('query/near', 'required', 'a radius needs a middle')
      : []),
  ]
}

const languageNames = new Intl.DisplayNames('en', { type: 'language', fallback: 'none' })

/** Whether a tag that is well-formed names a language that there is. */
const isLanguage = (tag: string): boolean => {
  const { language } = new Intl.Locale(tag)
  return languageNames.of(language) !== undefined
}

const degrees = /^([+-]?\d{1,3}(?:\.\d*)?)\s*,\s*([+-]?\d{1,3}(?:\.\d*)?)$/

/** The coordinates that a place is given by, such as `52.52,13.40`; undefined for the name of a city. */
export const coordinatesIn = (near: string): Coordinates | undefined => {
  const [, latitude, longitude] = degrees.exec(near) ?? []
  return latitude && longitude ? { latitude: Number(latitude), longitude: Number(longitude) } : undefined
}

export const isOnEarth = ({ latitude, longitude }: Coordinates): boolean =>
  Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180

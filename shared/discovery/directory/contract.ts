import * as z from 'zod/mini'
import { countryCode, locale, taxonomyCode } from '../../kernel/codes.ts'
import { describeOperations, describeSchema } from '../../kernel/documentation.ts'
import { parameterList, prose, text } from '../../kernel/fields.ts'
import { partnerId } from '../../kernel/ids.ts'
import { instant } from '../../kernel/instants.ts'
import type { Catalog } from '../../kernel/messages.ts'
import { operations } from '../../kernel/operation.ts'
import { pageParameters, pageQuery } from '../../kernel/page.ts'
import { postalAddress, webAddress } from '../../kernel/person.ts'
import { locationId, profileContent, profileId } from '../../partners/contract.ts'
import { tagLists } from '../../program/contract.ts'
import { answerTimes } from '../../search/contract.ts'

/** The lists for which a search counts partners. */
const facetNames = [...tagLists, 'customerSizes', 'languages'] as const

const answerTime = z.nullable(z.enum(answerTimes))

const match = z.strictObject({ list: z.enum(facetNames), code: z.string() })
/* @__PURE__ */ describeSchema(match, {
  description: 'A criterion of the search that the partner meets.',
  properties: {
    list: 'Taxonomy list that contains the code, or `languages`.',
    code: 'The code, or the language tag.',
  },
  example: { list: 'products', code: 'erp' },
})

/** A partner in a search result, with its location that fits best. */
const directoryHit = z.strictObject({
  profileId,
  partnerId,
  name: z.string(),
  region: countryCode,
  locationId,
  city: z.string(),
  distanceKm: z.optional(z.number()),
  headline: z.string(),
  languages: z.array(z.string()),
  matched: z.array(match),
  words: z.array(z.string()),
  answerTime,
})
/* @__PURE__ */ describeSchema(directoryHit, {
  name: 'DirectoryItem',
  description: 'A partner that can receive an RFI, with the location that fits best.',
  properties: {
    profileId: 'Id of the profile. Use it in `recipients` of an RFI.',
    partnerId: 'Id of the partner.',
    name: 'Name of the partner.',
    region: 'Region of the profile.',
    locationId: 'Id of the location. Use it in `recipients` of an RFI.',
    city: 'City of the location.',
    distanceKm: 'Distance from `near` to the location in kilometres.',
    headline: 'The line with which the partner presents itself.',
    languages: 'Languages in which the partner works.',
    matched: 'Criteria of the search that the partner meets.',
    words: 'Words of `q` that the profile contains, after correction of typing errors.',
    answerTime: 'Typical time until the partner answers. Null if the partner has answered too few referrals.',
  },
  example: {
    name: 'Spreewerk Systeme',
    city: 'Berlin',
    distanceKm: 26.4,
    headline: 'ERP for manufacturers, live in 90 days',
    languages: ['de', 'en'],
    words: ['planning'],
    answerTime: 'within-a-day',
  },
})
export type DirectoryHit = z.infer<typeof directoryHit>

/** A partner that an RFI could be sent on to, as its customer sees it. */
export const suggestion = z.pick(directoryHit, {
  profileId: true,
  partnerId: true,
  locationId: true,
  name: true,
  city: true,
  headline: true,
  languages: true,
})
/* @__PURE__ */ describeSchema(suggestion, {
  name: 'Suggestion',
  description: 'A partner to which an RFI could be sent on.',
  like: [directoryHit],
  properties: {},
})
export type Suggestion = z.infer<typeof suggestion>

const facetCount = z.strictObject({ code: z.string(), count: z.int() })
/* @__PURE__ */ describeSchema(facetCount, {
  name: 'FacetCount',
  description: 'Number of results if the search asked for this code and for no other value of the same list.',
  properties: { code: 'The code, or the language tag.', count: 'Number of partners.' },
  example: { code: 'erp', count: 12 },
})
const facet = z.array(facetCount)
const facets = z.strictObject({
  industries: facet,
  products: facet,
  services: facet,
  solutions: facet,
  customerSizes: facet,
  languages: facet,
})
/* @__PURE__ */ describeSchema(facets, {
  name: 'Facets',
  description:
    'For each value of a list, the number of results if the search asked for this value and for no other one of the list. Values with the most results come first.',
  properties: {
    industries: 'Counts by industry.',
    products: 'Counts by product.',
    services: 'Counts by service.',
    solutions: 'Counts by solution.',
    customerSizes: 'Counts by company size.',
    languages: 'Counts by language.',
  },
  example: { products: [{ code: 'erp', count: 12 }], languages: [{ code: 'de', count: 9 }] },
})
export type Facets = z.infer<typeof facets>

const directoryPage = z.strictObject({
  items: z.array(directoryHit),
  total: z.int(),
  facets,
  nextCursor: z.nullable(z.string()),
})
/* @__PURE__ */ describeSchema(directoryPage, {
  name: 'DirectoryPage',
  description: 'A page of search results.',
  properties: {
    items: 'Partners, best first.',
    total: 'Number of partners on all pages.',
    facets: 'Counts for narrowing the search.',
    nextCursor: 'The `cursor` of the next page, or null on the last page.',
  },
  example: { total: 12 },
})
export type DirectoryPage = z.infer<typeof directoryPage>

/** The public profile of a partner. It has no contacts. */
const directoryLocation = z.strictObject({ id: locationId, name: z.string(), address: postalAddress })
/* @__PURE__ */ describeSchema(directoryLocation, {
  name: 'DirectoryLocation',
  description: 'An office of the partner.',
  properties: {
    id: 'Id of the location. Use it in `recipients` of an RFI.',
    name: 'Name of the office.',
    address: 'Address of the office.',
  },
  example: { name: 'Spreewerk Systeme Berlin', address: { city: 'Berlin', country: 'DE' } },
})

const directoryProfile = z.strictObject({
  profileId,
  partnerId,
  name: z.string(),
  region: countryCode,
  headline: z.string(),
  description: z.nullable(prose(2500)),
  website: z.nullable(webAddress),
  logo: z.nullable(webAddress),
  languages: z.array(z.string()),
  industries: z.array(taxonomyCode),
  products: z.array(taxonomyCode),
  services: z.array(taxonomyCode),
  solutions: z.array(taxonomyCode),
  customerSizes: z.array(taxonomyCode),
  keywords: z.array(z.string()),
  locations: z.array(directoryLocation),
  answerTime,
  takesReferrals: z.boolean(),
  updatedAt: instant,
})
/* @__PURE__ */ describeSchema(directoryProfile, {
  name: 'DirectoryProfile',
  description: 'The public part of a business profile. Contacts are not public.',
  like: [profileContent],
  properties: {
    profileId: 'Id of the profile.',
    partnerId: 'Id of the partner.',
    name: 'Name of the partner.',
    region: 'Region of the profile.',
    headline: 'The line with which the partner presents itself.',
    description: 'Text about the business in the region, as CommonMark. Null if there is none.',
    website: 'Web address. Null if there is none.',
    logo: 'Address of a logo. Null if there is none.',
    keywords: 'Words and phrases that describe the business.',
    locations: 'Offices of the partner.',
    answerTime: 'Typical time until the partner answers. Null if the partner has answered too few referrals.',
    takesReferrals:
      'True if an RFI can be sent to the partner now. False if it is paused or has no capacity.',
    updatedAt: 'Time of the last change.',
  },
  example: {
    name: 'Spreewerk Systeme',
    description: 'Spreewerk Systeme serves customers in **Berlin**.',
    keywords: ['production planning'],
    answerTime: 'within-a-day',
    takesReferrals: true,
  },
})
export type DirectoryProfile = z.infer<typeof directoryProfile>

/** Maximum number of values in a list. */
const maxValues = 20

const codes = parameterList(taxonomyCode, maxValues)

/** Maximum radius in kilometres. Larger values would cover whole continents. */
const maxRadiusKm = 1000

const directoryQuery = z.strictObject({
  region: countryCode,
  near: z.optional(text(100)),
  radiusKm: z.optional(z.coerce.number().check(z.gte(1), z.lte(maxRadiusKm))),
  industries: codes,
  products: codes,
  services: codes,
  solutions: codes,
  customerSizes: codes,
  languages: parameterList(locale, maxValues),
  q: z.optional(text(200)),
  ...pageQuery,
})
/* @__PURE__ */ describeSchema(directoryQuery, {
  like: [pageParameters],
  properties: {
    region: 'Region of the partners: a country.',
    near: 'A city of the region, or latitude and longitude, such as `52.52,13.40`. Nearer partners come first.',
    radiusKm: 'Maximum distance in kilometres from `near`, which is then required.',
    industries: 'Codes of industries, separated by commas. A repeated parameter has the same effect.',
    products: 'Codes of products, separated by commas.',
    services: 'Codes of services, separated by commas.',
    solutions: 'Codes of solutions, separated by commas.',
    customerSizes:
      'Codes of company sizes, separated by commas. Partners that serve only other sizes are left out.',
    languages:
      'Languages, separated by commas. Partners that speak none of them are left out. Only the primary language counts: `de-AT` finds partners that speak `de`.',
    q: 'Words to search for in profiles. Typing errors are tolerated.',
  },
  example: {
    near: 'Berlin',
    radiusKm: 200,
    industries: 'manufacturing',
    products: 'erp',
    services: 'consulting,deployment',
    solutions: 'supply-chain',
    customerSizes: '251-1000',
    languages: 'de',
    q: 'production planning',
  },
})
export type DirectoryQuery = z.infer<typeof directoryQuery>

export const directoryFaults = {
  'near-required': 'The parameter near is missing. It is required with radiusKm: a city or coordinates.',
  'unknown-place':
    'Unknown city "{value}" in {region}. Expected a city of the region, or degrees north and east, such as 52.52,13.40.',
  'out-of-range':
    'The coordinates {value} are out of range. Expected a latitude from -90 to 90 and a longitude from -180 to 180.',
} as const satisfies Catalog

const profileParams = z.strictObject({ profileId })
/* @__PURE__ */ describeSchema(profileParams, { properties: { profileId: 'Id of the profile.' } })

export const directoryOperations = operations({
  searchDirectory: {
    summary: 'Search the partners of a region',
    method: 'GET',
    path: '/v1/directory',
    audience: 'customer',
    access: 'public',
    query: directoryQuery,
    status: 200,
    response: directoryPage,
  },
  getDirectoryProfile: {
    summary: 'Get the public profile of a partner',
    method: 'GET',
    path: '/v1/directory/{profileId}',
    audience: 'customer',
    access: 'public',
    params: profileParams,
    status: 200,
    response: directoryProfile,
  },
})

/* @__PURE__ */ describeOperations(directoryOperations, {
  searchDirectory: {
    description:
      'Searches the active profiles of a region. A partner matches if it has at least one of the values of each list. A list has at most 20 values. Partners whose profile has no company sizes match all sizes. The order depends on the fit to the search (relevance) and on how the partner answers (visibility). Partners that are paused, have no free capacity or cannot be reached by email are left out. Changes of profiles appear within about 10 seconds.',
    returns: 'A page of partners, best first, with counts for narrowing the search.',
  },
  getDirectoryProfile: {
    description: 'Returns the public part of an active profile.',
    returns: 'The public profile.',
  },
})

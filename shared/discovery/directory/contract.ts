import * as z from 'zod/mini'
import { countryCode, countryParameter, locale, taxonomyCode } from '../../kernel/codes.ts'
import { prose, text } from '../../kernel/fields.ts'
import { partnerId } from '../../kernel/ids.ts'
import { instant } from '../../kernel/instants.ts'
import type { Catalog } from '../../kernel/messages.ts'
import { operations } from '../../kernel/operation.ts'
import { pageQuery } from '../../kernel/page.ts'
import { postalAddress, webAddress } from '../../kernel/person.ts'
import { locationId, profileId } from '../../partners/contract.ts'
import { tagLists } from '../../program/contract.ts'
import { answerTimes } from '../../search/contract.ts'

/** What counts are given of. */
const facetNames = [...tagLists, 'customerSizes', 'languages'] as const

const answerTime = z.nullable(z.enum(answerTimes))

/** A partner that could be asked, and its place that is best for it. */
const directoryHit = z.strictObject({
  profileId,
  partnerId,
  name: z.string(),
  region: countryCode,
  locationId,
  city: z.string(),
  /** From the place that was asked for, where both are known. */
  distanceKm: z.optional(z.number()),
  headline: z.string(),
  languages: z.array(z.string()),
  /** What was asked for and is had, why it is here: codes, the customer's size, the language that is spoken. */
  matched: z.array(z.strictObject({ list: z.enum(facetNames), code: z.string() })),
  /** The words of `q` that are found in it, as they were meant. */
  words: z.array(z.string()),
  /** Null while too little is known. */
  answerTime,
})
export type DirectoryHit = z.infer<typeof directoryHit>

/** A place that an RFI could be sent on to, as its customer is shown it. */
export const suggestion = z.pick(directoryHit, {
  profileId: true,
  partnerId: true,
  locationId: true,
  name: true,
  city: true,
  headline: true,
  languages: true,
})
export type Suggestion = z.infer<typeof suggestion>

/** How many partners each value would leave, most first; of the values asked for, those that were not asked for too. */
const facet = z.array(z.strictObject({ code: z.string(), count: z.int() }))
const facets = z.strictObject({
  industries: facet,
  products: facet,
  services: facet,
  solutions: facet,
  customerSizes: facet,
  languages: facet,
})
export type Facets = z.infer<typeof facets>

const directoryPage = z.strictObject({
  items: z.array(directoryHit),
  /** How many partners there are in all. */
  total: z.int(),
  facets,
  nextCursor: z.nullable(z.string()),
})
export type DirectoryPage = z.infer<typeof directoryPage>

/** What stands in the directory of a partner, for who looks closer. Its contacts are the program's own business. */
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
  locations: z.array(z.strictObject({ id: locationId, name: z.string(), address: postalAddress })),
  answerTime,
  /** Whether an RFI can be sent to it now; if not, it takes a pause or has its hands full. */
  takesReferrals: z.boolean(),
  updatedAt: instant,
})
export type DirectoryProfile = z.infer<typeof directoryProfile>

/** Several values stand in one parameter, joined by commas; a repeated parameter is the same. */
const listOf = <S extends z.ZodMiniType<string, string>>(value: S, max: number) =>
  z.optional(
    z.pipe(
      z.pipe(
        z.string().check(z.maxLength(1000)),
        z.transform((joined: string) => joined.split(',')),
      ),
      z.array(value).check(z.maxLength(max)),
    ),
  )

const codes = listOf(taxonomyCode, 20)

/** Half of the way around the earth is 20,015 km, but nobody means that by near. */
const maxRadiusKm = 1000

const directoryQuery = z.strictObject({
  region: countryParameter,
  /** A city of the region, or degrees north and east, such as `52.52,13.40`. */
  near: z.optional(text(100)),
  /** Leaves out what is farther away; needs `near`. */
  radiusKm: z.optional(z.coerce.number().check(z.gte(1), z.lte(maxRadiusKm))),
  industries: codes,
  products: codes,
  services: codes,
  solutions: codes,
  /** One size at most: a customer has one. */
  customerSizes: listOf(taxonomyCode, 1),
  /** One language at most. */
  languages: listOf(locale, 1),
  q: z.optional(text(200)),
  ...pageQuery,
})
export type DirectoryQuery = z.infer<typeof directoryQuery>

export const directoryFaults = {
  'near-required': 'Missing. Expected a city or coordinates, because radiusKm requires near.',
  'unknown-place':
    'Unknown city "{value}" in {region}. Expected a city of the region, or degrees north and east, such as 52.52,13.40.',
  'out-of-range':
    'The coordinates {value} are out of range. Expected a latitude from -90 to 90 and a longitude from -180 to 180.',
} as const satisfies Catalog

export const directoryOperations = operations({
  searchDirectory: {
    summary: 'The partners of a region that can be asked, the best first: docs/ranking.md says how',
    method: 'GET',
    path: '/v1/directory',
    audience: 'customer',
    access: 'public',
    query: directoryQuery,
    status: 200,
    response: directoryPage,
  },
  getDirectoryProfile: {
    summary: 'What a partner says of its business in a region',
    method: 'GET',
    path: '/v1/directory/{profileId}',
    audience: 'customer',
    access: 'public',
    params: z.strictObject({ profileId }),
    status: 200,
    response: directoryProfile,
  },
})

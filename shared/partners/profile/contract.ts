import * as z from 'zod/mini'
import { actorKinds, contactProblems } from '../../events/contract.ts'
import { countryCode, locale, taxonomyCode } from '../../kernel/codes.ts'
import { fieldError, parameters } from '../../kernel/field-error.ts'
import { prose, text } from '../../kernel/fields.ts'
import { partnerId } from '../../kernel/ids.ts'
import { date, instant } from '../../kernel/instants.ts'
import type { Catalog } from '../../kernel/messages.ts'
import { money } from '../../kernel/money.ts'
import { operations } from '../../kernel/operation.ts'
import { page, pageQuery } from '../../kernel/page.ts'
import { email, postalAddress, secureAddress, webAddress } from '../../kernel/person.ts'
import { contacts, warning } from '../contact/contract.ts'

/** A partner has one profile per region, so its id is made of both. */
export const profileId = z
  .string()
  .check(
    z.regex(
      /^ptr_[0-9A-HJKMNP-TV-Z]{26}\.[A-Z]{2}$/,
      'a profile id as in the directory, such as ptr_01HZX3V8N4Q5R6S7T8V9W0X1Y2.DE',
    ),
  )
  .brand<'ProfileId'>()
export const locationId = z
  .string()
  .check(
    z.regex(
      /^[a-z0-9]+(-[a-z0-9]+)*$/,
      'lower-case letters and digits, in words joined by hyphens, such as berlin-mitte',
    ),
    z.maxLength(40),
  )

/** WGS 84, in degrees north and east. */
const coordinates = z.strictObject({
  latitude: z.number().check(z.gte(-90), z.lte(90)),
  longitude: z.number().check(z.gte(-180), z.lte(180)),
})

const location = z.strictObject({
  /** Chosen by the partner and kept for good: referrals point to it. */
  id: locationId,
  name: text(100),
  /** In the profile's region or across a border: the region says where business is done, not where the office is. */
  address: postalAddress,
  /** Where the address does not say it well enough; else they are those of its city. */
  coordinates: z.optional(coordinates),
  /** Who is mailed about its referrals. */
  contacts,
})
export type Location = z.infer<typeof location>

/** Where a location is, as far as is known: as the profile says, or as the gazetteer knows its city. */
const resolvedCoordinates = z.nullable(
  z.strictObject({ ...coordinates.shape, from: z.enum(['profile', 'gazetteer']) }),
)
export type ResolvedCoordinates = z.infer<typeof resolvedCoordinates>

const shownLocation = z.strictObject({
  ...location.shape,
  resolvedCoordinates,
  /** The profile names it no more, but referrals do that are open or can be reopened: it is kept for them alone. */
  removed: z.boolean(),
})

/** So many locations that are gone can be kept for their open referrals: with all their contacts, an item holds them. */
export const maxRemoved = 10
export const maxLocations = 5

/** As read, or anew: what it shows beyond what a profile says may come along. One that is marked as removed stays so. */
const putLocation = z.strictObject({
  ...location.shape,
  resolvedCoordinates: z.optional(resolvedCoordinates),
  removed: z._default(z.boolean(), false),
})

const codes = z._default(z.array(taxonomyCode).check(z.maxLength(50)), [])

/** Words that customers search with; none twice, in whichever spelling search takes for the same. */
const keywords = z._default(z.array(text(50)).check(z.maxLength(30)), [])

const preferences = z.strictObject({
  /** Requests with a smaller budget stay away. One in another currency, or without a budget, does not. */
  minDealValue: z._default(z.nullable(money), null),
  /** Requests in which one of these occurs, word by word, stay away. */
  excludedKeywords: keywords,
  /** Requests of these industries stay away. */
  excludedIndustries: codes,
  /** With so many referrals new or active, no more come. */
  maxOpenReferrals: z._default(z.nullable(z.int().check(z.gte(1), z.lte(10_000))), null),
  /** The day (UTC) on which an active profile takes referrals again. */
  pausedUntil: z._default(z.nullable(date), null),
})

/** What a partner says about its business in one region, but for where. A draft may lack much; activation says what. */
const statements = {
  headline: z.optional(text(200)),
  /**
   * CommonMark, of which paragraphs, lists, emphasis, and links to http, https and mailto, written [text](address), are
   * understood. What else it knows, such as HTML, images, headings and code, is refused. It is kept as it was written.
   */
  description: z.optional(prose(2500)),
  website: z.optional(webAddress),
  logo: z.optional(secureAddress),
  languages: z._default(z.array(locale).check(z.maxLength(20)), []),
  industries: codes,
  products: codes,
  services: codes,
  solutions: codes,
  /** Which customers are served; none: all. */
  customerSizes: codes,
  keywords,
  preferences: z.prefault(preferences, {}),
  /** Who is mailed when no contact of a referral's location can be reached. */
  defaultContacts: contacts,
}

export const statementNames = Object.keys(statements) as (keyof typeof statements)[]

const profileContent = z.strictObject({
  ...statements,
  locations: z._default(z.array(location), []),
})
export type ProfileContent = z.infer<typeof profileContent>

/** As it is kept; an active one that is paused is shown so until it is back. */
const keptStatuses = ['draft', 'active', 'inactive'] as const
export type KeptStatus = (typeof keptStatuses)[number]
const profileStatuses = [...keptStatuses, 'paused'] as const

export const profile = z.strictObject({
  id: profileId,
  partnerId,
  region: countryCode,
  status: z.enum(profileStatuses),
  /** Counts the changes of the profile. The ETag also counts those of what is known of its contacts. */
  version: z.int(),
  ...statements,
  locations: z.array(shownLocation),
  createdAt: instant,
  updatedAt: instant,
  /** When somebody last said who the contacts are, or that they are right. */
  contactsConfirmedAt: instant,
  /** By then somebody should say so again: the policy says how often. */
  contactsConfirmedUntil: instant,
  /** Nobody has, and people may have come and gone: confirm the contacts, or put others. */
  contactConfirmationDue: z.boolean(),
  /** Contacts that mail does not reach, as it should. */
  warnings: z.array(warning),
})
export type ProfileView = z.infer<typeof profile>

const { id, status, version, createdAt, updatedAt, warnings } = profile.shape
const { contactsConfirmedAt, contactsConfirmedUntil, contactConfirmationDue } = profile.shape

/** A profile as it was read, changed: what is the program's to set may come along, and is passed over. */
const newProfile = z.strictObject({
  ...statements,
  locations: z._default(z.array(putLocation).check(z.maxLength(maxLocations + maxRemoved)), []),
  id: z.optional(id),
  partnerId: z.optional(partnerId),
  region: z.optional(countryCode),
  status: z.optional(status),
  version: z.optional(version),
  createdAt: z.optional(createdAt),
  updatedAt: z.optional(updatedAt),
  contactsConfirmedAt: z.optional(contactsConfirmedAt),
  contactsConfirmedUntil: z.optional(contactsConfirmedUntil),
  contactConfirmationDue: z.optional(contactConfirmationDue),
  warnings: z.optional(warnings),
})
export type NewProfile = z.infer<typeof newProfile>

/** A profile of which somebody cannot be reached. */
const unhealthyProfile = z.strictObject({
  profileId,
  partnerId,
  name: z.string(),
  region: countryCode,
  status: z.enum(profileStatuses),
  warnings: z.array(warning),
})
export type UnhealthyProfile = z.infer<typeof unhealthyProfile>

/** A version of a profile, and what became different with it. */
const profileVersion = z.strictObject({
  version: z.int(),
  at: instant,
  by: z.strictObject({ kind: z.enum(actorKinds), id: z.optional(z.string()) }),
  /** Fields of the profile; `name` is the partner's. Of the first version, all that it says. */
  changed: z.array(z.string()),
})
export type ProfileVersion = z.infer<typeof profileVersion>

export const checkCodes = [
  'headline',
  'description',
  'keywords',
  'industries',
  'products',
  'services',
  'solutions',
  'customer-sizes',
  'languages',
  'coordinates',
  'website',
  'logo',
] as const
export type CheckCode = (typeof checkCodes)[number]

/** Advice of the review, by check. */
export const reviewAdvice = {
  headline: 'Add a headline. Customers read it first, beside your name.',
  description:
    'Write at least {characters} characters about whom you help, with what, and how. Customers use it to judge whether you fit.',
  keywords:
    'State {minimum} to {maximum} keywords for what you are good at. Searches find them; with more keywords, each one counts less.',
  industries:
    'State the industries that you know best. With more than {maximum}, each one counts less in searches.',
  products:
    'State the products that you know best. With more than {maximum}, each one counts less in searches.',
  services:
    'State the services that you do best. With more than {maximum}, each one counts less in searches.',
  solutions:
    'State the solutions that you do best. With more than {maximum}, each one counts less in searches.',
  'customer-sizes':
    'State the customer sizes that you serve. You rank higher for customers of these sizes, and get no referrals of other sizes.',
  languages: 'State the languages that you speak. Customers look for partners that speak their language.',
  coordinates: 'Add coordinates to each location. Searches near a place leave out locations without them.',
  website: 'Add your website. Customers look there for more information.',
  logo: 'Add your logo. Customers recognise you by it.',
} as const satisfies Readonly<Record<CheckCode, string>>

/** Faults of profiles. The `…-required` ones are what an active profile must have. */
export const profileFaults = {
  'keyword-without-word': 'The keyword "{value}" has no letter or digit. Expected at least one.',
  'too-many-removed':
    'Too many removed locations with open referrals: {actual}. Expected at most {maximum}; close some of their referrals first.',
  'unknown-contact': 'Unknown contact "{value}". Expected the e-mail address of a contact of the profile.',
  'headline-required': 'Missing headline. An active profile needs one, because the directory shows it.',
  'location-required':
    'Missing location. An active profile needs one, because customers are referred to a location.',
  'contact-required':
    'This location has no contact. An active profile needs a contact for each location, or a default contact.',
  'markdown-html':
    'HTML at line {line}, column {column}. Expected paragraphs, lists, emphasis and links in Markdown.',
  'markdown-image': 'Image at line {line}, column {column}. Expected paragraphs, lists, emphasis and links.',
  'markdown-link':
    'Wrong link at line {line}, column {column}. Expected an address that starts with http://, https:// or mailto:.',
  'markdown-definition':
    'Link definition at line {line}, column {column}. Expected the address of a link in parentheses, right after its text.',
  'markdown-heading':
    'Heading at line {line}, column {column}. Expected paragraphs, lists, emphasis and links.',
  'markdown-quote': 'Quote at line {line}, column {column}. Expected paragraphs, lists, emphasis and links.',
  'markdown-line':
    'Horizontal line at line {line}, column {column}. Expected paragraphs, lists, emphasis and links.',
  'markdown-code': 'Code at line {line}, column {column}. Expected paragraphs, lists, emphasis and links.',
} as const satisfies Catalog

/** What would make a profile better, and who hears of its referrals. */
const review = z.strictObject({
  profileId,
  /** How much of what helps customers choose it says, in [0, 1]: the weighted mean of the checks. Better ones come first. */
  quality: z.number(),
  checks: z.array(
    z.strictObject({
      code: z.enum(checkCodes),
      weight: z.number(),
      /** How much of it is there, in [0, 1]. */
      share: z.number(),
      /** Why more of it would help; null where it is all there. */
      advice: z.nullable(z.string()),
      /** Parameters of the advice, whose code is that of the check. */
      params: parameters,
    }),
  ),
  /** What it lacks to be active, each by its JSON pointer. */
  missing: z.array(fieldError),
  locations: z.array(
    z.strictObject({
      id: locationId,
      /** Whether mail about its referrals reaches a contact of its own, or a default one. Searches leave others out. */
      reachable: z.boolean(),
    }),
  ),
  contacts: z.array(
    z.strictObject({
      email: z.string(),
      name: z.string(),
      locationIds: z.array(locationId),
      default: z.boolean(),
      muted: z.boolean(),
      reachable: z.boolean(),
      problem: z.nullable(z.enum(contactProblems)),
    }),
  ),
  contactsConfirmedAt,
  contactsConfirmedUntil,
})
export type Review = z.infer<typeof review>

const params = z.strictObject({ region: countryCode })
const members = ['partner-admin', 'partner-user'] as const
const admins = ['partner-admin'] as const

export const profileOperations = operations({
  listProfiles: {
    summary: "The caller's business profiles, one per region",
    method: 'GET',
    path: '/v1/profiles',
    audience: 'partner',
    access: members,
    status: 200,
    // A partner has at most one profile per country, so the list is bounded by nature.
    response: z.strictObject({ items: z.array(profile) }),
  },
  getProfile: {
    summary: 'The business profile of a region, or an earlier version of it, which names no contacts',
    method: 'GET',
    path: '/v1/profiles/{region}',
    audience: 'partner',
    access: members,
    params,
    query: z.strictObject({ version: z.optional(z.coerce.number().check(z.int(), z.gte(1))) }),
    status: 200,
    response: profile,
    versioned: true,
  },
  putProfile: {
    summary: 'Create or replace the business profile of a region; a new one is a draft',
    method: 'PUT',
    path: '/v1/profiles/{region}',
    audience: 'partner',
    access: admins,
    params,
    body: newProfile,
    status: 200,
    response: profile,
    versioned: true,
    ifMatch: 'if-exists',
    errors: ['profile-incomplete'],
  },
  activateProfile: {
    summary: 'Let customers be referred to the profile',
    method: 'POST',
    path: '/v1/profiles/{region}/activate',
    audience: 'partner',
    access: admins,
    params,
    status: 200,
    response: profile,
    versioned: true,
    ifMatch: 'required',
    errors: ['profile-incomplete'],
  },
  deactivateProfile: {
    summary: 'Take the profile out of the directory; open referrals stay',
    method: 'POST',
    path: '/v1/profiles/{region}/deactivate',
    audience: 'partner',
    access: admins,
    params,
    status: 200,
    response: profile,
    versioned: true,
    ifMatch: 'required',
  },
  confirmContact: {
    summary: 'Vouch for a contact that there is a warning about: mail goes there again',
    method: 'POST',
    path: '/v1/profiles/{region}/confirm-contact',
    audience: 'partner',
    access: admins,
    params,
    body: z.strictObject({ email }),
    status: 200,
    response: profile,
    versioned: true,
  },
  confirmContacts: {
    summary: 'Say that the contacts of the profile are right',
    method: 'POST',
    path: '/v1/profiles/{region}/confirm-contacts',
    audience: 'partner',
    access: admins,
    params,
    status: 200,
    response: profile,
    versioned: true,
    ifMatch: 'required',
  },
  reviewProfile: {
    summary: 'What would make the profile better, and who hears of its referrals',
    method: 'GET',
    path: '/v1/profiles/{region}/review',
    audience: 'partner',
    access: members,
    params,
    status: 200,
    response: review,
  },
  listProfileVersions: {
    summary: 'Every version of the profile, the newest first, with who made it and what it changed',
    method: 'GET',
    path: '/v1/profiles/{region}/versions',
    audience: 'partner',
    access: members,
    params,
    query: z.strictObject(pageQuery),
    status: 200,
    response: page(profileVersion),
  },
  listProfilesByOperator: {
    summary: "A partner's business profiles, one per region",
    method: 'GET',
    path: '/v1/operator/partners/{partnerId}/profiles',
    audience: 'operator',
    access: ['operator'],
    params: z.strictObject({ partnerId }),
    status: 200,
    response: z.strictObject({ items: z.array(profile) }),
  },
  listUnhealthyProfiles: {
    summary:
      'Every profile with contacts that mail does not reach; an empty page with a nextCursor is not the end',
    method: 'GET',
    path: '/v1/operator/unhealthy-profiles',
    audience: 'operator',
    access: ['operator'],
    query: z.strictObject(pageQuery),
    status: 200,
    response: page(unhealthyProfile),
  },
})

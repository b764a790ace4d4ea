import * as z from 'zod/mini'
import { actorKinds, warnedProblems } from '../../events/contract.ts'
import { countryCode, locale, taxonomyCode } from '../../kernel/codes.ts'
import { describeOperations, describeSchema } from '../../kernel/documentation.ts'
import { fieldError, messageFields, messageOf } from '../../kernel/field-error.ts'
import { folded, maxLength, prose, share, storable, text } from '../../kernel/fields.ts'
import { partnerId } from '../../kernel/ids.ts'
import { date, instant, timeZone } from '../../kernel/instants.ts'
import type { Catalog } from '../../kernel/messages.ts'
import { money } from '../../kernel/money.ts'
import { operations } from '../../kernel/operation.ts'
import { page, pageParameters } from '../../kernel/page.ts'
import { email, postalAddress, secureAddress, webAddress } from '../../kernel/person.ts'
import { contacts, newContacts, warning } from '../contact/contract.ts'

/** Partner id and region, such as `ptr_….DE`: a partner has one profile per region. */
export const profileId = folded()
  .check(
    z.regex(
      /^ptr_[0-9A-HJKMNP-TV-Z]{26}\.[A-Z]{2}$/,
      'a profile id as in the directory, such as ptr_01HZX3V8N4Q5R6S7T8V9W0X1Y2.DE',
    ),
  )
  .brand<'ProfileId'>()
/* @__PURE__ */ describeSchema(profileId, {
  name: 'ProfileId',
  description: 'Id of a business profile: the id of the partner, a dot and the region.',
  example: 'ptr_01K9Z5V4T3Q2P1N0M9J8H7G6F5.DE',
})
export const locationId = folded().check(
  z.regex(
    /^[a-z0-9]+(-[a-z0-9]+)*$/,
    'lower-case letters and digits, in words joined by hyphens, such as berlin-mitte',
  ),
  maxLength(40),
)
/* @__PURE__ */ describeSchema(locationId, {
  name: 'LocationId',
  description: 'Id of a location in its profile. The partner chooses it.',
  example: 'berlin',
})

/** WGS 84, in degrees north and east. */
const coordinates = z.strictObject({
  latitude: z.number().check(z.gte(-90), z.lte(90), storable),
  longitude: z.number().check(z.gte(-180), z.lte(180), storable),
})

/* @__PURE__ */ describeSchema(coordinates, {
  name: 'Coordinates',
  description: 'A point on the earth (WGS 84).',
  properties: {
    latitude: 'Degrees north of the equator. South is negative.',
    longitude: 'Degrees east of Greenwich. West is negative.',
  },
  example: { latitude: 52.52, longitude: 13.4 },
})

const location = z.strictObject({
  id: locationId,
  name: text(100),
  address: postalAddress,
  coordinates: z.optional(coordinates),
  timeZone: z.optional(timeZone),
  contacts,
})
/* @__PURE__ */ describeSchema(location, {
  name: 'LocationContent',
  description: 'An office of the partner.',
  properties: {
    id: 'Id of the location. Do not change it, because referrals refer to it.',
    name: 'Name of the office.',
    address: 'Address of the office. Its country can differ from the region of the profile.',
    coordinates: 'Position of the office. By default the position of its city.',
    timeZone:
      'Time zone of the office, for the times in emails and on pages. By default that of its country; state it in a country with several. A calendar of the region comes first.',
    contacts: 'People who get email about referrals of this location.',
  },
  example: {
    name: 'Spreewerk Systeme Berlin',
    address: { city: 'Berlin', country: 'DE' },
    contacts: [
      {
        firstName: 'Sales',
        lastName: 'Berlin',
        email: 'sales.berlin@spreewerk.example',
        locale: 'de',
        muted: false,
      },
    ],
  },
})
export type Location = z.infer<typeof location>

/** Coordinates of a location: from the profile, or those of its city from the gazetteer (the list of cities). Null if both are unknown. */
const knownCoordinates = z.strictObject({ ...coordinates.shape, from: z.enum(['profile', 'gazetteer']) })
/* @__PURE__ */ describeSchema(knownCoordinates, {
  name: 'ResolvedCoordinates',
  description: 'Position of a location, and the source of the position.',
  like: [coordinates],
  properties: {
    from: '`profile`: the coordinates in the profile. `gazetteer`: the coordinates of the city, from the list of cities.',
  },
  example: { from: 'gazetteer' },
})
const resolvedCoordinates = z.nullable(knownCoordinates)
export type ResolvedCoordinates = z.infer<typeof resolvedCoordinates>

const shownLocation = z.strictObject({
  ...location.shape,
  resolvedCoordinates,
  removed: z.boolean(),
})
/* @__PURE__ */ describeSchema(shownLocation, {
  name: 'Location',
  description: 'An office of the partner.',
  like: [location],
  properties: {
    resolvedCoordinates: 'Position of the office as searches use it. Null if it is not known.',
    removed:
      'True if the location was removed from the profile. It is kept while some of its referrals are open or can be reopened.',
  },
})

/** Maximum number of removed locations that are kept for their open referrals. It keeps the item below 400 KB. */
export const maxRemoved = 10
export const maxLocations = 5

/** A location in a request. Read-only fields of a response may be sent back; they are ignored. A removed location stays removed. */
const putLocation = z.strictObject({
  ...location.shape,
  contacts: newContacts,
  resolvedCoordinates: z.optional(resolvedCoordinates),
  removed: z._default(z.boolean(), false),
})
/* @__PURE__ */ describeSchema(putLocation, {
  name: 'LocationInput',
  description:
    'An office of the partner. `resolvedCoordinates` is ignored, so that a location can be sent as it was read.',
  like: [location],
  properties: {
    resolvedCoordinates: 'Ignored.',
    removed:
      'True for a removed location that is kept for its open referrals. The program does not change it.',
  },
  example: { removed: false },
})

const codes = z._default(z.array(taxonomyCode).check(maxLength(50)), [])

/** Words that customers search for. Two keywords that differ only in case or accents are repeats. */
const keywords = z._default(z.array(text(50)).check(maxLength(30)), [])

const preferences = z.strictObject({
  minDealValue: z._default(z.nullable(money), null),
  excludedKeywords: keywords,
  excludedIndustries: codes,
  maxOpenReferrals: z._default(z.nullable(z.int().check(z.gte(1), z.lte(10_000))), null),
  pausedUntil: z._default(z.nullable(date), null),
})

/* @__PURE__ */ describeSchema(preferences, {
  name: 'Preferences',
  description: 'Limits that the partner sets for the referrals it gets.',
  properties: {
    minDealValue:
      'Requests with a smaller budget in the same currency are not sent to the partner. Null for no limit.',
    excludedKeywords: 'Requests with one of these phrases in the summary are not sent to the partner.',
    excludedIndustries: 'Requests of these industries are not sent to the partner.',
    maxOpenReferrals:
      'Maximum number of new and active referrals. At this number, the partner gets no further ones. Null for the capacity of the policy.',
    pausedUntil: 'Date (UTC) from which the profile accepts referrals again. Null for no pause.',
  },
  example: {
    minDealValue: { amount: 20_000, currency: 'EUR' },
    excludedKeywords: ['web shop'],
    excludedIndustries: [],
    maxOpenReferrals: 40,
    pausedUntil: null,
  },
})

/** The content of a profile without its locations. A draft may be incomplete; activation reports the missing parts. */
const statements = {
  headline: z.optional(text(200)),
  description: z.optional(prose(2500)),
  website: z.optional(webAddress),
  logo: z.optional(secureAddress),
  languages: z._default(z.array(locale).check(maxLength(20)), []),
  industries: codes,
  products: codes,
  services: codes,
  solutions: codes,
  customerSizes: codes,
  keywords,
  preferences: z.prefault(preferences, {}),
  defaultContacts: contacts,
}

export const statementNames = Object.keys(statements) as (keyof typeof statements)[]

/** The content of a profile as it is stated; described once, because other schemas repeat its fields. */
export const profileContent = z.strictObject({
  ...statements,
  locations: z._default(z.array(location), []),
})
/* @__PURE__ */ describeSchema(profileContent, {
  properties: {
    headline: 'One line that customers see first. Required to activate the profile.',
    description:
      'Text about the business in the region, as CommonMark with paragraphs, lists, emphasis and links. HTML, images, headings and code are not allowed.',
    website: 'Web address for customers of the region.',
    logo: 'Web address of a logo. It must begin with https://.',
    languages: 'Languages in which the partner works.',
    industries: 'Codes of the industries that the partner serves.',
    products: 'Codes of the products that the partner sells or works with.',
    services: 'Codes of the services that the partner offers.',
    solutions: 'Codes of the solutions that the partner offers.',
    customerSizes: 'Codes of the company sizes that the partner serves. An empty list means all sizes.',
    keywords: 'Words and phrases that customers search for. Each one can be listed only once.',
    preferences: 'Limits for the referrals that the partner gets.',
    defaultContacts: 'People who get email if no contact of the location can be reached.',
    locations: 'Offices of the partner, at most 5.',
  },
  example: {
    headline: 'ERP for manufacturers, live in 90 days',
    description:
      'Spreewerk Systeme serves customers in **Berlin**:\n\n- production planning\n- quality management',
    website: 'https://spreewerk.example/',
    languages: ['de', 'en'],
    industries: ['manufacturing', 'transport'],
    products: ['erp', 'business-applications'],
    services: ['consulting', 'deployment'],
    solutions: ['supply-chain'],
    customerSizes: ['51-250', '251-1000', '1001-plus'],
    keywords: ['production planning', 'shop floor', 'quality management'],
    preferences: {
      minDealValue: { amount: 20_000, currency: 'EUR' },
      excludedKeywords: ['web shop'],
      excludedIndustries: [],
      maxOpenReferrals: 40,
      pausedUntil: null,
    },
    defaultContacts: [
      {
        firstName: 'Office',
        lastName: 'DE',
        email: 'office.de@spreewerk.example',
        locale: 'de',
        muted: false,
      },
    ],
  },
})
export type ProfileContent = z.infer<typeof profileContent>

/** Stored status of a profile. Responses show an active profile as `paused` until the end of its pause. */
const keptStatuses = ['draft', 'active', 'inactive'] as const
export type KeptStatus = (typeof keptStatuses)[number]
const profileStatuses = [...keptStatuses, 'paused'] as const

export const profile = z.strictObject({
  id: profileId,
  partnerId,
  region: countryCode,
  status: z.enum(profileStatuses),
  version: z.int(),
  ...statements,
  locations: z.array(shownLocation),
  createdAt: instant,
  updatedAt: instant,
  contactsConfirmedAt: instant,
  contactsConfirmedUntil: instant,
  contactConfirmationDue: z.boolean(),
  warnings: z.array(warning),
})
/* @__PURE__ */ describeSchema(profile, {
  name: 'Profile',
  description: 'The business profile of a partner in one region.',
  like: [profileContent],
  properties: {
    id: 'Id of the profile.',
    partnerId: 'Id of the partner.',
    region: 'Region of the profile: a country.',
    status:
      '`draft`: not activated yet. `active`: customers find it. `paused`: active, but paused until `pausedUntil`. `inactive`: removed from the directory.',
    version: 'Version of the content. The version in the ETag also covers the state of the contacts.',
    createdAt: 'Time at which the profile was created.',
    updatedAt: 'Time of the last change.',
    contactsConfirmedAt: 'Time at which the contacts were last changed or confirmed.',
    contactsConfirmedUntil:
      'Time at which the contacts must be confirmed again. The policy sets the interval.',
    contactConfirmationDue: 'True if the contacts must be confirmed again.',
    warnings: 'Contacts that cannot be reached by email.',
  },
  example: {
    status: 'active',
    version: 3,
    contactsConfirmedUntil: '2026-06-13T09:00:00.000Z',
    contactConfirmationDue: false,
    warnings: [],
  },
})
export type ProfileView = z.infer<typeof profile>

const { id, status, version, createdAt, updatedAt, warnings } = profile.shape
const { contactsConfirmedAt, contactsConfirmedUntil, contactConfirmationDue } = profile.shape

/** A profile in a request. Read-only fields of a response may be sent back; they are ignored. */
const newProfile = z.strictObject({
  ...statements,
  defaultContacts: newContacts,
  locations: z._default(z.array(putLocation).check(maxLength(maxLocations + maxRemoved)), []),
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
/* @__PURE__ */ describeSchema(newProfile, {
  name: 'ProfileInput',
  description:
    'The content of a profile. Fields that the program sets are ignored, so that a profile can be sent as it was read.',
  like: [profileContent],
  properties: {
    id: 'Ignored.',
    partnerId: 'Ignored.',
    region: 'Ignored.',
    status: 'Ignored.',
    version: 'Ignored.',
    createdAt: 'Ignored.',
    updatedAt: 'Ignored.',
    contactsConfirmedAt: 'Ignored.',
    contactsConfirmedUntil: 'Ignored.',
    contactConfirmationDue: 'Ignored.',
    warnings: 'Ignored.',
    locations: 'Offices of the partner: at most 5, besides those that are marked as removed.',
  },
  example: {
    locations: [
      {
        id: 'berlin',
        name: 'Spreewerk Systeme Berlin',
        address: { city: 'Berlin', country: 'DE' },
        contacts: [
          { firstName: 'Sales', lastName: 'Berlin', email: 'sales.berlin@spreewerk.example', locale: 'de' },
          {
            firstName: 'Service',
            lastName: 'Berlin',
            email: 'service.berlin@spreewerk.example',
            locale: 'de',
          },
        ],
      },
    ],
  },
})
export type NewProfile = z.infer<typeof newProfile>

/** A profile with a contact that cannot be reached by email. */
const unhealthyProfile = z.strictObject({
  profileId,
  partnerId,
  name: z.string(),
  region: countryCode,
  status: z.enum(profileStatuses),
  warnings: z.array(warning),
})
/* @__PURE__ */ describeSchema(unhealthyProfile, {
  name: 'UnhealthyProfile',
  description: 'A profile with a contact that cannot be reached by email.',
  properties: {
    profileId: 'Id of the profile.',
    partnerId: 'Id of the partner.',
    name: 'Name of the partner.',
    region: 'Region of the profile.',
    status: 'Status of the profile.',
    warnings: 'Contacts that cannot be reached by email.',
  },
  example: { name: 'Spreewerk Systeme', status: 'active' },
})
export type UnhealthyProfile = z.infer<typeof unhealthyProfile>

const versionAuthor = z.strictObject({ kind: z.enum(actorKinds), id: z.optional(z.string()) })
/* @__PURE__ */ describeSchema(versionAuthor, {
  description: 'The author of a version.',
  properties: { kind: 'Kind of the author.', id: 'Subject of the token, if the author is a member.' },
  example: { kind: 'partner', id: '7d0a3e9c-2f41-4d5b-8f3a-1c2b3d4e5f60' },
})

const profileVersion = z.strictObject({
  version: z.int(),
  at: instant,
  by: versionAuthor,
  changed: z.array(z.string()),
})
/* @__PURE__ */ describeSchema(profileVersion, {
  name: 'ProfileVersion',
  description: 'A version of a profile.',
  properties: {
    version: 'Number of the version.',
    at: 'Time of the change.',
    by: 'Author of the change.',
    changed:
      'Fields that changed. `name` is the name of the partner. For the first version, all fields with content.',
  },
  example: { version: 3, changed: ['headline', 'locations'] },
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

/** Advice of the review, by code of the check. */
export const reviewAdvice = {
  headline: 'Add a headline. Customers see it first, next to your name.',
  description:
    'Write at least {characters} characters about your customers, and about what you do for them. Customers read it to decide whether you are the right partner.',
  keywords:
    'Add {minimum} to {maximum} keywords for your strengths. Searches find them; with more keywords, each one counts less.',
  industries:
    'Add the industries that you know best. With more than {maximum}, each one counts less in searches.',
  products:
    'Add the products that you know best. With more than {maximum}, each one counts less in searches.',
  services: 'Add the services that you do best. With more than {maximum}, each one counts less in searches.',
  solutions:
    'Add the solutions that you do best. With more than {maximum}, each one counts less in searches.',
  'customer-sizes':
    'Add the customer sizes that you serve. You rank higher for customers of these sizes, and get no referrals from customers of other sizes.',
  languages: 'Add the languages that you speak. Customers look for partners that speak their language.',
  coordinates: 'Add coordinates to each location. Searches near a city leave out locations without them.',
  website: 'Add your website. Customers look there for more information.',
  logo: 'Add your logo. Customers recognise you by it.',
} as const satisfies Readonly<Record<CheckCode, string>>

/** Faults of profiles. The codes that end with `-required` name parts that an active profile must have. */
export const profileFaults = {
  'keyword-without-word': 'The keyword "{value}" has no letter or digit. Use at least one.',
  'too-many-removed':
    'Too many removed locations with open referrals: {actual}. At most {maximum} are possible; close some of their referrals first.',
  'unknown-contact': 'Unknown contact "{value}". Use the email address of a contact of the profile.',
  'headline-required':
    'The headline is missing. An active profile needs one, because the directory shows it.',
  'location-required':
    'There is no location. An active profile needs one, because customers are referred to a location.',
  'contact-required':
    'This location has no contact. An active profile needs a contact for each location, or a default contact.',
  'markdown-html':
    'HTML at line {line}, column {column}. Use only paragraphs, lists, emphasis and links in Markdown.',
  'markdown-image': 'Image at line {line}, column {column}. Use only paragraphs, lists, emphasis and links.',
  'markdown-link':
    'Invalid link at line {line}, column {column}. Use an address that starts with http://, https:// or mailto:.',
  'markdown-definition':
    'Link definition at line {line}, column {column}. Write the address of a link in parentheses, right after its text.',
  'markdown-heading':
    'Heading at line {line}, column {column}. Use only paragraphs, lists, emphasis and links.',
  'markdown-quote': 'Quote at line {line}, column {column}. Use only paragraphs, lists, emphasis and links.',
  'markdown-line':
    'Horizontal line at line {line}, column {column}. Use only paragraphs, lists, emphasis and links.',
  'markdown-code': 'Code at line {line}, column {column}. Use only paragraphs, lists, emphasis and links.',
} as const satisfies Catalog

const checkAdvice = messageOf(reviewAdvice)
/* @__PURE__ */ describeSchema(checkAdvice, {
  name: 'CheckAdvice',
  description: 'Advice that completes a part of the profile. Its code is that of the check.',
  properties: messageFields,
  example: { code: 'logo', params: {}, detail: 'Add your logo. Customers recognise you by it.' },
})

const check = z.strictObject({
  code: z.enum(checkCodes),
  weight: z.number(),
  share,
  advice: z.nullable(checkAdvice),
})
/* @__PURE__ */ describeSchema(check, {
  name: 'ProfileCheck',
  description: 'A part of the quality of a profile.',
  properties: {
    code: 'The part of the profile.',
    weight: 'Weight of the part in the quality.',
    share: 'Completeness of the part.',
    advice: 'Advice to complete the part. Null if the part is complete.',
  },
  example: {
    code: 'logo',
    weight: 1,
    share: 0,
  },
})

const reviewedLocation = z.strictObject({ id: locationId, reachable: z.boolean() })
/* @__PURE__ */ describeSchema(reviewedLocation, {
  description: 'A location, and whether email about its referrals reaches someone.',
  properties: {
    id: 'Id of the location.',
    reachable:
      'True if email reaches a contact of the location, or a default contact. Searches leave out other locations.',
  },
  example: { reachable: true },
})

const reviewedContact = z.strictObject({
  email: z.string(),
  name: z.string(),
  locationIds: z.array(locationId),
  default: z.boolean(),
  muted: z.boolean(),
  reachable: z.boolean(),
  problem: z.nullable(z.enum(warnedProblems)),
})
/* @__PURE__ */ describeSchema(reviewedContact, {
  name: 'ReviewedContact',
  description: 'A contact of the profile, and whether email reaches it.',
  properties: {
    email: 'Email address of the contact.',
    name: 'Full name of the contact.',
    locationIds: 'Locations of the contact.',
    default: 'True if it is a default contact of the profile.',
    muted: 'True if the contact turned off email.',
    reachable: 'True if email reaches the contact.',
    problem: 'The problem with email to the contact. Null if there is none.',
  },
  example: { email: 'sales.berlin@spreewerk.example', name: 'Sales Berlin', reachable: true, problem: null },
})

/** A review of a profile: advice to improve it, and the people who get mail about its referrals. */
const review = z.strictObject({
  profileId,
  quality: share,
  checks: z.array(check),
  missing: z.array(fieldError),
  locations: z.array(reviewedLocation),
  contacts: z.array(reviewedContact),
  contactsConfirmedAt,
  contactsConfirmedUntil,
})
/* @__PURE__ */ describeSchema(review, {
  name: 'ProfileReview',
  description: 'Advice to improve a profile, and the people who get email about its referrals.',
  properties: {
    profileId: 'Id of the profile.',
    quality: 'Weighted mean of the checks. A higher quality raises the visibility in searches.',
    checks: 'The parts of the quality.',
    missing: 'Parts that an active profile must have and this one lacks.',
    locations: 'The locations of the profile.',
    contacts: 'The contacts of the profile.',
    contactsConfirmedAt: 'Time at which the contacts were last changed or confirmed.',
    contactsConfirmedUntil: 'Time at which the contacts must be confirmed again.',
  },
  example: { quality: 0.85, missing: [], contactsConfirmedUntil: '2026-06-13T09:00:00.000Z' },
})
export type Review = z.infer<typeof review>

const params = z.strictObject({ region: countryCode })
/* @__PURE__ */ describeSchema(params, { properties: { region: 'Region of the profile: a country.' } })
const partnerParams = z.strictObject({ partnerId })
/* @__PURE__ */ describeSchema(partnerParams, { properties: { partnerId: 'Id of the partner.' } })
const versionQuery = z.strictObject({ version: z.optional(z.coerce.number().check(z.int(), z.gte(1))) })
/* @__PURE__ */ describeSchema(versionQuery, {
  properties: { version: 'An earlier version. By default the current version.' },
  example: { version: 1 },
})
const contactAddress = z.strictObject({ email })
/* @__PURE__ */ describeSchema(contactAddress, {
  name: 'ConfirmContactRequest',
  description: 'A contact of the profile.',
  properties: { email: 'Email address of the contact.' },
  example: { email: 'sales.berlin@spreewerk.example' },
})
const profileList = z.strictObject({ items: z.array(profile) })
/* @__PURE__ */ describeSchema(profileList, {
  name: 'ProfileList',
  description: 'The profiles of a partner, at most one for each region.',
  properties: { items: 'The profiles, by region.' },
})
const members = ['partner-admin', 'partner-user'] as const
const admins = ['partner-admin'] as const

export const profileOperations = operations({
  listProfiles: {
    summary: 'List your business profiles',
    method: 'GET',
    path: '/v1/profiles',
    audience: 'partner',
    access: members,
    status: 200,
    // Not paginated: a partner has at most one profile for each country.
    response: profileList,
  },
  getProfile: {
    summary: 'Get the business profile of a region',
    method: 'GET',
    path: '/v1/profiles/{region}',
    audience: 'partner',
    access: members,
    params,
    query: versionQuery,
    status: 200,
    response: profile,
    versioned: true,
  },
  putProfile: {
    summary: 'Create or replace a business profile',
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
    summary: 'Activate a business profile',
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
    summary: 'Deactivate a business profile',
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
    summary: 'Confirm that a contact can be reached again',
    method: 'POST',
    path: '/v1/profiles/{region}/confirm-contact',
    audience: 'partner',
    access: admins,
    params,
    body: contactAddress,
    status: 200,
    response: profile,
    versioned: true,
  },
  confirmContacts: {
    summary: 'Confirm all contacts of a profile',
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
    summary: 'Review a business profile',
    method: 'GET',
    path: '/v1/profiles/{region}/review',
    audience: 'partner',
    access: members,
    params,
    status: 200,
    response: review,
  },
  listProfileVersions: {
    summary: 'List the versions of a business profile',
    method: 'GET',
    path: '/v1/profiles/{region}/versions',
    audience: 'partner',
    access: members,
    params,
    query: pageParameters,
    status: 200,
    response: page(profileVersion),
  },
  listProfilesByOperator: {
    summary: "List a partner's business profiles",
    method: 'GET',
    path: '/v1/operator/partners/{partnerId}/profiles',
    audience: 'operator',
    access: ['operator'],
    params: partnerParams,
    status: 200,
    response: profileList,
  },
  listUnhealthyProfiles: {
    summary: 'List profiles with unreachable contacts',
    method: 'GET',
    path: '/v1/operator/unhealthy-profiles',
    audience: 'operator',
    access: ['operator'],
    query: pageParameters,
    status: 200,
    response: page(unhealthyProfile),
  },
})

/* @__PURE__ */ describeOperations(profileOperations, {
  listProfiles: {
    description: 'Lists the business profiles of your company, one per region.',
    returns: 'The profiles.',
  },
  getProfile: {
    description:
      'Returns the business profile of a region. Contacts are returned only for the current version.',
    returns: 'The profile.',
  },
  putProfile: {
    description:
      'Creates the business profile of a region as a draft, or replaces its content. `If-Match` is required to replace it. An active profile must stay complete; otherwise the response is 409 with the missing parts. If the content has a new contact, all contacts count as confirmed.',
    returns: 'The profile.',
  },
  activateProfile: {
    description:
      'Puts the profile into the directory: customers find it within about 10 seconds. It needs a headline, a location, and a contact for each location or a default contact; otherwise the response is 409 with the missing parts.',
    returns: 'The active profile.',
  },
  deactivateProfile: {
    description: 'Removes the profile from the directory. Its open referrals stay open.',
    returns: 'The inactive profile.',
    example: { status: 'inactive' },
  },
  confirmContact: {
    description:
      'Confirms that the address of a contact with a problem is correct. The warning is removed, and the contact gets email again.',
    returns: 'The profile.',
  },
  confirmContacts: {
    description:
      'Confirms that all contacts of the profile are correct. The policy sets how often this is needed: `contactConfirmationDue` is true when the interval has passed.',
    returns: 'The profile.',
  },
  reviewProfile: {
    description:
      'Returns the missing parts of the profile, advice to improve it, and the contacts that email reaches.',
    returns: 'The review.',
  },
  listProfileVersions: {
    description:
      'Lists all versions of the profile, newest first, with their authors and the changed fields.',
    returns: 'A page of versions.',
  },
  listProfilesByOperator: {
    description: 'Lists the business profiles of a partner, one per region.',
    returns: 'The profiles.',
  },
  listUnhealthyProfiles: {
    description:
      'Lists the profiles with contacts that cannot be reached by email. A page can be empty although `nextCursor` is set, because addresses that a profile no longer has are left out after the page is read.',
    returns: 'A page of profiles.',
  },
})

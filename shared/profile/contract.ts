import * as z from 'zod/mini'
import { contacts, warning } from '../contact/contract.ts'
import { partnerId } from '../partner/contract.ts'
import {
  countryCode,
  email,
  instant,
  locale,
  operations,
  page,
  pageQuery,
  postalAddress,
  prose,
  taxonomyCode,
  text,
  webAddress,
} from '../platform/contract.ts'

/** A partner has one profile per region, so its id is made of both. */
export const profileId = z
  .string()
  .check(z.regex(/^ptr_[0-9A-HJKMNP-TV-Z]{26}\.[A-Z]{2}$/, 'must be a profile id, as the directory gives it'))
export const locationId = z
  .string()
  .check(
    z.regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'must be words of a-z and 0-9 joined by hyphens'),
    z.maxLength(40),
  )

const location = z.strictObject({
  /** Chosen by the partner and kept for good: referrals point to it. */
  id: locationId,
  name: text(100),
  address: postalAddress,
  /** Who is mailed about its referrals. */
  contacts,
})

const codes = z._default(z.array(taxonomyCode).check(z.maxLength(50)), [])

/** What a partner says about its business in one region. A draft may lack much; activation says what. */
const profileContent = z.strictObject({
  headline: z.optional(text(200)),
  description: z.optional(prose(2500)),
  website: z.optional(webAddress),
  languages: z._default(z.array(locale).check(z.maxLength(20)), []),
  industries: codes,
  products: codes,
  services: codes,
  solutions: codes,
  customerSizes: codes,
  locations: z._default(z.array(location).check(z.maxLength(5)), []),
  /** Who is mailed when no contact of a referral's location can be reached. */
  defaultContacts: contacts,
})
export type ProfileContent = z.infer<typeof profileContent>

const profileStatuses = ['draft', 'active', 'inactive'] as const

export const profile = z.strictObject({
  id: profileId,
  partnerId,
  region: countryCode,
  status: z.enum(profileStatuses),
  ...profileContent.shape,
  createdAt: instant,
  updatedAt: instant,
  /** Contacts that mail does not reach, as it should. */
  warnings: z.array(warning),
})
export type ProfileView = z.infer<typeof profile>

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
    summary: 'The business profile of a region',
    method: 'GET',
    path: '/v1/profiles/{region}',
    audience: 'partner',
    access: members,
    params,
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
    body: profileContent,
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

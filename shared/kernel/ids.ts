/** Schemas and types of ids. Types are branded, so that an id of one kind cannot be passed as one of another. */
import * as z from 'zod/mini'
import { describeSchema } from './documentation.ts'
import { folded } from './fields.ts'

/** `ptr_` and a ULID. */
export const partnerIdPattern = /^ptr_[0-9A-HJKMNP-TV-Z]{26}$/
export const partnerId = folded()
  .check(z.regex(partnerIdPattern, 'a partner id, such as ptr_01HZX3V8N4Q5R6S7T8V9W0X1Y2'))
  .brand<'PartnerId'>()
/* @__PURE__ */ describeSchema(partnerId, {
  name: 'PartnerId',
  description: 'Id of a partner: `ptr_` and a ULID.',
  example: 'ptr_01K9Z5V4T3Q2P1N0M9J8H7G6F5',
})
export type PartnerId = z.output<typeof partnerId>

export const rfiId = folded()
  .check(z.regex(/^rfi_[0-9A-HJKMNP-TV-Z]{26}$/, 'an RFI id, such as rfi_01HZX3V8N4Q5R6S7T8V9W0X1Y2'))
  .brand<'RfiId'>()
/* @__PURE__ */ describeSchema(rfiId, {
  name: 'RfiId',
  description: 'Id of an RFI: `rfi_` and a ULID.',
  example: 'rfi_01KB0A1B2C3D4E5F6G7H8J9K0M',
})
export type RfiId = z.output<typeof rfiId>

/** A referral's id begins with the id of its RFI, so that one round trip fetches both. */
export const referralId = folded()
  .check(
    z.regex(
      /^ref_[0-9A-HJKMNP-TV-Z]{26}_[0-9A-HJKMNP-TV-Z]{6}$/,
      'a referral id, such as ref_01HZX3V8N4Q5R6S7T8V9W0X1Y2_3Z4A5B',
    ),
  )
  .brand<'ReferralId'>()
/* @__PURE__ */ describeSchema(referralId, {
  name: 'ReferralId',
  description: 'Id of a referral: `ref_`, the ULID of its RFI, and 6 characters of its own.',
  example: 'ref_01KB0A1B2C3D4E5F6G7H8J9K0M_8K3M2N',
})
export type ReferralId = z.output<typeof referralId>

/** A partner's id and a region, with a dot between them. */
export type ProfileId = string & z.core.$brand<'ProfileId'>

/** Schemas of ids in stored items and events. Their form was checked when they were written. */
export const storedPartnerId = z.string().brand<'PartnerId'>()
export const storedRfiId = z.string().brand<'RfiId'>()
export const storedReferralId = z.string().brand<'ReferralId'>()
export const storedProfileId = z.string().brand<'ProfileId'>()

/** Brand a text that is an id, such as a part of a key, without checking its form. */
export const asPartnerId = (text: string): PartnerId => text as PartnerId
export const asRfiId = (text: string): RfiId => text as RfiId
export const asReferralId = (text: string): ReferralId => text as ReferralId
export const asProfileId = (text: string): ProfileId => text as ProfileId

/**
 * Returns the request number of an RFI, such as `7ZK4-M2QP`, for people who talk about it: the last eight characters of its
 * ULID. It is the same for the customer and for all partners. The letters I, L, O and U do not occur, so that it can be
 * dictated. It finds and authorizes nothing: 40 random bits can repeat, though rarely, in a program.
 */
export const referenceOf = (rfiId: RfiId): string => `${rfiId.slice(-8, -4)}-${rfiId.slice(-4)}`

/** Returns the id of the RFI that a referral belongs to. */
export const rfiIdOf = (referralId: ReferralId): RfiId => asRfiId(`rfi_${referralId.slice(4, 30)}`)

/** The forms of ids. */
import * as z from 'zod/mini'

/** `ptr_` and a ULID. */
export const partnerIdPattern = /^ptr_[0-9A-HJKMNP-TV-Z]{26}$/
export const partnerId = z.string().check(z.regex(partnerIdPattern, 'must be a partner id'))

export const rfiId = z.string().check(z.regex(/^rfi_[0-9A-HJKMNP-TV-Z]{26}$/, 'must be an RFI id'))

/** A referral's id begins with the id of its RFI, so that one round trip fetches both. */
export const referralId = z
  .string()
  .check(z.regex(/^ref_[0-9A-HJKMNP-TV-Z]{26}_[0-9A-HJKMNP-TV-Z]{6}$/, 'must be a referral id'))

/** Returns the id of the RFI that a referral belongs to. */
export const rfiIdOf = (referralId: string): string => `rfi_${referralId.slice(4, 30)}`

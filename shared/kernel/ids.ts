/** Ids are typed by their prefix and sort by the time they were made. */
import { ulid } from 'ulid'

export const newId = (prefix: 'ptr' | 'rfi' | 'con', now: Date): string => `${prefix}_${ulid(now.getTime())}`

/** The id of one of an RFI's referrals. Its last six characters are random, so that it tells nothing of the others. */
export const newReferralId = (rfiId: string): string => `ref_${rfiId.slice(4)}_${ulid().slice(-6)}`

export const rfiIdOf = (referralId: string): string => `rfi_${referralId.slice(4, 30)}`

/** New ids. They start with a prefix for their type and sort by the time of their creation. */
import { ulid } from 'ulid'

export const newId = (prefix: 'ptr' | 'rfi' | 'con', now: Date): string => `${prefix}_${ulid(now.getTime())}`

/** Returns an id for one of an RFI's referrals. Its last six characters are random, so that it does not reveal the others. */
export const newReferralId = (rfiId: string): string => `ref_${rfiId.slice(4)}_${ulid().slice(-6)}`

/** New ids. They start with a prefix for their type and sort by the time of their creation. */
import { ulid } from 'ulid'
import { asReferralId, type PartnerId, type ReferralId, type RfiId } from './ids.ts'

/** The ids that begin with each prefix. */
interface IdOf {
  readonly ptr: PartnerId
  readonly rfi: RfiId
  readonly con: string
}

export const newId = <P extends keyof IdOf>(prefix: P, now: Date): IdOf[P] =>
  `${prefix}_${ulid(now.getTime())}` as IdOf[P]

/** Returns an id for one of an RFI's referrals. Its last six characters are random, so that it does not reveal the others. */
export const newReferralId = (rfiId: RfiId): ReferralId =>
  asReferralId(`ref_${rfiId.slice(4)}_${ulid().slice(-6)}`)

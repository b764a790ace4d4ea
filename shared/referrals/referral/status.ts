/** Status and stage of a referral as time changes them, whether or not its timers have fired. */
import type { Instant } from '../../time/instant.ts'
import type { Stage, Status } from './contract.ts'
import type { Referral } from './referral.ts'

const stageOf: Readonly<Record<Status, Stage>> = {
  new: 'inbox',
  active: 'active',
  won: 'archived',
  lost: 'archived',
  declined: 'archived',
  expired: 'archived',
  withdrawn: 'archived',
}
export const stage = ({ status }: Pick<Referral, 'status'>): Stage => stageOf[status]

/** The fields that time alone changes, and those that say when. */
type Timed = Pick<Referral, 'status' | 'respondBy' | 'closedAt' | 'urgency' | 'hotUntil'>

export const isPast = (instant: Instant | null, now: Instant): boolean => instant !== null && instant <= now

/** A new referral whose respond-by has passed: it has expired, even if its timer has not fired yet. */
export const isOverdue = ({ status, respondBy }: Timed, now: Instant): boolean =>
  status === 'new' && respondBy <= now

/** Returns the referral as every reader must see it now. */
export const effective = <T extends Timed>(referral: T, now: Instant): T => {
  const { urgency, hotUntil, respondBy } = referral
  const seen: T = { ...referral, urgency: isPast(hotUntil, now) ? 'cooled' : urgency }
  return isOverdue(referral, now) ? { ...seen, status: 'expired', closedAt: respondBy } : seen
}

/** Tells whether somebody has answered after a version of the referral: then the links in its mails are spent. */
export const isAnsweredAfter = ({ actedVersion }: Pick<Referral, 'actedVersion'>, version: number): boolean =>
  actedVersion > version

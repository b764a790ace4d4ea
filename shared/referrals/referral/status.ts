/** Status and stage of a referral as time changes them, whether or not its timers have fired. */
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

/** What time alone changes of a referral. */
type Timed = Pick<Referral, 'status' | 'respondBy' | 'closedAt' | 'urgency' | 'urgentUntil'>

export const isOverdue = ({ status, respondBy }: Timed, now: string): boolean =>
  status === 'new' && respondBy <= now

/** The referral as everyone must see it now, whether or not its timers have fired yet. */
export const effective = <T extends Timed>(referral: T, now: string): T => {
  const { urgency, urgentUntil, respondBy } = referral
  const seen: T = { ...referral, urgency: isPast(urgentUntil, now) ? 'cooled' : urgency }
  return isOverdue(referral, now) ? { ...seen, status: 'expired', closedAt: respondBy } : seen
}

export const isPast = (instant: string | null, now: string): boolean => instant !== null && instant <= now

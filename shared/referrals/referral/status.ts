/** Effective status and stage of a referral at the current time, even if timers have not fired yet. */
import { after, type Duration } from '../../time/duration.ts'
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
  superseded: 'archived',
}
export const stage = ({ status }: Pick<Referral, 'status'>): Stage => stageOf[status]

/** Fields that change with time, and the instants of the changes. */
type Timed = Pick<Referral, 'status' | 'respondBy' | 'closedAt' | 'urgency' | 'hotUntil'>

export const isPast = (instant: Instant | null, now: Instant): boolean => instant !== null && instant <= now

/** Tests for a new referral whose `respondBy` has passed. It has expired, even if its timer has not fired yet. */
export const isOverdue = ({ status, respondBy }: Timed, now: Instant): boolean =>
  status === 'new' && respondBy <= now

/** Returns the referral with its effective status and urgency. Every representation must use it. */
export const effective = <T extends Timed>(referral: T, now: Instant): T => {
  const { urgency, hotUntil, respondBy } = referral
  const current: T = { ...referral, urgency: isPast(hotUntil, now) ? 'cooled' : urgency }
  return isOverdue(referral, now) ? { ...current, status: 'expired', closedAt: respondBy } : current
}

/** Tests for an answer after a version of the referral. Links in mails about that version then no longer work. */
export const isAnsweredAfter = ({ actedVersion }: Pick<Referral, 'actedVersion'>, version: number): boolean =>
  actedVersion > version

/** Statuses after an acceptance. */
const acceptedStatuses: readonly Status[] = ['active', 'won', 'lost']

/** Tests if the partner sees the contact details of the customer. */
export const isContactVisible = ({
  status,
  hotUntil,
  contactShownAt,
  terms: { contactBeforeAnswer },
}: Pick<Referral, 'status' | 'hotUntil' | 'contactShownAt' | 'terms'>): boolean => {
  if (acceptedStatuses.includes(status) || contactShownAt !== null) return true
  if (contactBeforeAnswer === 'always') return true
  return hotUntil !== null && contactBeforeAnswer !== 'never'
}

/** Tests if the policy shows contact details before an answer when somebody asks for them. */
export const isContactOnRequest = ({ terms: { contactBeforeAnswer } }: Pick<Referral, 'terms'>): boolean =>
  contactBeforeAnswer === 'on-request'

/**
 * Tests if the customer could be asked at an instant about the win that a partner reported: it was not denied yet, and there
 * was time left. A choice of the customer answers the question too: see `isWinAskedAt`.
 */
export const isWinInQuestion = (
  { status, closedAt, winDeniedAt }: Pick<Referral, 'status' | 'closedAt' | 'winDeniedAt'>,
  questionTime: Duration,
  at: Instant,
): boolean =>
  status === 'won' &&
  closedAt !== null &&
  closedAt <= at &&
  at < after(closedAt, questionTime) &&
  !isBefore(winDeniedAt, at)

const isBefore = (instant: Instant | null, at: Instant): boolean => instant !== null && instant < at

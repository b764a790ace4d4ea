/** Events that are counted for the reputation of partners. */
import type { EventType } from '../../events/contract.ts'

/** Types of the events that say how a partner answers. */
export const learnedEvents = [
  'referral.received',
  'referral.accepted',
  'referral.declined',
  'referral.expired',
  'referral.reopened',
  'referral.nudge-due',
  'referral.won',
  'referral.lost',
  'referral.answer-undone',
  'referral.choice-noted',
  'referral.win-denied',
  'referral.win-confirmed',
  'referral.resumed',
  'referral.superseded',
  'referral.reinstated',
  'referral.withdrawn',
] as const satisfies EventType[]
export type LearnedEvent = (typeof learnedEvents)[number]

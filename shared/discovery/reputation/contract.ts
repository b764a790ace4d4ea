/** Learning by how partners answer: from what, and what is kept of it. */
import type { EventType } from '../../events/contract.ts'

/** The events that teach something of a partner. */
export const learnedEvents = [
  'referral.received',
  'referral.accepted',
  'referral.declined',
  'referral.expired',
  'referral.reopened',
  'referral.nudge-due',
  'referral.won',
  'referral.lost',
  'referral.withdrawn',
] as const satisfies EventType[]
export type LearnedEvent = (typeof learnedEvents)[number]

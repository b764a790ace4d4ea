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

/**
 * What reputations and lessons are kept with. Who learns may write items of these attributes alone: it cannot fill a
 * referral or a profile, though it could put a hollow item in its place.
 */
export const reputationAttributes = [
  'pk',
  'sk',
  'entity',
  'version',
  'ttl',
  'entry',
  'directoryPk',
  'directorySk',
] as const

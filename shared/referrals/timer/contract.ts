/** Timers: the messages that schedules send to the timers queue when they fire. */
import * as z from 'zod/mini'
import { deadlineKinds, type EventType } from '../../events/contract.ts'
import { storedPartnerId, storedReferralId } from '../../kernel/ids.ts'
import { instant } from '../../kernel/instants.ts'

export const timer = z.strictObject({
  kind: z.enum(deadlineKinds),
  partnerId: storedPartnerId,
  referralId: storedReferralId,
  dueAt: instant,
})
export type Timer = z.infer<typeof timer>

/** Types of the events that can set or remove deadlines. */
export const timedEvents = [
  'referral.received',
  'referral.accepted',
  'referral.declined',
  'referral.extended',
  'referral.reminder-due',
  'referral.reopened',
  'referral.nudge-due',
  'referral.deal-edited',
  'referral.won',
  'referral.lost',
  'referral.withdrawn',
  'referral.superseded',
  'referral.reinstated',
  'referral.answer-undone',
  'referral.resumed',
] as const satisfies EventType[]

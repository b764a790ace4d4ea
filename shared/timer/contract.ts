/** Deadlines: what a schedule tells the timers queue when it fires. */
import * as z from 'zod/mini'
import type { EventType } from '../event/contract.ts'

export const timerKinds = ['expire', 'cool'] as const

export const timer = z.strictObject({
  kind: z.enum(timerKinds),
  partnerId: z.string(),
  referralId: z.string(),
  dueAt: z.iso.datetime(),
})
export type Timer = z.infer<typeof timer>

/** The events that arm or disarm timers. */
export const timedEvents = [
  'referral.received',
  'referral.accepted',
  'referral.declined',
  'referral.withdrawn',
  'referral.expired',
] as const satisfies EventType[]

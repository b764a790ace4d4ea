/** Mails: which there are, and what they are about. */
import type { EventType } from '../../events/contract.ts'

/** Who is mailed about which event. */
const eventsTold = {
  customer: [
    'rfi.received',
    'rfi.recipients-added',
    'referral.accepted',
    'referral.declined',
    'referral.expired',
    'referral.extended',
    'referral.reopened',
  ],
  contacts: ['referral.received', 'referral.reminder-due', 'referral.nudge-due', 'referral.withdrawn'],
  administrators: ['contact.failed'],
} as const satisfies Readonly<Record<string, readonly EventType[]>>
export type ToldTo<Who extends keyof typeof eventsTold> = (typeof eventsTold)[Who][number]

/** The events that somebody is mailed about. */
export const mailedEvents = Object.values(eventsTold).flat()

export const mailKinds = [
  'receipt',
  'added',
  'accepted',
  'declined',
  'expired',
  'extended',
  'reopened',
  'new-referral',
  'reminder',
  'nudge',
  'withdrawn',
  'contact-failed',
  'digest',
] as const
export type MailKind = (typeof mailKinds)[number]

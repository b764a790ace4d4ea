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

/** What mails are kept with. Whoever sends mail may write items of these attributes, and so no referral, profile or RFI. */
export const mailAttributes = [
  'pk',
  'sk',
  'entity',
  'ttl',
  'version',
  'subject',
  'event',
  'state',
  'claimedUntil',
  'messageId',
  'timelineItem',
  // Of a contact's day, and its digest.
  'duePk',
  'dueSk',
  'dueAt',
  'partnerId',
  'region',
  'address',
  'day',
  'sent',
  'held',
  'more',
  // Of the health of contacts.
  'troubles',
  'listPk',
  'listSk',
  'overview',
  'directoryPk',
  'directorySk',
  'entry',
] as const

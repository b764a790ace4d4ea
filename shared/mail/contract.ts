/** Mails: which there are, and what they are about. */
import type { EventType } from '../event/contract.ts'

/** The events that somebody is mailed about. */
export const mailedEvents = [
  'rfi.received',
  'rfi.recipients-added',
  'referral.received',
  'referral.accepted',
  'referral.declined',
  'referral.expired',
  'referral.extended',
  'referral.reminder-due',
  'referral.nudge-due',
  'referral.reopened',
  'referral.withdrawn',
  'contact.failed',
] as const satisfies EventType[]

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
  ...['pk', 'sk', 'entity', 'ttl', 'version', 'subject', 'event'],
  ...['state', 'claimedUntil', 'messageId', 'timelineItem'],
  // Of a contact's day, and its digest.
  ...['duePk', 'dueSk', 'dueAt', 'partnerId', 'region', 'address', 'day', 'sent', 'held', 'more'],
  // Of the health of contacts.
  ...['troubles', 'listPk', 'listSk', 'overview', 'directoryPk', 'directorySk', 'entry'],
] as const

/** Kinds of mails, and the events behind them. */
import * as z from 'zod/mini'
import type { EventType } from '../../events/contract.ts'
import { storedPartnerId, storedProfileId } from '../../kernel/ids.ts'

/** The events that each group of readers gets mail about. */
const eventsByReader = {
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
export type MailedEvent<Reader extends keyof typeof eventsByReader> = (typeof eventsByReader)[Reader][number]

/** The events that somebody is mailed about. */
export const mailedEvents = Object.values(eventsByReader).flat()

/** Events whose mail suggests the next best partners: they reach send-mail through suggest-partners, which finds these. */
export const eventsWithSuggestions = [
  'referral.declined',
  'referral.expired',
] as const satisfies readonly MailedEvent<'customer'>[]

/** Events that go from the bus to send-mail as they are. */
export const eventsWithoutSuggestions = mailedEvents.filter(
  type => !(eventsWithSuggestions as readonly EventType[]).includes(type),
)

/** A partner that a mail suggests. All of it is public in the directory: messages hold no personal data. */
export const suggestedPartner = z.object({
  profileId: storedProfileId,
  partnerId: storedPartnerId,
  name: z.string(),
  city: z.string(),
  headline: z.string(),
})
export type SuggestedPartner = Readonly<z.infer<typeof suggestedPartner>>

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

/** Kinds of mails, and the events that cause them. */
import * as z from 'zod/mini'
import type { EventType } from '../../events/contract.ts'
import { storedPartnerId, storedProfileId } from '../../kernel/ids.ts'

/** Events that cause mail, by group of readers. */
const eventsByReader = {
  customer: [
    'rfi.received',
    'rfi.recipients-added',
    'rfi.address-corrected',
    'referral.accepted',
    'referral.declined',
    'referral.expired',
    'referral.extended',
    'referral.reopened',
    'referral.won',
    'referral.lost',
    'referral.nudge-due',
  ],
  contacts: [
    'referral.received',
    'referral.reminder-due',
    'referral.accepted',
    'referral.contact-added',
    'referral.nudge-due',
    'referral.expired',
    'referral.withdrawn',
    'referral.superseded',
    'referral.reinstated',
    'referral.choice-noted',
    'referral.win-confirmed',
    'referral.win-denied',
    'rfi.customer-unreachable',
    'rfi.address-corrected',
  ],
  administrators: ['referral.reminder-due', 'referral.win-denied', 'contact.failed'],
} as const satisfies Readonly<Record<string, readonly EventType[]>>
export type MailedEvent<Reader extends keyof typeof eventsByReader> = (typeof eventsByReader)[Reader][number]

/** All events that cause mail. */
export const mailedEvents = [...new Set(Object.values(eventsByReader).flat())]

/** Tests if an event can cause mail to the customer. */
export const mailsCustomer = (type: EventType): type is MailedEvent<'customer'> =>
  (eventsByReader.customer as readonly EventType[]).includes(type)

/** Events whose mail suggests the next best partners. */
export const eventsWithSuggestions = [
  'referral.declined',
  'referral.expired',
] as const satisfies readonly MailedEvent<'customer'>[]

/** Events of answers that the partner can undo. Their mail waits until it cannot. */
export const undoableEvents = [
  'referral.declined',
  'referral.won',
  'referral.lost',
] as const satisfies readonly MailedEvent<'customer'>[]

/** Events that suggest-partners passes to send-mail, with suggestions or after a delay. */
export const preparedEvents = [...new Set([...eventsWithSuggestions, ...undoableEvents])]

/** Events that go from the bus directly to send-mail. */
export const directEvents = mailedEvents.filter(
  type => !(preparedEvents as readonly EventType[]).includes(type),
)

/** A partner that a mail suggests. All fields are public in the directory, so queue messages hold no personal data. */
export const suggestedPartner = z.object({
  profileId: storedProfileId,
  partnerId: storedPartnerId,
  name: z.string(),
  city: z.string(),
  headline: z.string(),
})
export type SuggestedPartner = Readonly<z.infer<typeof suggestedPartner>>

/** SES tag of mails about hot referrals. The rule for delays selects them by it. */
export const urgentTag = 'urgent'

export const mailKinds = [
  'receipt',
  'added',
  'accepted',
  'declined',
  'expired',
  'extended',
  'reopened',
  'lost',
  'win-question',
  'choice-question',
  'customer-digest',
  'new-referral',
  'reinstated',
  'reminder',
  'escalation',
  'you-accepted',
  'colleague-added',
  'nudge',
  'referral-expired',
  'withdrawn',
  'superseded',
  'choice-noted',
  'win-denied',
  'customer-unreachable',
  'address-corrected',
  'contact-failed',
  'digest',
] as const
export type MailKind = (typeof mailKinds)[number]

/** A name and an address in the header of a mail. */
export interface Mailbox {
  readonly name: string
  readonly address: string
}

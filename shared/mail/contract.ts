/** Mails: which there are, and what a mail says before it is rendered. */
import type { EventType } from '../event/contract.ts'

/** The events that somebody is mailed about. */
export const mailedEvents = [
  'rfi.received',
  'referral.received',
  'referral.extended',
  'referral.reminder-due',
  'referral.declined',
  'referral.expired',
  'referral.reopened',
  'referral.nudge-due',
] as const satisfies EventType[]

export interface Recipient {
  readonly name: string
  readonly address: string
}

export type Block =
  | { readonly kind: 'paragraph'; readonly text: string }
  /** Somebody's own words. */
  | { readonly kind: 'quote'; readonly text: string }
  | { readonly kind: 'facts'; readonly rows: readonly (readonly [label: string, value: string])[] }
  | { readonly kind: 'link'; readonly label: string; readonly href: string }

/** What a mail says: the one source of its HTML and its plain text. */
export interface Message {
  readonly subject: string
  readonly blocks: readonly Block[]
}

export interface Mail {
  /** The same for each attempt at the same mail to the same person: what a claim is made on. */
  readonly key: string
  readonly to: Recipient
  readonly message: Message
}

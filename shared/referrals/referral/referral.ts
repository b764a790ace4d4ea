/** Types of stored referrals and of the commands that change them. */
import type { customerChoices, DeadlineKind } from '../../events/contract.ts'
import type { PartnerId, ProfileId, ReferralId, RfiId } from '../../kernel/ids.ts'
import type { Person } from '../../kernel/person.ts'
import type { Customer, Need, PreferredContact, Source } from '../../program/contract.ts'
import type { Span, Terms } from '../../program/rules.ts'
import type { Instant } from '../../time/instant.ts'
import type {
  AcceptRequest,
  CloseRequest,
  Colleague,
  Deal,
  DealPatch,
  DeclineRequest,
  ExtendRequest,
  ReferralView,
  Status,
} from './contract.ts'

/** A referral as it is stored. Instants are RFC 3339 in UTC, so that they can be compared as text. */
export interface Referral {
  readonly id: ReferralId
  readonly rfiId: RfiId
  readonly partnerId: PartnerId
  readonly profileId: ProfileId
  readonly region: string
  readonly locationId: string
  readonly source: Source
  /** The customer without personal data. */
  readonly customer: Pick<Customer, 'company' | 'size'> & Pick<Customer['address'], 'city' | 'country'>
  readonly need: Need
  /** Wish of the customer; null if the request named none. */
  readonly preferredContact: PreferredContact | null
  readonly policyVersion: number
  readonly terms: Terms
  readonly version: number
  /** Version that the last answer has created. Links in mails about this or a later version still work. */
  readonly actedVersion: number
  readonly status: Status
  readonly receivedAt: Instant
  readonly recommendedAnswerBy: Instant
  readonly respondBy: Instant
  /** Remaining reminders, the next one first. They apply while the referral is new. */
  readonly remindAt: Instant | null
  readonly laterReminders: readonly Instant[]
  /** Durations that further extensions add, in order. */
  readonly extensionsLeft: readonly Span[]
  readonly extensions: ReferralView['extensions']
  readonly hotUntil: Instant | null
  readonly urgency: 'hot' | 'cooled' | null
  /** Instant of the next nudge of an active referral. */
  readonly nudgeAt: Instant | null
  /** Instant until which the referral can be reopened if it expires. */
  readonly reopenUntil: Instant | null
  readonly reopened: ReferralView['reopened']
  readonly answeredAt: Instant | null
  readonly closedAt: Instant | null
  readonly updatedAt: Instant
  /** Number of reminders since the receipt. */
  readonly remindersSent: number
  /** Number of nudges about the present estimated close date. */
  readonly nudgesSent: number
  /** Instant at which somebody of the partner asked to see the contact details of the customer. */
  readonly contactShownAt: Instant | null
  /** Instant until which the last decline or end can be undone. */
  readonly undoUntil: Instant | null
  /** `actedVersion` before the answer that can be undone. */
  readonly actedBefore: number | null
  /** True if the last expiry counts for nobody. */
  readonly isExpiryNeutral: boolean
  /** Instant at which the customer denied the reported win. */
  readonly winDeniedAt: Instant | null
  /** True for a reported win that does not count, because the customer has chosen another end. */
  readonly isWinTakenBack: boolean
  /** Choice of the customer, as far as it concerns this partner. */
  readonly customerChoice: (typeof customerChoices)[number] | null
  /** The contact who accepted by a link in a mail. */
  readonly acceptedBy: Person | null
  readonly deal: Deal | null
  readonly colleagues: readonly Colleague[]
  /** `neutral`: counts for nobody, because mail to the customer is known to bounce. */
  readonly decline: (NonNullable<ReferralView['decline']> & { readonly neutral: boolean }) | null
  readonly outcome: ReferralView['outcome']
}

/** Commands without content. */
type PlainCommand =
  | 'withdraw'
  | 'show-contact'
  | 'undo-decline'
  | 'undo-close'
  | 'resume'
  | 'supersede'
  | 'deny-win'
  | 'confirm-win'

export type Command =
  | {
      readonly name: 'accept'
      readonly request: AcceptRequest
      readonly colleagues: readonly Colleague[]
      /** The contact whose link was used. */
      readonly acceptedBy?: Person | undefined
    }
  | {
      readonly name: 'decline'
      readonly request: DeclineRequest
      /** True if the decline counts for nobody. False by default. */
      readonly neutral?: boolean | undefined
    }
  | { readonly name: Exclude<DeadlineKind, 'expire'> | PlainCommand }
  | {
      readonly name: 'expire' | 'reopen'
      /** True if the expiry counts for nobody. False by default. */
      readonly neutral?: boolean | undefined
    }
  | { readonly name: 'reinstate'; readonly span: Span }
  | { readonly name: 'note-choice'; readonly choice: (typeof customerChoices)[number] }
  | { readonly name: 'extend'; readonly request: ExtendRequest }
  | { readonly name: 'edit-deal'; readonly patch: DealPatch }
  | { readonly name: 'add-colleague'; readonly colleague: Colleague }
  | { readonly name: 'remove-colleague'; readonly colleagueId: string }
  | { readonly name: 'win' | 'lose'; readonly request: CloseRequest }
export type CommandName = Command['name']

/** Opens answer links: checks the link and loads its referral. */

import { rfiIdOf } from '../../kernel/ids.ts'
import type { Person } from '../../kernel/person.ts'
import type { AnswerAction } from '../../messaging/contract.ts'
import { type AnswerLink, readAnswerLink } from '../../messaging/index.ts'
import { loadProfileContacts } from '../../partners/index.ts'
import { addressOf, allPeople, mayAnswer, type ProfileContacts } from '../../partners/rules.ts'
import type { Item } from '../../persistence/index.ts'
import type { Customer, Policy, Taxonomy } from '../../program/contract.ts'
import { policyKey, readPolicy, readTaxonomy, taxonomyKey } from '../../program/index.ts'
import {
  customerKey,
  readCustomerRecord,
  readReferral,
  readRfi,
  referralKey,
  rfiKey,
} from '../../referrals/index.ts'
import {
  allows,
  type CommandName,
  effective,
  isAnsweredAfter,
  type Referral,
  whyNotRevived,
} from '../../referrals/rules.ts'
import { type Instant, instantOf } from '../../time/instant.ts'
import { hasFingerprint, type PageVisit } from '../page/visit.ts'
import { undoableUntil } from './rules.ts'

export interface OpenedLink {
  readonly link: AnswerLink
  readonly profileContacts: ProfileContacts
  readonly reader: Person
  readonly referral: Referral
  /** Null if the customer's personal data was deleted. */
  readonly customer: Customer | null
  /** True if mail to the customer is known to bounce. */
  readonly isUnreachable: boolean
  readonly taxonomy: Taxonomy
  readonly policy: Policy
  /** False for a reader who reported to be the wrong person for this referral. */
  readonly isConcerned: boolean
  /** True if the answer of the link can still be given. */
  readonly isOpen: boolean
  /** Reason why the answer cannot be given although the referral allows it. */
  readonly notNeeded: ReturnType<typeof whyNotRevived>
  /** Instant until which the reader can undo the last answer; undefined if this is not possible. */
  readonly undoUntil: Instant | undefined
}

/** @returns undefined if the link is invalid or expired, or if the reader is no longer a contact */
export const openLink = async ({ token, now }: PageVisit): Promise<OpenedLink | undefined> => {
  const link = readAnswerLink(token)
  const nowInstant = instantOf(now)
  if (!link || link.until <= nowInstant) return undefined
  const { partnerId, region, referralId, version } = link
  const { profileContacts, found } = await loadProfileContacts(partnerId, region, {
    referrals: [referralKey(partnerId, referralId)],
    customers: [customerKey(rfiIdOf(referralId))],
    taxonomies: [taxonomyKey],
    policies: [policyKey],
    rfis: [rfiKey(rfiIdOf(referralId))],
  })
  if (!found.referrals[0] || !profileContacts) return undefined
  const referral = readReferral(found.referrals[0])
  const record = readCustomerRecord(found.customers[0])
  const reader = readersOf(profileContacts, referral).find(hasFingerprint(link.reader))
  if (!reader) return undefined
  const isConcerned = mayAnswer(addressOf(reader), profileContacts.health, referralId)
  const isPossible = isConcerned && isOpen(link, referral, nowInstant)
  const notNeeded = whyNotNeeded(link, referral, found.rfis[0])
  return {
    link,
    profileContacts,
    reader,
    referral,
    customer: record?.customer ?? null,
    isUnreachable: record?.emailStatus === 'unreachable',
    taxonomy: readTaxonomy(found.taxonomies[0]),
    policy: readPolicy(found.policies[0]),
    isConcerned,
    isOpen: isPossible && !notNeeded,
    notNeeded: isPossible ? notNeeded : undefined,
    undoUntil: isConcerned ? undoableUntil(referral, version, nowInstant) : undefined,
  }
}

/** Returns the contacts of a profile, and the colleagues on a deal in the language of the person who accepted it. */
const readersOf = ({ contacts }: ProfileContacts, { colleagues, acceptedBy }: Referral): Person[] => {
  const locale = acceptedBy?.locale ?? 'en'
  return [...allPeople(contacts), ...colleagues.map(({ id: _, ...colleague }) => ({ ...colleague, locale }))]
}

/** Commands that the answers execute. */
export const commandOf: Readonly<Record<Exclude<AnswerAction, 'misaddressed'>, CommandName>> = {
  accept: 'accept',
  decline: 'decline',
  extend: 'extend',
  reopen: 'reopen',
  win: 'win',
  lose: 'lose',
  reschedule: 'edit-deal',
  'still-open': 'edit-deal',
  resume: 'resume',
}

/** Tests if the answer makes an archived referral active or new again. */
const isRevival = (action: AnswerAction): action is 'reopen' | 'resume' =>
  action === 'reopen' || action === 'resume'

/** Returns the reason why the customer no longer needs the partner. The command also checks if the RFI was sent on. */
const whyNotNeeded = ({ action }: AnswerLink, referral: Referral, rfi: Item | undefined) =>
  rfi && isRevival(action) ? whyNotRevived(action, referral, readRfi(rfi), []) : undefined

/** Checks that the referral was not answered since the mail was written. Therefore each answer can be given once. */
const isOpen = ({ action, version }: AnswerLink, referral: Referral, now: Instant): boolean => {
  if (isAnsweredAfter(referral, version)) return false
  return action === 'misaddressed'
    ? effective(referral, now).status === 'new'
    : allows(commandOf[action], referral, now)
}

/** Decisions of the answer page: the contact details that it shows, undo, and the deal that the form to accept suggests. */

import { currencies } from '../../kernel/iso.ts'
import { type Money, roundMoney } from '../../kernel/money.ts'
import type { Person } from '../../kernel/person.ts'
import type { Customer, Policy, TaxonomyContent, TaxonomyEntry } from '../../program/contract.ts'
import { entryOf, mailTimeIn, type RegionTime, regionTime } from '../../program/rules.ts'
import type { Status } from '../../referrals/contract.ts'
import { allows, isAnsweredAfter, isContactVisible, type Referral } from '../../referrals/rules.ts'
import { dateIn } from '../../time/calendar.ts'
import { after, type Duration } from '../../time/duration.ts'
import type { Instant } from '../../time/instant.ts'

/** The contact details of the customer, or the reason why the page does not show them. */
export type CustomerContact =
  | { readonly kind: 'shown'; readonly person: Person }
  /** Shown after the reader asks for them. The timeline records the first request. */
  | { readonly kind: 'on-request' }
  | { readonly kind: 'after-acceptance' }
  | { readonly kind: 'deleted' }

/** Statuses in which somebody of the partner may have to talk to the customer. */
const concerned: readonly Status[] = ['new', 'active', 'won', 'lost']

/**
 * @param referral the effective referral
 * @param customer null if its personal data was deleted
 * @returns undefined if the referral has ended without a deal
 */
export const contactFor = (
  referral: Referral,
  customer: Customer | null,
  now: Instant,
): CustomerContact | undefined => {
  if (!concerned.includes(referral.status)) return undefined
  if (!customer) return { kind: 'deleted' }
  if (isContactVisible(referral)) return { kind: 'shown', person: customer.contact }
  return { kind: allows('show-contact', referral, now) ? 'on-request' : 'after-acceptance' }
}

/**
 * Returns the instant until which a reader can undo the last answer with a link of this version; undefined if the answer
 * cannot be undone, or if the link was spent before that answer.
 */
export const undoableUntil = (referral: Referral, version: number, now: Instant): Instant | undefined => {
  const { actedBefore, undoUntil } = referral
  if (actedBefore === null || isAnsweredAfter({ actedVersion: actedBefore }, version)) return undefined
  const canUndo = allows('undo-decline', referral, now) || allows('undo-close', referral, now)
  return canUndo ? (undoUntil ?? undefined) : undefined
}

/** Returns the local date a duration after an instant. With a calendar, it is a working day. */
export const dateAfter = (start: Instant, duration: Duration, { zone, calendar }: RegionTime): string =>
  dateIn(zone, mailTimeIn(calendar, after(start, duration)))

/** Time by which `still-open` moves the estimated close date, and which the form for a new date suggests. */
export const reschedulingTime: Duration = 'P30D'

/** The deal that the form to accept suggests. */
export interface SuggestedDeal {
  readonly name: string
  readonly value: Money
  readonly closeDate: string
}

interface SuggestionContext {
  readonly taxonomy: TaxonomyContent
  readonly policy: Pick<Policy, 'suggestedDeal' | 'calendars'>
  readonly labelOf: (entry: TaxonomyEntry) => string
  readonly now: Instant
}

/** Suggests a deal: the name from need and company, the value from the budget, and the date from the policy. */
export const suggestDeal = (
  { need, customer: { company }, region }: Pick<Referral, 'need' | 'customer' | 'region'>,
  { taxonomy, policy, labelOf, now }: SuggestionContext,
): SuggestedDeal => {
  const { value, closesIn } = policy.suggestedDeal
  const [product] = need.products
  const [solution] = need.solutions
  const entry = product
    ? entryOf(taxonomy, 'products', product)
    : solution && entryOf(taxonomy, 'solutions', solution)
  const topic = entry ? labelOf(entry) : need.summary.replace(/\s+/g, ' ')
  return {
    name: cut(`${cut(topic, maxTopic)} – ${company}`, maxName),
    value: suggestedValue(need.budget, value),
    closeDate: dateAfter(now, closesIn, regionTime(policy, region)),
  }
}

/** Maximum lengths in UTF-16 units, which the contract of the deal counts too. */
const maxTopic = 80
const maxName = 200

/** Shortens a text at the end of a word, or without splitting a surrogate pair. */
const cut = (text: string, max: number): string => {
  if (text.length <= max) return text
  const beginning = text.slice(0, max - 1).replace(/[\ud800-\udbff]$/, '')
  const words = beginning.replace(/\s+\S*$/, '')
  return `${words || beginning}…`
}

/** Returns the budget, with the decimals of its currency; the value of the policy if its currency was withdrawn. */
const suggestedValue = (budget: Money | undefined, value: Money): Money =>
  roundMoney(budget && currencies.has(budget.currency) ? budget : value)

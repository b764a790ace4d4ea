/** Which partners a customer's need may go to, and which fit it best. */
import type { Money } from '../platform/contract.ts'
import type { Customer, Need } from '../referral/contract.ts'
import type { ListedProfile } from './entry.ts'
import { phrasesIn } from './words.ts'

/** Why an active profile is not shown, or not sent something. */
export type Exclusion = (typeof exclusions)[number]
/** In the order in which they are told: where several hold, the first is given. */
export const exclusions = [
  'paused',
  'full',
  'undeliverable',
  'size',
  'industry',
  'keyword',
  'deal-value',
] as const

/** What a search says of the customer and its need. */
export interface Asked {
  readonly size?: string | undefined
  readonly industries: readonly string[]
  readonly text?: string | undefined
  readonly budget?: Money | undefined
}

/** What changes by itself: how many referrals the partner has open, and which day it is (UTC, YYYY-MM-DD). */
export interface Present {
  readonly open: number
  readonly today: string
}

type Choosy = Pick<ListedProfile, 'customerSizes' | 'preferences'>

/** Says of one profile after the other why it would rather not be sent what is asked. */
export const admission = (asked: Asked): ((listed: Choosy, present: Present) => Exclusion | undefined) => {
  const holdsPhrase = phrasesIn(asked.text ?? '')
  return ({ customerSizes, preferences }, { open, today }) => {
    if (isPaused(preferences, today)) return 'paused'
    if (isFull(preferences, open)) return 'full'
    if (asked.size && customerSizes.length > 0 && !customerSizes.includes(asked.size)) return 'size'
    // Any of them: who does not serve banks does not serve a bank that also trades.
    if (asked.industries.some(industry => preferences.excludedIndustries.includes(industry)))
      return 'industry'
    if (preferences.excludedKeywords.some(holdsPhrase)) return 'keyword'
    return isTooSmall(asked.budget, preferences) ? 'deal-value' : undefined
  }
}

/** Why a profile would rather not be sent what is asked; whether mail reaches it is not looked at. */
export const whyExcluded = (listed: Choosy, asked: Asked, present: Present): Exclusion | undefined =>
  admission(asked)(listed, present)

type Preferences = ListedProfile['preferences']

/** Back on the day itself. */
export const isPaused = ({ pausedUntil }: Preferences, today: string): boolean =>
  pausedUntil !== null && today < pausedUntil

export const isFull = ({ mostOpenReferrals }: Preferences, open: number): boolean =>
  mostOpenReferrals !== null && open >= mostOpenReferrals

/** Another currency cannot be compared. */
const isTooSmall = (budget: Money | undefined, { leastDealValue }: Preferences): boolean =>
  !!budget &&
  !!leastDealValue &&
  budget.currency === leastDealValue.currency &&
  budget.amount < leastDealValue.amount

/** What is known of an active profile without reading all of it. */
interface Candidate {
  readonly partnerId: string
  readonly languages: readonly string[]
  readonly industries: readonly string[]
  readonly products: readonly string[]
  readonly services: readonly string[]
  readonly solutions: readonly string[]
  readonly customerSizes: readonly string[]
  readonly locations: readonly { readonly id: string; readonly city: string }[]
}

/** Whom a partner is looked for, and what for. */
export interface Wish {
  readonly need: Need
  readonly customer: Customer
  /** Partners that were asked already, whatever they said. */
  readonly asked: readonly string[]
  readonly most: number
}

interface Place<C extends Candidate> {
  readonly profile: C
  readonly location: C['locations'][number]
}

/**
 * The partners to ask next, the best first, each with one place: in the customer's city, or else its first. Those that
 * match nothing come last. It is the order until partners are ranked by how they answer.
 * @param draw orders those that fit alike
 */
export const nextBest = <C extends Candidate>(
  profiles: readonly C[],
  { need, customer, asked, most }: Wish,
  draw: (partnerId: string) => string,
): Place<C>[] =>
  profiles
    .filter(({ partnerId }) => !asked.includes(partnerId))
    .flatMap(profile => {
      const location = placeIn(customer.address.city, profile)
      if (!location) return []
      return [{ profile, location, fit: fitOf(profile, need, customer), drawn: draw(profile.partnerId) }]
    })
    .toSorted((a, b) => compare(b.fit, a.fit) || (a.drawn < b.drawn ? -1 : 1))
    .slice(0, most)
    .map(({ profile, location }) => ({ profile, location }))

const placeIn = (city: string, { locations }: Candidate) =>
  locations.find(location => isSame(location.city, city)) ?? locations[0]

const matched = ['products', 'services', 'solutions', 'industries'] as const

/** How well a profile fits: what comes earlier decides, and what comes later only between equals. */
const fitOf = (profile: Candidate, need: Need, { size, contact, address }: Customer): number[] => {
  const matches = matched.flatMap(list =>
    [...new Set(need[list])].filter(code => profile[list].includes(code)),
  )
  const language = languageOf(contact.locale)
  return [
    matches.length,
    Number(profile.customerSizes.includes(size)),
    Number(profile.languages.some(spoken => languageOf(spoken) === language)),
    Number(profile.locations.some(({ city }) => isSame(city, address.city))),
  ]
}

const compare = (a: readonly number[], b: readonly number[]): number =>
  a.map((value, index) => value - (b[index] ?? 0)).find(difference => difference !== 0) ?? 0

/** Who speaks Austrian German understands German. */
const languageOf = (tag: string): string => tag.replace(/-.*/, '').toLowerCase()

const isSame = (city: string, other: string): boolean => city.toLowerCase() === other.toLowerCase()

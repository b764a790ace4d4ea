/**
 * Rules for the preferences of partners: reasons why a profile excludes a request. Search applies the same comparisons to
 * all profiles of a region at once (preference-filter.ts). Sizes, industries and keywords are looked up in sets and in an
 * index there, because testing each profile would be too slow; test/property/search-partner-index.test.ts checks that both
 * give the same result.
 */
import type { Money } from '../kernel/money.ts'
import { phrasesIn } from '../text/tokenizer.ts'
import { type Exclusion, exclusions } from './contract.ts'
import type { ListedProfile, Preferences } from './entry.ts'

/** Exclusions by the profile and its number of open referrals. The exclusion `undeliverable` depends on its contacts. */
export type PreferenceExclusion = Exclude<Exclusion, 'undeliverable'>

/** Data of a request that preferences are compared with. */
export interface RequestFacts {
  readonly sizes?: readonly string[] | undefined
  readonly industries: readonly string[]
  readonly text?: string | undefined
  readonly budget?: Money | undefined
}

/** Data that changes independently of the profile. */
export interface CurrentLoad {
  /** Number of open referrals. */
  readonly open: number
  /** UTC date, YYYY-MM-DD. */
  readonly today: string
}

type Preferring = Pick<ListedProfile, 'customerSizes' | 'preferences'>
type Rule = (profile: Preferring, request: RequestFacts, load: CurrentLoad) => boolean

/** Converts the date of a date or instant to a number that sorts in the same order, such as 20261115. */
export const dayNumber = (date: string): number => Number(date.slice(0, 10).replaceAll('-', ''))

/** Compares day numbers. On the day `pausedUntil`, the partner takes referrals again. */
export const isPausedOn = (pausedUntil: number, today: number): boolean => today < pausedUntil

export const isAtLimit = (open: number, maxOpen: number): boolean => open >= maxOpen

/** Amounts in different currencies are not compared: the result is false. */
export const isBelowMinimum = <Currency>(
  amount: number,
  currency: Currency,
  minimum: number,
  minimumCurrency: Currency,
): boolean => currency === minimumCurrency && amount < minimum

export const isPaused = ({ pausedUntil }: Pick<Preferences, 'pausedUntil'>, today: string): boolean =>
  pausedUntil !== null && isPausedOn(dayNumber(pausedUntil), dayNumber(today))

const rules: Readonly<Record<PreferenceExclusion, Rule>> = {
  paused: ({ preferences }, _, { today }) => isPaused(preferences, today),
  full: ({ preferences: { maxOpenReferrals } }, _, { open }) =>
    maxOpenReferrals !== null && isAtLimit(open, maxOpenReferrals),
  size: ({ customerSizes }, { sizes = [] }) =>
    sizes.length > 0 && customerSizes.length > 0 && !sizes.some(size => customerSizes.includes(size)),
  // One excluded industry is enough: a partner that excludes banking gets no request with banking and trade.
  industry: ({ preferences: { excludedIndustries } }, { industries }) =>
    industries.some(industry => excludedIndustries.includes(industry)),
  keyword: ({ preferences: { excludedKeywords } }, { text = '' }) =>
    excludedKeywords.length > 0 && excludedKeywords.some(phrasesIn(text)),
  'deal-value': ({ preferences: { minDealValue } }, { budget }) =>
    !!budget &&
    !!minDealValue &&
    isBelowMinimum(budget.amount, budget.currency, minDealValue.amount, minDealValue.currency),
}

const isPreference = (exclusion: Exclusion): exclusion is PreferenceExclusion => exclusion in rules

/** Returns the first reason why a profile excludes a request, in the order of `exclusions`; undefined if there is none. */
export const whyExcluded = (
  profile: Preferring,
  request: RequestFacts,
  load: CurrentLoad,
): PreferenceExclusion | undefined => {
  for (const exclusion of exclusions)
    if (isPreference(exclusion) && rules[exclusion](profile, request, load)) return exclusion
  return undefined
}

/** Decay of observations: the weight is 2^(−age / halfLife). The age counts from the middle of the month. */

import { milliseconds } from '../time/duration.ts'
import type { Ranking } from './contract.ts'

/**
 * Weights are multiples of 2^-26. Sums of up to 2^27 observations are then exact in double precision, so they do not depend
 * on the order in which observations are added.
 */
const grain = 2 ** -26
export const inGrains = (value: number): number => Math.round(value / grain) * grain

export const memoize = <K, V>(compute: (key: K) => V): ((key: K) => V) => {
  const known = new Map<K, V>()
  return key => {
    const value = known.get(key) ?? compute(key)
    known.set(key, value)
    return value
  }
}

/** Returns the middle of a month such as 2026-11 (UTC), in epoch milliseconds. */
const middleOfMonth = (month: string): number => {
  const [year = 0, number = 1] = month.split('-').map(Number)
  return (Date.UTC(year, number - 1, 1) + Date.UTC(year, number, 1)) / 2
}

/**
 * Returns the weight of a month's observations. The age is computed at the start of the day (UTC), so weights change once a
 * day.
 */
export const decayOn = (now: string, { halfLife }: Ranking): ((month: string) => number) => {
  const today = Date.parse(`${now.slice(0, 10)}T00:00:00.000Z`)
  const halfLifeMs = Math.max(1, milliseconds(halfLife))
  return memoize(month => inGrains(2 ** (-Math.max(0, today - middleOfMonth(month)) / halfLifeMs)))
}

/** Replaces negative counts by 0. A count is negative if a correction arrived before the event that it corrects. */
export const nonNegative = (count: number | undefined): number => Math.max(0, count ?? 0)

/** Observations of a partner's answers, computed from monthly counts, and the shares that are estimated from them. */

import { milliseconds } from '../time/duration.ts'
import { bandMiddleMs } from './answer-time.ts'
import { type LearnedPart, learnedParts, type Ranking } from './contract.ts'
import { decayOn, inGrains, memoize, nonNegative } from './decay.ts'
import type { Month } from './entry.ts'

/** Decayed number of observations, and the decayed sum of their values, each in [0, 1]. */
export interface Observed {
  readonly n: number
  readonly sum: number
}
export type Observations = Readonly<Record<LearnedPart, Observed>>
export type Means = Readonly<Record<LearnedPart, number>>

/** An object literal, because this runs for each partner and reading an object built from a list of keys is slower. */
export const eachLearned = <T>(each: (part: LearnedPart) => T): Record<LearnedPart, T> => ({
  speed: each('speed'),
  answerRate: each('answerRate'),
  followThrough: each('followThrough'),
  outcome: each('outcome'),
  fit: each('fit'),
})

/**
 * Returns a function that sums the observations of a partner at an instant. The weights are computed once for all partners.
 *
 * A decline and an accepted referral that was not won count the same in each part except `outcome` and `fit`, where the
 * decline does not count at all. Therefore nobody gains by accepting what does not fit. docs/ranking.md has the incentives,
 * and test/property/incentives.test.ts proves them.
 */
export const createObserver = (
  now: string,
  ranking: Ranking,
): ((months: Iterable<Month>) => Observations) => {
  const weightOf = decayOn(now, ranking)
  const worthOf = memoize((band: number) => worthOfAnswer(bandMiddleMs(band), ranking))
  // One object is reused for all partners, for speed.
  const [n, sum] = [eachLearned(() => 0), eachLearned(() => 0)]
  const add = (part: LearnedPart, all: number, good: number) => {
    n[part] += all
    sum[part] += good
  }
  const addMonth = (month: Month, weight: number) => {
    const { answers } = month
    let [timed, worth] = [0, 0]
    for (let band = 0; band < answers.length; band++) {
      const here = nonNegative(answers[band])
      if (here === 0) continue
      timed += here
      worth += here * inGrains(weight * worthOf(band))
    }
    const silences = nonNegative(month.silences) * weight
    const deniedWins = nonNegative(month.deniedWins)
    const answered = (timed + nonNegative(month.earlyAnswers)) * weight
    const won = nonNegative(month.won) * weight
    const deals = nonNegative(month.accepted + deniedWins) * weight
    add('speed', timed * weight + silences, worth)
    add('answerRate', answered + silences, answered)
    add('followThrough', answered + (nonNegative(month.unfollowed) + deniedWins) * weight, answered)
    add('outcome', Math.max(deals, won), won)
    add('fit', Math.max(deals, won), won)
  }
  return months => {
    for (const part of learnedParts) {
      n[part] = 0
      sum[part] = 0
    }
    for (const month of months) addMonth(month, weightOf(month.month))
    return eachLearned(part => ({ n: n[part], sum: sum[part] }))
  }
}

/** Returns the value of an answer: 1 for an immediate one, and one half after `answerHalfTime`. No answer has the value 0. */
export const worthOfAnswer = (tookMs: number, { answerHalfTime }: Ranking): number => {
  const halfMs = Math.max(1, milliseconds(answerHalfTime))
  return halfMs / (halfMs + tookMs)
}

export const observationsIn = (months: Iterable<Month>, now: string, ranking: Ranking): Observations =>
  createObserver(now, ranking)(months)

/** Returns the decayed number of lost referrals, for advice. */
export const lostIn = (months: Iterable<Month>, now: string, ranking: Ranking): number => {
  const weightOf = decayOn(now, ranking)
  let lost = 0
  for (const month of months) lost += nonNegative(month.lost) * weightOf(month.month)
  return lost
}

/** Mean of a part in a region without any observation. */
export const neutral = 0.5

/** Estimates a share: the mean of the observations and a prior with the weight of `shrinkage` observations. */
export const shrunk = (sum: number, n: number, prior: number, shrinkage: number): number =>
  (sum + shrinkage * prior) / (n + shrinkage)

/** Computes the mean of each part in a region from the sums over all its partners. */
export const meansOf = (totals: Observations, { shrinkage }: Ranking): Means =>
  eachLearned(part => shrunk(totals[part].sum, totals[part].n, neutral, shrinkage))

/**
 * Value to which a part with few observations is moved. Wins are earned, so partners without deals start with 0; in the other
 * parts they start with the mean of the region.
 */
export const priorsOf = (means: Means): Means => ({ ...means, outcome: 0, fit: 0 })

/** Share of the speed that counts regardless of wins. */
const speedWithoutWins = 0.05

/**
 * Returns the part `speed`: one twentieth of the speed counts anyway, the rest in proportion to `outcome`. Otherwise a partner that
 * declines everything at once would rank above one that takes a day and wins.
 */
export const speedPart = (speed: number, outcome: number): number =>
  speed * (speedWithoutWins + (1 - speedWithoutWins) * outcome)

/**
 * Returns the fit for the requested codes: 1 for many wins with them, and the partner's outcome without any. It counts wins
 * only, so that neither a decline nor a loss with these codes lowers it. Equals `(wins + outcome) / (wins + 1)`, written so that
 * rounding cannot make it smaller when either grows: each step is a correctly rounded, monotone operation.
 */
export const fitFor = (outcome: number, wins: number): number =>
  wins === 0 ? outcome : 1 - (1 - outcome) / (wins + 1)

/** Tests for a partner with too few observations. @param answers decayed number of answers and silences */
export const isNewcomer = (answers: number, { exploration }: Ranking): boolean => answers < exploration.below

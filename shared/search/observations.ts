/** Observations of a partner's answers, computed from monthly counts, and the shares that are estimated from them. */

import { milliseconds } from '../time/duration.ts'
import { bandMiddleMs } from './answer-time.ts'
import { type LearnedPart, learnedParts, type Ranking } from './contract.ts'
import { decayOn, inGrains, memoize, nonNegative } from './decay.ts'
import type { Affinity, Month } from './entry.ts'

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
 * Returns a function that sums the observations of a partner at an instant. The weights are computed
 * once for all partners. In `speed`, an answer after t has the value 2^(−t / answerHalfTime), and no answer has the value 0.
 */
export const createObserver = (
  now: string,
  ranking: Ranking,
): ((months: Iterable<Month>) => Observations) => {
  const weightOf = decayOn(now, ranking)
  const answerHalfMs = Math.max(1, milliseconds(ranking.answerHalfTime))
  const worthOf = memoize((band: number) => 2 ** (-bandMiddleMs(band) / answerHalfMs))
  // One object is reused for all partners, for speed.
  const [n, sum] = [eachLearned(() => 0), eachLearned(() => 0)]
  const add = (part: LearnedPart, all: number, good: number) => {
    n[part] += all
    sum[part] += good
  }
  const addShare = (part: LearnedPart, good: number, bad: number, weight: number) =>
    add(part, (nonNegative(good) + nonNegative(bad)) * weight, nonNegative(good) * weight)
  const addMonth = (month: Month, weight: number) => {
    const { answers, silences } = month
    let [count, worth] = [0, 0]
    for (let band = 0; band < answers.length; band++) {
      const here = nonNegative(answers[band])
      if (here === 0) continue
      count += here
      worth += here * inGrains(weight * worthOf(band))
    }
    add('speed', (count + nonNegative(silences)) * weight, worth)
    addShare('answerRate', count, silences, weight)
    addShare('followThrough', month.followed, month.unfollowed, weight)
    addShare('outcome', month.won, month.lost, weight)
    addShare('fit', month.fits, month.misfits, weight)
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

export const observationsIn = (months: Iterable<Month>, now: string, ranking: Ranking): Observations =>
  createObserver(now, ranking)(months)

/** Mean of a part in a region without any observation. */
export const neutral = 0.5

/** Estimates a share: the mean of the observations and a prior with the weight of `shrinkage` observations. */
export const shrunk = (sum: number, n: number, prior: number, shrinkage: number): number =>
  (sum + shrinkage * prior) / (n + shrinkage)

/** Computes the mean of each part in a region from the sums over all its partners. */
export const meansOf = (totals: Observations, { shrinkage }: Ranking): Means =>
  eachLearned(part => shrunk(totals[part].sum, totals[part].n, neutral, shrinkage))

/** Results of referrals with certain codes: those that fitted the partner, and those that did not. */
export interface FitEvidence {
  readonly good: number
  readonly bad: number
}

export const noEvidence: FitEvidence = { good: 0, bad: 0 }

export const evidenceIn = ({ accepted, won, declined, lost }: Affinity): FitEvidence => ({
  good: nonNegative(accepted) + nonNegative(won),
  bad: nonNegative(declined) + nonNegative(lost),
})

/** Estimates the fit for the requested codes: the mean of the results with these codes and the partner's general fit. */
export const fitFor = (fit: number, { good, bad }: FitEvidence, { shrinkage }: Ranking): number =>
  shrunk(good, good + bad, fit, shrinkage)

/** Tests for a partner with too few observations. @param answers decayed number of answers and silences */
export const isNewcomer = (answers: number, { exploration }: Ranking): boolean => answers < exploration.below

/** Bands of answer times, the median answer time, and its class, which customers see. */

import { milliseconds } from '../time/duration.ts'
import type { AnswerTime, Ranking } from './contract.ts'
import { decayOn, nonNegative } from './decay.ts'
import type { Month } from './entry.ts'

/**
 * Upper end of the first band of answer times: 15 minutes. The upper end of each further band is twice that of the previous
 * band.
 */
const firstBandMs = 15 * 60 * 1000

/** Returns the band of an answer time. */
export const bandOf = (tookMs: number): number => {
  let band = 0
  for (let end = firstBandMs; end < tookMs; end *= 2) band++
  return band
}

/** Returns the geometric mean of the ends of a band, in milliseconds. */
export const bandMiddleMs = (band: number): number => firstBandMs * 2 ** (band - 0.5)

/**
 * Returns the weighted median of answer times, interpolated within its band on a logarithmic scale; undefined without
 * answers.
 */
export const medianAnswerMs = (
  months: Iterable<Month>,
  now: string,
  ranking: Ranking,
): number | undefined => {
  const weightOf = decayOn(now, ranking)
  const bands: number[] = []
  for (const { month, answers } of months)
    answers.forEach((count, band) => {
      bands[band] = (bands[band] ?? 0) + nonNegative(count) * weightOf(month)
    })
  const half = bands.reduce((sum, weight) => sum + (weight ?? 0), 0) / 2
  if (half === 0) return undefined
  let before = 0
  for (let band = 0; ; band++) {
    const weight = bands[band] ?? 0
    if (weight > 0 && before + weight >= half) return firstBandMs * 2 ** (band - 1 + (half - before) / weight)
    before += weight
  }
}

/** Minimum number of answers for a class. */
const minAnswers = 5

const answerTimeEnds: readonly (readonly [AnswerTime, string])[] = [
  ['within-hours', 'PT8H'],
  ['within-a-day', 'PT24H'],
  ['within-three-days', 'P3D'],
  ['within-two-weeks', 'P14D'],
]

/** Returns the class of a partner's median answer time; null with fewer than five answers. */
export const answerTimeOf = (months: Iterable<Month>, now: string, ranking: Ranking): AnswerTime | null => {
  const known = [...months]
  const answers = known.reduce(
    (sum, month) => sum + month.answers.reduce((all, count) => all + nonNegative(count), 0),
    0,
  )
  if (answers < minAnswers) return null
  const median = medianAnswerMs(known, now, ranking)
  if (median === undefined) return null
  return answerTimeEnds.find(([, end]) => median <= milliseconds(end))?.[0] ?? 'later'
}

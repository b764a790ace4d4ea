/**
 * The place of a partner among those that a search finds: score = relevance × visibility, both in [0, 1]. Relevance is
 * how well it fits what is asked, visibility what is known of how it answers. The same functions serve search, what
 * partners are told of their place, and how a decision would have gone under other weights.
 */

import type { AnswerTime } from '../discovery/contract.ts'
import { firstBandMs } from '../discovery/rules.ts'
import type { Ranking } from '../program/contract.ts'
import { milliseconds } from '../time/duration.ts'
import type { Affinity, Month } from './entry.ts'

/** The parts of visibility that are learned; each is a share of what was observed, or of what each is worth. */
export const learnedParts = ['speed', 'answerRate', 'followThrough', 'outcome', 'fit'] as const
export type LearnedPart = (typeof learnedParts)[number]

/** How much was observed, and how much of it was good; both decayed. */
export interface Observed {
  readonly n: number
  readonly sum: number
}
export type Observations = Readonly<Record<LearnedPart, Observed>>

export type VisibilityParts = Readonly<Record<keyof Ranking['visibility'], number>>
/** Only what a search brings up. */
export type RelevanceParts = { readonly [P in keyof Ranking['relevance']]?: number | undefined }

const visibilityNames = [...learnedParts, 'quality'] as const
const relevanceNames = ['tags', 'text', 'distance', 'size', 'language'] as const

/**
 * The mean of parts by their weights; of parts that count for nothing, `otherwise`. The order of the sum is fixed: it is
 * the same to the last bit wherever it is computed.
 */
const weightedMean = <P extends string>(
  names: readonly P[],
  parts: { readonly [Q in P]?: number | undefined },
  weights: Readonly<Record<P, number>>,
  otherwise: number,
): number => {
  let [sum, weight] = [0, 0]
  for (const name of names) {
    const part = parts[name]
    if (part === undefined) continue
    sum += weights[name] * part
    weight += weights[name]
  }
  return weight > 0 ? sum / weight : otherwise
}

/** Of a search that brings nothing up, everything is what was sought. */
export const relevanceOf = (parts: RelevanceParts, ranking: Ranking): number =>
  weightedMean(relevanceNames, parts, ranking.relevance, 1)

export const visibilityOf = (parts: VisibilityParts, ranking: Ranking): number =>
  weightedMean(visibilityNames, parts, ranking.visibility, 1)

export const scoreOf = (relevance: number, visibility: number): number => relevance * visibility

/** The share of a load that is free, of so many open referrals; none where there are more than there can be. */
export const freeShare = (open: number, capacity: number): number =>
  capacity > 0 ? Math.min(1, Math.max(0, 1 - open / capacity)) : 0

/** What was added to a score, as it is kept with a decision. */
export interface Scored {
  readonly parts: { readonly relevance: RelevanceParts; readonly visibility: VisibilityParts }
  /** As the newcomer that was shown as the best are: with their visibility, in place of its own. */
  readonly explored: { readonly visibility: number } | null
}

/** The score under a ranking, perhaps another than it was decided by. What was explored stays so. */
export const scoreUnder = ({ parts, explored }: Scored, ranking: Ranking): number =>
  scoreOf(
    relevanceOf(parts.relevance, ranking),
    explored ? explored.visibility : visibilityOf(parts.visibility, ranking),
  )

/**
 * What one observation weighs is a multiple of this, so that sums are exact up to 2^27 observations: the same in whatever
 * order they are added up.
 */
const grain = 2 ** -26
const inGrains = (value: number): number => Math.round(value / grain) * grain

/** The geometric middle of a band. */
const middleOf = (band: number): number => firstBandMs * 2 ** (band - 0.5)

const memo = <K, V>(compute: (key: K) => V): ((key: K) => V) => {
  const known = new Map<K, V>()
  return key => {
    const value = known.get(key) ?? compute(key)
    known.set(key, value)
    return value
  }
}

/** The middle of a month such as 2026-11 (UTC). */
const middleOfMonth = (month: string): number => {
  const [year = 0, number = 1] = month.split('-').map(Number)
  return (Date.UTC(year, number - 1, 1) + Date.UTC(year, number, 1)) / 2
}

/** What is known today of observations in a month: it counts by the day, so that it stays the same all day (UTC). */
const weightOn = (now: string, { halfLife }: Ranking): ((month: string) => number) => {
  const today = Date.parse(`${now.slice(0, 10)}T00:00:00.000Z`)
  const halfLifeMs = Math.max(1, milliseconds(halfLife))
  return memo(month => inGrains(2 ** (-Math.max(0, today - middleOfMonth(month)) / halfLifeMs)))
}

/** A count can be below 0 for as long as what it takes back is still on its way. */
const countOf = (count: number | undefined): number => Math.max(0, count ?? 0)

/**
 * What months of observations amount to at an instant. An observation weighs 2^(−age / halfLife), from the middle of its
 * month; in speed, an answer after t is worth 2^(−t / answerHalfTime) and a silence nothing.
 */
export const observer = (now: string, ranking: Ranking): ((months: Iterable<Month>) => Observations) => {
  const weightOf = weightOn(now, ranking)
  const answerHalfMs = Math.max(1, milliseconds(ranking.answerHalfTime))
  const worthOf = memo((band: number) => 2 ** (-middleOf(band) / answerHalfMs))
  const [n, sum] = [eachLearned(() => 0), eachLearned(() => 0)]
  const add = (part: LearnedPart, all: number, good: number) => {
    n[part] += all
    sum[part] += good
  }
  const addShare = (part: LearnedPart, good: number, bad: number, weight: number) =>
    add(part, (countOf(good) + countOf(bad)) * weight, countOf(good) * weight)
  const addMonth = (month: Month, weight: number) => {
    const { answers, silences } = month
    let [count, worth] = [0, 0]
    for (let band = 0; band < answers.length; band++) {
      const here = countOf(answers[band])
      if (here === 0) continue
      count += here
      worth += here * inGrains(weight * worthOf(band))
    }
    add('speed', (count + countOf(silences)) * weight, worth)
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

export const observed = (months: Iterable<Month>, now: string, ranking: Ranking): Observations =>
  observer(now, ranking)(months)

/** What is believed of a program of which nothing was observed. */
export const neutral = 0.5

/** A share of which little was observed lies near what is believed without observing. */
export const shrunk = (sum: number, n: number, believed: number, shrinkage: number): number =>
  (sum + shrinkage * believed) / (n + shrinkage)

export type Means = Readonly<Record<LearnedPart, number>>

const eachLearned = <T>(of: (part: LearnedPart) => T): Record<LearnedPart, T> => ({
  speed: of('speed'),
  answerRate: of('answerRate'),
  followThrough: of('followThrough'),
  outcome: of('outcome'),
  fit: of('fit'),
})

/** The program's mean of each part, from the sums over all partners. */
export const meansOf = (totals: Observations, { shrinkage }: Ranking): Means =>
  eachLearned(part => shrunk(totals[part].sum, totals[part].n, neutral, shrinkage))

export const visibilityParts = (
  observations: Observations,
  means: Means,
  quality: number,
  { shrinkage }: Ranking,
): VisibilityParts => ({
  ...eachLearned(part => shrunk(observations[part].sum, observations[part].n, means[part], shrinkage)),
  quality,
})

/** What a partner made of referrals that asked for something, added up over codes. */
export interface Liking {
  readonly good: number
  readonly bad: number
}

export const likingOf = ({ accepted, won, declined, lost }: Affinity): Liking => ({
  good: countOf(accepted) + countOf(won),
  bad: countOf(declined) + countOf(lost),
})

/** How well what is asked fits the partner, by what it made of such referrals; of one without any, its fit in general. */
export const fitFor = (fit: number, { good, bad }: Liking, { shrinkage }: Ranking): number =>
  shrunk(good, good + bad, fit, shrinkage)

/** Of whom too little is known to be placed by it. */
export const isNewcomer = ({ answerRate }: Observations, { exploration }: Ranking): boolean =>
  answerRate.n < exploration.below

/** So much of the tags part is lost by a profile that has everything, as against one that has only what is asked. */
const focusWeight = 0.2

/**
 * The share of the asked codes that a profile has, a little less the more else it has in the lists that were asked:
 * matched / asked × (1 − 0.2 × (1 − matched / own)).
 * @param own how many codes the profile has in the lists that were asked
 */
export const tagsPart = (matched: number, asked: number, own: number): number =>
  matched === 0 ? 0 : (matched / asked) * (1 - focusWeight * (1 - matched / own))

/** 1 next door, half as much for each further distanceHalfKm. */
export const distancePart = (km: number, { distanceHalfKm }: Ranking): number => 2 ** (-km / distanceHalfKm)

/** Of a profile that says nothing, neither is known. */
export const unsaid = 0.5

/** How rare a word is: in `count` of `all` profiles. */
export const rarityOf = (count: number, all: number): number =>
  Math.log(1 + (all - count + 0.5) / (count + 0.5))

/** A text's number of 32 bits (FNV-1a). */
export const hashOf = (text: string): number => {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index++)
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  return mixed(hash)
}

/** Another number of 32 bits: close ones become far apart (the finalizer of MurmurHash3). */
const mixed = (number: number): number => {
  let hash = number
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

/** Orders equals, differently for each seed and the same each time; both are hashes. */
export const tieOf = (seed: number, partner: number): number => mixed(seed ^ partner)

/**
 * Whether a search explores, by its seed: in so large a share of searches as the policy says, one newcomer of those that
 * match, the first by its tie, is shown with the visibility of the region's best. Only one: where a region has many, they
 * would fill the page.
 */
export const isExploring = (seed: number, { exploration }: Ranking): boolean =>
  mixed(seed ^ 0x9e3779b9) < exploration.share * 2 ** 32

/** How long answers take: the time that half of them, as they weigh now, took at most; between bands' ends on a log scale. */
export const medianAnswerMs = (
  months: Iterable<Month>,
  now: string,
  ranking: Ranking,
): number | undefined => {
  const weightOf = weightOn(now, ranking)
  const bands: number[] = []
  for (const { month, answers } of months)
    answers.forEach((count, band) => {
      bands[band] = (bands[band] ?? 0) + countOf(count) * weightOf(month)
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

/** Fewer answers are no rule. */
const leastAnswers = 5

const answerTimeEnds: readonly (readonly [AnswerTime, string])[] = [
  ['within-hours', 'PT8H'],
  ['within-a-day', 'PT24H'],
  ['within-three-days', 'P3D'],
  ['within-two-weeks', 'P14D'],
]

/** How quickly a partner answers as a rule, as customers are told; null while too little is known. */
export const answerTimeOf = (months: Iterable<Month>, now: string, ranking: Ranking): AnswerTime | null => {
  const known = [...months]
  const answers = known.reduce(
    (sum, month) => sum + month.answers.reduce((all, count) => all + countOf(count), 0),
    0,
  )
  if (answers < leastAnswers) return null
  const median = medianAnswerMs(known, now, ranking)
  if (median === undefined) return null
  return answerTimeEnds.find(([, end]) => median <= milliseconds(end))?.[0] ?? 'later'
}

/** Figures about a partner's own rank in searches, and changes that would improve it. */

import type { ProfileId } from '../../kernel/ids.ts'
import { type Message, messages } from '../../kernel/messages.ts'
import { roundShare } from '../../kernel/round.ts'
import type { Policy, Ranking } from '../../program/contract.ts'
import {
  type Exclusion,
  type LearnedPart,
  learnedParts,
  lostIn,
  type Means,
  type Month,
  medianAnswerMs,
  neutral,
  type Observations,
  type Standing,
  speedPart,
  type VisibilityParts,
  visibilityOf,
  visibilityParts,
  worthOfAnswer,
} from '../../search/index.ts'
import { milliseconds } from '../../time/duration.ts'
import type { Instant } from '../../time/instant.ts'
import { type Lever, leverAdvice, type VisibilityPart, type VisibilityView } from './contract.ts'

/** Data for the insights of a partner. */
export interface Rank {
  readonly profileId: ProfileId
  readonly region: string
  readonly standing: Standing
  readonly quality: number
  readonly months: readonly Month[]
  /** Number of active profiles of the region. */
  readonly partners: number
  /** End of the partner's first days. */
  readonly learningFrom: Instant
  /** Returns the share of the region's partners with a lower visibility, in [0, 1]. */
  readonly quantileOf: (visibility: number) => number
  readonly hidden: Extract<Exclusion, 'paused' | 'full' | 'undeliverable'> | null
}

/**
 * Minimum numbers of partners, so that figures of individual partners stay secret: a quarter is shown only with 8 active
 * partners, an average only with 8 active and 5 observed partners.
 */
const minPartners = 8
const minContributors = 5

/** Returns the averages of the region that a partner may see. */
const visibleMeans = ({ partners, standing: { means, contributors } }: Rank): Partial<Means> =>
  Object.fromEntries(
    learnedParts.flatMap(part =>
      partners >= minPartners && contributors[part] >= minContributors ? [[part, means[part]]] : [],
    ),
  )

/** Returns the average of a part as it is shown. Like the part itself, that of `speed` depends on the outcome. */
const shownMean = (part: LearnedPart, means: Partial<Means>): number | undefined => {
  if (part !== 'speed') return means[part]
  const { speed, outcome } = means
  return speed === undefined || outcome === undefined ? undefined : speedPart(speed, outcome)
}

/** Rounds to hundredths, so that a partner cannot calculate the figures of other partners. */
const rounded = (share: number): number => Math.round(share * 100) / 100

/**
 * Returns the visibility of a partner for this partner. To protect the figures of other partners, hidden averages are
 * replaced by neutral values and numbers are rounded.
 */
export const viewVisibility = (rank: Rank, policy: Policy, now: Instant): VisibilityView => {
  const { standing, profileId, region, partners, months, hidden, quality, learningFrom } = rank
  const { ranking, version: policyVersion } = policy
  const median = medianAnswerMs(months, now, ranking)
  const means = { ...neutralMeans, ...visibleMeans(rank) }
  const parts = visibilityParts(standing.observations, means, quality, ranking)
  return {
    profileId,
    region,
    partners,
    hidden,
    learningFrom,
    policyVersion,
    visibility: rounded(visibilityOf(parts, ranking)),
    quarter: quarterOf(rank, standing.visibility),
    parts: partsOf(rank, parts, ranking),
    medianAnswerHours: median === undefined ? null : inHours(median),
    answerTime: standing.answerTime,
    newcomer: standing.isNewcomer,
    levers: leversOf(rank, means, { ranking, now }, median),
    asOf: now,
  }
}

const neutralMeans: Means = {
  speed: neutral,
  answerRate: neutral,
  followThrough: neutral,
  outcome: neutral,
  fit: neutral,
}

/** Converts milliseconds to hours, rounded to a quarter of an hour. */
const inHours = (ms: number): number => Math.round(ms / 900_000) / 4

/** Returns the quarter of a visibility: 1 is the best, 4 the lowest; null if the region has too few partners. */
const quarterOf = ({ partners, quantileOf }: Rank, visibility: number): number | null =>
  partners < minPartners ? null : 4 - Math.min(3, Math.floor(quantileOf(visibility) * 4))

const isLearned = (part: VisibilityPart): part is LearnedPart => part !== 'quality'

const partsOf = (
  rank: Rank,
  parts: VisibilityParts,
  { visibility: weights }: Ranking,
): VisibilityView['parts'] => {
  const means = visibleMeans(rank)
  const all = Object.values(weights).reduce((sum, weight) => sum + weight, 0)
  return ([...learnedParts, 'quality'] as const).map(part => {
    const mean = isLearned(part) ? shownMean(part, means) : undefined
    return {
      part,
      value: rounded(parts[part]),
      weight: all > 0 ? roundShare(weights[part] / all) : 0,
      observations: isLearned(part) ? rounded(rank.standing.observations[part].n) : null,
      mean: mean === undefined ? null : rounded(mean),
    }
  })
}

/** A possible improvement of a partner, and the observations that would follow. */
interface LeverChange {
  readonly part: VisibilityPart
  /** Returns the advice for an effect. */
  readonly adviseWith: (effect: EffectParams) => Message
  readonly observations?: Partial<Observations>
  readonly quality?: number
}

/** Parameters of advice: another quarter, or another number. */
type EffectParams =
  | { readonly region: string; readonly from: number; readonly to: number }
  | { readonly visibility: number; readonly raised: number }

const advise = messages(leverAdvice)

/** Target answer times in advice, in hours. */
const goalsInHours = [24, 8, 2] as const

/** Possible improvements by part, with the advice. */
const improvableParts = [
  ['answerRate', 'answer-all'],
  ['followThrough', 'close-deals'],
] as const

/** The weights, and the date on which observations are weighed. */
interface Weighing {
  readonly ranking: Ranking
  readonly now: Instant
}

const changesOf = (rank: Rank, weighing: Weighing, median?: number): LeverChange[] => [
  ...fasterAnswers(rank, weighing.ranking, median),
  ...improvableParts.flatMap(([part, code]): LeverChange[] => {
    const { n, sum } = rank.standing.observations[part]
    const adviseWith = (effect: EffectParams) => advise(code, effect)
    return n > sum ? [{ part, adviseWith, observations: { [part]: { n, sum: n } } }] : []
  }),
  ...fewerLosses(rank, weighing),
  ...(rank.quality < 1 ? [completeProfile(rank)] : []),
]

/** Returns the effect of declining the referrals that were accepted and lost. */
const fewerLosses = ({ standing, months }: Rank, { ranking, now }: Weighing): LeverChange[] => {
  const lost = lostIn(months, now, ranking)
  if (lost === 0) return []
  const without = ({ n, sum }: Observations['fit']) => ({ n: Math.max(sum, n - lost), sum })
  const { outcome, fit } = standing.observations
  return [
    {
      part: 'fit',
      adviseWith: effect => advise('avoid-misfits', effect),
      observations: { outcome: without(outcome), fit: without(fit) },
    },
  ]
}

const completeProfile = ({ region }: Rank): LeverChange => ({
  part: 'quality',
  adviseWith: effect => advise('complete-profile', { ...effect, region }),
  quality: 1,
})

const fasterAnswers = ({ standing }: Rank, ranking: Ranking, median = 0): LeverChange[] => {
  const { speed, answerRate } = standing.observations
  // Only answered referrals would be answered faster. The others stay without an answer.
  const answered = Math.max(0, speed.n - (answerRate.n - answerRate.sum))
  const medianHours = inHours(median)
  return goalsInHours
    .map(goalHours => ({ goalHours, goalMs: goalHours * milliseconds('PT1H') }))
    .filter(({ goalMs }) => median > goalMs)
    .map(({ goalHours, goalMs }) => ({
      part: 'speed',
      adviseWith: effect => advise('answer-faster', { medianHours, goalHours, ...effect }),
      observations: {
        speed: { n: speed.n, sum: Math.max(speed.sum, answered * worthOfAnswer(goalMs, ranking)) },
      },
    }))
}

const leversOf = (rank: Rank, means: Means, weighing: Weighing, median?: number): Lever[] => {
  const { ranking } = weighing
  const { standing, quality: present, region } = rank
  const from = quarterOf(rank, standing.visibility)
  const visibilityWith = ({ observations, quality = present }: Partial<LeverChange>, given: Means) => {
    const parts = visibilityParts({ ...standing.observations, ...observations }, given, quality, ranking)
    return { parts, visibility: visibilityOf(parts, ranking) }
  }
  const now = visibilityWith({}, means).visibility
  return changesOf(rank, weighing, median)
    .map((change): Lever => {
      const { parts, visibility } = visibilityWith(change, means)
      const quarter = quarterOf(rank, visibilityWith(change, standing.means).visibility)
      const { code, params, detail } = change.adviseWith(
        from !== null && quarter !== null && quarter < from
          ? { region, from, to: quarter }
          : { visibility: rounded(now), raised: rounded(visibility) },
      )
      return {
        part: change.part,
        advice: { code, params, detail } as Lever['advice'],
        quarter,
        value: rounded(parts[change.part]),
        visibility: rounded(visibility),
      }
    })
    .filter(({ visibility }) => visibility > rounded(now))
    .toSorted((a, b) => b.visibility - a.visibility)
}

/**
 * Figures about the answers of a partner, counted from the events of referrals. They are sums of integers, so events can be
 * processed in any order, one by one or together.
 */

import type { Event, RequestEvent } from '../../events/contract.ts'
import type { PartnerId } from '../../kernel/ids.ts'
import { type Taxonomy, tagLists } from '../../program/contract.ts'
import { type Affinity, bandOf, type Month, type ReputationEntry } from '../../search/index.ts'
import type { Instant } from '../../time/instant.ts'
import type { LearnedEvent } from './contract.ts'

/** Figures of one event or of several. */
export type ReputationFigures = Pick<ReputationEntry, 'open' | 'months' | 'affinity'>

/** Reasons of the taxonomy. Their properties `neutral` and `misfit` determine how an event is counted. */
type Reasons = Pick<Taxonomy, 'declineReasons' | 'lossReasons'>

/** Data of events that contain request data. */
type RequestData = Event<RequestEvent>['data']

type Counts = Omit<Month, 'month'>
type Count = keyof Omit<Counts, 'answers'>

export const noFigures: ReputationFigures = { open: 0, months: [], affinity: {} }
const noCounts: Counts = {
  answers: [],
  silences: 0,
  fits: 0,
  misfits: 0,
  followed: 0,
  unfollowed: 0,
  won: 0,
  lost: 0,
}
const countNames = Object.keys(noCounts).filter(name => name !== 'answers') as Count[]
const noAffinity: Affinity = { accepted: 0, declined: 0, won: 0, lost: 0 }
const affinityNames = Object.keys(noAffinity) as (keyof Affinity)[]

/** The reputation of a partner without observations. */
export const emptyReputation = (partnerId: PartnerId, region: string): ReputationEntry => ({
  kind: 'reputation',
  partnerId,
  region,
  version: 0,
  ...noFigures,
})

const observed = (instant: Instant, counts: Partial<Counts>): Month[] => [
  { month: instant.slice(0, 7), ...noCounts, ...counts },
]

/** Counts one answer in the band of its answer time, which is measured from receipt even after an extension or reopening. */
const answerInBand = (at: Instant, { receivedAt }: RequestData): number[] => {
  const band = bandOf(Date.parse(at) - Date.parse(receivedAt ?? at))
  return [...Array<number>(band).fill(0), 1]
}

const affinityOf = ({ tags }: RequestData, counts: Partial<Affinity>): ReputationFigures['affinity'] =>
  Object.fromEntries(
    tagLists.flatMap(list =>
      (tags?.[list] ?? []).map(code => [`${list}/${code}`, { ...noAffinity, ...counts }]),
    ),
  )

/** The figures that each type of event contributes. */
const figuresByEvent: {
  readonly [T in LearnedEvent]: (event: Event & { type: T }, reasons: Reasons) => Partial<ReputationFigures>
} = {
  'referral.received': () => ({ open: 1 }),
  'referral.accepted': ({ at, data }) => ({
    months: observed(at, { answers: answerInBand(at, data), fits: 1 }),
    affinity: affinityOf(data, { accepted: 1 }),
  }),
  'referral.declined': ({ at, data }, { declineReasons }) => {
    const { neutral, misfit } = declineReasons.find(({ code }) => code === data.reason) ?? {}
    if (neutral) return { open: -1 }
    return {
      open: -1,
      months: observed(at, { answers: answerInBand(at, data), misfits: misfit ? 1 : 0 }),
      ...(misfit && { affinity: affinityOf(data, { declined: 1 }) }),
    }
  },
  'referral.expired': ({ data: { respondBy } }) => ({
    open: -1,
    months: observed(respondBy, { silences: 1 }),
  }),
  // Subtracts the silence that the expiry has counted.
  'referral.reopened': ({ data: { expiredAt } }) => ({
    open: 1,
    months: observed(expiredAt, { silences: -1 }),
  }),
  'referral.nudge-due': ({ at }) => ({ months: observed(at, { unfollowed: 1 }) }),
  'referral.won': ({ at, data }) => ({
    open: -1,
    months: observed(at, { followed: 1, won: 1 }),
    affinity: affinityOf(data, { won: 1 }),
  }),
  'referral.lost': ({ at, data }, { lossReasons }) => {
    const { misfit } = lossReasons.find(({ code }) => code === data.reason) ?? {}
    return {
      open: -1,
      months: observed(at, { followed: 1, lost: 1, misfits: misfit ? 1 : 0 }),
      affinity: affinityOf(data, { lost: 1 }),
    }
  },
  'referral.withdrawn': () => ({ open: -1 }),
}

/** An event that counts for the reputation of the referral's partner in its region. */
export type CountableEvent = Event<LearnedEvent> & {
  readonly subject: { readonly referral: NonNullable<Event['subject']['referral']> }
}

export const isCountable = (event: Event): event is CountableEvent =>
  event.type in figuresByEvent && event.subject.referral !== undefined

/** @param event an event with its request data, see `CompleteEvents` */
export const figuresOf = (event: CountableEvent, reasons: Reasons): ReputationFigures => {
  const figures = figuresByEvent[event.type] as (event: Event, reasons: Reasons) => Partial<ReputationFigures>
  return { ...noFigures, ...figures(event, reasons) }
}

/**
 * Number of stored months, including the newest. Older months have almost no weight. A dropped month cannot return,
 * because the newest month never decreases, so the order of events does not matter.
 */
const keptMonths = 24

const monthsBefore = (month: string, count: number): string => {
  const date = new Date(`${month}-01T00:00:00.000Z`)
  date.setUTCMonth(date.getUTCMonth() - count)
  return date.toISOString().slice(0, 7)
}

const sumOfAnswers = (a: readonly number[], b: readonly number[]): number[] =>
  Array.from({ length: Math.max(a.length, b.length) }, (_, band) => (a[band] ?? 0) + (b[band] ?? 0))

const sumOf = <T extends string>(names: readonly T[], a: Record<T, number>, b: Record<T, number>) =>
  Object.fromEntries(names.map(name => [name, a[name] + b[name]])) as Record<T, number>

const sumOfMonths = (a: readonly Month[], b: readonly Month[]): Month[] => {
  const months = new Map<string, Month>()
  for (const added of [...a, ...b]) {
    const { month } = added
    const sum = months.get(month) ?? { month, ...noCounts }
    const answers = sumOfAnswers(sum.answers, added.answers)
    months.set(month, { month, answers, ...sumOf(countNames, sum, added) })
  }
  const [newest, ...rest] = [...months.keys()].toSorted().toReversed()
  if (!newest) return []
  const oldest = monthsBefore(newest, keptMonths - 1)
  const kept = [newest, ...rest.filter(month => month >= oldest)].toReversed()
  return kept.flatMap(month => months.get(month) ?? [])
}

const sumOfAffinities = (
  a: ReputationFigures['affinity'],
  b: ReputationFigures['affinity'],
): ReputationFigures['affinity'] => {
  const sums = { ...a }
  for (const [key, counts] of Object.entries(b))
    sums[key] = sumOf(affinityNames, sums[key] ?? noAffinity, counts)
  return sums
}

const sumOfTwo = (a: ReputationFigures, b: ReputationFigures): ReputationFigures => ({
  open: a.open + b.open,
  months: sumOfMonths(a.months, b.months),
  affinity: sumOfAffinities(a.affinity, b.affinity),
})

/**
 * Sums figures. Order and grouping do not matter. A count is negative while the event that it corrects has not been
 * processed yet, such as a reopening before its expiry.
 */
export const sumOfFigures = (figures: readonly ReputationFigures[]): ReputationFigures =>
  figures.reduce(sumOfTwo, noFigures)

/** Adds figures to a reputation, and increases its version by one. */
export const addFigures = (
  reputation: ReputationEntry,
  added: readonly ReputationFigures[],
): ReputationEntry => ({
  ...reputation,
  version: reputation.version + 1,
  ...sumOfFigures([figuresIn(reputation), ...added]),
})

/** Returns the figures of a reputation, without its partner and region. */
export const figuresIn = ({ open, months, affinity }: ReputationEntry): ReputationFigures => ({
  open,
  months,
  affinity,
})

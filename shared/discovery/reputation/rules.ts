/**
 * Lessons from the events of referrals. A lesson is whole numbers that are added to a partner's figures, so that
 * events may come in any order, and one by one or together.
 */

import type { Event, RequestEvent } from '../../events/contract.ts'
import type { PartnerId } from '../../kernel/ids.ts'
import { type Taxonomy, tagLists } from '../../program/contract.ts'
import { type Affinity, bandOf, type Month, type ReputationEntry } from '../../search/index.ts'
import type { Instant } from '../../time/instant.ts'
import type { LearnedEvent } from './contract.ts'

/** Figures that are added up: of one event, of several, or of all. */
export type Lesson = Pick<ReputationEntry, 'open' | 'months' | 'affinity'>

/** The marks of reasons. */
type Reasons = Pick<Taxonomy, 'declineReasons' | 'lossReasons'>

/** The data of events that tell how a partner answered. */
type RequestData = Event<RequestEvent>['data']

type Counts = Omit<Month, 'month'>
type Count = keyof Omit<Counts, 'answers'>

export const noLesson: Lesson = { open: 0, months: [], affinity: {} }
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

/** A partner of whom nothing was learned yet. */
export const untried = (partnerId: PartnerId, region: string): ReputationEntry => ({
  kind: 'reputation',
  partnerId,
  region,
  version: 0,
  ...noLesson,
})

const observed = (instant: Instant, counts: Partial<Counts>): Month[] => [
  { month: instant.slice(0, 7), ...noCounts, ...counts },
]

/** One answer, in the band of the time since the referral was received: more time, and a reopening, change nothing of it. */
const answer = (at: Instant, { receivedAt }: RequestData): number[] => {
  const band = bandOf(Date.parse(at) - Date.parse(receivedAt ?? at))
  return [...Array<number>(band).fill(0), 1]
}

const affinityOf = ({ tags }: RequestData, counts: Partial<Affinity>): Lesson['affinity'] =>
  Object.fromEntries(
    tagLists.flatMap(list =>
      (tags?.[list] ?? []).map(code => [`${list}/${code}`, { ...noAffinity, ...counts }]),
    ),
  )

/** The lesson of each type of event. */
const teachings: {
  readonly [T in LearnedEvent]: (event: Event & { type: T }, reasons: Reasons) => Partial<Lesson>
} = {
  'referral.received': () => ({ open: 1 }),
  'referral.accepted': ({ at, data }) => ({
    months: observed(at, { answers: answer(at, data), fits: 1 }),
    affinity: affinityOf(data, { accepted: 1 }),
  }),
  'referral.declined': ({ at, data }, { declineReasons }) => {
    const { neutral, misfit } = declineReasons.find(({ code }) => code === data.reason) ?? {}
    if (neutral) return { open: -1 }
    return {
      open: -1,
      months: observed(at, { answers: answer(at, data), misfits: misfit ? 1 : 0 }),
      ...(misfit && { affinity: affinityOf(data, { declined: 1 }) }),
    }
  },
  'referral.expired': ({ data: { respondBy } }) => ({
    open: -1,
    months: observed(respondBy, { silences: 1 }),
  }),
  // Takes back the silence that the expiry counted.
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

/** An event that teaches something of a partner in a region. */
export type Teacher = Event<LearnedEvent> & {
  readonly subject: { readonly referral: NonNullable<Event['subject']['referral']> }
}

export const isTeacher = (event: Event): event is Teacher =>
  event.type in teachings && event.subject.referral !== undefined

/** @param event one that is complete */
export const lessonOf = (event: Teacher, reasons: Reasons): Lesson => {
  const teach = teachings[event.type] as (event: Event, reasons: Reasons) => Partial<Lesson>
  return { ...noLesson, ...teach(event, reasons) }
}

/**
 * Number of months that are kept, the newest included. Older ones weigh next to nothing, and a month that is dropped
 * never comes back, since the newest only grows: so it is the same months in whatever order events come.
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
  for (const one of [...a, ...b]) {
    const known = months.get(one.month) ?? { month: one.month, ...noCounts }
    const answers = sumOfAnswers(known.answers, one.answers)
    months.set(one.month, { month: one.month, answers, ...sumOf(countNames, known, one) })
  }
  const [newest, ...rest] = [...months.keys()].toSorted().toReversed()
  if (!newest) return []
  const oldest = monthsBefore(newest, keptMonths - 1)
  const kept = [newest, ...rest.filter(month => month >= oldest)].toReversed()
  return kept.flatMap(month => months.get(month) ?? [])
}

const sumOfAffinities = (a: Lesson['affinity'], b: Lesson['affinity']): Lesson['affinity'] => {
  const sums = { ...a }
  for (const [key, counts] of Object.entries(b))
    sums[key] = sumOf(affinityNames, sums[key] ?? noAffinity, counts)
  return sums
}

const sumOfTwo = (a: Lesson, b: Lesson): Lesson => ({
  open: a.open + b.open,
  months: sumOfMonths(a.months, b.months),
  affinity: sumOfAffinities(a.affinity, b.affinity),
})

/**
 * All lessons as one; in whatever order and grouping, it is the same. A count can be below 0 for as long as what it
 * takes back is still on its way.
 */
export const sumOfLessons = (lessons: readonly Lesson[]): Lesson => lessons.reduce(sumOfTwo, noLesson)

/** Adds lessons to a reputation, and raises its version by one. */
export const learn = (reputation: ReputationEntry, lessons: readonly Lesson[]): ReputationEntry => ({
  ...reputation,
  version: reputation.version + 1,
  ...sumOfLessons([lessonIn(reputation), ...lessons]),
})

/** The figures of a reputation, without its partner and region. */
export const lessonIn = ({ open, months, affinity }: ReputationEntry): Lesson => ({ open, months, affinity })

/**
 * Figures about the answers of a partner, counted from the events of referrals. They are sums of integers, so events can be
 * processed in any order, one by one or together.
 */

import { type Event, lacksRequest, type RequestEvent } from '../../events/contract.ts'
import type { PartnerId } from '../../kernel/ids.ts'
import { tagLists } from '../../program/contract.ts'
import { type Affinity, bandOf, type Month, type ReputationEntry } from '../../search/index.ts'
import type { Instant } from '../../time/instant.ts'
import type { LearnedEvent } from './contract.ts'

/** Figures of one event or of several. */
export type ReputationFigures = Pick<ReputationEntry, 'open' | 'months' | 'affinity'>

/** Data of events that contain request data. */
type RequestData = Pick<Event<RequestEvent>['data'], 'receivedAt' | 'tags'>

type Counts = Omit<Month, 'month'>
type Count = keyof Omit<Counts, 'answers'>

export const noFigures: ReputationFigures = { open: 0, months: [], affinity: {} }
const noCounts: Counts = {
  answers: [],
  earlyAnswers: 0,
  silences: 0,
  accepted: 0,
  won: 0,
  deniedWins: 0,
  lost: 0,
  unfollowed: 0,
}
const countNames = Object.keys(noCounts).filter(name => name !== 'answers') as Count[]
const noAffinity: Affinity = { won: 0 }
const affinityNames = ['won'] as const satisfies (keyof Affinity)[]

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

/** Returns the band of an answer time, which is measured from receipt even after an extension or reopening. */
const answerInBand = (at: Instant, receivedAt: Instant): number[] => {
  const band = bandOf(Date.parse(at) - Date.parse(receivedAt))
  return [...Array<number>(band).fill(0), 1]
}

const affinityOf = ({ tags }: RequestData, counts: Affinity): ReputationFigures['affinity'] =>
  Object.fromEntries(tagLists.flatMap(list => (tags?.[list] ?? []).map(code => [`${list}/${code}`, counts])))

/** An instant, and the time from which everything counts for the partner. */
interface Learning {
  readonly at: Instant
  readonly learningFrom: Instant
}

/**
 * Counts an answer in the month of the receipt, so that the same referral weighs the same however it was answered. In the
 * partner's first days its time does not count, because a slow answer would lower the speed.
 */
const answered = (data: RequestData, { at, learningFrom }: Learning): Partial<Counts> =>
  isEarly(data, { at, learningFrom })
    ? { earlyAnswers: 1 }
    : { answers: answerInBand(at, data.receivedAt ?? at) }

const isEarly = ({ receivedAt }: RequestData, { at, learningFrom }: Learning): boolean =>
  (receivedAt ?? at) < learningFrom

const counted = (data: RequestData, { at }: Learning, counts: Partial<Counts>): Month[] =>
  observed(data.receivedAt ?? at, counts)

/** Counts wins, also for the codes of their needs. */
const wins = (data: RequestData, learning: Learning, counts: Partial<Counts> & Affinity) => ({
  months: counted(data, learning, counts),
  affinity: affinityOf(data, { won: counts.won }),
})

/** Counts an acceptance as not won. In the partner's first days only wins count. */
const accepted = (data: RequestData, learning: Learning): Partial<ReputationFigures> => ({
  months: counted(data, learning, {
    ...answered(data, learning),
    accepted: isEarly(data, learning) ? 0 : 1,
  }),
})

const declined = (data: RequestData, learning: Learning): Partial<ReputationFigures> => ({
  open: -1,
  months: counted(data, learning, answered(data, learning)),
})

/** Takes back the deal of an acceptance. The answer still counts. */
const withoutDeal = (data: RequestData, learning: Learning): Partial<ReputationFigures> =>
  isEarly(data, learning) ? {} : { months: counted(data, learning, { accepted: -1 }) }

/** Counts a win. In the partner's first days its acceptance was not counted, and is counted now. */
const won = (data: RequestData, learning: Learning): Partial<ReputationFigures> => ({
  open: -1,
  ...wins(data, learning, { won: 1, accepted: isEarly(data, learning) ? 1 : 0 }),
})

const lost = (data: RequestData, learning: Learning): Partial<ReputationFigures> => ({
  open: -1,
  ...(!isEarly(data, learning) && { months: counted(data, learning, { lost: 1 }) }),
})

/** Takes a win back, so that the referral counts as a lost one: accepted, or in the partner's first days nothing. */
const takenBackWin = (data: RequestData, learning: Learning): Partial<ReputationFigures> =>
  wins(data, learning, { won: -1, accepted: isEarly(data, learning) ? -1 : 0 })

/** Counts a false report, except in the partner's first days. */
const falseReport = (data: RequestData, learning: Learning): Partial<ReputationFigures> =>
  isEarly(data, learning) ? {} : { months: counted(data, learning, { deniedWins: 1 }) }

/** Takes a win back and counts a false report. */
const deniedWin = (data: RequestData, learning: Learning): Partial<ReputationFigures> =>
  wins(data, learning, isEarly(data, learning) ? { won: -1, accepted: -1 } : { won: -1, deniedWins: 1 })

/** The figures of a win that the choice of the customer has changed. */
const changedWin = {
  'taken-back': takenBackWin,
  restored: (data: RequestData, learning: Learning) => negative(takenBackWin(data, learning)),
} as const

/** The figures of answers that can be undone. */
const undoable = { declined, won, lost } as const

/**
 * The figures that each type of event contributes. The reasons of declines and losses do not matter, so that no reason is
 * better for the partner than the true one.
 */
const figuresByEvent: {
  readonly [T in LearnedEvent]: (
    event: Event & { type: T },
    learningFrom: Instant,
  ) => Partial<ReputationFigures>
} = {
  'referral.received': () => ({ open: 1 }),
  'referral.accepted': ({ at, data }, learningFrom) => accepted(data, { at, learningFrom }),
  'referral.declined': ({ at, data }, learningFrom) =>
    data.neutral ? { open: -1 } : declined(data, { at, learningFrom }),
  'referral.expired': ({ data: { respondBy, neutral } }, learningFrom) =>
    neutral ? { open: -1 } : { open: -1, ...silence(respondBy, learningFrom, 1) },
  // Subtracts the silence that the expiry has counted.
  'referral.reopened': ({ data: { expiredAt, neutral } }, learningFrom) =>
    neutral ? { open: 1 } : { open: 1, ...silence(expiredAt, learningFrom, -1) },
  'referral.nudge-due': ({ at }, learningFrom) =>
    at < learningFrom ? {} : { months: observed(at, { unfollowed: 1 }) },
  'referral.won': ({ at, data }, learningFrom) =>
    data.takenBack ? { open: -1 } : won(data, { at, learningFrom }),
  'referral.lost': ({ at, data }, learningFrom) => lost(data, { at, learningFrom }),
  'referral.answer-undone': ({ data }, learningFrom) =>
    negative(
      data.neutral || data.takenBack
        ? { open: -1 }
        : undoable[data.undone](data, { at: data.answeredAt, learningFrom }),
    ),
  'referral.choice-noted': ({ at, data }, learningFrom) =>
    data.win ? changedWin[data.win](data, { at, learningFrom }) : {},
  'referral.win-denied': ({ at, data }, learningFrom) =>
    (data.takenBack ? falseReport : deniedWin)(data, { at, learningFrom }),
  'referral.win-confirmed': ({ at, data }, learningFrom) => negative(deniedWin(data, { at, learningFrom })),
  // The denied win stays a false report. The next end of the deal counts again.
  'referral.resumed': () => ({ open: 1 }),
  'referral.superseded': () => ({ open: -1 }),
  'referral.reinstated': () => ({ open: 1 }),
  'referral.withdrawn': ({ at, data }, learningFrom) => ({
    ...(data.accepted && withoutDeal(data, { at, learningFrom })),
    open: -1,
  }),
}

const silence = (respondBy: Instant, learningFrom: Instant, silences: number): Partial<ReputationFigures> =>
  respondBy < learningFrom ? {} : { months: observed(respondBy, { silences }) }

/** Returns figures that cancel the given ones. */
const negative = ({
  open = 0,
  months = [],
  affinity = {},
}: Partial<ReputationFigures>): ReputationFigures => ({
  open: 0 - open,
  months: months.map(({ month, answers, ...counts }) => ({
    month,
    answers: answers.map(count => 0 - count),
    ...negated(countNames, counts),
  })),
  affinity: Object.fromEntries(
    Object.entries(affinity).map(([code, counts]) => [code, negated(affinityNames, counts)]),
  ),
})

const negated = <T extends string>(names: readonly T[], counts: Record<T, number>): Record<T, number> =>
  Object.fromEntries(names.map(name => [name, 0 - counts[name]])) as Record<T, number>

/** An event that counts for the reputation of the referral's partner in its region. */
export type CountableEvent = Event<LearnedEvent> & {
  readonly subject: { readonly referral: NonNullable<Event['subject']['referral']> }
}

export const isCountable = (event: Event): event is CountableEvent =>
  event.type in figuresByEvent && event.subject.referral !== undefined

/**
 * Tests for an event that could not be completed. Without its request data, a withdrawal still counts one open referral less.
 */
export const isIncomplete = (event: CountableEvent): boolean =>
  lacksRequest(event) && event.type !== 'referral.withdrawn'

/**
 * @param event an event with its request data, see `CompleteEvents`
 * @param learningFrom the end of the first days of the partner's profile: what it received before counts only if it is good
 */
export const figuresOf = (event: CountableEvent, learningFrom: Instant): ReputationFigures => {
  const figures = figuresByEvent[event.type] as (
    event: Event,
    learningFrom: Instant,
  ) => Partial<ReputationFigures>
  return { ...noFigures, ...figures(event, learningFrom) }
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

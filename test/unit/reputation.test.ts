import { describe, expect, it } from 'vitest'
import { type LearnedEvent, learnedEvents } from '../../shared/discovery/reputation/contract.ts'
import { differences } from '../../shared/discovery/reputation/recount.ts'
import {
  addFigures,
  type CountableEvent,
  emptyReputation,
  figuresOf,
  isCountable,
  type ReputationFigures,
  sumOfFigures,
} from '../../shared/discovery/reputation/rules.ts'
import {
  countedMarkKey,
  putCountedMark,
  putReputation,
  readReputation,
} from '../../shared/discovery/reputation/store.ts'
import type { Event } from '../../shared/events/contract.ts'
import { asPartnerId } from '../../shared/kernel/ids.ts'
import { readEntry } from '../../shared/partners/listing/store.ts'
import { readLearningFrom } from '../../shared/partners/profile/store.ts'
import { type Affinity, bandOf, type Month } from '../../shared/search/index.ts'
import { type Instant, instantOf } from '../../shared/time/instant.ts'
import { month } from '../fixtures/search.ts'

const minute = 60_000
const day = 24 * 60 * minute
const receivedAt: Instant = '2026-03-31T23:00:00.000Z'
const later = (ms: number) => instantOf(new Date(Date.parse(receivedAt) + ms))

const tags = { industries: ['retail'], products: ['crm', 'erp'], services: [], solutions: [] }
/** The facts about the request that events contain. */
const request = { receivedAt, tags }

const eventOf = <T extends LearnedEvent>(type: T, data: (Event & { type: T })['data'], at = later(day)) =>
  ({
    id: 'ref_1.2',
    type,
    at,
    version: 2,
    data,
    actor: { kind: 'partner' },
    subject: {
      rfiId: 'rfi_1',
      referral: { id: 'ref_1', partnerId: 'ptr_1', region: 'DE', locationId: 'main' },
    },
  }) as CountableEvent

const receivedInFirstDays: Instant = later(20 * day)
const figuresFrom = (event: CountableEvent, learningFrom: Instant = receivedAt) =>
  figuresOf(event, learningFrom)

const monthOf = (name: string, counts: Partial<Month>): Month => month({ month: name, ...counts })
const affinityOfTags = (counts: Partial<Affinity>) => {
  const affinity = { won: 0, ...counts }
  return { 'industries/retail': affinity, 'products/crm': affinity, 'products/erp': affinity }
}
/** Answered one day after receipt. The eighth band ends at 32 hours. */
const oneAnswerAfterADay = [0, 0, 0, 0, 0, 0, 0, 1]

const money = { amount: 1000, currency: 'EUR' }
const noFigures: ReputationFigures = { open: 0, months: [], affinity: {} }

describe('figuresOf', () => {
  const answered = { answers: oneAnswerAfterADay }
  const expiry = { respondBy: '2026-04-30T23:59:59.000Z', neutral: false } as const
  const reopening = {
    respondBy: '2026-05-03T00:00:00.000Z',
    expiredAt: '2026-04-30T23:59:59.000Z',
    neutral: false,
  } as const
  const acceptance = {
    estimatedValue: money,
    estimatedCloseDate: '2026-06-01',
    estimated: 'given',
    ...request,
  } as const
  const decline = { reason: 'no-capacity', neutral: false, ...request }
  const closing = { value: null, closedOn: '2026-04-01', ...request }
  const reported = { wonAt: later(day), ...request }
  const undone = { answeredAt: later(day), reason: null, neutral: false, ...request }
  const rows: {
    name: string
    event: CountableEvent
    expected: Partial<ReputationFigures>
    /** Figures in the partner's first days. */
    early?: Partial<ReputationFigures>
  }[] = [
    {
      name: 'received: counts an open referral',
      event: eventOf('referral.received', {
        channel: 'search',
        respondBy: later(14 * day),
        urgentUntil: null,
      }),
      expected: { open: 1 },
    },
    {
      name: 'accepted: counts the answer time and a deal, in the month of the receipt',
      event: eventOf('referral.accepted', acceptance),
      expected: {
        months: [monthOf('2026-03', { ...answered, accepted: 1 })],
      },
      early: { months: [monthOf('2026-03', { earlyAnswers: 1 })] },
    },
    {
      name: 'declined: counts the answer time',
      event: eventOf('referral.declined', decline),
      expected: { open: -1, months: [monthOf('2026-03', answered)] },
      early: { open: -1, months: [monthOf('2026-03', { earlyAnswers: 1 })] },
    },
    {
      name: 'declined with a reason that the taxonomy marks: counts the same',
      event: eventOf('referral.declined', { ...decline, reason: 'spam' }),
      expected: { open: -1, months: [monthOf('2026-03', answered)] },
      early: { open: -1, months: [monthOf('2026-03', { earlyAnswers: 1 })] },
    },
    {
      name: 'declined because the customer is known to be unreachable: counts only the closed referral',
      event: eventOf('referral.declined', { ...decline, neutral: true }),
      expected: { open: -1 },
    },
    {
      name: 'expired: counts a missing answer in the month of the deadline',
      event: eventOf('referral.expired', expiry, '2026-05-01T00:01:00.000Z'),
      expected: { open: -1, months: [monthOf('2026-04', { silences: 1 })] },
    },
    {
      name: 'expired in the first days: counts only the closed referral',
      event: eventOf('referral.expired', { respondBy: later(14 * day), neutral: false }),
      expected: { open: -1, months: [monthOf('2026-04', { silences: 1 })] },
      early: { open: -1 },
    },
    {
      name: 'expired during a question to the customer: counts only the closed referral',
      event: eventOf('referral.expired', { ...expiry, neutral: true }),
      expected: { open: -1 },
    },
    {
      name: 'reopened: takes back the missing answer',
      event: eventOf('referral.reopened', reopening, '2026-05-01T08:00:00.000Z'),
      expected: { open: 1, months: [monthOf('2026-04', { silences: -1 })] },
    },
    {
      name: 'reopened after an expiry that did not count: counts only the open referral',
      event: eventOf('referral.reopened', { ...reopening, neutral: true }),
      expected: { open: 1 },
    },
    {
      name: 'nudge due: counts an unreported outcome',
      event: eventOf('referral.nudge-due', { estimatedCloseDate: '2026-03-30' }),
      expected: { months: [monthOf('2026-04', { unfollowed: 1 })] },
      early: {},
    },
    {
      name: 'won: counts a win, and in the first days the deal too',
      event: eventOf('referral.won', closing),
      expected: { open: -1, months: [monthOf('2026-03', { won: 1 })], affinity: affinityOfTags({ won: 1 }) },
      early: {
        open: -1,
        months: [monthOf('2026-03', { won: 1, accepted: 1 })],
        affinity: affinityOfTags({ won: 1 }),
      },
    },
    {
      name: 'lost: counts a loss for advice, and changes no other count',
      event: eventOf('referral.lost', { reason: 'requirements-not-met', ...closing }),
      expected: { open: -1, months: [monthOf('2026-03', { lost: 1 })] },
      early: { open: -1 },
    },
    {
      name: 'answer undone: subtracts what the answer has counted',
      event: eventOf('referral.answer-undone', { undone: 'declined', ...undone }),
      expected: { open: 1, months: [monthOf('2026-03', { answers: [0, 0, 0, 0, 0, 0, 0, -1] })] },
      early: { open: 1, months: [monthOf('2026-03', { earlyAnswers: -1 })] },
    },
    {
      name: 'neutral answer undone: counts only the open referral',
      event: eventOf('referral.answer-undone', { undone: 'declined', ...undone, neutral: true }),
      expected: { open: 1 },
    },
    {
      name: 'won after another choice of the customer: counts only the closed referral',
      event: eventOf('referral.won', { ...closing, takenBack: true }),
      expected: { open: -1 },
    },
    {
      name: 'choice noted that takes a win back: subtracts the win',
      event: eventOf('referral.choice-noted', { choice: 'other', win: 'taken-back', ...reported }),
      expected: { months: [monthOf('2026-03', { won: -1 })], affinity: affinityOfTags({ won: -1 }) },
      early: {
        months: [monthOf('2026-03', { won: -1, accepted: -1 })],
        affinity: affinityOfTags({ won: -1 }),
      },
    },
    {
      name: 'choice noted that restores a win: adds the win',
      event: eventOf('referral.choice-noted', { choice: 'this', win: 'restored', ...reported }),
      expected: { months: [monthOf('2026-03', { won: 1 })], affinity: affinityOfTags({ won: 1 }) },
      early: {
        months: [monthOf('2026-03', { won: 1, accepted: 1 })],
        affinity: affinityOfTags({ won: 1 }),
      },
    },
    {
      name: 'choice noted without an effect on a win, or stored before the effect was: counts nothing',
      event: eventOf('referral.choice-noted', { choice: 'other' }),
      expected: {},
    },
    {
      name: 'win denied that was taken back: counts only the false report',
      event: eventOf('referral.win-denied', { ...reported, takenBack: true }),
      expected: { months: [monthOf('2026-03', { deniedWins: 1 })] },
      early: {},
    },
    {
      name: 'win undone that was taken back: counts only the open referral',
      event: eventOf('referral.answer-undone', { undone: 'won', ...undone, takenBack: true }),
      expected: { open: 1 },
    },
    {
      name: 'win denied: takes the win back and counts a false report',
      event: eventOf('referral.win-denied', { wonAt: later(day), ...request }),
      expected: {
        months: [monthOf('2026-03', { won: -1, deniedWins: 1 })],
        affinity: affinityOfTags({ won: -1 }),
      },
      early: {
        months: [monthOf('2026-03', { won: -1, accepted: -1 })],
        affinity: affinityOfTags({ won: -1 }),
      },
    },
    {
      name: 'win confirmed: reverses the denial',
      event: eventOf('referral.win-confirmed', { wonAt: later(day), ...request }),
      expected: {
        months: [monthOf('2026-03', { won: 1, deniedWins: -1 })],
        affinity: affinityOfTags({ won: 1 }),
      },
      early: {
        months: [monthOf('2026-03', { won: 1, accepted: 1 })],
        affinity: affinityOfTags({ won: 1 }),
      },
    },
    {
      name: 'resumed: counts one open referral more, and keeps the false report',
      event: eventOf('referral.resumed', {}),
      expected: { open: 1 },
    },
    {
      name: 'superseded: counts one open referral less',
      event: eventOf('referral.superseded', {}),
      expected: { open: -1 },
    },
    {
      name: 'reinstated: counts one open referral more',
      event: eventOf('referral.reinstated', { respondBy: later(14 * day) }),
      expected: { open: 1 },
    },
    {
      name: 'withdrawn before an answer: counts one open referral less',
      event: eventOf('referral.withdrawn', { accepted: false, ...request }),
      expected: { open: -1 },
    },
    {
      name: 'withdrawn after an acceptance: takes back the deal',
      event: eventOf('referral.withdrawn', { accepted: true, ...request }),
      expected: {
        open: -1,
        months: [monthOf('2026-03', { accepted: -1 })],
      },
      early: { open: -1 },
    },
  ]

  it.each(rows)('$name', ({ event, expected }) => {
    expect(figuresFrom(event)).toEqual({ ...noFigures, ...expected })
  })

  it.each(rows)('$name (in the first days)', ({ event, expected, early = expected }) => {
    expect(figuresFrom(event, receivedInFirstDays)).toEqual({ ...noFigures, ...early })
  })

  it('covers exactly the learned event types', () => {
    expect(new Set(rows.map(({ event }) => event.type))).toEqual(new Set(learnedEvents))
    const { subject, ...event } = eventOf('referral.superseded', {})
    expect(isCountable({ ...event, subject })).toBe(true)
    expect(isCountable({ ...event, subject, type: 'referral.extended' } as Event)).toBe(false)
    expect(isCountable({ ...event, subject: {} } as Event)).toBe(false)
  })
})

it('bandOf returns bands of answer times, each twice as long as the one before', () => {
  const bands = [0, 15, 15.001, 30, 31, 60, 24 * 60, 14 * 24 * 60].map(minutes => bandOf(minutes * minute))
  expect(bands).toEqual([0, 0, 1, 1, 2, 2, 7, 11])
})

it('figuresOf measures the answer time after a reopening from the receipt of the referral', () => {
  const figures = [
    eventOf('referral.expired', { respondBy: later(14 * day), neutral: false }, later(14 * day)),
    eventOf(
      'referral.reopened',
      { expiredAt: later(14 * day), respondBy: later(17 * day), neutral: false },
      later(15 * day),
    ),
    eventOf('referral.declined', { reason: 'no-capacity', neutral: false, ...request }, later(16 * day)),
  ].map(event => figuresFrom(event))
  const { open, months } = sumOfFigures(figures)
  expect(open).toBe(-1)
  expect(months).toEqual([monthOf('2026-03', { answers: [...Array(11).fill(0), 1] }), monthOf('2026-04', {})])
})

it('sumOfFigures keeps 24 months up to the newest one', () => {
  const silence = (instant: Instant) =>
    figuresOf(eventOf('referral.expired', { respondBy: instant, neutral: false }, instant), instant)
  const { months } = sumOfFigures(
    (['2024-04-30T23:59:59.000Z', '2024-05-01T00:00:00.000Z', '2026-04-01T00:00:00.000Z'] as const).map(
      silence,
    ),
  )
  expect(months.map(({ month }) => month)).toEqual(['2024-05', '2026-04'])
})

describe('the reputation of a partner', () => {
  const known = addFigures(emptyReputation(asPartnerId('ptr_1'), 'DE'), [
    figuresFrom(eventOf('referral.expired', { respondBy: '2026-04-14T00:00:00.000Z', neutral: false })),
  ])

  it('is stored as search reads it, on condition of the previous version', () => {
    const { put, when } = putReputation(known, undefined, receivedAt)
    expect(put).toMatchObject({ pk: 'REPUTATION#ptr_1', sk: 'REPUTATION#DE', version: 1 })
    expect(readEntry(put)).toEqual(known)
    expect(put.directorySk).toBe(`${receivedAt}#ptr_1#reputation`)
    expect(when).toEqual({ pk: 'absent' })
    expect(putReputation(addFigures(known, []), undefined, receivedAt).when).toEqual({ version: 1 })
    expect(readReputation(put, asPartnerId('ptr_1'), 'DE')).toEqual(known)
  })

  it('is empty for a partner without observations', () => {
    expect(readReputation(undefined, asPartnerId('ptr_1'), 'DE')).toEqual({
      kind: 'reputation',
      partnerId: 'ptr_1',
      region: 'DE',
      version: 0,
      ...noFigures,
    })
  })

  it('is compared with the counts of all events, figure by figure', () => {
    const counted = sumOfFigures([
      figuresFrom(eventOf('referral.expired', { respondBy: '2026-04-14T00:00:00.000Z', neutral: false })),
    ])
    expect(differences({ item: undefined, known, counted, pending: [] })).toEqual([])
    expect(differences({ item: undefined, known, counted: noFigures, pending: [] })).toContain(
      'months/2026-04/silences: 1 stored, nothing counted',
    )
  })
})

it('the mark of a learned event is stored for sixty days, outside of the timeline', () => {
  const event = eventOf('referral.superseded', {})
  expect(countedMarkKey(event)).toEqual({ pk: 'REPUTATION#ptr_1', sk: 'LESSON#ref_1.2' })
  expect(putCountedMark(event)).toEqual({
    put: { ...countedMarkKey(event), entity: 'lesson', ttl: Date.parse(later(61 * day)) / 1000 },
    when: { pk: 'absent' },
  })
})

describe('the first days of a partner', () => {
  const profile = { pk: 'LISTING#ptr_1', sk: 'PROFILE#DE', entity: 'profile', version: 7 }

  it('end at the stored time', () => {
    const item = { ...profile, createdAt: receivedAt, learningFrom: later(45 * day) }
    expect(readLearningFrom(item)).toBe(later(45 * day))
  })

  it('end 30 days after the creation of a profile that an earlier version of the program activated', () => {
    expect(readLearningFrom({ ...profile, createdAt: receivedAt })).toBe(later(30 * day))
  })

  it('are over for a partner whose profile is gone', () => {
    expect(readLearningFrom(undefined) < receivedAt).toBe(true)
  })
})

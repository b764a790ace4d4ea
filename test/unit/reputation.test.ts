import { describe, expect, it } from 'vitest'
import { type LearnedEvent, learnedEvents } from '../../shared/discovery/reputation/contract.ts'
import { differences } from '../../shared/discovery/reputation/recount.ts'
import {
  addFigures,
  emptyReputation,
  figuresOf,
  isLearnable,
  type LearnableEvent,
  type ReputationFigures,
  sumOfFigures,
} from '../../shared/discovery/reputation/rules.ts'
import {
  learnedMarkKey,
  putLearnedMark,
  putReputation,
  readReputation,
} from '../../shared/discovery/reputation/store.ts'
import type { Event } from '../../shared/events/contract.ts'
import { asPartnerId } from '../../shared/kernel/ids.ts'
import { readEntry } from '../../shared/partners/listing/store.ts'
import { type Affinity, bandOf, type Month } from '../../shared/search/index.ts'
import { type Instant, instantOf } from '../../shared/time/instant.ts'
import { month } from '../fixtures/search.ts'

const minute = 60_000
const day = 24 * 60 * minute
const receivedAt: Instant = '2026-03-31T23:00:00.000Z'
const later = (ms: number) => instantOf(new Date(Date.parse(receivedAt) + ms))

const taxonomy = {
  declineReasons: [
    { code: 'no-capacity', label: 'No capacity' },
    { code: 'not-our-field', label: 'Not our field', misfit: true },
    { code: 'spam', label: 'Spam', neutral: true },
  ],
  lossReasons: [
    { code: 'competitor', label: 'Competitor' },
    { code: 'requirements-not-met', label: 'Requirements not met', misfit: true },
  ],
}
const tags = { industries: ['retail'], products: ['crm', 'erp'], services: [], solutions: [] }
/** The facts that events carry of the request. */
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
  }) as LearnableEvent

const taught = (event: LearnableEvent) => figuresOf(event, taxonomy)

const monthOf = (name: string, counts: Partial<Month>): Month => month({ month: name, ...counts })
const ofEach = (counts: Partial<Affinity>) => {
  const affinity = { accepted: 0, declined: 0, won: 0, lost: 0, ...counts }
  return { 'industries/retail': affinity, 'products/crm': affinity, 'products/erp': affinity }
}
/** A day after it was received: the eighth band ends at 32 hours. */
const afterADay = [0, 0, 0, 0, 0, 0, 0, 1]

const money = { amount: 1000, currency: 'EUR' }
const nothing: ReputationFigures = { open: 0, months: [], affinity: {} }

describe('an event teaches', () => {
  const rows: { teaches: string; event: LearnableEvent; lesson: Partial<ReputationFigures> }[] = [
    {
      teaches: 'received: one more is open',
      event: eventOf('referral.received', {
        channel: 'search',
        respondBy: later(14 * day),
        urgentUntil: null,
      }),
      lesson: { open: 1 },
    },
    {
      teaches: 'accepted: how soon it was answered, and that it fits',
      event: eventOf('referral.accepted', {
        estimatedValue: money,
        estimatedCloseDate: '2026-06-01',
        ...request,
      }),
      lesson: {
        months: [monthOf('2026-04', { answers: afterADay, fits: 1 })],
        affinity: ofEach({ accepted: 1 }),
      },
    },
    {
      teaches: 'declined: how soon it was answered',
      event: eventOf('referral.declined', { reason: 'no-capacity', ...request }),
      lesson: { open: -1, months: [monthOf('2026-04', { answers: afterADay })] },
    },
    {
      teaches: 'declined because it is no fit: that too',
      event: eventOf('referral.declined', { reason: 'not-our-field', ...request }),
      lesson: {
        open: -1,
        months: [monthOf('2026-04', { answers: afterADay, misfits: 1 })],
        affinity: ofEach({ declined: 1 }),
      },
    },
    {
      teaches: 'declined for a reason that says nothing of the partner: neither for nor against it',
      event: eventOf('referral.declined', { reason: 'spam', ...request }),
      lesson: { open: -1 },
    },
    {
      teaches: 'expired: a silence, of the month in which it should have been answered',
      event: eventOf(
        'referral.expired',
        { respondBy: '2026-04-30T23:59:59.000Z' },
        '2026-05-01T00:01:00.000Z',
      ),
      lesson: { open: -1, months: [monthOf('2026-04', { silences: 1 })] },
    },
    {
      teaches: 'reopened: that it was no silence',
      event: eventOf(
        'referral.reopened',
        { respondBy: '2026-05-03T00:00:00.000Z', expiredAt: '2026-04-30T23:59:59.000Z' },
        '2026-05-01T08:00:00.000Z',
      ),
      lesson: { open: 1, months: [monthOf('2026-04', { silences: -1 })] },
    },
    {
      teaches: 'nudge due: that its end was not reported',
      event: eventOf('referral.nudge-due', { estimatedCloseDate: '2026-03-30' }),
      lesson: { months: [monthOf('2026-04', { unfollowed: 1 })] },
    },
    {
      teaches: 'won',
      event: eventOf('referral.won', { value: money, closedOn: '2026-04-01', ...request }),
      lesson: {
        open: -1,
        months: [monthOf('2026-04', { followed: 1, won: 1 })],
        affinity: ofEach({ won: 1 }),
      },
    },
    {
      teaches: 'lost',
      event: eventOf('referral.lost', {
        reason: 'competitor',
        value: null,
        closedOn: '2026-04-01',
        ...request,
      }),
      lesson: {
        open: -1,
        months: [monthOf('2026-04', { followed: 1, lost: 1 })],
        affinity: ofEach({ lost: 1 }),
      },
    },
    {
      teaches: 'lost because it was no fit: that too',
      event: eventOf('referral.lost', {
        reason: 'requirements-not-met',
        value: null,
        closedOn: '2026-04-01',
        ...request,
      }),
      lesson: {
        open: -1,
        months: [monthOf('2026-04', { followed: 1, lost: 1, misfits: 1 })],
        affinity: ofEach({ lost: 1 }),
      },
    },
    {
      teaches: 'withdrawn: one less is open',
      event: eventOf('referral.withdrawn', {}),
      lesson: { open: -1 },
    },
  ]

  it.each(rows)('$teaches', ({ event, lesson }) => {
    expect(taught(event)).toEqual({ ...nothing, ...lesson })
  })

  it('if it is one of those that the worker hears of, and no other', () => {
    expect(new Set(rows.map(({ event }) => event.type))).toEqual(new Set(learnedEvents))
    const { subject, ...event } = eventOf('referral.withdrawn', {})
    expect(isLearnable({ ...event, subject })).toBe(true)
    expect(isLearnable({ ...event, subject, type: 'referral.extended' } as Event)).toBe(false)
    expect(isLearnable({ ...event, subject: {} } as Event)).toBe(false)
  })
})

it('an answer is in the band of the time that it took, each twice as long as the one before', () => {
  const bands = [0, 15, 15.001, 30, 31, 60, 24 * 60, 14 * 24 * 60].map(minutes => bandOf(minutes * minute))
  expect(bands).toEqual([0, 0, 1, 1, 2, 2, 7, 11])
})

it('an answer after a reopening took as long as it took since the referral was received', () => {
  const lessons = [
    eventOf('referral.expired', { respondBy: later(14 * day) }, later(14 * day)),
    eventOf('referral.reopened', { expiredAt: later(14 * day), respondBy: later(17 * day) }, later(15 * day)),
    eventOf('referral.declined', { reason: 'no-capacity', ...request }, later(16 * day)),
  ].map(taught)
  const { open, months } = sumOfFigures(lessons)
  expect(open).toBe(-1)
  expect(months).toEqual([monthOf('2026-04', { answers: [...Array(11).fill(0), 1] })])
})

it('two years are kept, the newest month among them', () => {
  const silence = (instant: Instant) => taught(eventOf('referral.expired', { respondBy: instant }))
  const { months } = sumOfFigures(
    (['2024-04-30T23:59:59.000Z', '2024-05-01T00:00:00.000Z', '2026-04-01T00:00:00.000Z'] as const).map(
      silence,
    ),
  )
  expect(months.map(({ month }) => month)).toEqual(['2024-05', '2026-04'])
})

describe('what is known of a partner', () => {
  const known = addFigures(emptyReputation(asPartnerId('ptr_1'), 'DE'), [
    taught(eventOf('referral.expired', { respondBy: '2026-04-14T00:00:00.000Z' })),
  ])

  it('stands in the table as search reads it, made on the version before', () => {
    const { put, when } = putReputation(known, receivedAt)
    expect(put).toMatchObject({ pk: 'REPUTATION#ptr_1', sk: 'REPUTATION#DE', version: 1 })
    expect(readEntry(put)).toEqual(known)
    expect(put.directorySk).toBe(`${receivedAt}#ptr_1#reputation`)
    expect(when).toEqual({ pk: 'absent' })
    expect(putReputation(addFigures(known, []), receivedAt).when).toEqual({ version: 1 })
    expect(readReputation(put, asPartnerId('ptr_1'), 'DE')).toEqual(known)
  })

  it('is nothing, of one of whom nothing was learned', () => {
    expect(readReputation(undefined, asPartnerId('ptr_1'), 'DE')).toEqual({
      kind: 'reputation',
      partnerId: 'ptr_1',
      region: 'DE',
      version: 0,
      ...nothing,
    })
  })

  it('is held against what the events say, figure by figure', () => {
    const counted = sumOfFigures([
      taught(eventOf('referral.expired', { respondBy: '2026-04-14T00:00:00.000Z' })),
    ])
    expect(differences({ known, counted, pending: [] })).toEqual([])
    expect(differences({ known, counted: nothing, pending: [] })).toContain(
      'months/2026-04/silences: 1 stored, nothing counted',
    )
  })
})

it('that an event was learned from is kept for sixty days, where no timeline reads', () => {
  const event = eventOf('referral.withdrawn', {})
  expect(learnedMarkKey(event)).toEqual({ pk: 'REPUTATION#ptr_1', sk: 'LESSON#ref_1.2' })
  expect(putLearnedMark(event)).toEqual({
    put: { ...learnedMarkKey(event), entity: 'lesson', ttl: Date.parse(later(61 * day)) / 1000 },
    when: { pk: 'absent' },
  })
})

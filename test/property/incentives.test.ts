/**
 * The incentives of the ranking: which behaviour ranks higher, for partners that are otherwise equal and got the same
 * referrals. Histories, other partners, weights and times are random.
 */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { figuresOf, type ReputationFigures, sumOfFigures } from '../../shared/discovery/reputation/rules.ts'
import { defaultTaxonomy } from '../../shared/program/taxonomy/rules.ts'
import type { Ranking } from '../../shared/search/contract.ts'
import type { Instant } from '../../shared/time/instant.ts'
import {
  always,
  type Behaviour,
  choiceNoted,
  type DealEnd,
  entriesOf,
  eventsOf,
  figuresAfter,
  type Handling,
  later,
  learnedEvent,
  partnerNamed,
  type Received,
  requestOf,
} from '../fixtures/partner-behaviour.ts'
import { context, found, indexOf, ranking as usual } from '../fixtures/search.ts'
import { depth } from './depth.ts'

/** Visible results of a partner: its visibility, and its scores in searches for products. */
interface Rank {
  readonly visibility: number
  readonly scores: readonly number[]
}

const now = '2026-03-15T09:00:00.000Z'
const searches = [['erp'], ['crm'], ['crm', 'erp']]

/** Returns the ranks of partners in one region. */
const ranksOf = (
  behaviours: readonly ReputationFigures[],
  rivals: readonly ReputationFigures[],
  ranking: Ranking,
): Rank[] => {
  const named = [...behaviours, ...rivals].map((figures, index) => [`ptr_${index}`, figures] as const)
  const index = indexOf(...named.flatMap(([name, figures]) => entriesOf(name, figures)))
  const as = { ...context, now, ranking }
  const hits = searches.map(products => found(index, { codes: { products }, limit: 100 }, as).hits)
  return named.slice(0, behaviours.length).map(([name]) => ({
    visibility: index.standingOf(partnerNamed(name), as)?.visibility ?? Number.NaN,
    scores: hits.map(page => page.find(({ partnerId }) => partnerId === name)?.score ?? Number.NaN),
  }))
}

/** Rounding error of sums. */
const tolerance = 1e-10

const numbersOf = ({ visibility, scores }: Rank) => [visibility, ...scores]

const expectNeverBelow = (better: Rank | undefined, worse: Rank | undefined) => {
  if (!better || !worse) throw new Error('a partner has no rank')
  numbersOf(better).forEach((value, index) => {
    expect(value).toBeGreaterThanOrEqual((numbersOf(worse)[index] ?? 0) - tolerance)
  })
}

const expectAbove = (better: Rank | undefined, worse: Rank | undefined) => {
  if (!better || !worse) throw new Error('a partner has no rank')
  numbersOf(better).forEach((value, index) => {
    expect(value).toBeGreaterThan((numbersOf(worse)[index] ?? 1) + tolerance)
  })
}

const weight = fc.double({ min: 0.01, max: 1, noNaN: true })
const visibilityWeights = fc.record({
  speed: weight,
  answerRate: weight,
  followThrough: weight,
  outcome: weight,
  fit: weight,
  quality: weight,
})

/** Rankings in which weak relations hold: all numbers are random, and some weights are 0. */
const anyRanking: fc.Arbitrary<Ranking> = fc.oneof(
  fc.constant(usual),
  fc.record({
    relevance: fc.constant(usual.relevance),
    visibility: fc
      .tuple(visibilityWeights, fc.constantFrom('speed', 'answerRate', 'followThrough', 'outcome', 'fit', ''))
      .map(([weights, zero]) => (zero ? { ...weights, [zero]: 0 } : weights)),
    shrinkage: fc.double({ min: 0.1, max: 1000, noNaN: true }),
    halfLife: fc.constantFrom('P1D', 'P30D', 'P180D', 'P3650D'),
    answerHalfTime: fc.constantFrom('PT1H', 'PT24H', 'P7D'),
    distanceHalfKm: fc.constant(50),
    exploration: fc.constant(usual.exploration),
  }),
)

/** Rankings in which strict relations hold: every part has a weight. */
const strictRanking: fc.Arbitrary<Ranking> = fc.oneof(
  fc.constant(usual),
  visibilityWeights.map(visibility => ({ ...usual, visibility })),
)

const rfi: fc.Arbitrary<Received> = fc.record({
  // 14 months up to the present.
  receivedAt: fc
    .integer({ min: 0, max: 14 * 30 * 24 })
    .map(hours => later('2025-01-10T00:00:00.000Z', hours)),
  products: fc.subarray(['erp', 'crm']),
})

/** From the first minutes to five weeks. */
const hours = fc.constantFrom(0.1, 0.3, 0.6, 1.5, 3, 6, 12, 20, 24, 50, 100, 200, 330, 600, 850)
const reasonsOf = (list: 'declineReasons' | 'lossReasons') =>
  fc.constantFrom(...defaultTaxonomy[list].map(({ code }) => code))
const declineReason = reasonsOf('declineReasons')
const lossReason = reasonsOf('lossReasons')
const nudges = fc.integer({ min: 0, max: 3 })
const lost: fc.Arbitrary<DealEnd> = lossReason.map(reason => ({ result: 'lost', reason }))
const dealEnd: fc.Arbitrary<DealEnd> = fc.oneof(
  lost,
  fc.constantFrom<DealEnd>(
    { result: 'won' },
    { result: 'won' },
    { result: 'denied' },
    { result: 'taken-back' },
    { result: 'contradicted' },
    { result: 'open' },
  ),
)
const decline: fc.Arbitrary<Handling> = fc.record({
  does: fc.constant('decline'),
  hours,
  reason: declineReason,
})
const handling: fc.Arbitrary<Handling> = fc.oneof(
  fc.constant<Handling>({ does: 'silent' }),
  decline,
  fc.record({ does: fc.constant('accept'), hours, nudges, end: dealEnd }),
)
const history: fc.Arbitrary<Behaviour> = fc.array(fc.tuple(rfi, handling), { maxLength: 12 })
const rivals = fc.array(
  history.map(behaviour => figuresAfter(behaviour)),
  { maxLength: 4 },
)
/** The end of the first days: before, among or after the referrals. */
const learningFrom: fc.Arbitrary<Instant> = fc.constantFrom(
  always,
  '2025-08-01T00:00:00.000Z',
  '2026-12-01T00:00:00.000Z',
)

interface Comparison {
  readonly rfis: readonly Received[]
  readonly before: Behaviour
  readonly rivals: readonly ReputationFigures[]
  readonly ranking: Ranking
  readonly learningFrom: Instant
}

const comparison = (ranking: fc.Arbitrary<Ranking>, from = learningFrom): fc.Arbitrary<Comparison> =>
  fc.record({
    rfis: fc.array(rfi, { minLength: 1, maxLength: 6 }),
    before: history,
    rivals,
    ranking,
    learningFrom: from,
  })

/** Two ways to handle the same referral. */
type Pair = readonly [better: Handling, worse: Handling]

const ranksOfPair = (
  { rfis, before, rivals, ranking, learningFrom: from }: Comparison,
  pairs: readonly Pair[],
) => {
  const figures = ([0, 1] as const).map(side =>
    figuresAfter(
      [
        ...before,
        ...rfis.map((received, index) => [received, (pairs[index % pairs.length] as Pair)[side]] as const),
      ],
      from,
    ),
  )
  return ranksOf(figures, rivals, ranking)
}

const numRuns = 300 * depth

/** Asserts that one way never ranks below the other, with random weights and in the first days too. */
const neverBelow = (pair: fc.Arbitrary<Pair>) =>
  fc.assert(
    fc.property(comparison(anyRanking), fc.array(pair, { minLength: 1, maxLength: 3 }), (given, pairs) => {
      const [better, worse] = ranksOfPair(given, pairs)
      expectNeverBelow(better, worse)
    }),
    { numRuns },
  )

/** Asserts that one way ranks above the other, after the first days. */
const above = (pair: fc.Arbitrary<Pair>, from: fc.Arbitrary<Instant> = fc.constant(always)) =>
  fc.assert(
    fc.property(
      comparison(strictRanking, from),
      fc.array(pair, { minLength: 1, maxLength: 3 }),
      (given, pairs) => {
        const [better, worse] = ranksOfPair(given, pairs)
        expectAbove(better, worse)
      },
    ),
    { numRuns },
  )

const accept = (end: DealEnd, ofHours: number, ofNudges = 0): Handling => ({
  does: 'accept',
  hours: ofHours,
  nudges: ofNudges,
  end,
})
const won: DealEnd = { result: 'won' }

describe('declining what does not fit', () => {
  it('never ranks below accepting and losing it, for any reasons', () => {
    neverBelow(
      fc
        .tuple(hours, declineReason, lost, nudges)
        .map(([ofHours, reason, end, ofNudges]) => [
          { does: 'decline', hours: ofHours, reason },
          accept(end, ofHours, ofNudges),
        ]),
    )
  })

  it('never ranks below accepting it and never reporting an end', () => {
    neverBelow(
      fc
        .tuple(hours, declineReason, nudges)
        .map(([ofHours, reason, ofNudges]) => [
          { does: 'decline', hours: ofHours, reason },
          accept({ result: 'open' }, ofHours, ofNudges),
        ]),
    )
  })

  it('ranks above accepting and losing it, for a partner that has won before', () => {
    fc.assert(
      fc.property(comparison(strictRanking, fc.constant(always)), hours, lost, (given, ofHours, end) => {
        const [first] = given.rfis
        const wonBefore = [
          ...given.before,
          [{ ...first, products: ['crm', 'erp'] } as Received, accept(won, 1)],
        ]
        const [better, worse] = ranksOfPair({ ...given, before: wonBefore as Behaviour }, [
          [{ does: 'decline', hours: ofHours, reason: 'not-our-field' }, accept(end, ofHours)],
        ])
        expectAbove(better, worse)
      }),
      { numRuns },
    )
  })
})

describe('declining everything at once', () => {
  /** The smallest share of accepted referrals that counts as usual. */
  const minUsualShare = 0.05

  /** Returns the share of the accepted referrals of a region that were won. */
  const usualShareOf = (region: readonly ReputationFigures[]): number => {
    const months = region.flatMap(({ months }) => months)
    const accepted = months.reduce((sum, month) => sum + month.accepted, 0)
    const wins = months.reduce((sum, month) => sum + month.won, 0)
    return Math.max(minUsualShare, accepted > 0 ? wins / accepted : 0)
  }

  it('ranks below answering within 24 hours and winning the usual share of the fitting ones', () => {
    const cases = fc.record({
      rivals,
      month: fc.integer({ min: 0, max: 11 }),
      fitting: fc.integer({ min: 1, max: 25 }),
      others: fc.integer({ min: 0, max: 25 }),
      times: fc.array(fc.constantFrom(0.1, 3, 12, 20, 24), { minLength: 1, maxLength: 5 }),
    })
    fc.assert(
      fc.property(cases, ({ rivals, month, fitting, others, times }) => {
        const receivedAt = later('2025-04-02T00:00:00.000Z', month * 730)
        const rfis = Array.from({ length: fitting + others }, () => ({
          receivedAt,
          products: ['crm', 'erp'],
        }))
        const wins = Math.ceil(usualShareOf(rivals) * fitting)
        const [winner, decliner] = ranksOf(
          [
            figuresAfter(
              rfis.map((received, index) => {
                const ofHours = times[index % times.length] ?? 24
                if (index >= fitting) return [received, { does: 'decline', hours: ofHours, reason: 'budget' }]
                const end: DealEnd = index < wins ? won : { result: 'lost', reason: 'competitor' }
                return [received, accept(end, ofHours)]
              }),
            ),
            figuresAfter(
              rfis.map(received => [received, { does: 'decline', hours: 0, reason: 'not-our-field' }]),
            ),
          ],
          rivals,
          usual,
        )
        expectAbove(winner, decliner)
      }),
      { numRuns },
    )
  })
})

describe('winning', () => {
  const pair = fc
    .tuple(hours, nudges, lost)
    .map(([ofHours, ofNudges, end]): Pair => [accept(won, ofHours, ofNudges), accept(end, ofHours, ofNudges)])

  it('never ranks below losing', () => {
    neverBelow(pair)
  })

  it('ranks above losing, in the first days too', () => {
    fc.assert(
      fc.property(comparison(strictRanking), pair, (given, ofPair) => {
        const rfis = given.rfis.map(received => ({ ...received, products: ['crm', 'erp'] }))
        const [better, worse] = ranksOfPair({ ...given, rfis }, [ofPair])
        expectAbove(better, worse)
      }),
      { numRuns },
    )
  })
})

describe('an answer', () => {
  /** Answer times that are one band apart. */
  const times = fc.integer({ min: 0, max: 13 }).map(band => [0.2 * 2 ** band, 0.4 * 2 ** band] as const)
  const sooner = fc.tuple(times, declineReason, fc.option(dealEnd), nudges).map(
    ([[early, late], reason, end, ofNudges]): Pair =>
      end
        ? [accept(end, early, ofNudges), accept(end, late, ofNudges)]
        : [
            { does: 'decline', hours: early, reason },
            { does: 'decline', hours: late, reason },
          ],
  )

  it('never ranks lower if it comes sooner', () => {
    neverBelow(sooner)
  })

  it('ranks higher if it comes a band sooner', () => {
    above(sooner)
  })

  it('ranks above silence, also late and in the first days', () => {
    above(
      decline.map((ofDecline): Pair => [ofDecline, { does: 'silent' }]),
      learningFrom,
    )
  })
})

describe('reporting an end', () => {
  const reports = fc
    .tuple(hours, nudges, fc.integer({ min: 0, max: 3 }), fc.oneof(lost, fc.constant(won)))
    .map(
      ([ofHours, heeded, ignored, end]): Pair => [
        accept(end, ofHours, heeded),
        accept({ result: 'open' }, ofHours, heeded + ignored),
      ],
    )

  it('never ranks below ignoring the nudges, also after some of them', () => {
    neverBelow(reports)
  })

  it('ranks above ignoring a nudge', () => {
    above(
      fc
        .tuple(hours, fc.integer({ min: 1, max: 3 }), lost)
        .map(
          ([ofHours, ignored, end]): Pair => [
            accept(end, ofHours),
            accept({ result: 'open' }, ofHours, ignored),
          ],
        ),
    )
  })
})

describe('dishonesty', () => {
  it('does not pay in reasons: every reason of a decline or a loss counts the same', () => {
    const cases = fc.record({ rfi, hours, nudges, learningFrom })
    fc.assert(
      fc.property(cases, declineReason, declineReason, (given, honest, dishonest) => {
        const [one, other] = [honest, dishonest].map(reason =>
          figuresAfter([[given.rfi, { does: 'decline', hours: given.hours, reason }]], given.learningFrom),
        )
        expect(one).toEqual(other)
      }),
    )
    fc.assert(
      fc.property(cases, lost, lost, (given, honest, dishonest) => {
        const [one, other] = [honest, dishonest].map(end =>
          figuresAfter([[given.rfi, accept(end, given.hours, given.nudges)]], given.learningFrom),
        )
        expect(one).toEqual(other)
      }),
    )
  })

  const falseWin = fc
    .tuple(hours, nudges, lost)
    .map(
      ([ofHours, ofNudges, end]): Pair => [
        accept(end, ofHours, ofNudges),
        accept({ result: 'denied' }, ofHours, ofNudges),
      ],
    )

  it('does not pay in wins: one that the customer denies never ranks above an honest loss', () => {
    neverBelow(falseWin)
  })

  it('costs: a win that the customer denies ranks below an honest loss', () => {
    above(falseWin)
  })

  const givenToOthers = fc
    .tuple(hours, nudges, lost, fc.constantFrom('taken-back', 'contradicted'))
    .map(
      ([ofHours, ofNudges, end, result]): Pair => [
        accept(end, ofHours, ofNudges),
        accept({ result }, ofHours, ofNudges),
      ],
    )

  it('a win that the customer gives to another partner, somebody else or nobody never pays against the honest loss', () => {
    neverBelow(givenToOthers)
  })

  it('a win that the customer gives to others is no false report: it ranks like the honest loss', () => {
    neverBelow(givenToOthers.map(([loss, win]): Pair => [win, loss]))
  })

  const figuresFrom = (events: ReturnType<typeof eventsOf>, from: Instant) =>
    withoutZeros(sumOfFigures(events.map(event => figuresOf(event, from))))

  it.each(['taken-back', 'contradicted'] as const)(
    'a win that was %s counts again when the customer chooses its partner, or takes the choice back',
    result => {
      fc.assert(
        fc.property(rfi, hours, learningFrom, (received, ofHours, from) => {
          const events = eventsOf(received, accept({ result }, ofHours))
          const at = events.at(-1)?.at ?? always
          const restored = choiceNoted('restored', { wonAt: at, ...requestOf(received) }, later(at, 1))
          expect(figuresFrom([...events, restored], from)).toEqual(
            figuresFrom(eventsOf(received, accept(won, ofHours)), from),
          )
        }),
      )
    },
  )

  it.each(['taken-back', 'contradicted'] as const)(
    'a win that was %s is subtracted once if the customer denies it too, or the partner undoes it',
    result => {
      fc.assert(
        fc.property(rfi, hours, learningFrom, (received, ofHours, from) => {
          const events = eventsOf(received, accept({ result }, ofHours))
          const at = events.at(-1)?.at ?? always
          const request = requestOf(received)
          const denied = learnedEvent(
            'referral.win-denied',
            { wonAt: at, takenBack: true, ...request },
            later(at, 1),
          )
          expect(figuresFrom([...events, denied], from)).toEqual(
            figuresFrom(eventsOf(received, accept({ result: 'denied' }, ofHours)), from),
          )
          const undone = learnedEvent(
            'referral.answer-undone',
            { undone: 'won', answeredAt: at, reason: null, neutral: false, takenBack: true, ...request },
            later(at, 1),
          )
          expect(figuresFrom([...events, undone], from)).toEqual(
            figuresFrom(eventsOf(received, accept({ result: 'open' }, ofHours)), from),
          )
        }),
      )
    },
  )

  it('a denied win stays a false report when its deal is resumed, however the deal ends', () => {
    fc.assert(
      fc.property(rfi, hours, learningFrom, dealEnd, (received, ofHours, from, end) => {
        const events = eventsOf(received, accept({ result: 'denied' }, ofHours))
        const resumedAt = later(events.at(-1)?.at ?? always, 1)
        const again = eventsOf(received, accept(end, ofHours)).slice(2)
        const resumed = learnedEvent('referral.resumed', {}, resumedAt)
        const { months } = sumOfFigures([...events, resumed, ...again].map(event => figuresOf(event, from)))
        const honest = figuresAfter([[received, accept(end, ofHours)]], from)
        const isEarly = received.receivedAt < from
        expect(sumsOf(months)).toEqual({
          ...sumsOf(honest.months),
          deniedWins: sumsOf(honest.months).deniedWins + (isEarly ? 0 : 1),
        })
      }),
    )
  })

  it('is forgiven when the customer confirms the win', () => {
    fc.assert(
      fc.property(rfi, hours, learningFrom, (received, ofHours, from) => {
        const events = eventsOf(received, accept({ result: 'denied' }, ofHours))
        const at = later(events.at(-1)?.at ?? always, 1)
        const confirmed = learnedEvent('referral.win-confirmed', { wonAt: at, ...requestOf(received) }, at)
        expect(sumOfFigures([...events, confirmed].map(event => figuresOf(event, from)))).toEqual(
          sumOfFigures(eventsOf(received, accept(won, ofHours)).map(event => figuresOf(event, from))),
        )
      }),
    )
  })
})

/** Sums counts over all months. */
const sumsOf = (months: ReputationFigures['months']) => {
  const sum = (name: 'accepted' | 'won' | 'deniedWins' | 'lost') =>
    months.reduce((total, month) => total + month[name], 0)
  return { accepted: sum('accepted'), won: sum('won'), deniedWins: sum('deniedWins'), lost: sum('lost') }
}

/** Figures without counts that are 0, so that a count that was added and subtracted equals one that never was. */
const withoutZeros = ({ open, months, affinity }: ReputationFigures) => ({
  open,
  months: months
    .map(({ month, answers, ...counts }) => ({
      month,
      counts: Object.entries(counts).filter(([, count]) => count !== 0),
      answers: answers.flatMap((count, band) => (count === 0 ? [] : [[band, count]])),
    }))
    .filter(({ counts, answers }) => counts.length + answers.length > 0),
  affinity: Object.entries(affinity).filter(([, counts]) => Object.values(counts).some(count => count !== 0)),
})

describe('what says nothing about a partner', () => {
  const at: Instant = '2026-01-05T00:00:00.000Z'
  const noneOf = (received: Received, ...more: ReturnType<typeof learnedEvent>[]) =>
    withoutZeros(
      sumOfFigures(
        [eventsOf(received, { does: 'silent' })[0] as ReturnType<typeof learnedEvent>, ...more].map(event =>
          figuresOf(event, always),
        ),
      ),
    )

  it('counts for nobody: superseded, withdrawn, and neutral declines and expiries', () => {
    fc.assert(
      fc.property(rfi, hours, (received, ofHours) => {
        const request = requestOf(received)
        const nothing = { open: 0, months: [], affinity: [] }
        expect(noneOf(received, learnedEvent('referral.superseded', {}, at))).toEqual(nothing)
        expect(
          noneOf(received, learnedEvent('referral.withdrawn', { accepted: false, ...request }, at)),
        ).toEqual(nothing)
        expect(
          noneOf(received, learnedEvent('referral.expired', { respondBy: at, neutral: true }, at)),
        ).toEqual(nothing)
        expect(
          withoutZeros(
            figuresAfter([
              [received, { does: 'decline', hours: ofHours, reason: 'customer-unreachable', neutral: true }],
            ]),
          ),
        ).toEqual(nothing)
      }),
    )
  })

  it('counts for nobody: a neutral expiry that was reopened, and a reinstated referral', () => {
    const received: Received = { receivedAt: at, products: ['erp'] }
    const reopened = noneOf(
      received,
      learnedEvent('referral.expired', { respondBy: at, neutral: true }, at),
      learnedEvent('referral.reopened', { respondBy: later(at, 48), expiredAt: at, neutral: true }, at),
    )
    expect(reopened).toEqual({ open: 1, months: [], affinity: [] })
    const reinstated = noneOf(
      received,
      learnedEvent('referral.superseded', {}, at),
      learnedEvent('referral.reinstated', { respondBy: later(at, 48) }, at),
    )
    expect(reinstated).toEqual({ open: 1, months: [], affinity: [] })
  })

  it('leaves only the answer of an accepted referral that was withdrawn', () => {
    fc.assert(
      fc.property(rfi, hours, learningFrom, (received, ofHours, from) => {
        const [withdrawn, declined] = (
          [
            accept({ result: 'withdrawn' }, ofHours),
            { does: 'decline', hours: ofHours, reason: 'budget' },
          ] as const
        ).map(handled => withoutZeros(figuresAfter([[received, handled]], from)))
        expect(withdrawn).toEqual(declined)
      }),
    )
  })
})

describe('an answer that was undone', () => {
  it('leaves the figures as if it had never been', () => {
    const undone = fc.oneof(
      fc.record({ does: fc.constant('decline'), hours, reason: declineReason, neutral: fc.boolean() }),
      fc.record({
        does: fc.constant('accept'),
        hours,
        nudges,
        end: fc.oneof(lost, fc.constant<DealEnd>(won)),
      }),
    ) as fc.Arbitrary<Exclude<Handling, { does: 'silent' }>>
    fc.assert(
      fc.property(history, rfi, undone, learningFrom, (before, received, handled, from) => {
        const events = eventsOf(received, handled)
        const answer = events.at(-1) as (typeof events)[number]
        const taken = learnedEvent(
          'referral.answer-undone',
          {
            undone: handled.does === 'decline' ? 'declined' : handled.end.result === 'won' ? 'won' : 'lost',
            answeredAt: answer.at,
            reason: 'budget',
            neutral: handled.does === 'decline' && handled.neutral === true,
            ...requestOf(received),
          },
          later(answer.at, 0.05),
        )
        const sum = (all: typeof events) =>
          withoutZeros(
            sumOfFigures([figuresAfter(before, from), ...all.map(event => figuresOf(event, from))]),
          )
        expect(sum([...events, taken])).toEqual(sum(events.slice(0, -1)))
      }),
      { numRuns },
    )
  })
})

describe('the first days of a partner', () => {
  it('lower nothing, whatever it does', () => {
    fc.assert(
      fc.property(comparison(anyRanking), handling, (given, handled) => {
        const from = '2099-01-01T00:00:00.000Z'
        const ranks = ranksOf(
          [
            sumOfFigures([
              figuresAfter(given.before),
              figuresAfter(
                given.rfis.map(received => [received, handled]),
                from,
              ),
            ]),
            figuresAfter(given.before),
          ],
          given.rivals,
          given.ranking,
        )
        expectNeverBelow(ranks[0], ranks[1])
      }),
      { numRuns },
    )
  })
})

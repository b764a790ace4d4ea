/** Reputation does not depend on the order, repetition or grouping of events. */
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { correctReputations, isCorrect, recount } from '../../shared/discovery/reputation/recount.ts'
import {
  type CountableEvent,
  figuresIn,
  figuresOf,
  isCountable,
  type ReputationFigures,
  sumOfFigures,
} from '../../shared/discovery/reputation/rules.ts'
import { learnFrom } from '../../shared/discovery/reputation/service.ts'
import { putReputation, readReputation, reputationKey } from '../../shared/discovery/reputation/store.ts'
import { readEvent } from '../../shared/events/store.ts'
import { asPartnerId, type PartnerId } from '../../shared/kernel/ids.ts'
import { logger } from '../../shared/kernel/logger.ts'
import { profileKey } from '../../shared/partners/profile/store.ts'
import { get, put } from '../../shared/persistence/table.ts'
import { completeEvents, eventsOfPartner } from '../../shared/referrals/referral/partner-events.ts'
import { readReferral } from '../../shared/referrals/referral/store.ts'
import { type Instant, instantOf } from '../../shared/time/instant.ts'
import { MemoryTable } from '../simulation/table.ts'
import { depth } from './depth.ts'
import { history } from './history-generator.ts'
import { runHistory } from './history-runner.ts'
import { day } from './referral-model.ts'

const level = logger.getLevelName()
// Late events are logged as warnings. Silence the log.
beforeAll(() => logger.setLogLevel('SILENT'))
afterAll(() => logger.setLogLevel(level))

const count = fc.integer({ min: -2, max: 2 })
const counts = <T extends string>(...names: T[]): fc.Arbitrary<Record<T, number>> =>
  fc
    .tuple(...names.map(() => count))
    .map(
      numbers => Object.fromEntries(names.map((name, index) => [name, numbers[index]])) as Record<T, number>,
    )
const month = fc.record({
  // Five years, so that most months are too old to be kept.
  month: fc
    .integer({ min: 0, max: 59 })
    .map(index => new Date(Date.UTC(2025, index)).toISOString().slice(0, 7)),
  answers: fc.nat(12).map(band => [...Array<number>(band).fill(0), 1]),
})
const figures: fc.Arbitrary<ReputationFigures> = fc.record({
  open: count,
  months: fc.array(
    fc
      .tuple(month, counts('earlyAnswers', 'silences', 'accepted', 'won', 'deniedWins', 'lost', 'unfollowed'))
      .map(([named, counted]) => ({ ...named, ...counted })),
    { maxLength: 2 },
  ),
  affinity: fc.dictionary(
    fc.constantFrom('products/crm', 'products/erp', 'industries/retail'),
    counts('won'),
  ),
})

const shuffled = <T>(things: readonly T[]): fc.Arbitrary<T[]> =>
  fc.shuffledSubarray([...things], { minLength: things.length })

/** Cuts a list into pieces of the given sizes. */
const cutIntoPieces = <T>(things: readonly T[], sizes: readonly number[]): T[][] => {
  const cut: T[][] = []
  for (let start = 0, index = 0; start < things.length; index++) {
    const size = sizes[index % sizes.length] ?? 1
    cut.push(things.slice(start, start + size))
    start += size
  }
  return cut
}
const sizes = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 5 })

it('sumOfFigures does not depend on order and grouping', () => {
  const cases = fc
    .array(figures, { maxLength: 12 })
    .chain(all => fc.tuple(fc.constant(all), shuffled(all), sizes))
  fc.assert(
    fc.property(cases, ([all, others, sizes]) => {
      const grouped = cutIntoPieces(others, sizes).map(sumOfFigures)
      expect(sumOfFigures(grouped)).toEqual(sumOfFigures(all))
    }),
    { numRuns: 2000 * depth },
  )
})

/** The end of the first days of all partners, in days after their first referral. */
const firstDays = fc.constantFrom(0, 1, 3, 20, 400)

/** Stores what the learner reads of a profile. */
const putProfileOf = (partnerId: PartnerId, learningFrom: Instant) =>
  put({
    put: { ...profileKey(partnerId, 'DE'), entity: 'profile', createdAt: learningFrom, learningFrom },
    when: { pk: 'absent' },
  })

/** Stores profiles, and returns the learned events of a history by referral, with the expected sum. */
const learnedEventsIn = async (table: MemoryTable, days: number) => {
  const items = (await table.items()).toSorted((a, b) => (`${a.pk}${a.sk}` < `${b.pk}${b.sk}` ? -1 : 1))
  const referrals = items.filter(({ entity }) => entity === 'referral').map(readReferral)
  const events = items.flatMap(item => (item.entity === 'event' && readEvent(item)) || [])
  const learned = referrals.map(async ({ id, partnerId, receivedAt }) => {
    const learnedEvents = events.filter(isCountable).filter(({ subject }) => subject.referral.id === id)
    const learningFrom = instantOf(new Date(Date.parse(receivedAt) + days * day))
    await putProfileOf(partnerId, learningFrom)
    return {
      partnerId,
      learnedEvents,
      all: sumOfFigures(learnedEvents.map(event => figuresOf(event, learningFrom))),
      end: new Date(Math.max(...learnedEvents.map(({ at }) => Date.parse(at)))),
    }
  })
  return Promise.all(learned)
}

const storedReputation = async (partnerId: string) =>
  readReputation(await get(reputationKey(asPartnerId(partnerId), 'DE')), asPartnerId(partnerId), 'DE')
const storedLesson = async (partnerId: string): Promise<ReputationFigures> =>
  figuresIn(await storedReputation(partnerId))

/** Changes the stored reputation by wrong figures. */
const corruptReputation = async (partnerId: string, wrong: ReputationFigures): Promise<void> => {
  const { version, ...before } = await storedReputation(partnerId)
  await put(
    putReputation({ ...before, ...wrong, version: version + 1 }, undefined, '2026-01-01T00:00:00.000Z'),
  )
}

/** Repetitions of events, their order, the sizes of batches, and the number of concurrent batches. */
const delivery = fc.record({
  times: fc.array(fc.nat(3), { minLength: 1, maxLength: 10 }),
  order: fc.array(fc.nat(), { minLength: 1, maxLength: 10 }),
  sizes,
  atOnce: fc.integer({ min: 1, max: 4 }),
})
type Delivery = typeof delivery extends fc.Arbitrary<infer T> ? T : never

/** Delivers events in the given order in batches, some of them concurrently. */
const deliver = async (events: readonly CountableEvent[], { order, sizes, atOnce }: Delivery, now: Date) => {
  const place = new Map(events.map((event, index) => [event, order[index % order.length] ?? 0]))
  const sorted = events.toSorted((a, b) => (place.get(a) ?? 0) - (place.get(b) ?? 0))
  for (const batches of cutIntoPieces(cutIntoPieces(sorted, sizes), [atOnce]))
    await Promise.all(batches.map(batch => learnFrom(batch, now, completeEvents)))
}

it('the reputation counts each event once for any delivery, and a recount agrees', async () => {
  const property = fc.asyncProperty(history(), delivery, firstDays, async (history, delivery, days) => {
    const table = new MemoryTable()
    await runHistory(history, table, false)
    for (const { partnerId, learnedEvents, all } of await learnedEventsIn(table, days)) {
      const repeated = learnedEvents.flatMap((event, index) =>
        Array<CountableEvent>(1 + (delivery.times[index % delivery.times.length] ?? 0)).fill(event),
      )
      const now = new Date(Date.parse(learnedEvents[0]?.at ?? '') + day)
      await deliver(repeated, delivery, now)
      expect(await storedLesson(partnerId)).toEqual(all)
      const [found, ...others] = await recount(partnerId, now, eventsOfPartner)
      expect(others).toEqual([])
      expect(found && isCorrect(found) && found.pending.length === 0).toBe(true)
    }
  })
  await fc.assert(property, { numRuns: 500 * depth })
})

it('correctReputations corrects wrong and missing figures, and later deliveries change nothing', async () => {
  const property = fc.asyncProperty(
    history(),
    delivery,
    figures,
    firstDays,
    async (history, delivery, wrong, days) => {
      const table = new MemoryTable()
      await runHistory(history, table, false)
      for (const { partnerId, learnedEvents, all, end } of await learnedEventsIn(table, days)) {
        const some = learnedEvents.filter((_, index) => delivery.times[index % delivery.times.length] !== 0)
        for (const event of some) await learnFrom([event], new Date(event.at), completeEvents)
        await corruptReputation(partnerId, wrong)
        await correctReputations(partnerId, () => end, eventsOfPartner)
        expect(await storedLesson(partnerId)).toEqual(all)
        await deliver(learnedEvents, delivery, end)
        expect(await storedLesson(partnerId)).toEqual(all)
        // Long afterwards the records of learned events have expired. Events that late are not counted.
        const late = new Date(end.getTime() + 400 * day)
        expect((await recount(partnerId, late, eventsOfPartner)).every(isCorrect)).toBe(true)
        await deliver(learnedEvents, delivery, late)
        expect(await storedLesson(partnerId)).toEqual(all)
      }
    },
  )
  await fc.assert(property, { numRuns: 300 * depth })
})

/** Recounting: the lessons of all events of a partner, compared with what is known of it. */
import { isDeepStrictEqual } from 'node:util'
import { type Event, lacksRequest } from '../../events/contract.ts'
import type { PartnerId } from '../../kernel/ids.ts'
import {
  get,
  getAll,
  type Item,
  key,
  partition,
  put,
  query,
  retryOnConflict,
} from '../../persistence/index.ts'
import { readTaxonomy, taxonomyKey } from '../../program/index.ts'
import type { ReputationEntry } from '../../search/index.ts'
import { instantOf } from '../../time/instant.ts'
import {
  isTeacher,
  type Lesson,
  lessonIn,
  lessonOf,
  noLesson,
  sumOfLessons,
  type Teacher,
  untried,
} from './rules.ts'
import { learnFrom } from './service.ts'
import { isPast, lessonKey, putReputation, reputationIn } from './store.ts'

/** The stored reputation of a partner in a region, and the figures that its events add up to. */
export interface Recount {
  readonly known: ReputationEntry
  readonly counted: Lesson
  /** Events that were not learned from yet: they are on their way, or got lost. They are in neither figure. */
  readonly pending: readonly Teacher[]
}

export const isRight = ({ known, counted }: Recount): boolean => isDeepStrictEqual(lessonIn(known), counted)

/** More items than DynamoDB's page of 1 MB holds, so that the size ends a page. */
const pageLimit = 10_000

async function* reputationItems(partnerId: PartnerId): AsyncGenerator<Item[]> {
  const wanted = {
    partition: partition('reputation', partnerId),
    beginsWith: key('REPUTATION', ''),
    isConsistent: true,
    limit: pageLimit,
  }
  let after: Record<string, unknown> | undefined
  do {
    const { items, next } = await query({ ...wanted, after })
    yield items
    after = next
  } while (after)
}

/** Reads all events of a partner, complete, page by page. The caller hands it in, since events stand with referrals. */
export type EventsOfPartner = (partnerId: PartnerId) => AsyncIterable<readonly Event[]>

/**
 * Counts the lessons of all events of a partner, region by region. What is known is read first: whatever is learned while
 * the events are read makes that version a past one.
 */
export const recount = async (
  partnerId: PartnerId,
  now: Date,
  eventsOfPartner: EventsOfPartner,
): Promise<Recount[]> => {
  const regions = new Map<string, Recount>()
  for await (const items of reputationItems(partnerId))
    for (const item of items) {
      const known = reputationIn(item)
      regions.set(known.region, { known, counted: noLesson, pending: [] })
    }
  for await (const page of taughtBy(eventsOfPartner(partnerId), now))
    for (const { event, lesson, isLearned } of page) {
      const { region } = event.subject.referral
      const unheard = { known: untried(partnerId, region), counted: noLesson, pending: [] }
      const { known, counted, pending } = regions.get(region) ?? unheard
      const next = isLearned
        ? { counted: sumOfLessons([counted, lesson]), pending }
        : { counted, pending: [...pending, event] }
      regions.set(region, { known, ...next })
    }
  return [...regions.values()]
}

interface Taught {
  readonly event: Teacher
  readonly lesson: Lesson
  readonly isLearned: boolean
}

/** The lesson of each event, and whether it was learned, page by page. */
async function* taughtBy(pages: AsyncIterable<readonly Event[]>, now: Date): AsyncGenerator<Taught[]> {
  const taxonomy = readTaxonomy(await get(taxonomyKey))
  for await (const events of pages) {
    const teachers = events.filter(isTeacher).filter(event => !lacksRequest(event))
    const pending = await pendingAmong(teachers, now)
    yield teachers.map(event => ({
      event,
      lesson: lessonOf(event, taxonomy),
      isLearned: !pending.has(event.id),
    }))
  }
}

/** Returns the ids of events that were not learned from, among those that can still be delivered. */
const pendingAmong = async (events: readonly Teacher[], now: Date): Promise<Set<string>> => {
  const recent = events.filter(event => !isPast(event, now))
  const lessons = await getAll(recent.map(lessonKey))
  return new Set(recent.filter((_, index) => !lessons[index]).map(({ id }) => id))
}

/** Events that are learned from in one transaction, which takes 100 writes. */
const maxAtOnce = 50

/** Events of a recount are complete. */
const asTheyAre = async (events: readonly Teacher[]): Promise<readonly Teacher[]> => events

/**
 * Learns from what is pending, and puts right what is known where it is not what the events say.
 * @throws DomainError busy when events kept coming
 */
export const putRight = (
  partnerId: PartnerId,
  clock: () => Date,
  eventsOfPartner: EventsOfPartner,
): Promise<void> =>
  retryOnConflict(async () => {
    for (const { pending } of await recount(partnerId, clock(), eventsOfPartner))
      for (let start = 0; start < pending.length; start += maxAtOnce)
        await learnFrom(pending.slice(start, start + maxAtOnce), clock(), asTheyAre)
    for (const found of await recount(partnerId, clock(), eventsOfPartner)) {
      if (isRight(found)) continue
      const { known, counted } = found
      const right = { ...known, ...counted, version: known.version + 1 }
      // Search looks for what has just changed: counting may have taken long.
      await put(putReputation(right, instantOf(clock())))
    }
  })

/** Differences between known and counted figures, such as `months/2026-11/silences: 3 known, 2 counted`. */
export const differences = ({ known, counted }: Recount): string[] => {
  const [before, after] = [lessonIn(known), counted].map(figures)
  const paths = [...new Set([before, after].flatMap(found => [...(found?.keys() ?? [])]))].toSorted()
  return paths
    .filter(path => before?.get(path) !== after?.get(path))
    .map(path => `${path}: ${before?.get(path) ?? 'nothing'} known, ${after?.get(path) ?? 'nothing'} counted`)
}

const figures = ({ open, months, affinity }: Lesson): Map<string, string> => {
  const found = new Map([['open', String(open)]])
  for (const { month, ...counts } of months)
    for (const [name, count] of Object.entries(counts)) found.set(`months/${month}/${name}`, String(count))
  for (const [code, counts] of Object.entries(affinity))
    for (const [name, count] of Object.entries(counts)) found.set(`affinity/${code}/${name}`, String(count))
  return found
}

/** Recounts reputations: compares the stored figures of a partner with the sum over all its events. */
import { isDeepStrictEqual } from 'node:util'
import type { Event } from '../../events/contract.ts'
import type { PartnerId } from '../../kernel/ids.ts'
import { profileKey, readLearningFrom } from '../../partners/index.ts'
import { getAll, type Item, key, partition, put, query, retryOnConflict } from '../../persistence/index.ts'
import type { ReputationEntry } from '../../search/index.ts'
import { type Instant, instantOf } from '../../time/instant.ts'
import {
  type CountableEvent,
  emptyReputation,
  figuresIn,
  figuresOf,
  isCountable,
  isIncomplete,
  noFigures,
  type ReputationFigures,
  sumOfFigures,
} from './rules.ts'
import { learnFrom } from './service.ts'
import { countedMarkKey, isTooOld, putReputation, reputationIn } from './store.ts'

/** The stored reputation of a partner in a region, and the sum of the figures of its events. */
export interface Recount {
  /** The stored item; undefined if there is none. */
  readonly item: Item | undefined
  readonly known: ReputationEntry
  readonly counted: ReputationFigures
  /** Events that were not counted yet, because they are still being delivered or were lost. Neither figure includes them. */
  readonly pending: readonly CountableEvent[]
}

export const isCorrect = ({ known, counted }: Recount): boolean =>
  isDeepStrictEqual(figuresIn(known), counted)

/** A limit above the number of items in a DynamoDB page of 1 MB, so that only the size limits a page. */
const pageLimit = 10_000

async function* reputationItems(partnerId: PartnerId): AsyncGenerator<Item[]> {
  const range = {
    partition: partition('reputation', partnerId),
    beginsWith: key('REPUTATION', ''),
    isConsistent: true,
    limit: pageLimit,
  }
  let after: Record<string, unknown> | undefined
  do {
    const { items, next } = await query({ ...range, after })
    yield items
    after = next
  } while (after)
}

/**
 * Reads all events of a partner page by page, completed as by `CompleteEvents`. The caller passes this function, because
 * events are stored with referrals, which this module may not use.
 */
export type EventsOfPartner = (partnerId: PartnerId) => AsyncIterable<readonly Event[]>

/**
 * Sums the figures of all events of a partner, by region. The stored reputations are read before the events, so that an
 * event that is counted in the meantime increases the stored version and a correction based on this recount fails.
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
      regions.set(known.region, { item, known, counted: noFigures, pending: [] })
    }
  for await (const page of contributions(partnerId, eventsOfPartner(partnerId), now))
    for (const { event, figures, isCounted } of page) {
      const { region } = event.subject.referral
      const none = {
        item: undefined,
        known: emptyReputation(partnerId, region),
        counted: noFigures,
        pending: [],
      }
      const { item, known, counted, pending } = regions.get(region) ?? none
      const next = isCounted
        ? { counted: sumOfFigures([counted, figures]), pending }
        : { counted, pending: [...pending, event] }
      regions.set(region, { item, known, ...next })
    }
  return [...regions.values()]
}

interface Contribution {
  readonly event: CountableEvent
  readonly figures: ReputationFigures
  /** True if the stored reputation includes the event. */
  readonly isCounted: boolean
}

/** Yields the contribution of each event, page by page. */
async function* contributions(
  partnerId: PartnerId,
  pages: AsyncIterable<readonly Event[]>,
  now: Date,
): AsyncGenerator<Contribution[]> {
  const learningFrom = new Map<string, Instant>()
  for await (const events of pages) {
    const learnable = events.filter(isCountable).filter(event => !isIncomplete(event))
    const regions = [...new Set(learnable.map(({ subject }) => subject.referral.region))]
    const newRegions = regions.filter(region => !learningFrom.has(region))
    const profiles = await getAll(newRegions.map(region => profileKey(partnerId, region)))
    newRegions.forEach((region, index) => {
      learningFrom.set(region, readLearningFrom(profiles[index]))
    })
    const pending = await pendingAmong(learnable, now)
    yield learnable.map(event => ({
      event,
      figures: figuresOf(event, learningFrom.get(event.subject.referral.region) as Instant),
      isCounted: !pending.has(event.id),
    }))
  }
}

/** Returns the ids of the events that were not counted yet, among those that can still be delivered. */
const pendingAmong = async (events: readonly CountableEvent[], now: Date): Promise<Set<string>> => {
  const recent = events.filter(event => !isTooOld(event, now))
  const marks = await getAll(recent.map(countedMarkKey))
  return new Set(recent.filter((_, index) => !marks[index]).map(({ id }) => id))
}

/** Number of events added in one transaction, which has at most 100 writes. */
const maxAtOnce = 50

/** Returns events unchanged, because the events of a recount are already complete. */
const unchanged = async (events: readonly CountableEvent[]): Promise<readonly CountableEvent[]> => events

/**
 * Counts pending events, and replaces stored figures that differ from the sum over all events.
 * @throws DomainError busy if new events made every attempt fail
 */
export const correctReputations = (
  partnerId: PartnerId,
  clock: () => Date,
  eventsOfPartner: EventsOfPartner,
): Promise<void> =>
  retryOnConflict(async () => {
    for (const { pending } of await recount(partnerId, clock(), eventsOfPartner))
      for (let start = 0; start < pending.length; start += maxAtOnce)
        await learnFrom(pending.slice(start, start + maxAtOnce), clock(), unchanged)
    for (const recounted of await recount(partnerId, clock(), eventsOfPartner)) {
      if (isCorrect(recounted)) continue
      const { item, known, counted } = recounted
      const corrected = { ...known, ...counted, version: known.version + 1 }
      // Reads the clock again: search looks for recent changes, and the recount can take long.
      await put(putReputation(corrected, item, instantOf(clock())))
    }
  })

/** Returns the differences between stored and counted figures, such as `months/2026-11/silences: 3 stored, 2 counted`. */
export const differences = ({ known, counted }: Recount): string[] => {
  const [before, after] = [countsByPath(figuresIn(known)), countsByPath(counted)]
  const paths = [...new Set([...before.keys(), ...after.keys()])].toSorted()
  return paths
    .filter(path => before.get(path) !== after.get(path))
    .map(path => `${path}: ${before.get(path) ?? 'nothing'} stored, ${after.get(path) ?? 'nothing'} counted`)
}

const countsByPath = ({ open, months, affinity }: ReputationFigures): Map<string, string> => {
  const counts = new Map([['open', String(open)]])
  for (const { month, ...monthly } of months)
    for (const [name, count] of Object.entries(monthly)) counts.set(`months/${month}/${name}`, String(count))
  for (const [code, byCode] of Object.entries(affinity))
    for (const [name, count] of Object.entries(byCode)) counts.set(`affinity/${code}/${name}`, String(count))
  return counts
}

/** Adds the figures of events to reputations, each event exactly once. */
import type { Event } from '../../events/contract.ts'
import type { PartnerId } from '../../kernel/ids.ts'
import { logger } from '../../kernel/logger.ts'
import { profileKey, readLearningFrom } from '../../partners/index.ts'
import { getGroups, key, retryOnConflict, transact } from '../../persistence/index.ts'
import { instantOf } from '../../time/instant.ts'
import { addFigures, type CountableEvent, figuresOf, isCountable, isIncomplete } from './rules.ts'
import {
  countedMarkKey,
  isTooOld,
  putCountedMark,
  putReputation,
  readReputation,
  reputationKey,
} from './store.ts'

/** Identifies the reputation that an event belongs to. Events of the same reputation are processed together. */
export const reputationIdOf = ({ id, subject: { referral } }: Event): string =>
  referral ? key(referral.partnerId, referral.region) : id

/** More attempts than usual, because all events of a partner change the same item and often come in bursts. */
const attempts = 13

/**
 * Adds request data to events of an early version of the program, which do not contain it. The caller passes this
 * function, because it reads referrals, which this module may not use. Events that cannot be completed are returned
 * unchanged.
 */
export type CompleteEvents = (events: readonly CountableEvent[]) => Promise<readonly CountableEvent[]>

/**
 * Adds the figures of events of one partner and region to its reputation, in one transaction. Events can come repeatedly
 * and in any order. Events older than 60 days are logged and ignored.
 * @param events at most 99, because a transaction has at most 100 writes
 * @returns number of events that were added now
 * @throws DomainError busy if concurrent writes made every attempt fail
 */
export const learnFrom = async (
  events: readonly Event[],
  now: Date,
  complete: CompleteEvents,
): Promise<number> => {
  const learnable = [...new Map(events.filter(isCountable).map(event => [event.id, event])).values()]
  const recent = learnable.filter(event => !isTooOld(event, now))
  if (recent.length < learnable.length)
    logger.warn('ignored events that are too old to tell whether they were counted already', {
      events: learnable.filter(event => isTooOld(event, now)).map(({ id }) => id),
    })
  const completed = (await complete(recent)).filter(event => !isIncomplete(event))
  const [first] = completed
  if (!first) return 0
  const { partnerId, region } = first.subject.referral
  return retryOnConflict(async () => {
    const { item, reputation, learningFrom, isLearned } = await load(completed, partnerId, region)
    const newEvents = completed.filter((_, index) => !isLearned[index])
    if (newEvents.length === 0) return 0
    const next = addFigures(
      reputation,
      newEvents.map(event => figuresOf(event, learningFrom)),
    )
    await transact([putReputation(next, item, instantOf(now)), ...newEvents.map(putCountedMark)])
    return newEvents.length
  }, attempts)
}

const load = async (events: readonly CountableEvent[], partnerId: PartnerId, region: string) => {
  const { reputation, marks, profile } = await getGroups({
    reputation: [reputationKey(partnerId, region)],
    marks: events.map(countedMarkKey),
    profile: [profileKey(partnerId, region)],
  })
  const [item] = reputation
  return {
    item,
    reputation: readReputation(item, partnerId, region),
    isLearned: marks.map(mark => mark !== undefined),
    learningFrom: readLearningFrom(profile[0]),
  }
}

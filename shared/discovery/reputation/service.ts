/** Adds the lessons of events to reputations, each event once. */
import { type Event, lacksRequest } from '../../events/contract.ts'
import type { PartnerId } from '../../kernel/ids.ts'
import { logger } from '../../kernel/logger.ts'
import { getGroups, key, retryOnConflict, transact } from '../../persistence/index.ts'
import { readTaxonomy, taxonomyKey } from '../../program/index.ts'
import { instantOf } from '../../time/instant.ts'
import { isTeacher, learn, lessonOf, type Teacher } from './rules.ts'
import { isPast, lessonKey, putLesson, putReputation, readReputation, reputationKey } from './store.ts'

/** Names the reputation that an event belongs to. Events of the same reputation are learned from together. */
export const learnerOf = ({ id, subject: { referral } }: Event): string =>
  referral ? key(referral.partnerId, referral.region) : id

/** Events of one partner change the same item: a burst of them conflicts more often than other writes do. */
const attempts = 13

/**
 * Adds to events of the first version the facts that later ones carry themselves. The caller hands it in, since it takes
 * the referral, which this module does not know. Events that cannot be completed are returned as they are.
 */
export type CompleteEvents = (events: readonly Teacher[]) => Promise<readonly Teacher[]>

/**
 * Learns from events of one partner in one region, in one transaction; safe to repeat, in any order.
 * @param events fewer than the 100 writes that a transaction takes
 * @returns from how many of them something was learned now
 * @throws DomainError busy when others kept learning of the same partner
 */
export const learnFrom = async (
  events: readonly Event[],
  now: Date,
  complete: CompleteEvents,
): Promise<number> => {
  const teachers = [...new Map(events.filter(isTeacher).map(event => [event.id, event])).values()]
  const timely = teachers.filter(event => !isPast(event, now))
  if (timely.length < teachers.length)
    logger.warn('events came too late to tell whether they were learned from', {
      events: teachers.filter(event => isPast(event, now)).map(({ id }) => id),
    })
  const whole = (await complete(timely)).filter(event => !lacksRequest(event))
  const [first] = whole
  if (!first) return 0
  const { partnerId, region } = first.subject.referral
  return retryOnConflict(async () => {
    const { known, taxonomy, learned } = await read(whole, partnerId, region)
    const news = whole.filter((_, index) => !learned[index])
    if (news.length === 0) return 0
    const lessons = news.map(event => lessonOf(event, taxonomy))
    const reputation = learn(known, lessons)
    await transact([putReputation(reputation, instantOf(now)), ...news.map(putLesson)])
    return news.length
  }, attempts)
}

const read = async (events: readonly Teacher[], partnerId: PartnerId, region: string) => {
  const { reputation, lessons, taxonomy } = await getGroups({
    reputation: [reputationKey(partnerId, region)],
    lessons: events.map(lessonKey),
    // The taxonomy is needed for the marks of reasons only.
    taxonomy: events.some(({ data }) => 'reason' in data) ? [taxonomyKey] : [],
  })
  return {
    known: readReputation(reputation[0], partnerId, region),
    learned: lessons.map(lesson => lesson !== undefined),
    taxonomy: readTaxonomy(taxonomy[0]),
  }
}

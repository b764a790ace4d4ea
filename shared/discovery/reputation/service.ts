/** Learning at work: what events teach is added to what is known, from each event once. */
import type { Event } from '../../events/contract.ts'
import { logger } from '../../kernel/logger.ts'
import { getGroups, type Item, key, transact, untilUndisturbed } from '../../persistence/index.ts'
import { readTaxonomy, taxonomyKey } from '../../program/index.ts'
import { readReferral, referralKey } from '../../referrals/index.ts'
import { isTeacher, type Lesson, learn, lessonOf, type Teacher } from './rules.ts'
import { isPast, lessonKey, putLesson, putReputation, readReputation, reputationKey } from './store.ts'

/** Whose reputation an event concerns: events of one are learned from together. */
export const learnerOf = ({ id, subject: { referral } }: Event): string =>
  referral ? key(referral.partnerId, referral.region) : id

/** All that a partner is sent at once is learned in one item: who is overtaken there only has to be patient. */
const mostOvertaken = 12

/**
 * Learns from events of one partner in one region, in one transaction; safe to repeat, in any order.
 * @param events fewer than the 100 writes that a transaction takes
 * @returns from how many of them something was learned now
 * @throws ConditionFailed when others kept learning of the same partner: it is worth coming again
 */
export const learnFrom = async (events: readonly Event[], now: Date): Promise<number> => {
  const teachers = [...new Map(events.filter(isTeacher).map(event => [event.id, event])).values()]
  const timely = teachers.filter(event => !isPast(event, now))
  if (timely.length < teachers.length)
    logger.warn('events came too late to tell whether they were learned from', {
      events: teachers.filter(event => isPast(event, now)).map(({ id }) => id),
    })
  const [first] = timely
  if (!first) return 0
  const { partnerId, region } = first.subject.referral
  return untilUndisturbed(async () => {
    const { known, ...found } = await read(timely, partnerId, region)
    const news = timely.filter((_, index) => !found.lessons[index])
    const lessons = news.flatMap(event => found.lessonOf(event) ?? [])
    if (lessons.length === 0) return 0
    const reputation = learn(known, lessons)
    await transact([putReputation(reputation, now.toISOString()), ...news.map(putLesson)])
    return news.length
  }, mostOvertaken)
}

const read = async (events: readonly Teacher[], partnerId: string, region: string) => {
  const ids = [...new Set(events.map(({ subject }) => subject.referral.id))]
  const { reputation, lessons, referrals, taxonomy } = await getGroups({
    reputation: [reputationKey(partnerId, region)],
    lessons: events.map(lessonKey),
    referrals: ids.map(id => referralKey(partnerId, id)),
    // Of the taxonomy, only the marks of reasons matter.
    taxonomy: events.some(({ data }) => 'reason' in data) ? [taxonomyKey] : [],
  })
  const lessonOf = lessonsBy(taxonomy[0])
  const referralOf = new Map(ids.map((id, index) => [id, referrals[index]]))
  return {
    known: readReputation(reputation[0], partnerId, region),
    lessons,
    lessonOf: (event: Teacher) => lessonOf(event, referralOf.get(event.subject.referral.id)),
  }
}

/** What an event teaches, by its referral's item and the taxonomy's; nothing, of a referral that is gone. */
export const lessonsBy = (taxonomyItem: Item | undefined) => {
  const taxonomy = readTaxonomy(taxonomyItem)
  return (event: Teacher, item: Item | undefined): Lesson | undefined => {
    if (!item) return undefined
    const { receivedAt, need } = readReferral(item)
    return lessonOf(event, { receivedAt, need, taxonomy })
  }
}

/** Mails at work: who must hear of an event is found, and told one by one, or in the day's digest. */

import type { Event, MailedItem } from '../../events/contract.ts'
import { eventSortKey, readEventIfPossible } from '../../events/index.ts'
import { addressDigest } from '../../partners/index.ts'
import { addressOf } from '../../partners/rules.ts'
import { getAll, type Key, retryOnConflict } from '../../persistence/index.ts'
import { referralKey } from '../../referrals/index.ts'
import { newDay, placed } from '../digest/rules.ts'
import { dayKey, getDay, putDay } from '../digest/store.ts'
import { mailSpeakerOf } from '../language/mails.ts'
import { answerUrl, muteUrl } from '../links/links.ts'
import { post } from './deliver.ts'
import { factsOf } from './load-context.ts'
import { type Draft, draftsOf, type Facts, nameOf, reachesNobody, type Urls } from './rules.ts'
import { type MailRecord, mailIdOf, mailKey, partOf, recordEnd } from './store.ts'
import type { MailTask } from './task.ts'

export interface Mailed {
  /** How many were handed over to SES now. */
  readonly sent: number
  /** Whether somebody of the partner should have heard of it, and nobody can be reached. */
  readonly reachesNobody: boolean
}

/**
 * Sends the mails that an event calls for, each at least once. One that fails does not hold up the others.
 * @throws what failed first, once all were tried
 */
export const mailEvent = async (task: MailTask, now: Date): Promise<Mailed> => {
  const { event } = task
  const facts = await factsOf(task, now)
  const drafts = draftsOf(event, facts)
  const outcomes = await Promise.allSettled(drafts.map(draft => tell(event, draft, facts, now)))
  const again = await toldAgain(event, now)
  const failed = outcomes.find(outcome => outcome.status === 'rejected')
  if (failed) throw failed.reason
  const sent = outcomes.filter(outcome => outcome.status === 'fulfilled' && outcome.value).length
  return { sent: sent + again.sent, reachesNobody: reachesNobody(event, facts) || again.reachesNobody }
}

const nothing: Mailed = { sent: 0, reachesNobody: false }

/** What a contact that failed should have read goes to the next in the order: who was told of it already is not again. */
const toldAgain = async ({ type, data, subject: { profile } }: Event, now: Date): Promise<Mailed> => {
  if (type !== 'contact.failed' || !profile) return nothing
  const events = await eventsOf(profile.partnerId, data.missed)
  return tellAgain(events, now)
}

/** The events of a partner's referrals; those that are there and can be read. */
export const eventsOf = async (
  partnerId: string,
  wanted: readonly { readonly referralId: string; readonly version: number }[],
): Promise<Event[]> => {
  const items = await getAll(
    wanted.map(({ referralId, version }) => {
      const { pk, sk } = referralKey(partnerId, referralId)
      return { pk, sk: eventSortKey(sk, version) }
    }),
  )
  return items.flatMap(item => (item && readEventIfPossible(item)) ?? [])
}

/** Tells events again, one after the other. @throws what failed first, once all were tried */
export const tellAgain = async (events: readonly Event[], now: Date): Promise<Mailed> => {
  let told = nothing
  const failures: unknown[] = []
  for (const event of events) {
    try {
      const { sent, reachesNobody } = await mailEvent({ event, suggestions: [] }, now)
      told = { sent: told.sent + sent, reachesNobody: told.reachesNobody || reachesNobody }
    } catch (error) {
      failures.push(error)
    }
  }
  if (failures.length > 0) throw failures[0]
  return told
}

/** @returns whether a mail was handed over now */
const tell = async (event: Event, draft: Draft, facts: Facts, now: Date): Promise<boolean> => {
  const at = mailKey(event, draft.kind, draft.to.email)
  const record = recordOf(event, draft, mailIdOf(at), now)
  if (await waits(draft, event, record.timelineItem.id, facts)) {
    await recordEnd(at, record, { result: 'in-digest' }, now)
    return false
  }
  const urls = urlsOf(event, draft, at, facts)
  const outgoing = {
    at,
    record,
    to: draft.to,
    message: draft.write(mailSpeakerOf(draft.to.locale), urls),
    thread: event.subject.referral?.id ?? event.subject.rfiId ?? event.id,
    muteUrl: draft.isMutable ? urls.mute() : undefined,
  }
  return (await post(outgoing, now)) === 'sent'
}

const recordOf = (
  { subject, version }: Event,
  { kind, role, to }: Draft,
  id: string,
  now: Date,
): MailRecord => {
  // A customer's name and address stand in one item alone.
  const who = role === 'customer' ? { role } : { role, name: nameOf(to), email: to.email }
  const timelineItem: MailedItem = {
    type: 'mail',
    id,
    at: now.toISOString(),
    version,
    kind,
    to: who,
    result: 'sending',
  }
  return { subject, timelineItem }
}

const urlsOf = ({ version }: Event, { to }: Draft, at: Key, { desk, addressed }: Facts): Urls => {
  const { partnerId = '', region = '' } = desk ?? {}
  const reader = addressDigest(addressOf(to))
  const [{ referral } = {}] = addressed
  return {
    answer: action =>
      answerUrl({
        partnerId,
        region,
        action,
        reader,
        referralId: referral?.id ?? '',
        version: referral?.version ?? 0,
        mail: [version, partOf(at)],
        until: referral?.respondBy ?? '',
      }),
    mute: () => muteUrl({ partnerId, region, reader }),
  }
}

/** Whether a mail waits for its reader's digest. What would be over by then does not. */
const waits = async (
  { digest, to }: Draft,
  { at: happenedAt, version, subject: { referral } }: Event,
  mailId: string,
  { policy, desk, now }: Facts,
): Promise<boolean> => {
  const { digestAbove } = policy
  if (!digest || !desk || !referral || digestAbove === null) return false
  const { partnerId, region } = desk
  // The event's day, and not today: an event that comes again finds its mail in the same place.
  const at = { partnerId, region, address: addressOf(to), day: happenedAt.slice(0, 10) }
  return retryOnConflict(async () => {
    const known = (await getDay(dayKey(at))) ?? newDay(at, policy)
    if (digest.until !== null && digest.until <= known.dueAt) return false
    // What is told only now, of a day whose digest should be out, waits for nothing any more.
    if (known.dueAt <= now && !known.held.some(held => held.mailId === mailId)) return false
    const { day, waits } = placed(known, { mailId, referralId: referral.id, version }, digestAbove)
    if (day !== known) await putDay(day)
    return waits
  })
}

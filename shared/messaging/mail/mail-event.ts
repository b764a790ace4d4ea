/** Sends the mails about an event, or holds them for the digests of their readers. */

import type { Event, MailedItem } from '../../events/contract.ts'
import { eventSortKey, readEventIfPossible } from '../../events/index.ts'
import { asPartnerId, asReferralId, type PartnerId, type ReferralId, rfiIdOf } from '../../kernel/ids.ts'
import { nameOf } from '../../kernel/person.ts'
import { addressFingerprint } from '../../partners/index.ts'
import { addressOf } from '../../partners/rules.ts'
import { getAll, type Key } from '../../persistence/index.ts'
import { referralKey, rfiKey } from '../../referrals/index.ts'
import type { Referral } from '../../referrals/rules.ts'
import { after } from '../../time/duration.ts'
import { type Instant, instantOf } from '../../time/instant.ts'
import { reserveCustomerSlot } from '../customer-mail/reserve-slot.ts'
import { reserveDigestSlot } from '../digest/reserve-slot.ts'
import { mailLocalizer } from '../language/mails.ts'
import type { AnswerAction } from '../links/contract.ts'
import { answerUrl, muteUrl } from '../links/links.ts'
import { deliver } from './deliver.ts'
import { loadMailContext, loadRfiNews } from './load-context.ts'
import {
  type Draft,
  draftsOf,
  draftsToPartner,
  type MailContext,
  type RfiNews,
  reachesNobody,
  referralIn,
  type Urls,
} from './rules.ts'
import { lastPartOf, type MailRecord, mailIdOf, mailKey, recordEnd } from './store.ts'
import type { MailTask } from './task.ts'

export interface Mailed {
  /** Number of mails that SES accepted now. */
  readonly sent: number
  /** True if the partner should get mail, but none of its people can be reached. */
  readonly reachesNobody: boolean
}

/**
 * Sends the mails that an event causes, each at least once. A mail that fails does not stop the others.
 * @throws the first failure, after all mails were tried
 */
export const mailEvent = async (task: MailTask, now: Date): Promise<Mailed> => {
  const { event } = task
  const context = await loadMailContext(task, now)
  const news = await loadRfiNews(event, context)
  const drafts = [
    ...draftsOf(event, context).map(draft => ({ draft, occasion: { event, context } })),
    ...news.flatMap(one => draftsToPartner(one.event, one.context).map(draft => ({ draft, occasion: one }))),
  ]
  const outcomes = await Promise.allSettled(
    drafts.map(({ draft, occasion }) => sendDraft(draft, occasion, now)),
  )
  const passedOn = await passOnMissedMails(event, now)
  const failed = outcomes.find(outcome => outcome.status === 'rejected')
  if (failed) throw failed.reason
  const sent = outcomes.filter(outcome => outcome.status === 'fulfilled' && outcome.value).length
  return {
    sent: sent + passedOn.sent,
    reachesNobody:
      reachesNobody(event, context) ||
      news.some(one => reachesNobody(one.event, one.context)) ||
      passedOn.reachesNobody,
  }
}

const noMail: Mailed = { sent: 0, reachesNobody: false }

/** Mails the events that a failed contact has missed to the next contacts in order. No reader gets the same mail twice. */
const passOnMissedMails = async ({ type, data, subject: { profile } }: Event, now: Date): Promise<Mailed> => {
  if (type !== 'contact.failed' || !profile) return noMail
  const events = await loadEvents(profile.partnerId, data.missed)
  return mailEventsAgain(events, now)
}

interface WantedEvent {
  readonly referralId: ReferralId
  readonly version: number
  /** True if the event is one of the referral's RFI. */
  readonly ofRfi?: true | undefined
}

/** Loads events of a partner's referrals or their RFIs. Events that are missing or cannot be read are left out. */
export const loadEvents = async (partnerId: PartnerId, wanted: readonly WantedEvent[]): Promise<Event[]> => {
  const items = await getAll(
    wanted.map(({ referralId, version, ofRfi }) => {
      const { pk, sk } = ofRfi ? rfiKey(rfiIdOf(referralId)) : referralKey(partnerId, referralId)
      return { pk, sk: eventSortKey(sk, version) }
    }),
  )
  return items.flatMap(item => (item && readEventIfPossible(item)) ?? [])
}

/**
 * Mails events to contacts again, one event after the other, without suggestions, which only customers get.
 * @throws the first failure, after all events were tried
 */
export const mailEventsAgain = async (events: readonly Event[], now: Date): Promise<Mailed> => {
  let total = noMail
  const failures: unknown[] = []
  for (const event of events) {
    try {
      const { sent, reachesNobody } = await mailEvent({ event, suggestions: [] }, now)
      total = { sent: total.sent + sent, reachesNobody: total.reachesNobody || reachesNobody }
    } catch (error) {
      failures.push(error)
    }
  }
  if (failures.length > 0) throw failures[0]
  return total
}

type Occasion = Pick<RfiNews, 'event' | 'context'> & Partial<Pick<RfiNews, 'rfiVersion'>>

/** @returns true if SES accepted the mail now */
const sendDraft = async (
  draft: Draft,
  { event, context, rfiVersion }: Occasion,
  now: Date,
): Promise<boolean> => {
  // Several events of an RFI can concern the same version of a referral.
  const kind = rfiVersion === undefined ? draft.kind : `${draft.kind}.${rfiVersion}`
  const at = mailKey(event, kind, draft.to.email)
  const record = { ...recordOf(event, draft, mailIdOf(at), now), ...(rfiVersion && { rfiVersion }) }
  if (await reserveDigestSlot(draft, event, record.timelineItem.id, context)) {
    await recordEnd(at, record, { result: 'in-digest' }, now)
    return false
  }
  const reserved = draft.news && (await reserveCustomerSlot(draft.news, context))
  if (reserved?.slot === 'none') return false
  if (reserved && reserved.slot !== 'single') {
    await recordEnd(at, record, { result: 'in-digest' }, now)
    return false
  }
  const urls = urlsOf(event, addressOf(draft.to), at, context)
  const outgoing = {
    at,
    record,
    to: draft.to,
    message: draft.write(mailLocalizer(draft.to.locale), urls, reserved),
    thread: event.subject.referral?.id ?? event.subject.rfiId ?? event.id,
    muteUrl: draft.isMutable ? urls.mute() : undefined,
    isUrgent: draft.role !== 'customer' && referralIn(context)?.urgency === 'hot',
  }
  return (await deliver(outgoing, now)) === 'sent'
}

const recordOf = (
  { subject, version }: Event,
  { kind, role, to }: Draft,
  id: string,
  now: Date,
): MailRecord => {
  // The name and address of a customer are stored in one item only, so that erasure is one delete.
  const recipient = role === 'customer' ? { role } : { role, name: nameOf(to), email: to.email }
  const timelineItem: MailedItem = {
    type: 'mail',
    id,
    at: instantOf(now),
    version,
    kind,
    to: recipient,
    result: 'sending',
  }
  return { subject, timelineItem }
}

/**
 * @param address address of the reader
 * @param at key of the mail whose links answer the event
 */
export const urlsOf = (
  { version, at: happenedAt }: Event,
  address: string,
  at: Key,
  context: MailContext,
): Urls => {
  const { partnerId = asPartnerId(''), region = '' } = context.profileContacts ?? {}
  const reader = addressFingerprint(address)
  const referral = referralIn(context)
  return {
    answer: action =>
      answerUrl({
        partnerId,
        region,
        action,
        reader,
        referralId: referral?.id ?? asReferralId(''),
        version: referral?.version ?? 0,
        mail: [version, lastPartOf(at)],
        until: linkExpiry(action, referral, happenedAt),
      }),
    mute: () => muteUrl({ partnerId, region, reader }),
  }
}

/** Time for which links to report about an active referral work. Later nudges have new links. */
const reportLinkTime = 'P60D'

/** Returns the instant until which a link works: until the deadline of the answer, or of the reopening. */
const linkExpiry = (action: AnswerAction, referral: Referral | undefined, happenedAt: Instant): Instant => {
  const { respondBy, reopenUntil } = referral ?? {}
  const expiries: Readonly<Record<AnswerAction, Instant | null | undefined>> = {
    accept: respondBy,
    decline: respondBy,
    extend: respondBy,
    misaddressed: respondBy,
    reopen: reopenUntil,
    win: after(happenedAt, reportLinkTime),
    lose: after(happenedAt, reportLinkTime),
    reschedule: after(happenedAt, reportLinkTime),
    'still-open': after(happenedAt, reportLinkTime),
    resume: after(happenedAt, reportLinkTime),
  }
  return expiries[action] ?? ('' as Instant)
}

/**
 * Limits of the mails about one RFI to its customer. Mails that are not urgent and exceed the number of a day are gathered:
 * the next day, one mail tells all of them. A mail that no limit allows is not sent, because the request page shows the same.
 */

import type { ReferralId, RfiId } from '../../kernel/ids.ts'
import type { Policy } from '../../program/contract.ts'
import { allows, effective, type Referral } from '../../referrals/rules.ts'
import { after, type Duration } from '../../time/duration.ts'
import type { Instant } from '../../time/instant.ts'
import type { MailKind } from '../mail/contract.ts'

/**
 * `nobody-left`: urgent if no other partner works on the request or can still answer it. `first-question`: urgent if no
 * question was asked on the same day.
 */
export type Urgency = 'always' | 'nobody-left' | 'first-question' | 'never'

/** Kinds of mails to customers with their urgency. Urgent mails do not count towards the number of a day. */
export const urgencies = {
  receipt: 'always',
  accepted: 'always',
  declined: 'nobody-left',
  expired: 'nobody-left',
  added: 'never',
  extended: 'never',
  reopened: 'never',
  lost: 'never',
  'win-question': 'first-question',
  'choice-question': 'never',
  'customer-digest': 'never',
} as const satisfies Partial<Readonly<Record<MailKind, Urgency>>>
export type CustomerMailKind = keyof typeof urgencies

/** Something that a customer is told, and the event that it is about. */
export interface News {
  readonly id: string
  /** Null for an event of the RFI. */
  readonly referralId: ReferralId | null
  /** Version of the event. */
  readonly version: number
  /** Question that the news ask: is a reported win right, or has the customer decided. */
  readonly question: 'win' | 'choice' | null
}

/**
 * Right of news to use up the mails about the RFI. `acceptance`: all of them. `question`, `nobody-left`, `other`: those that
 * are not reserved for more important news.
 */
export type Priority = 'acceptance' | 'question' | 'nobody-left' | 'other'

/** News for which a mail could be sent. */
export interface PendingNews extends News {
  readonly isUrgent: boolean
  readonly priority: Priority
  /** News about other partners that the same mail can tell. */
  readonly others: readonly OtherNews[]
}

interface OtherNews {
  readonly id: string
  /** Instant of the event. */
  readonly at: Instant
}

/** A mail that was sent or is being sent. */
interface SentMail {
  /** Id of its news or, for gathered news, of the mail. */
  readonly id: string
  /** UTC: YYYY-MM-DD */
  readonly day: string
  readonly isUrgent: boolean
  /** Ids of the other news that the mail tells. */
  readonly tells: readonly string[]
}

/** The mails about one RFI to its customer, with the field names of the stored item. It holds no personal data. */
export interface CustomerMails {
  readonly rfiId: RfiId
  readonly version: number
  /** All mails in order, at most as many as the policy allows. */
  readonly sent: readonly SentMail[]
  /** News that wait for the mail of the next day. */
  readonly held: readonly News[]
  /** The mail with gathered news that is being sent. */
  readonly digest: { readonly id: string; readonly news: readonly News[] } | null
  /** Ids of gathered news that were told or became outdated, the latest ones. */
  readonly gathered: readonly string[]
  /** Instant at which held news are sent. */
  readonly dueAt: Instant | null
  /** Instant of the last question. */
  readonly askedAt: Instant | null
}

export const noMails = (rfiId: RfiId): CustomerMails => ({
  rfiId,
  version: 0,
  sent: [],
  held: [],
  digest: null,
  gathered: [],
  dueAt: null,
  askedAt: null,
})

/** Maximum numbers of stored ids. Each one has less than 80 bytes. */
const maxHeld = 50
const maxGathered = 200

/** Minimum time between a question to the customer and the question whether it has decided. */
const questionInterval: Duration = 'P30D'

/** Time after which news that were not sent, because of an outage, become due again with the next news. */
const overdueAfter: Duration = 'P2D'

/** Time in which the events of two partners count as simultaneous, because workers process events with a delay. */
const simultaneousWithin: Duration = 'PT1H'

export interface SlotTime {
  readonly now: Instant
  readonly limits: Policy['customerMails']
  /** Instant at which news that are held now are due. */
  readonly nextDue: Instant
  readonly acceptances: Acceptances
}

/** Acceptances of an RFI as numbers of partners. */
export interface Acceptances {
  readonly past: number
  /** Partners that can still accept, also after they have reopened the referral. */
  readonly possible: number
}

/** Counts the partners that have accepted an RFI and those that can still accept it. */
export const acceptancesOf = (referrals: readonly Referral[], now: Instant): Acceptances => {
  const present = referrals.map(referral => effective(referral, now))
  return {
    past: present.filter(hasAccepted).length,
    possible: present.filter(referral => canStillAccept(referral, now)).length,
  }
}

const hasAccepted = ({ status }: Referral): boolean => ['active', 'won', 'lost'].includes(status)

const canStillAccept = (referral: Referral, now: Instant): boolean => {
  const { status } = referral
  return (
    status === 'new' ||
    status === 'superseded' ||
    isUndoableDecline(referral, now) ||
    allows('reopen', referral, now)
  )
}

const isUndoableDecline = ({ status, undoUntil }: Referral, now: Instant): boolean =>
  status === 'declined' && undoUntil !== null && undoUntil > now

/**
 * Tests if the number of mails about the RFI allows one more mail. Mails are reserved for each acceptance that can still
 * follow, as far as they also allow the first mail and a question about a win. Partners that are added later need some too.
 */
const hasRoom = (
  { sent }: CustomerMails,
  priority: Priority,
  { limits: { perRfi }, acceptances: { past, possible } }: SlotTime,
): boolean => {
  const acceptances = Math.min(possible, Math.max(0, perRfi - 2 - past))
  const reserved: Readonly<Record<Priority, number>> = {
    acceptance: 0,
    question: acceptances,
    'nobody-left': Math.max(acceptances, Math.min(1, perRfi - 2)),
    other: Math.max(acceptances + 1, 2),
  }
  return sent.length + 1 + reserved[priority] <= perRfi
}

/**
 * Tests if the limit allows a mail about each answer of partners that get the RFI at the same time, so that a mail can
 * promise it.
 * @param count number of partners
 */
export const allowsEachAnswer = (count: number, { perRfi }: Policy['customerMails']): boolean =>
  perRfi >= (count === 1 ? 2 : count + 2)

/**
 * `single`: a mail of its own. `held`: part of the mail of the next day. `told`: part of another mail. `none`: not mailed.
 */
type Slot = 'single' | 'held' | 'told' | 'none'

interface Assigned {
  /** The mails with the news; the same object if they contained the news before. */
  readonly mails: CustomerMails
  readonly slot: Slot
  /** Ids of the other news that a single mail tells. */
  readonly tells: readonly string[]
  /** True for the last mail that the policy allows. */
  readonly isLast: boolean
}

const dayOf = (instant: Instant): string => instant.slice(0, 10)

const hasId =
  (id: string) =>
  (one: { readonly id: string }): boolean =>
    one.id === id

const wasTold = ({ sent, gathered }: CustomerMails, id: string): boolean =>
  gathered.includes(id) || sent.some(mail => mail.id === id || mail.tells.includes(id))

/** Decides how the customer is told news. The decision about the same news never changes, unless it was `none`. */
export const assignSlot = (mails: CustomerMails, news: PendingNews, time: SlotTime): Assigned => {
  const { sent, held, digest } = mails
  const { limits, now } = time
  const unchanged = { mails, tells: [], isLast: false }
  const mail = sent.find(hasId(news.id))
  if (mail)
    return { mails, slot: 'single', tells: mail.tells, isLast: sent.indexOf(mail) === limits.perRfi - 1 }
  if (wasTold(mails, news.id)) return { ...unchanged, slot: 'told' }
  if (held.some(hasId(news.id)) || digest?.news.some(hasId(news.id))) return { ...unchanged, slot: 'held' }
  if (!hasRoom(mails, news.priority, time) || isTooSoonToAsk(mails, news, now))
    return { ...unchanged, slot: 'none' }
  const isUrgent = news.isUrgent && !(news.question && wasAskedToday(mails, now))
  const changed = { ...mails, version: mails.version + 1, askedAt: news.question ? now : mails.askedAt }
  if (!isUrgent && isDayFull(mails, time)) return hold(changed, news, time)
  const tells = isUrgent ? tellable(mails, news, now) : []
  const next = withMail(changed, { id: news.id, day: dayOf(now), isUrgent, tells })
  return { mails: next, slot: 'single', tells, isLast: next.sent.length === limits.perRfi }
}

const isTooSoonToAsk = ({ askedAt }: CustomerMails, { question }: PendingNews, now: Instant): boolean =>
  question === 'choice' && askedAt !== null && now < after(askedAt, questionInterval)

const wasAskedToday = ({ askedAt }: CustomerMails, now: Instant): boolean =>
  askedAt !== null && dayOf(askedAt) === dayOf(now)

/** Tests if further news must wait. News also wait while other news do, so that one mail tells all of them. */
const isDayFull = ({ sent, held }: CustomerMails, { now, limits }: SlotTime): boolean => {
  const today = dayOf(now)
  return held.length > 0 || sent.filter(mail => !mail.isUrgent && mail.day === today).length >= limits.perDay
}

const hold = (
  mails: CustomerMails,
  { id, referralId, version, question }: News,
  { now, nextDue }: SlotTime,
): Assigned => {
  const { held } = mails
  // Digests are searched for a few days only, so news whose day has long passed become due again.
  const dueAt = mails.dueAt !== null && now < after(mails.dueAt, overdueAfter) ? mails.dueAt : nextDue
  const unsent = { tells: [], isLast: false }
  if (held.length >= maxHeld) return { ...unsent, mails, slot: 'none' }
  const next = { ...mails, held: [...held, { id, referralId, version, question }], dueAt }
  return { ...unsent, mails: next, slot: 'held' }
}

/** Returns the other news that the customer does not know: held ones, and those whose event is not processed yet. */
const tellable = (mails: CustomerMails, { others }: PendingNews, now: Instant): string[] =>
  others
    .filter(({ id, at }) => {
      if (mails.held.some(hasId(id))) return true
      return !wasTold(mails, id) && now < after(at, simultaneousWithin)
    })
    .map(({ id }) => id)

const withMail = (mails: CustomerMails, mail: SentMail): CustomerMails => {
  const held = mails.held.filter(({ id }) => !mail.tells.includes(id))
  const dueAt = held.length > 0 || mails.digest ? mails.dueAt : null
  return { ...mails, sent: [...mails.sent, mail], held, dueAt }
}

/**
 * Begins the mail with gathered news. A mail that was begun and not finished stays as it is.
 * @param isCurrent tests if held news are still true
 * @returns the same object if there is nothing to do; `digest` is null if no news is left to tell
 */
export const beginDigest = (
  mails: CustomerMails,
  isCurrent: (news: News) => boolean,
  time: SlotTime,
): CustomerMails => {
  const { now } = time
  const { sent, held, digest, dueAt } = mails
  if (digest || dueAt === null || dueAt > now) return mails
  const gathered = [...mails.gathered, ...held.map(({ id }) => id)].slice(-maxGathered)
  const done = { ...mails, version: mails.version + 1, held: [], gathered, dueAt: null }
  const news = held.filter(isCurrent)
  const priority = news.some(({ question }) => question === 'win') ? 'question' : 'other'
  if (news.length === 0 || !hasRoom(mails, priority, time)) return done
  const id = `digest.${dayOf(now)}`
  const mail = { id, day: dayOf(now), isUrgent: false, tells: [] }
  // Stays due, so that it is found again if it cannot be sent now.
  const askedAt = news.some(({ question }) => question !== null) ? now : done.askedAt
  return { ...done, sent: [...sent, mail], digest: { id, news }, dueAt, askedAt }
}

/** Ends the mail with gathered news after it was sent. */
export const endDigest = (mails: CustomerMails, { nextDue }: SlotTime): CustomerMails => ({
  ...mails,
  version: mails.version + 1,
  digest: null,
  dueAt: mails.held.length > 0 ? nextDue : null,
})

/** Tests if the mail with gathered news is the last one that the policy allows. */
export const isLastDigest = ({ sent, digest }: CustomerMails, { perRfi }: Policy['customerMails']): boolean =>
  digest !== null && sent.findIndex(hasId(digest.id)) === perRfi - 1

/** Longest delay of a message (Amazon SQS API Reference, “SendMessage”: `DelaySeconds`). The policy allows no longer undo time. */
const maxDelaySeconds = 900

/**
 * Returns the seconds until an answer can no longer be undone, rounded up.
 * @param version version of the event of the answer; 0 seconds if the answer was undone since
 */
export const secondsUntilFinal = (
  { undoUntil, actedVersion }: Pick<Referral, 'undoUntil' | 'actedVersion'>,
  version: number,
  now: Instant,
): number => {
  if (undoUntil === null || actedVersion !== version) return 0
  const seconds = Math.ceil((Date.parse(undoUntil) - Date.parse(now)) / 1000)
  return Math.min(Math.max(seconds, 0), maxDelaySeconds)
}

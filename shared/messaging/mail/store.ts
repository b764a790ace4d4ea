/**
 * Stores mails. A mail is in the mail partition of the owner of its event, and its sort key begins with the sort key of the
 * event. The item is the claim that prevents a second sending, and the entry that the timeline shows.
 */

import { fingerprint } from '../../crypto/fingerprint.ts'
import type { Event, MailedItem, MailResult } from '../../events/contract.ts'
import { eventSortKey, mailPartition } from '../../events/index.ts'
import { asRfiId, type PartnerId, type ReferralId } from '../../kernel/ids.ts'
import { healthKey } from '../../partners/index.ts'
import {
  ConditionFailed,
  contentOf,
  get,
  type Item,
  type Key,
  key,
  put,
  readStored,
  retryOnConflict,
  unknownFields,
} from '../../persistence/index.ts'
import { referralKey, rfiKey } from '../../referrals/index.ts'
import { type Instant, instantOf } from '../../time/instant.ts'
import { storedMail } from './stored.ts'

/** Lease of a claim. It is longer than the timeout of a worker, so an expired claim belongs to a crashed worker. */
const leaseMs = 60_000

/** Returns the owner and the sort key of an event's subject. */
const subjectOf = ({
  subject: { rfiId = asRfiId(''), referral, profile },
}: Event): { owner: string; sk: string } => {
  if (referral) return { owner: referral.partnerId, sk: referralKey(referral.partnerId, referral.id).sk }
  if (profile) return { owner: profile.partnerId, sk: healthKey(profile.partnerId, profile.region).sk }
  return { owner: rfiId, sk: rfiKey(rfiId).sk }
}

/** Returns the key of the mail of a kind about an event to an address. */
export const mailKey = (event: Event, kind: string, address: string): Key => {
  const { owner, sk } = subjectOf(event)
  return mailKeyBelow({ pk: mailPartition(owner), sk: eventSortKey(sk, event.version) }, kind, address)
}

/** Returns the key of a mail to an address, below the key of the event or day that the mail is about. */
export const mailKeyBelow = ({ pk, sk }: Key, kind: string, address: string): Key => ({
  pk,
  sk: key(sk, 'MAIL', fingerprint(kind, address.toLowerCase())),
})

/** Returns the key of the day that a digest is about. */
export const parentOf = ({ pk, sk }: Key): Key => ({ pk, sk: sk.slice(0, sk.lastIndexOf('#MAIL#')) })

/** Tests if a mail of a kind went to an address. */
export const isMailTo = (at: Key, kind: string, address: string): boolean =>
  mailKeyBelow(parentOf(at), kind, address).sk === at.sk

/** Returns the last part of a mail's key, which is unique among the mails about one event. */
export const lastPartOf = ({ sk }: Key): string => sk.slice(sk.lastIndexOf('#') + 1)

interface ReferralMail {
  readonly partnerId: PartnerId
  readonly referralId: ReferralId
  /** Version of the event that the mail is about. */
  readonly version: number
  readonly part: string
}

/** Returns the key of a mail about an event of a referral. */
export const referralMailKey = ({ partnerId, referralId, version, part }: ReferralMail): Key => ({
  pk: mailPartition(partnerId),
  sk: key(eventSortKey(referralKey(partnerId, referralId).sk, version), 'MAIL', part),
})

/**
 * Returns the partition in which mails were stored before they had their own class of keys. Timelines, events and links
 * hold mail ids that were derived from it, so ids are still derived from it.
 */
const firstPartitionOf = (pk: string): string =>
  pk.replace(/^MAIL#/, pk.startsWith('MAIL#ptr_') ? 'PARTNER#' : 'RFI#')

export const mailIdOf = ({ pk, sk }: Key): string => fingerprint(firstPartitionOf(pk), sk)

/** Encodes a mail's key as an SES tag, which may contain letters, digits, `-` and `_` only. */
export const keyTag = ({ pk, sk }: Key): string => Buffer.from(`${pk}\n${sk}`).toString('base64url')
export const readKeyTag = (tag: string): Key => {
  const [pk = '', sk = ''] = Buffer.from(tag, 'base64url').toString().split('\n')
  // Mails that were sent before mails had their own class of keys have the earlier partition in their tag.
  return { pk: pk.replace(/^(PARTNER|RFI)#/, 'MAIL#'), sk }
}

/** The data of a mail that its timeline entry is built from. */
export interface MailRecord {
  readonly subject: Event['subject']
  readonly timelineItem: MailedItem
  /** Version of the RFI's event that the mail is about; undefined if it is about an event of its own subject. */
  readonly rfiVersion?: number | undefined
}
interface StoredMail extends MailRecord {
  readonly version: number
  readonly state: 'claimed' | 'sent'
  readonly claimedUntil?: Instant | undefined
  readonly messageId?: string | undefined
}

const readMail = (item: Item): StoredMail => readStored(storedMail, 'mail', item)

const itemOf = (at: Key, kept: StoredMail): Item => ({ ...kept, pk: at.pk, sk: at.sk, entity: 'mail' })

const withResult = (record: MailRecord, result: MailResult, at: Instant): MailRecord => ({
  subject: record.subject,
  timelineItem: { ...record.timelineItem, result, at },
  ...(record.rfiVersion && { rfiVersion: record.rfiVersion }),
})

/**
 * Claims a mail for sending.
 * @returns `claimed`; `busy` if another worker holds the claim; the result of the mail if it was processed before
 */
export const claim = async (
  at: Key,
  record: MailRecord,
  now: Date,
): Promise<'claimed' | 'busy' | MailResult> => {
  const claimedUntil = instantOf(new Date(now.getTime() + leaseMs))
  try {
    await put({
      put: itemOf(at, { ...record, version: 1, state: 'claimed', claimedUntil }),
      when: { pk: 'absent' },
      orWhen: { state: 'claimed', claimedUntil: { atOrBefore: instantOf(now) } },
    })
    return 'claimed'
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error
    const found = error.failed[0]?.found
    return found?.state === 'sent' ? readMail(found).timelineItem.result : 'busy'
  }
}

/** Records the end of the processing of a mail: sent to SES, refused, or held for the digest. */
export const recordEnd = async (
  at: Key,
  record: MailRecord,
  { result, messageId }: { readonly result: MailResult; readonly messageId?: string },
  now: Date,
): Promise<void> => {
  const ended = withResult(record, result, instantOf(now))
  try {
    const kept = itemOf(at, { ...ended, version: 2, state: 'sent', ...(messageId && { messageId }) })
    await put({ put: kept, when: { state: 'claimed' }, orWhen: { pk: 'absent' } })
  } catch (error) {
    // Feedback about the mail may have been recorded first.
    if (!(error instanceof ConditionFailed) || error.failed[0]?.found?.state !== 'sent') throw error
  }
}

/** Releases a claim after SES refused the mail, so that the next attempt does not have to wait for the lease. */
export const release = async (at: Key, record: MailRecord, now: Date): Promise<void> => {
  const released: StoredMail = { ...record, version: 1, state: 'claimed', claimedUntil: instantOf(now) }
  await put({ put: itemOf(at, released), when: { state: 'claimed' } })
}

/** Ranks of results. Feedback comes late, twice and out of order, so a result replaces only results of a lower rank. */
const ranks: Readonly<Record<MailResult, number>> = {
  sending: 0,
  'in-digest': 1,
  sent: 1,
  delayed: 2,
  rejected: 3,
  'bounced-temporarily': 3,
  // A mail that was delivered cannot be delivered too late: a temporary bounce after it is an out-of-office reply.
  delivered: 4,
  refused: 5,
  misaddressed: 5,
  bounced: 6,
  complained: 7,
}

/**
 * Records the result of a mail, unless a result of the same or a higher rank is recorded.
 * @returns the mail with its present result; undefined if there is no such mail
 * @throws DomainError busy if the mail kept changing
 */
export const recordResult = (at: Key, result: MailResult, now: Date): Promise<MailRecord | undefined> =>
  retryOnConflict(async () => {
    const item = await get(at)
    if (item?.entity !== 'mail') return undefined
    const kept = readMail(item)
    if (ranks[kept.timelineItem.result] >= ranks[result]) return kept
    const next = withResult(kept, result, instantOf(now))
    const { state, version, messageId } = kept
    const updated: StoredMail = {
      ...next,
      version: version + 1,
      state: 'sent',
      ...(messageId && { messageId }),
    }
    // Keeps the fields that only a newer version of the program uses.
    await put({
      put: { ...unknownFields(storedMail, contentOf(item)), ...itemOf(at, updated) },
      when: { state, version },
    })
    return next
  })

/**
 * Mails in the table. A mail's sort key begins with the sort key of the event that it tells of, and it stands in a partition of
 * the same owner's mails. It is the claim that keeps a mail from going out twice, and the trace that the timeline shows.
 */

import { fingerprint } from '../../crypto/fingerprint.ts'
import type { Event, MailedItem, MailResult } from '../../events/contract.ts'
import { eventSortKey, mailPartition } from '../../events/index.ts'
import { asRfiId, type PartnerId, type ReferralId } from '../../kernel/ids.ts'
import { healthKey } from '../../partners/index.ts'
import {
  ConditionFailed,
  get,
  type Item,
  type Key,
  key,
  put,
  readStored,
  retryOnConflict,
} from '../../persistence/index.ts'
import { referralKey, rfiKey } from '../../referrals/index.ts'
import { type Instant, instantOf } from '../../time/instant.ts'
import { storedMail } from './stored.ts'

/** A claim is given up for crashed after this long: longer than a worker may run. */
const leaseMs = 60_000

/** The owner and the sort key of an event's subject. */
const subjectOf = ({
  subject: { rfiId = asRfiId(''), referral, profile },
}: Event): { owner: string; sk: string } => {
  if (referral) return { owner: referral.partnerId, sk: referralKey(referral.partnerId, referral.id).sk }
  if (profile) return { owner: profile.partnerId, sk: healthKey(profile.partnerId, profile.region).sk }
  return { owner: rfiId, sk: rfiKey(rfiId).sk }
}

/** Returns the key of the mail of a kind that tells somebody of an event. */
export const mailKey = (event: Event, kind: string, address: string): Key => {
  const { owner, sk } = subjectOf(event)
  return behind({ pk: mailPartition(owner), sk: eventSortKey(sk, event.version) }, kind, address)
}

/** Returns the key of the mail of a kind to somebody, under the sort key of what it tells of. */
export const behind = ({ pk, sk }: Key, kind: string, address: string): Key => ({
  pk,
  sk: key(sk, 'MAIL', fingerprint(kind, address.toLowerCase())),
})

/** Returns the key of the day that a digest tells of. */
export const parentOf = ({ pk, sk }: Key): Key => ({ pk, sk: sk.slice(0, sk.lastIndexOf('#MAIL#')) })

/** Returns the part of a mail's key that tells it from the others of the same event. */
export const partOf = ({ sk }: Key): string => sk.slice(sk.lastIndexOf('#') + 1)

interface ReferralMail {
  readonly partnerId: PartnerId
  readonly referralId: ReferralId
  /** Version of the event that the mail told of. */
  readonly version: number
  readonly part: string
}

/** Returns the key of a mail that told of a referral's event. */
export const referralMailKey = ({ partnerId, referralId, version, part }: ReferralMail): Key => ({
  pk: mailPartition(partnerId),
  sk: key(eventSortKey(referralKey(partnerId, referralId).sk, version), 'MAIL', part),
})

/**
 * The partition that a mail stood in before mails had a class of their own. Ids of mails were made of it, and stand in
 * timelines, events and links, so they are still made of it.
 */
const firstPartitionOf = (pk: string): string =>
  pk.replace(/^MAIL#/, pk.startsWith('MAIL#ptr_') ? 'PARTNER#' : 'RFI#')

export const mailIdOf = ({ pk, sk }: Key): string => fingerprint(firstPartitionOf(pk), sk)

/** A mail's key as SES carries it in a tag: of letters, digits, `-` and `_` alone. */
export const keyTag = ({ pk, sk }: Key): string => Buffer.from(`${pk}\n${sk}`).toString('base64url')
export const readKeyTag = (tag: string): Key => {
  const [pk = '', sk = ''] = Buffer.from(tag, 'base64url').toString().split('\n')
  // Mails that were sent before mails had a class of their own carry the partition of that time.
  return { pk: pk.replace(/^(PARTNER|RFI)#/, 'MAIL#'), sk }
}

/** A mail as it is kept. */
export interface MailRecord {
  readonly subject: Event['subject']
  readonly timelineItem: MailedItem
}
interface Kept extends MailRecord {
  readonly version: number
  readonly state: 'claimed' | 'sent'
  readonly claimedUntil?: Instant | undefined
  readonly messageId?: string | undefined
}

const readMail = (item: Item): Kept => readStored(storedMail, 'mail', item)

const itemOf = (at: Key, kept: Kept): Item => ({ ...kept, pk: at.pk, sk: at.sk, entity: 'mail' })

const withResult = (record: MailRecord, result: MailResult, at: Instant): MailRecord => ({
  subject: record.subject,
  timelineItem: { ...record.timelineItem, result, at },
})

/**
 * Claims a mail for sending.
 * @returns `claimed`; `busy` when another worker holds the claim; what became of it when it is done with
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

/** Records the end of a mail: sent to SES, refused for good, or left to the digest. */
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
    // Feedback about the mail was recorded first.
    if (!(error instanceof ConditionFailed) || error.failed[0]?.found?.state !== 'sent') throw error
  }
}

/** Gives a claim back after SES refused, so that the queue's next attempt need not wait for the lease. */
export const release = async (at: Key, record: MailRecord, now: Date): Promise<void> => {
  const released: Kept = { ...record, version: 1, state: 'claimed', claimedUntil: instantOf(now) }
  await put({ put: itemOf(at, released), when: { state: 'claimed' } })
}

/** Order of results: feedback comes late, twice and out of order, and a result replaces lower ones only. */
const ranks: Readonly<Record<MailResult, number>> = {
  sending: 0,
  'in-digest': 1,
  sent: 1,
  delivered: 2,
  refused: 3,
  misaddressed: 3,
  bounced: 4,
  complained: 5,
}

/**
 * Notes what became of a mail, unless something is known that came after it.
 * @returns the mail as it is known now; undefined when there is no such mail
 * @throws DomainError busy when others kept changing it
 */
export const recordResult = (at: Key, result: MailResult, now: Date): Promise<MailRecord | undefined> =>
  retryOnConflict(async () => {
    const item = await get(at)
    if (item?.entity !== 'mail') return undefined
    const kept = readMail(item)
    if (ranks[kept.timelineItem.result] >= ranks[result]) return kept
    const next = withResult(kept, result, instantOf(now))
    const { state, version, messageId } = kept
    const heard: Kept = { ...next, version: version + 1, state: 'sent', ...(messageId && { messageId }) }
    await put({ put: itemOf(at, heard), when: { state, version } })
    return next
  })

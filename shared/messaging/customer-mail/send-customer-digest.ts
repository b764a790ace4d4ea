/** Sends the news that were gathered for the customer of an RFI in one mail. */

import type { Event, MailedItem } from '../../events/contract.ts'
import { eventSortKey, readEventIfPossible } from '../../events/index.ts'
import type { ReferralId, RfiId } from '../../kernel/ids.ts'
import { nameOf } from '../../kernel/person.ts'
import { getAll, type Key, retryOnConflict } from '../../persistence/index.ts'
import { referralKey, rfiKey } from '../../referrals/index.ts'
import { instantOf } from '../../time/instant.ts'
import { mailLocalizer } from '../language/mails.ts'
import { deliver } from '../mail/deliver.ts'
import { loadRequestContext } from '../mail/load-context.ts'
import { mailIdOf, mailKeyBelow } from '../mail/store.ts'
import * as compose from './compose.ts'
import { type CustomerContext, type CustomerDraft, draftToCustomer, zoneFor } from './news.ts'
import { slotTime } from './reserve-slot.ts'
import { beginDigest, type CustomerMails, endDigest, isLastDigest, type News } from './rules.ts'
import { customerMailsKey, getCustomerMails, putCustomerMails } from './store.ts'

/**
 * Sends the gathered news that are still true, at least once: the item stays due until SES has accepted the mail.
 * @returns true if SES accepted it now
 */
export const sendCustomerDigest = async (rfiId: RfiId, now: Date): Promise<boolean> => {
  const context = await loadRequestContext(rfiId, now)
  const mails = await retryOnConflict(async () => {
    const known = await getCustomerMails(rfiId)
    const drafts = await draftsOf(known.held, context)
    const begun = beginDigest(known, ({ id }) => drafts.has(id), slotTime(context))
    if (begun !== known) await putCustomerMails(begun)
    return begun
  })
  if (!mails.digest) return false
  const isSent = await sendDigest(mails, mails.digest, context, now)
  await retryOnConflict(async () => {
    const known = await getCustomerMails(rfiId)
    if (known.digest) await putCustomerMails(endDigest(known, slotTime(context)))
  })
  return isSent
}

const sendDigest = async (
  mails: CustomerMails,
  { id, news }: NonNullable<CustomerMails['digest']>,
  context: CustomerContext,
  now: Date,
): Promise<boolean> => {
  const { customer, rfi, trackingUrl, policy, support } = context
  const drafts = [...(await draftsOf(news, context)).values()]
  // Everything can be outdated if an earlier attempt failed.
  if (!customer || !rfi || drafts.length === 0) return false
  const { contact } = customer
  const localizer = mailLocalizer(contact.locale)
  const { pk, sk } = customerMailsKey(rfi.id)
  const at = mailKeyBelow({ pk, sk: `${sk}#${id}` }, 'customer-digest', contact.email)
  const timelineItem: MailedItem = {
    type: 'mail',
    id: mailIdOf(at),
    at: instantOf(now),
    version: 0,
    kind: 'customer-digest',
    to: { role: 'customer' },
    result: 'sending',
  }
  const content = compose.customerDigest(localizer, {
    name: nameOf(contact),
    trackingUrl,
    rfiId: rfi.id,
    createdAt: rfi.createdAt,
    zone: zoneFor(context.addressed[0]?.referral, context),
    isLast: isLastDigest(mails, policy.customerMails),
    lines: drafts.map(({ line }) => line(localizer)),
  })
  const outgoing = {
    at,
    record: { subject: { rfiId: rfi.id }, timelineItem },
    to: contact,
    message: { ...content, replyTo: support },
    thread: rfi.id,
  }
  return (await deliver(outgoing, now)) === 'sent'
}

/** Returns the mails about news that are still true, by the id of the news. */
const draftsOf = async (
  news: readonly News[],
  context: CustomerContext,
): Promise<Map<string, CustomerDraft>> => {
  const located = news.flatMap(one => {
    const owner = ownerKey(one, context)
    return owner ? [{ id: one.id, key: { pk: owner.pk, sk: eventSortKey(owner.sk, one.version) } }] : []
  })
  const items = await getAll(located.map(({ key }) => key))
  const drafts = new Map<string, CustomerDraft>()
  for (const [index, { id }] of located.entries()) {
    const item = items[index]
    const event = item && readEventIfPossible(item)
    const draft = event && draftToCustomer(event, contextOf(event, context))
    // The referral can have ended a second time since. That end has news of its own.
    if (draft?.news.id === id) drafts.set(id, draft)
  }
  return drafts
}

/** Returns the key of the item whose event the news are about. */
const ownerKey = ({ referralId }: News, { rfi, addressed }: CustomerContext): Key | undefined => {
  if (referralId === null) return rfi && rfiKey(rfi.id)
  const recipient = addressed.find(({ referral }) => referral.id === referralId)
  return recipient && referralKey(recipient.partnerId, referralId)
}

/** Returns the context of an event of a referral, made from that of the RFI. */
const contextOf = ({ subject: { referral } }: Event, context: CustomerContext): CustomerContext => {
  if (!referral) return context
  const isOwn = (id: ReferralId) => id === referral.id
  return {
    ...context,
    addressed: context.addressed.filter(one => isOwn(one.referral.id)),
    siblings: context.addressed.filter(one => !isOwn(one.referral.id)),
  }
}

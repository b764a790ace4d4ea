/** Reports whether mail reaches a contact or a customer: a bounce, a refusal by SES, a complaint, or a delivery. */

import type { ContactProblem, Event } from '../../events/contract.ts'
import { recordDelivery, reportContactProblem } from '../../partners/index.ts'
import type { Key } from '../../persistence/index.ts'
import { recordReachableCustomer, recordUnreachableCustomer } from '../../referrals/index.ts'
import { getDay } from '../digest/store.ts'
import { isMailTo, type MailRecord, parentOf } from './store.ts'

/** The contact who gets a mail; undefined for mail to customers. */
const contactOf = ({ subject: { referral, profile }, timelineItem: { to } }: MailRecord) => {
  const owner = referral ?? profile
  if (to.email === undefined || !owner) return undefined
  const { partnerId, region } = owner
  return { partnerId, region, email: to.email }
}

interface Finding {
  readonly problem: ContactProblem
  readonly isTemporaryBounce?: boolean
}

/** The customer who gets a mail; undefined for mail to contacts. */
const customerOf = (at: Key, { subject: { rfiId }, timelineItem: { to, kind } }: MailRecord) =>
  to.role === 'customer' && rfiId
    ? { rfiId, wentTo: (address: string) => isMailTo(at, kind, address) }
    : undefined

/**
 * Records a problem with the address of a partner's contact or of a customer. It can be repeated. Single mails that did not
 * arrive say nothing about the address of a customer.
 */
export const reportProblemOf = async (
  at: Key,
  record: MailRecord,
  { problem, isTemporaryBounce = false }: Finding,
  now: Date,
): Promise<void> => {
  const customer = customerOf(at, record)
  if (customer && problem !== 'undelivered')
    await recordUnreachableCustomer(customer.rfiId, customer.wentTo, now)
  const contact = contactOf(record)
  if (!contact) return
  const { referral } = record.subject
  const { id, version, kind } = record.timelineItem
  const { rfiVersion } = record
  const about = rfiVersion ? { version: rfiVersion, ofRfi: true as const } : { version }
  const ownEvent = referral ? [{ referralId: referral.id, ...about }] : []
  const missed = kind === 'digest' ? await eventsInDigest(at) : ownEvent
  const report = { ...contact, data: { problem, mail: id, missed }, isTemporaryBounce }
  await reportContactProblem(report, { kind: 'system' }, now)
}

/** Records that a mail reached a partner's contact or a customer. It can be repeated. */
export const recordDeliveryOf = async (at: Key, record: MailRecord, now: Date): Promise<void> => {
  const customer = customerOf(at, record)
  if (customer) await recordReachableCustomer(customer.rfiId, customer.wentTo)
  const contact = contactOf(record)
  if (contact) await recordDelivery(contact, now)
}

/**
 * Loads the events of a digest from the item that counts the contact's mails of that day. Its key starts the digest's key.
 */
const eventsInDigest = async (at: Key): Promise<Event<'contact.failed'>['data']['missed']> => {
  const day = await getDay(parentOf(at))
  return (day?.held ?? []).map(({ referralId, version }) => ({ referralId, version }))
}

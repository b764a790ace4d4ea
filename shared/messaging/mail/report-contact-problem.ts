/** Reports whether mail reaches a contact: a bounce, a refusal by SES, a complaint, or a delivery. */

import type { ContactProblem, Event } from '../../events/contract.ts'
import { recordDelivery, reportContactProblem } from '../../partners/index.ts'
import type { Key } from '../../persistence/index.ts'
import { getDay } from '../digest/store.ts'
import { type MailRecord, parentOf } from './store.ts'

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

/**
 * Records a problem with the address of a partner's contact. It can be repeated. Nothing is recorded for customers: the
 * timeline shows the result of their mail.
 */
export const reportProblemOf = async (
  at: Key,
  record: MailRecord,
  { problem, isTemporaryBounce = false }: Finding,
  now: Date,
): Promise<void> => {
  const contact = contactOf(record)
  if (!contact) return
  const { referral } = record.subject
  const { id, version, kind } = record.timelineItem
  const ownEvent = referral ? [{ referralId: referral.id, version }] : []
  const missed = kind === 'digest' ? await eventsInDigest(at) : ownEvent
  const report = { ...contact, data: { problem, mail: id, missed }, isTemporaryBounce }
  await reportContactProblem(report, { kind: 'system' }, now)
}

/** Records that a mail reached a partner's contact. It can be repeated. */
export const recordContactDelivery = async (record: MailRecord, now: Date): Promise<void> => {
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

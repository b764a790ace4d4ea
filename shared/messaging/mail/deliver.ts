/** Delivers a mail in three steps: claim, send, record. A worker may crash after each step. */

import type { Person } from '../../kernel/person.ts'
import { nameOf } from '../../kernel/person.ts'
import type { Key } from '../../persistence/index.ts'
import { mailLocalizer } from '../language/mails.ts'
import type { MailContent } from './compose.ts'
import { urgentTag } from './contract.ts'
import { renderMessage } from './render.ts'
import { reportProblemOf } from './report-contact-problem.ts'
import { MailRefused, type OutgoingMail, send } from './ses.ts'
import { claim, keyTag, type MailRecord, recordEnd, release } from './store.ts'

/** Thrown if another worker holds the claim on a mail. The queue delivers the event again. */
class MailBusy extends Error {}

export interface Outgoing {
  readonly at: Key
  readonly record: MailRecord
  readonly to: Person
  readonly message: MailContent
  readonly thread: string
  readonly muteUrl?: string | undefined
  /** True if the mail must not wait for a slow mail server: SES's reports of delays are used. */
  readonly isUrgent?: boolean
}

/**
 * Sends a mail at least once. It is sent twice only if the response of SES or the record of the result was lost.
 * @returns `sent` if it was sent now; `known` if it was sent before; `refused` if SES will never accept the address
 * @throws MailBusy; MailRefused if SES may accept the mail later; any other error of SES or the table
 */
export const deliver = async (outgoing: Outgoing, now: Date): Promise<'sent' | 'known' | 'refused'> => {
  const { at, record } = outgoing
  const known = await claim(at, record, now)
  if (known === 'busy') throw new MailBusy('another worker holds the claim on this mail')
  // The worker that recorded the refusal may have crashed before it reported the contact.
  if (known === 'refused') return recordRefusal(outgoing, now)
  if (known !== 'claimed') return 'known'
  try {
    const messageId = await send(outgoingMailOf(outgoing))
    await recordEnd(at, record, { result: 'sent', messageId }, now)
    return 'sent'
  } catch (error) {
    // After any other error the mail may have been sent, so the claim stays until it expires.
    if (!(error instanceof MailRefused)) throw error
    if (error.isPermanent) return recordRefusal(outgoing, now)
    await release(at, record, now)
    throw error
  }
}

/** Treats an address that SES will never accept like one that bounces. */
const recordRefusal = async ({ at, record }: Outgoing, now: Date): Promise<'refused'> => {
  await recordEnd(at, record, { result: 'refused' }, now)
  await reportProblemOf(at, record, { problem: 'bounced' }, now)
  return 'refused'
}

const outgoingMailOf = ({
  at,
  record,
  to,
  message,
  thread,
  muteUrl,
  isUrgent = false,
}: Outgoing): OutgoingMail => ({
  to: { name: nameOf(to), address: to.email },
  replyTo: message.replyTo,
  rendered: renderMessage(message, mailLocalizer(to.locale).language),
  thread,
  muteUrl,
  tags: { mail: keyTag(at), kind: record.timelineItem.kind, ...(isUrgent && { [urgentTag]: 'yes' }) },
})

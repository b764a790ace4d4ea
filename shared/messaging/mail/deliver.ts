/** Sending a mail once: it is claimed, sent and recorded, and each of these may be the last that a worker does. */

import type { Person } from '../../kernel/person.ts'
import type { Key } from '../../persistence/index.ts'
import { mailSpeakerOf } from '../language/mails.ts'
import type { Message } from './messages.ts'
import { renderMessage } from './render.ts'
import { reportFailure } from './report-bounce.ts'
import { nameOf } from './rules.ts'
import { type Letter, MailRefused, send } from './ses.ts'
import { claim, keyTag, type MailRecord, recordEnd, release } from './store.ts'

/** Another worker holds the claim on a mail: let the queue bring the event again. */
class MailBusy extends Error {}

export interface Outgoing {
  readonly at: Key
  readonly record: MailRecord
  readonly to: Person
  readonly message: Message
  readonly thread: string
  readonly muteUrl?: string | undefined
}

/**
 * Sends a mail at least once: what was sent is not sent again, unless the record of it, or SES's answer, was lost.
 * @returns `sent` now; `known` when that was done before; `refused` when SES will never take it for this address
 * @throws MailBusy; MailRefused when SES may take it later; whatever else went wrong
 */
export const post = async (outgoing: Outgoing, now: Date): Promise<'sent' | 'known' | 'refused'> => {
  const { at, record } = outgoing
  const known = await claim(at, record, now)
  if (known === 'busy') throw new MailBusy('another worker is sending this mail')
  // Whoever wrote that down may have come no further.
  if (known === 'refused') return refused(outgoing, now)
  if (known !== 'claimed') return 'known'
  try {
    const messageId = await send(letterOf(outgoing))
    await recordEnd(at, record, { result: 'sent', messageId }, now)
    return 'sent'
  } catch (error) {
    // Whoever refuses has not sent. After silence one cannot know, and the claim runs out by itself.
    if (!(error instanceof MailRefused)) throw error
    if (error.isForGood) return refused(outgoing, now)
    await release(at, record, now)
    throw error
  }
}

/** An address that SES will never take is as good as one that bounces. */
const refused = async ({ at, record }: Outgoing, now: Date): Promise<'refused'> => {
  await recordEnd(at, record, { result: 'refused' }, now)
  await reportFailure(at, record, 'bounced', now)
  return 'refused'
}

const letterOf = ({ at, record, to, message, thread, muteUrl }: Outgoing): Letter => ({
  to: { name: nameOf(to), address: to.email },
  rendered: renderMessage(message, mailSpeakerOf(to.locale).language),
  thread,
  muteUrl,
  tags: { mail: keyTag(at), kind: record.timelineItem.kind },
})

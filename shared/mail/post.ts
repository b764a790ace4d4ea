/** Sending a mail once: it is claimed, sent and recorded, and each of these may be the last that a worker does. */

import { speakerOf } from '../language/rules.ts'
import type { Person } from '../platform/contract.ts'
import type { Key } from '../platform/item.ts'
import type { Message } from './messages.ts'
import { renderMessage } from './render.ts'
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
  const state = await claim(at, record, now)
  if (state === 'sent') return 'known'
  if (state === 'busy') throw new MailBusy('another worker is sending this mail')
  try {
    const messageId = await send(letterOf(outgoing))
    await recordEnd(at, record, { result: 'sent', messageId }, now)
    return 'sent'
  } catch (error) {
    // Whoever refuses has not sent. After silence one cannot know, and the claim runs out by itself.
    if (!(error instanceof MailRefused)) throw error
    if (!error.isForGood) {
      await release(at, record, now)
      throw error
    }
    await recordEnd(at, record, { result: 'refused' }, now)
    return 'refused'
  }
}

const letterOf = ({ at, record, to, message, thread, muteUrl }: Outgoing): Letter => ({
  to: { name: nameOf(to), address: to.email },
  rendered: renderMessage(message, speakerOf(to.locale).language),
  thread,
  muteUrl,
  tags: { mail: keyTag(at), kind: record.timelineItem.kind },
})

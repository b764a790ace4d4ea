/** Claims on mails: who is about to send, and what was sent. */
import { ConditionFailed, key } from '../platform/item.ts'
import { put } from '../platform/table.ts'

/** A claim is given up for crashed after this long: longer than a worker may run. */
const leaseMs = 60_000
/** What was sent is remembered longer than any queue holds its event (14 days). */
const keptForMs = 30 * 86_400_000

const claimItem = (mailKey: string, now: Date) => ({
  pk: key('MAIL', mailKey),
  sk: 'MAIL',
  entity: 'mail',
  ttl: Math.floor((now.getTime() + keptForMs) / 1000),
})

/**
 * Claims a mail for sending.
 * @returns `claimed`; `sent` when it went out before; `busy` when another worker holds the claim
 */
export const claim = async (mailKey: string, now: Date): Promise<'claimed' | 'sent' | 'busy'> => {
  const at = now.toISOString()
  const claimedUntil = new Date(now.getTime() + leaseMs).toISOString()
  try {
    await put({
      put: { ...claimItem(mailKey, now), state: 'claimed', claimedUntil },
      when: { pk: 'absent' },
      orWhen: { state: 'claimed', claimedUntil: { atOrBefore: at } },
    })
    return 'claimed'
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error
    return error.failed[0]?.found?.state === 'sent' ? 'sent' : 'busy'
  }
}

export const recordSent = async (mailKey: string, messageId: string, now: Date): Promise<void> => {
  const sent = { ...claimItem(mailKey, now), state: 'sent', sentAt: now.toISOString(), messageId }
  await put({ put: sent, when: { state: 'claimed' } })
}

/** Gives a claim back after SES refused, so that the queue's next attempt need not wait for the lease. */
export const release = async (mailKey: string, now: Date): Promise<void> => {
  const released = { ...claimItem(mailKey, now), state: 'claimed', claimedUntil: now.toISOString() }
  await put({ put: released, when: { state: 'claimed' } })
}

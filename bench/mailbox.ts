/** The mails of RFIs, once they were handed over. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Cloud } from '../local/cloud.ts'
import type { Mail } from '../local/ses.ts'

const patienceMs = 120_000
const pauseMs = 250

/** The part that an RFI's id shares with those of its referrals; each mail names one of them. */
const rootIn = (text: string): string => /r(?:fi|ef)_([0-9A-Z]{26})/.exec(text)?.[1] ?? ''

/** Resolves once that many mails about these RFIs are there. Each comes with the id of its RFI. */
export async function awaitMails(
  cloud: Cloud,
  rfiIds: readonly string[],
  count: number,
): Promise<(Mail & { readonly rfiId: string })[]> {
  const idOfRoot = new Map(rfiIds.map(id => [rootIn(id), id]))
  const deadline = performance.now() + patienceMs
  for (;;) {
    await cloud.clock.settled()
    const found = (await mailbox(cloud)).flatMap(mail => {
      const rfiId = idOfRoot.get(rootIn(mail.text))
      return rfiId ? [{ ...mail, rfiId }] : []
    })
    if (found.length >= count) return found
    if (performance.now() > deadline) throw new Error(`${found.length} of ${count} mails came`)
    await sleep(pauseMs)
  }
}

async function mailbox({ url }: Cloud): Promise<Mail[]> {
  const response = await fetch(`${url}/_local/mail`)
  return (await response.json()) as Mail[]
}

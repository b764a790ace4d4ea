/** Reads the mails of RFIs from the mailbox of a local cloud. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Mail } from '../local/aws/ses/service.ts'
import type { Cloud } from '../local/runtime/cloud.ts'
import type { AnswerAction } from '../shared/messaging/links/contract.ts'

const patienceMs = 600_000
const pauseMs = 250

/** The part of an RFI's id that the ids of its referrals share. */
const rootIn = (text: string): string => /r(?:fi|ef)_([0-9A-Z]{26})/.exec(text)?.[1] ?? ''

/** The RFI or referral of a mail, which is named in its thread header. */
const threadOf = ({ headers }: Mail): string => headers['in-reply-to'] ?? ''

/** Resolves when the expected number of mails about these RFIs has arrived. Each mail has the id of its RFI. */
export const awaitMails = async (
  cloud: Cloud,
  rfiIds: readonly string[],
  count: number,
): Promise<(Mail & { readonly rfiId: string })[]> => {
  const idOfRoot = new Map(rfiIds.map(id => [rootIn(id), id]))
  const deadline = performance.now() + patienceMs
  for (;;) {
    await cloud.clock.settled()
    const found = (await mailbox(cloud)).flatMap(mail => {
      const rfiId = idOfRoot.get(rootIn(threadOf(mail)))
      return rfiId ? [{ ...mail, rfiId }] : []
    })
    if (found.length >= count) return found
    if (performance.now() > deadline) throw new Error(`${found.length} of ${count} mails came`)
    await sleep(pauseMs)
  }
}

const tokenPattern = /\/v1\/pages\/(\w+)\?token=([\w.-]+)/g

/** Page and action of a link in a mail. */
export interface Link {
  readonly page: 'answer' | 'mute'
  readonly action?: AnswerAction
}

/** The token of a link in the newest mail about a referral. */
export const tokenIn = async (cloud: Cloud, referralId: string, { page, action }: Link): Promise<string> => {
  await cloud.clock.settled()
  const mails = await mailbox(cloud)
  const links = mails
    .filter(mail => threadOf(mail).includes(referralId))
    .flatMap(({ text }) => [...text.matchAll(tokenPattern)])
  const found = links.find(([, name, token = '']) => name === page && (!action || actionOf(token) === action))
  if (found?.[2]) return found[2]
  throw new Error(`no mail about ${referralId} has a link to ${page} ${action ?? ''}`)
}

/** Reads a token without verification: tokens are signed, not encrypted. */
const actionOf = (token: string): unknown => {
  const [payload = ''] = token.split('.')
  return (JSON.parse(Buffer.from(payload, 'base64url').toString()) as { action?: unknown }).action
}

const mailbox = async ({ url }: Cloud): Promise<Mail[]> => {
  const response = await fetch(`${url}/_local/mail`)
  return (await response.json()) as Mail[]
}

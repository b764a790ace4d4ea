/** Reads the mails of RFIs from the mailbox of a local cloud. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Mail } from '../local/aws/ses/service.ts'
import type { Cloud } from '../local/runtime/cloud.ts'
import type { AnswerAction } from '../shared/messaging/links/contract.ts'

const timeLimitMs = 600_000
const pollIntervalMs = 250

/** Returns the part of the id of an RFI that the ids of its referrals contain. */
const rootIn = (text: string): string => /r(?:fi|ef)_([0-9A-Z]{26})/.exec(text)?.[1] ?? ''

/** Returns the thread header, which contains the id of the RFI or referral. */
const threadOf = ({ headers }: Mail): string => headers['in-reply-to'] ?? ''

/**
 * Resolves when the expected number of mails about these RFIs has arrived. Each mail has the id of its RFI. @throws
 * Error after ten minutes
 */
export const awaitMails = async (
  cloud: Cloud,
  rfiIds: readonly string[],
  count: number,
): Promise<(Mail & { readonly rfiId: string })[]> => {
  const idOfRoot = new Map(rfiIds.map(id => [rootIn(id), id]))
  const deadline = performance.now() + timeLimitMs
  for (;;) {
    await cloud.clock.settled()
    const found = (await mailbox(cloud)).flatMap(mail => {
      const rfiId = idOfRoot.get(rootIn(threadOf(mail)))
      return rfiId ? [{ ...mail, rfiId }] : []
    })
    if (found.length >= count) return found
    if (performance.now() > deadline) throw new Error(`${found.length} mails have arrived, expected ${count}`)
    await sleep(pollIntervalMs)
  }
}

const tokenPattern = /\/v1\/pages\/(\w+)\?token=([\w.-]+)/g

/** Page and action of a link in a mail. */
export interface Link {
  readonly page: 'answer' | 'mute'
  readonly action?: AnswerAction
}

/** Returns the token of a link in the newest mail about a referral. @throws Error if no mail has the link */
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

/** Reads a token without verification. Tokens are signed, not encrypted. */
const actionOf = (token: string): unknown => {
  const [payload = ''] = token.split('.')
  return (JSON.parse(Buffer.from(payload, 'base64url').toString()) as { action?: unknown }).action
}

const mailbox = async ({ url }: Cloud): Promise<Mail[]> => {
  const response = await fetch(`${url}/_local/mail`)
  return (await response.json()) as Mail[]
}

/** Hands a mail over to Amazon SES, as a MIME message of our own making. */
import { SESClient, SESServiceException, SendRawEmailCommand } from '@aws-sdk/client-ses'
import MailComposer from 'nodemailer/lib/mail-composer'
import { setting } from '../platform/settings.ts'
import { timeouts } from '../platform/timeouts.ts'
import type { Recipient } from './contract.ts'
import type { Rendered } from './render.ts'

/**
 * SES knows no idempotency token, so a retry inside the client could send twice unseen: one attempt, and the queue
 * retries against the claim.
 */
const client = new SESClient({ maxAttempts: 1, requestHandler: timeouts })

/** SES answered, and did not take the mail. Its own words are left out: they can hold addresses. */
export class MailRefused extends Error {
  constructor({ name, $metadata }: SESServiceException) {
    super(`SES refused a mail: ${name} (${$metadata.httpStatusCode})`)
    this.name = 'MailRefused'
  }
}

/** @returns SES's message id. @throws MailRefused; anything else when SES gave no answer */
export const send = async (to: Recipient, { subject, html, text }: Rendered): Promise<string> => {
  const Source = setting('MAIL_FROM')
  const composer = new MailComposer({
    from: { name: 'Referral Center', address: Source },
    to: { name: to.name, address: to.address },
    subject,
    html,
    text,
    headers: { 'Auto-Submitted': 'auto-generated' },
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  const Data = await composer.compile().build()
  const command = new SendRawEmailCommand({ Source, Destinations: [to.address], RawMessage: { Data } })
  return sendWithin(command, patienceMs)
}

/** How long a mail waits for its turn when SES throttles, before the queue has to bring it again. */
const patienceMs = 10_000

const sendWithin = async (command: SendRawEmailCommand, leftMs: number): Promise<string> => {
  try {
    const { MessageId = '' } = await client.send(command)
    return MessageId
  } catch (error) {
    if (!(error instanceof SESServiceException)) throw error
    if (error.name !== 'Throttling' || leftMs <= 0) throw new MailRefused(error)
  }
  // SES counts by the second.
  const waitMs = 500 + 1000 * Math.random()
  await new Promise(resolve => setTimeout(resolve, waitMs))
  return sendWithin(command, leftMs - waitMs)
}

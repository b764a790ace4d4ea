/** Hands a mail over to Amazon SES, as a MIME message of our own making. */
import { SESClient, SendRawEmailCommand } from '@aws-sdk/client-ses'
import MailComposer from 'nodemailer/lib/mail-composer'
import { setting } from '../platform/settings.ts'
import type { Recipient } from './contract.ts'
import type { Rendered } from './render.ts'

/**
 * SES knows no idempotency token, so a retry inside the client could send twice unseen: one attempt, and the queue
 * retries against the claim.
 */
const client = new SESClient({
  maxAttempts: 1,
  requestHandler: { connectionTimeout: 1000, requestTimeout: 5000 },
})

/** @returns SES's message id. @throws what SES answers when it does not take the mail */
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
  const { MessageId = '' } = await client.send(command)
  return MessageId
}

/** Hands a mail over to Amazon SES, as a MIME message of our own making. */
import { SESClient, SESServiceException, SendRawEmailCommand } from '@aws-sdk/client-ses'
import MailComposer from 'nodemailer/lib/mail-composer'
import { setting } from '../../kernel/settings.ts'
import { timeouts } from '../../kernel/timeouts.ts'
import type { Rendered } from './render.ts'

/**
 * SES knows no idempotency token, so a retry inside the client could send twice unseen: one attempt, and the queue
 * retries against the claim.
 */
const client = new SESClient({ maxAttempts: 1, requestHandler: timeouts })

/** SES answered, and did not take the mail. Its own words are left out: they can hold addresses. */
export class MailRefused extends Error {
  /** Whether the address itself is the reason, so that no attempt will ever help. */
  readonly isForGood: boolean
  constructor({ name, message, $metadata }: SESServiceException) {
    super(`SES refused a mail: ${name} (${$metadata.httpStatusCode})`)
    this.name = 'MailRefused'
    this.isForGood = name === 'InvalidParameterValue' && faultOfAddress.test(message)
  }
}

/**
 * How SES speaks of an address that is none. It answers `InvalidParameterValue` to a bad tag or a long message too, which
 * is our fault and no contact's. It does not say whose address it means: the sender's form is checked when the app is
 * synthesized.
 */
const faultOfAddress = /^(Illegal address|Local address|Domain|Missing (domain|local name|final '@domain'))/

export interface Letter {
  readonly to: { readonly name: string; readonly address: string }
  readonly rendered: Rendered
  /** What mails of the same thread have in common, such as a referral's id. */
  readonly thread: string
  /** Where one click stops such mails (RFC 8058), if they can be stopped. */
  readonly muteUrl?: string | undefined
  /** By which news of the mail find what it was about. */
  readonly tags: Readonly<Record<string, string>>
}

/** @returns SES's message id. @throws MailRefused; anything else when SES gave no answer */
export const send = async ({ to, rendered, thread, muteUrl, tags }: Letter): Promise<string> => {
  const Source = setting('MAIL_FROM')
  const { subject, html, text } = rendered
  // SES gives each mail a Message-ID of its own; what a thread hangs on is what its mails refer to.
  const root = `<${thread}@${Source.slice(Source.lastIndexOf('@') + 1)}>`
  const composer = new MailComposer({
    from: { name: 'Referral Center', address: Source },
    to: { name: to.name, address: to.address },
    subject,
    html,
    text,
    inReplyTo: root,
    references: [root],
    headers: {
      'Auto-Submitted': 'auto-generated',
      // Exchange sends no out-of-office notes to what says so.
      'X-Auto-Response-Suppress': 'All',
      ...(muteUrl && {
        'List-Unsubscribe': { prepared: true, foldLines: true, value: `<${muteUrl}>` },
        'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
      }),
    },
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  const command = new SendRawEmailCommand({
    Source,
    Destinations: [to.address],
    RawMessage: { Data: await composer.compile().build() },
    ConfigurationSetName: setting('CONFIGURATION_SET'),
    Tags: Object.entries(tags).map(([Name, Value]) => ({ Name, Value })),
  })
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

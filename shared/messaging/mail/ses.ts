/** Composes a MIME message and sends it with Amazon SES. */
import { SESClient, SESServiceException, SendRawEmailCommand } from '@aws-sdk/client-ses'
import MailComposer from 'nodemailer/lib/mail-composer'
import { email } from '../../kernel/person.ts'
import { setting } from '../../kernel/settings.ts'
import { timeouts } from '../../kernel/timeouts.ts'
import type { Mailbox } from './contract.ts'
import type { Rendered } from './render.ts'

/**
 * SES has no idempotency token, so a retry inside the client could send a mail twice. The client makes one
 * attempt. Retries are made by the queue; the stored claim of the mail prevents that it is sent twice.
 */
const client = new SESClient({ maxAttempts: 1, requestHandler: timeouts })

/** Thrown if SES did not accept a mail. The error message of SES is left out because it can contain addresses. */
export class MailRefused extends Error {
  /** True if the address is invalid, so that a retry cannot help. */
  readonly isPermanent: boolean
  constructor({ name, message, $metadata }: SESServiceException) {
    super(`SES refused a mail: ${name} (${$metadata.httpStatusCode})`)
    this.name = 'MailRefused'
    this.isPermanent = name === 'InvalidParameterValue' && invalidAddressMessage.test(message)
  }
}

/**
 * Error messages of SES about an invalid address. `InvalidParameterValue` also covers bad tags and messages that are too
 * long, which do not depend on the contact. SES does not say whether the address of the sender or of the addressee is
 * invalid; the sender's address is checked when the app is synthesized.
 */
const invalidAddressMessage =
  /^(Illegal address|Local address|Domain|Missing (domain|local name|final '@domain'))/

/** A rendered mail with its addressee. */
export interface OutgoingMail {
  readonly to: Mailbox
  /** The person who gets the answers. Answers go to the sender if it is undefined or its address is invalid. */
  readonly replyTo?: Mailbox | undefined
  readonly rendered: Rendered
  /** Id that all mails of a thread share, such as the id of a referral. */
  readonly thread: string
  /** URL that stops mails of this kind with one click (RFC 8058); undefined if they cannot be stopped. */
  readonly muteUrl?: string | undefined
  /** Tags that SES repeats in its feedback. */
  readonly tags: Readonly<Record<string, string>>
}

/** @returns the message id of SES @throws MailRefused; another error if SES did not respond */
export const send = async ({
  to,
  replyTo,
  rendered,
  thread,
  muteUrl,
  tags,
}: OutgoingMail): Promise<string> => {
  const Source = setting('MAIL_FROM')
  const { subject, html, text } = rendered
  // SES replaces the Message-ID, so the mails of a thread all refer to one id that no mail has.
  const root = `<${thread}@${Source.slice(Source.lastIndexOf('@') + 1)}>`
  const composer = new MailComposer({
    from: { name: 'Referral Center', address: Source },
    to: { name: to.name, address: to.address },
    replyTo: replyTo && email.safeParse(replyTo.address).success ? { ...replyTo } : [],
    subject,
    html,
    text,
    inReplyTo: root,
    references: [root],
    headers: {
      'Auto-Submitted': 'auto-generated',
      // Asks Exchange for no out-of-office replies.
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
  return sendWithin(command, throttlingBudgetMs)
}

/** Maximum time for retries while SES throttles. Afterwards the queue delivers the event again. */
const throttlingBudgetMs = 10_000

const sendWithin = async (command: SendRawEmailCommand, leftMs: number): Promise<string> => {
  try {
    const { MessageId = '' } = await client.send(command)
    return MessageId
  } catch (error) {
    if (!(error instanceof SESServiceException)) throw error
    if (error.name !== 'Throttling' || leftMs <= 0) throw new MailRefused(error)
  }
  // SES limits the sending rate. Wait with jitter before the next attempt.
  const waitMs = 500 + 1000 * Math.random()
  await new Promise(resolve => setTimeout(resolve, waitMs))
  return sendWithin(command, leftMs - waitMs)
}

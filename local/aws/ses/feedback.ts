/**
 * The events that SES publishes about a mail (sent, and the outcome at its recipients), in the form that AWS documents
 * under "Contents of event data".
 */
import { randomUUID } from 'node:crypto'
import type { ServiceEvent } from '../eventbridge/service.ts'
import type { ConfigurationSet } from './configuration-sets.ts'
import type { DeliveryOutcome } from './recipients.ts'

export interface Header {
  readonly name: string
  readonly value: string
}

/** The facts about a mail that its events contain. */
interface SentMail {
  readonly id: string
  /** ISO 8601, virtual. */
  readonly sentAt: string
  readonly from: string
  readonly to: readonly string[]
  readonly cc: readonly string[]
  readonly recipients: readonly string[]
  readonly subject: string
  readonly tags: Readonly<Record<string, string>>
  /** Headers in the form that the sender wrote. */
  readonly headers: readonly Header[]
  readonly identityArn: string
  readonly account: string
  /** Name of the role that sent the mail. */
  readonly callerIdentity: string
}

type EventType = 'Send' | 'Reject' | 'Delivery' | 'DeliveryDelay' | 'Bounce' | 'Complaint'
type Report = [EventType, object]

const detailTypes: Record<EventType, string> = {
  Send: 'Email Sent',
  Reject: 'Email Rejected',
  Delivery: 'Email Delivered',
  DeliveryDelay: 'Email Delivery Delayed',
  Bounce: 'Email Bounced',
  Complaint: 'Email Complaint Received',
}

/** Limit of SES for the headers in an event. */
const maxHeaderBytes = 10 * 1024
/** Time for which SES tries to deliver a mail: 840 minutes. */
const retryMs = 840 * 60_000
const ownIp = '127.0.0.1'
const ownMta = 'localhost'

/** The events that the configuration set publishes, in order of time. */
export const feedback = (
  mail: SentMail,
  outcomes: ReadonlyMap<string, DeliveryOutcome>,
  set: ConfigurationSet,
): ServiceEvent[] => {
  const recipientsByOutcome = Map.groupBy(
    outcomes.keys(),
    recipient => outcomes.get(recipient) as DeliveryOutcome,
  )
  const reports: Report[] = [
    ['Send', {}],
    ...[...recipientsByOutcome].flatMap(([outcome, recipients]) =>
      reportsOf[outcome](recipients, mail.sentAt),
    ),
  ]
  return reports
    .filter(([type]) => set.events.has(type.toLowerCase()))
    .map(([type, report]) => ({
      source: 'aws.ses',
      detailType: detailTypes[type],
      resources: [set.arn],
      detail: { eventType: type, mail: describe(mail, set, type), [fieldOf(type)]: report },
    }))
}

/** Field of an event that has the facts of its type, such as `deliveryDelay`. */
const fieldOf = (type: EventType): string => type.replace(/^./, letter => letter.toLowerCase())

const reportsOf: Record<DeliveryOutcome, (recipients: readonly string[], at: string) => Report[]> = {
  delivered: (recipients, at) => [delivery(recipients, at)],
  complained: (recipients, at) => [delivery(recipients, at), userComplaint(recipients, at, 'abuse')],
  'not-spam': (recipients, at) => [delivery(recipients, at), userComplaint(recipients, at, 'not-spam')],
  // SES rejects the whole message, independent of the behaviour of its recipients.
  rejected: () => [['Reject', { reason: 'Bad content' }]],
  delayed: (recipients, at) => [
    [
      'DeliveryDelay',
      {
        timestamp: at,
        delayType: 'MailboxFull',
        expirationTime: new Date(Date.parse(at) + retryMs).toISOString(),
        delayedRecipients: recipients.map(emailAddress => ({
          emailAddress,
          status: '4.2.2',
          diagnosticCode: 'smtp; 452 4.2.2 mailbox full',
        })),
        reportingMTA: ownMta,
      },
    ],
  ],
  'out-of-office': (recipients, at) => [
    delivery(recipients, at),
    bounce(recipients, at, {
      types: ['Transient', 'General'],
      status: '4.4.7',
      diagnosticCode: 'smtp; automatic reply: out of the office',
      reportingMTA: `dns; ${ownMta}`,
    }),
  ],
  'undetermined-bounced': (recipients, at) => [
    bounce(recipients, at, {
      types: ['Undetermined', 'Undetermined'],
      status: '5.0.0',
      diagnosticCode: 'smtp; unknown reason',
      reportingMTA: `dns; ${ownMta}`,
    }),
  ],
  bounced: (recipients, at) => [
    bounce(recipients, at, {
      types: ['Permanent', 'General'],
      status: '5.1.1',
      diagnosticCode: 'smtp; 550 5.1.1 user unknown',
      reportingMTA: `dns; ${ownMta}`,
    }),
  ],
  'soft-bounced': (recipients, at) => [
    bounce(recipients, at, {
      types: ['Transient', 'General'],
      status: '4.4.7',
      diagnosticCode: 'smtp; 550 4.4.7 Message expired: unable to deliver in 840 minutes.',
      reportingMTA: `dns; ${ownMta}`,
    }),
  ],
  'suppressed-for-bounce': (recipients, at) => [
    bounce(recipients, at, {
      types: ['Permanent', 'OnAccountSuppressionList'],
      status: '5.1.1',
      diagnosticCode:
        'Amazon SES did not send the message to this address because it is on the suppression list for your account.',
      reportingMTA: 'dns; amazonses.com',
    }),
  ],
  'suppressed-for-complaint': (recipients, at) => [
    complaint(recipients, at, { complaintSubType: 'OnAccountSuppressionList' }),
  ],
  'suppressed-globally': (recipients, at) => [
    bounce(recipients, at, {
      types: ['Permanent', 'Suppressed'],
      status: '5.1.1',
      diagnosticCode:
        'Amazon SES has suppressed sending to this address because it has a recent history of bouncing as an invalid address.',
      reportingMTA: 'dns; amazonses.com',
    }),
  ],
}

const delivery = (recipients: readonly string[], timestamp: string): Report => [
  'Delivery',
  {
    timestamp,
    processingTimeMillis: 0,
    recipients,
    smtpResponse: '250 2.6.0 Message received',
    remoteMtaIp: ownIp,
    reportingMTA: ownMta,
  },
]

interface BounceReport {
  readonly types: [type: 'Permanent' | 'Transient' | 'Undetermined', subType: string]
  readonly status: string
  readonly diagnosticCode: string
  readonly reportingMTA: string
}

const bounce = (recipients: readonly string[], timestamp: string, report: BounceReport): Report => {
  const { types, status, diagnosticCode, reportingMTA } = report
  const [bounceType, bounceSubType] = types
  return [
    'Bounce',
    {
      feedbackId: feedbackId(),
      bounceType,
      bounceSubType,
      bouncedRecipients: recipients.map(emailAddress => ({
        emailAddress,
        action: 'failed',
        status,
        diagnosticCode,
      })),
      timestamp,
      reportingMTA,
    },
  ]
}

const complaint = (recipients: readonly string[], timestamp: string, report: object): Report => [
  'Complaint',
  {
    feedbackId: feedbackId(),
    complaintSubType: null,
    complainedRecipients: recipients.map(emailAddress => ({ emailAddress })),
    timestamp,
    ...report,
  },
]

/** Complaint that the mail provider of a recipient has sent. */
const userComplaint = (recipients: readonly string[], at: string, complaintFeedbackType: string): Report =>
  complaint(recipients, at, {
    userAgent: 'Amazon SES Mailbox Simulator',
    complaintFeedbackType,
    arrivalDate: at,
  })

const feedbackId = () => `${randomUUID()}-000000`

const describe = (mail: SentMail, set: ConfigurationSet, type: EventType): object => {
  const headers = firstHeaders(mail.headers)
  return {
    timestamp: mail.sentAt,
    source: mail.from,
    sourceArn: mail.identityArn,
    sendingAccountId: mail.account,
    messageId: mail.id,
    destination: mail.recipients,
    headersTruncated: headers.length < mail.headers.length,
    headers,
    commonHeaders: commonHeaders(mail),
    tags: {
      'ses:configuration-set': [set.name],
      'ses:source-ip': [ownIp],
      'ses:from-domain': [mail.from.replace(/^.*@/, '')],
      'ses:caller-identity': [mail.callerIdentity],
      ...(type === 'Delivery' && { 'ses:outgoing-ip': [ownIp] }),
      ...Object.fromEntries(Object.entries(mail.tags).map(([name, value]) => [name, [value]])),
    },
  }
}

const firstHeaders = (headers: readonly Header[]): readonly Header[] => {
  let bytes = 0
  const tooMuch = headers.findIndex(({ name, value }) => {
    bytes += Buffer.byteLength(name) + Buffer.byteLength(value)
    return bytes > maxHeaderBytes
  })
  return tooMuch < 0 ? headers : headers.slice(0, tooMuch)
}

const commonHeaders = ({ id, headers, to, cc, subject }: SentMail): object => {
  const from = headers.filter(({ name }) => name.toLowerCase() === 'from').map(({ value }) => value)
  return {
    from,
    to,
    ...(cc.length > 0 && { cc }),
    messageId: id,
    subject,
  }
}

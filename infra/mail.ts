/** Mail to partners and customers through an SES identity that the operator has verified, and the feedback of SES. */
import { Aws, Duration, Stack } from 'aws-cdk-lib'
import { Metric } from 'aws-cdk-lib/aws-cloudwatch'
import { EventBus, EventField, Rule, RuleTargetInput } from 'aws-cdk-lib/aws-events'
import {
  ConfigurationSet,
  ConfigurationSetTlsPolicy,
  EmailSendingEvent,
  EventDestination,
  SuppressionReasons,
} from 'aws-cdk-lib/aws-ses'
import { Construct } from 'constructs'
import { directEvents, preparedEvents, urgentTag } from '../shared/messaging/contract.ts'
import type { KeyClass } from '../shared/persistence/contract.ts'
import type { Alarms } from './alarms.ts'
import { deliverTo, type Events } from './events.ts'
import type { FunctionProps } from './function.ts'
import { RecurringMessage } from './recurring-message.ts'
import type { ReferralTable } from './table.ts'
import { Worker } from './worker.ts'

interface MailProps extends Pick<FunctionProps, 'alarms' | 'logLevel'> {
  readonly table: ReferralTable
  readonly events: Events
  readonly signingKey: string
  readonly publicUrl: string
  readonly from: string
  readonly languages: readonly string[]
  /** Receives the answers to mails of the program to customers. */
  readonly supportAddress: string | undefined
  readonly identity: string
  readonly concurrency: number
}

/** Rates at which SES reviews an account. It can pause sending soon after (Amazon SES Developer Guide, “Reputation”). */
const rates = {
  BounceRate: {
    above: 0.05,
    impact: 'More than 5 % of mails bounce: SES may stop all mail. Check the list of unhealthy profiles.',
  },
  ComplaintRate: {
    above: 0.001,
    impact: 'More than 0.1 % of mails are marked as spam: SES may stop all mail.',
  },
}

/**
 * Types of complaints that are none (SES Developer Guide, “Complaint object”; RFC 5965): the reader moved the mail out of the
 * spam folder, or a mail server reports a failed authentication. Mail to an address on the suppression list has no type.
 */
const noComplaints = ['not-spam', 'auth-failure']

/** Classes of mails with the daily counts of contacts, and of contact health, which a failed mail changes. */
const mailItems = ['mail', 'health'] as const

/** The same, and the class of RFIs with their customers: a failed mail to a customer changes both. */
const feedbackItems = [...mailItems, 'rfi'] as const

/** Metrics of send-mail with an alarm when they are above zero, and their effects. */
const mailAlarms = {
  NobodyReached: 'A partner got no mail about a referral, because none of its contacts can be reached.',
  WinDenied:
    'A customer says that a win that a partner reported is not right. It counts as a false report. The log of send-mail names the referral.',
}

export class Mail extends Construct {
  readonly #configurationSet: ConfigurationSet

  constructor(scope: Construct, id: string, props: MailProps) {
    super(scope, id)
    this.#configurationSet = new ConfigurationSet(this, 'ConfigurationSet', {
      // SES stops mail to addresses that bounced or complained, for all partners.
      suppressionReasons: SuppressionReasons.BOUNCES_AND_COMPLAINTS,
      reputationMetrics: true,
      // Links in mails can answer referrals, so mail is sent to servers with TLS only.
      tlsPolicy: ConfigurationSetTlsPolicy.REQUIRE,
    })
    this.#addAlarms(props.alarms)
    this.#suggestPartners(props, this.#sendMail(props))
    this.#sendDigests(props)
    this.#recordFeedback(props)
  }

  #sendMail(props: MailProps): Worker {
    const worker = new Worker(this, 'send-mail', {
      ...this.#common(props),
      impact: 'partners get no mail about referrals, and customers get no mail about their requests.',
      environment: this.#environment(props),
      batchSize: 1,
      // A new production account of SES may send 14 mails a second. A single concurrent invocation sends about 20 a second if
      // DynamoDB answers in 5 ms and SES in 50 ms (`npm run bench`). Further messages wait in the queue.
      maxConcurrency: props.concurrency,
    })
    this.#allowSending(worker, props, feedbackItems)
    props.events.deliver(directEvents, worker)
    for (const [metricName, impact] of Object.entries(mailAlarms)) {
      props.alarms.raise(worker, metricName, {
        metric: new Metric({
          namespace: 'ReferralCenter',
          metricName,
          dimensionsMap: { service: 'send-mail' },
          statistic: 'Sum',
          period: Duration.minutes(15),
        }),
        above: 0,
        impact,
      })
    }
    return worker
  }

  /** Adds the worker that searches for suggestions and delays events before send-mail, and sends the events to its queue. */
  #suggestPartners(props: MailProps, sendMail: Worker): void {
    const { table, events } = props
    const mailQueue = sendMail.work.queue
    const worker = new Worker(this, 'suggest-partners', {
      ...this.#common(props),
      impact: 'customers get no mail when a partner declines or closes their request or lets it expire.',
      searches: true,
      environment: { TABLE_NAME: table.tableName, MAIL_QUEUE_URL: mailQueue.queueUrl },
      batchSize: 1,
      // Each cold start loads a region, so few concurrent invocations are best, which stay warm. AWS's minimum is two.
      maxConcurrency: 2,
    })
    table.allowItems(worker, { batchGet: ['rfi', 'referrals', 'program'] })
    table.allowQuery(worker, 'directory')
    worker.allow(['sqs:SendMessage'], [mailQueue.queueArn])
    events.deliver([...preparedEvents], worker)
  }

  #sendDigests(props: MailProps): void {
    const worker = new Worker(this, 'send-digests', {
      ...this.#common(props),
      impact: 'contacts do not get the mails beyond their daily number.',
      environment: this.#environment(props),
      batchSize: 1,
    })
    this.#allowSending(worker, props, mailItems)
    props.table.allowQuery(worker, 'due')
    new RecurringMessage(this, 'Hourly', {
      worker,
      description: 'Sends due digests',
      every: Duration.hours(1),
    })
  }

  #recordFeedback(props: MailProps): void {
    const worker = new Worker(this, 'record-mail-feedback', {
      ...this.#common(props),
      impact:
        'bounced mails are not recorded, and mails about hot referrals are not sent on to the next contact.',
      environment: { TABLE_NAME: props.table.tableName },
      batchSize: 10,
    })
    props.table.allowItems(worker, {
      get: mailItems,
      batchGet: ['rfi', 'referrals'],
      put: feedbackItems,
    })
    // SES publishes its events on the account's default bus only.
    const bus = EventBus.fromEventBusName(this, 'DefaultBus', 'default')
    this.#configurationSet.addEventDestination('Feedback', {
      destination: EventDestination.eventBus(bus),
      events: [
        EmailSendingEvent.DELIVERY,
        EmailSendingEvent.DELIVERY_DELAY,
        EmailSendingEvent.BOUNCE,
        EmailSendingEvent.REJECT,
        EmailSendingEvent.COMPLAINT,
      ],
    })
    // Only these fields are sent to the queue. The addresses, subjects and headers in SES's events are personal data.
    const base = {
      eventType: EventField.fromPath('$.detail.eventType'),
      mail: { tags: { mail: EventField.fromPath('$.detail.mail.tags.mail') } },
    }
    this.#deliverFeedback('Feedback', { eventType: ['Delivery', 'Reject'] }, worker, base)
    const bounce = { bounceType: EventField.fromPath('$.detail.bounce.bounceType') }
    this.#deliverFeedback('Bounces', { eventType: ['Bounce'] }, worker, { ...base, bounce })
    const complaint = { complaintFeedbackType: [{ 'anything-but': noComplaints }, { exists: false }] }
    this.#deliverFeedback('Complaints', { eventType: ['Complaint'], complaint }, worker, base)
    this.#deliverFeedback('Delays', { eventType: ['DeliveryDelay'] }, worker, base, [urgentTag])
  }

  /**
   * Sends parts of SES's events about the program's own mails, which carry the tag `mail`.
   * @param pattern the events
   * @param tags further tags that the mails must have
   */
  #deliverFeedback(
    id: string,
    pattern: { readonly eventType: string[]; readonly complaint?: object },
    worker: Worker,
    detail: object,
    tags: readonly string[] = [],
  ): void {
    const { configurationSetName } = this.#configurationSet
    const tagged = Object.fromEntries(['mail', ...tags].map(tag => [tag, [{ exists: true }]]))
    const rule = new Rule(this, id, {
      description: `Feedback about our mails: ${pattern.eventType.join(', ')}`,
      eventPattern: {
        source: ['aws.ses'],
        account: [Stack.of(this).account],
        detail: {
          ...pattern,
          mail: { tags: { 'ses:configuration-set': [configurationSetName], ...tagged } },
        },
      },
    })
    deliverTo(rule, worker, RuleTargetInput.fromObject({ detail }))
  }

  #common({ alarms, logLevel }: MailProps) {
    return { alarms, logLevel }
  }

  #environment({
    table,
    signingKey,
    publicUrl,
    from,
    languages,
    supportAddress,
  }: MailProps): Record<string, string> {
    return {
      TABLE_NAME: table.tableName,
      SIGNING_SECRET: signingKey,
      PUBLIC_URL: publicUrl,
      MAIL_FROM: from,
      LANGUAGES: languages.join(','),
      ...(supportAddress && { SUPPORT_ADDRESS: supportAddress }),
      CONFIGURATION_SET: this.#configurationSet.configurationSetName,
    }
  }

  #allowSending(worker: Worker, props: MailProps, put: readonly KeyClass[]): void {
    const { table, identity, from } = props
    table.allowItems(worker, {
      get: mailItems,
      batchGet: ['referrals', 'rfi', 'listing', 'people', 'health', 'program'],
      put,
    })
    const arnOf = (resource: string) => `arn:${Aws.PARTITION}:ses:${Aws.REGION}:${Aws.ACCOUNT_ID}:${resource}`
    worker.allow(
      ['ses:SendRawEmail'],
      [
        arnOf(`identity/${identity}`),
        // SES also checks the right to send to an addressee that is an identity of the account, as every addressee is in the
        // sandbox (https://github.com/aws/aws-sdk-js/issues/3641, https://github.com/cloudposse/terraform-aws-ses/issues/40).
        // The condition restricts the sender.
        arnOf('identity/*'),
        arnOf(`configuration-set/${this.#configurationSet.configurationSetName}`),
      ],
      { StringEquals: { 'ses:FromAddress': from } },
    )
    worker.acknowledge(
      'AwsSolutions::AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:ses:<AWS::Region>:<AWS::AccountId>:identity/*]',
      'In the sandbox, SES checks the right to each addressee. The condition restricts the sender to one address.',
    )
  }

  #addAlarms(alarms: Alarms): void {
    for (const [name, { above, impact }] of Object.entries(rates)) {
      alarms.raise(this, name, {
        metric: new Metric({
          namespace: 'AWS/SES',
          metricName: `Reputation.${name}`,
          dimensionsMap: { 'ses:configuration-set': this.#configurationSet.configurationSetName },
          statistic: 'Average',
          period: Duration.hours(1),
        }),
        above,
        impact,
      })
    }
  }
}

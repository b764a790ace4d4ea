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
import { eventsWithoutSuggestions, eventsWithSuggestions } from '../shared/messaging/contract.ts'
import type { Alarms } from './alarms.ts'
import { deliverTo, type Events } from './events.ts'
import type { FunctionProps } from './function.ts'
import type { ReferralTable } from './table.ts'
import { Tick } from './tick.ts'
import { Worker } from './worker.ts'

interface MailProps extends Pick<FunctionProps, 'alarms' | 'logLevel'> {
  readonly table: ReferralTable
  readonly events: Events
  readonly signingKey: string
  readonly publicUrl: string
  readonly from: string
  readonly identity: string
  readonly concurrency: number
}

/** SES puts an account under review at these rates, and may pause it soon after (Amazon SES Developer Guide, “Reputation”). */
const rates = {
  BounceRate: {
    above: 0.05,
    impact: 'One mail in twenty comes back: SES may stop all mail. Look at the unhealthy profiles.',
  },
  ComplaintRate: {
    above: 0.001,
    impact: 'One mail in a thousand is marked as unwanted: SES may stop all mail.',
  },
}

/** Mails and contacts' days; and the health of contacts, which a mail that fails changes. */
const mailItems = ['mail', 'health'] as const

export class Mail extends Construct {
  readonly #configurationSet: ConfigurationSet

  constructor(scope: Construct, id: string, props: MailProps) {
    super(scope, id)
    this.#configurationSet = new ConfigurationSet(this, 'ConfigurationSet', {
      // SES sends no more mail to addresses that bounced or complained, for whichever partner.
      suppressionReasons: SuppressionReasons.BOUNCES_AND_COMPLAINTS,
      reputationMetrics: true,
      // Links in mails can answer referrals, so mail servers without TLS get none.
      tlsPolicy: ConfigurationSetTlsPolicy.REQUIRE,
    })
    this.#watch(props.alarms)
    this.#suggestPartners(props, this.#sendMail(props))
    this.#sendDigests(props)
    this.#recordFeedback(props)
  }

  #sendMail(props: MailProps): Worker {
    const worker = new Worker(this, 'send-mail', {
      ...this.#common(props),
      impact: 'partners do not hear of referrals, and customers do not hear what became of their request.',
      environment: this.#environment(props),
      batchSize: 1,
      // A new production account of SES may send 14 mails a second. One invocation at a time sends about 20 if DynamoDB
      // answers in 5 ms and SES in 50 ms (`npm run bench`). Further messages wait in the queue.
      maxConcurrency: props.concurrency,
    })
    this.#allowSending(worker, props)
    props.events.deliver(eventsWithoutSuggestions, worker)
    props.alarms.raise(worker, 'NobodyReached', {
      metric: new Metric({
        namespace: 'ReferralCenter',
        metricName: 'NobodyReached',
        dimensionsMap: { service: 'send-mail' },
        statistic: 'Sum',
        period: Duration.minutes(15),
      }),
      above: 0,
      impact: 'A partner has a referral that nobody there hears of: none of its contacts can be reached.',
    })
    return worker
  }

  /** Adds the worker that searches for send-mail and fills its queue. */
  #suggestPartners(props: MailProps, sendMail: Worker): void {
    const { table, events } = props
    const mailQueue = sendMail.work.queue
    const worker = new Worker(this, 'suggest-partners', {
      ...this.#common(props),
      impact: 'customers do not hear that a partner declined their request or let it expire.',
      searches: true,
      environment: { TABLE_NAME: table.tableName, MAIL_QUEUE_URL: mailQueue.queueUrl },
      batchSize: 1,
      // Each cold start loads a region, so few invocations at once, which stay warm. AWS allows no less than two.
      maxConcurrency: 2,
    })
    table.allowItems(worker, { batchGet: ['rfi', 'referrals', 'program'] })
    table.allowQuery(worker, 'directory')
    worker.allow(['sqs:SendMessage'], [mailQueue.queueArn])
    events.deliver([...eventsWithSuggestions], worker)
  }

  #sendDigests(props: MailProps): void {
    const worker = new Worker(this, 'send-digests', {
      ...this.#common(props),
      impact: 'contacts with many referrals do not hear of those beyond their daily number.',
      environment: this.#environment(props),
      batchSize: 1,
    })
    this.#allowSending(worker, props)
    props.table.allowQuery(worker, 'due')
    new Tick(this, 'Hourly', {
      worker,
      description: 'Looks for digests that are due',
      every: Duration.hours(1),
    })
  }

  #recordFeedback(props: MailProps): void {
    const worker = new Worker(this, 'record-mail-feedback', {
      ...this.#common(props),
      impact: 'nobody notices contacts that mail does not reach, and alerts do not go on to the next.',
      environment: { TABLE_NAME: props.table.tableName },
      batchSize: 10,
    })
    props.table.allowItems(worker, { get: mailItems, put: mailItems })
    // SES publishes its events on the account's default bus only.
    const bus = EventBus.fromEventBusName(this, 'DefaultBus', 'default')
    this.#configurationSet.addEventDestination('Feedback', {
      destination: EventDestination.eventBus(bus),
      events: [EmailSendingEvent.DELIVERY, EmailSendingEvent.BOUNCE, EmailSendingEvent.COMPLAINT],
    })
    // Addresses, subjects and headers, which SES's events hold, do not get into queues and dead letters.
    const base = {
      eventType: EventField.fromPath('$.detail.eventType'),
      mail: { tags: { mail: EventField.fromPath('$.detail.mail.tags.mail') } },
    }
    this.#deliverFeedback('Feedback', ['Delivery', 'Complaint'], worker, base)
    this.#deliverFeedback('Bounces', ['Bounce'], worker, {
      ...base,
      bounce: { bounceType: EventField.fromPath('$.detail.bounce.bounceType') },
    })
  }

  /** Sends parts of SES's events of these types about the program's own mails, which carry the tag `mail`. */
  #deliverFeedback(id: string, eventType: string[], worker: Worker, detail: object): void {
    const { configurationSetName } = this.#configurationSet
    const rule = new Rule(this, id, {
      description: `Feedback about our mails: ${eventType.join(', ')}`,
      eventPattern: {
        source: ['aws.ses'],
        account: [Stack.of(this).account],
        detail: {
          eventType,
          mail: { tags: { 'ses:configuration-set': [configurationSetName], mail: [{ exists: true }] } },
        },
      },
    })
    deliverTo(rule, worker, RuleTargetInput.fromObject({ detail }))
  }

  #common({ alarms, logLevel }: MailProps) {
    return { alarms, logLevel }
  }

  #environment({ table, signingKey, publicUrl, from }: MailProps): Record<string, string> {
    return {
      TABLE_NAME: table.tableName,
      SIGNING_SECRET: signingKey,
      PUBLIC_URL: publicUrl,
      MAIL_FROM: from,
      CONFIGURATION_SET: this.#configurationSet.configurationSetName,
    }
  }

  #allowSending(worker: Worker, props: MailProps): void {
    const { table, identity, from } = props
    table.allowItems(worker, {
      get: mailItems,
      batchGet: ['referrals', 'rfi', 'listing', 'people', 'health', 'program'],
      put: mailItems,
    })
    const arnOf = (resource: string) => `arn:${Aws.PARTITION}:ses:${Aws.REGION}:${Aws.ACCOUNT_ID}:${resource}`
    worker.allow(
      ['ses:SendRawEmail'],
      [
        arnOf(`identity/${identity}`),
        arnOf(`configuration-set/${this.#configurationSet.configurationSetName}`),
      ],
      { StringEquals: { 'ses:FromAddress': from } },
    )
  }

  #watch(alarms: Alarms): void {
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

/** Mail to partners and customers, through an SES identity that the operator has verified. */
import { Aws } from 'aws-cdk-lib'
import { Construct } from 'constructs'
import { mailedEvents } from '../shared/mail/contract.ts'
import type { Events } from './events.ts'
import type { FunctionProps } from './function.ts'
import type { ReferralTable } from './table.ts'
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

export class Mail extends Construct {
  constructor(scope: Construct, id: string, props: MailProps) {
    super(scope, id)
    const { table, events, alarms, logLevel } = props
    const worker = new Worker(this, 'send-mail', {
      alarms,
      logLevel,
      impact: 'partners do not hear of referrals, and customers do not hear what became of their request.',
      environment: {
        TABLE_NAME: table.tableName,
        SIGNING_SECRET: props.signingKey,
        PUBLIC_URL: props.publicUrl,
        MAIL_FROM: props.from,
      },
      batchSize: 1,
      // SES takes a fresh production account's mail at 14 a second; one of these sends about seven.
      maxConcurrency: props.concurrency,
    })
    worker.allow(['dynamodb:GetItem', 'dynamodb:BatchGetItem'], [table.tableArn])
    // Of all items, it writes only the claims that keep a mail from going out twice.
    worker.allow(['dynamodb:PutItem'], [table.tableArn], {
      'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['MAIL#*'] },
    })
    worker.allow(
      ['ses:SendRawEmail'],
      [`arn:${Aws.PARTITION}:ses:${Aws.REGION}:${Aws.ACCOUNT_ID}:identity/${props.identity}`],
      { StringEquals: { 'ses:FromAddress': props.from } },
    )
    events.deliver(mailedEvents, worker)
  }
}

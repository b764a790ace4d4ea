/** The application stack: API, workers, queues and alarms. It holds no data, so it can be deleted and deployed again. */
import { CfnOutput, Stack } from 'aws-cdk-lib'
import type { Construct } from 'constructs'
import type { Operation } from '../shared/kernel/operation.ts'
import { Alarms } from './alarms.ts'
import { Api } from './api.ts'
import type { DataStack } from './data-stack.ts'
import { Events } from './events.ts'
import { Lookup } from './lookup.ts'
import { Mail } from './mail.ts'
import { Reputation } from './reputation.ts'
import type { Settings } from './settings.ts'
import { Timers } from './timers.ts'

interface AppStackProps {
  readonly data: DataStack
  readonly settings: Settings
  readonly operations: readonly Operation[]
}

export class AppStack extends Stack {
  constructor(scope: Construct, id: string, { data, settings, operations }: AppStackProps) {
    super(scope, id, { description: 'Referral Center: application' })
    const { table, identityProvider } = data
    const { logLevel } = settings
    // Dynamic references: CloudFormation reads the secrets during deployment, and the template does not contain them.
    const signingKey = data.signingSecret.secretValue.unsafeUnwrap()
    const lookupKey = data.lookupSecret.secretValue.unsafeUnwrap()
    const alarms = new Alarms(this, 'Alarms', settings.alarmEmail)
    for (const [index, metric] of table.throttledRequests().entries())
      alarms.raise(this, `TableThrottled${index === 0 ? '' : index + 1}`, {
        metric,
        above: 0,
        impact: 'DynamoDB throttles requests: calls are slow or fail, probably those of one partner or RFI.',
      })

    const api = new Api(this, 'Api', {
      alarms,
      logLevel,
      table,
      signingKey,
      lookupKey,
      identityProvider,
      operations,
      settings,
    })
    const events = new Events(this, 'Events', { alarms, logLevel, table })
    new Timers(this, 'Timers', { alarms, logLevel, table, events })
    new Mail(this, 'Mail', {
      alarms,
      logLevel,
      table,
      events,
      signingKey,
      publicUrl: api.publicUrl,
      from: settings.mailFrom,
      languages: settings.languages,
      supportAddress: settings.supportAddress,
      identity: settings.mailIdentity,
      concurrency: settings.mailConcurrency,
    })
    new Reputation(this, 'Reputation', { alarms, logLevel, table, events })
    new Lookup(this, 'Lookup', { alarms, logLevel, table, events, lookupKey })

    new CfnOutput(this, 'ApiUrl', { value: api.endpoint })
    new CfnOutput(this, 'AlarmTopicArn', { value: alarms.topic.topicArn })
  }
}

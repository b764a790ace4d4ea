/** The worker that updates the reputations of partners from events. */
import { Duration } from 'aws-cdk-lib'
import { Construct } from 'constructs'
import { learnedEvents } from '../shared/discovery/contract.ts'
import type { Events } from './events.ts'
import type { FunctionProps } from './function.ts'
import type { ReferralTable } from './table.ts'
import { Worker } from './worker.ts'

interface ReputationProps extends Pick<FunctionProps, 'alarms' | 'logLevel'> {
  readonly table: ReferralTable
  readonly events: Events
}

export class Reputation extends Construct {
  constructor(scope: Construct, id: string, { table, events, ...props }: ReputationProps) {
    super(scope, id)
    const worker = new Worker(this, 'update-reputation', {
      ...props,
      impact: 'answers of partners do not change their position in searches.',
      environment: { TABLE_NAME: table.tableName },
      // Events of one partner change the same item. Few invocations with large batches have few conflicts.
      batchSize: 50,
      batchingWindow: Duration.seconds(1),
      maxConcurrency: 2,
    })
    table.allowItems(worker, {
      // Referrals are read only for events of an early version of the program, which lack the facts of the request.
      // The profile has the end of the partner's first days.
      batchGet: ['reputation', 'listing', 'referrals'],
      put: ['reputation'],
    })
    events.deliver([...learnedEvents], worker)
  }
}

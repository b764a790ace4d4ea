/** Learning from how partners answer, event by event. */
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
      impact: 'partners keep the place in searches that they had, whatever they answer.',
      environment: { TABLE_NAME: table.tableName },
      // Events of one partner meet in one item: few writers, each with many of them, are seldom in each other's way.
      batchSize: 50,
      batchingWindow: Duration.seconds(1),
      maxConcurrency: 2,
    })
    table.allowItems(worker, {
      // Referrals are read for events of the first version alone, which lack facts.
      batchGet: ['reputation', 'program', 'referrals'],
      put: ['reputation'],
    })
    events.deliver([...learnedEvents], worker)
  }
}

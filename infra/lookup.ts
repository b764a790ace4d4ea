/** The worker that writes the entries by which requests and partners are looked up, and the key of their hashes. */
import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib'
import { Secret } from 'aws-cdk-lib/aws-secretsmanager'
import { Construct } from 'constructs'
import { indexedEvents } from '../shared/referrals/contract.ts'
import type { Events } from './events.ts'
import type { FunctionProps } from './function.ts'
import type { ReferralTable } from './table.ts'
import { Worker } from './worker.ts'

/** The key of the hashes in lookup entries. After a new value, all entries are made again with `npm run lookup`. */
export class LookupSecret extends Secret {
  constructor(scope: Construct, id: string) {
    super(scope, id, {
      description: 'Key of the hashes by which Referral Center looks up names and addresses',
      generateSecretString: { passwordLength: 64, excludePunctuation: true },
      removalPolicy: RemovalPolicy.RETAIN,
    })
    Validations.of(this).acknowledge({
      id: 'AwsSolutions::AwsSolutions-SMG4',
      reason:
        'A rotation makes all lookup entries useless until they are made again, so it is done only after a leak.',
    })
  }
}

interface LookupProps extends Pick<FunctionProps, 'alarms' | 'logLevel'> {
  readonly table: ReferralTable
  readonly events: Events
  readonly lookupKey: string
}

export class Lookup extends Construct {
  constructor(scope: Construct, id: string, { table, events, lookupKey, ...props }: LookupProps) {
    super(scope, id)
    const worker = new Worker(this, 'update-lookup', {
      ...props,
      impact: 'new requests and partners, and corrected addresses, are not found by name or address.',
      environment: { TABLE_NAME: table.tableName, LOOKUP_SECRET: lookupKey },
      batchSize: 10,
      batchingWindow: Duration.seconds(1),
    })
    table.allowItems(worker, {
      batchGet: ['rfi', 'listing'],
      put: ['lookup'],
      delete: ['lookup'],
      query: ['lookup'],
    })
    events.deliver([...indexedEvents], worker)
  }
}

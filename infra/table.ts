/** The single table, as its key schema says, and the exact rights that a function may have on it. */
import { RemovalPolicy } from 'aws-cdk-lib'
import { MathExpression, Metric } from 'aws-cdk-lib/aws-cloudwatch'
import {
  AttributeType,
  Billing,
  ProjectionType,
  StreamViewType,
  TableEncryptionV2,
  TableV2,
} from 'aws-cdk-lib/aws-dynamodb'
import type { Construct } from 'constructs'
import { tableSchema } from '../shared/persistence/contract.ts'
import { alarmPeriod } from './alarms.ts'

const { partitionKey, sortKey, timeToLive, indexes } = tableSchema
export type IndexName = keyof typeof indexes

const key = (name: string) => ({ name, type: AttributeType.STRING })

export class ReferralTable extends TableV2 {
  readonly streamArn: string

  constructor(scope: Construct, id: string) {
    super(scope, id, {
      partitionKey: key(partitionKey),
      sortKey: key(sortKey),
      timeToLiveAttribute: timeToLive,
      billing: Billing.onDemand(),
      encryption: TableEncryptionV2.awsManagedKey(),
      // New images only: the outbox carries what happened, nobody compares before and after.
      dynamoStream: StreamViewType.NEW_IMAGE,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true, recoveryPeriodInDays: 35 },
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
      globalSecondaryIndexes: [
        {
          indexName: indexes.list.name,
          partitionKey: key(indexes.list.partitionKey),
          sortKey: key(indexes.list.sortKey),
          projectionType: ProjectionType.INCLUDE,
          nonKeyAttributes: [...indexes.list.include],
        },
        {
          indexName: indexes.due.name,
          partitionKey: key(indexes.due.partitionKey),
          sortKey: key(indexes.due.sortKey),
          projectionType: ProjectionType.KEYS_ONLY,
        },
        {
          indexName: indexes.hot.name,
          partitionKey: key(indexes.hot.partitionKey),
          sortKey: key(indexes.hot.sortKey),
          projectionType: ProjectionType.INCLUDE,
          nonKeyAttributes: [...indexes.hot.include],
        },
        {
          indexName: indexes.directory.name,
          partitionKey: key(indexes.directory.partitionKey),
          sortKey: key(indexes.directory.sortKey),
          projectionType: ProjectionType.INCLUDE,
          nonKeyAttributes: [...indexes.directory.include],
        },
      ],
    })
    if (!this.tableStreamArn) throw new Error('The table has no stream')
    this.streamArn = this.tableStreamArn
  }

  /** The ARN of one index. `TableV2.grant` would name `index/*`. */
  indexArn(index: IndexName): string {
    return `${this.tableArn}/index/${indexes[index].name}`
  }

  /** Requests that DynamoDB turned away in five minutes, of the table and its indexes: a hot partition key. */
  throttledRequests(): MathExpression {
    const owners = [undefined, ...Object.values(indexes).map(({ name }) => name)]
    const metrics = owners.flatMap((index, n) =>
      ['Read', 'Write'].map((kind): [string, Metric] => [
        `${kind.toLowerCase()}s${n}`,
        new Metric({
          namespace: 'AWS/DynamoDB',
          metricName: `${kind}ThrottleEvents`,
          statistic: 'Sum',
          dimensionsMap: {
            TableName: this.tableName,
            ...(index && { GlobalSecondaryIndexName: index }),
          },
        }),
      ]),
    )
    return new MathExpression({
      label: 'Throttled requests',
      expression: metrics.map(([name]) => `FILL(${name}, 0)`).join(' + '),
      usingMetrics: Object.fromEntries(metrics),
      period: alarmPeriod,
    })
  }
}

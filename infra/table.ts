/** The single table with its indexes, and the rights that functions can have on it. */
import { type CfnResource, RemovalPolicy } from 'aws-cdk-lib'
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
import { dataLayout, type KeyClass, keyPattern, tableSchema } from '../shared/persistence/contract.ts'
import { alarmPeriod } from './alarms.ts'
import type { LambdaFunction } from './function.ts'

const { partitionKey, sortKey, timeToLive, indexes } = tableSchema
export type IndexName = keyof typeof indexes

const key = (name: string) => ({ name, type: AttributeType.STRING })

/** The classes of keys that a function may use, by kind of call. */
export interface ItemRights {
  readonly get?: readonly KeyClass[]
  readonly batchGet?: readonly KeyClass[]
  /** Writes of whole items. No function may update parts of an item or delete one. */
  readonly put?: readonly KeyClass[]
  /** Conditions of transactions on items that they do not write. */
  readonly check?: readonly KeyClass[]
  readonly query?: readonly KeyClass[]
}

const actions: Readonly<Record<keyof ItemRights, string>> = {
  get: 'dynamodb:GetItem',
  batchGet: 'dynamodb:BatchGetItem',
  put: 'dynamodb:PutItem',
  check: 'dynamodb:ConditionCheckItem',
  query: 'dynamodb:Query',
}

export class ReferralTable extends TableV2 {
  readonly streamArn: string

  constructor(scope: Construct, id: string) {
    super(scope, id, {
      partitionKey: key(partitionKey),
      sortKey: key(sortKey),
      timeToLiveAttribute: timeToLive,
      billing: Billing.onDemand(),
      encryption: TableEncryptionV2.awsManagedKey(),
      // New images only, because the stream is used for inserts of events.
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
    // The local cloud reads this to refuse data of another layout.
    const resource = this.node.defaultChild as CfnResource
    resource.addMetadata('DataLayout', dataLayout)
  }

  /**
   * Allows a function to access items of these classes. `dynamodb:LeadingKeys` has the partition keys of a call: of one item,
   * of each item of a batch, or of a query. A transaction needs the rights of its single writes (Amazon DynamoDB Developer
   * Guide, “Using IAM policy conditions for fine-grained access control” and “Using IAM with DynamoDB transactions”).
   */
  allowItems(fn: LambdaFunction, rights: ItemRights): void {
    for (const [kind, classes] of Object.entries(rights) as [keyof ItemRights, readonly KeyClass[]][])
      fn.allow([actions[kind]], [this.tableArn], {
        'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': classes.map(keyPattern) },
      })
  }

  /** Allows a function to query all partitions of an index: `dynamodb:LeadingKeys` is documented for table keys only. */
  allowQuery(fn: LambdaFunction, ...names: readonly IndexName[]): void {
    fn.allow(
      ['dynamodb:Query'],
      names.map(name => this.indexArn(name)),
    )
  }

  /** Returns the ARN of one index. `TableV2.grant` would allow all indexes. */
  indexArn(index: IndexName): string {
    return `${this.tableArn}/index/${indexes[index].name}`
  }

  /** Returns the number of throttled requests to the table and its indexes. The usual cause is a hot partition key. */
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

/** The single table, as its key schema says, and the rights that a function may have on it. */
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

/** The classes of keys that a function may name in each kind of call. */
export interface ItemRights {
  readonly get?: readonly KeyClass[]
  readonly batchGet?: readonly KeyClass[]
  /** Whole items under a condition: no function may update a part of an item, or delete one. */
  readonly put?: readonly KeyClass[]
  /** Items that a transaction checks and leaves as they are. */
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
    // Lets the local cloud refuse a state of another layout.
    const resource = this.node.defaultChild as CfnResource
    resource.addMetadata('DataLayout', dataLayout)
  }

  /**
   * Lets a function name items of these classes. `dynamodb:LeadingKeys` holds the partition keys of a call: of one item, of
   * each item of a batch, or of a query; a transaction needs the rights of its single writes (Amazon DynamoDB Developer Guide,
   * “Using IAM policy conditions for fine-grained access control” and “Using IAM with DynamoDB transactions”).
   */
  allowItems(fn: LambdaFunction, rights: ItemRights): void {
    for (const [kind, classes] of Object.entries(rights) as [keyof ItemRights, readonly KeyClass[]][])
      fn.allow([actions[kind]], [this.tableArn], {
        'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': classes.map(keyPattern) },
      })
  }

  /**
   * Lets a function query an index, whatever the partition: the developer guide's conditions are about keys of the table.
   */
  allowQuery(fn: LambdaFunction, ...names: readonly IndexName[]): void {
    fn.allow(
      ['dynamodb:Query'],
      names.map(name => this.indexArn(name)),
    )
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

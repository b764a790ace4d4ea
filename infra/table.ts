/** The single table with its indexes, and the rights that functions can have on it. */
import { type CfnResource, RemovalPolicy } from 'aws-cdk-lib'
import { MathExpression, Metric } from 'aws-cdk-lib/aws-cloudwatch'
import {
  AttributeType,
  Billing,
  type GlobalSecondaryIndexPropsV2,
  ProjectionType,
  StreamViewType,
  TableEncryptionV2,
  TableV2,
} from 'aws-cdk-lib/aws-dynamodb'
import type { Construct } from 'constructs'
import {
  dataLayout,
  type IndexName,
  type KeyClass,
  keyPattern,
  tableSchema,
} from '../shared/persistence/contract.ts'
import { alarmPeriod } from './alarms.ts'
import type { LambdaFunction } from './function.ts'

const { partitionKey, sortKey, timeToLive, indexes } = tableSchema

const key = (name: string) => ({ name, type: AttributeType.STRING })

/** Projects the attributes that the schema includes, otherwise keys only. */
const indexOf = (index: (typeof indexes)[IndexName]): GlobalSecondaryIndexPropsV2 => ({
  indexName: index.name,
  partitionKey: key(index.partitionKey),
  sortKey: key(index.sortKey),
  ...('include' in index
    ? { projectionType: ProjectionType.INCLUDE, nonKeyAttributes: [...index.include] }
    : { projectionType: ProjectionType.KEYS_ONLY }),
})

/** The classes of keys that a function may use, by kind of call. */
export interface ItemRights {
  readonly get?: readonly KeyClass[]
  readonly batchGet?: readonly KeyClass[]
  /** Writes of whole items. No function may update parts of an item. */
  readonly put?: readonly KeyClass[]
  /** Only lookup entries are deleted. They can be made again. */
  readonly delete?: readonly KeyClass[]
  /** Conditions of transactions on items that they do not write. */
  readonly check?: readonly KeyClass[]
  readonly query?: readonly KeyClass[]
}

const actions: Readonly<Record<keyof ItemRights, string>> = {
  get: 'dynamodb:GetItem',
  batchGet: 'dynamodb:BatchGetItem',
  put: 'dynamodb:PutItem',
  delete: 'dynamodb:DeleteItem',
  check: 'dynamodb:ConditionCheckItem',
  query: 'dynamodb:Query',
}

const throttleKinds = ['Read', 'Write'] as const
const maxMetricsOfAlarm = 10

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
      globalSecondaryIndexes: Object.values(indexes).map(indexOf),
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

  /**
   * Returns the numbers of throttled requests to the table and its indexes. The usual cause is a hot partition key. An alarm
   * on an expression can have 10 metrics (Amazon CloudWatch User Guide, “Limits that apply to alarms based on metric math
   * expressions”), so there is one expression for each five of the table and its indexes.
   */
  throttledRequests(): MathExpression[] {
    const owners = [undefined, ...Object.values(indexes).map(({ name }) => name)]
    const ownersOfAlarm = maxMetricsOfAlarm / throttleKinds.length
    const alarms = Math.ceil(owners.length / ownersOfAlarm)
    return Array.from({ length: alarms }, (_, alarm) =>
      this.#throttledRequestsTo(owners.slice(alarm * ownersOfAlarm, (alarm + 1) * ownersOfAlarm)),
    )
  }

  /** @param owners names of indexes; undefined for the table */
  #throttledRequestsTo(owners: readonly (string | undefined)[]): MathExpression {
    const metrics = owners.flatMap((index, n) =>
      throttleKinds.map((kind): [string, Metric] => [
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

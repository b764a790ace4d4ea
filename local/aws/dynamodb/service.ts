/**
 * DynamoDB: AWS's DynamoDB Local in a separate process, with the tables of the template. Each call passes through this
 * service, so that policies are checked, stream readers are woken and benchmarks can count calls.
 */
import { AwsError } from '../../runtime/aws-error.ts'
import { awsJson } from '../../runtime/aws-protocols.ts'
import type { AccessRequest, AwsAnswer, AwsCall, AwsService } from '../../runtime/aws-service.ts'
import { StartError } from '../../runtime/start-error.ts'
import type { Resource, Template } from '../../runtime/template.ts'
import { dynamoDbAccess } from './access.ts'
import type { DynamoDbProcess } from './process.ts'

export interface DynamoDbCall {
  readonly caller: string
  readonly operation: string
  readonly input: Readonly<Record<string, unknown>>
  /** Value of `performance.now()`. */
  readonly startedAt: number
  readonly durationMs: number
  readonly status: number
  /** One entry per table with the share of each index, as DynamoDB reports it. */
  readonly consumedCapacity: readonly unknown[]
}

export interface DynamoDbOptions {
  readonly template: Template
  readonly emulator: DynamoDbProcess
}

const writes = /^(PutItem|UpdateItem|DeleteItem|BatchWriteItem|TransactWriteItems|ExecuteStatement)$/

export class DynamoDb implements AwsService {
  readonly name = 'dynamodb'
  readonly protocol = awsJson('1.0')
  /** Called after each call, for benchmarks. While it is set, calls return their consumed capacity. */
  onCall: ((call: DynamoDbCall) => void) | undefined
  /** Called after each write, to wake the stream readers. */
  onWrite: (() => void) | undefined

  readonly #process: DynamoDbProcess
  readonly #tables: ReadonlyMap<string, Resource>

  private constructor(emulator: DynamoDbProcess, tables: readonly Resource[]) {
    this.#process = emulator
    this.#tables = new Map(tables.map(table => [table.ref, table]))
  }

  /** Resolves when DynamoDB Local has every table of the template. */
  static async start({ template, emulator }: DynamoDbOptions): Promise<DynamoDb> {
    const tables = template.ofType('AWS::DynamoDB::GlobalTable', 'AWS::DynamoDB::Table')
    const service = new DynamoDb(emulator, tables)
    await Promise.all(tables.map(table => service.#ensureTable(table)))
    return service
  }

  /** ARN of a table's stream in DynamoDB Local, which differs from the template's. */
  async streamArn(tableName: string): Promise<string> {
    const { Table } = await this.request<{ Table: { LatestStreamArn?: string } }>('DescribeTable', {
      TableName: tableName,
    })
    if (!Table.LatestStreamArn) throw new Error(`Table ${tableName} has no stream`)
    return Table.LatestStreamArn
  }

  /** Calls DynamoDB Local as the local cloud itself. @throws AwsError */
  async request<Output>(
    operation: string,
    input: object,
    api: 'DynamoDB_20120810' | 'DynamoDBStreams_20120810' = 'DynamoDB_20120810',
  ): Promise<Output> {
    const { status, body } = await this.#process.send(`${api}.${operation}`, JSON.stringify(input))
    const output = JSON.parse(body.toString()) as Output & {
      __type?: string
      message?: string
      Message?: string
    }
    if (status === 200) return output
    const code = output.__type?.replace(/^.*#/, '') ?? 'InternalFailure'
    throw new AwsError(code, output.message ?? output.Message ?? code, status)
  }

  access({ operation, input }: AwsCall): AccessRequest[] {
    return dynamoDbAccess(this.#tables, operation, input)
  }

  async handle({ operation, input, body, caller }: AwsCall): Promise<AwsAnswer> {
    const startedAt = performance.now()
    const metered = this.onCall ? JSON.stringify({ ...input, ReturnConsumedCapacity: 'INDEXES' }) : body
    const answer = await this.#process.send(`DynamoDB_20120810.${operation}`, metered)
    if (writes.test(operation)) this.onWrite?.()
    this.onCall?.({
      caller,
      operation,
      input,
      startedAt,
      durationMs: performance.now() - startedAt,
      status: answer.status,
      consumedCapacity: consumedCapacity(answer.body),
    })
    return answer
  }

  async #ensureTable({ ref: TableName, properties }: Resource): Promise<void> {
    const stream = properties.StreamSpecification as { StreamViewType: string } | undefined
    try {
      await this.request('CreateTable', {
        TableName,
        AttributeDefinitions: properties.AttributeDefinitions,
        KeySchema: properties.KeySchema,
        GlobalSecondaryIndexes: secondaryIndexes(properties.GlobalSecondaryIndexes),
        LocalSecondaryIndexes: secondaryIndexes(properties.LocalSecondaryIndexes),
        BillingMode: 'PAY_PER_REQUEST',
        ...(stream && { StreamSpecification: { StreamEnabled: true, ...stream } }),
      })
    } catch (error) {
      if (!(error instanceof AwsError && error.code === 'ResourceInUseException')) throw error
      return this.#requireIndexes(TableName, properties)
    }
    const timeToLive = properties.TimeToLiveSpecification
    if (timeToLive) {
      await this.request('UpdateTimeToLive', { TableName, TimeToLiveSpecification: timeToLive })
    }
  }

  /** Refuses a table of another program version: its items lack the attributes of the new indexes. */
  async #requireIndexes(TableName: string, properties: Resource['properties']): Promise<void> {
    const { Table } = await this.request<{ Table: { GlobalSecondaryIndexes?: unknown } }>('DescribeTable', {
      TableName,
    })
    const [kept, wanted] = [Table, properties].map(table => indexNames(table.GlobalSecondaryIndexes))
    if (kept === wanted) return
    throw new StartError(
      `The state was left by another version of the program: its table has the indexes ${kept}, and not ${wanted}.\n` +
        'Start without it: npm start -- --fresh',
    )
  }
}

const indexNames = (indexes: unknown): string =>
  ((indexes ?? []) as { IndexName: string }[])
    .map(({ IndexName }) => IndexName)
    .sort()
    .join(', ')

/** Removes the capacity settings of a template's index, which the API does not accept. */
const secondaryIndexes = (indexes: unknown) =>
  (indexes as Record<string, unknown>[] | undefined)?.map(({ IndexName, KeySchema, Projection }) => ({
    IndexName,
    KeySchema,
    Projection,
  }))

const consumedCapacity = (body: string | Buffer): unknown[] => {
  const { ConsumedCapacity = [] } = JSON.parse(body.toString()) as { ConsumedCapacity?: unknown }
  return [ConsumedCapacity].flat()
}

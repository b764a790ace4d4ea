/**
 * DynamoDB: AWS's own DynamoDB Local in a process of its own, with the template's tables. Each call passes
 * through here, so that policies are enforced, the stream's readers are woken, and every call can be counted.
 */
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { Agent, request as httpRequest } from 'node:http'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { type AwsAnswer, type AwsCall, AwsError, type AwsService, awsJson } from './aws-endpoint.ts'
import type { AccessRequest } from './iam.ts'
import type { Resource, Template } from './template.ts'

export interface DynamoDbCall {
  caller: string
  operation: string
  durationMs: number
  status: number
  /** As DynamoDB reports it: one entry per table, with the indexes' share. */
  consumedCapacity: unknown[]
}

export interface DynamoDbOptions {
  template: Template
  /** Where the tables are kept; in memory when absent. */
  directory?: string
}

interface KeySchemaElement {
  AttributeName: string
  KeyType: 'HASH' | 'RANGE'
}

type Item = Record<string, unknown>

const emulatorDirectory = fileURLToPath(
  new URL('../node_modules/amplify-dynamodb-simulator/emulator', import.meta.url),
)
/** A cold JVM on a busy laptop takes some seconds; a minute means that something is wrong. */
const startTimeoutMs = 60_000
const writes = /^(PutItem|UpdateItem|DeleteItem|BatchWriteItem|TransactWriteItems|ExecuteStatement)$/

export class DynamoDb implements AwsService {
  readonly name = 'dynamodb'
  readonly protocol = awsJson('1.0')
  /** Called after each call, for measuring. While it is set, consumed capacity is asked for. */
  onCall: ((call: DynamoDbCall) => void) | undefined
  /** Called after each write, to wake the readers of the streams. */
  onWrite: (() => void) | undefined

  readonly #process: EmulatorProcess
  readonly #tables: ReadonlyMap<string, Resource>

  private constructor(emulator: EmulatorProcess, tables: Resource[]) {
    this.#process = emulator
    this.#tables = new Map(tables.map(table => [table.ref, table]))
  }

  /** Resolves when DynamoDB Local answers and has every table of the template. */
  static async start({ template, directory }: DynamoDbOptions): Promise<DynamoDb> {
    const emulator = await EmulatorProcess.start(directory)
    const tables = template.ofType('AWS::DynamoDB::GlobalTable', 'AWS::DynamoDB::Table')
    const service = new DynamoDb(emulator, tables)
    await Promise.all(tables.map(table => service.#ensureTable(table)))
    return service
  }

  /** The ARN by which DynamoDB Local knows the stream of a table. */
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
    return tableAccess(operation, input).map(({ action, table, index, keys }) => {
      const resource = this.#tables.get(table)
      const partitionKey = resource && partitionKeyOf(resource, index)
      return {
        action: `dynamodb:${action}`,
        resource: resource ? `${resource.arn}${index ? `/index/${index}` : ''}` : `*`,
        context: partitionKey ? { 'dynamodb:LeadingKeys': leadingKeys(keys, partitionKey, input) } : {},
      }
    })
  }

  async handle({ operation, input, body, caller }: AwsCall): Promise<AwsAnswer> {
    const startedAt = performance.now()
    const metered = this.onCall ? JSON.stringify({ ...input, ReturnConsumedCapacity: 'INDEXES' }) : body
    const answer = await this.#process.send(`DynamoDB_20120810.${operation}`, metered)
    if (writes.test(operation)) this.onWrite?.()
    this.onCall?.({
      caller,
      operation,
      durationMs: performance.now() - startedAt,
      status: answer.status,
      consumedCapacity: consumedCapacity(answer.body),
    })
    return answer
  }

  stop(): Promise<void> {
    return this.#process.stop()
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
      if (error instanceof AwsError && error.code === 'ResourceInUseException') return
      throw error
    }
    const timeToLive = properties.TimeToLiveSpecification
    if (timeToLive) {
      await this.request('UpdateTimeToLive', { TableName, TimeToLiveSpecification: timeToLive })
    }
  }
}

/** Only what the API takes: a template's index holds settings of capacity as well. */
const secondaryIndexes = (indexes: unknown) =>
  (indexes as Item[] | undefined)?.map(({ IndexName, KeySchema, Projection }) => ({
    IndexName,
    KeySchema,
    Projection,
  }))

function partitionKeyOf({ properties }: Resource, index: string | undefined): string | undefined {
  const indexes = (properties.GlobalSecondaryIndexes ?? []) as { IndexName: string; KeySchema: unknown }[]
  const schema = index
    ? indexes.find(({ IndexName }) => IndexName === index)?.KeySchema
    : properties.KeySchema
  return (schema as KeySchemaElement[] | undefined)?.find(({ KeyType }) => KeyType === 'HASH')?.AttributeName
}

interface TableAccess {
  action: string
  table: string
  index?: string | undefined
  /** Items or keys that the call names, or the call itself where its expression names the key. */
  keys: Item[]
}

const transactionActions = {
  Put: 'PutItem',
  Update: 'UpdateItem',
  Delete: 'DeleteItem',
  ConditionCheck: 'ConditionCheckItem',
  Get: 'GetItem',
} as const

const tableName = (input: Item) => String(input.TableName ?? '').replace(/^arn:.*:table\//, '')

/** The actions that a call needs; a transaction needs those of its items. */
function tableAccess(operation: string, input: Item): TableAccess[] {
  if (operation === 'TransactWriteItems' || operation === 'TransactGetItems') {
    return ((input.TransactItems ?? []) as Record<string, Item>[]).flatMap(entry =>
      Object.entries(entry).map(([kind, item]) => ({
        action: transactionActions[kind as keyof typeof transactionActions] ?? kind,
        table: tableName(item),
        keys: namedKeys(item),
      })),
    )
  }
  if (operation === 'BatchGetItem' || operation === 'BatchWriteItem') {
    return Object.entries((input.RequestItems ?? {}) as Record<string, unknown>).map(([table, requests]) => ({
      action: operation,
      table: tableName({ TableName: table }),
      keys: batchKeys(requests),
    }))
  }
  const index = input.IndexName === undefined ? undefined : String(input.IndexName)
  return [{ action: operation, table: tableName(input), index, keys: namedKeys(input) }]
}

const namedKeys = ({ Key, Item }: Item): Item[] => [Key ?? Item].filter(key => key !== undefined) as Item[]

function batchKeys(requests: unknown): Item[] {
  if (!Array.isArray(requests)) return ((requests as { Keys?: Item[] }).Keys ?? []) as Item[]
  return (requests as Record<string, Item>[]).flatMap(request => Object.values(request).flatMap(namedKeys))
}

/** The partition key values that a call touches; a query states its own in the key condition. */
function leadingKeys(keys: Item[], partitionKey: string, input: Item): string[] {
  const stated = keys.map(key => key[partitionKey]).concat(queriedKey(partitionKey, input))
  return stated.filter(value => value !== undefined).map(value => String(Object.values(value as Item)[0]))
}

function queriedKey(partitionKey: string, input: Item): unknown {
  const names = (input.ExpressionAttributeNames ?? {}) as Record<string, string>
  const values = (input.ExpressionAttributeValues ?? {}) as Item
  const equalities = String(input.KeyConditionExpression ?? '').matchAll(/([#\w]+)\s*=\s*(:\w+)/g)
  for (const [, name = '', value = ''] of equalities) {
    if ((names[name] ?? name) === partitionKey) return values[value]
  }
  return undefined
}

function consumedCapacity(body: string | Buffer): unknown[] {
  const { ConsumedCapacity = [] } = JSON.parse(body.toString()) as { ConsumedCapacity?: unknown }
  return [ConsumedCapacity].flat()
}

/**
 * Ends the emulator when its standard input closes, which the system does however this process dies:
 * a database must not outlive its cloud, nor die by the Ctrl-C that the cloud itself wants to handle.
 */
const guardedJava =
  'exec 3<&0; java "$@" & java=$!; (cat <&3 >/dev/null; kill $java 2>/dev/null) & wait $java'

class EmulatorProcess {
  readonly #child: ChildProcess
  readonly #port: number
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 64 })

  private constructor(child: ChildProcess, port: number) {
    this.#child = child
    this.#port = port
  }

  static async start(directory: string | undefined): Promise<EmulatorProcess> {
    if (directory) mkdirSync(directory, { recursive: true })
    const port = await freePort()
    // DynamoDB Local leaves a file of its own in the directory that it is started in.
    const child = spawnJava(directory ?? tmpdir(), [
      // A JVM on a laptop starts sooner, and takes less, with the simple compiler and collector.
      '-XX:TieredStopAtLevel=1',
      '-XX:+UseSerialGC',
      `-Djava.library.path=${join(emulatorDirectory, 'DynamoDBLocal_lib')}`,
      '-jar',
      join(emulatorDirectory, 'DynamoDBLocal.jar'),
      ...(directory ? ['-dbPath', directory] : ['-inMemory']),
      '-sharedDb',
      '-disableTelemetry',
      '-port',
      String(port),
    ])
    const emulator = new EmulatorProcess(child, port)
    await emulator.#ready()
    return emulator
  }

  send(target: string, body: string | Buffer): Promise<AwsAnswer> {
    return new Promise((resolve, reject) => {
      const outgoing = httpRequest(
        {
          host: '127.0.0.1',
          port: this.#port,
          method: 'POST',
          agent: this.#agent,
          headers: {
            'content-type': 'application/x-amz-json-1.0',
            'content-length': Buffer.byteLength(body),
            'x-amz-target': target,
            authorization,
          },
        },
        async incoming => {
          const chunks: Buffer[] = []
          for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk)
          const headers: Record<string, string> = { 'content-type': 'application/x-amz-json-1.0' }
          const checksum = incoming.headers['x-amz-crc32']
          if (typeof checksum === 'string') headers['x-amz-crc32'] = checksum
          resolve({ status: incoming.statusCode ?? 500, headers, body: Buffer.concat(chunks) })
        },
      )
      outgoing.on('error', reject)
      outgoing.end(body)
    })
  }

  async stop(): Promise<void> {
    this.#agent.destroy()
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const exited = once(this.#child, 'exit')
    this.#child.stdin?.end()
    await exited
  }

  async #ready(): Promise<void> {
    let complaint = ''
    this.#child.stderr?.on('data', (chunk: Buffer) => {
      complaint = chunk.toString()
    })
    const deadline = performance.now() + startTimeoutMs
    while (performance.now() < deadline) {
      if (this.#child.exitCode !== null) break
      const answer = await this.send('DynamoDB_20120810.ListTables', '{}').catch(() => undefined)
      if (answer?.status === 200) return
      await sleep(50)
    }
    await this.stop()
    throw new Error(`DynamoDB Local did not start. ${complaint.trim()}`)
  }
}

/** DynamoDB Local wants a well-formed signature, and checks nothing in it. */
const authorization =
  'AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0'

function spawnJava(cwd: string, parameters: string[]): ChildProcess {
  const options: SpawnOptions = { cwd, stdio: ['pipe', 'ignore', 'pipe'] }
  if (process.platform === 'win32') return spawn('java', parameters, options)
  return spawn('sh', ['-c', guardedJava, 'sh', ...parameters], { ...options, detached: true })
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('No free port')
  return address.port
}

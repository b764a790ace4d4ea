/** The table in DynamoDB Local, with the same interface as the in-memory table. */
import { Readable } from 'node:stream'
import { CreateTableCommand, DeleteTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { DynamoDBDocumentClient, ScanCommand, type ScanCommandOutput } from '@aws-sdk/lib-dynamodb'
import { DynamoDbProcess } from '../../local/aws/dynamodb/process.ts'
import type { Item } from '../../shared/persistence/item.ts'
import { tableSchema } from '../../shared/persistence/schema.ts'
import { type Call, sendDocument } from './aws.ts'
import type { Table } from './table.ts'

const { partitionKey, sortKey, indexes } = tableSchema
const keys = (partition: string, sort: string) => [
  { AttributeName: partition, KeyType: 'HASH' as const },
  { AttributeName: sort, KeyType: 'RANGE' as const },
]
const TableName = 'Table'

/** The same definition as in infra/table.ts. */
const definition = {
  TableName,
  BillingMode: 'PAY_PER_REQUEST' as const,
  KeySchema: keys(partitionKey, sortKey),
  AttributeDefinitions: [
    ...new Set(
      [tableSchema, ...Object.values(indexes)].flatMap(index => [index.partitionKey, index.sortKey]),
    ),
  ].map(AttributeName => ({ AttributeName, AttributeType: 'S' as const })),
  GlobalSecondaryIndexes: Object.values(indexes).map((index: (typeof indexes)[keyof typeof indexes]) => ({
    IndexName: index.name,
    KeySchema: keys(index.partitionKey, index.sortKey),
    Projection:
      'include' in index
        ? { ProjectionType: 'INCLUDE' as const, NonKeyAttributes: [...index.include] }
        : { ProjectionType: 'KEYS_ONLY' as const },
  })),
}

interface Request {
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** One DynamoDB Local process that holds one table at a time. */
export class DynamoDbLocal {
  readonly #process: DynamoDbProcess
  readonly #client: DynamoDBClient

  private constructor(process: DynamoDbProcess) {
    this.#process = process
    this.#client = new DynamoDBClient({
      region: 'us-east-1',
      endpoint: 'http://localhost',
      credentials: { accessKeyId: 'simulation', secretAccessKey: 'simulation' },
      requestHandler: { handle: (request: unknown) => this.#handle(request as Request) } as never,
    })
  }

  static async start(): Promise<DynamoDbLocal> {
    return new DynamoDbLocal(await DynamoDbProcess.start(undefined, () => {}))
  }

  stop(): Promise<void> {
    return this.#process.stop()
  }

  /** Replaces the table by an empty one and returns it. */
  async table(): Promise<Table> {
    await this.#client.send(new DeleteTableCommand({ TableName })).catch((error: Error) => {
      if (error.name !== 'ResourceNotFoundException') throw error
    })
    await this.#client.send(new CreateTableCommand(definition))
    const document = DynamoDBDocumentClient.from(this.#client, {
      marshallOptions: { removeUndefinedValues: true },
    })
    return {
      handle: ({ command }: Call) => sendDocument.call(document, command),
      items: async () => {
        const { Items } = (await sendDocument.call(
          document,
          new ScanCommand({ TableName }),
        )) as ScanCommandOutput
        return Items as Item[]
      },
    }
  }

  async #handle({ headers, body }: Request) {
    const response = await this.#process.send(headers['x-amz-target'] ?? '', body)
    return {
      response: {
        statusCode: response.status,
        headers: response.headers,
        body: Readable.from([response.body]),
      },
    }
  }
}

/**
 * What a DynamoDB call must be allowed to do: its actions, the tables and indexes, and the leading keys, as AWS
 * derives them. A transaction needs the actions of its items, not one of its own.
 */
import type { AccessRequest } from './iam.ts'
import type { Resource } from './template.ts'

interface KeySchemaElement {
  AttributeName: string
  KeyType: 'HASH' | 'RANGE'
}

type Item = Record<string, unknown>

/** @param tables the template's tables, by name */
export function dynamoDbAccess(
  tables: ReadonlyMap<string, Resource>,
  operation: string,
  input: Item,
): AccessRequest[] {
  return tableAccess(operation, input).map(({ action, table, index, keys }) => {
    const resource = tables.get(table)
    const partitionKey = resource && partitionKeyOf(resource, index)
    return {
      action: `dynamodb:${action}`,
      resource: resource ? `${resource.arn}${index ? `/index/${index}` : ''}` : '*',
      context: partitionKey ? { 'dynamodb:LeadingKeys': leadingKeys(keys, partitionKey, input) } : {},
    }
  })
}

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

/**
 * The permissions that a DynamoDB call needs: actions, tables and indexes, with leading keys and attributes as condition
 * keys, as AWS derives them. A transaction needs the actions of its items, and no action of its own.
 */

import type { AccessRequest } from '../../runtime/aws-service.ts'
import type { Resource } from '../../runtime/template.ts'

interface KeySchemaElement {
  readonly AttributeName: string
  readonly KeyType: 'HASH' | 'RANGE'
}

type Item = Readonly<Record<string, unknown>>

/** @param tables the template's tables, by name */
export const dynamoDbAccess = (
  tables: ReadonlyMap<string, Resource>,
  operation: string,
  input: Item,
): AccessRequest[] =>
  tableAccess(operation, input).map(({ action, table, index, requests }) => {
    const resource = tables.get(table)
    const partitionKey = resource && partitionKeyOf(resource, index)
    const attributes = attributeNames(action, requests)
    return {
      action: `dynamodb:${action}`,
      resource: resource ? `${resource.arn}${index ? `/index/${index}` : ''}` : '*',
      context: {
        ...(partitionKey && { 'dynamodb:LeadingKeys': leadingKeys(requests, partitionKey, input) }),
        ...(attributes && { 'dynamodb:Attributes': attributes }),
      },
    }
  })

const partitionKeyOf = ({ properties }: Resource, index: string | undefined): string | undefined => {
  const indexes = (properties.GlobalSecondaryIndexes ?? []) as { IndexName: string; KeySchema: unknown }[]
  const schema = index
    ? indexes.find(({ IndexName }) => IndexName === index)?.KeySchema
    : properties.KeySchema
  return (schema as KeySchemaElement[] | undefined)?.find(({ KeyType }) => KeyType === 'HASH')?.AttributeName
}

interface TableAccess {
  readonly action: string
  readonly table: string
  readonly index?: string | undefined
  /** Parts of the call with keys, items and expressions. */
  readonly requests: readonly Item[]
}

const transactionActions = {
  Put: 'PutItem',
  Update: 'UpdateItem',
  Delete: 'DeleteItem',
  ConditionCheck: 'ConditionCheckItem',
  Get: 'GetItem',
} as const

const tableName = (input: Item) => String(input.TableName ?? '').replace(/^arn:.*:table\//, '')

/** The actions that a call needs, by table. */
const tableAccess = (operation: string, input: Item): TableAccess[] => {
  if (operation === 'TransactWriteItems' || operation === 'TransactGetItems') {
    return ((input.TransactItems ?? []) as Record<string, Item>[]).flatMap(entry =>
      Object.entries(entry).map(([kind, item]) => ({
        action: transactionActions[kind as keyof typeof transactionActions] ?? kind,
        table: tableName(item),
        requests: [item],
      })),
    )
  }
  if (operation === 'BatchGetItem' || operation === 'BatchWriteItem') {
    return Object.entries((input.RequestItems ?? {}) as Record<string, unknown>).map(([table, requests]) => ({
      action: operation,
      table: tableName({ TableName: table }),
      requests: batchRequests(requests),
    }))
  }
  const index = input.IndexName === undefined ? undefined : String(input.IndexName)
  return [{ action: operation, table: tableName(input), index, requests: [input] }]
}

/** One request per table for reads, one per item for writes. */
const batchRequests = (requests: unknown): Item[] =>
  Array.isArray(requests)
    ? (requests as Record<string, Item>[]).flatMap(request => Object.values(request))
    : [requests as Item]

/** Items or keys of items. */
const namedItems = ({ Keys, Key, Item }: Item): Item[] =>
  ((Keys ?? [Key ?? Item]) as (Item | undefined)[]).filter(item => item !== undefined)

/**
 * Used for an unknown partition key. DynamoDB rejects an empty key, so that no pattern of keys matches it.
 * Without a value, a condition of ForAllValues would hold.
 */
const unknownKey = ''

/** Returns the partition key values of a call. A query has its value in the key condition; a scan has no value. */
const leadingKeys = (requests: readonly Item[], partitionKey: string, input: Item): string[] => {
  const items = requests.flatMap(namedItems)
  const values = items.length > 0 ? items.map(item => item[partitionKey]) : [queriedKey(partitionKey, input)]
  return values.map(value => String(Object.values((value ?? {}) as Item)[0] ?? unknownKey))
}

/** An equality in either order of its operands. */
const equality = /([#\w]+)\s*=\s*(:\w+)|(:\w+)\s*=\s*([#\w]+)/g

const queriedKey = (partitionKey: string, input: Item): unknown => {
  const names = (input.ExpressionAttributeNames ?? {}) as Record<string, string>
  const values = (input.ExpressionAttributeValues ?? {}) as Item
  const equalities = String(input.KeyConditionExpression ?? '').matchAll(equality)
  for (const [, first, second, third, fourth] of equalities) {
    const name = first ?? fourth ?? ''
    if ((names[name] ?? name) === partitionKey) return values[second ?? third ?? '']
  }
  return undefined
}

const reads = new Set(['GetItem', 'BatchGetItem', 'Query', 'Scan'])
const expressions = [
  'ConditionExpression',
  'FilterExpression',
  'KeyConditionExpression',
  'ProjectionExpression',
  'UpdateExpression',
]

/**
 * The top-level attributes that a call writes, reads or compares, including the key. A read without a projection has no
 * list of attributes.
 */
const attributeNames = (action: string, requests: readonly Item[]): string[] | undefined => {
  const isOfAll = reads.has(action) && requests.some(request => request.ProjectionExpression === undefined)
  return isOfAll ? undefined : [...new Set(requests.flatMap(namedAttributes))]
}

const namedAttributes = (request: Item): string[] => {
  const names = (request.ExpressionAttributeNames ?? {}) as Record<string, string>
  const inExpressions = expressions.flatMap(expression => pathHeads(String(request[expression] ?? '')))
  return [...namedItems(request).flatMap(Object.keys), ...inExpressions.map(name => names[name] ?? name)]
}

const keywords = /^(set|remove|add|delete|and|or|not|between|in)$/i

/** The first names of the paths in an expression: words that are no value, path element, function or keyword. */
const pathHeads = (expression: string): string[] =>
  (expression.match(/(?<![:.#\w])(?:#\w+|[A-Za-z_]\w*)\b(?!\s*\()/g) ?? []).filter(
    word => !keywords.test(word),
  )

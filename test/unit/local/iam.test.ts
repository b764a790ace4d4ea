import { describe, expect, it } from 'vitest'
import { dynamoDbAccess } from '../../../local/aws/dynamodb/access.ts'
import { decide } from '../../../local/aws/iam/policies.ts'
import type { Resource } from '../../../local/runtime/template.ts'

const tableArn = 'arn:aws:dynamodb:us-east-1:000000000000:table/Desk'

const allow = (statement: object) => [{ Effect: 'Allow' as const, Action: '*', Resource: '*', ...statement }]

describe('decide', () => {
  const request = { action: 'dynamodb:PutItem', resource: tableArn }
  const leading = (...keys: string[]) => ({ ...request, context: { 'dynamodb:LeadingKeys': keys } })
  const mailOnly = allow({ Condition: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['MAIL#*'] } } })

  it.each([
    ['implicitDeny without a statement', [], request, 'implicitDeny'],
    ['by an action', allow({ Action: ['dynamodb:putitem'] }), request, 'allowed'],
    ['by a wildcard', allow({ Action: 'dynamodb:Put*', Resource: 'arn:aws:dynamodb:*' }), request, 'allowed'],
    ['by another action', allow({ Action: 'dynamodb:GetItem' }), request, 'implicitDeny'],
    ['by another resource', allow({ Resource: `${tableArn}/index/list` }), request, 'implicitDeny'],
    ['by NotAction', allow({ Action: undefined, NotAction: 'dynamodb:Put*' }), request, 'implicitDeny'],
    [
      'explicitDeny when one statement denies and another allows',
      [...allow({}), { Effect: 'Deny' as const, Action: 'dynamodb:*', Resource: '*' }],
      request,
      'explicitDeny',
    ],
    ['by leading keys', mailOnly, leading('MAIL#1', 'MAIL#2'), 'allowed'],
    [
      'by leading keys when one of them is not allowed',
      mailOnly,
      leading('MAIL#1', 'PARTNER#1'),
      'implicitDeny',
    ],
    [
      'by a condition on a missing context key',
      allow({ Condition: { StringEquals: { 'iam:PassedToService': 'scheduler.amazonaws.com' } } }),
      request,
      'implicitDeny',
    ],
    [
      'by a condition with alternatives',
      allow({ Condition: { ArnLike: { 'AWS:SourceArn': ['arn:a:*', 'arn:b:*'] } } }),
      { ...request, context: { 'aws:SourceArn': 'arn:b:c' } },
      'allowed',
    ],
    [
      'by a condition on insecure transport',
      allow({ Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
      request,
      'implicitDeny',
    ],
  ])('decides %s', (_, statements, asked, expected) => {
    expect(decide(statements, asked)).toBe(expected)
  })

  it('throws for an unknown operator', () => {
    const statements = allow({ Condition: { IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } } })
    const asked = { ...request, context: { 'aws:SourceIp': '10.0.0.1' } }
    expect(() => decide(statements, asked)).toThrow('IpAddress')
  })
})

describe('dynamoDbAccess', () => {
  const key = (pk: string) => ({ pk: { S: pk }, sk: { S: 'x' } })
  const table: Resource = {
    stack: 'Data',
    logicalId: 'Table',
    type: 'AWS::DynamoDB::GlobalTable',
    metadata: {},
    ref: 'Desk',
    arn: tableArn,
    properties: {
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
      GlobalSecondaryIndexes: [
        { IndexName: 'list', KeySchema: [{ AttributeName: 'listPk', KeyType: 'HASH' }] },
      ],
    },
  }
  const access = (operation: string, input: Record<string, unknown>) =>
    dynamoDbAccess(new Map([['Desk', table]]), operation, input).map(({ action, resource, context }) => [
      action,
      resource,
      context?.['dynamodb:LeadingKeys'],
    ])

  it('contains the key of a single item', () => {
    const expected = [['dynamodb:GetItem', tableArn, ['PARTNER#1']]]
    expect(access('GetItem', { TableName: 'Desk', Key: key('PARTNER#1') })).toEqual(expected)
  })

  it('contains the access of each item of a transaction', () => {
    const items = [
      { Put: { TableName: 'Desk', Item: key('A') } },
      { Update: { TableName: tableArn, Key: key('B') } },
      { ConditionCheck: { TableName: 'Desk', Key: key('C') } },
    ]
    expect(access('TransactWriteItems', { TransactItems: items })).toEqual([
      ['dynamodb:PutItem', tableArn, ['A']],
      ['dynamodb:UpdateItem', tableArn, ['B']],
      ['dynamodb:ConditionCheckItem', tableArn, ['C']],
    ])
  })

  it('contains the index and the key of the condition of a query', () => {
    const query = {
      TableName: 'Desk',
      IndexName: 'list',
      KeyConditionExpression: '#pk = :pk AND begins_with(listSk, :time)',
      ExpressionAttributeNames: { '#pk': 'listPk' },
      ExpressionAttributeValues: { ':pk': { S: 'PARTNER#1' }, ':time': { S: '2026' } },
    }
    expect(access('Query', query)).toEqual([['dynamodb:Query', `${tableArn}/index/list`, ['PARTNER#1']]])
  })

  const mailReaders = allow({
    Condition: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['MAIL#*'] } },
  })
  const mail = { ':p': { S: 'MAIL#1' }, ':s': { S: 'MAIL#1' } }
  const partner = { ':p': { S: 'PARTNER#1' }, ':s': { S: 'MAIL#1' } }

  it.each([
    ['the key first', 'pk = :p', mail, 'allowed'],
    ['the value first', ':p = pk', mail, 'allowed'],
    ['the key first, with a value that is not allowed', 'pk = :p', partner, 'implicitDeny'],
    ['the value first, with a value that is not allowed', ':p = pk', partner, 'implicitDeny'],
    [
      'the value first, without blanks and after the sort key',
      '(:s=sk) AND (:p=pk)',
      partner,
      'implicitDeny',
    ],
    ['an alias for the key', ':p = #key', partner, 'implicitDeny'],
    ['no partition key', 'sk = :s', mail, 'implicitDeny'],
    ['an alias that is not declared', '#other = :p', mail, 'implicitDeny'],
    ['a value that is not declared', 'pk = :other', mail, 'implicitDeny'],
  ])('is decided correctly for a query whose condition has %s', (_, condition, values, expected) => {
    const query = {
      TableName: 'Desk',
      KeyConditionExpression: condition,
      ExpressionAttributeNames: { '#key': 'pk' },
      ExpressionAttributeValues: values,
    }
    const [asked] = dynamoDbAccess(new Map([['Desk', table]]), 'Query', query)
    expect(asked && decide(mailReaders, asked)).toBe(expected)
  })

  it.each([
    ['Scan', {}],
    ['Query', { KeyConditions: {} }],
    ['PutItem', { Item: { sk: { S: 'MAIL#1' } } }],
  ])('satisfies no condition on leading keys when %s has no partition key', (operation, input) => {
    const [asked] = dynamoDbAccess(new Map([['Desk', table]]), operation, { TableName: 'Desk', ...input })
    expect(asked && decide(mailReaders, asked)).toBe('implicitDeny')
  })

  const attributes = (operation: string, input: Record<string, unknown>) =>
    dynamoDbAccess(new Map([['Desk', table]]), operation, { TableName: 'Desk', ...input }).map(
      ({ context }) => context?.['dynamodb:Attributes'],
    )

  it.each<[string, string, Record<string, unknown>, string[] | undefined]>([
    [
      'of a put item and its condition',
      'PutItem',
      {
        Item: { ...key('A'), count: { N: '1' } },
        ConditionExpression: 'attribute_not_exists(pk) OR (#v = :v AND size(notes) > :n)',
        ExpressionAttributeNames: { '#v': 'version' },
      },
      ['pk', 'sk', 'count', 'version', 'notes'],
    ],
    [
      'of an update, without the rest of their paths',
      'UpdateItem',
      {
        Key: key('A'),
        UpdateExpression:
          'SET #deal.#name = if_not_exists(title, :t), list[0] = :x REMOVE old.part ADD hits :one',
        ConditionExpression: 'version IN (:a, :b) and NOT #state between :a and :b',
        ExpressionAttributeNames: { '#deal': 'deal', '#name': 'name', '#state': 'state' },
      },
      ['pk', 'sk', 'version', 'state', 'deal', 'title', 'list', 'old', 'hits'],
    ],
    [
      'of a read with a projection',
      'GetItem',
      { Key: key('A'), ProjectionExpression: '#a, b.c', ExpressionAttributeNames: { '#a': 'a' } },
      ['pk', 'sk', 'a', 'b'],
    ],
    ['of a read without a projection: none', 'GetItem', { Key: key('A') }, undefined],
    [
      'of a query with a projection',
      'Query',
      {
        KeyConditionExpression: 'pk = :pk and begins_with(sk, :sk)',
        FilterExpression: 'attribute_exists(dueAt)',
        ProjectionExpression: 'title',
      },
      ['dueAt', 'pk', 'sk', 'title'],
    ],
    [
      'of a batch read',
      'BatchGetItem',
      { RequestItems: { Desk: { Keys: [key('A'), key('B')], ProjectionExpression: 'title' } } },
      ['pk', 'sk', 'title'],
    ],
    [
      'of a batch write',
      'BatchWriteItem',
      {
        RequestItems: {
          Desk: [{ PutRequest: { Item: { ...key('A'), a: {} } } }, { DeleteRequest: { Key: key('B') } }],
        },
      },
      ['pk', 'sk', 'a'],
    ],
  ])('contains the attributes %s', (_, operation, input, expected) => {
    expect(attributes(operation, input)).toEqual([expected])
  })

  it('contains the attributes of each item of a transaction separately', () => {
    const condition = { ConditionExpression: '#v = :v', ExpressionAttributeNames: { '#v': 'version' } }
    const items = [
      { Put: { TableName: 'Desk', Item: { ...key('A'), a: {} } } },
      { ConditionCheck: { TableName: 'Desk', Key: key('B'), ...condition } },
    ]
    expect(attributes('TransactWriteItems', { TransactItems: items })).toEqual([
      ['pk', 'sk', 'a'],
      ['pk', 'sk', 'version'],
    ])
  })

  it.each([
    ['attributes that the policy lists', { note: {} }, 'allowed'],
    ['another attribute', { note: {}, secret: {} }, 'implicitDeny'],
  ])('lets a policy restrict the attributes of an item: %s', (_, more, expected) => {
    const policy = allow({
      Condition: { 'ForAllValues:StringEquals': { 'dynamodb:Attributes': ['pk', 'sk', 'note'] } },
    })
    const put = { TableName: 'Desk', Item: { ...key('A'), ...more } }
    const [asked] = dynamoDbAccess(new Map([['Desk', table]]), 'PutItem', put)
    expect(asked && decide(policy, asked)).toBe(expected)
  })

  it('contains every key of a batch', () => {
    const batch = { RequestItems: { Desk: { Keys: [key('A'), key('B')] } } }
    expect(access('BatchGetItem', batch)).toEqual([['dynamodb:BatchGetItem', tableArn, ['A', 'B']]])
  })
})

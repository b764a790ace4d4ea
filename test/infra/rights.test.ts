import { expect, test } from 'vitest'
import { type KeyClass, keyClasses, keyPattern } from '../../shared/persistence/schema.ts'
import { synthesize } from './synthesis.ts'

const { ofType, at } = synthesize()

interface Statement {
  Effect: string
  Action: string | string[]
  Resource: string | string[]
  Condition?: Record<string, Record<string, unknown>>
}

/** Returns each right as `action resource`, followed by its condition. */
const rightsIn = (statements: Statement[]) =>
  statements.flatMap(({ Effect, Action, Resource, Condition }) =>
    [Action].flat().flatMap(action =>
      [Resource].flat().map(resource => {
        const condition = Condition ? ` if ${JSON.stringify(Condition)}` : ''
        return `${Effect === 'Allow' ? '' : `${Effect} `}${action} ${resource}${condition}`
      }),
    ),
  )

const rightsOn = (resource: string, ...actions: string[]) => actions.map(action => `${action} ${resource}`)
const table = (...actions: string[]) =>
  rightsOn('{Table.Arn}', ...actions.map(action => `dynamodb:${action}`))
const query = (index: string) => `dynamodb:Query {Table.Arn}/index/${index}`
const withCondition = (condition: object, rights: string[]) =>
  rights.map(right => `${right} if ${JSON.stringify(condition)}`)

/** Rights of every function. */
const basics = (path: string) => [
  ...rightsOn(`{${path}/Logs.Arn}`, 'logs:CreateLogStream', 'logs:PutLogEvents'),
  ...rightsOn('*', 'xray:PutTelemetryRecords', 'xray:PutTraceSegments'),
]
/** Rights to receive messages and to send unreadable ones to the dead-letter queue. */
const queueConsumer = (path: string) => [
  ...rightsOn(
    `{${path}/Work/Queue.Arn}`,
    'sqs:DeleteMessage',
    'sqs:GetQueueAttributes',
    'sqs:ReceiveMessage',
  ),
  `sqs:SendMessage {${path}/Work/DeadLetters.Arn}`,
]
/** Rights to send to the queue of a worker and to its dead-letter queue. */
const queueSender = (path: string) =>
  ['Queue', 'DeadLetters'].map(queue => `sqs:SendMessage {${path}/Work/${queue}.Arn}`)

const arn = (service: string, resource: string) =>
  `arn:{AWS::Partition}:${service}:{AWS::Region}:{AWS::AccountId}:${resource}`
const group = at('Timers/Schedules').properties.Name as string
/** Returns the right to an action on items whose partition keys have these classes. */
const items = (action: string, ...classes: KeyClass[]) =>
  withCondition(
    { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': classes.map(keyPattern) } },
    table(action),
  )
/** Rights to create and delete schedules of this program's group, with the role that may send to the timers queue. */
const schedulerRights = [
  ...rightsOn(
    arn('scheduler', `schedule/${group}/*`),
    'scheduler:CreateSchedule',
    'scheduler:DeleteSchedule',
  ),
  ...withCondition({ StringEquals: { 'iam:PassedToService': 'scheduler.amazonaws.com' } }, [
    'iam:PassRole {Timers/TimerRole.Arn}',
  ]),
  'sqs:SendMessage {Timers/OnTimer/Work/Queue.Arn}',
]

/** Rights of all mail workers: they write mails, daily numbers of mails, and contact health. */
const mailWriteRights = [...items('GetItem', 'mail', 'health'), ...items('PutItem', 'mail', 'health')]
/** Rights of the workers that also record whether mail reaches a customer. */
const feedbackRights = [...items('GetItem', 'mail', 'health'), ...items('PutItem', 'mail', 'health', 'rfi')]
const sendingRights = [
  ...items('BatchGetItem', 'referrals', 'rfi', 'listing', 'people', 'health', 'program'),
  ...withCondition({ StringEquals: { 'ses:FromAddress': 'referrals@example.com' } }, [
    `ses:SendRawEmail ${arn('ses', 'identity/example.com')}`,
    // In the sandbox, SES also checks the right to each addressee, who is an identity of the account.
    `ses:SendRawEmail ${arn('ses', 'identity/*')}`,
    `ses:SendRawEmail ${arn('ses', 'configuration-set/{Mail/ConfigurationSet}')}`,
  ]),
]
/** Key classes that routing and the creation of referrals read. */
const requestClasses = ['rfi', 'referrals', 'listing', 'reputation', 'program'] as const

/** Indexes of the lists of one partner. */
const partnerIndexes = ['list', 'hot', 'office', 'received', 'updated', 'dates']

const rights: Record<string, string[]> = {
  'Api/CustomerApi/Role': [
    ...basics('Api/CustomerApi'),
    ...items('GetItem', 'rfi', 'program'),
    ...items('BatchGetItem', ...requestClasses, 'people', 'health', 'idempotency'),
    ...items('PutItem', 'rfi', 'referrals', 'idempotency'),
    // A dismissal and a denied win check that the RFI has not changed.
    ...items('ConditionCheckItem', 'rfi', 'referrals'),
    query('directory'),
  ],
  'Api/PartnerApi/Role': [
    ...basics('Api/PartnerApi'),
    ...items('GetItem', 'rfi', 'listing', 'program'),
    ...items('BatchGetItem', ...requestClasses, 'people', 'health'),
    ...items('PutItem', 'referrals', 'listing', 'people', 'health'),
    ...items('ConditionCheckItem', 'rfi', 'listing'),
    ...items('Query', 'referrals', 'listing', 'mail'),
    ...['directory', ...partnerIndexes, 'lookup'].map(query),
  ],
  'Api/OperatorApi/Role': [
    ...basics('Api/OperatorApi'),
    ...items('GetItem', 'rfi', 'listing', 'program', 'idempotency'),
    ...items('BatchGetItem', ...requestClasses, 'people', 'health', 'idempotency'),
    ...items('PutItem', 'rfi', 'referrals', 'listing', 'people', 'program', 'idempotency'),
    ...items('ConditionCheckItem', 'referrals', 'listing'),
    ...items('Query', 'referrals', 'rfi', 'listing', 'mail'),
    ...['directory', ...partnerIndexes, 'program', 'region', 'changes', 'lookup'].map(query),
  ],
  'Api/OpenApi/Role': basics('Api/OpenApi'),
  'Api/Pages/Role': [
    ...basics('Api/Pages'),
    ...items('GetItem', 'rfi', 'referrals', 'health', 'mail', 'program'),
    ...items('BatchGetItem', ...requestClasses, 'people', 'health'),
    ...items('PutItem', 'rfi', 'referrals', 'listing', 'people', 'health', 'mail'),
    // An acceptance by mail checks that the customer has not chosen.
    ...items('ConditionCheckItem', 'rfi', 'referrals', 'listing'),
    query('directory'),
  ],
  'Events/PublishEvents/Role': [
    ...basics('Events/PublishEvents'),
    ...rightsOn(
      '{Table.StreamArn}',
      'dynamodb:DescribeStream',
      'dynamodb:GetRecords',
      'dynamodb:GetShardIterator',
      'dynamodb:ListStreams',
    ),
    'events:PutEvents {Events/Bus.Arn}',
    'sqs:SendMessage {Events/PublishEvents/DeadLetters.Arn}',
  ],
  'Timers/ArmTimers/Role': [
    ...basics('Timers/ArmTimers'),
    ...queueConsumer('Timers/ArmTimers'),
    ...items('GetItem', 'referrals'),
    ...schedulerRights,
  ],
  'Timers/OnTimer/Role': [
    ...basics('Timers/OnTimer'),
    ...queueConsumer('Timers/OnTimer'),
    // No queries. An expiry reads the RFI and its other referrals, and checks that the RFI has not changed.
    ...items('GetItem', 'rfi', 'referrals'),
    ...items('BatchGetItem', 'referrals', 'program'),
    ...items('PutItem', 'referrals'),
    ...items('ConditionCheckItem', 'rfi'),
  ],
  'Timers/SweepOverdue/Role': [
    ...basics('Timers/SweepOverdue'),
    ...queueConsumer('Timers/SweepOverdue'),
    ...items('GetItem', 'rfi', 'referrals', 'sweep'),
    ...items('BatchGetItem', 'referrals', 'program'),
    ...items('PutItem', 'referrals', 'sweep'),
    ...items('ConditionCheckItem', 'rfi'),
    query('due'),
    ...schedulerRights,
  ],
  'Mail/SuggestPartners/Role': [
    ...basics('Mail/SuggestPartners'),
    ...queueConsumer('Mail/SuggestPartners'),
    ...items('BatchGetItem', 'rfi', 'referrals', 'program'),
    query('directory'),
    'sqs:SendMessage {Mail/SendMail/Work/Queue.Arn}',
  ],
  'Mail/SendMail/Role': [
    ...basics('Mail/SendMail'),
    ...queueConsumer('Mail/SendMail'),
    ...feedbackRights,
    ...sendingRights,
  ],
  'Mail/SendDigests/Role': [
    ...basics('Mail/SendDigests'),
    ...queueConsumer('Mail/SendDigests'),
    ...mailWriteRights,
    ...sendingRights,
    query('due'),
  ],
  'Mail/RecordMailFeedback/Role': [
    ...basics('Mail/RecordMailFeedback'),
    ...queueConsumer('Mail/RecordMailFeedback'),
    ...feedbackRights,
    ...items('BatchGetItem', 'rfi', 'referrals'),
  ],
  'Reputation/UpdateReputation/Role': [
    ...basics('Reputation/UpdateReputation'),
    ...queueConsumer('Reputation/UpdateReputation'),
    ...items('BatchGetItem', 'reputation', 'listing', 'referrals'),
    ...items('PutItem', 'reputation'),
  ],
  'Lookup/UpdateLookup/Role': [
    ...basics('Lookup/UpdateLookup'),
    ...queueConsumer('Lookup/UpdateLookup'),
    ...items('BatchGetItem', 'rfi', 'listing'),
    ...items('PutItem', 'lookup'),
    // The only deletion of the program. Entries can be made again.
    ...items('DeleteItem', 'lookup'),
    ...items('Query', 'lookup'),
  ],
  'Timers/TimerRole': queueSender('Timers/OnTimer'),
  'Timers/Sweep/Role': queueSender('Timers/SweepOverdue'),
  'Mail/Hourly/Role': queueSender('Mail/SendDigests'),
}

const policies = ofType('AWS::IAM::Policy')
const rightsOf = (role: string) =>
  policies
    .filter(({ properties }) => properties.Roles.includes(`{${role}}`))
    .flatMap(({ properties }) => rightsIn(properties.PolicyDocument.Statement))

test('the pattern of a key class matches no other class', () => {
  const classes = Object.keys(keyClasses) as KeyClass[]
  for (const one of classes)
    for (const other of classes.filter(name => name !== one)) {
      const pattern = keyPattern(one).replace('*', '')
      expect(`${keyClasses[other]}#id`.startsWith(pattern) && pattern.endsWith('#')).toBe(false)
      expect(keyClasses[other]).not.toBe(keyPattern(one))
    }
})

test('no function can update parts of items or scan the table, and only lookup entries can be deleted', () => {
  const [deletion = ''] = items('DeleteItem', 'lookup')
  for (const role of Object.keys(rights))
    for (const right of rightsOf(role).filter(one => one !== deletion))
      expect(right).not.toMatch(/^dynamodb:(Delete|Update|BatchWrite|Scan)/)
})

test('the stack has exactly these roles', () => {
  expect(
    ofType('AWS::IAM::Role')
      .map(({ path }) => path)
      .sort(),
  ).toEqual(Object.keys(rights).sort())
})

test.each(Object.entries(rights))('%s has exactly the rights that it needs', (role, expected) => {
  expect(rightsOf(role).sort()).toEqual([...expected].sort())
})

test('roles have no managed and no inline policies', () => {
  for (const { properties } of ofType('AWS::IAM::Role')) {
    expect(Object.keys(properties)).toEqual(['AssumeRolePolicyDocument'])
  }
})

test('each function has its own role, which only Lambda can assume', () => {
  for (const { path, properties } of ofType('AWS::Lambda::Function')) {
    const role = path.replace('/Lambda', '/Role')
    expect(properties.Role).toBe(`{${role}.Arn}`)
    expect(at(role).properties.AssumeRolePolicyDocument.Statement).toEqual([
      { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'lambda.amazonaws.com' } },
    ])
  }
})

test.each([
  ['Timers/TimerRole', 'Timers/Schedules'],
  ['Timers/Sweep/Role', 'Timers/Sweep/Group'],
  ['Mail/Hourly/Role', 'Mail/Hourly/Group'],
])('%s can be assumed only by schedules of the group %s', (role, group) => {
  expect(at(role).properties.AssumeRolePolicyDocument.Statement).toEqual([
    {
      Effect: 'Allow',
      Action: 'sts:AssumeRole',
      Principal: { Service: 'scheduler.amazonaws.com' },
      Condition: {
        StringEquals: { 'aws:SourceAccount': '{AWS::AccountId}' },
        ArnEquals: { 'aws:SourceArn': `{${group}.Arn}` },
      },
    },
  ])
})

const tlsOnly = (queue: string) => `Deny sqs:* {${queue}.Arn} if {"Bool":{"aws:SecureTransport":"false"}}`
const fromRule = (queue: string, rule: string) =>
  `sqs:SendMessage {${queue}.Arn} if {"ArnEquals":{"aws:SourceArn":"{${rule}.Arn}"}}`
/** Event rules by the worker whose queue they send to. */
const rules: Record<string, string | string[]> = {
  'Timers/ArmTimers': 'Events/ToArmTimers',
  'Mail/SuggestPartners': 'Events/ToSuggestPartners',
  'Mail/SendMail': 'Events/ToSendMail',
  'Mail/RecordMailFeedback': ['Mail/Feedback', 'Mail/Bounces', 'Mail/Complaints', 'Mail/Delays'],
  'Reputation/UpdateReputation': 'Events/ToUpdateReputation',
  'Lookup/UpdateLookup': 'Events/ToUpdateLookup',
}

test.each(ofType('AWS::SQS::Queue').map(({ path }) => path))(
  '%s accepts messages only over TLS, and from its event rule if it has one',
  queue => {
    const policy = ofType('AWS::SQS::QueuePolicy').find(({ properties }) =>
      properties.Queues.includes(`{${queue}}`),
    )
    const senders = [rules[queue.replace(/\/Work\/\w+$/, '')] ?? []].flat()
    expect(rightsIn(policy?.properties.PolicyDocument.Statement).sort()).toEqual(
      [tlsOnly(queue), ...senders.map(rule => fromRule(queue, rule))].sort(),
    )
  },
)

test('only API Gateway may invoke the functions of the API; no service may invoke another function', () => {
  const permissions = ofType('AWS::Lambda::Permission').map(({ properties }) => properties)
  expect(permissions).toEqual(
    ['CustomerApi', 'PartnerApi', 'OperatorApi', 'OpenApi', 'Pages'].map(name => ({
      Action: 'lambda:InvokeFunction',
      FunctionName: `{Api/${name}/Lambda.Arn}`,
      Principal: 'apigateway.amazonaws.com',
      SourceArn: `${arn('execute-api', '{Api/Http}')}/*/*`,
    })),
  )
})

import { expect, test } from 'vitest'
import { reputationAttributes } from '../../shared/discovery/reputation/contract.ts'
import { mailAttributes } from '../../shared/messaging/mail/contract.ts'
import { synthesize } from './synthesis.ts'

const { ofType, at } = synthesize()

interface Statement {
  Effect: string
  Action: string | string[]
  Resource: string | string[]
  Condition?: Record<string, Record<string, unknown>>
}

/** Each right as `action resource`, followed by the condition that it is under. */
const rightsIn = (statements: Statement[]) =>
  statements.flatMap(({ Effect, Action, Resource, Condition }) =>
    [Action].flat().flatMap(action =>
      [Resource].flat().map(resource => {
        const condition = Condition ? ` if ${JSON.stringify(Condition)}` : ''
        return `${Effect === 'Allow' ? '' : `${Effect} `}${action} ${resource}${condition}`
      }),
    ),
  )

const on = (resource: string, ...actions: string[]) => actions.map(action => `${action} ${resource}`)
const table = (...actions: string[]) => on('{Table.Arn}', ...actions.map(action => `dynamodb:${action}`))
const query = (index: string) => `dynamodb:Query {Table.Arn}/index/${index}`
const under = (condition: object, rights: string[]) =>
  rights.map(right => `${right} if ${JSON.stringify(condition)}`)

/** What every function may do, and nothing else that all may. */
const basics = (path: string) => [
  ...on(`{${path}/Logs.Arn}`, 'logs:CreateLogStream', 'logs:PutLogEvents'),
  ...on('*', 'xray:PutTelemetryRecords', 'xray:PutTraceSegments'),
]
/** Receives messages, and puts those that it cannot read among the dead letters. */
const reads = (path: string) => [
  ...on(`{${path}/Work/Queue.Arn}`, 'sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage'),
  `sqs:SendMessage {${path}/Work/DeadLetters.Arn}`,
]
const fills = (path: string) =>
  ['Queue', 'DeadLetters'].map(queue => `sqs:SendMessage {${path}/Work/${queue}.Arn}`)

const arn = (service: string, resource: string) =>
  `arn:{AWS::Partition}:${service}:{AWS::Region}:{AWS::AccountId}:${resource}`
const group = at('Timers/Schedules').properties.Name as string
const items = table('GetItem', 'BatchGetItem', 'PutItem', 'ConditionCheckItem')
/** One referral at a time, and never the customer's personal data beside it. */
const decides = table('GetItem', 'PutItem')
/** Of this program's group, and by the one role that fills the timers queue. */
const arms = [
  ...on(arn('scheduler', `schedule/${group}/*`), 'scheduler:CreateSchedule', 'scheduler:DeleteSchedule'),
  ...under({ StringEquals: { 'iam:PassedToService': 'scheduler.amazonaws.com' } }, [
    'iam:PassRole {Timers/TimerRole.Arn}',
  ]),
  'sqs:SendMessage {Timers/OnTimer/Work/Queue.Arn}',
]

/** Items of mails' own attributes alone: nobody who sends mail can change a referral, a profile or an RFI. */
const writesMail = under(
  { 'ForAllValues:StringEquals': { 'dynamodb:Attributes': [...mailAttributes] } },
  table('PutItem'),
)
const sends = [
  ...table('GetItem', 'BatchGetItem'),
  ...writesMail,
  ...under({ StringEquals: { 'ses:FromAddress': 'referrals@example.com' } }, [
    `ses:SendRawEmail ${arn('ses', 'identity/example.com')}`,
    `ses:SendRawEmail ${arn('ses', 'configuration-set/{Mail/ConfigurationSet}')}`,
  ]),
]

const rights: Record<string, string[]> = {
  'Api/CustomerApi/Role': [...basics('Api/CustomerApi'), ...items, query('directory')],
  'Api/PartnerApi/Role': [
    ...basics('Api/PartnerApi'),
    ...items,
    ...table('Query'),
    ...['directory', 'list', 'hot'].map(query),
  ],
  'Api/OperatorApi/Role': [
    ...basics('Api/OperatorApi'),
    ...items,
    ...table('Query'),
    ...['directory', 'list', 'hot'].map(query),
  ],
  'Api/OpenApi/Role': basics('Api/OpenApi'),
  'Api/Pages/Role': [...basics('Api/Pages'), ...items, query('directory')],
  'Events/PublishEvents/Role': [
    ...basics('Events/PublishEvents'),
    ...on(
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
    ...reads('Timers/ArmTimers'),
    ...table('GetItem'),
    ...arms,
  ],
  'Timers/OnTimer/Role': [...basics('Timers/OnTimer'), ...reads('Timers/OnTimer'), ...decides],
  'Timers/SweepOverdue/Role': [
    ...basics('Timers/SweepOverdue'),
    ...reads('Timers/SweepOverdue'),
    ...decides,
    query('due'),
    ...arms,
  ],
  'Mail/SendMail/Role': [...basics('Mail/SendMail'), ...reads('Mail/SendMail'), ...sends, query('directory')],
  'Mail/SendDigests/Role': [
    ...basics('Mail/SendDigests'),
    ...reads('Mail/SendDigests'),
    ...sends,
    query('due'),
  ],
  'Mail/RecordMailFeedback/Role': [
    ...basics('Mail/RecordMailFeedback'),
    ...reads('Mail/RecordMailFeedback'),
    ...table('GetItem'),
    ...writesMail,
  ],
  'Reputation/UpdateReputation/Role': [
    ...basics('Reputation/UpdateReputation'),
    ...reads('Reputation/UpdateReputation'),
    ...table('BatchGetItem'),
    ...under(
      { 'ForAllValues:StringEquals': { 'dynamodb:Attributes': [...reputationAttributes] } },
      table('PutItem'),
    ),
  ],
  'Timers/TimerRole': fills('Timers/OnTimer'),
  'Timers/Sweep/Role': fills('Timers/SweepOverdue'),
  'Mail/Hourly/Role': fills('Mail/SendDigests'),
}

const policies = ofType('AWS::IAM::Policy')
const granted = (role: string) =>
  policies
    .filter(({ properties }) => properties.Roles.includes(`{${role}}`))
    .flatMap(({ properties }) => rightsIn(properties.PolicyDocument.Statement))

test.each([
  { what: 'mails', attributes: mailAttributes },
  { what: 'reputations', attributes: reputationAttributes },
])('what $what are kept with makes no referral, no profile and no RFI', ({ attributes }) => {
  const kept: readonly string[] = attributes
  for (const attribute of ['status', 'respondBy', 'locations', 'recipients', 'need', 'customer', 'admins'])
    expect(kept).not.toContain(attribute)
})

test('only these roles exist', () => {
  expect(
    ofType('AWS::IAM::Role')
      .map(({ path }) => path)
      .sort(),
  ).toEqual(Object.keys(rights).sort())
})

test.each(Object.entries(rights))('%s has exactly the rights it needs', (role, expected) => {
  expect(granted(role).sort()).toEqual([...expected].sort())
})

test('no role has rights by another way', () => {
  for (const { properties } of ofType('AWS::IAM::Role')) {
    expect(Object.keys(properties)).toEqual(['AssumeRolePolicyDocument'])
  }
})

test('each function has a role of its own that only Lambda may take', () => {
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
])('%s is for schedules of the group %s alone', (role, group) => {
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
const rules: Record<string, string> = {
  'Timers/ArmTimers': 'Events/ToArmTimers',
  'Mail/SendMail': 'Events/ToSendMail',
  'Mail/RecordMailFeedback': 'Mail/Feedback',
  'Reputation/UpdateReputation': 'Events/ToUpdateReputation',
}

test.each(ofType('AWS::SQS::Queue').map(({ path }) => path))(
  '%s takes messages over TLS, from its rule alone',
  queue => {
    const policy = ofType('AWS::SQS::QueuePolicy').find(({ properties }) =>
      properties.Queues.includes(`{${queue}}`),
    )
    const rule = rules[queue.replace(/\/Work\/\w+$/, '')]
    expect(rightsIn(policy?.properties.PolicyDocument.Statement).sort()).toEqual(
      [tlsOnly(queue), ...(rule ? [fromRule(queue, rule)] : [])].sort(),
    )
  },
)

test('only the API may call its functions, and nobody the others', () => {
  const permissions = ofType('AWS::Lambda::Permission').map(({ properties }) => properties)
  expect(permissions).toEqual(
    ['CustomerApi', 'PartnerApi', 'OperatorApi', 'OpenApi', 'Pages'].map(name => ({
      Action: 'lambda:InvokeFunction',
      FunctionName: `{Api/${name}/Lambda.Arn}`,
      Principal: 'apigateway.amazonaws.com',
      SourceArn: `${arn('execute-api', '{Api/Http}')}/*/*/*`,
    })),
  )
})

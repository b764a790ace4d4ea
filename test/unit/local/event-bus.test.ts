import { afterEach, describe, expect, it } from 'vitest'
import { EventBus } from '../../../local/aws/eventbridge/service.ts'
import { Iam } from '../../../local/aws/iam/policies.ts'
import { Sqs } from '../../../local/aws/sqs/service.ts'
import { VirtualClock } from '../../../local/runtime/clock.ts'
import { State } from '../../../local/runtime/state.ts'
import { resource, templateOf } from './resources.ts'

const prefix = 'us-east-1:000000000000'
const arn = (queue: string) => `arn:aws:sqs:${prefix}:${queue}`
const ruleArn = `arn:aws:events:${prefix}:rule/desk/received`
const defaultRuleArn = `arn:aws:events:${prefix}:rule/bounced`
const maySend = (queue: string) =>
  resource('AWS::SQS::QueuePolicy', `${queue}-policy`, `${queue}-policy`, {
    Queues: [`http://localhost/${queue}`],
    PolicyDocument: {
      Statement: {
        Effect: 'Allow',
        Action: 'sqs:SendMessage',
        Resource: arn(queue),
        Principal: { Service: 'events.amazonaws.com' },
        Condition: { ArnEquals: { 'aws:SourceArn': [ruleArn, defaultRuleArn] } },
      },
    },
  })
const inputTransformer = {
  InputPathsMap: { type: '$.detail.eventType', mail: '$.detail.mail.tags.mail' },
  InputTemplate: '{"detail":{"eventType":<type>,"tags":<mail>,"constant":"a"}}',
}
const template = templateOf([
  ...['work', 'closed', 'dead'].map(name =>
    resource('AWS::SQS::Queue', `http://localhost/${name}`, arn(name)),
  ),
  maySend('work'),
  maySend('dead'),
  resource('AWS::Events::EventBus', 'desk', `arn:aws:events:${prefix}:event-bus/desk`),
  resource('AWS::Events::Rule', 'received', ruleArn, {
    EventBusName: 'desk',
    EventPattern: { 'detail-type': ['referral.received'] },
    Targets: [
      { Id: 'a', Arn: arn('work') },
      { Id: 'b', Arn: arn('closed'), DeadLetterConfig: { Arn: arn('dead') } },
    ],
  }),
  resource('AWS::Events::Rule', 'bounced', defaultRuleArn, {
    EventPattern: { source: ['aws.ses'], 'detail-type': ['Email Bounced'] },
    Targets: [{ Id: 'a', Arn: arn('work') }],
  }),
  resource('AWS::Events::Rule', 'complained', defaultRuleArn, {
    EventPattern: { source: ['aws.ses'], 'detail-type': ['Email Complaint Received'] },
    Targets: [{ Id: 'a', Arn: arn('work'), InputTransformer: inputTransformer }],
  }),
])

const closers: (() => void)[] = []
afterEach(() => {
  for (const close of closers.splice(0)) close()
})

const start = () => {
  const state = new State(':memory:')
  const clock = new VirtualClock()
  const sqs = new Sqs(template, state, clock)
  const bus = new EventBus(template, sqs, new Iam(template), clock)
  closers.push(() => clock.close())
  const put = (...Entries: object[]) =>
    bus.handle({ caller: 'anonymous', operation: 'PutEvents', input: { Entries }, body: Buffer.alloc(0) })
  return { bus, put, receive: (queue: string) => sqs.queue(arn(queue)).receive(10) }
}

const entry = {
  EventBusName: 'desk',
  Source: 'referral-center',
  DetailType: 'referral.received',
  Detail: '{"id":"r1"}',
  Time: 1_780_000_000,
}

describe('the event bus', () => {
  it('sends an event in its envelope to the targets of matching rules', async () => {
    const { put, receive } = start()
    await put(entry, { ...entry, DetailType: 'referral.won' })
    expect(receive('work').map(({ body }) => JSON.parse(body))).toEqual([
      {
        version: '0',
        id: expect.any(String),
        'detail-type': 'referral.received',
        source: 'referral-center',
        account: '000000000000',
        time: '2026-05-28T20:26:40Z',
        region: 'us-east-1',
        resources: [],
        detail: { id: 'r1' },
      },
    ])
  })

  it('sends an event to the dead-letter queue when the queue policy denies access', async () => {
    const { put, receive } = start()
    await put(entry)
    expect(receive('closed')).toEqual([])
    expect(receive('dead')).toMatchObject([
      { attributes: { ERROR_CODE: { StringValue: 'NO_PERMISSIONS' }, RULE_ARN: { StringValue: ruleArn } } },
    ])
  })

  it('accepts events of AWS services on the default bus, for rules without a bus name', () => {
    const { bus, receive } = start()
    const event = { source: 'aws.ses', resources: ['arn:set'], detail: { eventType: 'Bounce' } }
    bus.publish({ ...event, detailType: 'Email Bounced' })
    bus.publish({ ...event, detailType: 'Email Sent' })
    expect(receive('work').map(({ body }) => JSON.parse(body))).toEqual([
      {
        version: '0',
        id: expect.any(String),
        'detail-type': 'Email Bounced',
        source: 'aws.ses',
        account: '000000000000',
        time: expect.any(String),
        region: 'us-east-1',
        resources: ['arn:set'],
        detail: { eventType: 'Bounce' },
      },
    ])
  })

  it('fills the input template of a target with JSON values of the event', () => {
    const { bus, receive } = start()
    const detail = { eventType: 'Complaint', mail: { destination: ['a@b.example'], tags: { mail: ['"x"'] } } }
    bus.publish({ source: 'aws.ses', resources: [], detailType: 'Email Complaint Received', detail })
    expect(receive('work').map(({ body }) => JSON.parse(body))).toEqual([
      { detail: { eventType: 'Complaint', tags: ['"x"'], constant: 'a' } },
    ])
  })

  it('rejects an input template with a variable inside a string', () => {
    const target = {
      Id: 'a',
      Arn: arn('work'),
      InputTransformer: { ...inputTransformer, InputTemplate: '{"a":"<type>"}' },
    }
    const rule = resource('AWS::Events::Rule', 'odd', ruleArn, { EventPattern: {}, Targets: [target] })
    const odd = templateOf([resource('AWS::SQS::Queue', 'http://localhost/work', arn('work')), rule])
    const state = new State(':memory:')
    const clock = new VirtualClock()
    closers.push(() => clock.close())
    expect(() => new EventBus(odd, new Sqs(odd, state, clock), new Iam(odd), clock)).toThrow(
      'variables as whole values',
    )
  })

  it.each([
    ['no source', { Source: '' }, 'InvalidArgument'],
    ['AWS’s own source', { Source: 'aws.s3' }, 'NotAuthorizedForSourceException'],
    ['a detail that is no object', { Detail: '[]' }, 'MalformedDetail'],
    ['an unknown bus', { EventBusName: 'none' }, 'ResourceNotFoundException'],
  ])('rejects an entry with %s and accepts the others', async (_, wrong, ErrorCode) => {
    const answer = await start().put({ ...entry, ...wrong }, entry)
    expect(answer).toMatchObject({
      FailedEntryCount: 1,
      Entries: [{ ErrorCode }, { EventId: expect.any(String) }],
    })
  })

  it('rejects too many entries and entries that are too large', async () => {
    const { put } = start()
    await expect(put(...Array(11).fill(entry))).rejects.toMatchObject({ code: 'ValidationException' })
    const large = { ...entry, Detail: JSON.stringify({ text: 'x'.repeat(262_144) }) }
    await expect(put(large)).rejects.toMatchObject({ code: 'ValidationException' })
  })
})

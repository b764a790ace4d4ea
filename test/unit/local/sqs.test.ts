import { afterEach, describe, expect, it } from 'vitest'
import { QueueMapping } from '../../../local/aws/lambda/event-source-mapping.ts'
import { Sqs } from '../../../local/aws/sqs/service.ts'
import { VirtualClock } from '../../../local/runtime/clock.ts'
import type { InvocationResult } from '../../../local/runtime/execution-environment.ts'
import { State } from '../../../local/runtime/state.ts'
import { resource, templateOf } from './resources.ts'

const arn = (name: string) => `arn:aws:sqs:us-east-1:000000000000:${name}`
const queue = (name: string, properties: Record<string, unknown>) =>
  resource('AWS::SQS::Queue', `http://127.0.0.1:3000/000000000000/${name}`, arn(name), properties)
const template = templateOf([
  queue('work', {
    VisibilityTimeout: 180,
    MessageRetentionPeriod: 345_600,
    RedrivePolicy: { deadLetterTargetArn: arn('dead'), maxReceiveCount: 3 },
  }),
  queue('dead', { MessageRetentionPeriod: 1_209_600 }),
])

const minute = 60_000
const closers: (() => void)[] = []
afterEach(() => {
  for (const close of closers.splice(0)) close()
})

const start = (state = new State(':memory:')) => {
  const clock = new VirtualClock(state.collection('clock'))
  const sqs = new Sqs(template, state, clock)
  closers.push(() => clock.close())
  return { clock, state, sqs, work: sqs.queue(arn('work')), dead: sqs.queue(arn('dead')) }
}

describe('a queue', () => {
  it('hides a received message during the visibility timeout', async () => {
    const { clock, work } = start()
    work.send('one')
    expect(work.receive(10).map(({ body }) => body)).toEqual(['one'])
    expect(work.receive(10)).toEqual([])
    expect(work.depth()).toMatchObject({ visible: 0, inFlight: 1 })
    await clock.advance(3 * minute)
    expect(work.receive(10)).toMatchObject([{ body: 'one', receiveCount: 2 }])
  })

  it('delays a message by DelaySeconds', async () => {
    const { clock, work } = start()
    work.send('later', { delaySeconds: 60 })
    expect(work.receive(1)).toEqual([])
    expect(work.depth()).toMatchObject({ delayed: 1 })
    await clock.advance(minute)
    expect(work.receive(1)).toMatchObject([{ body: 'later' }])
  })

  it('deletes a message only by its latest receipt handle', async () => {
    const { clock, work } = start()
    work.send('one')
    const [first] = work.receive(1)
    await clock.advance(3 * minute)
    const [second] = work.receive(1)
    work.delete(first?.receiptHandle ?? '')
    expect(work.depth()).toMatchObject({ inFlight: 1 })
    work.delete(second?.receiptHandle ?? '')
    expect(work.depth()).toMatchObject({ visible: 0, inFlight: 0 })
  })

  it('moves a message to the dead-letter queue after maxReceiveCount receives', async () => {
    const { clock, work, dead } = start()
    work.send('poison')
    for (let attempt = 0; attempt < 3; attempt++) {
      expect(work.receive(1)).toHaveLength(1)
      await clock.advance(3 * minute)
    }
    expect(work.receive(1)).toEqual([])
    expect(dead.receive(1)).toMatchObject([{ body: 'poison', deadLetterSource: work.arn }])
  })

  it('deletes messages after the retention period', async () => {
    const { clock, work } = start()
    work.send('old')
    await clock.advance(4 * 24 * 60 * minute)
    expect(work.receive(1)).toEqual([])
    expect(work.depth()).toMatchObject({ visible: 0 })
  })

  it('keeps its messages across a restart and makes messages in flight visible', () => {
    const { state, work } = start()
    work.send('held')
    work.send('free')
    work.receive(1)
    const after = start(state)
    expect(after.work.receive(10).map(({ body }) => body)).toEqual(['held', 'free'])
  })
})

describe('the SQS service', () => {
  const call = (sqs: Sqs, operation: string, input: Record<string, unknown>) =>
    sqs.handle({ caller: 'anonymous', operation, input, body: Buffer.alloc(0) })

  it.each([
    ['SendMessage', { QueueUrl: 'http://x/none', MessageBody: 'x' }, 'QueueDoesNotExist'],
    ['SendMessage', { QueueUrl: 'http://x/work', MessageBody: '' }, 'MissingParameter'],
    [
      'SendMessage',
      { QueueUrl: 'http://x/work', MessageBody: 'x', DelaySeconds: 901 },
      'InvalidParameterValue',
    ],
    ['SendMessage', { QueueUrl: 'http://x/work', MessageBody: 'x'.repeat(262_145) }, 'InvalidParameterValue'],
    ['DeleteMessage', { QueueUrl: 'http://x/work', ReceiptHandle: 'x' }, 'ReceiptHandleIsInvalid'],
    ['SendMessageBatch', { QueueUrl: 'http://x/work', Entries: [] }, 'EmptyBatchRequest'],
    ['CreateQueue', { QueueName: 'more' }, 'InvalidAction'],
  ])('responds to an invalid %s with the error code of AWS', async (operation, input, code) => {
    await expect(call(start().sqs, operation, input)).rejects.toMatchObject({ code })
  })

  it('rejects the invalid entries of a batch and accepts the others', async () => {
    const entries = [
      { Id: 'a', MessageBody: 'x' },
      { Id: 'b', MessageBody: '' },
    ]
    const answer = await call(start().sqs, 'SendMessageBatch', {
      QueueUrl: 'http://x/work',
      Entries: entries,
    })
    expect(answer).toMatchObject({ Successful: [{ Id: 'a' }], Failed: [{ Id: 'b', SenderFault: true }] })
  })
})

describe('an event source mapping', () => {
  const mapping = (clock: VirtualClock, sqs: Sqs, invoke: (event: unknown) => Promise<InvocationResult>) => {
    const properties = { BatchSize: 2, FunctionResponseTypes: ['ReportBatchItemFailures'] }
    const declared = resource('AWS::Lambda::EventSourceMapping', 'mapping', 'mapping', properties)
    clock.register(new QueueMapping(declared, sqs.queue(arn('work')), invoke, clock))
  }
  type SqsEvent = { Records: { messageId: string; body: string }[] }

  it('delivers messages in batches and deletes handled messages', async () => {
    const { clock, sqs, work } = start()
    const batches: string[][] = []
    mapping(clock, sqs, async event => {
      batches.push((event as SqsEvent).Records.map(({ body }) => body))
      return { ok: true, payload: null }
    })
    for (const body of ['a', 'b', 'c']) work.send(body)
    await clock.settled()
    expect(batches).toEqual([['a', 'b'], ['c']])
    expect(work.depth()).toMatchObject({ visible: 0, inFlight: 0 })
  })

  it('retries a reported failure after the visibility timeout, until the message is a dead letter', async () => {
    const { clock, sqs, work, dead } = start()
    let attempts = 0
    mapping(clock, sqs, async event => {
      const bad = (event as SqsEvent).Records.filter(({ body }) => body === 'bad')
      attempts += bad.length
      return {
        ok: true,
        payload: { batchItemFailures: bad.map(record => ({ itemIdentifier: record.messageId })) },
      }
    })
    work.send('bad')
    work.send('good')
    await clock.settled()
    expect(work.depth()).toMatchObject({ visible: 0, inFlight: 1 })
    await clock.advance(60 * minute)
    expect(attempts).toBe(3)
    expect(dead.depth()).toMatchObject({ visible: 1 })
  })

  it('keeps the whole batch when the function fails or returns an invalid response', async () => {
    const { clock, sqs, work } = start()
    mapping(clock, sqs, async () => ({ ok: true, payload: { batchItemFailures: [{ itemIdentifier: 'x' }] } }))
    work.send('one')
    await clock.settled()
    expect(work.depth()).toMatchObject({ inFlight: 1 })
  })
})

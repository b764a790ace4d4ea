/** What an emulator cannot be made to do: throttle, conflict, half succeed. */
import { ConditionalCheckFailedException, TransactionCanceledException } from '@aws-sdk/client-dynamodb'
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge'
import {
  ConflictException,
  CreateScheduleCommand,
  DeleteScheduleCommand,
  ResourceNotFoundException,
  SchedulerClient,
} from '@aws-sdk/client-scheduler'
import { SESClient, SESServiceException, SendRawEmailCommand } from '@aws-sdk/client-ses'
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import {
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  TransactWriteCommand,
} from '@aws-sdk/lib-dynamodb'
import { marshall } from '@aws-sdk/util-dynamodb'
import type { Context, DynamoDBRecord } from 'aws-lambda'
import { mockClient } from 'aws-sdk-client-mock'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { handler as publishEvents } from '../../functions/publish-events.ts'
import { worker } from '../../functions/queue/worker.ts'
import { MailRefused, send } from '../../shared/mail/ses.ts'
import { ConditionFailed } from '../../shared/platform/item.ts'
import { faultOf, logger } from '../../shared/platform/logger.ts'
import { put, transact } from '../../shared/platform/table.ts'
import type { Timer } from '../../shared/timer/contract.ts'
import { arm, disarm } from '../../shared/timer/scheduler.ts'
import { sweep } from '../../shared/timer/service.ts'
import { later, received, receivedAt } from './referral.ts'

const dynamodb = mockClient(DynamoDBDocumentClient)
const scheduler = mockClient(SchedulerClient)
const queue = mockClient(SQSClient)
const bus = mockClient(EventBridgeClient)
const ses = mockClient(SESClient)

beforeEach(() => {
  // These faults are logged as such, and are meant to be.
  vi.spyOn(logger, 'error').mockImplementation(() => {})
  for (const client of [dynamodb, scheduler, queue, bus, ses]) client.reset()
  for (const name of ['TABLE_NAME', 'BUS_NAME', 'SCHEDULE_GROUP', 'TIMERS_QUEUE_ARN', 'TIMERS_QUEUE_URL'])
    vi.stubEnv(name, name.toLowerCase())
  for (const name of ['SCHEDULER_ROLE_ARN', 'TIMERS_DEAD_LETTER_ARN', 'MAIL_FROM'])
    vi.stubEnv(name, name.toLowerCase())
})

const metadata = { $metadata: {}, message: 'no' }
const write = { put: { pk: 'a', sk: 'b' }, when: { pk: 'absent' } } as const
const cancelled = (...codes: string[]) =>
  new TransactionCanceledException({
    ...metadata,
    CancellationReasons: codes.map(Code => ({
      Code,
      ...(Code === 'ConditionalCheckFailed' && { Item: marshall({ pk: 'a', sk: 'b', version: 2 }) }),
    })),
  })

describe('a transaction', () => {
  it('that meets another one is tried again', async () => {
    dynamodb.on(TransactWriteCommand).rejectsOnce(cancelled('TransactionConflict', 'None')).resolves({})
    await transact([write, write])
    expect(dynamodb.commandCalls(TransactWriteCommand)).toHaveLength(2)
  })

  it('that keeps meeting others asks its caller to come back', async () => {
    dynamodb.on(TransactWriteCommand).rejects(cancelled('TransactionConflict'))
    await expect(transact([write])).rejects.toMatchObject({ code: 'busy' })
  })

  it('whose condition fails is not tried again, and tells what it found', async () => {
    dynamodb.on(TransactWriteCommand).rejects(cancelled('None', 'ConditionalCheckFailed'))
    const failed = transact([write, write])
    await expect(failed).rejects.toBeInstanceOf(ConditionFailed)
    await expect(failed).rejects.toMatchObject({ failed: [{ index: 1, found: { version: 2 } }] })
    expect(dynamodb.commandCalls(TransactWriteCommand)).toHaveLength(1)
  })

  it('that is wrong in itself is a fault, not a conflict', async () => {
    dynamodb.on(TransactWriteCommand).rejects(cancelled('ValidationError'))
    await expect(transact([write])).rejects.toBeInstanceOf(TransactionCanceledException)
  })

  it('of one write that fails its condition tells what it found', async () => {
    const error = new ConditionalCheckFailedException({ ...metadata, Item: marshall({ pk: 'a', sk: 'b' }) })
    dynamodb.onAnyCommand().rejects(error)
    await expect(put(write)).rejects.toMatchObject({ failed: [{ index: 0, found: { pk: 'a' } }] })
  })
})

describe('a timer', () => {
  const timer: Timer = { kind: 'expire', partnerId: 'ptr_1', referralId: 'ref_1', dueAt: later(3_600_000) }
  const now = new Date(receivedAt)

  it('that is armed already is no error', async () => {
    scheduler.on(CreateScheduleCommand).rejects(new ConflictException({ ...metadata, Message: 'there' }))
    await arm(timer, now)
  })

  it('that cannot be armed is', async () => {
    scheduler.on(CreateScheduleCommand).rejects(new Error('throttled'))
    await expect(arm(timer, now)).rejects.toThrow('throttled')
  })

  it('that is due within Scheduler’s precision goes to the queue, with the delay that is left', async () => {
    await arm({ ...timer, dueAt: later(30_500) }, now)
    expect(scheduler.calls()).toEqual([])
    expect(queue.commandCalls(SendMessageCommand)[0]?.args[0].input.DelaySeconds).toBe(31)
    await arm({ ...timer, dueAt: later(-5000) }, now)
    expect(queue.commandCalls(SendMessageCommand)[1]?.args[0].input.DelaySeconds).toBe(0)
  })

  it('that is gone already is disarmed', async () => {
    scheduler
      .on(DeleteScheduleCommand)
      .rejects(new ResourceNotFoundException({ ...metadata, Message: 'gone' }))
    await disarm(timer)
  })
})

describe('a sweep', () => {
  const { referral } = received()
  const due = new Date(Date.parse(referral.respondBy) + 600_000)
  const mark = { pk: 'PROGRAM', sk: 'SWEEP' }
  const partition = /^DUE#2026-03-15#0$/

  beforeEach(() => {
    const row = (id: string) => ({ dueSk: `${referral.respondBy}#expire#${referral.partnerId}#${id}` })
    dynamodb
      .on(GetCommand, { Key: mark })
      .resolves({ Item: { ...mark, sweptUntil: '2026-03-14T00:00:00.000Z' } })
      .on(QueryCommand)
      .callsFake(({ ExpressionAttributeValues: values }) => ({
        Items: [row('ref_stuck'), row('ref_lost')].filter(
          ({ dueSk }) =>
            partition.test(values[':pk']) && dueSk >= values[':from'] && dueSk <= values[':upTo'],
        ),
      }))
      .on(PutCommand)
      .resolves({})
      .on(TransactWriteCommand)
      .resolves({})
    for (const id of ['ref_stuck', 'ref_lost'])
      dynamodb
        .on(GetCommand, { Key: { pk: `PARTNER#${referral.partnerId}`, sk: `REFERRAL#${id}` } })
        .resolves({ Item: { ...referral, id, pk: 'p', sk: id } })
  })

  const marks = () => dynamodb.commandCalls(PutCommand).map(call => call.args[0].input.Item?.sweptUntil)

  it('does what was lost, and comes back to the day it has reached', async () => {
    expect(await sweep(due)).toEqual({ overdue: 2, rearmed: 0, failed: 0, unfinished: 0 })
    // A day behind: the index may lag.
    expect(marks()).toEqual(['2026-03-14T00:00:00.000Z'])
  })

  it('goes on past a referral that it cannot see to, and leaves the mark before it', async () => {
    dynamodb.on(TransactWriteCommand).callsFake(
      ({
        TransactItems: [
          {
            Put: { Item },
          },
        ],
      }) => (Item.id === 'ref_stuck' ? Promise.reject(new Error('no')) : Promise.resolve({})),
    )
    expect(await sweep(due)).toEqual({ overdue: 1, rearmed: 0, failed: 1, unfinished: 0 })
    expect(marks()).toEqual(['2026-03-13T00:00:00.000Z'])
  })
})

describe('publishing events', () => {
  const record = (sequence: number): DynamoDBRecord => ({
    dynamodb: {
      SequenceNumber: String(sequence),
      NewImage: marshall({ event: received().event }) as NonNullable<DynamoDBRecord['dynamodb']>['NewImage'] &
        object,
    },
  })
  const records = (count: number) => ({ Records: Array.from({ length: count }, (_, index) => record(index)) })

  it('goes on from the first event that the bus did not take', async () => {
    const ok = { EventId: 'x' }
    bus
      .on(PutEventsCommand)
      .resolves({ FailedEntryCount: 1, Entries: [ok, ok, { ErrorCode: 'Throttled' }, ok] })
    expect(await publishEvents(records(4))).toEqual({ batchItemFailures: [{ itemIdentifier: '2' }] })
  })

  it('waits for no event that cannot be read', async () => {
    bus.on(PutEventsCommand).resolves({ Entries: [{ EventId: 'x' }] })
    const broken: DynamoDBRecord = { dynamodb: { SequenceNumber: 'broken', NewImage: {} } }
    expect(await publishEvents({ Records: [record(1), broken, record(2)] })).toEqual({
      batchItemFailures: [{ itemIdentifier: 'broken' }],
    })
    expect(bus.commandCalls(PutEventsCommand)[0]?.args[0].input.Entries).toHaveLength(1)
  })

  it('puts no more than ten at a time, in order', async () => {
    bus.on(PutEventsCommand).resolvesOnce({ Entries: [] }).rejects(new Error('down'))
    expect(await publishEvents(records(25))).toEqual({ batchItemFailures: [{ itemIdentifier: '10' }] })
    expect(bus.commandCalls(PutEventsCommand).map(call => call.args[0].input.Entries?.length)).toEqual([
      10, 10,
    ])
  })
})

describe('a mail', () => {
  const to = { name: 'Desk', address: 'desk@partner.example' }
  const rendered = { subject: 'Hello', html: '<p>Hello</p>', text: 'Hello' }
  const answer = (name: string) => new SESServiceException({ ...metadata, name, $fault: 'client' })

  it('that SES throttles is tried again', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0)
    ses.on(SendRawEmailCommand).rejectsOnce(answer('Throttling')).resolves({ MessageId: 'm1' })
    expect(await send(to, rendered)).toBe('m1')
  })

  it('that SES refuses is not, and nobody’s address gets into the fault', async () => {
    const refusal = answer('MessageRejected')
    refusal.message = 'Email address is not verified: desk@partner.example'
    ses.on(SendRawEmailCommand).rejects(refusal)
    const error = await send(to, rendered).catch(thrown => thrown)
    expect(error).toBeInstanceOf(MailRefused)
    expect(JSON.stringify(faultOf(error))).not.toContain('partner.example')
    expect(ses.commandCalls(SendRawEmailCommand)).toHaveLength(1)
  })

  it('that gets no answer may have been sent, so it counts as neither', async () => {
    ses.on(SendRawEmailCommand).rejects(new Error('socket hang up'))
    const error = await send(to, rendered).catch(thrown => thrown)
    expect(error).not.toBeInstanceOf(MailRefused)
  })
})

describe('a queue worker', () => {
  const message = (messageId: string, body: string) => ({ messageId, body }) as never
  const handle = worker(
    body => body as { fail?: boolean },
    async ({ fail }) => {
      if (fail) throw new Error('no')
    },
  )

  it('gives back the messages that failed, and no others', async () => {
    const Records = [message('1', '{}'), message('2', '{"fail":true}'), message('3', 'not JSON')]
    const answer = await handle({ Records }, { getRemainingTimeInMillis: () => 1000 } as Context)
    expect(answer.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier)).toEqual(['2', '3'])
  })
})

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
import fc from 'fast-check'
import PostalMime from 'postal-mime'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import * as z from 'zod/mini'
import { handler as publishEvents } from '../../functions/publish-events.ts'
import { groupWorker, worker } from '../../functions/queue/worker.ts'
import type { Event, MailResult } from '../../shared/events/contract.ts'
import { readDelivery } from '../../shared/events/store.ts'
import { asPartnerId, asReferralId } from '../../shared/kernel/ids.ts'
import { faultOf, logger } from '../../shared/kernel/logger.ts'
import { newDay } from '../../shared/messaging/digest/rules.ts'
import { dayKey, putDay } from '../../shared/messaging/digest/store.ts'
import { deliver, type Outgoing } from '../../shared/messaging/mail/deliver.ts'
import { readFeedback, recordFeedback } from '../../shared/messaging/mail/record-feedback.ts'
import { type Letter, MailRefused, send } from '../../shared/messaging/mail/ses.ts'
import {
  claim,
  keyTag,
  type MailRecord,
  mailIdOf,
  mailKey,
  mailKeyBelow,
  recordEnd,
  recordResult,
  release,
} from '../../shared/messaging/mail/store.ts'
import { reportContactProblem } from '../../shared/partners/contact/service.ts'
import { healthKey, readHealth } from '../../shared/partners/contact/store.ts'
import { ConditionFailed, type Item } from '../../shared/persistence/item.ts'
import { put, transact } from '../../shared/persistence/table.ts'
import { defaultPolicy } from '../../shared/program/policy/rules.ts'
import type { Timer } from '../../shared/referrals/timer/contract.ts'
import { arm, disarm } from '../../shared/referrals/timer/scheduler.ts'
import { sweep } from '../../shared/referrals/timer/sweep.ts'
import { aReferral, received } from '../fixtures/referral.ts'
import { day, later, receivedAt } from '../fixtures/time.ts'
import { MemoryTable } from '../simulation/table.ts'

const dynamodb = mockClient(DynamoDBDocumentClient)
const scheduler = mockClient(SchedulerClient)
const queue = mockClient(SQSClient)
const bus = mockClient(EventBridgeClient)
const ses = mockClient(SESClient)

beforeEach(() => {
  // These faults are logged as such, and are meant to be.
  vi.spyOn(logger, 'error').mockImplementation(() => {})
  for (const client of [dynamodb, scheduler, queue, bus, ses]) client.reset()
  for (const name of [
    'TABLE_NAME',
    'BUS_NAME',
    'SCHEDULE_GROUP',
    'TIMERS_QUEUE_ARN',
    'TIMERS_QUEUE_URL',
    'DEAD_LETTERS_URL',
  ])
    vi.stubEnv(name, name.toLowerCase())
  for (const name of ['SCHEDULER_ROLE_ARN', 'TIMERS_DEAD_LETTER_ARN', 'CONFIGURATION_SET'])
    vi.stubEnv(name, name.toLowerCase())
  vi.stubEnv('MAIL_FROM', 'desk@referrals.example')
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
  const timer: Timer = {
    kind: 'expire',
    partnerId: asPartnerId('ptr_1'),
    referralId: asReferralId('ref_1'),
    dueAt: later(3_600_000),
  }
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
  const referral = aReferral()
  const due = new Date(Date.parse(referral.respondBy) + 600_000)
  const mark = { pk: 'SWEEP', sk: 'SWEEP' }
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
        .on(GetCommand, { Key: { pk: `REFERRALS#${referral.partnerId}`, sk: `REFERRAL#${id}` } })
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

  const broken = (event: object): DynamoDBRecord => ({
    dynamodb: { SequenceNumber: 'broken', NewImage: marshall({ pk: 'p', sk: 's', event }) as never },
  })
  const entries = () => bus.commandCalls(PutEventsCommand).flatMap(call => call.args[0].input.Entries ?? [])

  it('puts an event that cannot be read among the dead letters, with its content, and goes on', async () => {
    bus.on(PutEventsCommand).resolves({ Entries: [{ EventId: 'x' }] })
    queue.on(SendMessageCommand).resolves({})
    const event = { ...received().event, data: { nonsense: true } }
    const answer = await publishEvents({ Records: [record(1), broken(event), record(2)] })
    expect(answer).toEqual({ batchItemFailures: [] })
    expect(entries()).toHaveLength(2)
    const [letter] = queue.commandCalls(SendMessageCommand).map(call => call.args[0].input)
    expect(letter?.QueueUrl).toBe('dead_letters_url')
    expect(JSON.parse(letter?.MessageBody ?? '')).toEqual({ pk: 'p', sk: 's', event })
    expect(letter?.MessageAttributes?.FAULT?.StringValue).toContain('data.channel: invalid_type')
  })

  it('stops at an event that can be neither read nor put among the dead letters', async () => {
    bus.on(PutEventsCommand).resolves({ Entries: [{ EventId: 'x' }] })
    queue.on(SendMessageCommand).rejects(new Error('down'))
    const answer = await publishEvents({ Records: [record(1), broken({}), record(2)] })
    expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: 'broken' }] })
    expect(entries()).toHaveLength(1)
  })

  it('passes on types and fields that only a newer version knows', async () => {
    bus.on(PutEventsCommand).resolves({ Entries: [{ EventId: 'x' }] })
    const newer = { ...received().event, newField: 1 }
    const unknown = { ...newer, type: 'referral.superseded', data: { by: 'ref_2' } }
    await publishEvents({ Records: [broken(newer), broken(unknown)] })
    expect(entries().map(({ Detail }) => JSON.parse(Detail ?? ''))).toEqual([newer, unknown])
  })

  it('passes on an event of an unknown type that has no instant, which the bus gives it', async () => {
    bus.on(PutEventsCommand).resolves({ Entries: [{ EventId: 'x' }] })
    await publishEvents({ Records: [broken({ type: 'referral.superseded' })] })
    expect(entries()).toMatchObject([{ DetailType: 'referral.superseded', Time: undefined }])
  })

  it('puts no more than ten at a time, in order', async () => {
    bus.on(PutEventsCommand).resolvesOnce({ Entries: [] }).rejects(new Error('down'))
    expect(await publishEvents(records(25))).toEqual({ batchItemFailures: [{ itemIdentifier: '10' }] })
    expect(bus.commandCalls(PutEventsCommand).map(call => call.args[0].input.Entries?.length)).toEqual([
      10, 10,
    ])
  })
})

const sesError = (name: string, message = 'no') =>
  new SESServiceException({ $metadata: { httpStatusCode: 400 }, message, name, $fault: 'client' })

describe('a mail', () => {
  const letter: Letter = {
    to: { name: 'Desk', address: 'desk@partner.example' },
    rendered: { subject: 'Hello', html: '<p>Hello</p>', text: 'Hello' },
    thread: 'ref_1',
    tags: { mail: 'a-b_c', kind: 'reminder' },
  }
  const sent = (call = 0) => ses.commandCalls(SendRawEmailCommand)[call]?.args[0].input
  const mimeOf = (call = 0) => Buffer.from(sent(call)?.RawMessage?.Data ?? []).toString()
  const readMail = (call = 0) => PostalMime.parse(mimeOf(call))
  const headerOf = async (name: string) =>
    (await readMail()).headers.filter(({ key }) => key === name).map(({ value }) => value)

  beforeEach(() => {
    ses.on(SendRawEmailCommand).resolves({ MessageId: 'm1' })
  })

  it('goes to one address, by a configuration set that reports on it, with tags to find it again by', async () => {
    expect(await send(letter)).toBe('m1')
    expect(sent()).toMatchObject({
      Source: 'desk@referrals.example',
      Destinations: ['desk@partner.example'],
      ConfigurationSetName: 'configuration_set',
      Tags: [
        { Name: 'mail', Value: 'a-b_c' },
        { Name: 'kind', Value: 'reminder' },
      ],
    })
  })

  it('hangs on its thread, and asks for no automatic answer', async () => {
    await send(letter)
    expect(await readMail()).toMatchObject({
      subject: 'Hello',
      from: { name: 'Referral Center', address: 'desk@referrals.example' },
      to: [{ name: 'Desk', address: 'desk@partner.example' }],
      inReplyTo: '<ref_1@referrals.example>',
      references: '<ref_1@referrals.example>',
    })
    expect(await headerOf('auto-submitted')).toEqual(['auto-generated'])
    expect(await headerOf('list-unsubscribe')).toEqual([])
    expect(await headerOf('list-unsubscribe-post')).toEqual([])
  })

  it('can be stopped by one click, by an address that arrives in one piece', async () => {
    const muteUrl = `https://referrals.example/v1/pages/mute?token=${'x'.repeat(300)}.${'y'.repeat(43)}`
    await send({ ...letter, muteUrl })
    expect(await headerOf('list-unsubscribe')).toEqual([`<${muteUrl}>`])
    expect(await headerOf('list-unsubscribe-post')).toEqual(['List-Unsubscribe=One-Click'])
  })

  it.each([
    ['line breaks', 'Desk\r\nBcc: everybody@customer.example', 'Hello\r\nX-Other: 1\r\n\r\nbody'],
    ['quotes and commas', 'Desk", <x@evil.example>, "y', '=?utf-8?Q?Hello?='],
    ['other scripts', 'שלום 👩🏽‍💻 شركة', '🔥 汉字 שלום'],
    ['no end', '漢'.repeat(201), '漢"'.repeat(2000)],
  ])('with names of %s has the headers that it should, and no more', async (_, name, subject) => {
    await send({ ...letter, to: { ...letter.to, name }, rendered: { ...letter.rendered, subject } })
    const { to, bcc, cc, text, headers } = await readMail()
    expect(to?.map(({ address }) => address)).toEqual(['desk@partner.example'])
    expect([bcc, cc]).toEqual([undefined, undefined])
    expect(text?.trim()).toBe('Hello')
    expect(headers.map(({ key }) => key)).not.toContain('x-other')
    // RFC 5322, section 2.1.1.
    for (const line of mimeOf().split('\r\n')) expect(Buffer.byteLength(line)).toBeLessThanOrEqual(998)
  })

  it('says in HTML and in text what it was given, in whatever script', async () => {
    const long = `${'wörd '.repeat(1000)}שלום 👩🏽‍💻`
    await send({ ...letter, rendered: { subject: 'S', html: `<p>${long}</p>`, text: `${long}\n.\n> x` } })
    const { html, text } = await readMail()
    expect(html?.trim()).toBe(`<p>${long}</p>`)
    expect(text?.trim()).toBe(`${long}\n.\n> x`)
  })

  it('that SES throttles is tried again', async () => {
    const random = vi.spyOn(Math, 'random').mockReturnValue(0)
    ses.reset()
    ses.on(SendRawEmailCommand).rejectsOnce(sesError('Throttling')).resolves({ MessageId: 'm1' })
    expect(await send(letter)).toBe('m1')
    expect(ses.commandCalls(SendRawEmailCommand)).toHaveLength(2)
    expect(mimeOf(1)).toBe(mimeOf(0))
    random.mockRestore()
  })

  it('that SES keeps throttling is left to the queue, within the time that a worker has', async () => {
    vi.useFakeTimers()
    const start = Date.now()
    ses.on(SendRawEmailCommand).rejects(sesError('Throttling'))
    const refused = send(letter).catch(error => error)
    await vi.runAllTimersAsync()
    expect(await refused).toMatchObject({ name: 'MailRefused', isForGood: false })
    expect(Date.now() - start).toBeLessThan(15_000)
    vi.useRealTimers()
  })

  it.each([
    ['MessageRejected', 'Email address is not verified', false],
    ['MailFromDomainNotVerifiedException', 'Domain is not verified', false],
    ['ConfigurationSetDoesNotExist', 'Configuration set <x> does not exist.', false],
    ['AccountSendingPausedException', 'Sending paused', false],
    ['InvalidParameterValue', 'Illegal address', true],
    ['InvalidParameterValue', 'Local address contains control or whitespace', true],
    ['InvalidParameterValue', 'Domain contains illegal character', true],
    ['InvalidParameterValue', 'Missing domain', true],
    ['InvalidParameterValue', "Missing final '@domain'", true],
    [
      'InvalidParameterValue',
      'Invalid tag value <a:b>: only alphanumeric ASCII characters are allowed.',
      false,
    ],
    ['InvalidParameterValue', 'Message length is more than 10485760 bytes long.', false],
    ['InvalidParameterValue', 'Recipient count exceeds 50.', false],
  ])('that SES refuses (%s: %s) is not, and whether for good: %s', async (name, message, isForGood) => {
    ses.on(SendRawEmailCommand).rejects(sesError(name, message))
    const error = await send(letter).catch(thrown => thrown)
    expect(error).toBeInstanceOf(MailRefused)
    expect(error).toMatchObject({ isForGood })
    expect(ses.commandCalls(SendRawEmailCommand)).toHaveLength(1)
  })

  it('that SES refuses puts nobody’s address into the fault', async () => {
    ses
      .on(SendRawEmailCommand)
      .rejects(sesError('MessageRejected', 'Email address is not verified: desk@partner.example'))
    const error = await send(letter).catch(thrown => thrown)
    expect(JSON.stringify(faultOf(error))).not.toContain('partner.example')
  })

  it('that gets no answer may have been sent, so it counts as neither', async () => {
    ses.on(SendRawEmailCommand).rejects(new Error('socket hang up'))
    const error = await send(letter).catch(thrown => thrown)
    expect(error).not.toBeInstanceOf(MailRefused)
  })
})

/** A table to remember what becomes of mails. */
const tabled = (): MemoryTable => {
  const table = new MemoryTable()
  const answer = (operation: string) => (input: object) =>
    table.handle({ service: 'dynamodb', operation, command: { input } })
  dynamodb
    .on(GetCommand)
    .callsFake(answer('Get'))
    .on(PutCommand)
    .callsFake(answer('Put'))
    .on(TransactWriteCommand)
    .callsFake(answer('TransactWrite'))
  return table
}

describe('what becomes of a mail', () => {
  const { event, referral } = received()
  const address = 'desk@partner.example'
  const at = mailKey(event, 'new-referral', address)
  const record: MailRecord = {
    subject: event.subject,
    timelineItem: {
      type: 'mail',
      id: mailIdOf(at),
      at: receivedAt,
      version: 1,
      kind: 'new-referral',
      to: { role: 'contact', name: 'Desk Sales', email: address },
      result: 'sending',
    },
  }
  const outgoing: Outgoing = {
    at,
    record,
    thread: referral.id,
    to: { firstName: 'Desk', lastName: 'Sales', email: address, locale: 'en' },
    message: { subject: ['Hello'], blocks: [{ kind: 'paragraph', words: ['Hello'] }] },
  }
  const soon = (ms: number) => new Date(later(ms))

  let table: MemoryTable
  beforeEach(() => {
    table = tabled()
    ses.on(SendRawEmailCommand).resolves({ MessageId: 'm1' })
  })
  const items = async (entity: string): Promise<Item[]> =>
    (await table.items()).filter(item => item.entity === entity)
  const kept = async () => (await items('mail'))[0]
  const result = async () => ((await kept())?.timelineItem as MailRecord['timelineItem'] | undefined)?.result
  const sendings = () => ses.commandCalls(SendRawEmailCommand).length
  const { partnerId = asPartnerId(''), region = '' } = event.subject.referral ?? {}
  const troubles = async () => {
    const { pk, sk } = healthKey(partnerId, region)
    const found = (await table.items()).find(item => item.pk === pk && item.sk === sk)
    return readHealth(found, partnerId, region).troubles.map(trouble => [trouble.address, trouble.problem])
  }
  const events = async () => (await items('event')).map(item => item.event as Event)

  it('is kept once it is sent, and it is not sent again', async () => {
    expect(await deliver(outgoing, soon(0))).toBe('sent')
    expect(await kept()).toMatchObject({ state: 'sent', messageId: 'm1', timelineItem: { result: 'sent' } })
    expect(await deliver(outgoing, soon(day))).toBe('known')
    expect(sendings()).toBe(1)
  })

  it('is kept too when SES will never take it, so that nobody tries again, and the contact is known to fail', async () => {
    ses.on(SendRawEmailCommand).rejects(sesError('InvalidParameterValue', 'Illegal address'))
    expect(await deliver(outgoing, soon(0))).toBe('refused')
    expect(await result()).toBe('refused')
    expect(await troubles()).toEqual([[address, 'bounced']])
    expect(await deliver(outgoing, soon(day))).toBe('refused')
    expect(sendings()).toBe(1)
    expect(await events()).toHaveLength(1)
  })

  it('is told of a contact also when whoever noted the refusal came no further', async () => {
    await claim(at, record, soon(0))
    await recordEnd(at, record, { result: 'refused' }, soon(1))
    expect(await deliver(outgoing, soon(2))).toBe('refused')
    expect(await troubles()).toEqual([[address, 'bounced']])
    expect(sendings()).toBe(0)
  })

  it('is open again at once when SES may take it later', async () => {
    ses.on(SendRawEmailCommand).rejectsOnce(sesError('MessageRejected')).resolves({ MessageId: 'm2' })
    await expect(deliver(outgoing, soon(0))).rejects.toBeInstanceOf(MailRefused)
    expect(await kept()).toMatchObject({ state: 'claimed', timelineItem: { result: 'sending' } })
    expect(await deliver(outgoing, soon(0))).toBe('sent')
  })

  it('cannot be known when SES gave no answer: nobody else sends it while that may be on its way', async () => {
    ses.on(SendRawEmailCommand).rejectsOnce(new Error('socket hang up')).resolves({ MessageId: 'm2' })
    await expect(deliver(outgoing, soon(0))).rejects.toThrow('socket hang up')
    await expect(deliver(outgoing, soon(59_000))).rejects.toThrow('another worker')
    expect(await deliver(outgoing, soon(60_000))).toBe('sent')
  })

  it('is one worker’s to find out, for a minute', async () => {
    expect(await claim(at, record, soon(0))).toBe('claimed')
    expect(await claim(at, record, soon(59_999))).toBe('busy')
    expect(await claim(at, record, soon(60_000))).toBe('claimed')
    await release(at, record, soon(60_000))
    expect(await claim(at, record, soon(60_000))).toBe('claimed')
    await recordEnd(at, record, { result: 'sent', messageId: 'm1' }, soon(61_000))
    expect(await claim(at, record, soon(day))).toBe('sent')
  })

  it('may be heard before it is known to be sent, and is not lost by that', async () => {
    await claim(at, record, soon(0))
    await recordResult(at, 'bounced', soon(1))
    await recordEnd(at, record, { result: 'sent', messageId: 'm1' }, soon(2))
    expect(await result()).toBe('bounced')
    expect(await claim(at, record, soon(day))).toBe('bounced')
  })

  it('is nothing that another could have done: a claim that is lost is not given back', async () => {
    await recordEnd(at, record, { result: 'sent' }, soon(0))
    await expect(release(at, record, soon(1))).rejects.toBeInstanceOf(ConditionFailed)
  })

  it('is kept of a mail that waits for the digest, without a claim', async () => {
    await recordEnd(at, record, { result: 'in-digest' }, soon(0))
    expect(await result()).toBe('in-digest')
    expect(await deliver(outgoing, soon(day))).toBe('known')
    expect(sendings()).toBe(0)
  })

  it('is nothing where there was no mail', async () => {
    expect(await recordResult(at, 'delivered', soon(0))).toBeUndefined()
    expect(await table.items()).toEqual([])
  })

  it('is the last of what happened to it, in whatever order and however often that is heard', async () => {
    const order: MailResult[] = ['sent', 'delivered', 'misaddressed', 'bounced', 'complained']
    const news = fc
      .subarray(order, { minLength: 1 })
      .chain(some => fc.shuffledSubarray([...some, ...some], { minLength: some.length * 2 }))
    await fc.assert(
      fc.asyncProperty(news, async heard => {
        dynamodb.reset()
        table = tabled()
        await claim(at, record, soon(0))
        for (const [index, one] of heard.entries())
          if (one === 'sent') await recordEnd(at, record, { result: one, messageId: 'm1' }, soon(index))
          else await recordResult(at, one, soon(index))
        const last = order.findLast(one => heard.includes(one))
        expect(await result()).toBe(last)
        expect(await claim(at, record, soon(day))).toBe(last)
      }),
    )
  })

  it('is noted again when somebody else noted something at the same moment', async () => {
    await deliver(outgoing, soon(0))
    let meanwhile: (() => Promise<unknown>) | undefined = () => recordResult(at, 'delivered', soon(1))
    dynamodb.on(PutCommand).callsFake(async (input: object) => {
      const act = meanwhile
      meanwhile = undefined
      await act?.()
      return table.handle({ service: 'dynamodb', operation: 'Put', command: { input } })
    })
    expect(await recordResult(at, 'bounced', soon(2))).toMatchObject({ timelineItem: { result: 'bounced' } })
    expect(await kept()).toMatchObject({ state: 'sent', version: 4, messageId: 'm1' })
  })

  describe('as SES tells it,', () => {
    const told = (eventType: string, more: object = {}, tag: string | null = keyTag(at)) =>
      readFeedback({
        version: '0',
        source: 'aws.ses',
        detail: { eventType, mail: { messageId: 'm1', tags: tag === null ? {} : { mail: [tag] } }, ...more },
      })
    const permanent = { bounce: { bounceType: 'Permanent', bounceSubType: 'General' } }

    it('a bounce is the contact’s too, and told once', async () => {
      await deliver(outgoing, soon(0))
      expect(await recordFeedback(told('Bounce', permanent), soon(1))).toBe('bounced')
      expect(await recordFeedback(told('Bounce', permanent), soon(2))).toBe('bounced')
      expect(await troubles()).toEqual([[address, 'bounced']])
      const [failed, ...others] = await events()
      expect(others).toEqual([])
      expect(failed).toMatchObject({
        type: 'contact.failed',
        data: {
          problem: 'bounced',
          known: false,
          mail: mailIdOf(at),
          missed: [{ referralId: referral.id, version: 1 }],
        },
      })
      expect(JSON.stringify(failed)).not.toContain('partner.example')
    })

    it('a complaint is worse, and a delivery before it no matter', async () => {
      await deliver(outgoing, soon(0))
      expect(await recordFeedback(told('Delivery'), soon(1))).toBe('delivered')
      expect(await troubles()).toEqual([])
      expect(await recordFeedback(told('Bounce', permanent), soon(2))).toBe('bounced')
      expect(await recordFeedback(told('Complaint'), soon(3))).toBe('complained')
      expect(await troubles()).toEqual([[address, 'complained']])
      expect(await events()).toHaveLength(2)
    })

    it('a bounce is news also of who was the wrong person for another referral before', async () => {
      const data = { mail: 'm0', missed: [{ referralId: asReferralId('ref_0'), version: 1 }] }
      const mistake = {
        partnerId,
        region,
        email: address,
        data: { problem: 'misaddressed', ...data },
      } as const
      await reportContactProblem(mistake, { kind: 'partner' }, soon(0))
      await deliver(outgoing, soon(1))
      await recordFeedback(told('Bounce', permanent), soon(2))
      expect(await troubles()).toEqual([[address, 'bounced']])
      const failures = (await events()).map(({ data }) => data)
      expect(failures).toMatchObject([
        { problem: 'misaddressed', known: false },
        { problem: 'bounced', known: false },
      ])
    })

    it('a further bounce of the same contact is no news, but that its mail has to go on is', async () => {
      await deliver(outgoing, soon(0))
      await recordFeedback(told('Bounce', permanent), soon(1))
      const data = { mail: 'm2', missed: [{ referralId: asReferralId('ref_2'), version: 1 }] }
      const bounce = { partnerId, region, email: address, data: { problem: 'bounced', ...data } } as const
      expect(await reportContactProblem(bounce, { kind: 'system' }, soon(2))).toBe(true)
      expect((await events()).map(({ data }) => data)).toMatchObject([
        { known: false, missed: [{ referralId: referral.id }] },
        { known: true, missed: [{ referralId: 'ref_2' }] },
      ])
    })

    it('a bounce of a digest has all go on that it told of', async () => {
      const whose = { partnerId, region, address, day: receivedAt.slice(0, 10) }
      const held = [1, 2].map(number => ({
        mailId: `m${number}`,
        referralId: asReferralId(`ref_${number}`),
        version: number,
      }))
      await putDay({ ...newDay(whose, defaultPolicy), version: 1, held })
      const digest = mailKeyBelow(dayKey(whose), 'digest', address)
      const ofDigest: MailRecord = {
        subject: { profile: { partnerId, region } },
        timelineItem: { ...record.timelineItem, kind: 'digest', version: 0 },
      }
      await deliver({ ...outgoing, at: digest, record: ofDigest }, soon(0))
      expect(await recordFeedback(told('Bounce', permanent, keyTag(digest)), soon(1))).toBe('bounced')
      const [failed] = await events()
      expect(failed?.data).toMatchObject({
        missed: [
          { referralId: 'ref_1', version: 1 },
          { referralId: 'ref_2', version: 2 },
        ],
      })
    })

    it('what comes after a worse thing changes nothing', async () => {
      await deliver(outgoing, soon(0))
      await recordFeedback(told('Complaint'), soon(1))
      expect(await recordFeedback(told('Delivery'), soon(2))).toBe('complained')
      expect(await troubles()).toEqual([[address, 'complained']])
      expect(await events()).toHaveLength(1)
    })

    it('a mailbox that is full is no wrong address', async () => {
      await deliver(outgoing, soon(0))
      expect(
        await recordFeedback(told('Bounce', { bounce: { bounceType: 'Transient' } }), soon(1)),
      ).toBeUndefined()
      expect(await result()).toBe('sent')
      expect(await troubles()).toEqual([])
    })

    it('a customer whose mail bounces is no contact', async () => {
      const to = { role: 'customer' } as const
      const toCustomer = { ...record, timelineItem: { ...record.timelineItem, to } }
      await deliver({ ...outgoing, record: toCustomer }, soon(0))
      expect(await recordFeedback(told('Bounce', permanent), soon(1))).toBe('bounced')
      expect(await troubles()).toEqual([])
      expect(await events()).toEqual([])
    })

    it('a mail that is none of ours is passed over', async () => {
      const other = { pk: 'PROGRAM', sk: 'POLICY', entity: 'policy' }
      await put({ put: other, when: { pk: 'absent' } })
      for (const tag of [null, '', 'AAAA', keyTag(other)])
        expect(await recordFeedback(told('Bounce', permanent, tag), soon(1))).toBeUndefined()
      expect(await table.items()).toEqual([other])
    })

    it('what is no news of a mail is refused', () => {
      for (const body of [{}, { detail: { eventType: 'Open', mail: { tags: {} } } }, 'x', null])
        expect(() => readFeedback(body)).toThrow()
    })
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

  const context = { getRemainingTimeInMillis: () => 1000 } as Context

  it('gives back the messages that failed, and no others', async () => {
    const Records = [message('1', '{}'), message('2', '{"fail":true}'), message('3', 'not JSON')]
    queue.on(SendMessageCommand).resolves({})
    const answer = await handle({ Records }, context)
    expect(answer.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier)).toEqual(['2'])
  })

  it('puts a message that it cannot read among the dead letters at once', async () => {
    queue.on(SendMessageCommand).resolves({})
    const answer = await handle({ Records: [message('1', 'Call Ada'), message('2', '{}')] }, context)
    expect(answer.batchItemFailures).toEqual([])
    const letters = queue.commandCalls(SendMessageCommand).map(call => call.args[0].input)
    expect(letters).toMatchObject([
      {
        QueueUrl: 'dead_letters_url',
        MessageBody: 'Call Ada',
        MessageAttributes: { FAULT: { StringValue: 'the message cannot be read: content: invalid_json' } },
      },
    ])
  })

  /** The attribute of the dead letter that a handler sends for a message. */
  const faultFor = async (handle: ReturnType<typeof worker>, body: unknown): Promise<string | undefined> => {
    queue.on(SendMessageCommand).resolves({})
    await handle({ Records: [message('1', JSON.stringify(body))] }, context)
    return queue.commandCalls(SendMessageCommand).at(-1)?.args[0].input.MessageAttributes?.FAULT?.StringValue
  }

  it('says in one line of a dead letter which fields are wrong', async () => {
    const feedback = worker(readFeedback, async () => {})
    expect(await faultFor(feedback, { detail: { eventType: 'Call Ada', mail: {} } })).toBe(
      'the message cannot be read: detail.eventType: invalid_value; detail.mail.tags: invalid_type',
    )
    expect(await faultFor(feedback, 'Ada')).toBe('the message cannot be read: content: invalid_type')
  })

  it('says in one line of a dead letter which fields of an event are wrong', async () => {
    const events = worker(readDelivery, async () => {})
    const { event } = received()
    expect(await faultFor(events, { detail: { ...event, id: 'a\nb', data: {} } })).toBe(
      'the event a b of type referral.received cannot be read: ' +
        'data.channel: invalid_type; data.respondBy: invalid_type; data.urgentUntil: invalid_type',
    )
    expect(await faultFor(events, { detail: { id: '' } })).toBe(
      'the event cannot be read: type: invalid_type',
    )
    expect(await faultFor(events, { detail: null })).toBe('the event cannot be read: content: invalid_type')
  })

  it('quotes no message of an error that is not about fields', async () => {
    const broken = worker(
      body => {
        throw new TypeError(`cannot use ${body}`)
      },
      async () => {},
    )
    expect(await faultFor(broken, 'Ada')).toBe('the message cannot be read: content: TypeError')
    expect(JSON.stringify(vi.mocked(logger.error).mock.calls)).not.toContain('Ada')
  })

  it('logs the fault of a schema in one line', () => {
    const { message, stack = '' } = faultOf(z.object({ a: z.string() }).safeParse({}).error)
    expect(message).toBe('the content cannot be read: a: invalid_type')
    expect(stack.split('\n')[0]).toBe(`ZodError: ${message}`)
    expect(stack).not.toContain('[')
  })

  it('leaves a message to the queue that it can neither read nor put among the dead letters', async () => {
    queue.on(SendMessageCommand).rejects(new Error('down'))
    const answer = await handle({ Records: [message('1', 'no JSON')] }, context)
    expect(answer.batchItemFailures).toEqual([{ itemIdentifier: '1' }])
  })

  it('acknowledges a message that needs no work, such as an event of an unknown type', async () => {
    const worked: Event[] = []
    const handle = worker(readDelivery, async event => void worked.push(event))
    const { event } = received()
    const bodies = [event, { ...event, type: 'referral.superseded' }].map(detail =>
      JSON.stringify({ detail }),
    )
    const answer = await handle(
      { Records: bodies.map((body, index) => message(String(index), body)) },
      context,
    )
    expect(answer.batchItemFailures).toEqual([])
    expect(worked).toEqual([event])
  })

  it('that works on groups does each at once; one that fails is done again one by one, and holds up no other', async () => {
    const worked: string[] = []
    const handle = groupWorker(
      body => body as string,
      body => body.slice(0, 1),
      async bodies => {
        worked.push(bodies.join())
        if (bodies.includes('b2')) throw new Error('no')
      },
    )
    const Records = ['a1', 'b1', 'a2', 'b2', 'c1'].map(body => message(body, JSON.stringify(body)))
    queue.on(SendMessageCommand).resolves({})
    const answer = await handle({ Records: [...Records, message('x', 'not JSON')] }, context)
    expect(worked).toEqual(['a1,a2', 'b1,b2', 'c1', 'b1', 'b2'])
    expect(answer.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier)).toEqual(['b2'])
  })
})

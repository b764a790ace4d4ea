/** Faults that no emulator produces: throttling, conflicts, partial success. */
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
  BatchGetCommand,
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
import { loggableError, logger } from '../../shared/kernel/logger.ts'
import { newDay } from '../../shared/messaging/digest/rules.ts'
import { dayKey, putDay } from '../../shared/messaging/digest/store.ts'
import { deliver, type Outgoing } from '../../shared/messaging/mail/deliver.ts'
import { readFeedback, recordFeedback } from '../../shared/messaging/mail/record-feedback.ts'
import { MailRefused, type OutgoingMail, send } from '../../shared/messaging/mail/ses.ts'
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
import { isReachable } from '../../shared/partners/contact/rules.ts'
import { recordDelivery, reportContactProblem } from '../../shared/partners/contact/service.ts'
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
  // These faults are logged as errors. Silence the log.
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

describe('transact', () => {
  it('retries after a conflict with another transaction', async () => {
    dynamodb.on(TransactWriteCommand).rejectsOnce(cancelled('TransactionConflict', 'None')).resolves({})
    await transact([write, write])
    expect(dynamodb.commandCalls(TransactWriteCommand)).toHaveLength(2)
  })

  it('fails with the code busy after repeated conflicts', async () => {
    dynamodb.on(TransactWriteCommand).rejects(cancelled('TransactionConflict'))
    await expect(transact([write])).rejects.toMatchObject({ code: 'busy' })
  })

  it('does not retry after a failed condition and returns the stored item', async () => {
    dynamodb.on(TransactWriteCommand).rejects(cancelled('None', 'ConditionalCheckFailed'))
    const failed = transact([write, write])
    await expect(failed).rejects.toBeInstanceOf(ConditionFailed)
    await expect(failed).rejects.toMatchObject({ failed: [{ index: 1, found: { version: 2 } }] })
    expect(dynamodb.commandCalls(TransactWriteCommand)).toHaveLength(1)
  })

  it('reports an invalid transaction as an error, not as a conflict', async () => {
    dynamodb.on(TransactWriteCommand).rejects(cancelled('ValidationError'))
    await expect(transact([write])).rejects.toBeInstanceOf(TransactionCanceledException)
  })

  it('put returns the stored item after a failed condition', async () => {
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

  it('is created without error if its schedule exists already', async () => {
    scheduler.on(CreateScheduleCommand).rejects(new ConflictException({ ...metadata, Message: 'there' }))
    await arm(timer, now)
  })

  it('fails if its schedule cannot be created', async () => {
    scheduler.on(CreateScheduleCommand).rejects(new Error('throttled'))
    await expect(arm(timer, now)).rejects.toThrow('throttled')
  })

  it('is sent to the queue with a delay if it is due within the precision of Scheduler', async () => {
    await arm({ ...timer, dueAt: later(30_500) }, now)
    expect(scheduler.calls()).toEqual([])
    expect(queue.commandCalls(SendMessageCommand)[0]?.args[0].input.DelaySeconds).toBe(31)
    await arm({ ...timer, dueAt: later(-5000) }, now)
    expect(queue.commandCalls(SendMessageCommand)[1]?.args[0].input.DelaySeconds).toBe(0)
  })

  it('is deleted without error if its schedule does not exist', async () => {
    scheduler
      .on(DeleteScheduleCommand)
      .rejects(new ResourceNotFoundException({ ...metadata, Message: 'gone' }))
    await disarm(timer)
  })
})

describe('a sweep', () => {
  const referral = aReferral()
  const due = new Date(Date.parse(referral.respondBy) + 600_000)
  const sweepKey = { pk: 'SWEEP', sk: 'SWEEP' }
  const partition = /^DUE#2026-03-15#0$/

  beforeEach(() => {
    const row = (id: string) => ({ dueSk: `${referral.respondBy}#expire#${referral.partnerId}#${id}` })
    dynamodb
      .on(GetCommand)
      .resolves({})
      .on(GetCommand, { Key: sweepKey })
      .resolves({ Item: { ...sweepKey, sweptUntil: '2026-03-14T00:00:00.000Z' } })
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

  it('executes overdue deadlines and stores the day that it has reached', async () => {
    expect(await sweep(due)).toEqual({ overdue: 2, rearmed: 0, failed: 0, unfinished: 0 })
    // One day before now, because the index may be behind.
    expect(marks()).toEqual(['2026-03-14T00:00:00.000Z'])
  })

  it('continues after a referral that fails and stores a day before it', async () => {
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

describe('publishEvents', () => {
  const record = (sequence: number): DynamoDBRecord => ({
    dynamodb: {
      SequenceNumber: String(sequence),
      NewImage: marshall({ event: received().event }) as NonNullable<DynamoDBRecord['dynamodb']>['NewImage'] &
        object,
    },
  })
  const records = (count: number) => ({ Records: Array.from({ length: count }, (_, index) => record(index)) })

  it('reports the first event that the bus rejected', async () => {
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

  it('sends an unreadable event with its content to the dead-letter queue and continues', async () => {
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

  it.each([
    ['has an integer beyond 2^53', '12345678901234567890'],
    ['has a number in another notation than JavaScript writes', '1e30'],
  ])('sends an event that %s to the dead-letter queue, and publishes the others', async (_, number) => {
    bus.on(PutEventsCommand).resolves({ Entries: [{ EventId: 'x' }] })
    queue.on(SendMessageCommand).resolves({})
    const damaged = broken(received().event)
    const image = damaged.dynamodb?.NewImage as Record<string, { M: Record<string, object> }>
    image.event = { M: { ...image.event?.M, extra: { N: number } } }
    expect(await publishEvents({ Records: [record(1), damaged, record(2)] })).toEqual({
      batchItemFailures: [],
    })
    expect(entries()).toHaveLength(2)
    const [letter] = queue.commandCalls(SendMessageCommand).map(call => call.args[0].input)
    const { event } = JSON.parse(letter?.MessageBody ?? '')
    expect(event).toMatchObject({ extra: number, version: 1 })
  })

  it('sends the keys of an event that is too big for the bus to the dead-letter queue, and publishes the others', async () => {
    bus.on(PutEventsCommand).resolves({ Entries: [{ EventId: 'x' }] })
    queue.on(SendMessageCommand).resolves({})
    const big = broken({ ...received().event, extra: 'x'.repeat(300_000) })
    expect(await publishEvents({ Records: [record(1), big, record(2)] })).toEqual({ batchItemFailures: [] })
    expect(entries()).toHaveLength(2)
    const [letter] = queue.commandCalls(SendMessageCommand).map(call => call.args[0].input)
    expect(JSON.parse(letter?.MessageBody ?? '')).toEqual({ pk: 'p', sk: 's' })
  })

  it('sends fewer events per call when ten would be too big for one', async () => {
    bus.on(PutEventsCommand).resolves({ Entries: [{ EventId: 'x' }] })
    const big = broken({ ...received().event, extra: 'x'.repeat(100_000) })
    expect(await publishEvents({ Records: [big, big, big, record(1)] })).toEqual({ batchItemFailures: [] })
    expect(bus.commandCalls(PutEventsCommand).map(call => call.args[0].input.Entries?.length)).toEqual([2, 2])
  })

  it('stops at an unreadable event that the dead-letter queue does not accept', async () => {
    bus.on(PutEventsCommand).resolves({ Entries: [{ EventId: 'x' }] })
    queue.on(SendMessageCommand).rejects(new Error('down'))
    const answer = await publishEvents({ Records: [record(1), broken({}), record(2)] })
    expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: 'broken' }] })
    expect(entries()).toHaveLength(1)
  })

  it('publishes types and fields that only a newer version knows', async () => {
    bus.on(PutEventsCommand).resolves({ Entries: [{ EventId: 'x' }] })
    const newer = { ...received().event, newField: 1 }
    const unknown = { ...newer, type: 'referral.unheard-of', data: { by: 'ref_2' } }
    await publishEvents({ Records: [broken(newer), broken(unknown)] })
    expect(entries().map(({ Detail }) => JSON.parse(Detail ?? ''))).toEqual([newer, unknown])
  })

  it('publishes an event of an unknown type without an instant', async () => {
    bus.on(PutEventsCommand).resolves({ Entries: [{ EventId: 'x' }] })
    await publishEvents({ Records: [broken({ type: 'referral.unheard-of' })] })
    expect(entries()).toMatchObject([{ DetailType: 'referral.unheard-of', Time: undefined }])
  })

  it('sends at most ten events per call, in order', async () => {
    bus.on(PutEventsCommand).resolvesOnce({ Entries: [] }).rejects(new Error('down'))
    expect(await publishEvents(records(25))).toEqual({ batchItemFailures: [{ itemIdentifier: '10' }] })
    expect(bus.commandCalls(PutEventsCommand).map(call => call.args[0].input.Entries?.length)).toEqual([
      10, 10,
    ])
  })
})

const sesError = (name: string, message = 'no') =>
  new SESServiceException({ $metadata: { httpStatusCode: 400 }, message, name, $fault: 'client' })

describe('send', () => {
  const letter: OutgoingMail = {
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

  it('sends to one address with a configuration set and tags', async () => {
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

  it('refers to the thread and asks for no automatic reply', async () => {
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

  it('sets the headers of one-click unsubscription with an unbroken URL', async () => {
    const muteUrl = `https://referrals.example/v1/pages/mute?token=${'x'.repeat(300)}.${'y'.repeat(43)}`
    await send({ ...letter, muteUrl })
    expect(await headerOf('list-unsubscribe')).toEqual([`<${muteUrl}>`])
    expect(await headerOf('list-unsubscribe-post')).toEqual(['List-Unsubscribe=One-Click'])
  })

  it.each([
    ['line breaks', 'Desk\r\nBcc: everybody@customer.example', 'Hello\r\nX-Other: 1\r\n\r\nbody'],
    ['quotes and commas', 'Desk", <x@evil.example>, "y', '=?utf-8?Q?Hello?='],
    ['other scripts', 'שלום 👩🏽‍💻 شركة', '🔥 汉字 שלום'],
    ['extreme length', '漢'.repeat(201), '漢"'.repeat(2000)],
  ])('sets exactly the expected headers for names with %s', async (_, name, subject) => {
    await send({ ...letter, to: { ...letter.to, name }, rendered: { ...letter.rendered, subject } })
    const { to, bcc, cc, text, headers } = await readMail()
    expect(to?.map(({ address }) => address)).toEqual(['desk@partner.example'])
    expect([bcc, cc]).toEqual([undefined, undefined])
    expect(text?.trim()).toBe('Hello')
    expect(headers.map(({ key }) => key)).not.toContain('x-other')
    // RFC 5322, section 2.1.1.
    for (const line of mimeOf().split('\r\n')) expect(Buffer.byteLength(line)).toBeLessThanOrEqual(998)
  })

  it('asks for answers to the sender if the mail names nobody else', async () => {
    await send(letter)
    expect(await headerOf('reply-to')).toEqual([])
  })

  it.each([
    ['a usual name', 'Ada Lovelace'],
    ['a name with line breaks', 'Ada\r\nBcc: x@evil.example'],
    ['a name with quotes and commas', 'Ada", <x@evil.example>, "y'],
    ['a name in other scripts', 'שלום 👩🏽‍💻 شركة'],
  ])('asks for answers to exactly one person with %s', async (_, name) => {
    await send({ ...letter, replyTo: { name, address: 'ada@customer.example' } })
    const { replyTo, to, bcc } = await readMail()
    expect(replyTo?.map(({ address }) => address)).toEqual(['ada@customer.example'])
    expect(to?.map(({ address }) => address)).toEqual(['desk@partner.example'])
    expect(await headerOf('reply-to')).toHaveLength(1)
    expect(bcc).toBeUndefined()
  })

  it.each([
    'ada@customer.example\r\nBcc: x@evil.example',
    'ada@customer.example, x@evil.example',
    'ada@customer.example> <x@evil.example',
    'x: ada@customer.example;',
    '',
  ])('asks for answers to the sender if the address is %j', async address => {
    await send({ ...letter, replyTo: { name: 'Ada', address } })
    expect(await headerOf('reply-to')).toEqual([])
    expect((await readMail()).bcc).toBeUndefined()
  })

  it('sends HTML and text unchanged in any script', async () => {
    const long = `${'wörd '.repeat(1000)}שלום 👩🏽‍💻`
    await send({ ...letter, rendered: { subject: 'S', html: `<p>${long}</p>`, text: `${long}\n.\n> x` } })
    const { html, text } = await readMail()
    expect(html?.trim()).toBe(`<p>${long}</p>`)
    expect(text?.trim()).toBe(`${long}\n.\n> x`)
  })

  it('retries when SES throttles', async () => {
    const random = vi.spyOn(Math, 'random').mockReturnValue(0)
    ses.reset()
    ses.on(SendRawEmailCommand).rejectsOnce(sesError('Throttling')).resolves({ MessageId: 'm1' })
    expect(await send(letter)).toBe('m1')
    expect(ses.commandCalls(SendRawEmailCommand)).toHaveLength(2)
    expect(mimeOf(1)).toBe(mimeOf(0))
    random.mockRestore()
  })

  it('leaves the mail to the queue if SES keeps throttling, within the time of a worker', async () => {
    vi.useFakeTimers()
    const start = Date.now()
    ses.on(SendRawEmailCommand).rejects(sesError('Throttling'))
    const rejection = send(letter).catch(error => error)
    await vi.runAllTimersAsync()
    expect(await rejection).toMatchObject({ name: 'MailRefused', isPermanent: false })
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
  ])('fails if SES rejects the mail (%s: %s); permanent: %s', async (name, message, isPermanent) => {
    ses.on(SendRawEmailCommand).rejects(sesError(name, message))
    const error = await send(letter).catch(thrown => thrown)
    expect(error).toBeInstanceOf(MailRefused)
    expect(error).toMatchObject({ isPermanent })
    expect(ses.commandCalls(SendRawEmailCommand)).toHaveLength(1)
  })

  it('throws an error without the address', async () => {
    ses
      .on(SendRawEmailCommand)
      .rejects(sesError('MessageRejected', 'Email address is not verified: desk@partner.example'))
    const error = await send(letter).catch(thrown => thrown)
    expect(JSON.stringify(loggableError(error))).not.toContain('partner.example')
  })

  it('throws another error without a response from SES, because the mail may have been sent', async () => {
    ses.on(SendRawEmailCommand).rejects(new Error('socket hang up'))
    const error = await send(letter).catch(thrown => thrown)
    expect(error).not.toBeInstanceOf(MailRefused)
  })
})

/** Returns a table that stores the results of mails. */
const connectTable = (): MemoryTable => {
  const table = new MemoryTable()
  const answer = (operation: string) => (input: object) =>
    table.handle({ service: 'dynamodb', operation, command: { input } })
  dynamodb
    .on(GetCommand)
    .callsFake(answer('Get'))
    .on(BatchGetCommand)
    .callsFake(answer('BatchGet'))
    .on(PutCommand)
    .callsFake(answer('Put'))
    .on(TransactWriteCommand)
    .callsFake(answer('TransactWrite'))
  return table
}

describe('the result of a mail', () => {
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
    table = connectTable()
    ses.on(SendRawEmailCommand).resolves({ MessageId: 'm1' })
  })
  const items = async (entity: string): Promise<Item[]> =>
    (await table.items()).filter(item => item.entity === entity)
  const kept = async () => (await items('mail'))[0]
  const result = async () => ((await kept())?.timelineItem as MailRecord['timelineItem'] | undefined)?.result
  const sendings = () => ses.commandCalls(SendRawEmailCommand).length
  const { partnerId = asPartnerId(''), region = '' } = event.subject.referral ?? {}
  const healthNow = async () => {
    const { pk, sk } = healthKey(partnerId, region)
    const found = (await table.items()).find(item => item.pk === pk && item.sk === sk)
    return readHealth(found, partnerId, region)
  }
  const troubles = async () => (await healthNow()).troubles.map(trouble => [trouble.address, trouble.problem])
  const events = async () => (await items('event')).map(item => item.event as Event)

  it('is stored after sending, and the mail is not sent again', async () => {
    expect(await deliver(outgoing, soon(0))).toBe('sent')
    expect(await kept()).toMatchObject({ state: 'sent', messageId: 'm1', timelineItem: { result: 'sent' } })
    expect(await deliver(outgoing, soon(day))).toBe('known')
    expect(sendings()).toBe(1)
  })

  it('does not depend on the person who gets the answers', async () => {
    const replyTo = { name: 'Ada Lovelace', address: 'ada@customer.example' }
    expect(await deliver({ ...outgoing, message: { ...outgoing.message, replyTo } }, soon(0))).toBe('sent')
    const [sent] = ses.commandCalls(SendRawEmailCommand).map(({ args }) => args[0].input)
    expect(sent?.Destinations).toEqual([address])
    expect(await PostalMime.parse(sent?.RawMessage?.Data as Uint8Array)).toMatchObject({ replyTo: [replyTo] })
  })

  it('is stored as refused after a permanent rejection, and the contact has a problem', async () => {
    ses.on(SendRawEmailCommand).rejects(sesError('InvalidParameterValue', 'Illegal address'))
    expect(await deliver(outgoing, soon(0))).toBe('refused')
    expect(await result()).toBe('refused')
    expect(await troubles()).toEqual([[address, 'bounced']])
    expect(await deliver(outgoing, soon(day))).toBe('refused')
    expect(sendings()).toBe(1)
    expect(await events()).toHaveLength(1)
  })

  it('is reported to contact health even if the first worker stopped after storing the refusal', async () => {
    await claim(at, record, soon(0))
    await recordEnd(at, record, { result: 'refused' }, soon(1))
    expect(await deliver(outgoing, soon(2))).toBe('refused')
    expect(await troubles()).toEqual([[address, 'bounced']])
    expect(sendings()).toBe(0)
  })

  it('is released after a temporary rejection', async () => {
    ses.on(SendRawEmailCommand).rejectsOnce(sesError('MessageRejected')).resolves({ MessageId: 'm2' })
    await expect(deliver(outgoing, soon(0))).rejects.toBeInstanceOf(MailRefused)
    expect(await kept()).toMatchObject({ state: 'claimed', timelineItem: { result: 'sending' } })
    expect(await deliver(outgoing, soon(0))).toBe('sent')
  })

  it('is unknown without a response from SES: no worker sends the mail again for a minute', async () => {
    ses.on(SendRawEmailCommand).rejectsOnce(new Error('socket hang up')).resolves({ MessageId: 'm2' })
    await expect(deliver(outgoing, soon(0))).rejects.toThrow('socket hang up')
    await expect(deliver(outgoing, soon(59_000))).rejects.toThrow('another worker')
    expect(await deliver(outgoing, soon(60_000))).toBe('sent')
  })

  it('is claimed by one worker for a minute', async () => {
    expect(await claim(at, record, soon(0))).toBe('claimed')
    expect(await claim(at, record, soon(59_999))).toBe('busy')
    expect(await claim(at, record, soon(60_000))).toBe('claimed')
    await release(at, record, soon(60_000))
    expect(await claim(at, record, soon(60_000))).toBe('claimed')
    await recordEnd(at, record, { result: 'sent', messageId: 'm1' }, soon(61_000))
    expect(await claim(at, record, soon(day))).toBe('sent')
  })

  it('can be reported by SES before the worker stores it', async () => {
    await claim(at, record, soon(0))
    await recordResult(at, 'bounced', soon(1))
    await recordEnd(at, record, { result: 'sent', messageId: 'm1' }, soon(2))
    expect(await result()).toBe('bounced')
    expect(await claim(at, record, soon(day))).toBe('bounced')
  })

  it('cannot be released by a worker that has lost its claim', async () => {
    await recordEnd(at, record, { result: 'sent' }, soon(0))
    await expect(release(at, record, soon(1))).rejects.toBeInstanceOf(ConditionFailed)
  })

  it('can be stored without a claim for a mail in the digest', async () => {
    await recordEnd(at, record, { result: 'in-digest' }, soon(0))
    expect(await result()).toBe('in-digest')
    expect(await deliver(outgoing, soon(day))).toBe('known')
    expect(sendings()).toBe(0)
  })

  it('is not stored when the mail does not exist', async () => {
    expect(await recordResult(at, 'delivered', soon(0))).toBeUndefined()
    expect(await table.items()).toEqual([])
  })

  it('is the highest-ranking report, in any order and with repetitions', async () => {
    const order: MailResult[] = [
      'sent',
      'delayed',
      'bounced-temporarily',
      'delivered',
      'misaddressed',
      'bounced',
      'complained',
    ]
    const reports = fc
      .subarray(order, { minLength: 1 })
      .chain(some => fc.shuffledSubarray([...some, ...some], { minLength: some.length * 2 }))
    await fc.assert(
      fc.asyncProperty(reports, async heard => {
        dynamodb.reset()
        table = connectTable()
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

  it('is stored again after a concurrent write', async () => {
    await deliver(outgoing, soon(0))
    let meanwhile: (() => Promise<unknown>) | undefined = () => recordResult(at, 'delivered', soon(1))
    dynamodb.on(PutCommand).callsFake(async (input: object) => {
      const action = meanwhile
      meanwhile = undefined
      await action?.()
      return table.handle({ service: 'dynamodb', operation: 'Put', command: { input } })
    })
    expect(await recordResult(at, 'bounced', soon(2))).toMatchObject({ timelineItem: { result: 'bounced' } })
    expect(await kept()).toMatchObject({ state: 'sent', version: 4, messageId: 'm1' })
  })

  describe('as reported by SES', () => {
    const feedbackOf = (eventType: string, more: object = {}, tag: string | null = keyTag(at)) =>
      readFeedback({
        version: '0',
        source: 'aws.ses',
        detail: { eventType, mail: { messageId: 'm1', tags: tag === null ? {} : { mail: [tag] } }, ...more },
      })
    const permanent = { bounce: { bounceType: 'Permanent', bounceSubType: 'General' } }

    it('a bounce is also stored for the contact, and published once', async () => {
      await deliver(outgoing, soon(0))
      expect(await recordFeedback(feedbackOf('Bounce', permanent), soon(1))).toBe('bounced')
      expect(await recordFeedback(feedbackOf('Bounce', permanent), soon(2))).toBe('bounced')
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

    it('a complaint outranks a bounce, and a delivery before it is accepted', async () => {
      await deliver(outgoing, soon(0))
      expect(await recordFeedback(feedbackOf('Delivery'), soon(1))).toBe('delivered')
      expect(await troubles()).toEqual([])
      expect(await recordFeedback(feedbackOf('Bounce', permanent), soon(2))).toBe('bounced')
      expect(await recordFeedback(feedbackOf('Complaint'), soon(3))).toBe('complained')
      expect(await troubles()).toEqual([[address, 'complained']])
      expect(await events()).toHaveLength(2)
    })

    it('a bounce is published for a contact that was misaddressed before', async () => {
      const data = { mail: 'm0', missed: [{ referralId: asReferralId('ref_0'), version: 1 }] }
      const mistake = {
        partnerId,
        region,
        email: address,
        data: { problem: 'misaddressed', ...data },
      } as const
      await reportContactProblem(mistake, { kind: 'partner' }, soon(0))
      await deliver(outgoing, soon(1))
      await recordFeedback(feedbackOf('Bounce', permanent), soon(2))
      expect(await troubles()).toEqual([[address, 'bounced']])
      const failures = (await events()).map(({ data }) => data)
      expect(failures).toMatchObject([
        { problem: 'misaddressed', known: false },
        { problem: 'bounced', known: false },
      ])
    })

    it('a second bounce of a contact is published as known, with its own referral', async () => {
      await deliver(outgoing, soon(0))
      await recordFeedback(feedbackOf('Bounce', permanent), soon(1))
      const data = { mail: 'm2', missed: [{ referralId: asReferralId('ref_2'), version: 1 }] }
      const bounce = { partnerId, region, email: address, data: { problem: 'bounced', ...data } } as const
      expect(await reportContactProblem(bounce, { kind: 'system' }, soon(2))).toBe(true)
      expect((await events()).map(({ data }) => data)).toMatchObject([
        { known: false, missed: [{ referralId: referral.id }] },
        { known: true, missed: [{ referralId: 'ref_2' }] },
      ])
    })

    it('a bounce of a digest lists all referrals of the digest', async () => {
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
      expect(await recordFeedback(feedbackOf('Bounce', permanent, keyTag(digest)), soon(1))).toBe('bounced')
      const [failed] = await events()
      expect(failed?.data).toMatchObject({
        missed: [
          { referralId: 'ref_1', version: 1 },
          { referralId: 'ref_2', version: 2 },
        ],
      })
    })

    it('a delivery after a complaint is ignored', async () => {
      await deliver(outgoing, soon(0))
      await recordFeedback(feedbackOf('Complaint'), soon(1))
      expect(await recordFeedback(feedbackOf('Delivery'), soon(2))).toBe('complained')
      expect(await troubles()).toEqual([[address, 'complained']])
      expect(await events()).toHaveLength(1)
    })

    const temporary = (bounceType = 'Transient') => feedbackOf('Bounce', { bounce: { bounceType } })
    const passedOn = async () =>
      (await events()).map(({ data }) => 'problem' in data && { problem: data.problem, missed: data.missed })
    const missedHere = [{ referralId: referral.id, version: 1 }]

    it.each([
      ['a bounce after all retries', () => temporary(), 'bounced-temporarily'],
      ['a bounce for an unknown reason', () => temporary('Undetermined'), 'bounced-temporarily'],
      ['a delay', () => feedbackOf('DeliveryDelay'), 'delayed'],
      ['a virus', () => feedbackOf('Reject'), 'rejected'],
    ])('%s passes the event on once and leaves the contact reachable', async (_, feedback, expected) => {
      await deliver(outgoing, soon(0))
      expect(await recordFeedback(feedback(), soon(1))).toBe(expected)
      expect(await recordFeedback(feedback(), soon(2))).toBe(expected)
      expect(await passedOn()).toEqual([{ problem: 'undelivered', missed: missedHere }])
      const health = await healthNow()
      expect(isReachable(address, health, asReferralId('ref_other'))).toBe(true)
      expect(isReachable(address, health, referral.id)).toBe(false)
    })

    it('an automatic reply after a delivery changes nothing', async () => {
      await deliver(outgoing, soon(0))
      await recordFeedback(feedbackOf('Delivery'), soon(1))
      expect(await recordFeedback(temporary(), soon(2))).toBe('delivered')
      expect(await troubles()).toEqual([])
      expect(await events()).toEqual([])
    })

    it('an automatic reply before the delivery passes the event on, and the delivery ends the row of bounces', async () => {
      await deliver(outgoing, soon(0))
      await recordFeedback(temporary(), soon(1))
      expect(await recordFeedback(feedbackOf('Delivery'), soon(2))).toBe('delivered')
      expect(await recordFeedback(temporary(), soon(3))).toBe('delivered')
      expect(await passedOn()).toHaveLength(1)
      expect((await healthNow()).troubles).toMatchObject([{ problem: 'undelivered', temporaryBounces: [] }])
    })

    it('the third temporary bounce in a row counts as a bounce, and administrators are told once', async () => {
      const bounce = async (number: number) =>
        reportContactProblem(
          {
            partnerId,
            region,
            email: address,
            data: {
              problem: 'undelivered',
              mail: `m${number}`,
              missed: [{ referralId: asReferralId(`ref_${number}`), version: 1 }],
            },
            isTemporaryBounce: true,
          },
          { kind: 'system' },
          soon(number),
        )
      for (const number of [1, 2]) await bounce(number)
      expect(await bounce(2)).toBe(false)
      await recordDelivery({ partnerId, region, email: address }, soon(3))
      for (const number of [4, 5, 6, 7]) await bounce(number)
      expect(await troubles()).toEqual([[address, 'bounced']])
      expect((await events()).map(({ data }) => 'known' in data && [data.problem, data.known])).toEqual([
        ['undelivered', false],
        ['undelivered', true],
        ['undelivered', true],
        ['undelivered', true],
        ['bounced', false],
        ['undelivered', true],
      ])
    })

    it('is published for a mail whose worker stopped before it reported the temporary bounce', async () => {
      await deliver(outgoing, soon(0))
      await recordResult(at, 'bounced-temporarily', soon(1))
      await recordFeedback(temporary(), soon(2))
      expect(await passedOn()).toHaveLength(1)
    })

    it('a bounce of mail to a customer affects no contact', async () => {
      const to = { role: 'customer' } as const
      const toCustomer = { ...record, timelineItem: { ...record.timelineItem, to } }
      await deliver({ ...outgoing, record: toCustomer }, soon(0))
      expect(await recordFeedback(feedbackOf('Bounce', permanent), soon(1))).toBe('bounced')
      expect(await troubles()).toEqual([])
      expect(await events()).toEqual([])
    })

    it('a mail without a known tag is ignored', async () => {
      const other = { pk: 'PROGRAM', sk: 'POLICY', entity: 'policy' }
      await put({ put: other, when: { pk: 'absent' } })
      for (const tag of [null, '', 'AAAA', keyTag(other)])
        expect(await recordFeedback(feedbackOf('Bounce', permanent, tag), soon(1))).toBeUndefined()
      expect(await table.items()).toEqual([other])
    })

    it('readFeedback rejects invalid notifications', () => {
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

  it('returns only the failed messages', async () => {
    const Records = [message('1', '{}'), message('2', '{"fail":true}'), message('3', 'not JSON')]
    queue.on(SendMessageCommand).resolves({})
    const answer = await handle({ Records }, context)
    expect(answer.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier)).toEqual(['2'])
  })

  it('sends an unreadable message to the dead-letter queue at once', async () => {
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

  /** Returns the FAULT attribute of the dead letter that a handler sends for a message. */
  const faultFor = async (handle: ReturnType<typeof worker>, body: unknown): Promise<string | undefined> => {
    queue.on(SendMessageCommand).resolves({})
    await handle({ Records: [message('1', JSON.stringify(body))] }, context)
    return queue.commandCalls(SendMessageCommand).at(-1)?.args[0].input.MessageAttributes?.FAULT?.StringValue
  }

  it('lists the invalid fields in the FAULT attribute of a dead letter', async () => {
    const feedback = worker(readFeedback, async () => {})
    expect(await faultFor(feedback, { detail: { eventType: 'Call Ada', mail: {} } })).toBe(
      'the message cannot be read: detail.eventType: invalid_value; detail.mail.tags: invalid_type',
    )
    expect(await faultFor(feedback, 'Ada')).toBe('the message cannot be read: content: invalid_type')
  })

  it('lists the invalid fields of an event in the FAULT attribute of a dead letter', async () => {
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

  it('does not quote the message of other errors', async () => {
    const broken = worker(
      body => {
        throw new TypeError(`cannot use ${body}`)
      },
      async () => {},
    )
    expect(await faultFor(broken, 'Ada')).toBe('the message cannot be read: content: TypeError')
    expect(JSON.stringify(vi.mocked(logger.error).mock.calls)).not.toContain('Ada')
  })

  it('logs a schema error in one line', () => {
    const { message, stack = '' } = loggableError(z.object({ a: z.string() }).safeParse({}).error)
    expect(message).toBe('the content cannot be read: a: invalid_type')
    expect(stack.split('\n')[0]).toBe(`ZodError: ${message}`)
    expect(stack).not.toContain('[')
  })

  it('leaves an unreadable message to the queue if the dead-letter queue fails', async () => {
    queue.on(SendMessageCommand).rejects(new Error('down'))
    const answer = await handle({ Records: [message('1', 'no JSON')] }, context)
    expect(answer.batchItemFailures).toEqual([{ itemIdentifier: '1' }])
  })

  it('acknowledges a message that needs no work, such as an event of an unknown type', async () => {
    const worked: Event[] = []
    const handle = worker(readDelivery, async event => void worked.push(event))
    const { event } = received()
    const bodies = [event, { ...event, type: 'referral.unheard-of' }].map(detail =>
      JSON.stringify({ detail }),
    )
    const answer = await handle(
      { Records: bodies.map((body, index) => message(String(index), body)) },
      context,
    )
    expect(answer.batchItemFailures).toEqual([])
    expect(worked).toEqual([event])
  })

  it('processes groups together, repeats a failed group message by message, and does not block other groups', async () => {
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

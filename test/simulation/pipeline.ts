/**
 * Simulates AWS behind the API: stream, event bus, queues and workers with retries. The workers run the code of the
 * program; tests set the time.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import { marshall } from '@aws-sdk/util-dynamodb'
import type { DynamoDBRecord } from 'aws-lambda'
import { handler as publishEvents } from '../../functions/publish-events.ts'
import { forgetRegions } from '../../shared/discovery/directory/snapshot.ts'
import { learnedEvents } from '../../shared/discovery/reputation/contract.ts'
import { learnFrom } from '../../shared/discovery/reputation/service.ts'
import type { Event, EventType } from '../../shared/events/contract.ts'
import { readDelivery } from '../../shared/events/store.ts'
import { sendDigests } from '../../shared/messaging/digest/send-digests.ts'
import { eventsWithoutSuggestions, eventsWithSuggestions } from '../../shared/messaging/mail/contract.ts'
import { mailEvent } from '../../shared/messaging/mail/mail-event.ts'
import { readFeedback, recordFeedback } from '../../shared/messaging/mail/record-feedback.ts'
import { addSuggestions } from '../../shared/messaging/mail/suggest-partners.ts'
import { type MailTask, readMailTask } from '../../shared/messaging/mail/task.ts'
import type { Item } from '../../shared/persistence/item.ts'
import { completeEvents } from '../../shared/referrals/referral/partner-events.ts'
import { armTimers } from '../../shared/referrals/timer/arm-timers.ts'
import { timedEvents, timer } from '../../shared/referrals/timer/contract.ts'
import { handleTimer } from '../../shared/referrals/timer/handle-timer.ts'
import { sweep } from '../../shared/referrals/timer/sweep.ts'
import { type Call, connect, inputOf, mailQueueUrl } from './aws.ts'
import { Timers } from './scheduler.ts'
import { MemoryTable } from './table.ts'

/** The part of the program that runs: the API or one of the workers. */
export type Runner = 'API' | 'publish-events' | Worker
type ScheduledWorker = 'sweep-overdue' | 'send-digests'
type Worker =
  | 'arm-timers'
  | 'on-timer'
  | 'suggest-partners'
  | 'send-mail'
  | 'record-mail-feedback'
  | 'update-reputation'
  | ScheduledWorker

/** The kinds of faults of an AWS call. */
export const faults = ['crash before', 'crash after', 'no answer'] as const
export type Fault = (typeof faults)[number]

/** The number of the AWS call that fails, counted over all calls, and the fault. */
export interface Point {
  readonly call: number
  readonly fault: Fault
}

/** An AWS call and the part of the program that made it. */
export interface Made {
  readonly runner: Runner
  readonly call: Call
}

/** One run of a function. After a crash, its pending work stops. */
interface Invocation {
  readonly runner: Runner
  isDead: boolean
  readonly die: () => void
}

interface Message {
  readonly body: string
  visibleAt: number
  receives: number
}

/** Six times the time limit of a worker, in milliseconds. */
const visibilityTimeoutMs = 180_000
const maxReceives = 5

/** Thrown when a call gets no response. The caller does not know whether it was executed. */
class NoAnswer extends Error {
  override readonly name = 'TimeoutError'
}

export class Pipeline {
  /** Epoch milliseconds. */
  now: number
  readonly table = new MemoryTable()
  readonly timers = new Timers(() => this.now)
  /** Recipient and subject of each mail that SES has accepted. */
  readonly mails: string[] = []
  /** Addresses whose mail bounces. */
  readonly bouncing = new Set<string>()
  readonly deadLetters: string[] = []
  /** Calls of the program in order. Calls of tests are not included. */
  readonly made: Made[] = []
  readonly #point: Point | undefined
  readonly #invocations = new AsyncLocalStorage<Invocation>()
  readonly #queues: Readonly<Record<Worker, Message[]>> = {
    'arm-timers': [],
    'suggest-partners': [],
    'send-mail': [],
    'record-mail-feedback': [],
    'update-reputation': [],
    'send-digests': [],
    'on-timer': [],
    'sweep-overdue': [],
  }
  #stream: DynamoDBRecord[] = []

  constructor(now: number, point?: Point) {
    this.now = now
    this.#point = point
    connect(call => this.#intercept(call))
  }

  /** Sends a request to the API, and repeats it until there is a response, at most three times. */
  async ask<T>(request: (now: Date) => Promise<T>): Promise<T> {
    for (let attempt = 0; attempt < 3; attempt++) {
      const answered = await this.#invoke('API', () => request(new Date(this.now)))
      if (answered.end === 'done') return answered.result
      if (answered.end === 'failed' && !(answered.error instanceof NoAnswer)) throw answered.error
    }
    throw new Error('the API has not responded to three requests')
  }

  /** Triggers a worker that runs on a schedule. */
  tick(worker: ScheduledWorker): void {
    this.#queues[worker].push({ body: '{}', visibleAt: this.now, receives: 0 })
  }

  /** Advances the clock to an instant and does all work that becomes due. */
  async pass(until: number): Promise<void> {
    for (;;) {
      await this.#settle()
      const next = Math.min(
        ...[...this.timers.schedules.values()].map(({ at }) => at),
        ...Object.values(this.#queues).flatMap(messages => messages.map(({ visibleAt }) => visibleAt)),
      )
      if (next > until) break
      this.now = Math.max(this.now, next)
    }
    this.now = until
  }

  async #settle(): Promise<void> {
    for (let isBusy = true; isBusy; ) {
      const streamed = await this.#publish()
      for (const schedule of [...this.timers.schedules.values()])
        if (schedule.at <= this.now) this.timers.release(schedule)
      for (const { body, visibleAt } of this.timers.messages.splice(0))
        this.#queues['on-timer'].push({ body, visibleAt, receives: 0 })
      const worked: boolean[] = []
      for (const worker of Object.keys(this.#queues) as Worker[]) worked.push(await this.#work(worker))
      isBusy = streamed || worked.includes(true)
    }
  }

  /** Delivers the next batch of the stream, as Lambda does. A reported failure is delivered again. */
  async #publish(): Promise<boolean> {
    const batch = this.#stream.slice(0, 10)
    if (batch.length === 0) return false
    const run = await this.#invoke('publish-events', () => publishEvents({ Records: batch }))
    if (run.end !== 'done') return true
    const [failure] = run.result.batchItemFailures
    const failed = batch.findIndex(({ dynamodb }) => dynamodb?.SequenceNumber === failure?.itemIdentifier)
    this.#stream = this.#stream.slice(failure ? failed : batch.length)
    return true
  }

  async #work(worker: Worker): Promise<boolean> {
    const messages = this.#queues[worker]
    const message = messages.find(({ visibleAt }) => visibleAt <= this.now)
    if (!message) return false
    message.visibleAt = this.now + visibilityTimeoutMs
    message.receives++
    const run = await this.#invoke(worker, () => this.#handlers[worker](message.body, new Date(this.now)))
    const isDone = run.end === 'done'
    if (isDone || message.receives === maxReceives) messages.splice(messages.indexOf(message), 1)
    if (!isDone && message.receives === maxReceives) this.deadLetters.push(message.body)
    return true
  }

  readonly #handlers: Readonly<Record<Worker, (body: string, now: Date) => Promise<unknown>>> = {
    'arm-timers': (body, now) => armTimers(delivered(body), now),
    'suggest-partners': (body, now) => addSuggestions(delivered(body), now),
    'send-mail': (body, now) => mailEvent(mailTask(body), now),
    'record-mail-feedback': (body, now) => recordFeedback(readFeedback(JSON.parse(body)), now),
    'update-reputation': (body, now) => learnFrom([delivered(body)], now, completeEvents),
    'send-digests': async (_, now) => {
      const { failed } = await sendDigests(now)
      if (failed > 0) throw new Error('sending a digest has failed')
    },
    'on-timer': (body, now) => handleTimer(timer.parse(JSON.parse(body)), now),
    'sweep-overdue': async (_, now) => {
      const { failed } = await sweep(now)
      if (failed > 0) throw new Error('the sweep has failed for a referral')
    },
  }

  async #invoke<T>(runner: Runner, work: () => Promise<T>) {
    // Each invocation starts with an empty cache, so that a fault can also hit its initialization.
    forgetRegions()
    const { promise: crashed, resolve: die } = Promise.withResolvers<void>()
    const invocation: Invocation = { runner, isDead: false, die }
    const run = this.#invocations.run(invocation, work).then(
      result => ({ end: 'done', result }) as const,
      (error: unknown) => ({ end: 'failed', error }) as const,
    )
    return Promise.race([run, crashed.then(() => ({ end: 'crashed' }) as const)])
  }

  async #intercept(call: Call): Promise<object> {
    const invocation = this.#invocations.getStore()
    // Calls of the test itself are not part of the program.
    if (!invocation) return this.#answer(call)
    if (invocation.isDead) return never
    this.made.push({ runner: invocation.runner, call })
    const fault = this.made.length === this.#point?.call ? this.#point.fault : undefined
    if (fault === 'crash before') return crash(invocation)
    const answer = await this.#answer(call)
    if (fault === 'crash after') return crash(invocation)
    if (fault === 'no answer') throw new NoAnswer()
    return answer
  }

  async #answer(call: Call): Promise<object> {
    if (call.service === 'events') return this.#route(call)
    if (call.service === 'ses') return this.#mail(call)
    if (call.service === 'sqs' && isForMail(call)) return this.#queueMail(call)
    if (call.service !== 'dynamodb') return this.timers.handle(call)
    const answer = await this.table.handle(call)
    if (call.operation === 'TransactWrite') this.#record(call)
    return answer
  }

  /** The event source mapping of the stream passes only events. */
  #record(call: Call): void {
    const { TransactItems } = inputOf<{ TransactItems: { Put?: { Item: Item } }[] }>(call)
    for (const { Put } of TransactItems) {
      if (Put?.Item.entity !== 'event') continue
      const NewImage = marshall(Put.Item, { removeUndefinedValues: true })
      const SequenceNumber = String(++this.#sequence)
      this.#stream.push({ dynamodb: { SequenceNumber, NewImage } } as DynamoDBRecord)
    }
  }
  #sequence = 0

  /** Applies the rules of the event bus. */
  #route(call: Call): object {
    const { Entries } = inputOf<{ Entries: { DetailType: EventType; Detail: string }[] }>(call)
    const rules = {
      'arm-timers': timedEvents,
      'suggest-partners': eventsWithSuggestions,
      'send-mail': eventsWithoutSuggestions,
      'update-reputation': learnedEvents,
    } as const
    for (const { DetailType, Detail } of Entries)
      for (const [worker, types] of Object.entries(rules) as [keyof typeof rules, readonly EventType[]][])
        if (types.includes(DetailType)) {
          const body = JSON.stringify({ detail: JSON.parse(Detail) })
          this.#queues[worker].push({ body, visibleAt: this.now, receives: 0 })
        }
    return { FailedEntryCount: 0, Entries: Entries.map(() => ({ EventId: 'x' })) }
  }

  #queueMail(call: Call): object {
    const { MessageBody: body } = inputOf<{ MessageBody: string }>(call)
    this.#queues['send-mail'].push({ body, visibleAt: this.now, receives: 0 })
    return { MessageId: 'x' }
  }

  #mail(call: Call): object {
    const { Destinations, RawMessage, Tags } = inputOf<{
      Destinations: string[]
      RawMessage: { Data: Uint8Array }
      Tags: { Name: string; Value: string }[]
    }>(call)
    const [, subject] = /^Subject: (.+(?:\r\n .+)*)/m.exec(Buffer.from(RawMessage.Data).toString()) ?? []
    this.mails.push(`${Destinations} ${subject?.replaceAll('\r\n', '')}`)
    const isBouncing = Destinations.some(address => this.bouncing.has(address))
    const feedback = isBouncing
      ? { eventType: 'Bounce', bounce: { bounceType: 'Permanent' } }
      : { eventType: 'Delivery' }
    const tags = Object.fromEntries(Tags.map(({ Name, Value }) => [Name, [Value]]))
    const body = JSON.stringify({ detail: { ...feedback, mail: { tags } } })
    this.#queues['record-mail-feedback'].push({ body, visibleAt: this.now, receives: 0 })
    return { MessageId: String(this.mails.length) }
  }
}

const delivered = (body: string): Event => {
  const event = readDelivery(JSON.parse(body))
  if (!event) throw new Error('the bus delivered an event of an unknown type')
  return event
}

const mailTask = (body: string): MailTask => {
  const task = readMailTask(JSON.parse(body))
  if (!task) throw new Error('the queue of send-mail holds an event of an unknown type')
  return task
}

const isForMail = (call: Call): boolean => inputOf<{ QueueUrl: string }>(call).QueueUrl === mailQueueUrl

const never = new Promise<never>(() => {})

const crash = (invocation: Invocation): Promise<never> => {
  invocation.isDead = true
  invocation.die()
  return never
}

/**
 * Simulates the AWS services behind the API: table stream, event bus, queues, and workers. A message is delivered again
 * until its worker succeeds, at most five times. The workers run the code of the program; tests set the clock.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import { marshall } from '@aws-sdk/util-dynamodb'
import type { DynamoDBRecord } from 'aws-lambda'
import { handler as publishEvents } from '../../functions/publish-events.ts'
import { updateLookup } from '../../functions/update-lookup.ts'
import { forgetRegions } from '../../shared/discovery/directory/snapshot.ts'
import { learnedEvents } from '../../shared/discovery/reputation/contract.ts'
import { learnFrom } from '../../shared/discovery/reputation/service.ts'
import type { Event, EventType } from '../../shared/events/contract.ts'
import { readDelivery } from '../../shared/events/store.ts'
import { sendDigests } from '../../shared/messaging/digest/send-digests.ts'
import { directEvents, preparedEvents } from '../../shared/messaging/mail/contract.ts'
import { mailEvent } from '../../shared/messaging/mail/mail-event.ts'
import { readFeedback, recordFeedback } from '../../shared/messaging/mail/record-feedback.ts'
import { prepareMail } from '../../shared/messaging/mail/suggest-partners.ts'
import { type MailTask, readMailTask } from '../../shared/messaging/mail/task.ts'
import type { Item } from '../../shared/persistence/item.ts'
import { indexedEvents } from '../../shared/referrals/lookup/contract.ts'
import { completeEvents } from '../../shared/referrals/referral/partner-events.ts'
import { armTimers } from '../../shared/referrals/timer/arm-timers.ts'
import { timedEvents, timer } from '../../shared/referrals/timer/contract.ts'
import { handleTimer } from '../../shared/referrals/timer/handle-timer.ts'
import { sweep } from '../../shared/referrals/timer/sweep.ts'
import { type Call, connect, inputOf, mailQueueUrl } from './aws.ts'
import { Timers } from './scheduler.ts'
import { MemoryTable } from './table.ts'

/** Function that runs: the API or one of the workers. */
export type Runner = 'API' | 'publish-events' | Worker
type ScheduledWorker = 'sweep-overdue' | 'send-digests'
type Worker =
  | 'arm-timers'
  | 'on-timer'
  | 'suggest-partners'
  | 'send-mail'
  | 'record-mail-feedback'
  | 'update-reputation'
  | 'update-lookup'
  | ScheduledWorker

/**
 * Kinds of injected failures. `no response`: the call is executed, but its caller gets a timeout.
 */
export const failureKinds = ['crash before', 'crash after', 'no response'] as const
export type FailureKind = (typeof failureKinds)[number]

export interface InjectedFailure {
  /** Number of the AWS call that fails, counted from 1 over all calls of a run. */
  readonly call: number
  readonly kind: FailureKind
}

/** An AWS call and the function that made it. */
export interface RecordedCall {
  readonly runner: Runner
  readonly call: Call
}

/** One run of a function. After a crash, none of its AWS calls returns. */
interface Invocation {
  readonly runner: Runner
  hasCrashed: boolean
  readonly reportCrash: () => void
}

interface Message {
  readonly body: string
  visibleAt: number
  receives: number
}

/** Six times the timeout of a worker. */
const visibilityTimeoutMs = 180_000
const maxReceives = 5

/** Thrown by an AWS call without a response. Its caller cannot know whether it was executed. */
class NoResponse extends Error {
  override readonly name = 'TimeoutError'
}

export class Pipeline {
  /** Time of the simulation, in epoch milliseconds. */
  now: number
  readonly table = new MemoryTable()
  readonly timers = new Timers(() => this.now)
  /** Addresses and subject of each mail that SES has accepted. */
  readonly mails: string[] = []
  /** Addresses whose mail bounces. */
  readonly bouncing = new Set<string>()
  /** Addresses whose mail bounces temporarily, after all retries of SES. */
  readonly full = new Set<string>()
  readonly deadLetters: string[] = []
  /** AWS calls that functions made, in order. Calls of tests are not included. */
  readonly calls: RecordedCall[] = []
  readonly #failure: InjectedFailure | undefined
  readonly #invocations = new AsyncLocalStorage<Invocation>()
  readonly #queues: Readonly<Record<Worker, Message[]>> = {
    'arm-timers': [],
    'suggest-partners': [],
    'send-mail': [],
    'record-mail-feedback': [],
    'update-reputation': [],
    'update-lookup': [],
    'send-digests': [],
    'on-timer': [],
    'sweep-overdue': [],
  }
  #stream: DynamoDBRecord[] = []

  constructor(now: number, failure?: InjectedFailure) {
    this.now = now
    this.#failure = failure
    connect(call => this.#intercept(call))
  }

  /** Sends a request to the API, and repeats it after a crash or a timeout, at most twice. */
  async callApi<T>(request: (now: Date) => Promise<T>): Promise<T> {
    for (let attempt = 0; attempt < 3; attempt++) {
      const run = await this.#invoke('API', () => request(new Date(this.now)))
      if (run.end === 'done') return run.result
      if (run.end === 'failed' && !(run.error instanceof NoResponse)) throw run.error
    }
    throw new Error('the API did not respond to three requests')
  }

  /** Sends the message of a recurring schedule to its worker. */
  trigger(worker: ScheduledWorker): void {
    this.#queues[worker].push({ body: '{}', visibleAt: this.now, receives: 0 })
  }

  /** Advances the clock to an instant, in epoch milliseconds, and does all work that becomes due. */
  async advanceTo(until: number): Promise<void> {
    for (;;) {
      await this.#runUntilIdle()
      const next = Math.min(
        ...[...this.timers.schedules.values()].map(({ at }) => at),
        ...Object.values(this.#queues).flatMap(messages => messages.map(({ visibleAt }) => visibleAt)),
      )
      if (next > until) break
      this.now = Math.max(this.now, next)
    }
    this.now = until
  }

  async #runUntilIdle(): Promise<void> {
    for (let isBusy = true; isBusy; ) {
      const streamed = await this.#deliverStream()
      for (const schedule of [...this.timers.schedules.values()])
        if (schedule.at <= this.now) this.timers.fire(schedule)
      for (const { body, visibleAt } of this.timers.messages.splice(0))
        this.#queues['on-timer'].push({ body, visibleAt, receives: 0 })
      const worked: boolean[] = []
      for (const worker of Object.keys(this.#queues) as Worker[])
        worked.push(await this.#deliverMessage(worker))
      isBusy = streamed || worked.includes(true)
    }
  }

  /** Delivers the next batch of the stream. Records from the first reported failure on are delivered again. */
  async #deliverStream(): Promise<boolean> {
    const batch = this.#stream.slice(0, 10)
    if (batch.length === 0) return false
    const run = await this.#invoke('publish-events', () => publishEvents({ Records: batch }))
    if (run.end !== 'done') return true
    const [failure] = run.result.batchItemFailures
    const failed = batch.findIndex(({ dynamodb }) => dynamodb?.SequenceNumber === failure?.itemIdentifier)
    this.#stream = this.#stream.slice(failure ? failed : batch.length)
    return true
  }

  /** Delivers one visible message to a worker. @returns false if there is none */
  async #deliverMessage(worker: Worker): Promise<boolean> {
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
    'arm-timers': (body, now) => armTimers(eventIn(body), now),
    'suggest-partners': (body, now) => prepareMail(eventIn(body), now),
    'send-mail': (body, now) => mailEvent(mailTaskIn(body), now),
    'record-mail-feedback': (body, now) => recordFeedback(readFeedback(JSON.parse(body)), now),
    'update-reputation': (body, now) => learnFrom([eventIn(body)], now, completeEvents),
    'update-lookup': body => updateLookup([eventIn(body)]),
    'send-digests': async (_, now) => {
      const { failed } = await sendDigests(now)
      if (failed > 0) throw new Error(`sending failed for ${failed} digests`)
    },
    'on-timer': (body, now) => handleTimer(timer.parse(JSON.parse(body)), now),
    'sweep-overdue': async (_, now) => {
      const { failed } = await sweep(now)
      if (failed > 0) throw new Error(`the sweep failed for ${failed} referrals or index partitions`)
    },
  }

  async #invoke<T>(runner: Runner, work: () => Promise<T>) {
    // Each invocation starts with empty caches, so that failures also hit the calls that fill them.
    forgetRegions()
    const { promise: crashed, resolve: reportCrash } = Promise.withResolvers<void>()
    const invocation: Invocation = { runner, hasCrashed: false, reportCrash }
    const run = this.#invocations.run(invocation, work).then(
      result => ({ end: 'done', result }) as const,
      (error: unknown) => ({ end: 'failed', error }) as const,
    )
    return Promise.race([run, crashed.then(() => ({ end: 'crashed' }) as const)])
  }

  async #intercept(call: Call): Promise<object> {
    const invocation = this.#invocations.getStore()
    // Calls outside of an invocation belong to the test: they are not recorded and never fail.
    if (!invocation) return this.#respond(call)
    if (invocation.hasCrashed) return never
    this.calls.push({ runner: invocation.runner, call })
    const failure = this.calls.length === this.#failure?.call ? this.#failure.kind : undefined
    if (failure === 'crash before') return crash(invocation)
    const response = await this.#respond(call)
    if (failure === 'crash after') return crash(invocation)
    if (failure === 'no response') throw new NoResponse()
    return response
  }

  async #respond(call: Call): Promise<object> {
    if (call.service === 'events') return this.#putEvents(call)
    if (call.service === 'ses') return this.#sendMail(call)
    if (call.service === 'sqs' && isToMailQueue(call)) return this.#addToMailQueue(call)
    if (call.service !== 'dynamodb') return this.timers.handle(call)
    const response = await this.table.handle(call)
    if (call.operation === 'TransactWrite') this.#addToStream(call)
    return response
  }

  /** Adds the events of a transaction to the stream, like the filter of the event source mapping. */
  #addToStream(call: Call): void {
    const { TransactItems } = inputOf<{ TransactItems: { Put?: { Item: Item } }[] }>(call)
    for (const { Put } of TransactItems) {
      if (Put?.Item.entity !== 'event') continue
      const NewImage = marshall(Put.Item, { removeUndefinedValues: true })
      const SequenceNumber = String(++this.#sequence)
      this.#stream.push({ dynamodb: { SequenceNumber, NewImage } } as DynamoDBRecord)
    }
  }
  #sequence = 0

  /** Copies each event to the queues of the bus rules that match. */
  #putEvents(call: Call): object {
    const { Entries } = inputOf<{ Entries: { DetailType: EventType; Detail: string }[] }>(call)
    const rules = {
      'arm-timers': timedEvents,
      'suggest-partners': preparedEvents,
      'send-mail': directEvents,
      'update-reputation': learnedEvents,
      'update-lookup': indexedEvents,
    } as const
    for (const { DetailType, Detail } of Entries)
      for (const [worker, types] of Object.entries(rules) as [keyof typeof rules, readonly EventType[]][])
        if (types.includes(DetailType)) {
          const body = JSON.stringify({ detail: JSON.parse(Detail) })
          this.#queues[worker].push({ body, visibleAt: this.now, receives: 0 })
        }
    return { FailedEntryCount: 0, Entries: Entries.map(() => ({ EventId: 'x' })) }
  }

  #addToMailQueue(call: Call): object {
    const { MessageBody: body, DelaySeconds = 0 } = inputOf<{ MessageBody: string; DelaySeconds?: number }>(
      call,
    )
    this.#queues['send-mail'].push({ body, visibleAt: this.now + DelaySeconds * 1000, receives: 0 })
    return { MessageId: 'x' }
  }

  #sendMail(call: Call): object {
    const { Destinations, RawMessage, Tags } = inputOf<{
      Destinations: string[]
      RawMessage: { Data: Uint8Array }
      Tags: { Name: string; Value: string }[]
    }>(call)
    const [, subject] = /^Subject: (.+(?:\r\n .+)*)/m.exec(Buffer.from(RawMessage.Data).toString()) ?? []
    this.mails.push(`${Destinations} ${subject?.replaceAll('\r\n', '')}`)
    const feedback = this.#feedbackOn(Destinations)
    const tags = Object.fromEntries(Tags.map(({ Name, Value }) => [Name, [Value]]))
    const body = JSON.stringify({ detail: { ...feedback, mail: { tags } } })
    this.#queues['record-mail-feedback'].push({ body, visibleAt: this.now, receives: 0 })
    return { MessageId: String(this.mails.length) }
  }

  #feedbackOn(destinations: readonly string[]): object {
    const bounce = (bounceType: string) => ({ eventType: 'Bounce', bounce: { bounceType } })
    if (destinations.some(address => this.bouncing.has(address))) return bounce('Permanent')
    return destinations.some(address => this.full.has(address))
      ? bounce('Transient')
      : { eventType: 'Delivery' }
  }
}

const eventIn = (body: string): Event => {
  const event = readDelivery(JSON.parse(body))
  if (!event) throw new Error('the bus delivered an event of an unknown type')
  return event
}

const mailTaskIn = (body: string): MailTask => {
  const task = readMailTask(JSON.parse(body))
  if (!task) throw new Error('the queue of send-mail contains an event of an unknown type')
  return task
}

const isToMailQueue = (call: Call): boolean => inputOf<{ QueueUrl: string }>(call).QueueUrl === mailQueueUrl

const never = new Promise<never>(() => {})

const crash = (invocation: Invocation): Promise<never> => {
  invocation.hasCrashed = true
  invocation.reportCrash()
  return never
}

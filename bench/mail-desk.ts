/**
 * Sends the mails of events with an in-memory table and SES with simulated latency. This handles more mails than a
 * whole local cloud on one machine.
 */

import { AsyncLocalStorage } from 'node:async_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Event } from '../shared/events/contract.ts'
import { readEvent } from '../shared/events/store.ts'
import { languages } from '../shared/messaging/language/contract.ts'
import { mailedEvents } from '../shared/messaging/mail/contract.ts'
import { partnerOperations } from '../shared/partners/partner/contract.ts'
import { createPartner } from '../shared/partners/partner/service.ts'
import { profileOperations } from '../shared/partners/profile/contract.ts'
import { putProfile } from '../shared/partners/profile/put-profile.ts'
import { setActive } from '../shared/partners/profile/set-active.ts'
import { attempt } from '../shared/persistence/idempotency.ts'
import { eventEntity } from '../shared/persistence/schema.ts'
import { defaultPolicy } from '../shared/program/policy/rules.ts'
import { rfiOperations } from '../shared/referrals/rfi/contract.ts'
import { createRfi } from '../shared/referrals/rfi/create-rfi.ts'
import { profileContext } from '../test/fixtures/profile-context.ts'
import { type Call, connect, disconnect } from '../test/simulation/aws.ts'
import { MemoryTable } from '../test/simulation/table.ts'
import { contactsPerLocation, profileContent, rfiBody } from './program.ts'

/** Simulated latency of a call, in milliseconds. */
export interface Latency {
  readonly dynamodb: number
  readonly ses: number
}

/** Sends the mails of an event. */
export type Mailer = (event: Event) => Promise<unknown>

export interface Load {
  readonly rfis: number
  /** Milliseconds between RFIs, independent of earlier ones. Undefined sends all at once. */
  readonly everyMs?: number
  readonly workers: number
  readonly latency: Latency
  readonly mailer: Mailer
}

export interface LoadOutcome {
  readonly mails: number
  /** Time from the first event to the last hand-over to SES. */
  readonly seconds: number
  /**
   * Milliseconds from the event of each mail to its hand-over to SES. For mails that were not handed over, the time so
   * far.
   */
  readonly waitedMs: readonly number[]
  readonly isKeptUp: boolean
}

const recipients = 3
/** Time limit for the work that is left when the load ends. */
const timeLimitMs = 5000

/** Returns the number of mails of an event. */
export const mailsOf = ({ type }: Event): number => (type === 'rfi.received' ? 1 : contactsPerLocation)

/** Sends the mails of RFIs to three partners with two contacts each. */
export const carry = async (load: Load): Promise<LoadOutcome> => {
  const simulation = new MailSimulation()
  try {
    return await simulation.carry(load)
  } finally {
    disconnect()
  }
}

interface QueuedEvent {
  readonly event: Event
  readonly dueAt: number
}

class MailSimulation {
  readonly #table = new MemoryTable()
  readonly #queue = new Queue<QueuedEvent>()
  readonly #underWay = new AsyncLocalStorage<QueuedEvent>()
  readonly #waitedMs: number[] = []
  #latency: Latency = { dynamodb: 0, ses: 0 }

  constructor() {
    connect(call => this.#answer(call))
  }

  async carry({ rfis, everyMs, workers, latency, mailer }: Load): Promise<LoadOutcome> {
    const events = await this.#prepare(rfis)
    this.#latency = latency
    const startedAt = performance.now()
    const work = Promise.all(Array.from({ length: workers }, () => this.#work(mailer)))
    await this.#queueEvents(events, startedAt, everyMs ?? 0)
    const isKeptUp = await Promise.race([work.then(() => true), timeLimit(everyMs)])
    const left = this.#queue.takeAll()
    await work
    return this.#outcome(startedAt, left, isKeptUp)
  }

  async #answer({ service, ...call }: Call): Promise<object> {
    if (service === 'dynamodb') {
      await pause(this.#latency.dynamodb)
      return this.#table.handle({ service, ...call })
    }
    await pause(this.#latency.ses)
    const message = this.#underWay.getStore()
    if (message) this.#waitedMs.push(performance.now() - message.dueAt)
    return { MessageId: String(this.#waitedMs.length) }
  }

  /** Returns the mailed events by RFI. */
  async #prepare(rfis: number): Promise<Event[][]> {
    // Enough partners that no contact exceeds the limit for the digest.
    const partners = Math.ceil((rfis * recipients) / (defaultPolicy.digestAbove ?? 1))
    const profiles: { profileId: string }[] = []
    for (let number = 0; number < Math.max(partners, recipients); number++)
      profiles.push(await enroll(number))
    for (let number = 0; number < rfis; number++) await ask(number, profiles)
    const items = await this.#table.items()
    const events = items.flatMap(item => (item.entity === eventEntity && readEvent(item)) || [])
    const mailed = events.filter(({ type }) => (mailedEvents as readonly string[]).includes(type))
    return [...Map.groupBy(mailed, ({ subject }) => subject.rfiId).values()]
  }

  /** Queues the events. Each event has the time at which it was due, so that delays of the machine count as waiting. */
  async #queueEvents(events: readonly Event[][], startedAt: number, everyMs: number): Promise<void> {
    for (const [index, ofRfi] of events.entries()) {
      const dueAt = startedAt + index * everyMs
      if (everyMs > 0) await pause(dueAt - performance.now())
      for (const event of ofRfi) this.#queue.put({ event, dueAt })
    }
    this.#queue.close()
  }

  /** Handles one message at a time, as a function does. */
  async #work(mailer: Mailer): Promise<void> {
    for (let message = await this.#queue.take(); message; message = await this.#queue.take()) {
      const { event } = message
      await this.#underWay.run(message, () => mailer(event))
    }
  }

  #outcome(startedAt: number, left: readonly QueuedEvent[], isKeptUp: boolean): LoadOutcome {
    const now = performance.now()
    const waiting = left.flatMap(({ event, dueAt }) =>
      Array.from({ length: mailsOf(event) }, () => now - dueAt),
    )
    return {
      mails: this.#waitedMs.length,
      seconds: (now - startedAt) / 1000,
      waitedMs: [...this.#waitedMs, ...waiting],
      isKeptUp,
    }
  }
}

/** Resolves to false at the time limit. A load without a pace has no limit. */
const timeLimit = (everyMs: number | undefined): Promise<boolean> =>
  everyMs === undefined ? new Promise(() => {}) : sleep(timeLimitMs, false)

const pause = async (ms: number): Promise<void> => {
  if (ms > 0) await sleep(ms)
}

/** Creates a partner of the same size as in the other measurements. The languages alternate. */
const enroll = async (number: number): Promise<{ profileId: string }> => {
  const now = new Date()
  const asked = partnerOperations.createPartner.body.parse({ name: `Partner ${number}` })
  const { body } = await createPartner(asked, {
    attempt: attempt('operator', `partner ${number}`, 'createPartner', asked),
    actor: { kind: 'operator' },
    now,
  })
  const locale = languages[number % languages.length]
  const locations = profileContent.locations.map(location => ({
    ...location,
    contacts: location.contacts.map(contact => ({
      ...contact,
      locale,
      email: contact.email.replace('@', `@office-${number}.`),
    })),
  }))
  const content = profileOperations.putProfile.body.parse({ ...profileContent, locations })
  const owner = { partnerId: body.id, region: 'DE' }
  const writing = { actor: { kind: 'partner' }, now } as const
  const { version } = await putProfile(owner, content, { ...writing, version: undefined }, profileContext)
  return { profileId: (await setActive(owner, true, { ...writing, version })).body.id }
}

const ask = async (number: number, profiles: readonly { profileId: string }[]): Promise<void> => {
  const partners = Array.from({ length: recipients }, (_, index) => {
    const profile = profiles[(number * recipients + index) % profiles.length]
    if (!profile) throw new Error('the simulation has no partner')
    return profile
  })
  // Requests for direct contact bypass the digest. The others read the mail day of their contact.
  const asked = rfiOperations.createRfi.body.parse({
    ...rfiBody({ partners }, recipients),
    directContact: false,
  })
  await createRfi(asked, {
    attempt: attempt('customer', `rfi ${number}`, 'createRfi', asked),
    actor: { kind: 'customer' },
    now: new Date(),
  })
}

/** Queue of work. The consumer that has waited longest gets the next element. */
class Queue<T> {
  readonly #items: T[] = []
  readonly #takers: ((item: T | undefined) => void)[] = []
  #isClosed = false

  put(item: T): void {
    const taker = this.#takers.shift()
    if (taker) taker(item)
    else this.#items.push(item)
  }

  /** @returns undefined if the queue is empty and closed */
  take(): Promise<T | undefined> {
    const item = this.#items.shift()
    if (item !== undefined || this.#isClosed) return Promise.resolve(item)
    return new Promise(resolve => this.#takers.push(resolve))
  }

  takeAll(): T[] {
    return this.#items.splice(0)
  }

  close(): void {
    this.#isClosed = true
    for (const taker of this.#takers.splice(0)) taker(undefined)
  }
}

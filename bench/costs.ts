/**
 * Counts the billed units of AWS for a request from the RFI to the archive: in total, and the parts caused by deadlines
 * and by mails.
 */

import { type EventPattern, matchesPattern } from '../local/aws/eventbridge/event-pattern.ts'
import type { Cloud } from '../local/runtime/cloud.ts'
import { eventSource } from '../shared/events/contract.ts'
import { mailedEvents, preparedEvents } from '../shared/messaging/mail/contract.ts'
import { eventEntity } from '../shared/persistence/schema.ts'
import { timedEvents } from '../shared/referrals/timer/contract.ts'
import type { Item } from './capacity.ts'
import type { MeteredCall } from './meter.ts'
import { type Priced, prices } from './prices.ts'

/** Assumed duration of a function run. It can be measured only in AWS. */
export const assumed = { runMs: 50 } as const
/** A message is sent, received and deleted. With little load there are no batches. */
const requestsPerMessage = 3

/** The AWS usage of a request, without functions that run periodically. */
export interface RequestUsage {
  readonly cloud: Cloud
  readonly apiRequests: number
  readonly calls: readonly MeteredCall[]
  /** Number of schedules that fired. */
  readonly timers: number
  /** Number of mails, all delivered. */
  readonly mails: number
}

export type Counts = Readonly<Partial<Record<Priced, number>>>

export interface Cost {
  readonly item: string
  /** Count in the whole life. */
  readonly count: number
  readonly usdPerThousandReferrals: number
}

export const countsOf = ({ cloud, apiRequests, calls, timers, mails }: RequestUsage): Counts => {
  const events = eventsIn(calls)
  const suggested = countEvents(calls, preparedEvents)
  const delivered = sumOf(events, event => deliveries(cloud, typeOf(event)))
  const messages = timers + delivered + suggested + deliveryEventsOf(mails)
  return {
    apiRequests,
    ...workCounts({
      cloud,
      apiRequests,
      events: events.length,
      messages,
      suggested,
    }),
    writeUnits: sumOf(calls, ({ writeUnits }) => writeUnits),
    readUnits: sumOf(calls, ({ readUnits }) => readUnits),
    timers,
    mails,
  }
}

/** SES publishes one delivery event per mail. Events of AWS services on the default bus are free. */
const deliveryEventsOf = (mails: number): number => mails

const deadlineWorkers = ['arm-timers', 'on-timer']

/**
 * Returns the counts caused by deadlines: functions, queues and schedules, the events of timers, and the due index. The
 * mails of these events are not included.
 */
export const deadlineCounts = ({ cloud, calls, timers }: RequestUsage): Counts => {
  const ownCalls = calls.filter(({ by }) => deadlineWorkers.includes(by))
  const others = calls.filter(({ by }) => !deadlineWorkers.includes(by))
  const caused = eventsIn(ownCalls).length
  const armings = countEvents(calls, timedEvents)
  return {
    ...workCounts({ cloud, apiRequests: 0, events: caused, messages: armings + timers, suggested: 0 }),
    writeUnits: sumOf(ownCalls, ({ writeUnits }) => writeUnits) + sumOf(others, ({ dueUnits }) => dueUnits),
    readUnits: sumOf(ownCalls, ({ readUnits }) => readUnits),
    timers,
  }
}

const mailWorkers = ['suggest-partners', 'send-mail', 'record-mail-feedback']

/** Returns the counts caused by mails: functions, queues, items, and SES. */
export const mailCounts = ({ cloud, calls, mails }: RequestUsage): Counts => {
  const ownCalls = calls.filter(({ by }) => mailWorkers.includes(by))
  const suggested = countEvents(calls, preparedEvents)
  const messages = countEvents(calls, mailedEvents) + suggested + deliveryEventsOf(mails)
  return {
    ...workCounts({ cloud, apiRequests: 0, events: eventsIn(ownCalls).length, messages, suggested }),
    writeUnits: sumOf(ownCalls, ({ writeUnits }) => writeUnits),
    readUnits: sumOf(ownCalls, ({ readUnits }) => readUnits),
    mails,
  }
}

interface Work {
  readonly cloud: Cloud
  readonly apiRequests: number
  readonly events: number
  readonly messages: number
  /** Messages of suggest-partners, which sends each on to send-mail. */
  readonly suggested: number
}

const workCounts = ({ cloud, apiRequests, events, messages, suggested }: Work): Counts => {
  // With little load there are no batches: one invocation per message.
  const invocations = apiRequests + events + messages
  const { usual, searching } = memoriesIn(cloud)
  // The functions of the API and suggest-partners search the directory.
  const megabytes = invocations * usual + (apiRequests + suggested) * (searching - usual)
  return {
    lambdaRequests: invocations,
    lambdaMegabyteSeconds: (megabytes * assumed.runMs) / 1000,
    events,
    queueRequests: messages * requestsPerMessage,
  }
}

/** Returns the memory in megabytes of functions with the directory, and of the others. */
const memoriesIn = ({ template }: Cloud) => {
  const all = template.ofType('AWS::Lambda::Function').map(({ properties }) => Number(properties.MemorySize))
  return { usual: Math.min(...all), searching: Math.max(...all) }
}

const sumOf = <T>(all: readonly T[], amount: (one: T) => number): number =>
  all.reduce((sum, one) => sum + amount(one), 0)

const eventsIn = (calls: readonly MeteredCall[]): Item[] =>
  calls.flatMap(({ written }) => written).filter(({ entity }) => entity?.S === eventEntity)
const countEvents = (calls: readonly MeteredCall[], types: readonly string[]): number =>
  eventsIn(calls).filter(event => types.includes(typeOf(event))).length
const typeOf = ({ event }: Item): string => (event as { M: { type: { S: string } } }).M.type.S

/** Returns the number of queues to which the rules of the template send an event. */
const deliveries = ({ template }: Cloud, type: string): number =>
  template
    .ofType('AWS::Events::Rule')
    .filter(({ properties }) => properties.EventPattern)
    .filter(({ properties }) =>
      matchesPattern(properties.EventPattern as EventPattern, { source: eventSource, 'detail-type': type }),
    )
    .reduce((sum, { properties }) => sum + (properties.Targets as unknown[]).length, 0)

/** @param referrals number of referrals that the counts cover */
export const costsOf = (counts: Counts, referrals: number): Cost[] =>
  (Object.keys(prices) as Priced[]).flatMap(priced => {
    const count = counts[priced]
    if (!count) return []
    const { item, usdPerMillion } = prices[priced]
    return [{ item, count, usdPerThousandReferrals: ((count / referrals) * usdPerMillion) / 1000 }]
  })

export const sumUp = (costs: readonly Cost[]): number =>
  sumOf(costs, ({ usdPerThousandReferrals }) => usdPerThousandReferrals)

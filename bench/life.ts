/** What the whole life of a request costs in AWS: to three partners, of which one accepts, one declines and one lets it expire. */
import type { Fired } from '../local/clock.ts'
import type { Cloud } from '../local/cloud.ts'
import { type EventPattern, matchesPattern } from '../local/event-pattern.ts'
import { directoryOperations } from '../shared/directory/contract.ts'
import { eventSource } from '../shared/event/contract.ts'
import { milliseconds } from '../shared/platform/duration.ts'
import { eventEntity } from '../shared/platform/schema.ts'
import { defaultPolicy } from '../shared/policy/rules.ts'
import { referralOperations } from '../shared/referral/contract.ts'
import { rfiOperations } from '../shared/rfi/contract.ts'
import type { Item } from './capacity.ts'
import { awaitMails } from './mailbox.ts'
import type { Meter, MeteredCall } from './meter.ts'
import { type Priced, prices } from './prices.ts'
import {
  accept,
  closing,
  hold,
  mailsOfRfi,
  type Partner,
  type Program,
  refusal,
  type Sent,
  sendRfi,
} from './program.ts'
import { decimals, type Table } from './report.ts'

const recipients = 3
const sweeper = 'sweep-overdue'
/** The memory of each function, and how long it is taken to run: a guess, since only AWS can tell. */
const assumed = { memoryMb: 512, runMs: 50 } as const
/** A message is sent, received and deleted; in a quiet program each by itself. */
const requestsPerMessage = 3
const sweepEveryMs = 15 * 60_000
const sweepsPerHour = 4
const sweepsPerMonth = sweepsPerHour * 24 * 30

interface Cost {
  readonly item: string
  /** Of one RFI and its referrals. */
  readonly count: number
  readonly usdPerThousandReferrals: number
}

export interface LifeFigures {
  readonly referrals: number
  readonly costs: readonly Cost[]
  readonly usdPerThousandReferrals: number
  /** The sweeper's runs cost the same whatever the program has to do. */
  readonly sweeper: { readonly readUnits: number; readonly writeUnits: number; readonly usdPerMonth: number }
}

/** How many partners the program needs to have. */
export const partnersNeeded = recipients

/** @param program without any referral yet; its clock moves past a deadline, so its tokens are of no use afterwards */
export async function measureLife(program: Program, meter: Meter): Promise<LifeFigures> {
  const { client, cloud } = program
  await cloud.clock.settled()
  meter.take()
  const before = client.requests
  const { fired, sent } = await live(program)
  const mails = await awaitMails(cloud, [sent.rfi.id], mailsOfRfi(recipients) + 2)
  const counts = countsOf({
    cloud,
    apiRequests: client.requests - before,
    calls: meter.take().filter(({ by }) => by !== sweeper),
    timers: fired.filter(({ name }) => name.includes(sent.rfi.id.slice('rfi_'.length))).length,
    mails: mails.length,
  })
  const costs = Object.entries(counts).map(([priced, count]) => costOf(priced as Priced, count))
  return {
    referrals: recipients,
    costs,
    usdPerThousandReferrals: costs.reduce((sum, { usdPerThousandReferrals: usd }) => sum + usd, 0),
    sweeper: await measureSweeper(cloud, meter),
  }
}

async function live(program: Program): Promise<{ sent: Sent; fired: Fired[] }> {
  const { client, cloud } = program
  await client.call(directoryOperations.listDirectory, { query: { region: 'DE' } })
  const sent = await sendRfi(program, recipients)
  // Nobody answers before the timers are armed, in practice.
  await cloud.clock.settled()
  const [winner, decliner, sleeper] = program.partners
  if (!winner || !decliner || !sleeper) throw new Error(`the program needs ${recipients} partners`)
  for (const partner of [winner, decliner, sleeper]) await readInbox(program, partner)
  const track = () => {
    const { id: rfiId, trackingToken: token } = sent.rfi
    return client.call(rfiOperations.getRfi, { token, params: { rfiId } })
  }
  const accepted = await accept(program, winner, await hold(program, winner, sent))
  const { referralId, etag } = await hold(program, decliner, sent)
  const { declineReferral, closeReferral, getTimeline } = referralOperations
  await client.call(declineReferral, { token: decliner.token, params: { referralId }, etag, body: refusal })
  await track()

  const fired = await cloud.clock.advance(milliseconds(defaultPolicy.responseTime) + sweepEveryMs)

  const token = await client.token('partner-admin', winner.id)
  const params = { referralId: accepted.referralId }
  await client.call(closeReferral, { token, params, etag: accepted.etag, body: closing })
  await client.call(getTimeline, { token, params })
  await track()
  return { sent, fired }
}

const readInbox = ({ client }: Program, { token }: Partner) =>
  client.call(referralOperations.listReferrals, { token })

interface Lived {
  readonly cloud: Cloud
  readonly apiRequests: number
  readonly calls: readonly MeteredCall[]
  readonly timers: number
  readonly mails: number
}

function countsOf({ cloud, apiRequests, calls, timers, mails }: Lived): Record<Priced, number> {
  const events = calls.flatMap(({ written }) => written).filter(isEvent)
  const messages = timers + events.reduce((sum, event) => sum + deliveries(cloud, typeOf(event)), 0)
  // In a quiet program nothing comes in batches.
  const invocations = apiRequests + events.length + messages
  return {
    apiRequests,
    lambdaRequests: invocations,
    lambdaMegabyteSeconds: (invocations * assumed.memoryMb * assumed.runMs) / 1000,
    writeUnits: calls.reduce((sum, { writeUnits }) => sum + writeUnits, 0),
    readUnits: calls.reduce((sum, { readUnits }) => sum + readUnits, 0),
    events: events.length,
    queueRequests: messages * requestsPerMessage,
    timers,
    mails,
  }
}

const isEvent = ({ entity }: Item): boolean => entity?.S === eventEntity
const typeOf = ({ event }: Item): string => (event as { M: { type: { S: string } } }).M.type.S

/** To how many queues the template's rules take an event. */
const deliveries = ({ template }: Cloud, type: string): number =>
  template
    .ofType('AWS::Events::Rule')
    .filter(({ properties }) => properties.EventPattern)
    .filter(({ properties }) =>
      matchesPattern(properties.EventPattern as EventPattern, { source: eventSource, 'detail-type': type }),
    )
    .reduce((sum, { properties }) => sum + (properties.Targets as unknown[]).length, 0)

const costOf = (priced: Priced, count: number): Cost => {
  const { item, usdPerMillion } = prices[priced]
  return { item, count, usdPerThousandReferrals: ((count / recipients) * usdPerMillion) / 1000 }
}

/** An hour of sweeps that find nothing, as they should. */
async function measureSweeper(cloud: Cloud, meter: Meter): Promise<LifeFigures['sweeper']> {
  for (let run = 0; run < sweepsPerHour; run++) await cloud.clock.advance(sweepEveryMs)
  const calls = meter.take().filter(({ by }) => by === sweeper)
  const readUnits = calls.reduce((sum, call) => sum + call.readUnits, 0) / sweepsPerHour
  const writeUnits = calls.reduce((sum, call) => sum + call.writeUnits, 0) / sweepsPerHour
  const usdPerMillionRuns =
    readUnits * prices.readUnits.usdPerMillion + writeUnits * prices.writeUnits.usdPerMillion
  return { readUnits, writeUnits, usdPerMonth: (usdPerMillionRuns * sweepsPerMonth) / 1e6 }
}

export function lifeTable({ costs, usdPerThousandReferrals, sweeper: idle }: LifeFigures): Table {
  const usd = (amount: number) => decimals(amount, 4)
  return {
    title: `What a life costs: an RFI to ${recipients} partners, accepted and won, declined, expired`,
    columns: ['', 'for one RFI', 'USD per 1000 referrals'],
    rows: [
      ...costs.map(({ item, count, usdPerThousandReferrals: cost }) => [item, String(count), usd(cost)]),
      ['together', '', usd(usdPerThousandReferrals)],
    ],
    notes: [
      'List prices of us-east-1 without free tiers. Writes are computed from the items, and the computation agrees with ' +
        `DynamoDB Local where that counts as DynamoDB does; reads are what it reports. Lambda is taken to run ${assumed.runMs} ms ` +
        `at ${assumed.memoryMb} MB each time, which is a guess; logs, traces and polls of empty queues are left out.`,
      `The sweeper reads ${decimals(idle.readUnits, 1)} and writes ${decimals(idle.writeUnits, 1)} units a run: ` +
        `${usd(idle.usdPerMonth)} USD a month, whatever happens.`,
    ],
  }
}

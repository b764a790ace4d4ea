/**
 * Read units of every list of referrals and RFIs on DynamoDB Local, with a few and with many rows. The rows are put with
 * the item builders of the stores, without the API.
 */
import { BatchWriteCommand } from '@aws-sdk/lib-dynamodb'
import { asPartnerId, asReferralId, asRfiId, type PartnerId } from '../shared/kernel/ids.ts'
import type { Page } from '../shared/kernel/page.ts'
import type { CursorScope, Item } from '../shared/persistence/index.ts'
import type { Status } from '../shared/referrals/referral/contract.ts'
import { listAllReferrals, listReferrals } from '../shared/referrals/referral/list-referrals.ts'
import { type ListOptions, partnerLists, programLists } from '../shared/referrals/referral/lists.ts'
import type { Referral } from '../shared/referrals/referral/referral.ts'
import { putDecision } from '../shared/referrals/referral/store.ts'
import { listRfis } from '../shared/referrals/rfi/list-rfis.ts'
import { rfiEvent } from '../shared/referrals/rfi/rules.ts'
import { putRfi, type RfiListOptions } from '../shared/referrals/rfi/store.ts'
import { after } from '../shared/time/duration.ts'
import type { Instant } from '../shared/time/instant.ts'
import { aReferral } from '../test/fixtures/referral.ts'
import { anRfi } from '../test/fixtures/rfi.ts'
import { later, minute, receivedAt } from '../test/fixtures/time.ts'
import { type Call, connect, disconnect } from '../test/simulation/aws.ts'
import { DynamoDbLocal } from '../test/simulation/dynamodb-local.ts'
import type { Table as DataTable } from '../test/simulation/table.ts'
import type { Report } from './progress.ts'
import type { Table } from './report.ts'

export interface ListFigures {
  readonly list: string
  /** Query of the request, such as `stage=archived`. */
  readonly query: string
  readonly index: string
  /** Rows of the partner, or of the program. */
  readonly rows: number
  readonly queries: number
  /** Read units of the first page of 25. */
  readonly firstPage: number
  /** Read units of the second page. 0 if there is none. */
  readonly secondPage: number
  /** Rows of the first page. */
  readonly returned: number
}

const sizes = [1000, 100_000]
const limit = 25
const partnerId: PartnerId = asPartnerId('ptr_01KJKJ00000000000000000000')

/** Statuses of a hundred referrals. */
const shares: Readonly<Record<Status, number>> = {
  new: 3,
  active: 7,
  won: 10,
  lost: 10,
  declined: 30,
  expired: 30,
  withdrawn: 5,
  superseded: 5,
}
const statusesOfHundred = Object.entries(shares).flatMap(([status, share]) =>
  Array.from({ length: share }, () => status as Status),
)

const ulidCharacters = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const base32 = (value: number, length: number): string =>
  Array.from(
    { length },
    (_, index) => ulidCharacters[Math.floor(value / 32 ** (length - 1 - index)) % 32],
  ).join('')

const summary =
  'We look for an ERP for two plants with 300 people; today each has its own. We would like to start in autumn, and to keep the warehouse system that we have.'

const need = {
  summary,
  industries: ['manufacturing'],
  products: ['erp', 'crm'],
  services: ['implementation'],
  solutions: [],
  budget: { amount: 180_000, currency: 'EUR' },
}

const referralItem = (number: number): Item => {
  const status = statusesOfHundred[number % 100] ?? 'new'
  const at = later(number * minute)
  const isAccepted = ['active', 'won', 'lost'].includes(status)
  const deal = {
    name: 'ERP for two plants',
    estimatedValue: { amount: 165_000, currency: 'EUR' },
    estimatedCloseDate: after(at, 'P90D').slice(0, 10),
    estimated: 'given' as const,
    notes: 'They look for a start in spring.',
    crmId: `CRM-${Math.floor(number / 10)}`,
  }
  const referral: Referral = aReferral({
    id: asReferralId(`ref_01KJKJ0000000000000${base32(number, 7)}_${base32(number, 6)}`),
    partnerId,
    status,
    need,
    locationId: `office-${number % 5}`,
    region: ['DE', 'FR', 'IT'][number % 3] ?? 'DE',
    receivedAt: at,
    updatedAt: at,
    respondBy: after(at, 'P14D'),
    urgency: status === 'new' ? 'hot' : null,
    hotUntil: status === 'new' ? after(at, 'PT72H') : null,
    answeredAt: isAccepted ? at : null,
    closedAt: ['new', 'active'].includes(status) ? null : at,
    deal: isAccepted ? deal : null,
  })
  return putOf(putDecision({ next: referral, events: [] }, {}))
}

const rfiItem = (number: number): Item => {
  const status = number % 10 === 0 ? 'withdrawn' : 'open'
  const rfi = anRfi({
    id: asRfiId(`rfi_01KJKJ0000000000000${base32(number, 7)}`),
    createdAt: later(number * minute),
    status,
    need,
    country: ['DE', 'FR', 'IT'][number % 3] ?? 'DE',
  })
  return putOf(putRfi(rfi, rfiEvent(rfi, 'rfi.received', { kind: 'customer' }, receivedAt), {}))
}

const putOf = ([write]: readonly { readonly put: Item }[]): Item => {
  if (!write) throw new Error('No item was written. Expected one.')
  return write.put
}

/** DynamoDB's limit on the items of one BatchWriteItem. */
const batchLimit = 25
const parallel = 4

const fill = async (table: DataTable, count: number, itemOf: (number: number) => Item): Promise<void> => {
  let next = 0
  const writer = async () => {
    while (next < count) {
      const first = next
      next += batchLimit
      const numbers = Array.from({ length: Math.min(batchLimit, count - first) }, (_, index) => first + index)
      const Table = numbers.map(number => ({ PutRequest: { Item: itemOf(number) } }))
      const command = new BatchWriteCommand({ RequestItems: { Table } })
      await table.handle({ service: 'dynamodb', operation: 'BatchWrite', command })
    }
  }
  await Promise.all(Array.from({ length: parallel }, writer))
}

interface Case {
  readonly list: string
  readonly index: string
  readonly query: object
  readonly read: (scope: CursorScope, now: Date) => Promise<Page<unknown>>
}

/** One request for each list. The instants lie in the middle of the rows. */
const casesOf = (count: number): Case[] => {
  const middle = later((count / 2) * minute)
  const ofPartner: Readonly<Record<keyof typeof partnerLists, ListOptions>> = {
    stage: { stage: 'archived' },
    'hot-first': { sort: 'hot-first' },
    hot: { hot: 'true' },
    office: { locationId: 'office-1', stage: 'archived' },
    all: { stage: 'all' },
    updated: { updatedSince: middle },
    due: { dueBefore: after(middle, 'P14D') },
    crm: { crmId: 'CRM-11' },
  }
  const ofProgram: Readonly<Record<keyof typeof programLists, ListOptions>> = {
    status: { status: ['won'] },
    region: { status: ['won'], region: 'DE' },
    changes: { updatedSince: middle },
  }
  const partner = (list: string, asked: ListOptions): Case => ({
    list,
    index: partnerLists[list as keyof typeof partnerLists].index,
    query: asked,
    read: (scope, now) => listReferrals(partnerId, { ...asked, limit }, scope, 'partner', now),
  })
  const program = (list: string, asked: ListOptions): Case => ({
    list: `${list}, all partners`,
    index: programLists[list as keyof typeof programLists].index,
    query: asked,
    read: (scope, now) => listAllReferrals({ ...asked, limit }, scope, now),
  })
  const rfis = (asked: Partial<RfiListOptions>): Case => ({
    list: 'RFIs',
    index: asked.region ? 'region' : 'program',
    query: asked,
    read: scope => listRfis({ sort: 'newest', ...asked, limit }, scope),
  })
  return [
    partner('stage', {}),
    partner('stage', { status: ['won'] }),
    ...Object.entries(ofPartner).map(([list, asked]) => partner(list, asked)),
    program('status', {}),
    ...Object.entries(ofProgram).map(([list, asked]) => program(list, asked)),
    program('status', { stage: 'archived' }),
    program('status', { stage: 'all' }),
    rfis({}),
    rfis({ status: ['withdrawn'] }),
    rfis({ region: 'DE' }),
  ]
}

/** Counts the queries and the read units of calls. */
class Counter {
  queries = 0
  units = 0

  connect(table: DataTable): void {
    connect(async (call: Call) => {
      const { input } = call.command as { input: Record<string, unknown> }
      input.ReturnConsumedCapacity = 'TOTAL'
      const answer = (await table.handle(call)) as { ConsumedCapacity?: Consumed | Consumed[] }
      const consumed = [answer.ConsumedCapacity ?? []].flat()
      const units = consumed.reduce((sum, { CapacityUnits }) => sum + (CapacityUnits ?? 0), 0)
      if (call.operation === 'Query') this.queries++
      // A query costs at least half a unit, which DynamoDB Local does not count.
      this.units += call.operation === 'Query' ? Math.max(units, 0.5) : units
      return answer
    })
  }

  take(): { readonly queries: number; readonly units: number } {
    const { queries, units } = this
    Object.assign(this, { queries: 0, units: 0 })
    return { queries, units }
  }
}

interface Consumed {
  readonly CapacityUnits?: number
}

const queryText = (query: object): string =>
  Object.entries(query)
    .map(([name, value]) => `${name}=${/since|before/i.test(name) ? '…' : value}`)
    .join('&') || '–'

const measure = async (
  { list, index, query, read }: Case,
  counter: Counter,
  rows: number,
  now: Instant,
): Promise<ListFigures> => {
  counter.take()
  const { items, nextCursor } = await read({ list }, new Date(now))
  const first = counter.take()
  if (nextCursor) await read({ list, cursor: nextCursor }, new Date(now))
  const second = counter.take()
  return {
    list,
    query: queryText(query),
    index,
    rows,
    queries: first.queries,
    firstPage: first.units,
    secondPage: second.units,
    returned: items.length,
  }
}

export const measureLists = async (report: Report): Promise<ListFigures[]> => {
  const dynamodb = await DynamoDbLocal.start()
  const figures: ListFigures[] = []
  try {
    for (const count of sizes) {
      const table = await dynamodb.table()
      await fill(table, count, referralItem)
      await fill(table, count, rfiItem)
      report(`${count} referrals and ${count} RFIs written`)
      const counter = new Counter()
      counter.connect(table)
      // New referrals have not expired yet.
      for (const one of casesOf(count)) figures.push(await measure(one, counter, count, receivedAt))
      disconnect()
    }
  } finally {
    disconnect()
    await dynamodb.stop()
  }
  return figures
}

/** Figures of one list, by number of rows. */
const byList = (figures: readonly ListFigures[]): ListFigures[][] => [
  ...Map.groupBy(figures, ({ list, query }) => `${list} ${query}`).values(),
]

export const listsTable = (figures: readonly ListFigures[]): Table => ({
  title: 'Lists: read units of a page of 25',
  columns: [
    'list',
    'query',
    'index',
    'queries',
    ...sizes.map(rows => `read units, ${rows.toLocaleString('en')} rows`),
  ],
  rows: byList(figures).map(ofList => [
    ofList[0]?.list ?? '',
    ofList[0]?.query ?? '',
    ofList[0]?.index ?? '',
    ofList.map(({ queries }) => queries).join(' / '),
    ...ofList.map(({ firstPage, secondPage, returned }) => {
      const pages = secondPage > 0 ? `${firstPage}, then ${secondPage}` : `${firstPage}`
      return returned < limit ? `${pages} (${returned} rows)` : pages
    }),
  ]),
  notes: [
    'First and second page. `queries` is the number for the first page, with few and with many rows. Lists whose index projects keys only read the items of the page: one unit for each, strongly consistent.',
  ],
})

/** Largest factor by which the first page of a list costs more with many rows than with few. */
const maxGrowth = 2

/** Tests that the cost of lists does not depend on the number of rows. */
export const isWithinBudget = (figures: readonly ListFigures[]): boolean =>
  byList(figures).every(ofList => {
    const perRow = ofList.map(({ firstPage, returned }) => firstPage / Math.max(1, returned))
    return Math.max(...perRow) <= maxGrowth * Math.min(...perRow)
  })

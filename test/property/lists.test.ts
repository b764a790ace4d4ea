/**
 * Lists of referrals and RFIs, read page by page while referrals are received and change. Each list returns an item exactly
 * once if it belongs to the list, and keeps its place in the order, during the whole walk.
 */
import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import { asPartnerId, asReferralId, asRfiId } from '../../shared/kernel/ids.ts'
import type { Page } from '../../shared/kernel/page.ts'
import type { CursorScope, Item } from '../../shared/persistence/index.ts'
import { type Status, statuses } from '../../shared/referrals/referral/contract.ts'
import { listAllReferrals, listReferrals } from '../../shared/referrals/referral/list-referrals.ts'
import type { ListOptions } from '../../shared/referrals/referral/lists.ts'
import type { Referral } from '../../shared/referrals/referral/referral.ts'
import { putDecision } from '../../shared/referrals/referral/store.ts'
import { listRfis } from '../../shared/referrals/rfi/list-rfis.ts'
import { listedStatusOf, type Rfi, rfiEvent } from '../../shared/referrals/rfi/rules.ts'
import { putRfi, type RfiListOptions } from '../../shared/referrals/rfi/store.ts'
import { type Instant, instantOf } from '../../shared/time/instant.ts'
import { aReferral } from '../fixtures/referral.ts'
import { anRfi } from '../fixtures/rfi.ts'
import { day, hour, later, receivedAt } from '../fixtures/time.ts'
import { connect, disconnect } from '../simulation/aws.ts'
import { MemoryTable } from '../simulation/table.ts'
import { depth } from './depth.ts'

afterEach(disconnect)

const ours = asPartnerId('ptr_01KJKJ00000000000000000000')
const others = asPartnerId('ptr_01KJKJ00000000000000000001')
const now = new Date(later(10 * day))

/** A referral as the random choices make it. Times are hours after `receivedAt`. */
interface Choices {
  readonly status: Status
  readonly hours: number
  readonly isOurs: boolean
  readonly locationId: 'main' | 'south'
  readonly region: 'DE' | 'FR'
  readonly isHot: boolean
  readonly crmId: 'A-1' | 'A-2' | null
}

const choices: fc.Arbitrary<Choices> = fc.record({
  status: fc.constantFrom(...statuses),
  hours: fc.nat(40),
  isOurs: fc.boolean(),
  locationId: fc.constantFrom('main', 'south'),
  region: fc.constantFrom('DE', 'FR'),
  isHot: fc.boolean(),
  crmId: fc.constantFrom('A-1', 'A-2', null),
})

/** A change between two pages: a new referral, or a new status of one. Times go on. */
type Change = Choices & { readonly isNew: boolean; readonly which: number }
const change: fc.Arbitrary<Change> = fc
  .tuple(choices, fc.boolean(), fc.nat(1000))
  .map(([made, isNew, which]) => ({ ...made, isNew, which }))

const idOf = (number: number) => asReferralId(`ref_01KJKJ0000000000000000${1000 + number}_ABCDEF`)

/** Returns a referral in a status that it has since an instant. */
const inStatus = (referral: Referral, { status, crmId }: Choices, at: Instant): Referral => {
  const isAccepted = ['active', 'won', 'lost'].includes(status)
  const isEnded = !['new', 'active'].includes(status)
  const deal = {
    name: 'ERP',
    estimatedValue: { amount: 1, currency: 'EUR' },
    estimatedCloseDate: at.slice(0, 10),
    estimated: 'given' as const,
    notes: null,
    crmId,
  }
  return {
    ...referral,
    status,
    version: referral.version + 1,
    updatedAt: at,
    answeredAt: isAccepted ? (referral.answeredAt ?? at) : null,
    closedAt: isEnded ? at : null,
    deal: isAccepted ? (referral.deal ?? deal) : null,
  }
}

const create = (number: number, made: Choices, at: Instant): Referral => {
  const { isOurs, locationId, region, isHot } = made
  return inStatus(
    aReferral({
      id: idOf(number),
      version: 0,
      partnerId: isOurs ? ours : others,
      locationId,
      region,
      receivedAt: at,
      respondBy: later((20 + (number % 7)) * day),
      urgency: isHot ? 'hot' : null,
      hotUntil: isHot ? later((12 + (number % 5)) * day) : null,
    }),
    made,
    at,
  )
}

const itemOf = (next: Referral): Item => {
  const [write] = putDecision({ next, events: [] }, {})
  if (!write) throw new Error('No item was written. Expected one.')
  return write.put
}

/** The state of the table while a list is read. */
class World {
  readonly table = new MemoryTable()
  readonly states = new Map<string, Referral[]>()
  #hours = 41

  constructor(first: readonly Choices[]) {
    connect(call => this.table.handle(call))
    for (const [number, made] of first.entries()) this.#put(create(number, made, later(made.hours * hour)))
  }

  change({ isNew, which, ...made }: Change): void {
    const at = later(this.#hours++ * hour)
    const number = which % this.states.size
    const present = this.states.get(idOf(number))?.at(-1)
    this.#put(isNew || !present ? create(this.states.size, made, at) : inStatus(present, made, at))
  }

  #put(referral: Referral): void {
    this.table.fill([itemOf(referral)])
    this.states.set(referral.id, [...(this.states.get(referral.id) ?? []), referral])
  }
}

interface List {
  readonly options: ListOptions
  readonly holds: (referral: Referral) => boolean
  /** The value by which the list is sorted. */
  readonly place: (referral: Referral) => string
}

const listedAt = ({ closedAt, answeredAt, receivedAt: at }: Referral) => closedAt ?? answeredAt ?? at
const received = ({ receivedAt: at }: Referral) => at
const isArchived = ({ status }: Referral) => status !== 'new' && status !== 'active'
const dueAt = ({ status, respondBy, deal }: Referral) =>
  status === 'new' ? respondBy : `${deal?.estimatedCloseDate}T23:59:59.999Z`
const isOpen = (referral: Referral) => !isArchived(referral)
const updated = ({ updatedAt }: Referral) => updatedAt
const since = later(20 * hour)
const before = later(21 * day)

const partnerLists: Readonly<Record<string, List>> = {
  'the inbox': { options: {}, holds: ({ status }) => status === 'new', place: listedAt },
  'the inbox, hot referrals first': {
    options: { sort: 'hot-first' },
    holds: ({ status }) => status === 'new',
    place: ({ hotUntil, receivedAt: at }) => hotUntil ?? at,
  },
  'hot referrals': {
    options: { hot: 'true' },
    holds: ({ status, urgency }) => status === 'new' && urgency === 'hot',
    place: ({ hotUntil }) => hotUntil ?? '',
  },
  'active referrals': {
    options: { stage: 'active' },
    holds: ({ status }) => status === 'active',
    place: listedAt,
  },
  'the archive': { options: { stage: 'archived' }, holds: isArchived, place: listedAt },
  'the archive, oldest first': {
    options: { stage: 'archived', sort: 'oldest' },
    holds: isArchived,
    place: listedAt,
  },
  'won and lost referrals': {
    options: { status: ['won', 'lost', 'won'] },
    holds: ({ status }) => status === 'won' || status === 'lost',
    place: listedAt,
  },
  'the archive of an office': {
    options: { stage: 'archived', locationId: 'main' },
    holds: referral => isArchived(referral) && referral.locationId === 'main',
    place: listedAt,
  },
  'all referrals': { options: { stage: 'all' }, holds: () => true, place: received },
  'all referrals, oldest first': {
    options: { stage: 'all', sort: 'oldest' },
    holds: () => true,
    place: received,
  },
  'all referrals by change': { options: { sort: 'updated' }, holds: () => true, place: updated },
  'referrals that changed since a time': {
    options: { updatedSince: since },
    holds: ({ updatedAt }) => updatedAt >= since,
    place: updated,
  },
  'open referrals by due date': { options: { sort: 'due' }, holds: isOpen, place: dueAt },
  'open referrals due before a time': {
    options: { dueBefore: before },
    holds: referral => isOpen(referral) && dueAt(referral) < before,
    place: dueAt,
  },
  'referrals with a CRM id': {
    options: { crmId: 'A-1' },
    holds: ({ deal }) => deal?.crmId === 'A-1',
    place: received,
  },
}

const programLists: Readonly<Record<string, List>> = {
  'new referrals of all partners': { options: {}, holds: ({ status }) => status === 'new', place: received },
  'the archive of all partners': { options: { stage: 'archived' }, holds: isArchived, place: received },
  'all referrals of all partners': { options: { stage: 'all' }, holds: () => true, place: received },
  'referrals received in a time': {
    options: { stage: 'all', receivedSince: since, receivedBefore: later(43 * hour) },
    holds: ({ receivedAt: at }) => at >= since && at < later(43 * hour),
    place: received,
  },
  'won referrals of a region, oldest first': {
    options: { status: ['won'], region: 'DE', sort: 'oldest' },
    holds: ({ status, region }) => status === 'won' && region === 'DE',
    place: received,
  },
  'all referrals of a region': {
    options: { stage: 'all', region: 'DE' },
    holds: ({ region }) => region === 'DE',
    place: received,
  },
  'all referrals of all partners by change': {
    options: { updatedSince: since },
    holds: ({ updatedAt }) => updatedAt >= since,
    place: updated,
  },
}

/** Reads all pages of a list. @param between called after each page but the last */
const walk = async <T>(read: (scope: CursorScope) => Promise<Page<T>>, between: () => void): Promise<T[]> => {
  const rows: T[] = []
  let cursor: string | undefined
  for (let pages = 0; pages < 1000; pages++) {
    const { items, nextCursor } = await read({ list: 'test', cursor })
    rows.push(...items)
    if (nextCursor === null) return rows
    cursor = nextCursor
    between()
  }
  throw new Error('The list does not end. Expected at most 1000 pages.')
}

const world = fc.record({
  first: fc.array(choices, { maxLength: 30 }),
  changes: fc.array(change, { maxLength: 15 }),
  limit: fc.integer({ min: 1, max: 7 }),
})

interface Run {
  readonly states: ReadonlyMap<string, readonly Referral[]>
  readonly rows: readonly { readonly id: string; readonly version: number }[]
}

const runs = { numRuns: 40 * depth }

const checkList = (
  { options, holds, place }: List,
  read: (options: ListOptions & { limit: number }, scope: CursorScope) => Promise<Page<Run['rows'][number]>>,
  isListed: (referral: Referral) => boolean,
): Promise<void> =>
  fc.assert(
    fc.asyncProperty(world, async ({ first, changes, limit }) => {
      const table = new World(first)
      const atStart = new Set(table.states.keys())
      const left = [...changes]
      const rows = await walk(
        scope => read({ ...options, limit }, scope),
        () => {
          const next = left.shift()
          if (next) table.change(next)
        },
      )
      const listed = [...table.states.values()].filter(([one]) => one && isListed(one))
      for (const states of listed) {
        const id = states[0]?.id ?? ''
        const seen = rows.filter(row => row.id === id)
        const keepsPlace = new Set(states.map(place)).size === 1
        if (!states.some(holds)) expect(seen).toEqual([])
        if (atStart.has(id) && states.every(holds) && keepsPlace) expect(seen).toHaveLength(1)
        if (place === updated && states.some(holds)) expect(seen.at(-1)?.version).toBe(states.at(-1)?.version)
      }
      expect(rows.length).toBeLessThanOrEqual([...table.states.values()].flat().length)
      expect(rows.every(({ id }) => listed.some(([one]) => one?.id === id))).toBe(true)
    }),
    runs,
  )

describe('a list of a partner', () => {
  it.each(Object.entries(partnerLists))(
    '%s: returns each referral once while referrals are received and change',
    (_, list) =>
      checkList(
        list,
        (options, scope) => listReferrals(ours, options, scope, 'partner', now),
        ({ partnerId }) => partnerId === ours,
      ),
  )
})

describe('a list of the program', () => {
  it.each(Object.entries(programLists))(
    '%s: returns each referral once while referrals are received and change',
    (_, list) =>
      checkList(
        list,
        (options, scope) => listAllReferrals(options, scope, now),
        () => true,
      ),
  )
})

describe('without changes', () => {
  it.each([...Object.entries(partnerLists), ...Object.entries(programLists)])(
    '%s: is sorted, for every size of pages',
    (name, { options, holds, place }) =>
      fc.assert(
        fc.asyncProperty(world, async ({ first, limit }) => {
          const { states } = new World(first)
          const isPartners = name in partnerLists
          const rows = await walk<{ id: string }>(
            scope =>
              isPartners
                ? listReferrals(ours, { ...options, limit }, scope, 'partner', now)
                : listAllReferrals({ ...options, limit }, scope, now),
            () => {},
          )
          const expected = [...states.values()]
            .flatMap(([one]) => (one && holds(one) && (!isPartners || one.partnerId === ours) ? [one] : []))
            .toSorted((a, b) => (`${place(a)}#${a.id}` < `${place(b)}#${b.id}` ? -1 : 1))
          const ids = expected.map(({ id }) => id)
          const isAscending =
            ['oldest', 'updated', 'due'].includes(options.sort ?? '') ||
            [options.hot, options.updatedSince, options.dueBefore].some(Boolean)
          const sorted = isAscending ? ids : ids.toReversed()
          const hotFirst = [
            ...expected.filter(({ hotUntil }) => hotUntil).map(({ id }) => id),
            ...expected
              .filter(({ hotUntil }) => !hotUntil)
              .map(({ id }) => id)
              .toReversed(),
          ]
          expect(rows.map(({ id }) => id)).toEqual(options.sort === 'hot-first' ? hotFirst : sorted)
        }),
        runs,
      ),
  )
})

describe('a list of RFIs', () => {
  const kinds = [
    {},
    { recipients: [] },
    { status: 'withdrawn' },
    { choice: { outcome: 'none', referralId: null, firstAt: receivedAt, at: receivedAt } },
  ] as const satisfies readonly Partial<Rfi>[]
  const rfiOf = (number: number, kind: number, hours: number): Rfi =>
    anRfi({
      ...kinds[kind % kinds.length],
      id: asRfiId(`rfi_01KJKJ0000000000000000${1000 + number}`),
      createdAt: later(hours * hour),
      country: number % 3 === 0 ? 'FR' : 'DE',
    })
  const itemOfRfi = (rfi: Rfi): Item => {
    const [write] = putRfi(rfi, rfiEvent(rfi, 'rfi.received', { kind: 'customer' }, receivedAt), {})
    if (!write) throw new Error('No item was written. Expected one.')
    return write.put
  }

  const queries: Readonly<
    Record<string, { options: Partial<RfiListOptions>; holds: (rfi: Rfi) => boolean }>
  > = {
    all: { options: {}, holds: () => true },
    'open ones': { options: { status: ['open'] }, holds: rfi => listedStatusOf(rfi) === 'open' },
    'those of a country': { options: { region: 'FR' }, holds: ({ country }) => country === 'FR' },
    'those of a time': {
      options: { createdSince: since, createdBefore: later(30 * hour) },
      holds: ({ createdAt }) => createdAt >= since && createdAt < later(30 * hour),
    },
  }

  it.each(Object.entries(queries))(
    '%s: returns each RFI once, in order, while RFIs change their status',
    (_, { options, holds }) =>
      fc.assert(
        fc.asyncProperty(
          fc.array(fc.tuple(fc.nat(3), fc.nat(40)), { maxLength: 25 }),
          fc.array(fc.tuple(fc.nat(1000), fc.nat(3)), { maxLength: 10 }),
          fc.integer({ min: 1, max: 7 }),
          fc.constantFrom('newest' as const, 'oldest' as const),
          async (first, changes, limit, sort) => {
            const table = new MemoryTable()
            connect(call => table.handle(call))
            const states = first.map(([kind, hours], number) => [rfiOf(number, kind, hours)])
            table.fill(states.flat().map(itemOfRfi))
            const left = [...changes]
            const rows = await walk(
              scope => listRfis({ ...options, sort, limit }, scope),
              () => {
                const [which = 0, kind = 0] = left.shift() ?? []
                const state = states[which % states.length]
                const hours = (Date.parse(state?.[0]?.createdAt ?? '') - Date.parse(receivedAt)) / hour
                const next = rfiOf(which % states.length, kind, hours)
                if (left.length === 0) return
                state?.push(next)
                table.fill([itemOfRfi(next)])
              },
            )
            for (const [one, ...later] of states) {
              const seen = rows.filter(({ id }) => id === one?.id)
              expect(seen.length).toBeLessThanOrEqual(1)
              if (one && [one, ...later].every(holds)) expect(seen).toHaveLength(1)
            }
            const times = rows.map(({ createdAt }) => createdAt)
            const sorted = times.toSorted()
            expect(times).toEqual(sort === 'newest' ? sorted.toReversed() : sorted)
          },
        ),
        runs,
      ),
  )
})

it('instants without milliseconds are compared as instants', async () => {
  const { states } = new World([])
  expect(states.size).toBe(0)
  const table = new MemoryTable()
  connect(call => table.handle(call))
  table.fill([itemOf(aReferral({ partnerId: ours, updatedAt: instantOf(new Date(receivedAt)) }))])
  const updatedSince = '2026-03-01T09:00:00Z' as Instant
  const { items } = await listReferrals(
    ours,
    { updatedSince, limit: 25 },
    { list: 'test' },
    'partner',
    new Date(receivedAt),
  )
  expect(items).toHaveLength(1)
})

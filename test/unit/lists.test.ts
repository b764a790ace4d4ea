/** The choice of lists, the rows they return, and the capacity they use. */
import { afterEach, describe, expect, it } from 'vitest'
import { DomainError } from '../../shared/kernel/errors.ts'
import { asPartnerId, asReferralId } from '../../shared/kernel/ids.ts'
import { mergedPage } from '../../shared/persistence/index.ts'
import type { Item } from '../../shared/persistence/item.ts'
import { type Status, statuses } from '../../shared/referrals/referral/contract.ts'
import { listAllReferrals, listReferrals } from '../../shared/referrals/referral/list-referrals.ts'
import {
  chooseList,
  combinationText,
  type ListOptions,
  type ListRule,
  partnerLists,
  programLists,
} from '../../shared/referrals/referral/lists.ts'
import type { Referral } from '../../shared/referrals/referral/referral.ts'
import { putDecision } from '../../shared/referrals/referral/store.ts'
import { aReferral, inStatus } from '../fixtures/referral.ts'
import { day, later, minute, receivedAt } from '../fixtures/time.ts'
import { type Call, connect, disconnect } from '../simulation/aws.ts'
import { MemoryTable } from '../simulation/table.ts'

afterEach(disconnect)

const partnerId = asPartnerId('ptr_01KJKJ00000000000000000000')
const scope = { list: 'test' }
const now = new Date(receivedAt)

const itemOf = (next: Referral): Item => {
  const [write] = putDecision({ next, events: [] }, {})
  if (!write) throw new Error('No item was written. Expected one.')
  return write.put
}

/** Connects a table with these items, and counts the rows that queries and batches return. */
const tableOf = (items: readonly Item[]) => {
  const table = new MemoryTable()
  table.fill(items)
  const read = { queries: 0, entries: 0, items: 0 }
  connect(async (call: Call) => {
    const answer = (await table.handle(call)) as {
      Items?: object[]
      Responses?: Record<string, object[]>
    }
    if (call.operation === 'Query') read.queries++
    read.entries += answer.Items?.length ?? 0
    read.items += Object.values(answer.Responses ?? {}).flat().length
    return answer
  })
  return { table, read }
}

const idOf = (number: number) => asReferralId(`ref_01KJKJ000000000000000${10_000 + number}_ABCDEF`)

describe('a request for a list', () => {
  const indexOf = (asked: ListOptions) => partnerLists[chooseList(partnerLists, asked).name].index

  it.each<[ListOptions, string, Partial<ReturnType<typeof chooseList>>]>([
    [{}, 'list', { stage: 'inbox', sort: 'newest', statuses: ['new'] }],
    [{ stage: 'archived' }, 'list', { sort: 'newest' }],
    [{ status: ['won'] }, 'list', { stage: 'archived', statuses: ['won'] }],
    [{ status: ['won', 'lost', 'won'] }, 'list', { stage: 'archived', statuses: ['won', 'lost'] }],
    [{ sort: 'hot-first' }, 'hot', { stage: 'inbox' }],
    [{ hot: 'true' }, 'hot', { stage: 'inbox', sort: 'hot-first' }],
    [{ locationId: 'main', status: ['active'] }, 'office', { stage: 'active' }],
    [{ stage: 'all' }, 'received', { sort: 'newest', statuses }],
    [{ updatedSince: receivedAt }, 'updated', { stage: 'all', sort: 'updated' }],
    [{ sort: 'updated' }, 'updated', { stage: 'all' }],
    [{ dueBefore: receivedAt }, 'dates', { stage: 'all', sort: 'due', statuses: ['new', 'active'] }],
    [{ dueBefore: receivedAt, stage: 'active' }, 'dates', { statuses: ['active'] }],
    [{ crmId: 'CRM-17' }, 'hot', { stage: 'all' }],
  ])('%j reads the index %s', (asked, index, chosen) => {
    expect(indexOf(asked)).toBe(index)
    expect(chooseList(partnerLists, asked)).toMatchObject(chosen)
  })

  const faultOf = (asked: ListOptions, rules: typeof partnerLists | typeof programLists = partnerLists) => {
    try {
      chooseList(rules, asked)
    } catch (error) {
      if (!(error instanceof DomainError)) throw error
      return (error.data as { faults?: unknown[] }).faults?.[0] ?? error.data
    }
    throw new Error('The request was accepted. Expected a fault.')
  }

  it.each<[ListOptions, string]>([
    [{ stage: 'inbox', status: ['won'] }, 'query/status'],
    [{ status: ['new', 'won'] }, 'query/status'],
    [{ stage: 'all', status: ['won'] }, 'query/status'],
    [{ stage: 'all', locationId: 'main' }, 'query/locationId'],
    [{ stage: 'active', sort: 'hot-first' }, 'query/sort'],
    [{ stage: 'archived', sort: 'due' }, 'query/sort'],
    [{ stage: 'inbox', updatedSince: receivedAt }, 'query/updatedSince'],
    [{ hot: 'true', locationId: 'main' }, 'query/hot'],
    [{ crmId: 'CRM-17', sort: 'updated' }, 'query/crmId'],
    [{ region: 'DE' }, 'query/region'],
  ])('%j is refused with the combinations that exist', (asked, pointer) => {
    expect(JSON.stringify(faultOf(asked))).toContain('unknown-combination')
    expect(JSON.stringify(faultOf(asked))).toContain(pointer)
    expect(JSON.stringify(faultOf(asked))).toContain('sort=')
  })

  it('is refused with the combinations of its filters, if there are some', () => {
    const text = JSON.stringify(faultOf({ locationId: 'main', stage: 'all' }))
    expect(text).toContain(combinationText(partnerLists.office))
    expect(text).not.toContain(combinationText(partnerLists.updated))
  })

  it.each<ListOptions>([
    { locationId: 'main' },
    { dueBefore: receivedAt },
    { hot: 'true' },
    { region: 'DE', sort: 'updated' },
    { stage: 'inbox', updatedSince: receivedAt },
  ])('%j is refused for all partners', asked => {
    expect(JSON.stringify(faultOf(asked, programLists))).toContain('unknown-combination')
  })

  const allRules: readonly Readonly<Record<string, ListRule>>[] = [partnerLists, programLists]

  it.each(
    allRules.flatMap(rules =>
      Object.entries(rules).flatMap(([name, { stages, sorts }]) =>
        stages.flatMap(stage => sorts.map(sort => ({ rules, name, stage, sort }))),
      ),
    ),
  )('$name with stage=$stage and sort=$sort can be chosen', ({ rules, name, stage, sort }) => {
    const required = Object.fromEntries((rules[name]?.requires ?? []).map(filter => [filter, 'x']))
    expect(chooseList(rules, { stage, sort, ...required }).name).toBe(name)
  })
})

describe('a row of a list', () => {
  it('has version, dates and values of the deal, and the CRM id for the partner only', async () => {
    const won = inStatus('won').referral
    const deal = won.deal && { ...won.deal, crmId: 'CRM-17', estimatedCloseDate: '2026-06-30' }
    const referral = { ...won, partnerId, deal }
    tableOf([itemOf(referral)])
    for (const asked of [{ status: ['won'] }, { stage: 'all' }, { crmId: 'CRM-17' }] as const) {
      const { items } = await listReferrals(partnerId, { ...asked, limit: 25 }, scope, 'partner', now)
      expect(items).toMatchObject([
        {
          id: won.id,
          version: won.version,
          crmId: 'CRM-17',
          estimatedCloseDate: '2026-06-30',
          answeredAt: won.answeredAt,
          outcomeValue: won.outcome?.value ?? null,
          updatedAt: won.updatedAt,
        },
      ])
    }
    const byOperator = await listAllReferrals({ status: ['won'], limit: 25 }, scope, now)
    expect(byOperator.items).toMatchObject([{ id: won.id, crmId: null }])
    const ofPartner = await listReferrals(partnerId, { status: ['won'], limit: 25 }, scope, 'operator', now)
    expect(ofPartner.items).toMatchObject([{ id: won.id, crmId: null }])
  })

  it('of a CRM id that contains # is found, and no other', async () => {
    const active = inStatus('active').referral
    const withCrm = (number: number, crmId: string): Item =>
      itemOf({ ...active, id: idOf(number), partnerId, deal: active.deal && { ...active.deal, crmId } })
    tableOf([withCrm(1, 'A#1'), withCrm(2, 'A'), withCrm(3, 'a#1')])
    const { items } = await listReferrals(partnerId, { crmId: 'A#1', limit: 25 }, scope, 'partner', now)
    expect(items.map(({ id }) => id)).toEqual([idOf(1)])
  })
})

describe('a referral whose deadline has passed before its timer has fired', () => {
  const overdue = aReferral({ partnerId, respondBy: later(day) })
  const late = new Date(later(day + minute))

  it.each<ListOptions>([{}, { status: ['new'] }, { locationId: 'main' }, { sort: 'due' }])(
    'is left out of the list of new referrals %j, which then has fewer rows',
    async asked => {
      const current = aReferral({
        partnerId,
        id: idOf(1),
        receivedAt: later(minute),
        respondBy: later(9 * day),
      })
      tableOf([itemOf(overdue), itemOf(current)])
      const first = await listReferrals(partnerId, { ...asked, limit: 2 }, scope, 'partner', late)
      expect(first.items.map(({ id }) => id)).toEqual([idOf(1)])
    },
  )

  it.each<ListOptions>([{ stage: 'all' }, { sort: 'updated' }])(
    'is expired in the list of all referrals %j',
    async asked => {
      tableOf([itemOf(overdue)])
      const { items } = await listReferrals(partnerId, { ...asked, limit: 25 }, scope, 'partner', late)
      expect(items).toMatchObject([{ id: overdue.id, status: 'expired', stage: 'archived' }])
    },
  )

  it('is neither new nor expired in the lists of all partners until the expiry is stored', async () => {
    tableOf([itemOf(overdue)])
    expect((await listAllReferrals({ limit: 25 }, scope, late)).items).toEqual([])
    expect((await listAllReferrals({ status: ['expired'], limit: 25 }, scope, late)).items).toEqual([])
    expect((await listAllReferrals({ stage: 'all', limit: 25 }, scope, late)).items).toMatchObject([
      { status: 'expired' },
    ])
  })
})

describe('a list costs what it returns', () => {
  const count = 3000
  const base = aReferral({ partnerId })
  const rows = Array.from({ length: count }, (_, number): Item => {
    const status: Status = number % 100 === 0 ? 'won' : 'declined'
    const at = later(number * minute)
    return itemOf({ ...base, id: idOf(number), status, receivedAt: at, closedAt: at, updatedAt: at })
  })

  it('a filter by a rare status reads one page of entries, in one query', async () => {
    const { read } = tableOf(rows)
    const { items } = await listReferrals(partnerId, { status: ['won'], limit: 25 }, scope, 'partner', now)
    expect(items).toHaveLength(25)
    expect(read).toEqual({ queries: 1, entries: 25, items: 0 })
  })

  it('a stage of several statuses reads at most twice as many entries as it returns', async () => {
    const { read } = tableOf(rows)
    const { items } = await listReferrals(partnerId, { stage: 'archived', limit: 25 }, scope, 'partner', now)
    expect(items).toHaveLength(25)
    expect(read.entries).toBeLessThanOrEqual(50)
    expect(read.items).toBe(0)
  })

  it.each<ListOptions>([{ stage: 'all' }, { updatedSince: later(2900 * minute) }])(
    'a list whose index projects keys only reads the items of its page: %j',
    async asked => {
      const { read } = tableOf(rows)
      const { items } = await listReferrals(partnerId, { ...asked, limit: 25 }, scope, 'partner', now)
      expect(items).toHaveLength(25)
      expect(read).toEqual({ queries: 1, entries: 25, items: 25 })
    },
  )

  it('the list of all partners reads the items of its page', async () => {
    const { read } = tableOf(rows)
    const { items } = await listAllReferrals({ status: ['won'], limit: 10 }, scope, now)
    expect(items).toHaveLength(10)
    expect(read.items).toBe(10)
    expect(read.entries).toBeLessThanOrEqual(20)
  })

  it('a range without content is not read', async () => {
    const { read } = tableOf(rows)
    const range = { receivedSince: later(day), receivedBefore: receivedAt }
    const { items, nextCursor } = await listAllReferrals({ ...range, limit: 25 }, scope, now)
    expect({ items, nextCursor }).toEqual({ items: [], nextCursor: null })
    expect(read.queries).toBe(0)
  })
})

describe('a page that is merged from several partitions', () => {
  const entry = (listPk: string, listSk: string): Item => ({
    pk: `P#${listPk}${listSk}`,
    sk: 'X',
    listPk,
    listSk,
    overview: {},
  })
  const read = (limit: number, cursor?: string) =>
    mergedPage({ index: 'list', partitions: ['A', 'B'], limit }, { list: 'test', cursor }, item =>
      String(item.listSk),
    )

  it('returns an item once that is still in its old partition of the index', async () => {
    tableOf([entry('A', '1#a'), entry('B', '1#a'), entry('B', '2#b'), entry('A', '3#c')])
    expect((await read(10)).items).toEqual(['1#a', '2#b', '3#c'])
    const first = await read(1)
    expect(first.items).toEqual(['1#a'])
    expect((await read(10, first.nextCursor ?? '')).items).toEqual(['2#b', '3#c'])
  })

  it('fills the page from one partition if the others have ended', async () => {
    tableOf(Array.from({ length: 30 }, (_, index) => entry('A', `${10 + index}#x`)))
    expect((await read(25)).items).toHaveLength(25)
  })

  it('has no further page after the last row', async () => {
    tableOf([entry('A', '1#a'), entry('B', '2#b')])
    expect(await read(10)).toEqual({ items: ['1#a', '2#b'], nextCursor: null })
  })
})

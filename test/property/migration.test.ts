/** The migration from the earlier key layouts, on DynamoDB Local. */
import { PutCommand, ScanCommand } from '@aws-sdk/lib-dynamodb'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { migrate, type StoredItem } from '../../commands/migration.ts'
import { logger } from '../../shared/kernel/logger.ts'
import type { Item } from '../../shared/persistence/item.ts'
import { type Call, disconnect } from '../simulation/aws.ts'
import { DynamoDbLocal } from '../simulation/dynamodb-local.ts'
import { FullScenario, personalMark, scenarioStart } from '../simulation/full-scenario.ts'
import { Pipeline } from '../simulation/pipeline.ts'
import type { Table } from '../simulation/table.ts'

let dynamodb: DynamoDbLocal
/** The items of a whole scenario in the present layout. */
let present: Item[]

beforeAll(async () => {
  vi.spyOn(logger, 'error').mockImplementation(() => {})
  dynamodb = await DynamoDbLocal.start()
  const pipeline = new Pipeline(scenarioStart)
  pipeline.bouncing.add(`${personalMark}.sales1@desk.example`)
  const scenario = new FullScenario(pipeline)
  for (const step of Object.values(scenario.steps)) await step()
  const items = await pipeline.table.items()
  present = items.filter(item => !isEventOfPartner(item)).map(item => JSON.parse(JSON.stringify(item)))
  disconnect()
}, 300_000)
afterAll(() => dynamodb.stop())

/** Tests for an event about a partner. There were none in earlier layouts. */
const isEventOfPartner = ({ sk }: Item): boolean => sk.startsWith('PARTNER#EVENT#')

/** Returns the partition key in the first layout, which had no `customer-mails`: these have the same key in both layouts. */
const firstPartition = ({ pk, entity }: Item): string => {
  if (entity === 'customer-mails') return pk
  return pk
    .replace(/^(LISTING|HEALTH|REPUTATION|REFERRALS)#/, 'PARTNER#')
    .replace(/^MAIL#ptr/, 'PARTNER#ptr')
    .replace(/^MAIL#rfi/, 'RFI#rfi')
    .replace(/^SWEEP$/, 'PROGRAM')
}

interface StoredLocation {
  readonly id: string
  readonly contacts: unknown
}

/** Converts items to the layout of the first version. */
const inFirstLayout = (items: readonly Item[]): Item[] => {
  const people = new Map(
    items.filter(({ pk }) => pk.startsWith('PEOPLE#')).map(item => [`${item.pk.slice(7)} ${item.sk}`, item]),
  )
  return items
    .filter(({ pk }) => !pk.startsWith('PEOPLE#'))
    .map(item => {
      const { peopleVersion: _, ...kept } = { ...item, pk: firstPartition(item) } as Item
      for (const name of ['listPk', 'hotPk'])
        if (name in kept)
          Object.assign(kept, { [name]: String(kept[name]).replace('REFERRALS#', 'PARTNER#') })
      const named = people.get(`${item.pk.replace('LISTING#', '')} ${item.sk}`)
      if (item.entity === 'partner') {
        const { peopleVersion: _, ...overview } = item.overview as Record<string, unknown>
        const admins = named?.admins ?? []
        return { ...kept, admins, overview: { ...overview, admins } } as unknown as Item
      }
      if (item.entity === 'profile') {
        const locationsWithContacts = (named?.locations ?? []) as StoredLocation[]
        const locations = (item.locations as StoredLocation[]).map(location => ({
          ...location,
          contacts: locationsWithContacts.find(({ id }) => id === location.id)?.contacts ?? [],
        }))
        return { ...kept, locations, defaultContacts: named?.defaultContacts ?? [] } as unknown as Item
      }
      return kept as Item
    })
}

const isListed = ({ entity }: Item): boolean => entity === 'referral' || entity === 'rfi'

/** Converts items to the second layout: referrals and RFIs lack the keys of the lists, and referrals are listed by stage. */
const inSecondLayout = (items: readonly Item[]): Item[] =>
  items.map(item => {
    if (!isListed(item)) return item
    const { officePk, datesPk, datesSk, programPk, regionPk, changesPk, createdSk, updatedSk, ...kept } = item
    const listPk = String(item.listPk).replace('#STATUS#new', '#STAGE#inbox')
    return (item.entity === 'referral' ? { ...kept, listPk } : kept) as Item
  })

const sortByKey = (items: readonly Item[]): Item[] =>
  items.toSorted((a, b) => (`${a.pk} ${a.sk}` < `${b.pk} ${b.sk}` ? -1 : 1))

const fill = async (table: Table, items: readonly Item[]): Promise<void> => {
  for (const item of items) {
    const command = new PutCommand({ TableName: 'Table', Item: item })
    await table.handle({ service: 'dynamodb', operation: 'Put', command })
  }
}

/**
 * @param most number of calls before the client fails
 * @param onRead called after each page is read
 */
const run = (
  table: Table,
  { isWriting = true, most = Number.POSITIVE_INFINITY, onRead = async () => {} } = {},
) => {
  const calls: object[] = []
  const skippedItems: string[] = []
  const client = {
    send: async (command: object) => {
      calls.push(command)
      if (calls.length > most) throw new Error('the command was stopped')
      const output = await table.handle({ service: 'dynamodb', operation: '', command } satisfies Call)
      if (command instanceof ScanCommand) await onRead()
      return output
    },
  }
  const done = migrate({
    client,
    tableName: 'Table',
    isWriting,
    report: () => {},
    reportSkipped: (key, reason) => skippedItems.push(`${key}: ${reason}`),
  })
  return { done, calls, skippedItems }
}

it('a dry run counts the items to move and writes nothing', async () => {
  const table = await dynamodb.table()
  const first = inFirstLayout(present)
  await fill(table, first)
  const { done } = run(table, { isWriting: false })
  const { read, moved } = await done
  expect(read).toBe(first.length)
  expect(moved).toBeGreaterThan(first.length / 2)
  expect(sortByKey(await table.items())).toEqual(sortByKey(first))
})

it('the migration moves each item to the present layout, also when it is stopped and repeated', async () => {
  const table = await dynamodb.table()
  await fill(table, inFirstLayout(present))
  for (const most of [7, 8, 20, 51]) {
    const stopped = run(table, { most })
    await expect(stopped.done).rejects.toThrow('stopped')
  }
  expect(await run(table).done).toMatchObject({ skipped: 0 })
  expect(sortByKey(await table.items())).toEqual(sortByKey(present))
  expect(await run(table).done).toMatchObject({ moved: 0, skipped: 0 })
})

it('the migration adds the keys of the lists to referrals and RFIs, also when it is stopped and repeated', async () => {
  const table = await dynamodb.table()
  await fill(table, inSecondLayout(present))
  const dryRun = await run(table, { isWriting: false }).done
  expect(dryRun.moved).toBe(present.filter(isListed).length)
  expect(sortByKey(await table.items())).toEqual(sortByKey(inSecondLayout(present)))
  await expect(run(table, { most: 3 }).done).rejects.toThrow('stopped')
  expect(await run(table).done).toMatchObject({ skipped: 0 })
  expect(sortByKey(await table.items())).toEqual(sortByKey(present))
  expect(await run(table).done).toMatchObject({ moved: 0, skipped: 0 })
})

it('the migration leaves a referral that the program changes between read and write', async () => {
  const table = await dynamodb.table()
  const [referral] = inSecondLayout(present.filter(({ entity }) => entity === 'referral'))
  await fill(table, [referral as Item])
  const changed = { ...referral, version: 1000 } as unknown as Item
  const { done, skippedItems } = run(table, { onRead: () => fill(table, [changed]) })
  expect(await done).toEqual({ read: 1, moved: 0, skipped: 1 })
  expect(skippedItems).toEqual([`${referral?.pk} ${referral?.sk}: changed meanwhile`])
  expect(await table.items()).toEqual([changed])
})

it('the migration leaves and reports a referral that the program cannot read', async () => {
  const table = await dynamodb.table()
  const [referral, other] = inSecondLayout(present.filter(({ entity }) => entity === 'referral'))
  await fill(table, [{ ...referral, status: 'unheard-of' } as Item, other as Item])
  const { done, skippedItems } = run(table)
  expect(await done).toEqual({ read: 2, moved: 1, skipped: 1 })
  expect(skippedItems).toEqual([`${referral?.pk} ${referral?.sk}: unreadable`])
})

it('the migration inserts no item that the stream would publish as an event', async () => {
  const table = await dynamodb.table()
  await fill(table, inFirstLayout(present))
  const { done, calls } = run(table)
  await done
  const inserted = calls.flatMap(call => {
    const { TransactItems = [] } = (call as { input: { TransactItems?: { Put?: { Item: StoredItem } }[] } })
      .input
    return TransactItems.flatMap(({ Put }) => Put?.Item.entity ?? [])
  })
  expect(inserted).toContain('moving-event')
  expect(inserted).not.toContain('event')
})

it.each([
  ['a dry run', false],
  ['a run that writes', true],
])('%s leaves and reports an item that exists in both layouts', async (_, isWriting) => {
  const table = await dynamodb.table()
  const reputation = present.find(({ entity }) => entity === 'reputation') as Item
  const first = inFirstLayout([reputation])
  await fill(table, [...first, reputation])
  const { done, skippedItems } = run(table, { isWriting })
  expect(await done).toEqual({ read: 2, moved: 0, skipped: 1 })
  expect(skippedItems).toEqual([`${first[0]?.pk} ${first[0]?.sk}: in both layouts`])
  expect(await table.items()).toHaveLength(2)
})

it.each([
  ['a dry run', false],
  ['a run that writes', true],
])('%s leaves and reports an item of an unknown class and continues', async (_, isWriting) => {
  const table = await dynamodb.table()
  const first = inFirstLayout(present)
  await fill(table, [{ pk: 'PARTNER#ptr_1', sk: 'NOTE#1' } as Item, ...first])
  const { done, skippedItems } = run(table, { isWriting })
  const { moved, skipped } = await done
  expect(skipped).toBe(1)
  expect(moved).toBeGreaterThan(first.length / 2)
  expect(skippedItems).toEqual(['PARTNER#ptr_1 NOTE#1: unknown'])
})

it('the migration leaves an item that changes between read and move', async () => {
  const table = await dynamodb.table()
  const [partner] = inFirstLayout(present.filter(({ entity }) => entity === 'partner'))
  await fill(table, [partner as Item])
  const { done, skippedItems } = run(table, {
    onRead: () => fill(table, [{ ...partner, version: 1000 } as unknown as Item]),
  })
  expect(await done).toEqual({ read: 1, moved: 0, skipped: 1 })
  expect(skippedItems).toEqual([`${partner?.pk} ${partner?.sk}: changed meanwhile`])
})

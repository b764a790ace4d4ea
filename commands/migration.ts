/**
 * Moves the items of a table from an earlier key layout to the current one. In the first layout, all items of a partner were
 * in one partition, profiles contained their contacts and partners their administrators, and mails followed their events. In
 * the second one, referrals and RFIs lacked the keys of the indexes for lists.
 */
import { isDeepStrictEqual } from 'node:util'
import { ConditionalCheckFailedException, TransactionCanceledException } from '@aws-sdk/client-dynamodb'
import { GetCommand, PutCommand, ScanCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb'
import { Unreadable } from '../shared/kernel/unreadable.ts'
import { reindexedReferral, reindexedRfi } from '../shared/referrals/index.ts'

export type StoredItem = Readonly<Record<string, unknown>> & { readonly pk: string; readonly sk: string }

/** Temporary `entity` of an event that is being moved, so that the stream does not publish it again: see `migrate`. */
const movingEvent = 'moving-event'

const isMail = (sk: string): boolean => sk.includes('#MAIL#')

/** Sort key prefixes of a partner's items, and the class of their new partition key. */
const classes: readonly (readonly [prefix: string, keyClass: string])[] = [
  ['REFERRAL#', 'REFERRALS'],
  ['PROFILE-VERSION#', 'LISTING'],
  ['CONTACTS#', 'HEALTH'],
  ['MAILS#', 'MAIL'],
  ['REPUTATION#', 'REPUTATION'],
  ['LESSON#', 'REPUTATION'],
]

/**
 * Returns the items that replace an item in the current layout, the item itself first.
 * @returns undefined for an item that does not change, an empty list for an unknown kind of item
 */
export const movedItems = (item: StoredItem): StoredItem[] | undefined => {
  const { pk, sk } = item
  const [kind = '', id = ''] = pk.split('#')
  if (pk === 'PROGRAM' && sk === 'SWEEP') return [{ ...item, pk: 'SWEEP' }]
  if (kind === 'RFI' && isMail(sk)) return [{ ...item, pk: `MAIL#${id}` }]
  if (kind !== 'PARTNER') return undefined
  if (sk === 'PARTNER') return partnerItems(item, id)
  if (sk.startsWith('PROFILE#')) return profileItems(item, id)
  if (isMail(sk)) return [{ ...item, pk: `MAIL#${id}` }]
  const [, keyClass] = classes.find(([prefix]) => sk.startsWith(prefix)) ?? []
  if (!keyClass) return []
  const moved = { ...item, pk: `${keyClass}#${id}`, ...indexKeys(item) }
  if (item.entity === 'event') return [{ ...moved, entity: movingEvent }]
  return [item.entity === 'profile-version' ? withoutPeople(moved) : moved]
}

/** Returns the index keys of a referral, which begin with its partition key. */
const indexKeys = (item: StoredItem): Record<string, string> =>
  Object.fromEntries(
    ['listPk', 'hotPk'].flatMap(name => {
      const value = item[name]
      return typeof value === 'string' && value.startsWith('PARTNER#')
        ? [[name, value.replace('PARTNER#', 'REFERRALS#')]]
        : []
    }),
  )

const partnerItems = (item: StoredItem, partnerId: string): StoredItem[] => {
  const { admins, overview, ...company } = item
  const people = Array.isArray(admins) ? admins : []
  const { admins: _, ...shown } = (overview ?? {}) as Record<string, unknown>
  const peopleVersion = people.length > 0 ? 1 : 0
  return [
    {
      ...company,
      pk: `LISTING#${partnerId}`,
      peopleVersion,
      overview: { ...shown, peopleVersion },
    } as StoredItem,
    ...(peopleVersion > 0
      ? [
          {
            pk: `PEOPLE#${partnerId}`,
            sk: item.sk,
            entity: 'partner-people',
            partnerId,
            version: peopleVersion,
            admins: people,
          },
        ]
      : []),
  ]
}

interface StoredLocation {
  readonly id: unknown
  readonly contacts?: readonly unknown[]
}

const locationsOf = (item: StoredItem): readonly StoredLocation[] =>
  Array.isArray(item.locations) ? item.locations : []

const withoutPeople = (item: StoredItem): StoredItem => {
  const { defaultContacts: _, ...profile } = item
  const locations = locationsOf(item).map(({ contacts: _, ...location }) => location)
  return { ...profile, locations } as unknown as StoredItem
}

const profileItems = (item: StoredItem, partnerId: string): StoredItem[] => {
  const defaultContacts = Array.isArray(item.defaultContacts) ? item.defaultContacts : []
  const locations = locationsOf(item)
    .filter(({ contacts = [] }) => contacts.length > 0)
    .map(({ id, contacts }) => ({ id, contacts }))
  const peopleVersion = defaultContacts.length + locations.length > 0 ? 1 : 0
  return [
    { ...withoutPeople(item), pk: `LISTING#${partnerId}`, peopleVersion },
    ...(peopleVersion > 0
      ? [
          {
            pk: `PEOPLE#${partnerId}`,
            sk: item.sk,
            entity: 'profile-people',
            partnerId,
            region: item.region,
            version: peopleVersion,
            defaultContacts,
            locations,
          },
        ]
      : []),
  ]
}

const reindexers: Readonly<Record<string, (item: StoredItem) => object>> = {
  referral: reindexedReferral,
  rfi: reindexedRfi,
}

/**
 * Returns a referral or an RFI with the keys of the present indexes.
 * @returns undefined if it has them, and for other items
 * @throws UnreadableItem
 */
export const reindexedItem = (item: StoredItem): StoredItem | undefined => {
  const reindex = reindexers[String(item.entity)]
  if (!reindex) return undefined
  // Removes undefined fields, which are not stored.
  const next = JSON.parse(JSON.stringify(reindex(item))) as StoredItem
  return isDeepStrictEqual(next, { ...item }) ? undefined : next
}

/** Counts of items. */
export interface Progress {
  readonly read: number
  /** Items of an earlier layout: moved, or to be moved in a dry run. An item that gets new index keys counts as moved. */
  readonly moved: number
  /** Items that could not be moved, for a `SkipReason`. The next run tries again. */
  readonly skipped: number
}

/** `unknown`: the sort key has none of the known prefixes. `unreadable`: the program cannot read the item either. */
export type SkipReason = 'in both layouts' | 'changed meanwhile' | 'unknown' | 'unreadable'

interface Client {
  send(command: object): Promise<unknown>
}

interface Migration {
  readonly client: Client
  readonly tableName: string
  /** False counts the items to be moved, and writes nothing. */
  readonly isWriting: boolean
  readonly report: (progress: Progress) => void
  /** Called for each item that is not moved. */
  readonly reportSkipped: (key: string, reason: SkipReason) => void
}

/**
 * Moves all items, each in a transaction of its own, so that it is in exactly one layout at any time. The migration can be
 * stopped and run again. Events are written twice: an insert with the entity `event` would publish the old event again, so
 * they are inserted with another entity, which is then changed.
 */
export const migrate = async (migration: Migration): Promise<Progress> => {
  let progress: Progress = { read: 0, moved: 0, skipped: 0 }
  let start: Record<string, unknown> | undefined
  do {
    const page = (await migration.client.send(
      new ScanCommand({ TableName: migration.tableName, ConsistentRead: true, ExclusiveStartKey: start }),
    )) as { Items?: StoredItem[]; LastEvaluatedKey?: Record<string, unknown> }
    for (const item of page.Items ?? []) {
      const outcome = await moveItem(migration, item)
      progress = {
        read: progress.read + 1,
        moved: progress.moved + (outcome === 'moved' ? 1 : 0),
        skipped: progress.skipped + (outcome === 'skipped' ? 1 : 0),
      }
    }
    migration.report(progress)
    start = page.LastEvaluatedKey
  } while (start)
  return progress
}

type MoveOutcome = 'unchanged' | 'moved' | 'skipped'

const moveItem = async (migration: Migration, item: StoredItem): Promise<MoveOutcome> => {
  // An earlier run stopped between the two writes of an event.
  if (item.entity === movingEvent) return finishEvent(migration, item)
  try {
    const moved = movedItems(item)
    if (!moved) return await reindexInPlace(migration, item)
    const [first, ...others] = moved
    if (!first) return skip(migration, item, 'unknown')
    const present = [reindexedItem(first) ?? first, ...others]
    const reason = await (migration.isWriting ? replace : findObstacle)(migration, present, item)
    if (reason) return skip(migration, item, reason)
    return first.entity === movingEvent ? await finishEvent(migration, first) : 'moved'
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error
    return skip(migration, item, 'unreadable')
  }
}

/** Writes an item with the keys of the present indexes, if it lacks some and has not changed since it was read. */
const reindexInPlace = async (migration: Migration, item: StoredItem): Promise<MoveOutcome> => {
  const { client, tableName: TableName, isWriting } = migration
  const Item = reindexedItem(item)
  if (!Item) return 'unchanged'
  if (!isWriting) return 'moved'
  try {
    await client.send(new PutCommand({ TableName, Item, ...unchanged(item) }))
    return 'moved'
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error
    return skip(migration, item, 'changed meanwhile')
  }
}

/** Returns the condition that an item has not changed since it was read. */
const unchanged = ({ version }: StoredItem) =>
  version === undefined
    ? { ConditionExpression: 'attribute_exists(pk)' }
    : {
        ConditionExpression: '#version = :version',
        ExpressionAttributeNames: { '#version': 'version' },
        ExpressionAttributeValues: { ':version': version },
      }

const skip = ({ reportSkipped }: Migration, { pk, sk }: StoredItem, reason: SkipReason): 'skipped' => {
  reportSkipped(`${pk} ${sk}`, reason)
  return 'skipped'
}

/** @returns the reason why `replace` could not move the item now; undefined if it could */
const findObstacle = async (
  { client, tableName: TableName }: Migration,
  moved: readonly StoredItem[],
): Promise<SkipReason | undefined> => {
  for (const { pk, sk } of moved) {
    const command = new GetCommand({
      TableName,
      Key: { pk, sk },
      ProjectionExpression: 'pk',
      ConsistentRead: true,
    })
    const { Item } = (await client.send(command)) as { Item?: unknown }
    if (Item) return 'in both layouts'
  }
  return undefined
}

/** @returns the reason why the item was not moved; undefined if it was moved */
const replace = async (
  { client, tableName: TableName }: Migration,
  moved: readonly StoredItem[],
  item: StoredItem,
): Promise<SkipReason | undefined> => {
  const puts = moved.map(Item => ({
    Put: { TableName, Item, ConditionExpression: 'attribute_not_exists(pk)' },
  }))
  const { pk, sk } = item
  try {
    await client.send(
      new TransactWriteCommand({
        TransactItems: [...puts, { Delete: { TableName, Key: { pk, sk }, ...unchanged(item) } }],
      }),
    )
    return undefined
  } catch (error) {
    if (!(error instanceof TransactionCanceledException)) throw error
    const isTaken = error.CancellationReasons?.slice(0, puts.length).some(
      ({ Code }) => Code === 'ConditionalCheckFailed',
    )
    return isTaken ? 'in both layouts' : 'changed meanwhile'
  }
}

const finishEvent = async (
  { client, tableName: TableName, isWriting }: Migration,
  item: StoredItem,
): Promise<MoveOutcome> => {
  if (!isWriting) return 'moved'
  try {
    await client.send(
      new PutCommand({
        TableName,
        Item: { ...item, entity: 'event' },
        ConditionExpression: '#entity = :moving',
        ExpressionAttributeNames: { '#entity': 'entity' },
        ExpressionAttributeValues: { ':moving': movingEvent },
      }),
    )
  } catch (error) {
    // A concurrent run has made the second write.
    if (!(error instanceof ConditionalCheckFailedException)) throw error
  }
  return 'moved'
}

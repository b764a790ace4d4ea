/**
 * Moves the items of a table from the first layout of keys to the present one. In the first layout, all items of a partner
 * shared a partition, profiles held their contacts and partners their administrators, and mails stood behind their events.
 */
import { ConditionalCheckFailedException, TransactionCanceledException } from '@aws-sdk/client-dynamodb'
import { PutCommand, ScanCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb'

export type StoredItem = Readonly<Record<string, unknown>> & { readonly pk: string; readonly sk: string }

/** Entity of an event between its two writes: see `migrate`. */
const movingEvent = 'moving-event'

const isMail = (sk: string): boolean => sk.includes('#MAIL#')

/** Sort key prefixes of a partner's items, and the class of the partition that each moves to. */
const classes: readonly (readonly [prefix: string, keyClass: string])[] = [
  ['REFERRAL#', 'REFERRALS'],
  ['PROFILE-VERSION#', 'LISTING'],
  ['CONTACTS#', 'HEALTH'],
  ['MAILS#', 'MAIL'],
  ['REPUTATION#', 'REPUTATION'],
  ['LESSON#', 'REPUTATION'],
]

/**
 * Returns the items that take an item's place in the present layout, the item itself first.
 * @returns undefined for an item that stays as it is
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
  if (!keyClass) throw new Error(`no class of keys is known for the item at ${pk} ${sk}`)
  const moved = { ...item, pk: `${keyClass}#${id}`, ...indexKeys(item) }
  if (item.entity === 'event') return [{ ...moved, entity: movingEvent }]
  return [item.entity === 'profile-version' ? withoutPeople(moved) : moved]
}

/** The keys of a referral in the indexes `list` and `hot` begin as its partition key does. */
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

/** Counts of items. */
export interface Progress {
  readonly read: number
  /** Items of the first layout: moved, or to be moved in a dry run. */
  readonly moved: number
  /** Items that changed while they were moved, or that exist in both layouts. The next run tries again. */
  readonly conflicts: number
}

interface Client {
  send(command: object): Promise<unknown>
}

interface Migration {
  readonly client: Client
  readonly tableName: string
  /** False counts the items to be moved, and writes nothing. */
  readonly isWriting: boolean
  readonly report: (progress: Progress) => void
  /** Tells of an item that was left, by its key. */
  readonly conflict: (key: string) => void
}

/**
 * Moves every item, each in a transaction of its own, so that it is in one layout or in the other at any time. It can be
 * stopped and run again. Events are written twice: the stream's filter lets inserts of events through to the bus, which must
 * not get those of the past again, so they are inserted under another entity and then changed.
 */
export const migrate = async (migration: Migration): Promise<Progress> => {
  let progress: Progress = { read: 0, moved: 0, conflicts: 0 }
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
        conflicts: progress.conflicts + (outcome === 'conflict' ? 1 : 0),
      }
    }
    migration.report(progress)
    start = page.LastEvaluatedKey
  } while (start)
  return progress
}

type Outcome = 'stays' | 'moved' | 'conflict'

const moveItem = async (migration: Migration, item: StoredItem): Promise<Outcome> => {
  // The first write of an event was made, and the second was not.
  if (item.entity === movingEvent) return finishEvent(migration, item)
  const moved = movedItems(item)
  if (!moved) return 'stays'
  if (!migration.isWriting) return 'moved'
  const outcome = await replace(migration, item, moved)
  const [first] = moved
  if (outcome === 'conflict') migration.conflict(`${item.pk} ${item.sk}`)
  return outcome === 'moved' && first?.entity === movingEvent ? finishEvent(migration, first) : outcome
}

const replace = async (
  { client, tableName: TableName }: Migration,
  item: StoredItem,
  moved: readonly StoredItem[],
): Promise<Outcome> => {
  const puts = moved.map(Item => ({
    Put: { TableName, Item, ConditionExpression: 'attribute_not_exists(pk)' },
  }))
  const { pk, sk, version } = item
  const unchanged =
    version === undefined
      ? { ConditionExpression: 'attribute_exists(pk)' }
      : {
          ConditionExpression: '#version = :version',
          ExpressionAttributeNames: { '#version': 'version' },
          ExpressionAttributeValues: { ':version': version },
        }
  try {
    await client.send(
      new TransactWriteCommand({
        TransactItems: [...puts, { Delete: { TableName, Key: { pk, sk }, ...unchanged } }],
      }),
    )
    return 'moved'
  } catch (error) {
    if (error instanceof TransactionCanceledException) return 'conflict'
    throw error
  }
}

const finishEvent = async (
  { client, tableName: TableName, isWriting }: Migration,
  item: StoredItem,
): Promise<Outcome> => {
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
    // Another run has finished it.
    if (!(error instanceof ConditionalCheckFailedException)) throw error
  }
  return 'moved'
}

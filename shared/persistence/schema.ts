/**
 * The key schema of the single table: what the stack deploys and every store relies on.
 * Index names say what they are for; their key attributes are generic, so that any entity may use them.
 */
export const tableSchema = {
  partitionKey: 'pk',
  sortKey: 'sk',
  timeToLive: 'ttl',
  indexes: {
    /** Lists in a given order. Projects `overview`, the part of an item that its list shows. */
    list: { name: 'list', partitionKey: 'listPk', sortKey: 'listSk', include: ['overview'] },
    /** What falls due next, present only while something can. Keys only. */
    due: { name: 'due', partitionKey: 'duePk', sortKey: 'dueSk' },
    /** What is hot, present only while it is. Projects `overview`, as lists do. */
    hot: { name: 'hot', partitionKey: 'hotPk', sortKey: 'hotSk', include: ['overview'] },
    /** What the directory is made of, in the order in which it changed. Projects `entry`, what search knows of it. */
    directory: { name: 'directory', partitionKey: 'directoryPk', sortKey: 'directorySk', include: ['entry'] },
  },
} as const

/** The `entity` of outbox items: the table's stream hands exactly their inserts to publish-events. */
export const eventEntity = 'event'

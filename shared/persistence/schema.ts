/**
 * The key schema of the single table, for the stack and all stores. Indexes have the name of their purpose. Their key
 * attributes are generic, so that every entity can use them.
 */
export const tableSchema = {
  partitionKey: 'pk',
  sortKey: 'sk',
  timeToLive: 'ttl',
  indexes: {
    /** Lists in a given order. Projects `overview`, the part of an item that its list shows. */
    list: { name: 'list', partitionKey: 'listPk', sortKey: 'listSk', include: ['overview'] },
    /** Next deadlines. It contains an item only while the item has a deadline. Projects keys only. */
    due: { name: 'due', partitionKey: 'duePk', sortKey: 'dueSk' },
    /** Hot referrals, while they are hot, and accepted referrals by their CRM id. Projects `overview`, as `list` does. */
    hot: { name: 'hot', partitionKey: 'hotPk', sortKey: 'hotSk', include: ['overview'] },
    /** Entries of the directory, in the order of their changes. Projects `entry`. */
    directory: { name: 'directory', partitionKey: 'directoryPk', sortKey: 'directorySk', include: ['entry'] },
    // The following indexes share some key attributes, which keeps items small.
    /** Lists of one office of a partner. Projects `overview`, as `list` does. */
    office: { name: 'office', partitionKey: 'officePk', sortKey: 'listSk', include: ['overview'] },
    // The following indexes project keys only: lists read the items of a page. An entry costs one write unit when its key
    // changes, and nothing when only other attributes change.
    /** All referrals of a partner by time of receipt. */
    received: { name: 'received', partitionKey: 'pk', sortKey: 'createdSk' },
    /** All referrals of a partner by time of the last change. */
    updated: { name: 'updated', partitionKey: 'pk', sortKey: 'updatedSk' },
    /** Open referrals of a partner by the date on which something is due. */
    dates: { name: 'dates', partitionKey: 'datesPk', sortKey: 'datesSk' },
    /** Items of all partners by status and time of creation, in shards. */
    program: { name: 'program', partitionKey: 'programPk', sortKey: 'createdSk' },
    /** Items of all partners by region, status and time of creation. */
    region: { name: 'region', partitionKey: 'regionPk', sortKey: 'createdSk' },
    /** Items of all partners by time of the last change, in shards. */
    changes: { name: 'changes', partitionKey: 'changesPk', sortKey: 'updatedSk' },
    /** Entries by which requests and partners are looked up. Projects `roots`, which filter by further words. */
    lookup: { name: 'lookup', partitionKey: 'lookupPk', sortKey: 'lookupSk', include: ['roots'] },
  },
} as const
export type IndexName = keyof typeof tableSchema.indexes

/**
 * Number of the key layout. A change of keys raises it and needs a migration (docs/upgrading.md). Layout 1 had one partition
 * for all items of a partner; layout 2 has classes of keys; layout 3 lists referrals by status, office, date and region.
 */
export const dataLayout = 3

/**
 * Classes of partition keys. Functions get rights per class (`dynamodb:LeadingKeys`), so items that different functions may
 * write are in different classes. A partition key is the class alone, or the class, `#` and an id.
 */
export const keyClasses = {
  /** A partner and its profiles, without personal data. */
  listing: 'LISTING',
  /** A partner's administrators and the contacts of its profiles. */
  people: 'PEOPLE',
  /** The contacts of a partner that mail does not reach. */
  health: 'HEALTH',
  /** The reputation of a partner, and the marks of the events counted in it. */
  reputation: 'REPUTATION',
  /** A partner's referrals and their events. */
  referrals: 'REFERRALS',
  /** An RFI, its events and routing decisions, and its customer. */
  rfi: 'RFI',
  /** Mails about a partner's referrals or an RFI, and the daily mail counts of a partner's contacts. */
  mail: 'MAIL',
  /** Answers to requests with an Idempotency-Key. */
  idempotency: 'IDEMPOTENCY',
  /** Policy and taxonomy, with their versions. */
  program: 'PROGRAM',
  /** Keyed hashes by which an RFI with its customer, or a partner, is looked up. */
  lookup: 'LOOKUP',
  /** The sweeper's mark. */
  sweep: 'SWEEP',
} as const
export type KeyClass = keyof typeof keyClasses

/** Classes with a single partition. */
const single: ReadonlySet<KeyClass> = new Set(['program', 'sweep'])

/** Returns the pattern of all partition keys of a class, for IAM's `StringLike`. */
export const keyPattern = (of: KeyClass): string => (single.has(of) ? keyClasses[of] : `${keyClasses[of]}#*`)

/** The `entity` of outbox items. The table's stream passes inserts of this entity to publish-events, and nothing else. */
export const eventEntity = 'event'

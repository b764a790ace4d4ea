/**
 * The key schema of the single table, which the stack deploys and every store uses. Indexes are named after their purpose;
 * their key attributes are generic, so that any entity can use them.
 */
export const tableSchema = {
  partitionKey: 'pk',
  sortKey: 'sk',
  timeToLive: 'ttl',
  indexes: {
    /** Lists in a given order. Projects `overview`, the part of an item that its list shows. */
    list: { name: 'list', partitionKey: 'listPk', sortKey: 'listSk', include: ['overview'] },
    /** Next deadlines; an item is in it only while it has one. Keys only. */
    due: { name: 'due', partitionKey: 'duePk', sortKey: 'dueSk' },
    /** Hot referrals, while they are hot. Projects `overview`, as `list` does. */
    hot: { name: 'hot', partitionKey: 'hotPk', sortKey: 'hotSk', include: ['overview'] },
    /** Entries of the directory, in the order of their changes. Projects `entry`. */
    directory: { name: 'directory', partitionKey: 'directoryPk', sortKey: 'directorySk', include: ['entry'] },
  },
} as const

/**
 * Number of the layout of keys. A change of keys raises it, and takes a migration (docs/upgrading.md): 1 had one partition for
 * all items of a partner, 2 has classes of keys.
 */
export const dataLayout = 2

/**
 * Classes of partition keys, by what their items are about. Rights are cut by class (`dynamodb:LeadingKeys`), so items that
 * different functions may write stand in different classes. Each key is the class, or the class and `#` and an id.
 */
export const keyClasses = {
  /** A partner and its profiles, as the directory may show them: no personal data. */
  listing: 'LISTING',
  /** A partner's administrators and the contacts of its profiles. */
  people: 'PEOPLE',
  /** The contacts of a partner that mail does not reach. */
  health: 'HEALTH',
  /** Figures that were learned of a partner, and the events that they were learned from. */
  reputation: 'REPUTATION',
  /** A partner's referrals and their events. */
  referrals: 'REFERRALS',
  /** An RFI, its events and routing decisions, and its customer. */
  rfi: 'RFI',
  /** Mails about a partner's referrals or an RFI, and the days of a partner's contacts. */
  mail: 'MAIL',
  /** Answers to requests with an Idempotency-Key. */
  idempotency: 'IDEMPOTENCY',
  /** Policy and taxonomy, with their versions. */
  program: 'PROGRAM',
  /** The sweeper's mark. */
  sweep: 'SWEEP',
} as const
export type KeyClass = keyof typeof keyClasses

/** Classes of which there is one partition. */
const single: ReadonlySet<KeyClass> = new Set(['program', 'sweep'])

/** The pattern of all partition keys of a class, as IAM's `StringLike` reads it. */
export const keyPattern = (of: KeyClass): string => (single.has(of) ? keyClasses[of] : `${keyClasses[of]}#*`)

/** The `entity` of outbox items: the table's stream hands exactly their inserts to publish-events. */
export const eventEntity = 'event'

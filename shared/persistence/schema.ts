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

/** Contact order: the people of a partner who get mail about a referral, and how contact health changes the order. */
import type { Event } from '../../events/contract.ts'
import { type ContactProblem, contactProblems, warnedProblems } from '../../events/contract.ts'
import type { PartnerId, ReferralId } from '../../kernel/ids.ts'
import type { Person } from '../../kernel/person.ts'
import type { Instant } from '../../time/instant.ts'
import type { Contact, Warning } from './contract.ts'

/** The problem of one email address. */
export interface Trouble {
  /** In lower case. */
  readonly address: string
  /** Fingerprint of the address, for events, which hold no personal data. */
  readonly contact: string
  readonly problem: ContactProblem
  readonly since: Instant
  /** Ids of the events whose mails went to another person, oldest first; the latest 300 are kept. */
  readonly events: readonly string[]
  /** Ids of the mails that bounced temporarily since the last delivery; at most `maxTemporaryBounces`. */
  readonly temporaryBounces: readonly string[]
}

/** The contact health of a partner in a region: which addresses mail does not reach. */
export interface Health {
  readonly partnerId: PartnerId
  readonly region: string
  readonly version: number
  readonly troubles: readonly Trouble[]
}

export const healthy = (partnerId: PartnerId, region: string): Health => ({
  partnerId,
  region,
  version: 0,
  troubles: [],
})

export const addressOf = ({ email }: { readonly email: string }): string => email.toLowerCase()

type ReaderRole = 'contact' | 'default-contact' | 'admin'

/** A person of a partner who gets a mail. */
export interface Reader {
  readonly person: Person
  readonly role: ReaderRole
  /** True if the mail still reaches another person if this person is muted. */
  readonly isMutable: boolean
}

/** The people whom a profile and its partner name. */
export interface Contacts {
  readonly locations: readonly {
    readonly id: string
    readonly name: string
    readonly address?: { readonly country: string }
    readonly timeZone?: string | undefined
    readonly contacts: readonly Contact[]
    /** The contacts of a removed location get mail about that location's referrals only. */
    readonly removed?: boolean
  }[]
  readonly defaultContacts: readonly Contact[]
  readonly admins: readonly Person[]
}

/** The subject of a mail, as far as the choice of readers depends on it. */
interface MailSubject {
  readonly locationId: string
  /** Empty for a mail about no single referral. */
  readonly referralId: ReferralId | ''
}

interface Tier {
  readonly role: ReaderRole
  readonly people: readonly (Person & { readonly muted?: boolean })[]
}

/** Returns the groups of people in order; a group gets mail only if no person in the previous groups can be reached. */
const tiersOf = ({ locations, defaultContacts, admins }: Contacts, locationId: string): Tier[] => {
  const here = locations.filter(({ id }) => id === locationId)
  // Stryker disable next-line ConditionalExpression: contacts of the location itself are unreachable in the last tier
  const elsewhere = locations.filter(({ id, removed }) => id !== locationId && !removed)
  const contactsAt = (some: typeof locations) => some.flatMap(({ contacts }) => contacts)
  return [
    { role: 'contact', people: contactsAt(here) },
    { role: 'default-contact', people: defaultContacts },
    { role: 'admin', people: admins },
    { role: 'contact', people: contactsAt(elsewhere) },
  ]
}

/**
 * Returns the people who get a mail: the contacts of the referral's location; if none of them can be reached, the
 * profile's default contacts; then the partner's administrators; then the contacts of its other locations. Muted contacts
 * are left out, unless the whole group is muted. Each address occurs once.
 */
export const readersOf = (contacts: Contacts, health: Health, subject: MailSubject): Reader[] => {
  for (const { role, people } of tiersOf(contacts, subject.locationId)) {
    const reachable = uniqueByAddress(people).filter(person =>
      isReachable(addressOf(person), health, subject.referralId),
    )
    if (reachable.length === 0) continue
    const unmuted = reachable.filter(({ muted }) => !muted)
    const readers = unmuted.length > 0 ? unmuted : reachable
    // Profiles store who is muted. Administrators belong to the partner, so they cannot be muted.
    const isMutable = unmuted.length > 1 && role !== 'admin'
    return readers.map(person => ({ person, role, isMutable }))
  }
  return []
}

/** Removes repeated addresses, without regard to case. The last entry of an address replaces the first one. */
export const uniqueByAddress = <T extends Person>(people: readonly T[]): T[] => [
  ...new Map(people.map(person => [addressOf(person), person])).values(),
]

/** Tests for an address that mail about a referral reaches, according to the recorded problems. */
export const isReachable = (address: string, { troubles }: Health, referralId: ReferralId | ''): boolean =>
  !troubles.some(
    trouble =>
      trouble.address === address &&
      // A contact who was the wrong person for one referral, or did not get a mail about it, still gets mail about others.
      (isFailing(trouble) || isAbout(trouble, referralId)),
  )

const isAbout = ({ events }: Trouble, referralId: ReferralId | ''): boolean =>
  events.some(id => id.startsWith(`${referralId}.`))

/**
 * Tests for a person who may use the links in mails about a referral. A mail that was passed on can still arrive late, so
 * `undelivered` ends no links.
 */
export const mayAnswer = (address: string, { troubles }: Health, referralId: ReferralId): boolean =>
  !troubles.some(
    trouble =>
      trouble.address === address &&
      (isFailing(trouble) || (trouble.problem === 'misaddressed' && isAbout(trouble, referralId))),
  )

/** Tests for a problem that stops all mail. `undelivered` and `misaddressed` concern single mails and referrals. */
export const isFailing = ({ problem }: Pick<Trouble, 'problem'>): boolean =>
  problem === 'bounced' || problem === 'complained'

/** Tests for a problem that the profile shows as a warning. */
export const isWarned = ({ problem }: Pick<Trouble, 'problem'>): boolean => problem !== 'undelivered'

/** Returns all people who can get mail for a profile, each address once. */
export const allPeople = ({ locations, defaultContacts, admins }: Contacts): Person[] =>
  uniqueByAddress([...locations.flatMap(({ contacts }) => contacts), ...defaultContacts, ...admins])

export const findPerson = (contacts: Contacts, address: string): Person | undefined =>
  allPeople(contacts).find(person => addressOf(person) === address)

/** Maximum number of events kept per address, more than one digest holds. */
const maxEvents = 300

/**
 * Number of temporary bounces without a delivery between them that counts as a bounce. SES has tried each mail for up to 14
 * hours, so three in a row are no short outage; and each one delays the mail of a referral before it is passed on.
 */
const maxTemporaryBounces = 3

interface Finding {
  readonly address: string
  readonly contact: string
  readonly problem: ContactProblem
  /** Ids of the events whose mails should go to another person. */
  readonly events: readonly string[]
  /** Id of the mail if it bounced temporarily. */
  readonly temporaryBounce?: string | undefined
}

/** Adds a finding. @returns the same object if it brings neither a worse problem nor new events or bounces */
export const withFinding = (health: Health, finding: Finding, now: Instant): Health => {
  const { address, contact, events } = finding
  const known = troubleOf(health, address)
  const temporaryBounces = bouncesInARow(known, finding)
  const problem = temporaryBounces.length < maxTemporaryBounces ? finding.problem : 'bounced'
  const isWorse = !known || severity(problem) > severity(known.problem)
  const newEvents = events.filter(id => !known?.events.includes(id))
  if (!isWorse && newEvents.length === 0 && temporaryBounces === known.temporaryBounces) return health
  const worst = isWorse ? { problem, since: now } : known
  const trouble: Trouble = {
    address,
    contact,
    problem: worst.problem,
    since: worst.since,
    events: [...(known?.events ?? []), ...newEvents].slice(-maxEvents),
    temporaryBounces,
  }
  return withTrouble(health, trouble)
}

const withTrouble = (health: Health, trouble: Trouble): Health => {
  const others = health.troubles.filter(({ address }) => address !== trouble.address)
  return { ...health, version: health.version + 1, troubles: [...others, trouble] }
}

/** Adds the mail of a finding, each mail once. @returns the known list if there is nothing to add */
const bouncesInARow = (known: Trouble | undefined, { temporaryBounce }: Finding): readonly string[] => {
  const before = known?.temporaryBounces ?? []
  const isNew = temporaryBounce !== undefined && !before.includes(temporaryBounce)
  return isNew && before.length < maxTemporaryBounces ? [...before, temporaryBounce] : before
}

/**
 * Starts the count of temporary bounces again, because a mail was delivered. The events keep their new readers.
 * @returns the same object if there was no temporary bounce
 */
export const withDelivery = (health: Health, address: string): Health => {
  const known = troubleOf(health, address)
  if (!known || known.temporaryBounces.length === 0) return health
  return withTrouble(health, { ...known, temporaryBounces: [] })
}

export const troubleOf = ({ troubles }: Health, address: string): Trouble | undefined =>
  troubles.find(trouble => trouble.address === address)

const severity = (problem: ContactProblem): number => contactProblems.indexOf(problem)

/** Drops the problems of addresses that are no longer in use. @returns the same object if there are none */
export const withinUse = (health: Health, inUse: ReadonlySet<string>): Health => {
  const troubles = health.troubles.filter(({ address }) => inUse.has(address))
  if (troubles.length === health.troubles.length) return health
  return { ...health, version: health.version + 1, troubles }
}

/** Drops the problem of an address. @returns the same object if the address has no problem */
export const withoutTrouble = (health: Health, address: string): Health =>
  withinUse(
    health,
    new Set(health.troubles.map(trouble => trouble.address).filter(other => other !== address)),
  )

/** Returns the problems of the people who can get mail for a profile. */
export const warningsOf = (contacts: Contacts, health: Health): Warning[] =>
  allPeople(contacts).flatMap(person => {
    const { since } = troubleOf(health, addressOf(person)) ?? {}
    const problem = warnedProblemOf(health, addressOf(person))
    return problem && since ? [{ email: person.email, problem, since }] : []
  })

/** Returns the problem of an address that its profile shows, if it has one. */
export const warnedProblemOf = ({ troubles }: Health, address: string): Warning['problem'] | undefined => {
  const trouble = troubles.find(candidate => candidate.address === address)
  return warnedProblems.find(problem => problem === trouble?.problem)
}

/** Creates the event that reports a finding. It holds the fingerprint of the address, never the address. */
export const failedEvent = (
  { partnerId, region, version }: Health,
  data: Event<'contact.failed'>['data'],
  actor: Event['actor'],
  now: Instant,
): Event => ({
  id: `${partnerId}.${region}.contacts.${version}`,
  type: 'contact.failed',
  at: now,
  actor,
  subject: { profile: { partnerId, region } },
  version,
  data,
})

/** Who is mailed about a referral, in a fixed order, and how what is known of contacts' health changes that. */
import type { Event } from '../../events/contract.ts'
import { type ContactProblem, contactProblems } from '../../events/contract.ts'
import type { PartnerId, ReferralId } from '../../kernel/ids.ts'
import type { Person } from '../../kernel/person.ts'
import type { Instant } from '../../time/instant.ts'
import type { Contact, Warning } from './contract.ts'

/** What is wrong with an address. */
export interface Trouble {
  /** In lower case. */
  readonly address: string
  /** Names it in events, where the address must not stand. */
  readonly contact: string
  readonly problem: ContactProblem
  readonly since: Instant
  /** The events of which the mails went on to somebody else, as far back as they are kept; the newest last. */
  readonly events: readonly string[]
}

/** What is known of reaching a partner's contacts in a region. */
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

/** Somebody of the partner who is mailed. */
export interface Reader {
  readonly person: Person
  readonly role: ReaderRole
  /** Whether mails would reach somebody else if this one were muted. */
  readonly isMutable: boolean
}

/** Whose contacts they are, as far as a profile and its partner tell. */
export interface Contacts {
  readonly locations: readonly {
    readonly id: string
    readonly name: string
    readonly contacts: readonly Contact[]
    /** Of a location that is gone, its contacts hear of its own referrals alone. */
    readonly removed?: boolean
  }[]
  readonly defaultContacts: readonly Contact[]
  readonly admins: readonly Person[]
}

interface Concern {
  readonly locationId: string
  readonly referralId: ReferralId | ''
}

interface Tier {
  readonly role: ReaderRole
  readonly people: readonly (Person & { readonly muted?: boolean })[]
}

/** Who is asked first, and who only when nobody before can be reached. */
const tiersOf = ({ locations, defaultContacts, admins }: Contacts, locationId: string): Tier[] => {
  const here = locations.filter(({ id }) => id === locationId)
  const elsewhere = locations.filter(({ id, removed }) => id !== locationId && !removed)
  const contactsAt = (places: typeof locations) => places.flatMap(({ contacts }) => contacts)
  return [
    { role: 'contact', people: contactsAt(here) },
    { role: 'default-contact', people: defaultContacts },
    { role: 'admin', people: admins },
    { role: 'contact', people: contactsAt(elsewhere) },
  ]
}

/**
 * Who is mailed about a referral: the contacts of its location; if none of them can be reached, the profile's default
 * contacts; then the partner's administrators; then the contacts of its other locations. Who is muted is passed over,
 * unless all who could be mailed are. Each address once.
 */
export const readersOf = (contacts: Contacts, health: Health, concern: Concern): Reader[] => {
  for (const { role, people } of tiersOf(contacts, concern.locationId)) {
    const reachable = once(people).filter(person =>
      isReachable(addressOf(person), health, concern.referralId),
    )
    if (reachable.length === 0) continue
    const willing = reachable.filter(({ muted }) => !muted)
    const readers = willing.length > 0 ? willing : reachable
    // Of whom a profile says nothing, it cannot say that they are muted.
    const isMutable = willing.length > 1 && role !== 'admin'
    return readers.map(person => ({ person, role, isMutable }))
  }
  return []
}

export const once = <T extends Person>(people: readonly T[]): T[] => [
  ...new Map(people.map(person => [addressOf(person), person])).values(),
]

/** Whether mail about a referral reaches an address, as far as is known. */
export const isReachable = (address: string, { troubles }: Health, referralId: ReferralId | ''): boolean =>
  !troubles.some(
    trouble =>
      trouble.address === address &&
      // Who was the wrong person for one referral may be the right one for others.
      (isFailing(trouble) || trouble.events.some(id => id.startsWith(`${referralId}.`))),
  )

/** Whether mail does not reach an address, whatever it is about: who was the wrong person once is not meant. */
export const isFailing = ({ problem }: Pick<Trouble, 'problem'>): boolean => problem !== 'misaddressed'

/** Everybody who may be mailed on behalf of a profile, each address once. */
export const everybody = ({ locations, defaultContacts, admins }: Contacts): Person[] =>
  once([...locations.flatMap(({ contacts }) => contacts), ...defaultContacts, ...admins])

export const findPerson = (contacts: Contacts, address: string): Person | undefined =>
  everybody(contacts).find(person => addressOf(person) === address)

/** So many events are kept of which mails went on: more than a digest holds. */
const maxEvents = 300

interface Finding {
  readonly address: string
  readonly contact: string
  readonly problem: ContactProblem
  /** Of which the mail should go on to somebody else. */
  readonly events: readonly string[]
}

/** What is known once something is found to be wrong; the same health where that says nothing new. */
export const withFinding = (
  health: Health,
  { address, contact, problem, events }: Finding,
  now: Instant,
): Health => {
  const known = troubleOf(health, address)
  const isWorse = !known || severity(problem) > severity(known.problem)
  const news = events.filter(id => !known?.events.includes(id))
  if (!isWorse && news.length === 0) return health
  const found = isWorse ? { problem, since: now } : known
  const trouble: Trouble = {
    address,
    contact,
    problem: found.problem,
    since: found.since,
    events: [...(known?.events ?? []), ...news].slice(-maxEvents),
  }
  const others = health.troubles.filter(other => other.address !== address)
  return { ...health, version: health.version + 1, troubles: [...others, trouble] }
}

export const troubleOf = ({ troubles }: Health, address: string): Trouble | undefined =>
  troubles.find(trouble => trouble.address === address)

const severity = (problem: ContactProblem): number => contactProblems.indexOf(problem)

/** What is still known once only these addresses are in use; the same health where that changes nothing. */
export const withinUse = (health: Health, inUse: ReadonlySet<string>): Health => {
  const troubles = health.troubles.filter(({ address }) => inUse.has(address))
  if (troubles.length === health.troubles.length) return health
  return { ...health, version: health.version + 1, troubles }
}

/** What is known once somebody vouches for an address; the same health where nothing was wrong with it. */
export const withoutTrouble = (health: Health, address: string): Health =>
  withinUse(
    health,
    new Set(health.troubles.map(trouble => trouble.address).filter(other => other !== address)),
  )

/** What is wrong with those who may be mailed. */
export const warningsOf = (contacts: Contacts, health: Health): Warning[] =>
  everybody(contacts).flatMap(person => {
    const trouble = troubleOf(health, addressOf(person))
    return trouble ? [{ email: person.email, problem: trouble.problem, since: trouble.since }] : []
  })

/** What a finding is told by: never with the address itself. */
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

/** Decisions about profiles: errors of content, completeness, changed fields, kept locations and quality. */

import type { Fault } from '../../kernel/errors.ts'
import { commonFaults, faults } from '../../kernel/faults.ts'
import { asPartnerId, asProfileId, type PartnerId, type ProfileId } from '../../kernel/ids.ts'
import { messages } from '../../kernel/messages.ts'
import { checkAll, checkEach } from '../../kernel/partial-input.ts'
import { nameOf, type Person } from '../../kernel/person.ts'
import type { Taxonomy } from '../../program/contract.ts'
import { codeFaults, listFaults } from '../../program/rules.ts'
import { isPaused } from '../../search/index.ts'
import { phraseOf } from '../../text/tokenizer.ts'
import { after, type Duration } from '../../time/duration.ts'
import type { Instant } from '../../time/instant.ts'
import type { Contact } from '../contact/contract.ts'
import {
  addressOf,
  allPeople,
  type Contacts,
  type Health,
  isFailing,
  troubleOf,
  warnedProblemOf,
} from '../contact/rules.ts'
import {
  type CheckCode,
  checkCodes,
  type KeptStatus,
  type Location,
  maxLocations,
  maxRemoved,
  type NewProfile,
  type ProfileContent,
  type ProfileView,
  profileFaults,
  type ResolvedCoordinates,
  type Review,
  reviewAdvice,
  statementNames,
} from './contract.ts'
import { markdownFaults } from './markdown.ts'

/** A location as it is stored. */
export interface KeptLocation extends Location {
  readonly resolvedCoordinates: ResolvedCoordinates
  readonly removed: boolean
}

/** The state of the regular confirmation of contacts. */
type Confirmation = Pick<ProfileView, 'contactsConfirmedUntil' | 'contactConfirmationDue'>

/** A business profile as it is stored. */
export interface Profile extends Omit<ProfileView, 'status' | keyof Confirmation | 'warnings'> {
  readonly version: number
  readonly status: KeptStatus
  /** Copy of the partner's name, which the directory shows. */
  readonly partnerName: string
  /**
   * End of the partner's first days. The first activation sets it, and nothing changes it. Missing before, and in profiles
   * that were activated by an earlier version of the program: see `readLearningFrom`.
   */
  readonly learningFrom?: Instant | undefined
}

/** A profile without its contacts. */
export interface PublicProfile extends Omit<Profile, 'defaultContacts' | 'locations'> {
  readonly locations: Omit<KeptLocation, 'contacts'>[]
}

export const withoutPeople = ({ defaultContacts: _, locations, ...profile }: Profile): PublicProfile => ({
  ...profile,
  locations: locations.map(({ contacts: _, ...location }) => location),
})

/** Returns the locations without those that are marked as removed. */
export const withoutRemoved = <L extends { readonly removed: boolean }>(locations: readonly L[]): L[] =>
  locations.filter(({ removed }) => !removed)

/** Returns the status on a day. `paused` is never stored: it ends when the day `pausedUntil` comes. */
export const statusOn = (
  { status, preferences }: Pick<Profile, 'status' | 'preferences'>,
  today: string,
): ProfileView['status'] => (status === 'active' && isPaused(preferences, today) ? 'paused' : status)

/** @param every the policy's interval between confirmations */
export const confirmationOf = (
  { contactsConfirmedAt }: Pick<Profile, 'contactsConfirmedAt'>,
  every: Duration,
  now: Instant,
): Confirmation => {
  const contactsConfirmedUntil = after(contactsConfirmedAt, every)
  return { contactsConfirmedUntil, contactConfirmationDue: contactsConfirmedUntil < now }
}

/** Joins partner and region into the profile's id; `ownerOf` splits it. */
export const profileIdOf = (partnerId: PartnerId, region: string): ProfileId =>
  asProfileId(`${partnerId}.${region}`)
export const ownerOf = (profileId: ProfileId): { partnerId: PartnerId; region: string } => {
  const [partnerId = '', region = ''] = profileId.split('.')
  return { partnerId: asPartnerId(partnerId), region }
}

type NewContact = NewProfile['defaultContacts'][number]

const withLocale = (contacts: readonly NewContact[], otherwise: string): Contact[] =>
  contacts.map(({ locale = otherwise, ...contact }) => ({ ...contact, locale }))

/**
 * Removes the fields that clients cannot set and the removed locations, which a profile that was read and put back has.
 * @param locale the locale of contacts that state none
 */
export const contentIn = (
  { locations, defaultContacts, ...asked }: NewProfile,
  locale: string,
): ProfileContent => {
  const {
    id,
    partnerId,
    region,
    status,
    version,
    createdAt,
    updatedAt,
    contactsConfirmedAt,
    contactsConfirmedUntil,
    contactConfirmationDue,
    warnings,
    ...said
  } = asked
  return {
    ...said,
    defaultContacts: withLocale(defaultContacts, locale),
    locations: withoutRemoved(locations).map(({ resolvedCoordinates, removed, contacts, ...location }) => ({
      ...location,
      contacts: withLocale(contacts, locale),
    })),
  }
}

const fault = faults({ ...commonFaults, ...profileFaults })

const codeLists = ['industries', 'products', 'services', 'solutions', 'customerSizes'] as const

/**
 * Returns the faults of a profile's content, independent of its status. Invalid parts can be holes.
 * @param before the stored profile; retired codes that it already has are allowed
 */
export const contentFaults = (
  content: ProfileContent,
  taxonomy: Taxonomy,
  before?: ProfileContent,
): Fault[] =>
  checkAll(
    () => codeFaults(taxonomy, content, '', before),
    () =>
      listFaults(
        taxonomy,
        'industries',
        content.preferences.excludedIndustries,
        '/preferences/excludedIndustries',
        before?.preferences.excludedIndustries,
      ),
    () => markdownFaults(content.description ?? '', '/description'),
    () => tooManyLocations(content),
    ...codeLists.map(list => () => repeats(`/${list}`, content[list])),
    () => repeats('/preferences/excludedIndustries', content.preferences.excludedIndustries),
    () => repeats('/languages', content.languages),
    () => repeats('/defaultContacts', content.defaultContacts, addressOf),
    () =>
      checkEach(content.locations, ({ contacts }, index) =>
        repeats(`/locations/${index}/contacts`, contacts, addressOf),
      ),
    () => repeats('/locations', content.locations, ({ id }) => id, '/id'),
    () => keywordFaults('/keywords', content.keywords),
    () => keywordFaults('/preferences/excludedKeywords', content.preferences.excludedKeywords),
  )

const tooManyLocations = ({ locations }: ProfileContent): Fault[] =>
  locations.length <= maxLocations
    ? []
    : [fault('too-many', '/locations', { actual: locations.length, maximum: maxLocations })]

/**
 * Returns an error for each entry that repeats an earlier one.
 * @param identityOf returns what two entries that mean the same have in common
 */
const repeats = <T>(
  list: string,
  entries: readonly T[],
  identityOf: (entry: T) => string = String,
  field = '',
): Fault[] => {
  const seen = new Set<string>()
  return checkEach(entries, (entry, index) => {
    const value = identityOf(entry)
    if (seen.has(value)) return [fault('repeated', `${list}/${index}${field}`, { value })]
    seen.add(value)
    return []
  })
}

/**
 * Returns the faults of keywords. They are compared in the form that search uses. A keyword without a letter or digit is an
 * error, because search never finds it.
 */
const keywordFaults = (list: string, keywords: readonly string[]): Fault[] => {
  const seen = new Set<string>()
  return checkEach(keywords, (keyword, index) => {
    const phrase = phraseOf(keyword)
    if (phrase === '') return [fault('keyword-without-word', `${list}/${index}`, { value: keyword })]
    if (seen.has(phrase)) return [fault('repeated', `${list}/${index}`, { value: keyword })]
    seen.add(phrase)
    return []
  })
}

/**
 * Translates pointers into the content, which `contentIn` returned, to pointers into the profile that the client sent. The
 * indexes of locations differ, because the client's list can have removed locations.
 */
export const faultsIn = ({ locations }: NewProfile, errors: readonly Fault[]): Fault[] => {
  const indexes = locations.flatMap(({ removed }, index) => (removed ? [] : [index]))
  return errors.map(error => ({
    ...error,
    pointer: error.pointer.replace(/(?<=^\/locations\/)\d+/, index => String(indexes[Number(index)])),
  }))
}

/**
 * Mutes the contacts whose address matches.
 * @param isMatch tests an address in lower case
 * @returns the same object if no contact changes
 */
export const withMuted = <C extends Pick<ProfileContent, 'locations' | 'defaultContacts'>>(
  content: C,
  isMatch: (address: string) => boolean,
): C => {
  const all = [...content.locations.flatMap(({ contacts }) => contacts), ...content.defaultContacts]
  const matches = all.filter(contact => !contact.muted && isMatch(addressOf(contact)))
  if (matches.length === 0) return content
  const mute = (contacts: readonly Contact[]) =>
    contacts.map(contact => (matches.includes(contact) ? { ...contact, muted: true } : contact))
  const locations = content.locations.map(location => ({ ...location, contacts: mute(location.contacts) }))
  return { ...content, locations, defaultContacts: mute(content.defaultContacts) }
}

/** Tests two JSON values for equality, in any order of their fields. */
const isSame = (one: unknown, other: unknown): boolean => sortedJson(one) === sortedJson(other)

const sortedJson = (value: unknown): string =>
  JSON.stringify(value ?? null, (_, inner) =>
    inner && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  )

type Reachable = Pick<ProfileContent, 'locations' | 'defaultContacts'>

/** Tests for a contact that is new at a location, or changed. Removed contacts do not count. */
export const namesAnew = (before: Reachable, after: Reachable): boolean => {
  const known = contactsByLocation(before)
  return [...contactsByLocation(after)].some(([locationId, people]) =>
    people.some(person => !known.get(locationId)?.some(other => isSame(other, person))),
  )
}

/** Returns the contacts by location id. Default contacts have the key ''. */
const contactsByLocation = ({ locations, defaultContacts }: Reachable): Map<string, readonly Contact[]> =>
  new Map([...locations.map(({ id, contacts }) => [id, contacts] as const), ['', defaultContacts]])

/** Returns the names of the fields that changed; for the first version, of the fields that have a value. */
export const changedFields = (before: Profile | undefined, after: Profile): string[] => {
  const names = [...statementNames, 'locations', 'status', 'contactsConfirmedAt'] as const
  if (!before) return names.filter(name => !isEmpty(after[name]))
  const fields = names.filter(name => !isSame(before[name], after[name]))
  return before.partnerName === after.partnerName ? fields : ['name', ...fields]
}

const isEmpty = (value: unknown): boolean =>
  [undefined, [], noPreferences].some(empty => isSame(value, empty))

export const noPreferences: Profile['preferences'] = {
  minDealValue: null,
  excludedKeywords: [],
  excludedIndustries: [],
  maxOpenReferrals: null,
  pausedUntil: null,
}

/**
 * Returns the locations to store: the new ones, and those dropped locations that referrals still need, marked as removed.
 * @param isNeeded tests for a location with referrals that are open or can be reopened
 */
export const locationsAfter = (
  before: readonly KeptLocation[],
  named: readonly KeptLocation[],
  isNeeded: (locationId: string) => boolean,
): KeptLocation[] => [
  ...named,
  ...dropped(before, named)
    .filter(({ id }) => isNeeded(id))
    .map(location => ({ ...location, removed: true })),
]

/** Returns the locations of `before` that `named` does not have. */
export const dropped = <L extends { readonly id: string }>(
  before: readonly L[],
  named: readonly { readonly id: string }[],
): L[] => before.filter(({ id }) => !named.some(location => location.id === id))

/** Returns an error if more removed locations would be kept than are allowed. */
export const removedFaults = (locations: readonly KeptLocation[]): Fault[] =>
  locations.length - withoutRemoved(locations).length <= maxRemoved
    ? []
    : [
        fault('too-many-removed', '/locations', {
          actual: locations.length - withoutRemoved(locations).length,
          maximum: maxRemoved,
        }),
      ]

type Needed = Pick<ProfileContent, 'headline' | 'locations' | 'defaultContacts'>

/** Returns a fault for each missing field that an active profile needs. */
export const missingParts = ({ headline, locations, defaultContacts }: Needed): Fault[] => [
  ...(headline ? [] : [fault('headline-required', '/headline')]),
  ...(locations.length > 0 ? [] : [fault('location-required', '/locations')]),
  ...locations.flatMap(({ contacts }, index) =>
    contacts.length + defaultContacts.length > 0
      ? []
      : [fault('contact-required', `/locations/${index}/contacts`)],
  ),
]

/**
 * Scores a number of entries in [0, 1]: rises linearly to 1 at `from`, stays 1 to `upTo`, and falls beyond it, because long
 * lists describe a partner less precisely.
 */
const countScore = (
  count: number,
  { from, upTo }: { readonly from: number; readonly upTo: number },
): number => (count > upTo ? upTo / count : Math.min(1, count / from))

const few = { from: 1, upTo: 8 }
const severalKeywords = { from: 5, upTo: 15 }
const enoughCharacters = 400
const presenceScore = (value: string | undefined): number => (value === undefined ? 0 : 1)

interface Check {
  readonly weight: number
  /** Completeness, in [0, 1]. */
  readonly share: (content: Stated) => number
  /** Parameters of the advice. */
  readonly params?: Readonly<Record<string, number>>
}

type Stated = Omit<ProfileContent, 'locations' | 'defaultContacts'> & Pick<PublicProfile, 'locations'>

const tags = (list: 'industries' | 'products' | 'services' | 'solutions'): Check => ({
  weight: 1,
  share: content => countScore(content[list].length, few),
  params: { maximum: few.upTo },
})

/** The quality checks. Weights and numbers are estimates of how much each field helps customers to choose. */
const checks: Readonly<Record<CheckCode, Check>> = {
  headline: {
    weight: 2,
    share: ({ headline }) => presenceScore(headline),
  },
  description: {
    weight: 2,
    share: ({ description = '' }) => Math.min(1, description.length / enoughCharacters),
    params: { characters: enoughCharacters },
  },
  keywords: {
    weight: 2,
    share: ({ keywords }) => countScore(keywords.length, severalKeywords),
    params: { minimum: severalKeywords.from, maximum: severalKeywords.upTo },
  },
  industries: tags('industries'),
  products: tags('products'),
  services: tags('services'),
  solutions: tags('solutions'),
  'customer-sizes': {
    weight: 1,
    share: ({ customerSizes }) => Math.min(1, customerSizes.length),
  },
  languages: {
    weight: 1,
    share: ({ languages }) => Math.min(1, languages.length),
  },
  coordinates: {
    weight: 1,
    share: ({ locations }) => {
      const here = withoutRemoved(locations)
      return here.length === 0
        ? 0
        : here.filter(({ resolvedCoordinates }) => resolvedCoordinates).length / here.length
    },
  },
  website: { weight: 0.5, share: ({ website }) => presenceScore(website) },
  logo: { weight: 0.5, share: ({ logo }) => presenceScore(logo) },
}

/**
 * Returns the quality of a profile, in [0, 1]: the weighted mean of the checks. It depends on the profile alone and not on
 * time, so the directory computes it only when the profile changes. For this reason the age of the last confirmation of
 * contacts does not count.
 */
export const qualityOf = (content: Stated): number => {
  const all = Object.values(checks)
  const sum = all.reduce((total, { weight, share }) => total + weight * share(content), 0)
  const weights = all.reduce((total, { weight }) => total + weight, 0)
  return rounded(sum / weights)
}

const rounded = (share: number): number => Math.round(share * 1000) / 1000

interface Reviewed {
  readonly profile: Profile
  readonly contacts: Contacts
  readonly health: Health
  /** The policy's interval between confirmations. */
  readonly confirmedEvery: Duration
}

const advise = messages(reviewAdvice)

type Advice = NonNullable<Review['checks'][number]['advice']>

/** Returns the review of a profile: quality checks, missing fields, and who gets its mail. */
export const reviewOf = ({ profile, contacts, health, confirmedEvery }: Reviewed): Review => {
  const here = { ...profile, locations: withoutRemoved(profile.locations) }
  return {
    profileId: profile.id,
    quality: qualityOf(profile),
    checks: checkCodes.map(code => {
      const { weight, share, params = {} } = checks[code]
      const actual = rounded(share(profile))
      const advice = actual < 1 ? (advise(code, params as never) as Advice) : null
      return { code, weight, share: actual, advice }
    }),
    missing: missingParts(here) as Review['missing'],
    locations: here.locations.map(location => ({
      id: location.id,
      reachable: [...location.contacts, ...profile.defaultContacts].some(contact =>
        isDeliverable(contact, health),
      ),
    })),
    contacts: allPeople(contacts).map(person => reviewContact(person, here, health)),
    contactsConfirmedAt: profile.contactsConfirmedAt,
    contactsConfirmedUntil: after(profile.contactsConfirmedAt, confirmedEvery),
  }
}

const isDeliverable = (person: { readonly email: string }, health: Health): boolean => {
  const trouble = troubleOf(health, addressOf(person))
  return !trouble || !isFailing(trouble)
}

const reviewContact = (
  person: Person,
  { locations, defaultContacts }: Reachable,
  health: Health,
): Review['contacts'][number] => {
  const address = addressOf(person)
  const isThis = (other: { readonly email: string }) => addressOf(other) === address
  const at = locations.filter(({ contacts }) => contacts.some(isThis))
  const entries = [...at.flatMap(({ contacts }) => contacts), ...defaultContacts].filter(isThis)
  return {
    email: person.email,
    name: nameOf(person),
    locationIds: at.map(({ id }) => id),
    default: defaultContacts.some(isThis),
    muted: entries.length > 0 && entries.every(({ muted }) => muted),
    reachable: isDeliverable(person, health),
    problem: warnedProblemOf(health, address) ?? null,
  }
}

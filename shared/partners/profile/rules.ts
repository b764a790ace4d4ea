/** Decisions about profiles: errors of content, completeness, changed fields, kept locations and quality. */

import type { FieldError } from '../../kernel/errors.ts'
import { asPartnerId, asProfileId, type PartnerId, type ProfileId } from '../../kernel/ids.ts'
import type { Person } from '../../kernel/person.ts'
import type { Taxonomy } from '../../program/contract.ts'
import { codeErrors, listErrors } from '../../program/rules.ts'
import { isPaused } from '../../search/index.ts'
import { phraseOf } from '../../text/tokenizer.ts'
import { after, type Duration } from '../../time/duration.ts'
import type { Instant } from '../../time/instant.ts'
import type { Contact } from '../contact/contract.ts'
import { addressOf, allPeople, type Contacts, type Health, isFailing, troubleOf } from '../contact/rules.ts'
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
  type ResolvedCoordinates,
  type Review,
  statementNames,
} from './contract.ts'
import { markdownErrors } from './markdown.ts'

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
}

/** A profile without its contacts. */
export interface PublicProfile extends Omit<Profile, 'defaultContacts' | 'locations'> {
  readonly locations: Omit<KeptLocation, 'contacts'>[]
}

export const withoutPeople = ({ defaultContacts: _, locations, ...profile }: Profile): PublicProfile => ({
  ...profile,
  locations: locations.map(({ contacts: _, ...location }) => location),
})

/** Returns the locations that are not removed. */
export const present = <L extends { readonly removed: boolean }>(locations: readonly L[]): L[] =>
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

/** Removes the fields that clients cannot set and the removed locations, which a profile that was read and put back has. */
export const contentIn = ({ locations, ...asked }: NewProfile): ProfileContent => {
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
    locations: present(locations).map(({ resolvedCoordinates, removed, ...location }) => location),
  }
}

/**
 * Returns the errors of a profile's content, whatever its status.
 * @param before the stored profile; retired codes that it already has are allowed
 */
export const contentErrors = (
  content: ProfileContent,
  taxonomy: Taxonomy,
  before?: ProfileContent,
): FieldError[] => {
  const { industries, products, services, solutions, customerSizes, keywords, preferences } = content
  const { excludedKeywords, excludedIndustries } = preferences
  return [
    ...codeErrors(taxonomy, { industries, products, services, solutions, customerSizes }, '', before),
    ...listErrors(
      taxonomy,
      'industries',
      excludedIndustries,
      '/preferences/excludedIndustries',
      before?.preferences.excludedIndustries,
    ),
    ...markdownErrors(content.description ?? '', '/description'),
    ...tooManyLocations(content),
    ...Object.entries(listsOf(content)).flatMap(([pointer, names]) => repeats(pointer, names)),
    ...repeats(
      '/locations',
      content.locations.map(({ id }) => id),
      '/id',
    ),
    ...keywordErrors('/keywords', keywords),
    ...keywordErrors('/preferences/excludedKeywords', excludedKeywords),
  ]
}

/** Returns the lists whose entries must be unique, by JSON pointer. Entries are in the form in which they are compared. */
const listsOf = ({
  preferences: { excludedIndustries },
  languages,
  ...content
}: ProfileContent): Readonly<Record<string, readonly string[]>> => {
  const { industries, products, services, solutions, customerSizes, locations, defaultContacts } = content
  return {
    '/industries': industries,
    '/products': products,
    '/services': services,
    '/solutions': solutions,
    '/customerSizes': customerSizes,
    '/preferences/excludedIndustries': excludedIndustries,
    '/languages': languages.map(language => language.toLowerCase()),
    '/defaultContacts': defaultContacts.map(addressOf),
    ...Object.fromEntries(
      locations.map(({ contacts }, index) => [`/locations/${index}/contacts`, contacts.map(addressOf)]),
    ),
  }
}

const tooManyLocations = ({ locations }: ProfileContent): FieldError[] =>
  locations.length <= maxLocations
    ? []
    : [{ pointer: '/locations', code: 'too-big', detail: `must have at most ${maxLocations} locations` }]

const repeats = (list: string, names: readonly string[], field = ''): FieldError[] =>
  names.flatMap((name, index) =>
    names.indexOf(name) === index
      ? []
      : [{ pointer: `${list}/${index}${field}`, code: 'repeated', detail: `there is ${name} already` }],
  )

/**
 * Returns the errors of keywords. They are compared in the form that search uses. A keyword without a letter or digit is an
 * error, because search never finds it.
 */
const keywordErrors = (list: string, keywords: readonly string[]): FieldError[] => {
  const phrases = keywords.map(phraseOf)
  const noWord = phrases.flatMap((phrase, index) => (phrase === '' ? [`${list}/${index}`] : []))
  return [
    ...noWord.map(pointer => ({
      pointer,
      code: 'no-word',
      detail: 'must hold a letter or a digit: nothing else is searched for',
    })),
    ...repeats(list, phrases).filter(({ pointer }) => !noWord.includes(pointer)),
  ]
}

/**
 * Translates pointers into the content, which `contentIn` returned, to pointers into the profile that the client sent. The
 * indexes of locations differ, because the client's list can have removed locations.
 */
export const errorsIn = ({ locations }: NewProfile, errors: readonly FieldError[]): FieldError[] => {
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

/** Tests two JSON values for equality, whatever the order of their fields. */
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
export const removedErrors = (locations: readonly KeptLocation[]): FieldError[] =>
  locations.length - present(locations).length <= maxRemoved
    ? []
    : [
        {
          pointer: '/locations',
          code: 'too-many-removed',
          detail: `${maxRemoved} locations are kept for their open referrals already: close some of these first`,
        },
      ]

type Needed = Pick<ProfileContent, 'headline' | 'locations' | 'defaultContacts'>

/** Returns an error for each field that an active profile needs and this one lacks. */
export const missing = (content: Needed): FieldError[] => {
  const required = (pointer: string, detail: string) => ({ pointer, code: 'required', detail })
  return [
    ...(content.headline ? [] : [required('/headline', 'customers see it in the directory')]),
    ...(content.locations.length > 0 ? [] : [required('/locations', 'customers are referred to a location')]),
    ...content.locations.flatMap(({ contacts }, index) =>
      contacts.length + content.defaultContacts.length > 0
        ? []
        : [required(`/locations/${index}/contacts`, 'somebody must hear of its referrals')],
    ),
  ]
}

/**
 * Scores a number of entries in [0, 1]: rises linearly to 1 at `from`, stays 1 to `upTo`, and falls beyond it, because long
 * lists describe a partner less precisely.
 */
const countScore = (
  count: number,
  { from, upTo }: { readonly from: number; readonly upTo: number },
): number => (count > upTo ? upTo / count : Math.min(1, count / from))

const few = { from: 1, upTo: 8 }
const presenceScore = (value: string | undefined): number => (value === undefined ? 0 : 1)

interface Check {
  readonly weight: number
  /** Completeness, in [0, 1]. */
  readonly share: (content: Stated) => number
  /** Explains to the partner why to add more. */
  readonly advice: string
}

type Stated = Omit<ProfileContent, 'locations' | 'defaultContacts'> & Pick<PublicProfile, 'locations'>

const tags = (list: 'industries' | 'products' | 'services' | 'solutions'): Check => ({
  weight: 1,
  share: content => countScore(content[list].length, few),
  advice: `Searches name ${list}: state those that you do best. More than ${few.upTo} of them say less of each.`,
})

/** The quality checks. Weights and numbers are estimates of how much each field helps customers to choose. */
const checks: Readonly<Record<CheckCode, Check>> = {
  headline: {
    weight: 2,
    share: ({ headline }) => presenceScore(headline),
    advice: 'It is what customers read first, beside your name.',
  },
  description: {
    weight: 2,
    share: ({ description = '' }) => Math.min(1, description.length / 400),
    advice: 'Some 400 characters on whom you help with what, and how, let customers judge whether you fit.',
  },
  keywords: {
    weight: 2,
    share: ({ keywords }) => countScore(keywords.length, { from: 5, upTo: 15 }),
    advice: 'Searches find them: state from 5 to 15 that you are good at. More of them say less of each.',
  },
  industries: tags('industries'),
  products: tags('products'),
  services: tags('services'),
  solutions: tags('solutions'),
  'customer-sizes': {
    weight: 1,
    share: ({ customerSizes }) => Math.min(1, customerSizes.length),
    advice: 'Who states the sizes it serves comes before others where they fit, and hears of no other sizes.',
  },
  languages: {
    weight: 1,
    share: ({ languages }) => Math.min(1, languages.length),
    advice: 'Customers look for partners that speak their language.',
  },
  coordinates: {
    weight: 1,
    share: ({ locations }) => {
      const here = present(locations)
      return here.length === 0
        ? 0
        : here.filter(({ resolvedCoordinates }) => resolvedCoordinates).length / here.length
    },
    advice: 'Searches near a place leave out locations of which nobody knows where they are.',
  },
  website: {
    weight: 0.5,
    share: ({ website }) => presenceScore(website),
    advice: 'Customers read on there.',
  },
  logo: { weight: 0.5, share: ({ logo }) => presenceScore(logo), advice: 'Customers recognise you by it.' },
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

/** Returns the review of a profile: quality checks, missing fields, and who gets its mail. */
export const reviewOf = ({ profile, contacts, health, confirmedEvery }: Reviewed): Review => {
  const here = { ...profile, locations: present(profile.locations) }
  return {
    profileId: profile.id,
    quality: qualityOf(profile),
    checks: checkCodes.map(code => {
      const { weight, share, advice } = checks[code]
      const actual = rounded(share(profile))
      return { code, weight, share: actual, advice: actual < 1 ? advice : null }
    }),
    missing: missing(here),
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
    name: `${person.firstName} ${person.lastName}`,
    locationIds: at.map(({ id }) => id),
    default: defaultContacts.some(isThis),
    muted: entries.length > 0 && entries.every(({ muted }) => muted),
    reachable: isDeliverable(person, health),
    problem: troubleOf(health, address)?.problem ?? null,
  }
}

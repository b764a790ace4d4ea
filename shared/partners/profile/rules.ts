/** What a profile needs before customers can be referred to it. */

import type { FieldError } from '../../kernel/errors.ts'
import { asPartnerId, asProfileId, type PartnerId, type ProfileId } from '../../kernel/ids.ts'
import type { Taxonomy } from '../../program/contract.ts'
import { codeErrors, listErrors } from '../../program/rules.ts'
import { isPaused } from '../../search/index.ts'
import { phraseOf } from '../../text/tokenizer.ts'
import { after, type Duration } from '../../time/duration.ts'
import type { Instant } from '../../time/instant.ts'
import type { Contact } from '../contact/contract.ts'
import { addressOf, type Contacts, everybody, type Health, isFailing, troubleOf } from '../contact/rules.ts'
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

/** A location as it is kept. */
export interface KeptLocation extends Location {
  readonly resolvedCoordinates: ResolvedCoordinates
  readonly removed: boolean
}

/** Whether the people whom a profile names are still the right ones. */
type Confirmation = Pick<ProfileView, 'contactsConfirmedUntil' | 'contactConfirmationDue'>

/** A business profile as it is kept. */
export interface Profile extends Omit<ProfileView, 'status' | keyof Confirmation | 'warnings'> {
  readonly version: number
  readonly status: KeptStatus
  /** The partner's, which the directory shows. */
  readonly partnerName: string
}

/** A profile without the people whom it names. */
export interface PublicProfile extends Omit<Profile, 'defaultContacts' | 'locations'> {
  readonly locations: Omit<KeptLocation, 'contacts'>[]
}

export const withoutPeople = ({ defaultContacts: _, locations, ...profile }: Profile): PublicProfile => ({
  ...profile,
  locations: locations.map(({ contacts: _, ...location }) => location),
})

/** Where business is done at present. */
export const present = <L extends { readonly removed: boolean }>(locations: readonly L[]): L[] =>
  locations.filter(({ removed }) => !removed)

/** An active profile that is paused comes back by itself. */
export const statusOn = (
  { status, preferences }: Pick<Profile, 'status' | 'preferences'>,
  today: string,
): ProfileView['status'] => (status === 'active' && isPaused(preferences, today) ? 'paused' : status)

/** @param every an ISO 8601 duration, the policy's @param now an instant in UTC */
export const confirmationOf = (
  { contactsConfirmedAt }: Pick<Profile, 'contactsConfirmedAt'>,
  every: Duration,
  now: Instant,
): Confirmation => {
  const contactsConfirmedUntil = after(contactsConfirmedAt, every)
  return { contactsConfirmedUntil, contactConfirmationDue: contactsConfirmedUntil < now }
}

/** Both halves of a profile's id: its partner and its region. */
export const profileIdOf = (partnerId: PartnerId, region: string): ProfileId =>
  asProfileId(`${partnerId}.${region}`)
export const ownerOf = (profileId: ProfileId): { partnerId: PartnerId; region: string } => {
  const [partnerId = '', region = ''] = profileId.split('.')
  return { partnerId: asPartnerId(partnerId), region }
}

/** What a profile says, of a profile that was put: without what is the program's to set, and what it names no more. */
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

/** What is wrong with a profile's content, draft or not. What it says already it may say again. */
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

/** Lists that name nothing twice, each by its JSON pointer, with what two entries that mean the same have in common. */
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

/** Keywords are the same where search takes them for the same, and one that it can never find protects from nothing. */
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

/** Errors of a profile's content, their pointers into the profile that was put: locations marked as removed count there. */
export const errorsIn = ({ locations }: NewProfile, errors: readonly FieldError[]): FieldError[] => {
  const places = locations.flatMap(({ removed }, index) => (removed ? [] : [index]))
  return errors.map(error => ({
    ...error,
    pointer: error.pointer.replace(/(?<=^\/locations\/)\d+/, index => String(places[Number(index)])),
  }))
}

/** A profile's contacts with some of them muted; the same content where that changes nothing. */
export const withMuted = <C extends Pick<ProfileContent, 'locations' | 'defaultContacts'>>(
  content: C,
  isMeant: (address: string) => boolean,
): C => {
  const all = [...content.locations.flatMap(({ contacts }) => contacts), ...content.defaultContacts]
  const meant = all.filter(contact => !contact.muted && isMeant(addressOf(contact)))
  if (meant.length === 0) return content
  const mute = (contacts: readonly Contact[]) =>
    contacts.map(contact => (meant.includes(contact) ? { ...contact, muted: true } : contact))
  const locations = content.locations.map(location => ({ ...location, contacts: mute(location.contacts) }))
  return { ...content, locations, defaultContacts: mute(content.defaultContacts) }
}

/** Whether two values say the same, in whichever order their fields come. */
const isSame = (one: unknown, other: unknown): boolean => inOrder(one) === inOrder(other)

const inOrder = (value: unknown): string =>
  JSON.stringify(value ?? null, (_, inner) =>
    inner && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  )

type Reachable = Pick<ProfileContent, 'locations' | 'defaultContacts'>

/** Whether a profile that is put names somebody whom it did not name there, or not so. Who only goes is not news. */
export const namesAnew = (before: Reachable, after: Reachable): boolean => {
  const known = placesOf(before)
  return [...placesOf(after)].some(([place, people]) =>
    people.some(person => !known.get(place)?.some(other => isSame(other, person))),
  )
}

/** Who is mailed about what: by location, and by nothing for all of them. */
const placesOf = ({ locations, defaultContacts }: Reachable): Map<string, readonly Contact[]> =>
  new Map([...locations.map(({ id, contacts }) => [id, contacts] as const), ['', defaultContacts]])

/** What a version of a profile makes different, by the names of its fields; of the first one, what it says. */
export const changedFields = (before: Profile | undefined, after: Profile): string[] => {
  const names = [...statementNames, 'locations', 'status', 'contactsConfirmedAt'] as const
  if (!before) return names.filter(name => !saysNothing(after[name]))
  const fields = names.filter(name => !isSame(before[name], after[name]))
  return before.partnerName === after.partnerName ? fields : ['name', ...fields]
}

const saysNothing = (value: unknown): boolean =>
  [undefined, [], noPreferences].some(nothing => isSame(value, nothing))

export const noPreferences: Profile['preferences'] = {
  minDealValue: null,
  excludedKeywords: [],
  excludedIndustries: [],
  maxOpenReferrals: null,
  pausedUntil: null,
}

/**
 * The locations of a profile that is put: those that it names, and those that it names no more but referrals still need.
 * @param isNeeded whether a location has referrals that are open or can be reopened, as far as is known
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

export const dropped = <L extends { readonly id: string }>(
  before: readonly L[],
  named: readonly { readonly id: string }[],
): L[] => before.filter(({ id }) => !named.some(location => location.id === id))

/** What is wrong with locations that are kept for their open referrals. */
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

/** What an active profile lacks; nothing, if it may be active. */
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

/** A share in [0, 1] that grows up to so many, and falls beyond too many of them: fewer are sharper. */
const enough = (count: number, { from, upTo }: { readonly from: number; readonly upTo: number }): number =>
  count > upTo ? upTo / count : Math.min(1, count / from)

const few = { from: 1, upTo: 8 }
const given = (value: string | undefined): number => (value === undefined ? 0 : 1)

interface Check {
  readonly weight: number
  /** How much of it is there, in [0, 1]. */
  readonly share: (content: Stated) => number
  /** Why more of it would help. */
  readonly advice: string
}

type Stated = Omit<ProfileContent, 'locations' | 'defaultContacts'> & Pick<PublicProfile, 'locations'>

const tags = (list: 'industries' | 'products' | 'services' | 'solutions'): Check => ({
  weight: 1,
  share: content => enough(content[list].length, few),
  advice: `Searches name ${list}: state those that you do best. More than ${few.upTo} of them say less of each.`,
})

/** What helps customers choose a partner, and how much; the weights and numbers are ours. */
const checks: Readonly<Record<CheckCode, Check>> = {
  headline: {
    weight: 2,
    share: ({ headline }) => given(headline),
    advice: 'It is what customers read first, beside your name.',
  },
  description: {
    weight: 2,
    share: ({ description = '' }) => Math.min(1, description.length / 400),
    advice: 'Some 400 characters on whom you help with what, and how, let customers judge whether you fit.',
  },
  keywords: {
    weight: 2,
    share: ({ keywords }) => enough(keywords.length, { from: 5, upTo: 15 }),
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
  website: { weight: 0.5, share: ({ website }) => given(website), advice: 'Customers read on there.' },
  logo: { weight: 0.5, share: ({ logo }) => given(logo), advice: 'Customers recognise you by it.' },
}

/**
 * How much of what helps customers choose a profile says, in [0, 1]: the weighted mean of the checks. It changes with the
 * profile alone, never with time, so that the directory need not look again: whether contacts were confirmed lately is
 * part of the review only.
 */
export const qualityOf = (content: Stated): number => {
  const all = Object.values(checks)
  const sum = all.reduce((total, { weight, share }) => total + weight * share(content), 0)
  const maxSum = all.reduce((total, { weight }) => total + weight, 0)
  return rounded(sum / maxSum)
}

const rounded = (share: number): number => Math.round(share * 1000) / 1000

interface Reviewed {
  readonly profile: Profile
  readonly contacts: Contacts
  readonly health: Health
  /** The policy's: an ISO 8601 duration. */
  readonly confirmedEvery: Duration
}

/** What would make a profile better, and who hears of its referrals. */
export const reviewOf = ({ profile, contacts, health, confirmedEvery }: Reviewed): Review => {
  const reaches = (person: { readonly email: string }): boolean => {
    const trouble = troubleOf(health, addressOf(person))
    return !trouble || !isFailing(trouble)
  }
  const here = { ...profile, locations: present(profile.locations) }
  return {
    profileId: profile.id,
    quality: qualityOf(profile),
    checks: checkCodes.map(code => {
      const { weight, share, advice } = checks[code]
      const found = rounded(share(profile))
      return { code, weight, share: found, advice: found < 1 ? advice : null }
    }),
    missing: missing(here),
    locations: here.locations.map(location => ({
      id: location.id,
      reachable: [...location.contacts, ...profile.defaultContacts].some(reaches),
    })),
    contacts: everybody(contacts).map(person => {
      const address = addressOf(person)
      const isThis = (other: { readonly email: string }) => addressOf(other) === address
      const at = here.locations.filter(({ contacts }) => contacts.some(isThis))
      const all = [...at.flatMap(({ contacts }) => contacts), ...profile.defaultContacts].filter(isThis)
      return {
        email: person.email,
        name: `${person.firstName} ${person.lastName}`,
        locationIds: at.map(({ id }) => id),
        default: profile.defaultContacts.some(isThis),
        muted: all.length > 0 && all.every(({ muted }) => muted),
        reachable: reaches(person),
        problem: troubleOf(health, address)?.problem ?? null,
      }
    }),
    contactsConfirmedAt: profile.contactsConfirmedAt,
    contactsConfirmedUntil: after(profile.contactsConfirmedAt, confirmedEvery),
  }
}

/** Loads an RFI with its referrals, and creates its representation. */
import type { Suggestion } from '../../discovery/contract.ts'
import { notFound } from '../../kernel/errors.ts'
import type { ReferralId, RfiId } from '../../kernel/ids.ts'
import type { Person } from '../../kernel/person.ts'
import type { Versioned } from '../../kernel/versioned.ts'
import { loadContactsOfProfiles, partnerKey, profileKey } from '../../partners/index.ts'
import { readersOf } from '../../partners/rules.ts'
import { get, getGroups, type Item, readRows } from '../../persistence/index.ts'
import type { Policy } from '../../program/contract.ts'
import { policyKey, readPolicy } from '../../program/index.ts'
import { instantOf } from '../../time/instant.ts'
import type { Referral } from '../referral/referral.ts'
import { readReferral, referralKey } from '../referral/store.ts'
import type { RfiView } from './contract.ts'
import { detailsOf } from './recipients.ts'
import {
  isOfficeInCharge,
  type RecipientDetails,
  type Rfi,
  regionForSuggestions,
  versionOf,
  viewRfi,
} from './rules.ts'
import { type CustomerRecord, customerKey, readCustomerRecord, readRfi, rfiKey } from './store.ts'
import { findSuggestions } from './suggestions.ts'

export interface LoadedRfi {
  readonly rfi: Rfi
  /** Referrals in the order of the RFI's recipients, without those that `getRfi` could not read. */
  readonly referrals: readonly Referral[]
  /** Public data of the partners, in the same order. */
  readonly details: readonly RecipientDetails[]
  /** Null if the customer was erased, or could not be read. */
  readonly customer: CustomerRecord | null
  readonly policy: Policy
}

/**
 * Loads an RFI with all its referrals, to change it.
 * @throws DomainError not-found; UnreadableItem also for an unreadable referral, because a change affects all referrals
 */
export const loadRfi = async (rfiId: RfiId): Promise<LoadedRfi> => {
  const { rows, ...found } = await loadItems(rfiId)
  return loadedRfi(found, rows.map(readRow))
}

interface Row {
  readonly referral: Item
  readonly partner: Item | undefined
  readonly profile: Item | undefined
}

type FoundRfi = Pick<LoadedRfi, 'rfi' | 'customer' | 'policy'>

/** Reads the RFI, and all other items in one further round trip: at most 62 keys. */
const loadItems = async (rfiId: RfiId): Promise<FoundRfi & { readonly rows: Row[] }> => {
  const item = await get(rfiKey(rfiId))
  if (!item) throw notFound()
  const rfi = readRfi(item)
  const { referrals, partners, profiles, customers, policies } = await getGroups({
    referrals: rfi.recipients.map(({ partnerId, referralId }) => referralKey(partnerId, referralId)),
    partners: rfi.recipients.map(({ partnerId }) => partnerKey(partnerId)),
    profiles: rfi.recipients.map(({ partnerId, region }) => profileKey(partnerId, region)),
    customers: [customerKey(rfiId)],
    policies: [policyKey],
  })
  const rows = referrals.flatMap((referral, index) =>
    referral ? [{ referral, partner: partners[index], profile: profiles[index] }] : [],
  )
  if (rows.length !== rfi.recipients.length) throw new Error(`the item of a referral of ${rfiId} is missing`)
  const [customer = null] = readRows(customers, readCustomerRecord)
  return { rfi, rows, customer, policy: readPolicy(policies[0]) }
}

const readRow = (row: Row) => {
  const referral = readReferral(row.referral)
  return { referral, details: detailsOf(referral.locationId, row) }
}

const loadedRfi = (found: FoundRfi, rows: readonly ReturnType<typeof readRow>[]): LoadedRfi => ({
  ...found,
  referrals: rows.map(({ referral }) => referral),
  details: rows.map(({ details }) => details),
})

export const representWith = async (
  loaded: LoadedRfi,
  suggestions: Suggestion[],
  now: Date,
): Promise<Versioned<RfiView>> => {
  const officeContacts = await loadOfficeContacts(loaded)
  return {
    body: viewRfi(loaded, instantOf(now), { suggestions, officeContacts }),
    version: versionOf(loaded.rfi, loaded.referrals),
  }
}

/** Loads the contacts of the offices that are in charge, in one round trip. Most referrals name their people, and need none. */
const loadOfficeContacts = async ({
  referrals,
}: LoadedRfi): Promise<ReadonlyMap<ReferralId, readonly Person[]>> => {
  const inCharge = referrals.filter(isOfficeInCharge)
  if (inCharge.length === 0) return new Map()
  const profiles = await loadContactsOfProfiles(inCharge)
  return new Map(
    inCharge.map(({ id: referralId, partnerId, region, locationId }) => {
      const found = profiles.find(other => other.partnerId === partnerId && other.region === region)
      const readers = found ? readersOf(found.contacts, found.health, { locationId, referralId }) : []
      return [referralId, readers.map(({ person }) => person)]
    }),
  )
}

/**
 * Returns the representation with suggestions. There are no suggestions if a referral was left out, because it counts towards
 * the limits of recipients.
 */
export const represent = async (loaded: LoadedRfi, now: Date): Promise<Versioned<RfiView>> => {
  const { rfi, referrals, customer, policy } = loaded
  const isComplete = referrals.length === rfi.recipients.length
  if (!isComplete || !regionForSuggestions(rfi, referrals, instantOf(now)))
    return representWith(loaded, [], now)
  const suggestions = await findSuggestions(loaded, customer?.customer ?? null, policy, now)
  return representWith(loaded, suggestions, now)
}

/** Returns an RFI. Referrals that cannot be read are logged and left out. @throws DomainError not-found */
export const getRfi = async (rfiId: RfiId, now: Date): Promise<Versioned<RfiView>> => {
  const { rows, ...found } = await loadItems(rfiId)
  return represent(loadedRfi(found, readRows(rows, readRow)), now)
}

/** Loads an RFI with its referrals, and creates its representation. */
import type { Suggestion } from '../../discovery/contract.ts'
import { notFound } from '../../kernel/errors.ts'
import type { RfiId } from '../../kernel/ids.ts'
import type { Versioned } from '../../kernel/versioned.ts'
import { partnerKey } from '../../partners/index.ts'
import { get, getGroups, type Item, readRows } from '../../persistence/index.ts'
import { policyKey, readPolicy } from '../../program/index.ts'
import { instantOf } from '../../time/instant.ts'
import type { Referral } from '../referral/referral.ts'
import { readReferral, referralKey } from '../referral/store.ts'
import type { RfiView } from './contract.ts'
import { nameOf } from './recipients.ts'
import { type Rfi, regionForSuggestions, versionOf, viewRfi } from './rules.ts'
import { customerKey, readCustomer, readRfi, rfiKey } from './store.ts'
import { findSuggestions } from './suggestions.ts'

export interface LoadedRfi {
  readonly rfi: Rfi
  /** Referrals in the order of the RFI's recipients, without those that `getRfi` could not read. */
  readonly referrals: readonly Referral[]
  /** Names of the partners, in the same order. */
  readonly names: readonly string[]
}

/**
 * Loads an RFI with all its referrals, to change it.
 * @throws DomainError not-found; UnreadableItem also for an unreadable referral, because a change affects all referrals
 */
export const loadRfi = async (rfiId: RfiId): Promise<LoadedRfi> => {
  const { rfi, rows } = await loadItems(rfiId)
  return loadedRfi(rfi, rows.map(readRow))
}

interface Row {
  readonly referral: Item
  readonly partner: Item | undefined
}

const loadItems = async (rfiId: RfiId): Promise<{ rfi: Rfi; rows: Row[] }> => {
  const item = await get(rfiKey(rfiId))
  if (!item) throw notFound()
  const rfi = readRfi(item)
  const { referrals, partners } = await getGroups({
    referrals: rfi.recipients.map(({ partnerId, referralId }) => referralKey(partnerId, referralId)),
    partners: rfi.recipients.map(({ partnerId }) => partnerKey(partnerId)),
  })
  const rows = referrals.flatMap((referral, index) =>
    referral ? [{ referral, partner: partners[index] }] : [],
  )
  if (rows.length !== rfi.recipients.length) throw new Error(`the item of a referral of ${rfiId} is missing`)
  return { rfi, rows }
}

const readRow = ({ referral, partner }: Row) => ({ referral: readReferral(referral), name: nameOf(partner) })

const loadedRfi = (rfi: Rfi, rows: readonly ReturnType<typeof readRow>[]): LoadedRfi => ({
  rfi,
  referrals: rows.map(({ referral }) => referral),
  names: rows.map(({ name }) => name),
})

export const representWith = (
  { rfi, referrals, names }: LoadedRfi,
  suggestions: Suggestion[],
  now: Date,
): Versioned<RfiView> => ({
  body: viewRfi(rfi, referrals, names, instantOf(now), suggestions),
  version: versionOf(rfi, referrals),
})

/**
 * Returns the representation with suggestions. Customer and policy are read only if the RFI needs another partner. There
 * are no suggestions if a referral was left out, because it counts towards the limits of recipients.
 */
export const represent = async (loaded: LoadedRfi, now: Date): Promise<Versioned<RfiView>> => {
  const { rfi, referrals } = loaded
  const isComplete = referrals.length === rfi.recipients.length
  if (!isComplete || !regionForSuggestions(rfi, referrals, instantOf(now)))
    return representWith(loaded, [], now)
  const items = await getGroups({ customers: [customerKey(rfi.id)], policies: [policyKey] })
  const customer = readCustomer(items.customers[0])
  return representWith(
    loaded,
    await findSuggestions(loaded, customer, readPolicy(items.policies[0]), now),
    now,
  )
}

/** Returns an RFI. Referrals that cannot be read are logged and left out. @throws DomainError not-found */
export const getRfi = async (rfiId: RfiId, now: Date): Promise<Versioned<RfiView>> => {
  const { rfi, rows } = await loadItems(rfiId)
  return represent(loadedRfi(rfi, readRows(rows, readRow)), now)
}

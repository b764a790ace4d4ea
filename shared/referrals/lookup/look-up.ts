/** Looks up requests for the operator, and a partner's referrals for the partner. */
import { lookupHash } from '../../crypto/lookup-hash.ts'
import { requireNoFaults } from '../../kernel/errors.ts'
import { faults } from '../../kernel/faults.ts'
import {
  asReferralId,
  asRfiId,
  type PartnerId,
  partnerId as partnerIdSchema,
  type ReferralId,
  type RfiId,
  referralId as referralIdSchema,
  rfiIdOf,
  rfiId as rfiIdSchema,
} from '../../kernel/ids.ts'
import type { Page } from '../../kernel/page.ts'
import { type Found, lookUp, type Position } from '../../lookup/index.ts'
import { readQuery } from '../../lookup/rules.ts'
import { lookUpPartners, partnerKey, readCompany } from '../../partners/index.ts'
import {
  type CursorScope,
  getAll,
  getGroups,
  type Item,
  readCursor,
  readRows,
  writeCursor,
} from '../../persistence/index.ts'
import { type Instant, instantOf } from '../../time/instant.ts'
import type { ReferralListItem } from '../referral/contract.ts'
import { listedReferralOf, viewListItem } from '../referral/rules.ts'
import { effective, isContactVisible } from '../referral/status.ts'
import { readReferral, referralKey } from '../referral/store.ts'
import { customerKey, readCustomer, readRfi, rfiKey } from '../rfi/store.ts'
import { type FoundRfi, type LookupResult, lookupFaults } from './contract.ts'
import { referralScope, rfiScope, subjectOf, subjectWithoutContact, viewFoundRfi } from './rules.ts'

interface Options {
  readonly q: string
  readonly limit: number
}

/** A request for a partner's list with a query. Other parameters of lists are not allowed beside it. */
type ReferralOptions = Options & Readonly<Record<string, unknown>>

const fault = faults(lookupFaults)

/** @throws DomainError invalid-request if a query is combined with filters of lists */
const requireNoFilters = ({ q: _, limit: __, ...filters }: ReferralOptions): void => {
  const parameters = Object.keys(filters).filter(name => filters[name] !== undefined)
  requireNoFaults(parameters.length > 0 ? [fault('query-alone', 'query/q', { parameters })] : [])
}

/** Reads an item for a list: one that cannot be read is logged and left out. */
const readIfPossible = <T>(item: Item | undefined, read: (item: Item) => T): T | undefined =>
  item && readRows([item], read)[0]

/** Loads requests with their customers, referrals and partners, in two round trips. */
const loadFoundRfis = async (
  rfiIds: readonly RfiId[],
  now: Instant,
): Promise<(Found<FoundRfi> | undefined)[]> => {
  const { rfis, customers } = await getGroups({
    rfis: rfiIds.map(rfiKey),
    customers: rfiIds.map(customerKey),
  })
  const loaded = rfis.map((item, index) => {
    const rfi = readIfPossible(item, readRfi)
    return rfi && { rfi, customer: readIfPossible(customers[index], readCustomer) ?? null }
  })
  const recipients = loaded.flatMap(found => found?.rfi.recipients ?? [])
  const { referrals, partners } = await getGroups({
    referrals: recipients.map(({ partnerId, referralId }) => referralKey(partnerId, referralId)),
    partners: recipients.map(({ partnerId }) => partnerKey(partnerId)),
  })
  const named = recipients.map(({ referralId }, index) => {
    const referral = readIfPossible(referrals[index], readReferral)
    const company = readIfPossible(partners[index], readCompany)
    return [referralId, referral && { ...referral, partnerName: company?.name ?? '' }] as const
  })
  const byId = new Map(named)
  return loaded.map(found => {
    if (!found) return undefined
    const { rfi, customer } = found
    const own = rfi.recipients.flatMap(({ referralId }) => byId.get(referralId) ?? [])
    const subject = subjectOf(rfi.id, customer)
    return { item: viewFoundRfi(rfi, customer, own, now), indexed: subject, visible: subject }
  })
}

/** Loads a partner's referrals with their customers, in one round trip. */
const loadFoundReferrals = async (
  partnerId: PartnerId,
  referralIds: readonly ReferralId[],
  now: Instant,
): Promise<(Found<ReferralListItem> | undefined)[]> => {
  const { referrals, customers } = await getGroups({
    referrals: referralIds.map(id => referralKey(partnerId, id)),
    customers: referralIds.map(id => customerKey(rfiIdOf(id))),
  })
  return referrals.map((item, index) => {
    const referral = readIfPossible(item, readReferral)
    if (!referral) return undefined
    const customer = readIfPossible(customers[index], readCustomer) ?? null
    const { rfiId } = referral
    const indexed = subjectOf(rfiId, customer)
    const isVisible = isContactVisible(effective(referral, now))
    return {
      item: viewListItem(listedReferralOf(referral), 'partner', now),
      indexed,
      visible: isVisible || !customer ? indexed : subjectWithoutContact(rfiId, customer),
    }
  })
}

/** Position in both lists of a lookup; null at the end of one. */
interface LookupCursor {
  readonly rfis: Position | null
  readonly partners: Position | null
}

/**
 * Looks up requests and partners for the operator: by the id of an RFI, a referral or a partner; by the address of a customer;
 * otherwise by words of names and request numbers. Makes at most one query of the index for requests and one for partners.
 */
export const lookUpProgram = async (
  { q, limit }: Options,
  scope: CursorScope,
  now: Date,
): Promise<LookupResult> => {
  const byId = await loadById(q.trim(), now)
  if (byId) return { ...byId, nextCursor: null }
  const sought = readQuery(q)
  const position = readCursor<LookupCursor>(scope)
  const nowInstant = instantOf(now)
  const [rfis, partners] = await Promise.all([
    position?.rfis === null
      ? undefined
      : lookUp(rfiScope, sought, { limit, after: position?.rfis }, lookupHash, ids =>
          loadFoundRfis(ids.map(asRfiId), nowInstant),
        ),
    position?.partners === null || sought.kind === 'email'
      ? undefined
      : lookUpPartners(sought, limit, position?.partners),
  ])
  const next = { rfis: rfis?.next ?? null, partners: partners?.next ?? null }
  return {
    rfis: rfis?.items ?? [],
    partners: (partners?.items ?? []).map(({ id, name, website }) => ({ id, name, website })),
    nextCursor: writeCursor(scope, next.rfis || next.partners ? next : undefined),
  }
}

/** Loads the thing with an id. @returns undefined for a text that is no id */
const loadById = async (q: string, now: Date): Promise<Omit<LookupResult, 'nextCursor'> | undefined> => {
  const rfiId = rfiIdSchema.safeParse(q)
  const referralId = referralIdSchema.safeParse(q)
  const partnerId = partnerIdSchema.safeParse(q)
  const nowInstant = instantOf(now)
  if (rfiId.success) return rfisOf(await loadFoundRfis([rfiId.data], nowInstant))
  if (referralId.success) {
    const found = await loadFoundRfis([rfiIdOf(referralId.data)], nowInstant)
    return rfisOf(found.filter(one => one?.item.referrals.some(({ id }) => id === referralId.data)))
  }
  if (!partnerId.success) return undefined
  const [item] = await getAll([partnerKey(partnerId.data)])
  const company = readIfPossible(item, readCompany)
  return {
    rfis: [],
    partners: company ? [{ id: company.id, name: company.name, website: company.website }] : [],
  }
}

const rfisOf = (found: readonly (Found<FoundRfi> | undefined)[]) => ({
  rfis: found.flatMap(one => one?.item ?? []),
  partners: [],
})

/**
 * Looks up a partner's own referrals, in all stages: by the id of a referral, or by words of the customer's company, of the
 * contact's name and of request numbers. A name is found only while the partner sees the contact details.
 */
export const findReferrals = async (
  partnerId: PartnerId,
  options: ReferralOptions,
  scope: CursorScope,
  now: Date,
): Promise<Page<ReferralListItem>> => {
  requireNoFilters(options)
  const { q, limit } = options
  const nowInstant = instantOf(now)
  const referralId = referralIdSchema.safeParse(q.trim())
  if (referralId.success) {
    const found = await loadFoundReferrals(partnerId, [referralId.data], nowInstant)
    return { items: found.flatMap(one => one?.item ?? []), nextCursor: null }
  }
  const sought = readQuery(q)
  if (sought.kind === 'email') return { items: [], nextCursor: null }
  const { items, next } = await lookUp(
    referralScope(partnerId),
    sought,
    { limit, after: readCursor<Position>(scope) },
    lookupHash,
    ids => loadFoundReferrals(partnerId, ids.map(asReferralId), nowInstant),
  )
  return { items, nextCursor: writeCursor(scope, next) }
}

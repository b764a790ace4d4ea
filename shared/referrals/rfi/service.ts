/** RFIs: taken, followed, sent on and withdrawn. */
import type { RoutingDecision, Suggestion } from '../../discovery/contract.ts'
import { listRouting, locate, putRouting, shortlist, suggest } from '../../discovery/index.ts'
import { chosenIn, decideRouting, finalists } from '../../discovery/rules.ts'
import type { Actor } from '../../events/contract.ts'
import { DomainError, type ErrorData, notFound, requireNoErrors } from '../../kernel/errors.ts'
import type { Coordinates } from '../../kernel/geo.ts'
import { newId, newReferralId } from '../../kernel/new-id.ts'
import type { Versioned } from '../../kernel/versioned.ts'
import { partnerKey } from '../../partners/index.ts'
import { ownerOf } from '../../partners/rules.ts'
import {
  type Attempt,
  ConditionFailed,
  createOnce,
  get,
  getAll,
  getGroups,
  type Item,
  staleVersion,
  transact,
  type Write,
} from '../../persistence/index.ts'
import type { Customer, Policy } from '../../program/contract.ts'
import { policyKey, readPolicy, readTaxonomy, taxonomyKey } from '../../program/index.ts'
import { after } from '../../time/duration.ts'
import { decide } from '../referral/effects.ts'
import type { Referral } from '../referral/referral.ts'
import { receive } from '../referral/rules.ts'
import { checkReferral, commit, insert, readReferral, referralKey } from '../referral/store.ts'
import { allows, condition } from '../referral/transitions.ts'
import { capabilityToken } from './capability.ts'
import {
  type CreatedRfi,
  mostRecipientsInAll,
  type NewRfi,
  type Recipient,
  type RfiView,
} from './contract.ts'
import { knownOf, nameOf, namesOf, placesOf, recipientKeys, unavailable } from './recipients.ts'
import {
  type Addressee,
  askedBy,
  isUnrouted,
  placingErrors,
  type Rfi,
  regionInNeed,
  requestErrors,
  rfiEvent,
  roomIn,
  sendOnErrors,
  statusOf,
  versionOf,
  viewRfi,
  wentTo,
} from './rules.ts'
import { customerKey, listUnrouted, putCustomer, putRfi, readCustomer, readRfi, rfiKey } from './store.ts'

/**
 * Takes an RFI and makes a referral of it for each recipient, all in one transaction. One that names no recipients goes
 * to those whom the ranking chooses; where nobody fits, it waits for the operator.
 * @throws DomainError invalid-request, naming each field that is wrong; idempotency-key-reused
 */
export const createRfi = async (
  asked: NewRfi,
  attempt: Attempt,
  actor: Actor,
  now: Date,
): Promise<Versioned<CreatedRfi>> => {
  requireNoErrors(placingErrors(asked))
  const at = now.toISOString()
  const id = newId('rfi', now)
  const { customer, need, region = customer.address.country } = asked
  const place = locate(customer.address.city, customer.address.country)
  const wish = { region, need, customer, place, asked: [], most: mostRecipientsInAll, seed: id }
  const list = asked.recipients ? undefined : await shortlist(wish, now)
  const candidates = list ? placesOf(finalists(list), region) : (asked.recipients ?? [])
  const found = await getGroups({
    records: [attempt.key],
    ...recipientKeys(candidates),
    policies: [policyKey],
    taxonomies: [taxonomyKey],
  })
  const policy = readPolicy(found.policies[0])
  const created = await createOnce(attempt, found.records[0], now, () => {
    const occasion = { asked: askedBy(customer, need), now }
    const decided = { rfiId: id, at, most: policy.mostRecipients }
    const routing = list && decideRouting(list, knownOf(candidates, found, occasion), decided)
    const recipients = routing ? placesOf(chosenIn(routing), region) : candidates
    requireNoErrors(requestErrors({ ...asked, recipients }, policy, readTaxonomy(found.taxonomies[0]), at))
    if (!routing) requireNoErrors(unavailable(candidates, found, occasion))
    const names = namesOf(recipients, candidates, found)
    return compose({ ...asked, id, place, recipients, routing }, policy, names, actor, at)
  })
  return {
    body: { ...created, trackingToken: capabilityToken(created.id, created.trackedUntil) },
    // As it was created: one of its own, and one of each referral.
    version: 1 + created.recipients.length,
  }
}

interface Composed extends Omit<NewRfi, 'recipients' | 'region'> {
  readonly id: string
  readonly place: Coordinates | undefined
  readonly recipients: readonly Recipient[]
  readonly routing: RoutingDecision | undefined
}

const compose = (asked: Composed, policy: Policy, names: readonly string[], actor: Actor, at: string) => {
  const { id, customer, need, directContact, source = { channel: 'search' }, place, routing } = asked
  const respondBy = asked.respondBy && new Date(asked.respondBy).toISOString()
  const rfi: Rfi = {
    id,
    version: 1,
    status: 'open',
    createdAt: at,
    trackedUntil: after(at, policy.trackingTime),
    directContact,
    source,
    need,
    recipients: addressees(id, asked.recipients),
    ...(place && { place }),
    ...(routing && { region: routing.region }),
    ...(asked.recipients.length === 0 && respondBy && { respondBy }),
  }
  const received = receiveAt(rfi.recipients, { rfi, customer, respondBy }, policy, actor, at)
  const referrals = received.map(({ referral }) => referral)
  return {
    answer: viewRfi(rfi, referrals, names, at),
    writes: [
      ...putRfi(rfi, rfiEvent(rfi, 'rfi.received', actor, at), { pk: 'absent' }),
      putCustomer(id, { customer, consent: { ...asked.consent, at } }),
      ...received.flatMap(({ referral, event }) => insert(referral, event)),
      ...(routing ? [putRouting(routing, rfi.version)] : []),
    ] satisfies Write[],
  }
}

const addressees = (rfiId: string, recipients: readonly Recipient[]): Addressee[] =>
  recipients.map(({ profileId, locationId }) => ({
    ...ownerOf(profileId),
    profileId,
    locationId,
    referralId: newReferralId(rfiId),
  }))

interface Request {
  readonly rfi: Rfi
  readonly customer: Customer
  /** In place of the policy's response time. */
  readonly respondBy?: string | undefined
}

/** The referrals that an RFI becomes at some of its recipients, with their first event. */
const receiveAt = (
  recipients: readonly Addressee[],
  { rfi, customer, respondBy }: Request,
  policy: Policy,
  actor: Actor,
  at: string,
) => {
  const { id: rfiId, source, need, directContact } = rfi
  return recipients.map(({ referralId: id, ...recipient }) =>
    receive({ id, rfiId, ...recipient, source, customer, need, directContact, respondBy }, policy, actor, at),
  )
}

interface Loaded {
  readonly rfi: Rfi
  /** In the order of the RFI's recipients. */
  readonly referrals: readonly Referral[]
  readonly names: readonly string[]
}

const load = async (rfiId: string): Promise<Loaded> => {
  const item = await get(rfiKey(rfiId))
  if (!item) throw notFound()
  const rfi = readRfi(item)
  const found = await getGroups({
    referrals: rfi.recipients.map(({ partnerId, referralId }) => referralKey(partnerId, referralId)),
    partners: rfi.recipients.map(({ partnerId }) => partnerKey(partnerId)),
  })
  const referrals = found.referrals.flatMap(referral => (referral ? [readReferral(referral)] : []))
  if (referrals.length !== rfi.recipients.length) throw new Error(`${rfiId} lacks a referral that it lists`)
  return { rfi, referrals, names: found.partners.map(nameOf) }
}

const withSuggestions = (
  { rfi, referrals, names }: Loaded,
  found: Suggestion[],
  now: Date,
): Versioned<RfiView> => ({
  body: viewRfi(rfi, referrals, names, now.toISOString(), found),
  version: versionOf(rfi, referrals),
})

/** What suggestions need to be read is read only where there may be some. */
const shown = async (loaded: Loaded, now: Date): Promise<Versioned<RfiView>> => {
  const { rfi, referrals } = loaded
  if (!regionInNeed(rfi, referrals, now.toISOString())) return withSuggestions(loaded, [], now)
  const found = await getGroups({ customers: [customerKey(rfi.id)], policies: [policyKey] })
  const customer = readCustomer(found.customers[0])
  return withSuggestions(loaded, await suggestions(loaded, customer, readPolicy(found.policies[0]), now), now)
}

/** The next best partners where one has been lost, as long as the RFI may go to one more. */
const suggestions = async (
  { rfi, referrals }: Pick<Loaded, 'rfi' | 'referrals'>,
  customer: Customer | null,
  policy: Policy,
  now: Date,
): Promise<Suggestion[]> => {
  const at = now.toISOString()
  const { mostSuggestions: most } = policy
  const region = regionInNeed(rfi, referrals, at)
  if (!region || !customer || most === 0 || roomIn(referrals, policy, at) === 0) return []
  const asked = rfi.recipients.map(({ partnerId }) => partnerId)
  return suggest(region, { need: rfi.need, customer, place: rfi.place, asked, most }, rfi.id, now)
}

/** The next best partners for an RFI, as its customer's page shows them; in at most three trips. */
export const suggestionsFor = async (
  rfi: Rfi,
  customer: Customer,
  policy: Policy,
  now: Date,
): Promise<Suggestion[]> => {
  const keys = rfi.recipients.map(({ partnerId, referralId }) => referralKey(partnerId, referralId))
  const referrals = (await getAll(keys)).flatMap(item => (item ? [readReferral(item)] : []))
  return suggestions({ rfi, referrals }, customer, policy, now)
}

/** @throws DomainError not-found */
export const getRfi = async (rfiId: string, now: Date): Promise<Versioned<RfiView>> =>
  shown(await load(rfiId), now)

/**
 * Sends an RFI on to further partners as it is, all in one transaction. Asked again for those that have it already, it
 * answers with what is there, whatever the version.
 * @throws DomainError not-found; invalid-request, naming each recipient that is wrong; state-conflict when it was withdrawn,
 * its customer erased, or the deadline that it was given has passed; stale-version, also when somebody sends it on,
 * withdraws or reopens at the same moment
 */
export const addRecipients = async (
  rfiId: string,
  asked: readonly Recipient[],
  actor: Actor,
  version: number,
  now: Date,
): Promise<Versioned<RfiView>> => {
  const at = now.toISOString()
  const [loaded, found] = await Promise.all([
    load(rfiId),
    getGroups({ ...recipientKeys(asked), customers: [customerKey(rfiId)], policies: [policyKey] }),
  ])
  const { rfi, referrals } = loaded
  if (wentTo(rfi, asked)) return shown(loaded, now)
  const customer = customerOf(loaded, found.customers[0], at)
  await requireVersionOf(loaded, version, now)
  const policy = readPolicy(found.policies[0])
  requireNoErrors([
    ...sendOnErrors(asked, rfi, referrals, policy, at),
    ...unavailable(asked, found, { asked: askedBy(customer, rfi.need), now }),
  ])
  const names = found.partners.map(nameOf)
  return sendOn(loaded, asked, { customer, policy, names, actor }, now)
}

/**
 * Lets the ranking choose partners for an RFI, or further ones where some were lost.
 * @throws DomainError as `addRecipients`; state-conflict also when it may go to no more partners, or nobody fits it yet
 */
export const routeRfi = async (
  rfiId: string,
  actor: Actor,
  version: number,
  now: Date,
): Promise<Versioned<RfiView>> => {
  const at = now.toISOString()
  const [loaded, program] = await Promise.all([
    load(rfiId),
    getGroups({ customers: [customerKey(rfiId)], policies: [policyKey] }),
  ])
  const { rfi, referrals } = loaded
  const customer = customerOf(loaded, program.customers[0], at)
  await requireVersionOf(loaded, version, now)
  const policy = readPolicy(program.policies[0])
  const most = roomIn(referrals, policy, at)
  if (most === 0) throw conflict(loaded, 'as many partners have it as may have it', at)

  const { need, place, region = customer.address.country } = rfi
  const asked = rfi.recipients.map(({ partnerId }) => partnerId)
  const list = await shortlist({ region, need, customer, place, asked, most, seed: rfiId }, now)
  const candidates = placesOf(finalists(list), region)
  const found = await getGroups(recipientKeys(candidates))
  const known = knownOf(candidates, found, { asked: askedBy(customer, need), now })
  const routing = decideRouting(list, known, { rfiId, at, most })
  const chosen = placesOf(chosenIn(routing), region)
  if (chosen.length === 0)
    throw conflict(loaded, 'no partner fits it yet', at, { exclusions: routing.exclusions })
  const names = namesOf(chosen, candidates, found)
  return sendOn(loaded, chosen, { customer, policy, names, actor, routing }, now)
}

/** Why an RFI went where the ranking sent it; of one whose customer chose, nothing. @throws DomainError not-found */
export const getRouting = async (rfiId: string): Promise<{ items: RoutingDecision[] }> => {
  const items = await listRouting(rfiId)
  if (items.length === 0 && !(await get(rfiKey(rfiId)))) throw notFound()
  return { items }
}

/** A page of the RFIs that wait for the operator, the oldest first. */
export const listUnroutedRfis = listUnrouted

interface SendingOn {
  readonly customer: Customer
  readonly policy: Policy
  /** Of the partners that it goes to. */
  readonly names: readonly string[]
  readonly actor: Actor
  /** The decision that chose them, if one did. */
  readonly routing?: RoutingDecision
}

/** Sends an RFI to partners that can be had, unless somebody was quicker. */
const sendOn = async (
  loaded: Loaded,
  asked: readonly Recipient[],
  sending: SendingOn,
  now: Date,
): Promise<Versioned<RfiView>> => {
  const { customer, policy, routing } = sending
  const { next, writes } = sentTo(loaded, asked, sending, now.toISOString())
  try {
    await transact([...writes, ...(routing ? [putRouting(routing, next.rfi.version)] : [])])
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error
    const present = await load(loaded.rfi.id)
    // Somebody sent it to the same partners at the same moment: so be it.
    if (wentTo(present.rfi, asked)) return shown(present, now)
    requireOpen(present, now.toISOString())
    throw staleVersion(await shown(present, now))
  }
  return withSuggestions(next, await suggestions(next, customer, policy, now), now)
}

const sentTo = (
  { rfi, referrals, names }: Loaded,
  asked: readonly Recipient[],
  { customer, policy, names: more, actor }: SendingOn,
  at: string,
) => {
  const { respondBy } = rfi
  const added = addressees(rfi.id, asked)
  const next = sentOn(rfi, added, policy, at)
  const received = receiveAt(added, { rfi, customer, respondBy }, policy, actor, at)
  return {
    next: {
      rfi: next,
      referrals: [...referrals, ...received.map(({ referral }) => referral)],
      names: [...names, ...more],
    } satisfies Loaded,
    writes: [
      ...putRfi(next, rfiEvent(next, 'rfi.recipients-added', actor, at, added), { version: rfi.version }),
      ...received.flatMap(({ referral, event }) => insert(referral, event)),
      // None of them is reopened at the same moment: more partners would have it than the customer knows of.
      ...reopenable(referrals, at).map(checkReferral),
    ],
  }
}

/** A deadline of its own is for those to whom it goes first. */
const sentOn = (
  { respondBy: _, ...rfi }: Rfi,
  added: readonly Addressee[],
  policy: Policy,
  at: string,
): Rfi => {
  const { version, recipients, trackedUntil } = rfi
  const until = after(at, policy.trackingTime)
  return {
    ...rfi,
    version: version + 1,
    recipients: [...recipients, ...added],
    trackedUntil: until > trackedUntil ? until : trackedUntil,
  }
}

const conflict = (
  { rfi, referrals }: Loaded,
  detail: string,
  now: string,
  more: Pick<ErrorData['state-conflict'], 'exclusions'> = {},
): DomainError<'state-conflict'> =>
  new DomainError('state-conflict', { currentStatus: statusOf(rfi, referrals, now), ...more }, detail)

/** @throws DomainError state-conflict when it can go to nobody any more */
const requireOpen = (loaded: Loaded, now: string): void => {
  const { status, respondBy } = loaded.rfi
  if (status === 'withdrawn') throw conflict(loaded, 'the customer has withdrawn the request', now)
  if (respondBy !== undefined && respondBy <= now)
    throw conflict(loaded, `the deadline that it was given, ${respondBy}, has passed: send a new one`, now)
}

/** Who is still to be helped. @throws DomainError state-conflict when nobody is */
const customerOf = (loaded: Loaded, item: Item | undefined, now: string): Customer => {
  requireOpen(loaded, now)
  const customer = readCustomer(item)
  if (customer) return customer
  throw conflict(loaded, "the customer's personal data was erased: no partner could get in touch", now)
}

/** What has expired and may yet come back. */
const reopenable = (referrals: readonly Referral[], now: string): Referral[] =>
  referrals.filter(referral => allows('reopen', referral, now))

const requireVersionOf = async (loaded: Loaded, version: number, now: Date): Promise<void> => {
  if (version !== versionOf(loaded.rfi, loaded.referrals)) throw staleVersion(await shown(loaded, now))
}

/**
 * Withdraws an RFI and each of its open referrals, all in one transaction.
 * @throws DomainError not-found; stale-version, also when a partner answers or reopens at the same moment; state-conflict
 * when nothing is open any more
 */
export const withdrawRfi = async (
  rfiId: string,
  actor: Actor,
  version: number,
  now: Date,
): Promise<Versioned<RfiView>> => {
  const at = now.toISOString()
  const loaded = await load(rfiId)
  const { rfi, referrals } = loaded
  if (rfi.status === 'withdrawn') return shown(loaded, now)

  const open = referrals.filter(referral => allows('withdraw', referral, at))
  // What has expired may yet come back, and the customer may not want it to.
  const expired = reopenable(referrals, at)
  if (open.length === 0 && expired.length === 0 && !isUnrouted(rfi)) {
    // The referrals were read after the RFI: somebody may have withdrawn all of it in between.
    const present = await load(rfiId)
    if (present.rfi.status === 'withdrawn') return shown(present, now)
    throw conflict(present, 'no partner has the request any more', at)
  }
  await requireVersionOf(loaded, version, now)

  const next: Rfi = { ...rfi, status: 'withdrawn', version: rfi.version + 1 }
  const withdrawals = open.map(referral => ({
    decision: decide(referral, { name: 'withdraw' }, actor, at),
    when: condition('withdraw', referral, at),
  }))
  try {
    await transact([
      ...putRfi(next, rfiEvent(next, 'rfi.withdrawn', actor, at), { version: rfi.version }),
      ...withdrawals.flatMap(({ decision, when }) => commit(decision, when)),
      // None of them is reopened at the same moment: it would stay open.
      ...expired.map(checkReferral),
    ])
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error
    const present = await load(rfiId)
    // Somebody withdrew it at the same moment: so be it.
    if (present.rfi.status === 'withdrawn') return shown(present, now)
    throw staleVersion(await shown(present, now))
  }
  const withdrawn = new Map(withdrawals.map(({ decision: { next } }) => [next.id, next]))
  const after = referrals.map(referral => withdrawn.get(referral.id) ?? referral)
  return shown({ ...loaded, rfi: next, referrals: after }, now)
}

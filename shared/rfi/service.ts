/** RFIs: taken, followed, sent on and withdrawn. */
import type { Suggestion } from '../directory/contract.ts'
import type { Asked } from '../directory/rules.ts'
import { suggest } from '../directory/service.ts'
import type { Actor } from '../event/contract.ts'
import { partnerKey, readPartner } from '../partner/store.ts'
import type { Attempt } from '../platform/attempt.ts'
import type { FieldError, Versioned } from '../platform/contract.ts'
import { after } from '../platform/duration.ts'
import { createOnce } from '../platform/idempotency.ts'
import { newId, newReferralId } from '../platform/ids.ts'
import { ConditionFailed, type Item, type Write } from '../platform/item.ts'
import { invalid, notFound, Problem } from '../platform/problem.ts'
import { get, getAll, getGroups, transact } from '../platform/table.ts'
import { staleVersion } from '../platform/version.ts'
import type { Policy } from '../policy/contract.ts'
import { policyKey, readPolicy } from '../policy/store.ts'
import { ownerOf, profileIdOf } from '../profile/rules.ts'
import { profileKey, readProfile } from '../profile/store.ts'
import type { Customer } from '../referral/contract.ts'
import { allows, condition, decide, type Referral } from '../referral/lifecycle.ts'
import { receive } from '../referral/rules.ts'
import { checkReferral, commit, insert, readReferral, referralKey } from '../referral/store.ts'
import { readReputation, reputationKey } from '../reputation/store.ts'
import type { RoutingDecision } from '../routing/contract.ts'
import { chosenIn, decideRouting, finalists, type Shortlist } from '../routing/rules.ts'
import { shortlist } from '../routing/service.ts'
import { putRouting } from '../routing/store.ts'
import { readTaxonomy, taxonomyKey } from '../taxonomy/store.ts'
import { capabilityToken } from './capability.ts'
import type { CreatedRfi, NewRfi, Recipient, RfiView } from './contract.ts'
import {
  type Addressee,
  askedBy,
  hasRoom,
  isUnrouted,
  type Rfi,
  recipientErrors,
  regionInNeed,
  requestErrors,
  rfiEvent,
  sendOnErrors,
  statusOf,
  versionOf,
  viewRfi,
  wentTo,
} from './rules.ts'
import { customerKey, listUnrouted, putCustomer, putRfi, readCustomer, readRfi, rfiKey } from './store.ts'

const refuse = (errors: readonly FieldError[]): void => {
  if (errors.length > 0) throw invalid(...errors)
}

/**
 * Takes an RFI and makes a referral of it for each recipient, all in one transaction. One that names no recipients goes
 * to those whom the ranking chooses; where nobody fits, it waits for the operator.
 * @throws Problem invalid-request, naming each field that is wrong; idempotency-key-reused
 */
export const createRfi = async (
  { region, ...asked }: NewRfi,
  attempt: Attempt,
  actor: Actor,
  now: Date,
): Promise<Versioned<CreatedRfi>> => {
  const at = now.toISOString()
  const id = newId('rfi', now)
  const list = asked.recipients ? undefined : await shortlistOf({ id, region, asked: [], ...asked }, now)
  const places = asked.recipients ?? placesIn(list ? finalists(list) : [], list?.region)
  const found = await getGroups({
    records: [attempt.key],
    ...addresses(places),
    policies: [policyKey],
    taxonomies: [taxonomyKey],
  })
  const policy = readPolicy(found.policies[0])
  const created = await createOnce(attempt, found.records[0], now, () => {
    const wish = askedBy(asked.customer, asked.need)
    const routing = list && decideRouting(list, isAvailableIn(places, found, wish, now), { rfiId: id, at })
    const recipients = routing ? placesIn(chosenIn(routing), routing.region) : places
    refuse(requestErrors({ ...asked, recipients }, policy, readTaxonomy(found.taxonomies[0]), at))
    if (!routing) refuse(unavailable(places, found, wish, now))
    return compose(
      { ...asked, id, recipients, routing },
      policy,
      namesOf(recipients, places, found),
      actor,
      at,
    )
  })
  return {
    body: { ...created, trackingToken: capabilityToken(created.id, created.trackedUntil) },
    // As it was created: one of its own, and one of each referral.
    version: 1 + created.recipients.length,
  }
}

interface Routable extends Pick<NewRfi, 'need' | 'customer' | 'region'> {
  readonly id: string
  /** Partners that have it already. */
  readonly asked: readonly string[]
}

const shortlistOf = ({ id, region, customer, ...wish }: Routable, now: Date): Promise<Shortlist> =>
  shortlist({ ...wish, customer, region: region ?? customer.address.country, seed: id }, now)

const placesIn = (
  chosen: readonly { readonly partnerId: string; readonly locationId: string }[],
  region = '',
): Recipient[] =>
  chosen.map(({ partnerId, locationId }) => ({ profileId: profileIdOf(partnerId, region), locationId }))

/** What tells whether recipients are there to be had. */
const addresses = (recipients: readonly Recipient[]) => {
  const owners = recipients.map(({ profileId }) => ownerOf(profileId))
  return {
    profiles: owners.map(({ partnerId, region }) => profileKey(partnerId, region)),
    partners: owners.map(({ partnerId }) => partnerKey(partnerId)),
    reputations: owners.map(({ partnerId, region }) => reputationKey(partnerId, region)),
  }
}

/** In the order of the recipients that were looked for. */
type Found = Readonly<Record<keyof ReturnType<typeof addresses>, readonly (Item | undefined)[]>>

/** How many referrals a partner has open is known some seconds late: at its limit one or another too many may get in. */
const unavailable = (
  recipients: readonly Recipient[],
  { profiles, partners, reputations }: Found,
  asked: Asked,
  now: Date,
): FieldError[] => {
  const today = now.toISOString().slice(0, 10)
  return recipients.flatMap((recipient, index) => {
    const { partnerId, region } = ownerOf(recipient.profileId)
    const profile = partners[index] && profiles[index]
    const { open } = readReputation(reputations[index], partnerId, region)
    return recipientErrors(recipient, profile && readProfile(profile), asked, { open, today }, index)
  })
}

const isAvailableIn = (
  places: readonly Recipient[],
  found: Found,
  asked: Asked,
  now: Date,
): ((partnerId: string) => boolean) => {
  const wrong = new Set(
    unavailable(places, found, asked, now).map(({ pointer }) => Number(pointer.split('/')[2])),
  )
  const gone = places
    .filter((_, index) => wrong.has(index))
    .map(({ profileId }) => ownerOf(profileId).partnerId)
  return partnerId => !gone.includes(partnerId)
}

/** The names of some of the partners that were looked for. */
const namesOf = (
  recipients: readonly Recipient[],
  places: readonly Recipient[],
  { partners }: Found,
): string[] =>
  recipients.map(({ profileId }) =>
    nameOf(partners[places.findIndex(place => place.profileId === profileId)]),
  )

interface Composed extends Omit<NewRfi, 'recipients' | 'region'> {
  readonly id: string
  readonly recipients: readonly Recipient[]
  readonly routing: RoutingDecision | undefined
}

const compose = (asked: Composed, policy: Policy, names: readonly string[], actor: Actor, at: string) => {
  const { id, customer, need, directContact, source = { channel: 'search' }, respondBy, routing } = asked
  const rfi: Rfi = {
    id,
    version: 1,
    status: 'open',
    createdAt: at,
    trackedUntil: after(at, policy.trackingTime),
    directContact,
    source,
    need,
    ...(routing && { region: routing.region }),
    recipients: addressees(id, asked.recipients),
  }
  const deadline = respondBy && new Date(respondBy).toISOString()
  const received = receiveAt(rfi.recipients, { rfi, customer, respondBy: deadline }, policy, actor, at)
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

const nameOf = (partner?: Item): string => (partner ? readPartner(partner).name : '')

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
  if (!region || !customer || most === 0 || !hasRoom(referrals, policy, at)) return []
  const asked = rfi.recipients.map(({ partnerId }) => partnerId)
  return suggest(region, { need: rfi.need, customer, asked, most }, rfi.id, now)
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

/** @throws Problem not-found */
export const getRfi = async (rfiId: string, now: Date): Promise<Versioned<RfiView>> =>
  shown(await load(rfiId), now)

/**
 * Sends an RFI on to further partners as it is, all in one transaction. Asked again for those that have it already, it
 * answers with what is there, whatever the version.
 * @param routing the decision that chose them, if one did
 * @throws Problem not-found; invalid-request, naming each recipient that is wrong; state-conflict when it was withdrawn
 * or its customer erased; stale-version, also when somebody sends it on, withdraws or reopens at the same moment
 */
export const addRecipients = async (
  rfiId: string,
  asked: readonly Recipient[],
  actor: Actor,
  version: number,
  now: Date,
  routing?: RoutingDecision,
): Promise<Versioned<RfiView>> => {
  const at = now.toISOString()
  const [loaded, found] = await Promise.all([
    load(rfiId),
    getGroups({ ...addresses(asked), customers: [customerKey(rfiId)], policies: [policyKey] }),
  ])
  const { rfi, referrals } = loaded
  if (wentTo(rfi, asked)) return shown(loaded, now)
  const customer = customerOf(loaded, found.customers[0], at)
  await requireVersionOf(loaded, version, now)
  const policy = readPolicy(found.policies[0])
  refuse([
    ...sendOnErrors(asked, rfi, referrals, policy, at),
    ...unavailable(asked, found, askedBy(customer, rfi.need), now),
  ])

  const names = found.partners.map(nameOf)
  const { next, writes } = sendOn(loaded, asked, { customer, policy, names, actor }, at)
  try {
    await transact([...writes, ...(routing ? [putRouting(routing, next.rfi.version)] : [])])
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error
    const present = await load(rfiId)
    // Somebody sent it to the same partners at the same moment: so be it.
    if (wentTo(present.rfi, asked)) return shown(present, now)
    customerOf(present, found.customers[0], at)
    throw staleVersion(await shown(present, now))
  }
  return withSuggestions(next, await suggestions(next, customer, policy, now), now)
}

/**
 * Lets the ranking choose partners for an RFI that has none.
 * @throws Problem as `addRecipients`; state-conflict also when it has partners, or when nobody fits it yet
 */
export const routeRfi = async (
  rfiId: string,
  actor: Actor,
  version: number,
  now: Date,
): Promise<Versioned<RfiView>> => {
  const at = now.toISOString()
  const [loaded, customerItem] = await Promise.all([load(rfiId), get(customerKey(rfiId))])
  const { rfi } = loaded
  const currentStatus = statusOf(rfi, loaded.referrals, at)
  const conflict = (detail: string, more: object = {}) =>
    new Problem('state-conflict', { detail, extra: { currentStatus, ...more } })
  const customer = customerOf(loaded, customerItem, at)
  if (rfi.recipients.length > 0) throw conflict('it has gone to partners already: send it on to others')
  await requireVersionOf(loaded, version, now)

  const { id, need, region } = rfi
  const list = await shortlistOf({ id, need, customer, region, asked: [] }, now)
  const places = placesIn(finalists(list), list.region)
  const found = await getGroups(addresses(places))
  const routing = decideRouting(list, isAvailableIn(places, found, askedBy(customer, need), now), {
    rfiId,
    at,
  })
  const chosen = placesIn(chosenIn(routing), routing.region)
  if (chosen.length === 0) throw conflict('no partner fits it yet', { exclusions: routing.exclusions })
  return addRecipients(rfiId, chosen, actor, version, now, routing)
}

/** A page of the RFIs that wait for the operator, the oldest first. */
export const listUnroutedRfis = listUnrouted

interface SendingOn {
  readonly customer: Customer
  readonly policy: Policy
  /** Of the partners that it goes to. */
  readonly names: readonly string[]
  readonly actor: Actor
}

const sendOn = (
  { rfi, referrals, names }: Loaded,
  asked: readonly Recipient[],
  { customer, policy, names: more, actor }: SendingOn,
  at: string,
) => {
  const added = addressees(rfi.id, asked)
  const next = sentOn(rfi, added, policy, at)
  const received = receiveAt(added, { rfi, customer }, policy, actor, at)
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

const sentOn = (rfi: Rfi, added: readonly Addressee[], policy: Policy, at: string): Rfi => {
  const { version, recipients, trackedUntil } = rfi
  const until = after(at, policy.trackingTime)
  return {
    ...rfi,
    version: version + 1,
    recipients: [...recipients, ...added],
    trackedUntil: until > trackedUntil ? until : trackedUntil,
  }
}

/** Who is still to be helped. @throws Problem state-conflict when nobody is */
const customerOf = ({ rfi, referrals }: Loaded, item: Item | undefined, now: string): Customer => {
  const conflict = (detail: string) =>
    new Problem('state-conflict', { detail, extra: { currentStatus: statusOf(rfi, referrals, now) } })
  if (rfi.status === 'withdrawn') throw conflict('the customer has withdrawn the request')
  const customer = readCustomer(item)
  if (!customer) throw conflict("the customer's personal data was erased: no partner could get in touch")
  return customer
}

/** What has expired and may yet come back. */
const reopenable = (referrals: readonly Referral[], now: string): Referral[] =>
  referrals.filter(referral => allows('reopen', referral, now))

const requireVersionOf = async (loaded: Loaded, version: number, now: Date): Promise<void> => {
  if (version !== versionOf(loaded.rfi, loaded.referrals)) throw staleVersion(await shown(loaded, now))
}

/**
 * Withdraws an RFI and each of its open referrals, all in one transaction.
 * @throws Problem not-found; stale-version, also when a partner answers or reopens at the same moment; state-conflict
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
  if (open.length === 0 && expired.length === 0 && !isUnrouted(rfi))
    throw new Problem('state-conflict', {
      detail: 'no partner has the request any more',
      extra: { currentStatus: 'closed' },
    })
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

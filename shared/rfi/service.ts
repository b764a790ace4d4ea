/** RFIs: taken, followed and withdrawn. */
import type { Actor } from '../event/contract.ts'
import { partnerKey, readPartner } from '../partner/store.ts'
import type { Attempt } from '../platform/attempt.ts'
import type { FieldError, Versioned } from '../platform/contract.ts'
import { after } from '../platform/duration.ts'
import { createOnce } from '../platform/idempotency.ts'
import { newId, newReferralId } from '../platform/ids.ts'
import { ConditionFailed, type Item, type Write } from '../platform/item.ts'
import { invalid, notFound, Problem } from '../platform/problem.ts'
import { get, getGroups, transact } from '../platform/table.ts'
import { requireVersion, staleVersion } from '../platform/version.ts'
import type { Policy } from '../policy/contract.ts'
import { policyKey, readPolicy } from '../policy/store.ts'
import { ownerOf } from '../profile/rules.ts'
import { profileKey, readProfile } from '../profile/store.ts'
import { allows, condition, decide, type Referral } from '../referral/lifecycle.ts'
import { receive } from '../referral/rules.ts'
import { checkReferral, commit, insert, readReferral, referralKey } from '../referral/store.ts'
import { defaultTaxonomy } from '../taxonomy/rules.ts'
import { capabilityToken } from './capability.ts'
import type { CreatedRfi, NewRfi, RfiView } from './contract.ts'
import {
  type Addressee,
  type Rfi,
  recipientErrors,
  requestErrors,
  rfiEvent,
  versionOf,
  viewRfi,
} from './rules.ts'
import { putCustomer, putRfi, readRfi, rfiKey } from './store.ts'

const refuse = (errors: readonly FieldError[]): void => {
  if (errors.length > 0) throw invalid(...errors)
}

/**
 * Takes an RFI and makes a referral of it for each recipient, all in one transaction.
 * @throws Problem invalid-request, naming each field that is wrong; idempotency-key-reused
 */
export const createRfi = async (
  asked: NewRfi,
  attempt: Attempt,
  actor: Actor,
  now: Date,
): Promise<Versioned<CreatedRfi>> => {
  const at = now.toISOString()
  const owners = asked.recipients.map(({ profileId }) => ownerOf(profileId))
  const found = await getGroups({
    records: [attempt.key],
    profiles: owners.map(({ partnerId, region }) => profileKey(partnerId, region)),
    partners: owners.map(({ partnerId }) => partnerKey(partnerId)),
    policies: [policyKey],
  })
  const policy = readPolicy(found.policies[0])
  const created = await createOnce(attempt, found.records[0], now, () => {
    refuse(requestErrors(asked, policy, defaultTaxonomy, at))
    refuse(unavailable(asked, found.profiles, found.partners))
    return compose(asked, policy, found.partners.map(nameOf), actor, now)
  })
  return {
    body: { ...created, trackingToken: capabilityToken(created.id, created.trackedUntil) },
    // As it was created: one of its own, and one of each referral.
    version: 1 + created.recipients.length,
  }
}

type Found = readonly (Item | undefined)[]

const unavailable = ({ recipients }: NewRfi, profiles: Found, partners: Found): FieldError[] =>
  recipients.flatMap((recipient, index) => {
    const profile = partners[index] && profiles[index]
    return recipientErrors(recipient, profile && readProfile(profile), index)
  })

const compose = (asked: NewRfi, policy: Policy, names: readonly string[], actor: Actor, now: Date) => {
  const at = now.toISOString()
  const id = newId('rfi', now)
  const { customer, need, directContact, source = { channel: 'search' }, respondBy } = asked
  const recipients: Addressee[] = asked.recipients.map(({ profileId, locationId }) => ({
    ...ownerOf(profileId),
    profileId,
    locationId,
    referralId: newReferralId(id),
  }))
  const rfi: Rfi = {
    id,
    version: 1,
    status: 'open',
    createdAt: at,
    trackedUntil: after(at, policy.trackingTime),
    directContact,
    source,
    need,
    recipients,
  }
  const deadline = respondBy && new Date(respondBy).toISOString()
  const received = recipients.map(({ referralId, ...recipient }) =>
    receive(
      { id: referralId, rfiId: id, ...recipient, source, customer, need, directContact, respondBy: deadline },
      policy,
      actor,
      at,
    ),
  )
  const referrals = received.map(({ referral }) => referral)
  return {
    answer: viewRfi(rfi, referrals, names, at),
    writes: [
      ...putRfi(rfi, rfiEvent(rfi, 'rfi.received', actor, at), { pk: 'absent' }),
      putCustomer(id, { customer, consent: { ...asked.consent, at } }),
      ...received.flatMap(({ referral, event }) => insert(referral, event)),
    ] satisfies Write[],
  }
}

const nameOf = (partner: Item | undefined): string => (partner ? readPartner(partner).name : '')

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

const shown = ({ rfi, referrals, names }: Loaded, now: string): Versioned<RfiView> => ({
  body: viewRfi(rfi, referrals, names, now),
  version: versionOf(rfi, referrals),
})

export const getRfi = async (rfiId: string, now: Date): Promise<Versioned<RfiView>> =>
  shown(await load(rfiId), now.toISOString())

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
  if (rfi.status === 'withdrawn') return shown(loaded, at)

  const open = referrals.filter(referral => allows('withdraw', referral, at))
  // What has expired may yet come back, and the customer may not want it to.
  const reopenable = referrals.filter(referral => allows('reopen', referral, at))
  if (open.length === 0 && reopenable.length === 0)
    throw new Problem('state-conflict', {
      detail: 'no partner has the request any more',
      extra: { currentStatus: 'closed' },
    })
  requireVersion(shown(loaded, at), version)

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
      ...reopenable.map(checkReferral),
    ])
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error
    const present = await load(rfiId)
    // Somebody withdrew it at the same moment: so be it.
    if (present.rfi.status === 'withdrawn') return shown(present, at)
    throw staleVersion(shown(present, at))
  }
  const withdrawn = new Map(withdrawals.map(({ decision: { next } }) => [next.id, next]))
  const after = referrals.map(referral => withdrawn.get(referral.id) ?? referral)
  return shown({ ...loaded, rfi: next, referrals: after }, at)
}

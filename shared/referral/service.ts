/** What partners, operators and timers do with a referral: load, decide, commit. */
import type { Actor, ActorKind, TimelineItem } from '../event/contract.ts'
import type { Page, Versioned } from '../platform/contract.ts'
import type { CursorScope } from '../platform/cursor.ts'
import { newId, rfiIdOf } from '../platform/ids.ts'
import { invalid, notFound } from '../platform/problem.ts'
import { ConditionFailed, get, getAll, transact } from '../platform/table.ts'
import { requireVersion, staleVersion } from '../platform/version.ts'
import { customerKey, readCustomer, readRfi, rfiKey } from '../rfi/store.ts'
import { defaultTaxonomy, reasonErrors } from '../taxonomy/rules.ts'
import type {
  Acceptance,
  Closing,
  Colleague,
  Customer,
  NewColleague,
  ReferralOverview,
  ReferralView,
  Refusal,
} from './contract.ts'
import {
  allows,
  type Command,
  condition,
  decide,
  isRepeat,
  type Referral,
  stateConflict,
} from './lifecycle.ts'
import { view, viewOverview } from './rules.ts'
import * as store from './store.ts'

/** Which referral, and whose. */
export interface Address {
  readonly partnerId: string
  readonly referralId: string
}

interface Loaded {
  readonly referral: Referral
  readonly customer: Customer | null
}

/** @throws Problem not-found, alike for an unknown referral and another partner's */
const load = async ({ partnerId, referralId }: Address): Promise<Loaded> => {
  const keys = [store.referralKey(partnerId, referralId), customerKey(rfiIdOf(referralId))]
  const [referral, customer] = await getAll(keys)
  if (!referral) throw notFound()
  return { referral: store.readReferral(referral), customer: readCustomer(customer) }
}

const shown = ({ referral, customer }: Loaded, viewer: ActorKind, now: string): Versioned<ReferralView> => ({
  body: view(referral, customer, viewer, now),
  version: referral.version,
})

/** Where an operator finds a referral: its RFI knows whom it was addressed to. @throws Problem not-found */
export const findAddress = async (referralId: string): Promise<Address> => {
  const rfi = await get(rfiKey(rfiIdOf(referralId)))
  const recipient = rfi && readRfi(rfi).recipients.find(candidate => candidate.referralId === referralId)
  if (!recipient) throw notFound()
  return { partnerId: recipient.partnerId, referralId }
}

export const getReferral = async (
  address: Address,
  viewer: ActorKind,
  now: Date,
): Promise<Versioned<ReferralView>> => shown(await load(address), viewer, now.toISOString())

/** A page of a stage's list. What has fallen due since it was listed is left out: it belongs to another stage. */
export const listReferrals = async (
  partnerId: string,
  options: Parameters<typeof store.list>[1],
  scope: CursorScope,
  now: Date,
): Promise<Page<ReferralOverview>> => {
  const { items, nextCursor } = await store.list(partnerId, options, scope)
  const seen = items.map(overview => viewOverview(overview, now.toISOString()))
  return { items: seen.filter(({ stage }) => stage === options.stage), nextCursor }
}

/** @throws Problem not-found */
export const getTimeline = async (
  { partnerId, referralId }: Address,
  limit: number,
  scope: CursorScope,
): Promise<Page<TimelineItem>> => {
  const page = await store.timeline(partnerId, referralId, limit, scope)
  // Every referral has been received, so the first page of none belongs to no referral.
  if (page.items.length === 0 && scope.cursor === undefined) throw notFound()
  return page
}

/**
 * Carries out a command, if the lifecycle allows it, on the version that the caller knows.
 * A repeat of what was done already is answered with the referral as it is.
 * @param version undefined for timers, which know no version
 * @throws Problem not-found, state-conflict, stale-version, invalid-request
 */
export const execute = async (
  address: Address,
  command: Command,
  actor: Actor,
  version: number | undefined,
  now: Date,
): Promise<Versioned<ReferralView>> => {
  const at = now.toISOString()
  const { referral, customer } = await load(address)
  const show = (as: Referral) => shown({ referral: as, customer }, actor.kind, at)
  if (isRepeat(referral, command)) return show(referral)
  if (!allows(command.name, referral, at)) throw stateConflict(referral, actor.kind, at)
  if (version !== undefined) requireVersion(show(referral), version)

  const decision = decide(referral, command, actor, at)
  try {
    await transact(store.commit(decision, condition(command.name, referral, at)))
    return show(decision.next)
  } catch (error) {
    const found = error instanceof ConditionFailed ? error.failed[0]?.found : undefined
    if (!found) throw error
    const winner = store.readReferral(found)
    if (isRepeat(winner, command)) return show(winner)
    if (!allows(command.name, winner, at)) throw stateConflict(winner, actor.kind, at)
    throw staleVersion(show(winner))
  }
}

const withId = (colleague: NewColleague, now: Date): Colleague => ({ id: newId('con', now), ...colleague })

/** The command that an acceptance makes; colleagues get their ids here, since rules draw none. */
export const accept = (acceptance: Acceptance, now: Date): Command => ({
  name: 'accept',
  acceptance,
  contacts: acceptance.contacts.map(colleague => withId(colleague, now)),
})

export const addContact = (colleague: NewColleague, now: Date): Command => ({
  name: 'add-contact',
  contact: withId(colleague, now),
})

/** @throws Problem invalid-request for a reason that the taxonomy does not hold, or that lacks its notes */
export const decline = (refusal: Refusal): Command => {
  const errors = reasonErrors(defaultTaxonomy, 'declineReasons', refusal)
  if (errors.length > 0) throw invalid(...errors)
  return { name: 'decline', refusal }
}

/** @throws Problem invalid-request for a reason that the taxonomy does not hold, or that lacks its notes */
export const close = (closing: Closing): Command => {
  if (closing.result === 'won') return { name: 'win', closing }
  const errors = reasonErrors(defaultTaxonomy, 'lossReasons', closing)
  if (errors.length > 0) throw invalid(...errors)
  return { name: 'lose', closing }
}

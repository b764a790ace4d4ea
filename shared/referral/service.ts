/** What partners, operators and timers do with a referral: load, decide, commit. */
import type { Actor, ActorKind, TimelineItem } from '../event/contract.ts'
import type { Page, Versioned } from '../platform/contract.ts'
import type { CursorScope } from '../platform/cursor.ts'
import { newId, rfiIdOf } from '../platform/ids.ts'
import { ConditionFailed } from '../platform/item.ts'
import { invalid, notFound } from '../platform/problem.ts'
import { get, getAll, transact } from '../platform/table.ts'
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
import type { Address } from './store.ts'
import * as store from './store.ts'

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
 * @throws Problem not-found, state-conflict, stale-version, invalid-request
 */
export const execute = async (
  address: Address,
  command: Command,
  actor: Actor,
  version: number,
  now: Date,
): Promise<Versioned<ReferralView>> => {
  const at = now.toISOString()
  const { referral, customer } = await load(address)
  const show = (as: Referral) => shown({ referral: as, customer }, actor.kind, at)
  if (isRepeat(referral, command)) return show(referral)
  if (!allows(command.name, referral, at)) throw stateConflict(referral, actor.kind, at)
  requireVersion(show(referral), version)
  try {
    return show(await decideAndCommit(referral, command, actor, at))
  } catch (error) {
    const winner = winnerIn(error)
    if (!winner) throw error
    if (isRepeat(winner, command)) return show(winner)
    if (!allows(command.name, winner, at)) throw stateConflict(winner, actor.kind, at)
    throw staleVersion(show(winner))
  }
}

/**
 * Carries out what a timer proposes, if the lifecycle still allows it.
 * @returns whether it did
 * @throws ConditionFailed when the referral changed at the same moment: the proposal is worth repeating
 */
export const propose = async (
  { partnerId, referralId }: Address,
  name: 'expire' | 'cool',
  now: Date,
): Promise<boolean> => {
  const at = now.toISOString()
  const item = await get(store.referralKey(partnerId, referralId))
  const referral = item && store.readReferral(item)
  if (!referral || !allows(name, referral, at)) return false
  await decideAndCommit(referral, { name }, { kind: 'timer' }, at)
  return true
}

const decideAndCommit = async (
  referral: Referral,
  command: Command,
  actor: Actor,
  at: string,
): Promise<Referral> => {
  const decision = decide(referral, command, actor, at)
  await transact(store.commit(decision, condition(command.name, referral, at)))
  return decision.next
}

/** The referral as another write left it, when ours came second. */
const winnerIn = (error: unknown): Referral | undefined => {
  const found = error instanceof ConditionFailed ? error.failed[0]?.found : undefined
  return found && store.readReferral(found)
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

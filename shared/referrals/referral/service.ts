/** What partners, operators and timers do with a referral: load, decide, commit. */
import type { Actor, ActorKind, DeadlineKind, TimelineItem } from '../../events/contract.ts'
import { DomainError, notFound, requireNoErrors } from '../../kernel/errors.ts'
import { rfiIdOf } from '../../kernel/ids.ts'
import { newId } from '../../kernel/new-id.ts'
import type { Page } from '../../kernel/page.ts'
import type { Versioned } from '../../kernel/versioned.ts'
import {
  type Check,
  ConditionFailed,
  type CursorScope,
  get,
  getAll,
  type Key,
  requireVersion,
  staleVersion,
  transact,
} from '../../persistence/index.ts'
import type { Customer, Tags } from '../../program/contract.ts'
import { readTaxonomy, taxonomyKey } from '../../program/index.ts'
import { reasonErrors } from '../../program/rules.ts'
import { type Rfi, whyGone } from '../rfi/rules.ts'
import { checkRfi, customerKey, readCustomer, readRfi, rfiKey } from '../rfi/store.ts'
import type {
  Acceptance,
  Alert,
  Closing,
  Colleague,
  NewColleague,
  ReferralOverview,
  ReferralView,
  Refusal,
  SimilarDeal,
} from './contract.ts'
import { firstDue } from './deadlines.ts'
import { decide } from './effects.ts'
import type { Command, Referral } from './referral.ts'
import { isRepeat } from './repeat.ts'
import { mostSimilar, type Overview, overviewOf, sharedTags, view, viewOverview } from './rules.ts'
import { effective } from './status.ts'
import type { Address } from './store.ts'
import * as store from './store.ts'
import { allows, condition, stateConflict, transitions } from './transitions.ts'

interface Loaded {
  readonly referral: Referral
  readonly customer: Customer | null
}

/**
 * @param also what else to read on the way
 * @throws DomainError not-found, alike for an unknown referral and another partner's
 */
const load = async ({ partnerId, referralId }: Address, ...also: readonly Key[]) => {
  const keys = [store.referralKey(partnerId, referralId), customerKey(rfiIdOf(referralId)), ...also]
  const [referral, customer, ...others] = await getAll(keys)
  if (!referral) throw notFound()
  const loaded: Loaded = { referral: store.readReferral(referral), customer: readCustomer(customer) }
  return { ...loaded, others }
}

const shown = ({ referral, customer }: Loaded, viewer: ActorKind, now: string): Versioned<ReferralView> => ({
  body: view(referral, customer, viewer, now),
  version: referral.version,
})

/** Where an operator finds a referral: its RFI knows whom it was addressed to. @throws DomainError not-found */
export const findAddress = async (referralId: string): Promise<Address> => {
  const { recipients } = await loadRfi(referralId)
  const recipient = recipients.find(candidate => candidate.referralId === referralId)
  if (!recipient) throw notFound()
  return { partnerId: recipient.partnerId, referralId }
}

export const getReferral = async (
  address: Address,
  viewer: ActorKind,
  now: Date,
): Promise<Versioned<ReferralView>> => {
  const loaded = await load(address)
  const seen = shown(loaded, viewer, now.toISOString())
  if (!seen.body.reopenUntil) return seen
  const isGone = await whyCustomerIsGone(loaded.referral, await loadRfi(address.referralId))
  return isGone ? { ...seen, body: withoutReopening(seen.body) } : seen
}

/** What is offered is possible: an expired referral cannot be taken up again when its customer has gone on. */
const withoutReopening = (body: ReferralView): ReferralView => ({
  ...body,
  reopenUntil: null,
  actions: body.actions.filter(({ name }) => name !== transitions.reopen.action.name),
})

/** A page of a stage's list. What has fallen due since it was listed is left out: it belongs to another stage. */
export const listReferrals = async (
  partnerId: string,
  options: Parameters<typeof store.list>[1],
  scope: CursorScope,
  now: Date,
): Promise<Page<ReferralOverview>> => {
  const at = now.toISOString()
  const isHotFirst =
    options.sort === 'hot-first' && options.stage === 'inbox' && (options.status ?? 'new') === 'new'
  const { items, nextCursor } = isHotFirst
    ? await store.listHotFirst(partnerId, options, scope, at)
    : await store.list(partnerId, options, scope)
  const seen = items.map(overview => viewOverview(overview, at))
  return { items: seen.filter(({ stage }) => stage === options.stage), nextCursor }
}

/** Who has more hot referrals than that has other worries than their number. */
const mostCounted = 100

/** A partner's hot referrals, in one query. */
export const getAlert = async (partnerId: string, now: Date): Promise<Alert> => {
  const at = now.toISOString()
  const { items, next } = await store.listHot(partnerId, at, mostCounted)
  return { count: items.length, more: next !== undefined, items: items.map(item => viewOverview(item, at)) }
}

/** @throws DomainError not-found */
export const getTimeline = async (
  { partnerId, referralId }: Address,
  limit: number,
  scope: CursorScope,
): Promise<Page<TimelineItem>> => {
  const page = await store.timeline(partnerId, referralId, limit, scope)
  if (!page) throw notFound()
  return page
}

/** So many deals of each stage are looked at for what resembles a referral, the latest ones, and so many are shown. */
const mostCompared = 100
const mostSimilarShown = 10

/** Of an archive in which few referrals became deals, so many pages are read at most. */
const mostPages = 5

/** The partner's latest deals of a stage. */
const latestDeals = async (partnerId: string, stage: 'active' | 'archived'): Promise<Overview[]> => {
  const found: Overview[] = []
  let cursor: string | undefined
  for (let page = 0; page < mostPages && found.length < mostCompared; page++) {
    const scope = { list: 'similar', cursor }
    const { items, nextCursor } = await store.list(
      partnerId,
      { stage, sort: 'newest', limit: mostCompared },
      scope,
    )
    found.push(...items.filter(({ dealName }) => dealName !== null))
    if (!nextCursor) break
    cursor = nextCursor
  }
  return found
}

/**
 * What the partner took on that resembles a referral, the most similar first; as a rule in two trips.
 * @throws DomainError not-found
 */
export const getSimilar = async (address: Address, now: Date): Promise<{ items: SimilarDeal[] }> => {
  const [{ referral }, active, archived] = await Promise.all([
    load(address),
    latestDeals(address.partnerId, 'active'),
    latestDeals(address.partnerId, 'archived'),
  ])
  const found = mostSimilar(overviewOf(referral), [...active, ...archived], mostSimilarShown)
  const keys = found.map(({ overview }) => store.referralKey(address.partnerId, overview.id))
  const items = (await getAll(keys)).flatMap((item, index) =>
    item && found[index]
      ? [viewSimilar(store.readReferral(item), referral.need, found[index].similarity, now)]
      : [],
  )
  return { items }
}

const viewSimilar = (other: Referral, need: Tags, similarity: number, now: Date): SimilarDeal => {
  const { id: referralId, customer, deal, outcome, answeredAt, closedAt } = other
  const { status } = effective(other, now.toISOString())
  return {
    referralId,
    similarity,
    shared: sharedTags(other.need, need),
    status,
    customer,
    outcome,
    answeredAt,
    closedAt,
    deal: deal && {
      name: deal.name,
      estimatedValue: deal.estimatedValue,
      estimatedCloseDate: deal.estimatedCloseDate,
    },
  }
}

interface Execution {
  readonly command: Command
  readonly actor: Actor
  /** The one that the caller knows. */
  readonly version: number
  readonly now: Date
  /** What must hold of other items. */
  readonly provided?: readonly Check[]
}

/**
 * Carries out a command, if the lifecycle allows it, on the version that the caller knows.
 * A repeat of what was done already is answered with the referral as it is.
 * @throws DomainError not-found, state-conflict, stale-version, invalid-request
 */
export const execute = async (
  address: Address,
  command: Command,
  actor: Actor,
  version: number,
  now: Date,
): Promise<Versioned<ReferralView>> => {
  const reason = reasonIn(command)
  const { others, ...loaded } = await load(address, ...(reason ? [taxonomyKey] : []))
  // What was done stays done, also when its reason was retired since.
  const errors =
    reason && !isRepeat(loaded.referral, command, version)
      ? reasonErrors(readTaxonomy(others[0]), reason.list, reason)
      : []
  requireNoErrors(errors)
  return carryOut(loaded, { command, actor, version, now })
}

/** The reason that a command gives, and the list in which it must stand. */
const reasonIn = (command: Command) => {
  if (command.name === 'decline') return { list: 'declineReasons', ...command.refusal } as const
  if (command.name === 'lose' && command.closing.result === 'lost')
    return { list: 'lossReasons', ...command.closing } as const
  return undefined
}

/** As `execute`, on what was loaded. @throws ConditionFailed when what was to be provided does not hold */
const carryOut = async (
  { referral, customer }: Loaded,
  { command, actor, version, now, provided }: Execution,
): Promise<Versioned<ReferralView>> => {
  const at = now.toISOString()
  const show = (as: Referral) => shown({ referral: as, customer }, actor.kind, at)
  if (isRepeat(referral, command, version)) return show(referral)
  if (!allows(command.name, referral, at)) throw stateConflict(command.name, referral, actor.kind, at)
  requireVersion(show(referral), version)
  try {
    return show(await decideAndCommit(referral, command, actor, at, provided))
  } catch (error) {
    const winner = winnerIn(error)
    if (!winner) throw error
    if (isRepeat(winner, command, version)) return show(winner)
    if (!allows(command.name, winner, at)) throw stateConflict(command.name, winner, actor.kind, at)
    throw staleVersion(show(winner))
  }
}

/** The RFI of a referral. @throws DomainError not-found */
const loadRfi = async (referralId: string): Promise<Rfi> => {
  const item = await get(rfiKey(rfiIdOf(referralId)))
  if (!item) throw notFound()
  return readRfi(item)
}

const whyCustomerIsGone = async (
  expired: Referral,
  { recipients, status }: Rfi,
): Promise<string | undefined> => {
  const keys = recipients.map(({ partnerId, referralId }) => store.referralKey(partnerId, referralId))
  const referrals = (await getAll(keys)).flatMap(found => (found ? [store.readReferral(found)] : []))
  return whyGone(expired, status, referrals)
}

/**
 * Takes an expired referral up again, unless the customer has gone on without it.
 * @throws DomainError as `execute`; state-conflict also when the customer has withdrawn or chosen another partner
 */
export const reopen = async (
  address: Address,
  actor: Actor,
  version: number,
  now: Date,
): Promise<Versioned<ReferralView>> => {
  const [loaded, rfi] = await Promise.all([load(address), loadRfi(address.referralId)])
  const isOffered = allows('reopen', loaded.referral, now.toISOString())
  const why = isOffered && (await whyCustomerIsGone(loaded.referral, rfi))
  if (why) throw new DomainError('state-conflict', { currentStatus: 'expired', actions: [] }, why)
  const execution = { command: { name: 'reopen' }, actor, version, now, provided: [checkRfi(rfi)] } as const
  try {
    return await carryOut(loaded, execution)
  } catch (error) {
    // The customer did something at the same moment: what, the next look will tell.
    if (error instanceof ConditionFailed) return reopen(address, actor, version, now)
    throw error
  }
}

/** How often a wake-up that another write overtook looks again before it gives up. */
const mostOvertaken = 4

/**
 * Carries out all that has fallen due by now, each in a transaction of its own.
 * @returns what was done; nothing for a referral that is unknown, or for which nothing is due
 * @throws ConditionFailed when others kept changing the referral: it is worth coming again
 */
export const wake = async ({ partnerId, referralId }: Address, now: Date): Promise<DeadlineKind[]> => {
  const at = now.toISOString()
  const done: DeadlineKind[] = []
  const item = await get(store.referralKey(partnerId, referralId))
  let referral = item && store.readReferral(item)
  for (let overtaken = 0; referral; ) {
    const name = firstDue(referral, at)
    if (!name) break
    try {
      referral = await decideAndCommit(referral, { name }, { kind: 'timer' }, at)
      done.push(name)
    } catch (error) {
      const winner = winnerIn(error)
      if (!winner || ++overtaken > mostOvertaken) throw error
      referral = winner
    }
  }
  return done
}

const decideAndCommit = async (
  referral: Referral,
  command: Command,
  actor: Actor,
  at: string,
  provided: readonly Check[] = [],
): Promise<Referral> => {
  const decision = decide(referral, command, actor, at)
  const when = condition(command.name, referral, at)
  await transact([...store.commit(decision, when), ...provided])
  return decision.next
}

/** The referral as another write left it, when ours came second. */
const winnerIn = (error: unknown): Referral | undefined => {
  // The referral is the first of its writes.
  const lost = error instanceof ConditionFailed ? error.failed.find(({ index }) => index === 0) : undefined
  return lost?.found && store.readReferral(lost.found)
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

export const decline = (refusal: Refusal): Command => ({ name: 'decline', refusal })

export const close = (closing: Closing): Command =>
  closing.result === 'won' ? { name: 'win', closing } : { name: 'lose', closing }

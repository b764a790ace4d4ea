/** Records the choice of a customer between partners, with its effects on their referrals. */
import type { CommandContext } from '../../events/index.ts'
import { invalid } from '../../kernel/errors.ts'
import { commonFaults, faults } from '../../kernel/faults.ts'
import type { ReferralId, RfiId } from '../../kernel/ids.ts'
import type { Versioned } from '../../kernel/versioned.ts'
import { type Check, ConditionFailed, staleVersion, transact, type Write } from '../../persistence/index.ts'
import { planOf, regionTime } from '../../program/rules.ts'
import { type Instant, instantOf } from '../../time/instant.ts'
import { decide } from '../referral/effects.ts'
import type { Command, Referral } from '../referral/referral.ts'
import { effective } from '../referral/status.ts'
import { checkReferral, putDecision } from '../referral/store.ts'
import { allows, condition } from '../referral/transitions.ts'
import { type ChooseRequest, type RfiView, rfiFaults } from './contract.ts'
import { type LoadedRfi, loadRfi, represent } from './load.ts'
import { requireRfiVersion, rfiConflict, rfiReason } from './preconditions.ts'
import {
  type Choice,
  choiceChangeableUntil,
  firstChoiceAt,
  hasRoomFor,
  isChoiceChangeable,
  isChoosable,
  isReopenable,
  type Rfi,
  rfiEvent,
  unsettledIn,
  withoutChoice,
} from './rules.ts'
import { checkRfi, putRfi } from './store.ts'

const fault = faults({ ...commonFaults, ...rfiFaults })

/** @throws DomainError invalid-request */
const requireReferral = ({ referrals }: LoadedRfi, referralId: ReferralId, pointer: string): Referral => {
  const referral = referrals.find(({ id }) => id === referralId)
  if (!referral) throw invalid(fault('unknown-referral', pointer, { referralId }))
  return referral
}

const choiceOf = (request: ChooseRequest): Pick<Choice, 'outcome' | 'referralId'> =>
  'referralId' in request
    ? { outcome: 'partner', referralId: request.referralId }
    : { outcome: request.outcome, referralId: null }

/**
 * Records the choice in one transaction with its effects: new referrals of other partners end as superseded, and the others
 * are told. A repeated choice returns the RFI unchanged.
 * @throws DomainError not-found; invalid-request for a referral of another RFI; stale-version, also if a partner answers
 * concurrently; state-conflict if the RFI was withdrawn, the referral cannot be chosen, or the choice is final
 */
export const chooseOutcome = async (
  rfiId: RfiId,
  request: ChooseRequest,
  context: CommandContext,
): Promise<Versioned<RfiView>> => {
  const { version, now } = context
  const loaded = await loadRfi(rfiId)
  const { policy } = loaded
  const nowInstant = instantOf(now)
  const chosen = choiceOf(request)
  if (isChosenAs(loaded.rfi, chosen)) return represent(loaded, now)
  if (chosen.referralId) requireReferral(loaded, chosen.referralId, '/referralId')
  if (loaded.rfi.status === 'withdrawn') throw rfiConflict(loaded, rfiReason('rfi-withdrawn'), now)
  if (chosen.referralId) requireChoosable(loaded, chosen.referralId, now)
  const until = choiceChangeableUntil(loaded.rfi, policy.choice)
  if (until && !isChoiceChangeable(loaded.rfi, loaded.referrals, policy.choice, nowInstant))
    throw rfiConflict(loaded, rfiReason('choice-final', { until }), now)
  await requireRfiVersion(loaded, version, now)
  const firstAt = firstChoiceAt(loaded.rfi, policy.choice, nowInstant)
  const choice: Choice = { ...chosen, firstAt, at: nowInstant }
  const commandOf = (referral: Referral): Command | undefined => commandOnChoice(referral, choice, nowInstant)
  const isDone = ({ rfi }: LoadedRfi): boolean => isChosenAs(rfi, chosen)
  const rfi: Rfi = { ...withoutFirst(loaded.rfi), choice }
  return commit(loaded, rfi, 'rfi.chosen', commandOf, context, isDone)
}

/** Removes the instant of an earlier choice: the new choice has it. */
const withoutFirst = ({ firstChosenAt: _, ...rfi }: Rfi): Rfi => rfi

const isChosenAs = ({ choice }: Rfi, chosen: Pick<Choice, 'outcome' | 'referralId'>): boolean =>
  choice?.outcome === chosen.outcome && choice.referralId === chosen.referralId

const requireChoosable = (loaded: LoadedRfi, referralId: ReferralId, now: Date): void => {
  const referral = requireReferral(loaded, referralId, '/referralId')
  const { status } = effective(referral, instantOf(now))
  if (!isChoosable(referral)) throw rfiConflict(loaded, rfiReason('not-choosable', { status }), now)
}

/** Returns the command that a choice causes on a referral of the RFI. */
const commandOnChoice = (referral: Referral, choice: Choice, now: Instant): Command | undefined => {
  const isThis = referral.id === choice.referralId
  if (!isThis && allows('supersede', referral, now)) return { name: 'supersede' }
  if (isThis && allows('confirm-win', referral, now)) return { name: 'confirm-win' }
  return noteChoice(referral, isThis ? 'this' : 'other', now)
}

/** Returns the command that tells a partner, unless it knows the choice or has lost the deal for good. */
const noteChoice = (
  referral: Referral,
  choice: NonNullable<Referral['customerChoice']>,
  now: Instant,
): Command | undefined => {
  const isLost = referral.status === 'lost' && !allows('undo-close', referral, now)
  if (isLost || referral.customerChoice === choice || !allows('note-choice', referral, now)) return undefined
  return { name: 'note-choice', choice }
}

/** Returns the command that tells a partner that the choice was taken back, if the partner knew the choice. */
const noteTakenBack = (referral: Referral, now: Instant): Command | undefined =>
  referral.customerChoice ? noteChoice(referral, 'open', now) : undefined

/**
 * Makes superseded referrals new again and takes the choice back if there is one, in one transaction. The other partners are
 * told.
 * @throws DomainError not-found; invalid-request for a referral of another RFI; stale-version; state-conflict if the RFI was
 * withdrawn, the choice is final, a referral is not superseded, or too many would be open
 */
export const reopenRfi = async (
  rfiId: RfiId,
  referralIds: readonly ReferralId[],
  context: CommandContext,
): Promise<Versioned<RfiView>> => {
  const { version, now, actor } = context
  const loaded = await loadRfi(rfiId)
  const { policy } = loaded
  const nowInstant = instantOf(now)
  const wanted = referralIds.map((id, index) => requireReferral(loaded, id, `/referralIds/${index}`))
  const isDone = !loaded.rfi.choice && wanted.every(({ status }) => status === 'new')
  if (isDone) return represent(loaded, now)
  if (loaded.rfi.status === 'withdrawn') throw rfiConflict(loaded, rfiReason('rfi-withdrawn'), now)
  if (!isReopenable(loaded.rfi, loaded.referrals, policy.choice, nowInstant))
    throw rfiConflict(loaded, rfiReason('not-reopenable-yet'), now)
  const other = wanted.find(({ status }) => status !== 'superseded')
  if (other)
    throw rfiConflict(
      loaded,
      rfiReason('not-superseded', { referralId: other.id, status: effective(other, nowInstant).status }),
      now,
    )
  if (!hasRoomFor(new Set(referralIds).size, loaded.referrals, policy, nowInstant))
    throw rfiConflict(loaded, rfiReason('no-room'), now)
  await requireRfiVersion(loaded, version, now)
  const commandOf = (referral: Referral): Command | undefined => {
    if (!referralIds.includes(referral.id)) return noteTakenBack(referral, nowInstant)
    const { region } = referral
    const { respondBy, reminders } = planOf(policy, { receivedAt: nowInstant, region, directContact: false })
    return { name: 'reinstate', span: { respondBy, reminders } }
  }
  return commit(
    loaded,
    withoutChoice(loaded.rfi),
    'rfi.reopened',
    commandOf,
    { actor, version, now },
    () => false,
  )
}

/**
 * Records that a reported win is false. If the customer has confirmed the win and can still change the choice, takes the
 * choice back in the same transaction. A repeated denial returns the RFI unchanged.
 * @throws DomainError not-found; invalid-request; stale-version; state-conflict if the referral is not won, or if the
 * customer has confirmed the win and the choice is final
 */
export const denyWin = async (
  rfiId: RfiId,
  referralId: ReferralId,
  context: CommandContext,
): Promise<Versioned<RfiView>> => {
  const { version, now } = context
  const loaded = await loadRfi(rfiId)
  const referral = requireReferral(loaded, referralId, '/referralId')
  const { status } = effective(referral, instantOf(now))
  if (status !== 'won') throw rfiConflict(loaded, rfiReason('win-not-reported', { status }), now)
  if (referral.winDeniedAt !== null) return represent(loaded, now)
  const nowInstant = instantOf(now)
  const isConfirmed = loaded.rfi.choice?.referralId === referralId
  if (isConfirmed && !isChoiceChangeable(loaded.rfi, loaded.referrals, loaded.policy.choice, nowInstant))
    throw rfiConflict(loaded, rfiReason('already-confirmed'), now)
  await requireRfiVersion(loaded, version, now)
  if (!isConfirmed) return commitOne(loaded, referral, { name: 'deny-win' }, context)
  const commandOf = (one: Referral): Command | undefined =>
    one.id === referralId ? { name: 'deny-win' } : noteTakenBack(one, nowInstant)
  return commit(loaded, withoutChoice(loaded.rfi), 'rfi.reopened', commandOf, context, () => false)
}

/**
 * Withdraws the request from one partner. A repeated request returns the RFI unchanged.
 * @throws DomainError not-found; invalid-request; stale-version; state-conflict if the referral is neither new nor active
 */
export const dismissPartner = async (
  rfiId: RfiId,
  referralId: ReferralId,
  context: CommandContext,
): Promise<Versioned<RfiView>> => {
  const { version, now } = context
  const loaded = await loadRfi(rfiId)
  const referral = requireReferral(loaded, referralId, '/referralId')
  const { status } = effective(referral, instantOf(now))
  if (status === 'withdrawn') return represent(loaded, now)
  if (!allows('withdraw', referral, instantOf(now)))
    throw rfiConflict(loaded, rfiReason('partner-done', { status }), now)
  await requireRfiVersion(loaded, version, now)
  return commitOne(loaded, referral, { name: 'withdraw' }, context)
}

const decisionOf = (
  { policy }: LoadedRfi,
  referral: Referral,
  command: Command,
  { actor, now }: CommandContext,
) => {
  const nowInstant = instantOf(now)
  const decision = decide(referral, command, actor, nowInstant, regionTime(policy, referral.region))
  return { decision, when: condition(command.name, referral, nowInstant) }
}

const commitOne = async (
  loaded: LoadedRfi,
  referral: Referral,
  command: Command,
  context: CommandContext,
): Promise<Versioned<RfiView>> => {
  const { decision, when } = decisionOf(loaded, referral, command, context)
  await write(loaded, [...putDecision(decision, when), checkRfi(loaded.rfi)], context)
  return represent(withReferrals(loaded, [decision.next]), context.now)
}

/**
 * Writes the next version of an RFI, and the commands on its referrals, in one transaction.
 * @param isDone tests if a concurrent request has had the same effect
 */
const commit = async (
  loaded: LoadedRfi,
  changedRfi: Rfi,
  type: 'rfi.chosen' | 'rfi.reopened',
  commandOf: (referral: Referral) => Command | undefined,
  context: CommandContext,
  isDone: (present: LoadedRfi) => boolean,
): Promise<Versioned<RfiView>> => {
  const { rfi, referrals } = loaded
  const { actor, now } = context
  const next: Rfi = { ...changedRfi, version: rfi.version + 1 }
  const decisions = referrals.flatMap(referral => {
    const command = commandOf(referral)
    return command ? [decisionOf(loaded, referral, command, context)] : []
  })
  const changed = decisions.map(({ decision }) => decision.next)
  const ids = new Set(changed.map(({ id }) => id))
  const reinstated = next.recipients.filter(({ referralId }) =>
    changed.some(({ id, status }) => id === referralId && status === 'new'),
  )
  const nowInstant = instantOf(now)
  const event = rfiEvent(next, type, actor, nowInstant, reinstated)
  const writes = [
    ...putRfi(next, event, { version: rfi.version }),
    ...decisions.flatMap(({ decision, when }) => putDecision(decision, when)),
    // Fails if a partner reopens its referral or undoes its answer concurrently, which would not know the choice.
    ...unsettledIn(referrals, nowInstant)
      .filter(({ id }) => !ids.has(id))
      .map(checkReferral),
  ]
  const present = await write(loaded, writes, context, isDone)
  return represent(present ?? withReferrals({ ...loaded, rfi: next }, changed), now)
}

/**
 * @returns the present RFI if a concurrent request has had the same effect
 * @throws DomainError stale-version after any other concurrent write
 */
const write = async (
  { rfi }: LoadedRfi,
  writes: readonly (Write | Check)[],
  { now }: CommandContext,
  isDone: (present: LoadedRfi) => boolean = () => false,
): Promise<LoadedRfi | undefined> => {
  try {
    await transact(writes)
    return undefined
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error
    const present = await loadRfi(rfi.id)
    if (isDone(present)) return present
    throw staleVersion(await represent(present, now))
  }
}

const withReferrals = (loaded: LoadedRfi, changed: readonly Referral[]): LoadedRfi => {
  const byId = new Map(changed.map(referral => [referral.id, referral]))
  return { ...loaded, referrals: loaded.referrals.map(referral => byId.get(referral.id) ?? referral) }
}

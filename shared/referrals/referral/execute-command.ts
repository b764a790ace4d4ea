/** Executes commands of partners and operators. */
import type { ActorKind } from '../../events/contract.ts'
import type { CommandContext } from '../../events/index.ts'
import { DomainError, type Fault, invalid } from '../../kernel/errors.ts'
import { messages } from '../../kernel/messages.ts'
import { checkAll, ifValid } from '../../kernel/partial-input.ts'
import type { Versioned } from '../../kernel/versioned.ts'
import { type Check, ConditionFailed, get, requireVersion, staleVersion } from '../../persistence/index.ts'
import type { Taxonomy } from '../../program/contract.ts'
import { policyKey, readPolicy, readTaxonomy, taxonomyKey } from '../../program/index.ts'
import { type RegionTime, reasonFaults, regionTime } from '../../program/rules.ts'
import { type Instant, instantOf } from '../../time/instant.ts'
import { rfiReasons } from '../rfi/contract.ts'
import { checkNotChosen } from '../rfi/store.ts'
import { competingReferral, decideAndCommit, needsRegionTime } from './commit.ts'
import type { AcceptRequest, CloseRequest, DealPatch, DeclineRequest, ReferralView } from './contract.ts'
import { acceptanceFaults, closedInFutureFaults, commandFaults } from './effects.ts'
import { type LoadedReferral, loadReferral, represent } from './load.ts'
import type { Command, Referral } from './referral.ts'
import { isRepeat } from './repeat.ts'
import { effective } from './status.ts'
import type { Address } from './store.ts'
import { actions, allows, stateConflict } from './transitions.ts'

/**
 * Executes a command on the version that the caller has read. A repeated command returns the referral unchanged.
 * @throws DomainError not-found, state-conflict, stale-version, invalid-request
 */
export const executeCommand = async (
  address: Address,
  command: Command,
  context: CommandContext,
): Promise<Versioned<ReferralView>> => {
  const reason = reasonIn(command)
  const isTimed = needsRegionTime(command)
  const { others, ...loaded } = await loadReferral(
    address,
    ...(isTimed ? [policyKey] : []),
    ...(reason ? [taxonomyKey] : []),
  )
  // A repeated command is accepted even if its reason was retired after the first execution.
  if (reason && !isRepeat(loaded.referral, command, context.version))
    requireValidReason(readTaxonomy(others.at(-1)), reason, loaded.referral, command, context.now)
  const time = isTimed ? regionTime(readPolicy(others[0]), loaded.referral.region) : undefined
  return executeOn(loaded, withNeutrality(command, loaded), context, time, checksOf(loaded.referral, command))
}

/** Marks a decline as neutral if the partner cannot reach the customer, and mail to the customer is known to bounce. */
const withNeutrality = (command: Command, { customer }: LoadedReferral): Command =>
  command.name === 'decline' && command.request.reason === customerUnreachable
    ? { ...command, neutral: customer?.emailStatus === 'unreachable' }
    : command

/** The code of `declineReasons` that is neutral while mail to the customer bounces. */
const customerUnreachable = 'customer-unreachable'

/** An acceptance fails if the customer has chosen. */
const checksOf = ({ rfiId }: Referral, { name }: Command): Check[] =>
  name === 'accept' ? [checkNotChosen(rfiId)] : []

/** @throws DomainError invalid-request if the reason has a fault, with all other faults of the command */
const requireValidReason = (
  taxonomy: Taxonomy,
  reason: NonNullable<ReturnType<typeof reasonIn>>,
  referral: Referral,
  command: Command,
  now: Date,
): void => {
  const errors = reasonFaults(taxonomy, reason.list, reason)
  if (errors.length > 0) throw invalid(...errors, ...commandFaults(referral, command, instantOf(now)))
}

/** Returns the faults in the valid parts of an acceptance. */
export const checkAcceptance = (acceptance: AcceptRequest, now: Date): Fault[] =>
  acceptanceFaults(acceptance, instantOf(now))

/** Returns the faults in the valid parts of a patch of a deal. @throws DomainError not-found */
export const checkDealPatch = async (address: Address, patch: DealPatch, now: Date): Promise<Fault[]> => {
  const { referral } = await loadReferral(address)
  return checkAll(() => commandFaults(referral, { name: 'edit-deal', patch }, instantOf(now)))
}

/** Returns the faults in the valid parts of a decline request. */
export const checkDecline = async (refusal: DeclineRequest): Promise<Fault[]> =>
  reasonFaults(readTaxonomy(await get(taxonomyKey)), 'declineReasons', refusal)

/** Returns the faults in the valid parts of a close request. */
export const checkClosing = async (closing: CloseRequest, now: Date): Promise<Fault[]> => {
  const dateFaults = checkAll(() => closedInFutureFaults(closing, instantOf(now)))
  if (ifValid(() => closing.result) !== 'lost') return dateFaults
  const lost = closing as Extract<CloseRequest, { result: 'lost' }>
  return [...reasonFaults(readTaxonomy(await get(taxonomyKey)), 'lossReasons', lost), ...dateFaults]
}

/** Returns the reason in a command, with the taxonomy list that must contain it; undefined without a reason. */
const reasonIn = (command: Command) => {
  if (command.name === 'decline') return { list: 'declineReasons', ...command.request } as const
  if (command.name === 'lose' && command.request.result === 'lost')
    return { list: 'lossReasons', ...command.request } as const
  return undefined
}

/**
 * Executes a command on a loaded referral.
 * @param time as for `decideAndCommit`
 * @param checks conditions on other items
 * @throws DomainError as `executeCommand`; ConditionFailed if one of the checks fails
 */
export const executeOn = async (
  { referral, customer }: LoadedReferral,
  command: Command,
  { actor, version, now }: CommandContext,
  time: RegionTime | undefined,
  checks: readonly Check[] = [],
): Promise<Versioned<ReferralView>> => {
  const nowInstant = instantOf(now)
  const show = (present: Referral) => represent({ referral: present, customer }, actor.kind, now)
  const requirePossible = (present: Referral): void => {
    if (!allows(command.name, present, nowInstant))
      throw stateConflict(command.name, present, actor.kind, nowInstant)
    requireVersion(show(present), version)
  }

  if (isRepeat(referral, command, version)) return show(referral)
  requirePossible(referral)
  try {
    return show(await decideAndCommit(referral, command, actor, nowInstant, time, checks))
  } catch (error) {
    const present = competingReferral(error)
    if (!present) throw isChosen(error, checks) ? customerDecided(referral, actor.kind, nowInstant) : error
    if (isRepeat(present, command, version)) return show(present)
    requirePossible(present)
    throw staleVersion(show(present))
  }
}

/** Tests if the check that the customer has not chosen failed. */
const isChosen = (error: unknown, checks: readonly Check[]): boolean =>
  error instanceof ConditionFailed && checks.some(({ when }) => 'choice' in when)

const reasonOf = messages(rfiReasons)

const customerDecided = (referral: Referral, actor: ActorKind, now: Instant): DomainError =>
  new DomainError(
    'state-conflict',
    { currentStatus: effective(referral, now).status, actions: actions(referral, actor, now) },
    reasonOf('customer-decided'),
  )

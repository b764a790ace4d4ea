/** Sends an RFI on to further partners that a request named or routing chose. */
import type { RoutingDecision } from '../../discovery/contract.ts'
import { putRouting } from '../../discovery/index.ts'
import type { Actor } from '../../events/contract.ts'
import type { Versioned } from '../../kernel/versioned.ts'
import { ConditionFailed, staleVersion, transact } from '../../persistence/index.ts'
import type { Customer, Policy } from '../../program/contract.ts'
import { after } from '../../time/duration.ts'
import { type Instant, instantOf } from '../../time/instant.ts'
import { checkReferral } from '../referral/store.ts'
import { addresseesOf, createReferrals, putReferrals } from './compose-rfi.ts'
import type { Recipient, RfiView } from './contract.ts'
import { type LoadedRfi, loadRfi, represent, representWith } from './load.ts'
import { requireOpen } from './preconditions.ts'
import { type Addressee, type RecipientDetails, type Rfi, revivableIn, rfiEvent, wentTo } from './rules.ts'
import { putRfi } from './store.ts'
import { findSuggestions } from './suggestions.ts'

interface SendingOn {
  readonly recipients: readonly Recipient[]
  /** In the order of `recipients`. */
  readonly details: readonly RecipientDetails[]
  readonly customer: Customer
  readonly policy: Policy
  readonly actor: Actor
  /** Routing decision, if routing chose the recipients. */
  readonly routing?: RoutingDecision
}

/**
 * Sends an RFI on to available partners. If a concurrent write has sent it to the same partners, returns that result.
 * @throws DomainError state-conflict or stale-version after any other concurrent write
 */
export const sendOn = async (
  loaded: LoadedRfi,
  sending: SendingOn,
  now: Date,
): Promise<Versioned<RfiView>> => {
  const { customer, policy, recipients } = sending
  const { next, writes } = decideSendingOn(loaded, sending, instantOf(now))
  try {
    await transact(writes)
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error
    const present = await loadRfi(loaded.rfi.id)
    if (wentTo(present.rfi, recipients)) return represent(present, now)
    requireOpen(present, now)
    throw staleVersion(await represent(present, now))
  }
  return representWith(next, await findSuggestions(next, customer, policy, now), now)
}

const decideSendingOn = (
  loaded: LoadedRfi,
  { recipients, details, customer, policy, actor, routing }: SendingOn,
  now: Instant,
) => {
  const { rfi, referrals } = loaded
  const added = addresseesOf(rfi.id, recipients)
  const nextRfi = withRecipients(rfi, added, policy, now)
  const received = createReferrals(added, nextRfi, customer, rfi.respondBy, { policy, actor, now })
  const next: LoadedRfi = {
    ...loaded,
    rfi: nextRfi,
    referrals: [...referrals, ...received.map(({ referral }) => referral)],
    details: [...loaded.details, ...details],
  }
  const event = rfiEvent(nextRfi, 'rfi.recipients-added', actor, now, added)
  return {
    next,
    writes: [
      ...putRfi(nextRfi, event, { version: rfi.version }),
      ...putReferrals(received),
      // Fails if a partner reopens its referral or undoes its answer concurrently, which could exceed the limit of open referrals.
      ...revivableIn(referrals, now).map(checkReferral),
      ...(routing ? [putRouting(routing, nextRfi.version)] : []),
    ],
  }
}

/** Adds recipients and extends the tracking time. The RFI's own deadline applies to its first recipients only. */
const withRecipients = (
  { respondBy: _, ...rfi }: Rfi,
  added: readonly Addressee[],
  policy: Policy,
  now: Instant,
): Rfi => {
  const { version, recipients, trackedUntil } = rfi
  const until = after(now, policy.trackingTime)
  return {
    ...rfi,
    version: version + 1,
    recipients: [...recipients, ...added],
    trackedUntil: until > trackedUntil ? until : trackedUntil,
  }
}

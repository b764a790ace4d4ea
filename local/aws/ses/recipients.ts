/**
 * Simulated recipients of mail: each address behaves as configured, addresses of the SES mailbox simulator as AWS
 * documents them. The suppression list of the account works as in AWS. Settings are durable.
 */

import type { Collection, State } from '../../runtime/state.ts'
import type { SuppressionReason } from './configuration-sets.ts'

/**
 * Behaviours of an address:
 * - `bounce`: the mail server rejects mail permanently.
 * - `soft-bounce`: the mailbox is full, and SES has given up after all retries.
 * - `undetermined-bounce`: a bounce whose reason SES cannot read.
 * - `out-of-office`: delivered, and answered automatically, which SES also reports as a bounce.
 * - `delay`: not delivered yet, and SES still tries.
 * - `complain`: delivered, and marked as spam. `not-spam`: delivered, and moved out of the spam folder.
 * - `reject`: SES accepts the mail and then finds a virus in it.
 * - `refuse`: SES rejects the call.
 */
export const behaviours = [
  'deliver',
  'bounce',
  'soft-bounce',
  'undetermined-bounce',
  'out-of-office',
  'delay',
  'complain',
  'not-spam',
  'reject',
  'refuse',
] as const
export type Behaviour = (typeof behaviours)[number]

/** Outcome of a mail at one recipient. */
export type DeliveryOutcome =
  | 'delivered'
  | 'bounced'
  | 'soft-bounced'
  | 'undetermined-bounced'
  | 'out-of-office'
  | 'delayed'
  | 'complained'
  | 'not-spam'
  | 'rejected'
  /** Not sent because of an entry in the account's suppression list, by its reason. */
  | 'suppressed-for-bounce'
  | 'suppressed-for-complaint'
  /** Not sent because of AWS's global suppression list. */
  | 'suppressed-globally'

/** An address with a configured behaviour or an entry in the suppression list. */
export interface RecipientSettings {
  readonly address: string
  readonly does: Behaviour
  readonly suppressed: SuppressionReason | null
}

const outcomes: Record<Exclude<Behaviour, 'refuse'>, DeliveryOutcome> = {
  deliver: 'delivered',
  bounce: 'bounced',
  'soft-bounce': 'soft-bounced',
  'undetermined-bounce': 'undetermined-bounced',
  'out-of-office': 'out-of-office',
  delay: 'delayed',
  complain: 'complained',
  'not-spam': 'not-spam',
  reject: 'rejected',
}

const suppressedOutcomes: Record<SuppressionReason, DeliveryOutcome> = {
  BOUNCE: 'suppressed-for-bounce',
  COMPLAINT: 'suppressed-for-complaint',
}

/** Outcomes that add an address to the account's suppression list. */
const suppressionReasons: Partial<Record<DeliveryOutcome, SuppressionReason>> = {
  bounced: 'BOUNCE',
  complained: 'COMPLAINT',
}

const simulatorPattern = /^([^+@]+)(?:\+[^@]*)?@simulator\.amazonses\.com$/
const simulatorOutcomes: Record<string, DeliveryOutcome> = {
  bounce: 'bounced',
  complaint: 'complained',
  ooto: 'out-of-office',
  suppressionlist: 'suppressed-globally',
}

export class Recipients {
  readonly #settings: Collection<RecipientSettings>

  constructor(state: State) {
    this.#settings = state.collection('mail-recipients')
  }

  /** All addresses whose mail is not simply delivered. */
  settings(): RecipientSettings[] {
    return this.#settings.values()
  }

  /** Sets the behaviour of an address. `deliver` also removes it from the suppression list. */
  setBehaviour(address: string, does: Behaviour): RecipientSettings {
    const suppressed = does === 'deliver' ? null : (this.#settings.get(address)?.suppressed ?? null)
    const settings = { address, does, suppressed }
    if (does === 'deliver') this.#settings.delete(address)
    else this.#settings.set(address, settings)
    return settings
  }

  refuses(address: string): boolean {
    return this.#settings.get(address)?.does === 'refuse'
  }

  /** Decides the outcome of a mail. A hard bounce or a complaint affects the next mail. */
  receive(address: string, suppressedReasons: readonly SuppressionReason[]): DeliveryOutcome {
    const simulated = simulatorPattern.exec(address)?.[1]
    // The mailbox simulator does not change the suppression list.
    if (simulated !== undefined) return simulatorOutcomes[simulated] ?? 'delivered'
    const settings = this.#settings.get(address)
    // Mail to a refused address was rejected before.
    if (!settings || settings.does === 'refuse') return 'delivered'
    const { suppressed } = settings
    if (suppressed && suppressedReasons.includes(suppressed)) return suppressedOutcomes[suppressed]
    const outcome = outcomes[settings.does]
    const reason = suppressionReasons[outcome]
    if (reason && suppressedReasons.includes(reason)) {
      this.#settings.set(address, { ...settings, suppressed: reason })
    }
    return outcome
  }
}

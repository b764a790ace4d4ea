/**
 * The recipients of mail: nobody is reached, so each address behaves as it has been told to, those of SES's mailbox
 * simulator as AWS documents, and the account's suppression list holds mail back as in AWS. All of it is durable.
 */

import type { Collection, State } from '../../runtime/state.ts'
import type { SuppressionReason } from './configuration-sets.ts'

/** What can be asked of an address; `refuse` makes SES refuse it before it takes the mail. */
export const behaviours = ['deliver', 'bounce', 'soft-bounce', 'complain', 'refuse'] as const
export type Behaviour = (typeof behaviours)[number]

/** What becomes of a mail at one recipient. */
export type Fate =
  | 'delivered'
  | 'bounced'
  | 'soft-bounced'
  | 'complained'
  /** Held back by the account's suppression list, by the reason of the entry. */
  | 'suppressed-for-bounce'
  | 'suppressed-for-complaint'
  /** Held back by the list that AWS keeps for all accounts. */
  | 'suppressed-globally'

/** An address that has been told to behave, or that is on the suppression list. */
export interface RecipientSettings {
  readonly address: string
  readonly does: Behaviour
  readonly suppressed: SuppressionReason | null
}

const fates: Record<Exclude<Behaviour, 'refuse'>, Fate> = {
  deliver: 'delivered',
  bounce: 'bounced',
  'soft-bounce': 'soft-bounced',
  complain: 'complained',
}

const suppressedFates: Record<SuppressionReason, Fate> = {
  BOUNCE: 'suppressed-for-bounce',
  COMPLAINT: 'suppressed-for-complaint',
}

/** Which fates put an address on the account's suppression list. */
const suppressionReasons: Partial<Record<Fate, SuppressionReason>> = {
  bounced: 'BOUNCE',
  complained: 'COMPLAINT',
}

const simulatorPattern = /^([^+@]+)(?:\+[^@]*)?@simulator\.amazonses\.com$/
const simulatorFates: Record<string, Fate> = {
  bounce: 'bounced',
  complaint: 'complained',
  suppressionlist: 'suppressed-globally',
}

export class Recipients {
  readonly #settings: Collection<RecipientSettings>

  constructor(state: State) {
    this.#settings = state.collection('mail-recipients')
  }

  /** Every address that does anything else than take its mail. */
  settings(): RecipientSettings[] {
    return this.#settings.values()
  }

  /** `deliver` takes the address off the suppression list as well, as an operator would. */
  behave(address: string, does: Behaviour): RecipientSettings {
    const suppressed = does === 'deliver' ? null : (this.#settings.get(address)?.suppressed ?? null)
    const settings = { address, does, suppressed }
    if (does === 'deliver') this.#settings.delete(address)
    else this.#settings.set(address, settings)
    return settings
  }

  refuses(address: string): boolean {
    return this.#settings.get(address)?.does === 'refuse'
  }

  /** What becomes of a mail now; a hard bounce or a complaint has its consequence for the next one. */
  receive(address: string, suppressedReasons: readonly SuppressionReason[]): Fate {
    const simulated = simulatorPattern.exec(address)?.[1]
    // What the simulator does leaves no trace on the suppression list.
    if (simulated !== undefined) return simulatorFates[simulated] ?? 'delivered'
    const settings = this.#settings.get(address)
    // Mail to an address that is refused does not get this far.
    if (!settings || settings.does === 'refuse') return 'delivered'
    const { suppressed } = settings
    if (suppressed && suppressedReasons.includes(suppressed)) return suppressedFates[suppressed]
    const fate = fates[settings.does]
    const reason = suppressionReasons[fate]
    if (reason && suppressedReasons.includes(reason)) {
      this.#settings.set(address, { ...settings, suppressed: reason })
    }
    return fate
  }
}

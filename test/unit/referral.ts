/** Referrals to make decisions about. */
import type { Actor } from '../../shared/events/contract.ts'
import { defaultPolicy } from '../../shared/program/policy/rules.ts'
import type { Status } from '../../shared/referrals/referral/contract.ts'
import { type Decision, decide } from '../../shared/referrals/referral/effects.ts'
import type { Command, CommandName, Referral } from '../../shared/referrals/referral/referral.ts'
import { receive } from '../../shared/referrals/referral/rules.ts'
import { transitions } from '../../shared/referrals/referral/transitions.ts'

export const receivedAt = '2026-03-01T09:00:00.000Z'
export const later = (ms: number): string => new Date(Date.parse(receivedAt) + ms).toISOString()
export const hour = 3_600_000
export const day = 24 * hour

export const receipt = (directContact: boolean): Parameters<typeof receive>[0] => ({
  id: 'ref_01KJKJ00000000000000000000_ABCDEF',
  rfiId: 'rfi_01KJKJ00000000000000000000',
  partnerId: 'ptr_01KJKJ00000000000000000000',
  profileId: 'ptr_01KJKJ00000000000000000000.DE',
  region: 'DE',
  locationId: 'main',
  source: { channel: 'search' },
  customer: {
    company: 'Havelland Getriebe',
    size: '51-250',
    address: { city: 'Potsdam', country: 'DE' },
    contact: { firstName: 'IT', lastName: 'Purchasing', email: 'it@customer.example', locale: 'de' },
  },
  need: { summary: 'An ERP.', industries: [], products: ['erp'], services: [], solutions: [] },
  directContact,
})

export const received = (directContact = false, at = receivedAt) =>
  receive(receipt(directContact), defaultPolicy, { kind: 'customer' }, at)

const acceptance = {
  name: 'ERP',
  estimatedValue: { amount: 1000, currency: 'EUR' },
  estimatedCloseDate: '2099-01-01',
  contacts: [],
}
const colleague = {
  id: 'con_1',
  firstName: 'Key',
  lastName: 'Account',
  email: 'key@partner.example',
  phone: '12345',
}

/** A command of each name that is right in itself, whether or not it is allowed. */
export const commands: { readonly [N in CommandName]: Command & { name: N } } = {
  accept: { name: 'accept', acceptance, contacts: [colleague] },
  decline: { name: 'decline', refusal: { reason: 'budget' } },
  extend: { name: 'extend', request: { reason: 'Our architect is back on Monday.' } },
  remind: { name: 'remind' },
  expire: { name: 'expire' },
  reopen: { name: 'reopen' },
  cool: { name: 'cool' },
  nudge: { name: 'nudge' },
  withdraw: { name: 'withdraw' },
  'edit-deal': { name: 'edit-deal', patch: { name: 'ERP for all' } },
  'add-contact': { name: 'add-contact', contact: colleague },
  'remove-contact': { name: 'remove-contact', contactId: colleague.id },
  win: { name: 'win', closing: { result: 'won' } },
  lose: { name: 'lose', closing: { result: 'lost', reason: 'budget' } },
}

export const commandNames = Object.keys(commands) as CommandName[]

/** One of those who may give a command. */
const actorOf = (name: CommandName): Actor => {
  const [kind] = transitions[name].by
  return { kind }
}

export const run = (referral: Referral, name: CommandName, at: string): Decision =>
  decide(referral, commands[name], actorOf(name), at)

/** A referral of each status, hot, with a contact where it can have one, and the instant that it is looked at. */
export const inStatus = (status: Status): { referral: Referral; now: string } => {
  const now = later(hour)
  const { referral } = received(true)
  const withContact = run(referral, 'add-contact', now).next
  const active = run(withContact, 'accept', now).next
  const end = later(14 * day)
  const made: Record<Status, () => Referral> = {
    new: () => withContact,
    active: () => active,
    won: () => run(active, 'win', now).next,
    lost: () => run(active, 'lose', now).next,
    declined: () => run(withContact, 'decline', now).next,
    expired: () => run(withContact, 'expire', end).next,
    withdrawn: () => run(withContact, 'withdraw', now).next,
  }
  return { referral: made[status](), now: status === 'expired' ? end : now }
}

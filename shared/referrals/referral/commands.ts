/** Commands made from request bodies. Contacts get their ids here, since rules draw no random values. */
import { newId } from '../../kernel/new-id.ts'
import type { Acceptance, Closing, Colleague, NewColleague, Refusal } from './contract.ts'
import type { Command } from './referral.ts'

const withId = (colleague: NewColleague, now: Date): Colleague => ({ id: newId('con', now), ...colleague })

export const acceptCommand = (acceptance: Acceptance, now: Date): Command => ({
  name: 'accept',
  acceptance,
  contacts: acceptance.contacts.map(colleague => withId(colleague, now)),
})

export const declineCommand = (refusal: Refusal): Command => ({ name: 'decline', refusal })

export const addContactCommand = (colleague: NewColleague, now: Date): Command => ({
  name: 'add-contact',
  contact: withId(colleague, now),
})

export const closeCommand = (closing: Closing): Command =>
  closing.result === 'won' ? { name: 'win', closing } : { name: 'lose', closing }

/** Creates commands from request bodies. Colleagues get their ids here, because rules must not use random values. */

import { newId } from '../../kernel/new-id.ts'
import type { Person } from '../../kernel/person.ts'
import type { AcceptRequest, CloseRequest, Colleague, DeclineRequest, NewColleague } from './contract.ts'
import type { Command } from './referral.ts'

const withId = (colleague: NewColleague, now: Date): Colleague => ({ id: newId('con', now), ...colleague })

/** @param acceptedBy the contact whose link was used */
export const acceptCommand = (request: AcceptRequest, now: Date, acceptedBy?: Person): Command => ({
  name: 'accept',
  request,
  acceptedBy,
  colleagues: request.colleagues.map(colleague => withId(colleague, now)),
})

export const declineCommand = (request: DeclineRequest): Command => ({ name: 'decline', request })

export const addColleagueCommand = (colleague: NewColleague, now: Date): Command => ({
  name: 'add-colleague',
  colleague: withId(colleague, now),
})

export const closeCommand = (request: CloseRequest): Command =>
  request.result === 'won' ? { name: 'win', request } : { name: 'lose', request }

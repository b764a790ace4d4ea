/** The table of transitions, written out a second time: a change of a rule must be made in both places. */
import { describe, expect, it } from 'vitest'
import type { CommandName, Referral } from '../../shared/referrals/referral/referral.ts'
import { isPast, stage } from '../../shared/referrals/referral/status.ts'
import {
  actions,
  condition,
  guardTexts,
  stateConflict,
  type Transition,
  transitions,
} from '../../shared/referrals/referral/transitions.ts'
import type { Instant } from '../../shared/time/instant.ts'
import { aReferral, commandNames, inStatus, received } from '../fixtures/referral.ts'
import { later } from '../fixtures/time.ts'

const table: Readonly<Record<string, Transition>> = transitions

/** From, to, actors, guards, whether it is an answer, event. */
const expected: Readonly<Record<string, string>> = {
  accept: 'new → active | partner |  | answer | referral.accepted',
  decline: 'new → declined | partner |  | answer | referral.declined',
  extend: 'new → same | partner | extensionsLeft is not empty | answer | referral.extended',
  remind: 'new → same | timer | now ≥ remindAt |  | referral.reminder-due',
  expire: 'new → expired | timer | now ≥ respondBy |  | referral.expired',
  reopen: 'expired → new | partner | now < reopenUntil | answer | referral.reopened',
  cool: 'new → same | timer | now ≥ hotUntil, still hot |  | referral.cooled',
  nudge: 'active → same | timer | now ≥ nudgeAt |  | referral.nudge-due',
  'edit-deal': 'active → same | partner |  |  | referral.deal-edited',
  'add-colleague': 'new, active → same | partner |  |  | referral.contact-added',
  'remove-colleague': 'new, active → same | partner |  |  | referral.contact-removed',
  win: 'active → won | partner |  | answer | referral.won',
  lose: 'active → lost | partner |  | answer | referral.lost',
  withdraw: 'new, active → withdrawn | customer, operator |  | answer | referral.withdrawn',
  'show-contact':
    'new → same | partner | the contact details are hidden, and the policy shows them on request |  | referral.contact-shown',
  'undo-decline': 'declined → new | partner | now < undoUntil |  | referral.answer-undone',
  'undo-close': 'won, lost → active | partner | now < undoUntil |  | referral.answer-undone',
  resume: 'won → active | partner | winDeniedAt is set | answer | referral.resumed',
  supersede: 'new → superseded | customer, operator |  | answer | referral.superseded',
  reinstate: 'superseded → new | customer, operator |  | answer | referral.reinstated',
  'note-choice': 'active, won, lost → same | customer, operator |  |  | referral.choice-noted',
  'deny-win': 'won → same | customer, operator | winDeniedAt is not set |  | referral.win-denied',
  'confirm-win': 'won → same | customer, operator | winDeniedAt is set |  | referral.win-confirmed',
}

/** Action, operation, required fields. */
const expectedActions: Readonly<Record<string, string>> = {
  accept: 'accept acceptReferral name,estimatedValue,estimatedCloseDate',
  decline: 'decline declineReferral reason',
  extend: 'extend extendReferral reason',
  reopen: 'reopen reopenReferral ',
  'edit-deal': 'edit-deal editDeal ',
  'add-colleague': 'add-colleague addColleague email,phone',
  'remove-colleague': 'remove-colleague removeColleague colleagueId',
  win: 'close closeReferral result',
  lose: 'close closeReferral result',
  withdraw: 'withdraw withdrawReferral ',
  'show-contact': 'show-contact showContact ',
  'undo-decline': 'undo undoAnswer ',
  'undo-close': 'undo undoAnswer ',
  resume: 'resume resumeReferral ',
}

const textOf = (row: Transition): string =>
  [
    `${row.from.join(', ')} → ${row.to}`,
    row.by.join(', '),
    guardTexts(row).join(', '),
    row.endsLinks ? 'answer' : '',
    row.event,
  ].join(' | ')

describe('transitions', () => {
  it('has exactly these commands', () => {
    expect(Object.keys(table).toSorted()).toEqual(Object.keys(expected).toSorted())
  })

  it.each(commandNames)('has the row of %s', name => {
    expect(textOf(table[name] as Transition)).toBe(expected[name])
  })

  it.each(commandNames)('offers %s to people as its action, or not at all', name => {
    const action = table[name]?.action
    const text = action && `${action.name} ${action.operation} ${action.requires.join(',')}`
    expect(text).toBe(expectedActions[name])
  })
})

describe('actions', () => {
  it('offers to remove a colleague only while there is one', () => {
    const { referral, now } = inStatus('active')
    const names = (colleagues: typeof referral.colleagues) =>
      actions({ ...referral, colleagues }, 'partner', now).map(({ name }) => name)
    expect(names(referral.colleagues)).toContain('remove-colleague')
    expect(names([])).not.toContain('remove-colleague')
    expect(names([])).toContain('add-colleague')
  })

  it('offers an action of two commands once', () => {
    const { referral, now } = inStatus('active')
    const names = actions(referral, 'partner', now).map(({ name }) => name)
    expect(names.filter(name => name === 'close')).toHaveLength(1)
  })
})

describe('condition', () => {
  it('requires that a referral is still hot when it cools', () => {
    const { referral } = received({ directContact: true })
    const now = referral.hotUntil as Instant
    expect(condition('cool', referral, now)).toEqual({
      version: 1,
      status: 'new',
      respondBy: { after: now },
      ...Object.fromEntries([
        ['hotUntil', { atOrBefore: now }],
        ['urgency', 'hot'],
      ]),
    })
  })

  it('looks at the respond-by of new referrals only', () => {
    const { referral, now } = inStatus('active')
    expect(condition('win', referral, now)).toEqual({ version: referral.version, status: 'active' })
  })
})

describe('stage and isPast', () => {
  it('have an active referral in its own stage, and no past instant where there is none', () => {
    expect(stage({ status: 'active' })).toBe('active')
    expect(stage({ status: 'new' })).toBe('inbox')
    expect(isPast(null, later(1))).toBe(false)
  })
})

describe('stateConflict', () => {
  it('gives the reason of the guard only if the status allows the command', () => {
    const referral = { ...aReferral(), extensionsLeft: [] }
    const reasonOf = (name: CommandName, of: Referral, at: Instant) =>
      stateConflict(name, of, 'partner', at).reason
    const { referral: active, now } = inStatus('active')
    expect(reasonOf('extend', referral, referral.receivedAt)?.code).toBe(transitions.extend.guard.otherwise)
    expect(reasonOf('extend', active, now)?.code).toBe('wrong-status')
    expect(reasonOf('accept', active, now)).toMatchObject({
      code: 'wrong-status',
      params: { status: 'active', expected: ['new'] },
    })
  })
})

import { describe, expect, it } from 'vitest'
import * as z from 'zod/mini'
import { actorKinds, type Event, eventData } from '../../shared/events/contract.ts'
import { DomainError } from '../../shared/kernel/errors.ts'
import type { Operation } from '../../shared/kernel/operation.ts'
import { referralOperations, type Status, statuses } from '../../shared/referrals/referral/contract.ts'
import { deadlines } from '../../shared/referrals/referral/deadlines.ts'
import { decide } from '../../shared/referrals/referral/effects.ts'
import type { CommandName, Referral } from '../../shared/referrals/referral/referral.ts'
import { isRepeat } from '../../shared/referrals/referral/repeat.ts'
import {
  effective,
  isAnsweredAfter,
  isContactVisible,
  isWinInQuestion,
  stage,
} from '../../shared/referrals/referral/status.ts'
import {
  actions,
  allows,
  condition,
  type Transition,
  transitions,
} from '../../shared/referrals/referral/transitions.ts'
import { type Instant, instantOf } from '../../shared/time/instant.ts'
import { aReferral, commandNames, commands, inStatus, received, run } from '../fixtures/referral.ts'
import { day, hour, later, minute } from '../fixtures/time.ts'

const table: Record<CommandName, Transition> = transitions

/** Returns an instant at which the time guard of a row holds. The referral must be hot or active. */
const whenGuardHolds = (name: CommandName, referral: Referral, now: Instant): Instant => {
  const { guard } = table[name]
  return (guard?.past && referral[guard.past]) ?? now
}

/** Returns the referral in a state in which the other guards of a row hold. */
const whereGuardHolds = (name: CommandName, referral: Referral): Referral => {
  if (name === 'show-contact') return { ...referral, hotUntil: null, urgency: null }
  return name === 'confirm-win' || name === 'resume'
    ? { ...referral, winDeniedAt: referral.closedAt }
    : referral
}

/** Accepts a referral with this estimated close date. */
const acceptedUntil = (estimatedCloseDate: string, at: Instant) => {
  const request = { ...commands.accept.request, estimatedCloseDate }
  return decide(aReferral(), { ...commands.accept, request }, { kind: 'partner' }, at)
}

const pairs = statuses.flatMap(status => commandNames.map(name => [status, name] as const))

describe('every command in every status', () => {
  it.each(pairs)('%s, %s', (status, name) => {
    const row = table[name]
    const { referral: found, now: when } = inStatus(status)
    const referral = whereGuardHolds(name, found)
    const now = whenGuardHolds(name, referral, when)
    const [kind = 'system'] = row.by
    if (!row.from.includes(status)) {
      expect(() => decide(referral, commands[name], { kind }, now)).toThrow(
        expect.objectContaining({ code: 'state-conflict' }),
      )
      return
    }
    const { next, events } = decide(referral, commands[name], { kind }, now)
    const [event, ...others] = events as [Event]
    expect(others).toEqual([])
    expect(next.status).toBe(row.to === 'same' ? status : row.to)
    expect(next.version).toBe(referral.version + 1)
    expect(next.updatedAt).toBe(now)
    expect(event).toMatchObject({ type: row.event, version: next.version, at: now, actor: { kind } })
    expect(eventData[event.type].safeParse(event.data).error).toBeUndefined()
  })

  it.each(pairs)('%s, %s: the write condition repeats the checks of the decision', (status, name) => {
    const { referral, now } = inStatus(status)
    const held = condition(name, referral, now)
    expect(held).toMatchObject({ version: referral.version, status })
    const { guard } = table[name]
    if (guard?.before) expect(held).toHaveProperty(guard.before, { after: now })
    if (guard?.past) expect(held).toHaveProperty(guard.past, { atOrBefore: now })
    if (status === 'new' && guard?.past !== 'respondBy')
      expect(held).toHaveProperty('respondBy', { after: now })
  })
})

describe('every command by every actor', () => {
  it.each(commandNames)('%s is allowed only to the actors in the table', name => {
    const { by, from } = table[name]
    const { referral: found, now } = inStatus(from[0] ?? 'new')
    const referral = whereGuardHolds(name, found)
    const at = whenGuardHolds(name, referral, now)
    for (const kind of actorKinds) {
      const decision = () => decide(referral, commands[name], { kind }, at)
      if (by.includes(kind)) expect(decision().events[0]?.actor.kind).toBe(kind)
      else expect(decision).toThrow(expect.objectContaining({ code: 'forbidden' }))
    }
  })
})

describe('a guard', () => {
  it('allows expiry from respondBy on', () => {
    const referral = aReferral()
    const justBefore = instantOf(new Date(Date.parse(referral.respondBy) - 1))
    expect(allows('expire', referral, justBefore)).toBe(false)
    expect(allows('expire', referral, referral.respondBy)).toBe(true)
  })

  it('allows answers only before respondBy', () => {
    const referral = aReferral()
    const justBefore = instantOf(new Date(Date.parse(referral.respondBy) - 1))
    for (const name of ['accept', 'decline', 'withdraw', 'add-colleague'] as const) {
      expect(allows(name, referral, justBefore)).toBe(true)
      expect(allows(name, referral, referral.respondBy)).toBe(false)
    }
  })

  it('allows a hot referral to cool once, between hotUntil and respondBy', () => {
    const { referral } = received({ directContact: true })
    const hotUntil = referral.hotUntil as Instant
    expect(allows('cool', referral, later(72 * hour - 1))).toBe(false)
    expect(allows('cool', referral, hotUntil)).toBe(true)
    const { next } = run(referral, 'cool', hotUntil)
    expect(allows('cool', next, hotUntil)).toBe(false)
    expect(allows('cool', referral, referral.respondBy)).toBe(false)
    expect(allows('cool', aReferral(), hotUntil)).toBe(false)
  })
})

describe('the effective state', () => {
  it('is expired from respondBy on, even if no timer has fired', () => {
    const referral = aReferral()
    expect(effective(referral, later(13 * day)).status).toBe('new')
    expect(effective(referral, referral.respondBy)).toMatchObject({
      status: 'expired',
      closedAt: referral.respondBy,
    })
  })

  it('equals the state after all due timers have fired', () => {
    const { referral } = received({ directContact: true })
    const cooledAt = later(80 * hour)
    const cooled = run(referral, 'cool', cooledAt).next
    expect(effective(referral, cooledAt).urgency).toBe(cooled.urgency)
    const end = later(15 * day)
    const { status, closedAt } = run(cooled, 'expire', end).next
    expect(effective(referral, end)).toMatchObject({ status, closedAt })
  })
})

describe('extend', () => {
  const referral = aReferral()
  const extended = run(referral, 'extend', later(10 * day)).next

  it('adds the extension time of the policy at receipt to respondBy', () => {
    expect(extended.respondBy).toBe(later(21 * day))
    expect(extended.extensions).toEqual([
      { at: later(10 * day), reason: commands.extend.request.reason, respondBy: later(21 * day) },
    ])
    expect(extended.reopenUntil).toBe(later(23 * day))
    expect(allows('accept', extended, later(20 * day))).toBe(true)
  })

  it('sets new reminders', () => {
    expect(extended.remindAt).toBe(later(18 * day))
    expect(extended.laterReminders).toEqual([])
  })

  it('is limited in number by the policy and rejected after expiry', () => {
    expect(() => run(extended, 'extend', later(11 * day))).toThrow(
      expect.objectContaining({
        reason: expect.objectContaining({ code: 'no-extension-left', params: { status: 'new' } }),
      }),
    )
    expect(allows('extend', referral, referral.respondBy)).toBe(false)
  })
})

describe('reopen', () => {
  const referral = aReferral()
  const end = referral.respondBy
  const expired = run(referral, 'expire', end).next

  it('is possible once and sets a new deadline', () => {
    const now = later(15 * day)
    const { next } = run(expired, 'reopen', now)
    expect(next).toMatchObject({
      status: 'new',
      closedAt: null,
      respondBy: later(17 * day),
      reopened: { expiredAt: end, at: now },
    })
    const again = run(next, 'expire', next.respondBy).next
    expect(allows('reopen', again, next.respondBy)).toBe(false)
    expect(allows('extend', next, now)).toBe(false)
  })

  it('is possible only before reopenUntil', () => {
    expect(allows('reopen', expired, later(16 * day - 1))).toBe(true)
    expect(allows('reopen', expired, later(16 * day))).toBe(false)
    expect(() => run(expired, 'reopen', later(16 * day))).toThrow(
      /expired, and it cannot be reopened any more/,
    )
  })

  it('records a late expiry first, in the same transaction', () => {
    const now = later(15 * day)
    const { next, events } = run(referral, 'reopen', now)
    expect(events.map(({ type, version, actor }) => [type, version, actor.kind])).toEqual([
      ['referral.expired', 2, 'timer'],
      ['referral.reopened', 3, 'partner'],
    ])
    expect(next).toEqual({ ...run(expired, 'reopen', now).next, version: 3 })
    expect(condition('reopen', referral, now)).toMatchObject({
      version: 1,
      status: 'new',
      respondBy: { atOrBefore: now },
    })
  })
})

describe('remind', () => {
  const referral = aReferral()

  it('is due once per reminder and then schedules the next', () => {
    const first = run(referral, 'remind', later(day))
    expect(first.events[0]?.data).toEqual({ due: [later(day)], respondBy: referral.respondBy, number: 1 })
    expect(first.next.remindAt).toBe(later(11 * day))
    const second = run(first.next, 'remind', later(11 * day))
    expect(second.events[0]?.data).toMatchObject({ number: 2 })
    expect(second.next.remindAt).toBeNull()
    expect(allows('remind', second.next, later(12 * day))).toBe(false)
  })

  it('combines all reminders that were due during an outage', () => {
    const { next, events } = run(referral, 'remind', later(12 * day))
    expect(events[0]?.data).toMatchObject({ due: [later(day), later(11 * day)] })
    expect(next.remindAt).toBeNull()
  })

  it('is not allowed after an answer or after respondBy', () => {
    expect(allows('remind', run(referral, 'accept', later(hour)).next, later(day))).toBe(false)
    expect(allows('remind', referral, referral.respondBy)).toBe(false)
  })
})

describe('nudge', () => {
  const date = '2026-04-01'
  const referral = aReferral()
  const accepted = acceptedUntil(date, later(hour)).next
  const first = '2026-04-02T12:00:00.000Z'

  it('is due when the estimated close date has passed in every time zone, and then every 14 days', () => {
    expect(accepted.nudgeAt).toBe(first)
    const { next, events } = run(accepted, 'nudge', first)
    expect(events[0]?.data).toEqual({ estimatedCloseDate: date })
    expect(next.nudgeAt).toBe('2026-04-16T12:00:00.000Z')
  })

  it('combines all nudges that were due during an outage', () => {
    expect(run(accepted, 'nudge', '2026-05-01T00:00:00.000Z').next.nudgeAt).toBe('2026-05-14T12:00:00.000Z')
  })

  it('moves with the estimated close date', () => {
    const edit = (patch: object) =>
      decide(accepted, { name: 'edit-deal', patch }, { kind: 'partner' }, later(day)).next.nudgeAt
    expect(edit({ estimatedCloseDate: '2026-05-01' })).toBe('2026-05-02T12:00:00.000Z')
    expect(edit({ name: 'Other' })).toBe(first)
  })

  it('does not prevent other edits after the close date has passed', () => {
    const edit = (patch: object) =>
      decide(accepted, { name: 'edit-deal', patch }, { kind: 'partner' }, '2026-05-01T00:00:00.000Z').next
    expect(edit({ estimatedCloseDate: date, notes: 'Still going.' }).deal?.notes).toBe('Still going.')
    expect(() => edit({ estimatedCloseDate: '2026-04-02' })).toThrow(
      expect.objectContaining({ code: 'invalid-request' }),
    )
  })

  it('ends after the number of nudges in the policy, until the close date moves', () => {
    const terms = { ...accepted.terms, maxNudges: 2 }
    const once = run({ ...accepted, terms }, 'nudge', first).next
    const twice = run(once, 'nudge', '2026-04-16T12:00:00.000Z').next
    expect([once.nudgesSent, twice.nudgesSent, twice.nudgeAt]).toEqual([1, 2, null])
    const patch = { estimatedCloseDate: '2026-06-01' }
    const moved = decide(
      twice,
      { name: 'edit-deal', patch },
      { kind: 'partner' },
      '2026-05-01T00:00:00.000Z',
    ).next
    expect([moved.nudgesSent, moved.nudgeAt]).toEqual([0, '2026-06-02T12:00:00.000Z'])
    const none = { ...referral, terms: { ...referral.terms, maxNudges: 0 } }
    expect(run(none, 'accept', later(hour)).next.nudgeAt).toBeNull()
  })

  it('does not happen when the policy has no nudges', () => {
    const terms = { ...referral.terms, nudgeInterval: null }
    expect(run({ ...referral, terms }, 'accept', later(hour)).next.nudgeAt).toBeNull()
  })
})

describe('deadlines', () => {
  const kinds = (of: Referral) => deadlines(of).map(({ kind }) => kind)

  it('are sorted by time', () => {
    const { referral } = received({ directContact: true })
    expect(deadlines(referral)).toEqual([
      { kind: 'remind', dueAt: referral.remindAt },
      { kind: 'cool', dueAt: referral.hotUntil },
      { kind: 'expire', dueAt: referral.respondBy },
    ])
    expect(kinds(run(referral, 'accept', later(hour)).next)).toEqual(['nudge'])
  })

  it('are never after respondBy', () => {
    const { referral } = received({ directContact: true })
    const shortReferral = { ...referral, respondBy: later(hour), hotUntil: later(hour) }
    expect(kinds(shortReferral)).toEqual(['expire'])
  })

  it.each(statuses.filter(status => stage({ status }) === 'archived'))(
    'are empty for a referral that is %s',
    status => {
      expect(kinds(inStatus(status).referral)).toEqual([])
    },
  )
})

it('each deadline of a referral is allowed from its instant on', () => {
  for (const status of ['new', 'active'] as const) {
    const { referral } = inStatus(status)
    for (const { kind, dueAt } of deadlines(referral)) {
      const before = instantOf(new Date(Date.parse(dueAt) - 1))
      expect([kind, allows(kind, referral, before)]).toEqual([kind, false])
      expect([kind, allows(kind, referral, dueAt)]).toEqual([kind, true])
    }
  }
})

describe('the deadlines of an event', () => {
  const deadlinesChangedBy = (name: CommandName, referral: Referral, at: Instant) =>
    run(referral, name, at).events.at(-1)?.deadlines

  it('are those of a new referral', () => {
    const { referral, event } = received({ directContact: true })
    expect(event.deadlines).toEqual({ set: deadlines(referral), lifted: [] })
  })

  it('lift the future deadlines when the referral is answered', () => {
    const { referral } = received({ directContact: true })
    const lifted = deadlines(referral)
    expect(deadlinesChangedBy('decline', referral, later(hour))).toEqual({ set: [], lifted })
    expect(deadlinesChangedBy('withdraw', referral, later(2 * day))?.lifted).toEqual(lifted.slice(1))
  })

  it('set the next reminder, and are absent at expiry', () => {
    const referral = aReferral()
    expect(deadlinesChangedBy('expire', referral, referral.respondBy)).toBeUndefined()
    expect(deadlinesChangedBy('remind', referral, later(day))).toEqual({
      set: [{ kind: 'remind', dueAt: later(11 * day) }],
      lifted: [],
    })
  })

  it('replace the deadline and the reminders after an extension', () => {
    const referral = aReferral()
    expect(deadlinesChangedBy('extend', referral, later(hour))).toEqual({
      set: [
        { kind: 'remind', dueAt: later(18 * day) },
        { kind: 'expire', dueAt: later(21 * day) },
      ],
      lifted: deadlines(referral),
    })
  })
})

it('an estimated close date is at most 100 years ahead', () => {
  expect(acceptedUntil('2126-12-31', later(1)).next.status).toBe('active')
  expect(() => acceptedUntil('2127-01-01', later(1))).toThrow(
    expect.objectContaining({ code: 'invalid-request' }),
  )
})

describe('actions', () => {
  it.each(statuses)('on a referral that is %s are those that the table allows each actor', status => {
    const { referral, now } = inStatus(status)
    for (const actor of actorKinds) {
      const expected = commandNames
        .filter(name => table[name].by.includes(actor) && allows(name, referral, now))
        .flatMap(name => table[name].action?.name ?? [])
      const offered = actions(referral, actor, now)
      expect(offered.map(({ name }) => name)).toEqual([...new Set(expected)])
      for (const { operation, params } of offered) {
        expect(params).toEqual({ referralId: referral.id })
        if (actor === 'customer') continue
        expect(referralOperations).toHaveProperty(operation, expect.objectContaining({ audience: actor }))
      }
    }
  })

  it('list the properties that every body of the operation requires', () => {
    for (const { action } of Object.values(table)) {
      const operation: Operation | undefined = action && referralOperations[action.operation]
      if (!action || !operation?.body) continue
      const schema = z.toJSONSchema(operation.body, { io: 'input' })
      const variants = (schema.anyOf ?? schema.oneOf ?? [schema]) as { required?: string[] }[]
      const required = variants.map(variant => variant.required ?? [])
      const always = required[0]?.filter(field => required.every(fields => fields.includes(field)))
      expect(action.requires.toSorted(), action.name).toEqual(always?.toSorted())
    }
  })

  it('contain the operation, the referral and the required fields', () => {
    const { referral, now } = inStatus('new')
    const accept = actions(referral, 'partner', now).find(({ name }) => name === 'accept')
    expect(accept).toEqual({
      name: 'accept',
      operation: 'acceptReferral',
      params: { referralId: referral.id },
      requires: ['name', 'estimatedValue', 'estimatedCloseDate'],
    })
  })
})

describe('the links in mails about a referral', () => {
  const areUsedUpBy = (name: CommandName, referral: Referral, at: Instant) =>
    isAnsweredAfter(run(referral, name, at).next, referral.version)

  it.each(['accept', 'decline', 'extend', 'withdraw', 'supersede'] as const)('are used up by %s', name => {
    const { referral, now } = inStatus('new')
    expect(areUsedUpBy(name, referral, now)).toBe(true)
  })

  it('are used up by reopening, whether or not the expiry was recorded before', () => {
    const at = later(15 * day)
    expect(areUsedUpBy('reopen', inStatus('expired').referral, at)).toBe(true)
    expect(areUsedUpBy('reopen', received().referral, at)).toBe(true)
  })

  it.each(['add-colleague', 'remove-colleague'] as const)('stay valid after %s', name => {
    const { referral, now } = inStatus('new')
    expect(areUsedUpBy(name, referral, now)).toBe(false)
  })

  it.each(['remind', 'cool', 'expire'] as const)(
    'stay valid after %s, because only time has passed',
    name => {
      const { referral } = received({ directContact: true })
      expect(areUsedUpBy(name, referral, whenGuardHolds(name, referral, later(hour)))).toBe(false)
    },
  )

  it('stay used up when a colleague is added after an answer', () => {
    const { referral, now } = inStatus('new')
    const extended = run(referral, 'extend', now).next
    expect(isAnsweredAfter(run(extended, 'add-colleague', now).next, referral.version)).toBe(true)
  })
})

describe('a state-conflict error', () => {
  it('contains the status and the allowed actions', () => {
    const { referral, now } = inStatus('active')
    let thrown: unknown
    try {
      decide(referral, commands.accept, { kind: 'partner' }, now)
    } catch (error) {
      thrown = error
    }
    expect((thrown as DomainError).data).toMatchObject({
      currentStatus: 'active',
      actions: actions(referral, 'partner', now),
    })
  })

  it('is thrown for a close date that has not passed in every time zone', () => {
    // At 09:00 UTC on 1 March it is still 28 February on Baker Island.
    expect(acceptedUntil('2026-02-28', later(1)).next.status).toBe('active')
    expect(() => acceptedUntil('2026-02-27', later(1))).toThrow(DomainError)
  })
})

describe('isRepeat', () => {
  it.each(['accept', 'decline'] as const)('recognizes %s only with the same content', name => {
    const { referral, now } = inStatus('new')
    const command = commands[name]
    const { next } = decide(referral, command, { kind: 'partner' }, now)
    expect(isRepeat(referral, command, 1)).toBe(false)
    expect(isRepeat(next, command, 1)).toBe(true)
    const other =
      command.name === 'accept'
        ? { ...command, request: { ...command.request, name: 'Other' } }
        : { ...command, request: { reason: 'timeline' } }
    expect(isRepeat(next, other, 1)).toBe(false)
  })
})

describe('isRepeat for extensions', () => {
  const referral = aReferral()
  const extended = run(referral, 'extend', later(hour)).next

  it('recognizes an earlier version with the same reason', () => {
    expect(isRepeat(extended, commands.extend, 1)).toBe(true)
    expect(isRepeat(extended, commands.extend, 2)).toBe(false)
    const other = { ...commands.extend, request: { reason: 'Another.' } }
    expect(isRepeat(extended, other, 1)).toBe(false)
  })

  it('does not recognize an extension after another change', () => {
    expect(isRepeat(run(extended, 'remind', later(18 * day)).next, commands.extend, 1)).toBe(false)
  })
})

describe('isRepeat for commands about contact details and choices', () => {
  it('recognizes show-contact when the contact details are visible, whatever made them visible', () => {
    const hidden = aReferral()
    expect(isRepeat(hidden, commands['show-contact'], 1)).toBe(false)
    expect(isRepeat(run(hidden, 'show-contact', later(hour)).next, commands['show-contact'], 1)).toBe(true)
    expect(isRepeat(inStatus('active').referral, commands['show-contact'], 1)).toBe(true)
    expect(isRepeat(received({ directContact: true }).referral, commands['show-contact'], 1)).toBe(true)
  })

  it('recognizes the same choice and a denied win', () => {
    const { referral: won, now } = inStatus('won')
    expect(isRepeat(won, commands['note-choice'], 1)).toBe(false)
    const noted = run(won, 'note-choice', now).next
    expect(isRepeat(noted, commands['note-choice'], 1)).toBe(true)
    expect(isRepeat(noted, { name: 'note-choice', choice: 'open' }, 1)).toBe(false)
    expect(isRepeat(won, commands['deny-win'], 1)).toBe(false)
    expect(isRepeat(run(won, 'deny-win', now).next, commands['deny-win'], 1)).toBe(true)
  })

  it.each([
    ['undo-decline', 'declined'],
    ['undo-close', 'won'],
    ['supersede', 'new'],
    ['reinstate', 'superseded'],
    ['withdraw', 'active'],
  ] as const)('never recognizes %s', (name, status) => {
    const { referral, now } = inStatus(status)
    expect(isRepeat(run(referral, name, now).next, commands[name], 1)).toBe(false)
  })

  it('does not recognize a decline that was undone', () => {
    const { referral, now } = inStatus('declined')
    expect(isRepeat(referral, commands.decline, 1)).toBe(true)
    expect(isRepeat(run(referral, 'undo-decline', now).next, commands.decline, 1)).toBe(false)
  })
})

describe('show-contact', () => {
  const withPolicy = (contactBeforeAnswer: Referral['terms']['contactBeforeAnswer'], isHot = false) => {
    const { referral } = received({ directContact: isHot })
    return { ...referral, terms: { ...referral.terms, contactBeforeAnswer } }
  }

  it.each([
    ['always', true, true],
    ['on-request', false, true],
    ['hot', false, true],
    ['never', false, false],
  ] as const)(
    'with the policy %s, details are visible before an answer: %s, hot: %s',
    (policy, cold, hot) => {
      expect(isContactVisible(withPolicy(policy))).toBe(cold)
      expect(isContactVisible(withPolicy(policy, true))).toBe(hot)
      expect(allows('show-contact', withPolicy(policy), later(hour))).toBe(policy === 'on-request')
    },
  )

  it('makes the details visible and is recorded once', () => {
    const { next, events } = run(withPolicy('on-request'), 'show-contact', later(hour))
    expect(next.contactShownAt).toBe(later(hour))
    expect(events.map(({ type, data }) => [type, data])).toEqual([['referral.contact-shown', {}]])
    expect(isContactVisible(next)).toBe(true)
    expect(allows('show-contact', next, later(hour))).toBe(false)
  })

  it.each(['active', 'won', 'lost'] as const)('is not needed for a referral that is %s', status => {
    const { referral } = inStatus(status)
    expect(isContactVisible({ ...referral, hotUntil: null })).toBe(true)
  })
})

describe('undo', () => {
  const undoUntil = later(hour + 5 * minute)

  it.each(['declined', 'won', 'lost'] as const)(
    'of a referral that is %s is possible within the time that the policy had at its receipt',
    status => {
      const { referral } = inStatus(status)
      const name = status === 'declined' ? 'undo-decline' : 'undo-close'
      expect(referral.undoUntil).toBe(undoUntil)
      expect(allows(name, referral, later(hour + 5 * minute - 1))).toBe(true)
      expect(allows(name, referral, undoUntil)).toBe(false)
    },
  )

  it('of a decline ends with the time to answer', () => {
    const referral = aReferral()
    const end = instantOf(new Date(Date.parse(referral.respondBy) - 1))
    expect(run(referral, 'decline', end).next.undoUntil).toBe(referral.respondBy)
  })

  it('is not offered if the policy has no time for it', () => {
    const { referral } = received()
    const terms = { ...referral.terms, undoTime: 'PT0S' as const }
    expect(run({ ...referral, terms }, 'decline', later(hour)).next.undoUntil).toBeNull()
  })

  it('restores the referral before the decline, with its links and deadlines', () => {
    const { referral: before, now } = inStatus('new')
    const declined = run(before, 'decline', now).next
    const { next, events } = run(declined, 'undo-decline', later(hour + minute))
    expect(next).toEqual({ ...before, version: before.version + 2, updatedAt: later(hour + minute) })
    expect(isAnsweredAfter(declined, before.version)).toBe(true)
    expect(isAnsweredAfter(next, before.version)).toBe(false)
    expect(events[0]?.deadlines?.set).toEqual(deadlines(before))
    expect(events[0]?.data).toEqual({
      undone: 'declined',
      answeredAt: now,
      reason: 'budget',
      neutral: false,
      takenBack: false,
      receivedAt: before.receivedAt,
      tags: expect.anything(),
    })
  })

  it.each(['won', 'lost'] as const)('restores the deal before it was %s', status => {
    const { referral: active } = inStatus('active')
    const { referral: closed, now } = inStatus(status)
    const { next, events } = run(closed, 'undo-close', now)
    expect(next).toEqual({ ...active, version: active.version + 2, updatedAt: now })
    expect(events[0]?.data).toMatchObject({ undone: status, reason: status === 'lost' ? 'budget' : null })
  })

  it('repeats that the decline was neutral', () => {
    const { referral, now } = inStatus('new')
    const command = { ...commands.decline, neutral: true }
    const declined = decide(referral, command, { kind: 'partner' }, now)
    expect(declined.events[0]?.data).toMatchObject({ neutral: true })
    expect(run(declined.next, 'undo-decline', now).events[0]?.data).toMatchObject({ neutral: true })
  })

  it('is not possible after the customer has denied the win', () => {
    const { referral, now } = inStatus('won')
    expect(allows('undo-close', run(referral, 'deny-win', now).next, now)).toBe(false)
  })
})

describe('supersede and reinstate', () => {
  const { referral: before, now } = inStatus('new')
  const superseded = run(before, 'supersede', now)

  it('end the referral and its deadlines, and tell the choice', () => {
    expect(superseded.next).toMatchObject({ status: 'superseded', closedAt: now, customerChoice: 'other' })
    expect(superseded.events[0]?.deadlines).toEqual({ set: [], lifted: deadlines(before) })
  })

  it('are not possible for a referral that has expired, although no timer has fired', () => {
    expect(allows('supersede', before, before.respondBy)).toBe(false)
  })

  it('give a new time to answer without extensions, and keep the hot time', () => {
    const at = later(2 * hour)
    const span = { respondBy: later(20 * day), reminders: [later(day), later(17 * day)] }
    const actor = { kind: 'customer' } as const
    const { next, events } = decide(superseded.next, { name: 'reinstate', span }, actor, at)
    expect(next).toMatchObject({
      status: 'new',
      respondBy: later(20 * day),
      remindAt: later(day),
      laterReminders: [later(17 * day)],
      extensionsLeft: [],
      reopenUntil: later(22 * day),
      closedAt: null,
      customerChoice: null,
      urgency: 'hot',
    })
    expect(events[0]).toMatchObject({
      data: { respondBy: later(20 * day) },
      deadlines: { set: deadlines(next) },
    })
    const late = decide(superseded.next, { name: 'reinstate', span }, actor, later(4 * day)).next
    expect(late.urgency).toBe('cooled')
  })

  it('allow a reopening only if there was none before', () => {
    const reopened = { ...superseded.next, reopened: { expiredAt: now, at: now } }
    expect(run(reopened, 'reinstate', now).next.reopenUntil).toBeNull()
  })
})

describe('a win in question', () => {
  const { referral: won, now } = inStatus('won')
  const at = later(2 * hour)
  const isAsked = (referral: Referral, instant: Instant) => isWinInQuestion(referral, 'P14D', instant)

  it('is one that the partner has reported, for the time that the policy sets', () => {
    expect(isAsked(won, later(hour - 1))).toBe(false)
    expect(isAsked(won, now)).toBe(true)
    expect(isAsked(won, later(14 * day + hour - 1))).toBe(true)
    expect(isAsked(won, later(14 * day + hour))).toBe(false)
    expect(isAsked(inStatus('lost').referral, at)).toBe(false)
  })

  it('is no longer in question after the instant of its denial', () => {
    const denied = run(won, 'deny-win', at).next
    expect(isAsked(denied, at)).toBe(true)
    expect(isAsked(denied, later(2 * hour + 1))).toBe(false)
    expect(isAsked(run(denied, 'confirm-win', at).next, later(3 * hour))).toBe(true)
  })

  it('is denied and confirmed with the data of the win', () => {
    const { next, events } = run(won, 'deny-win', at)
    expect(next).toMatchObject({ status: 'won', winDeniedAt: at, undoUntil: null })
    expect(events[0]?.data).toMatchObject({ wonAt: now, receivedAt: won.receivedAt })
    expect(() => run(next, 'deny-win', at)).toThrow(/already denied/)
    expect(next.customerChoice).toBeNull()
    const confirmed = run(next, 'confirm-win', at)
    expect(confirmed.next).toMatchObject({ winDeniedAt: null, customerChoice: 'this' })
    expect(events[0]?.data).toEqual({ ...confirmed.events[0]?.data, takenBack: false })
    expect(run(confirmed.next, 'deny-win', at).next.customerChoice).toBe('open')
    expect(() => run(won, 'confirm-win', at)).toThrow(/has not denied/)
  })

  it('is active again when its partner resumes the deal after the denial, and can be reported and asked about again', () => {
    const { next, events } = run(run(won, 'deny-win', at).next, 'resume', later(day))
    expect(next).toMatchObject({ status: 'active', winDeniedAt: null, closedAt: null, outcome: null })
    expect(events[0]).toMatchObject({ type: 'referral.resumed', data: {} })
    expect(isAnsweredAfter(next, won.version)).toBe(true)
    const again = run(next, 'win', later(2 * day)).next
    expect(isAsked(again, later(2 * day))).toBe(true)
    expect(run(again, 'deny-win', later(3 * day)).next.winDeniedAt).toBe(later(3 * day))
    expect(run(next, 'lose', later(2 * day)).next.status).toBe('lost')
    expect(() => run(won, 'resume', at)).toThrow(/has not denied/)
  })

  it('moves a nudge that was due in the meantime when the deal is resumed', () => {
    const denied = { ...run(won, 'deny-win', at).next, nudgeAt: later(day) }
    expect(run(denied, 'resume', later(day)).next.nudgeAt).toBe(later(15 * day))
    expect(run(denied, 'resume', later(day - 1)).next.nudgeAt).toBe(later(day))
    expect(run({ ...denied, nudgeAt: null }, 'resume', later(day)).next.nudgeAt).toBeNull()
  })

  const noted = (referral: Referral, choice: 'this' | 'other' | 'open') =>
    decide(referral, { name: 'note-choice', choice }, { kind: 'customer' }, at)
  const effectOn = (referral: Referral, choice: 'this' | 'other' | 'open') => {
    const { data } = noted(referral, choice).events[0] as Event<'referral.choice-noted'>
    return [data.win, data.wonAt]
  }

  it('is taken back by another choice, and restored by the choice of its partner or of nobody yet', () => {
    const taken = noted(won, 'other').next
    expect(noted(won, 'other').events[0]?.data).toMatchObject({ receivedAt: won.receivedAt })
    expect(effectOn(won, 'other')).toEqual(['taken-back', now])
    expect(effectOn(taken, 'this')).toEqual(['restored', now])
    expect(effectOn(taken, 'open')).toEqual(['restored', now])
    expect(effectOn(noted(taken, 'this').next, 'other')).toEqual(['taken-back', now])
  })

  it('does not change by a choice that agrees with it, or after its denial', () => {
    expect(effectOn(won, 'this')).toEqual([null, null])
    expect(effectOn(noted(won, 'this').next, 'open')).toEqual([null, null])
    const denied = run(noted(won, 'other').next, 'deny-win', at)
    expect(denied.events[0]?.data).toMatchObject({ takenBack: true })
    expect(effectOn(denied.next, 'open')).toEqual([null, null])
    expect(effectOn(run(won, 'deny-win', at).next, 'other')).toEqual([null, null])
    expect(effectOn(inStatus('active').referral, 'other')).toEqual([null, null])
  })

  it('does not count if it is reported after another choice, until the customer changes the choice', () => {
    const told = noted(inStatus('active').referral, 'other').next
    const { next, events } = run(told, 'win', at)
    expect(events[0]?.data).toMatchObject({ takenBack: true })
    expect(effectOn(next, 'this')).toEqual(['restored', at])
    expect(run(next, 'undo-close', at).events[0]?.data).toMatchObject({ undone: 'won', takenBack: true })
    expect(run(next, 'undo-close', at).next.isWinTakenBack).toBe(false)
  })
})

it('isRepeat recognizes a repeated reopening', () => {
  const { referral } = inStatus('expired')
  expect(isRepeat(referral, commands.reopen, 1)).toBe(false)
  expect(isRepeat(run(referral, 'reopen', later(15 * day)).next, commands.reopen, 1)).toBe(true)
})

it('stage is archived for final statuses', () => {
  // An archived referral can become open again for a limited time, and the customer can comment on it.
  const isOpen = (status: Status) =>
    commandNames.some(name => {
      const { from, to } = table[name]
      const isComment = to === 'same' && from.includes('won')
      const isRevival = from.every(one => stage({ status: one }) === 'archived')
      return !isComment && !isRevival && from.includes(status)
    })
  for (const status of statuses) expect(stage({ status }) === 'archived').toBe(!isOpen(status))
})

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
import { effective, isAnsweredAfter, stage } from '../../shared/referrals/referral/status.ts'
import {
  actions,
  allows,
  condition,
  type Transition,
  transitions,
} from '../../shared/referrals/referral/transitions.ts'
import { type Instant, instantOf } from '../../shared/time/instant.ts'
import { aReferral, commandNames, commands, inStatus, received, run } from '../fixtures/referral.ts'
import { day, hour, later } from '../fixtures/time.ts'

const table: Record<CommandName, Transition> = transitions

/** Returns an instant at which the time guard of a row holds, for a hot or active referral. */
const whenGuardHolds = (name: CommandName, referral: Referral, now: Instant): Instant => {
  const { guard } = table[name]
  return (guard?.past && referral[guard.past]) ?? now
}

/** Accepts a referral with this estimated close date. */
const acceptedUntil = (estimatedCloseDate: string, at: Instant) => {
  const request = { ...commands.accept.request, estimatedCloseDate }
  return decide(aReferral(), { ...commands.accept, request }, { kind: 'partner' }, at)
}

const pairs = statuses.flatMap(status => commandNames.map(name => [status, name] as const))

describe('every command on a referral of every status', () => {
  it.each(pairs)('%s, %s', (status, name) => {
    const row = table[name]
    const { referral, now: when } = inStatus(status)
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

  it.each(pairs)('%s, %s: the condition of the write repeats the checks of the decision', (status, name) => {
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
  it.each(commandNames)('%s is allowed to the actors in the table only', name => {
    const { by, from } = table[name]
    const { referral, now } = inStatus(from[0] ?? 'new')
    const at = whenGuardHolds(name, referral, now)
    for (const kind of actorKinds) {
      const decision = () => decide(referral, commands[name], { kind }, at)
      if (by.includes(kind)) expect(decision().events[0]?.actor.kind).toBe(kind)
      else expect(decision).toThrow(expect.objectContaining({ code: 'forbidden' }))
    }
  })
})

describe('a guard', () => {
  it('allows expiry from the respond-by on, and not before', () => {
    const referral = aReferral()
    const justBefore = instantOf(new Date(Date.parse(referral.respondBy) - 1))
    expect(allows('expire', referral, justBefore)).toBe(false)
    expect(allows('expire', referral, referral.respondBy)).toBe(true)
  })

  it('allows answers before the respond-by only', () => {
    const referral = aReferral()
    const justBefore = instantOf(new Date(Date.parse(referral.respondBy) - 1))
    for (const name of ['accept', 'decline', 'withdraw', 'add-colleague'] as const) {
      expect(allows(name, referral, justBefore)).toBe(true)
      expect(allows(name, referral, referral.respondBy)).toBe(false)
    }
  })

  it('allows a hot referral to cool once, and not after the respond-by', () => {
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
  it('is expired from the respond-by on, even if no timer has fired', () => {
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

describe('an extension', () => {
  const referral = aReferral()
  const extended = run(referral, 'extend', later(10 * day)).next

  it('adds the time of the policy at receipt to the respond-by', () => {
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

  it('is limited in number by the policy, and refused after expiry', () => {
    expect(() => run(extended, 'extend', later(11 * day))).toThrow(
      expect.objectContaining({
        reason: expect.objectContaining({ code: 'no-extension-left', params: { status: 'new' } }),
      }),
    )
    expect(allows('extend', referral, referral.respondBy)).toBe(false)
  })
})

describe('a reopening', () => {
  const referral = aReferral()
  const end = referral.respondBy
  const expired = run(referral, 'expire', end).next

  it('takes back an expiry once, with a response time of its own', () => {
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

  it('is possible before the end of the reopening time only', () => {
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

describe('a reminder', () => {
  const referral = aReferral()

  it('is sent once, and followed by the next one', () => {
    const first = run(referral, 'remind', later(day))
    expect(first.events[0]?.data).toEqual({ due: [later(day)], respondBy: referral.respondBy })
    expect(first.next.remindAt).toBe(later(11 * day))
    const second = run(first.next, 'remind', later(11 * day))
    expect(second.next.remindAt).toBeNull()
    expect(allows('remind', second.next, later(12 * day))).toBe(false)
  })

  it('stands for all that were due during an outage', () => {
    const { next, events } = run(referral, 'remind', later(12 * day))
    expect(events[0]?.data).toMatchObject({ due: [later(day), later(11 * day)] })
    expect(next.remindAt).toBeNull()
  })

  it('is not sent after an answer or the respond-by', () => {
    expect(allows('remind', run(referral, 'accept', later(hour)).next, later(day))).toBe(false)
    expect(allows('remind', referral, referral.respondBy)).toBe(false)
  })
})

describe('a nudge', () => {
  const date = '2026-04-01'
  const referral = aReferral()
  const accepted = acceptedUntil(date, later(hour)).next
  const first = '2026-04-02T12:00:00.000Z'

  it('is due when the estimated close date is over in every time zone, and then every 14 days', () => {
    expect(accepted.nudgeAt).toBe(first)
    const { next, events } = run(accepted, 'nudge', first)
    expect(events[0]?.data).toEqual({ estimatedCloseDate: date })
    expect(next.nudgeAt).toBe('2026-04-16T12:00:00.000Z')
  })

  it('stands for all that were due during an outage', () => {
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

  it('is not sent if the policy has no nudges', () => {
    const terms = { ...referral.terms, nudgeInterval: null }
    expect(run({ ...referral, terms }, 'accept', later(hour)).next.nudgeAt).toBeNull()
  })
})

describe('the deadlines of a referral', () => {
  const kinds = (of: Referral) => deadlines(of).map(({ kind }) => kind)

  it('are sorted, soonest first', () => {
    const { referral } = received({ directContact: true })
    expect(deadlines(referral)).toEqual([
      { kind: 'remind', dueAt: referral.remindAt },
      { kind: 'cool', dueAt: referral.hotUntil },
      { kind: 'expire', dueAt: referral.respondBy },
    ])
    expect(kinds(run(referral, 'accept', later(hour)).next)).toEqual(['nudge'])
  })

  it('do not lie after the respond-by', () => {
    const { referral } = received({ directContact: true })
    const brief = { ...referral, respondBy: later(hour), hotUntil: later(hour) }
    expect(kinds(brief)).toEqual(['expire'])
  })

  it.each(statuses.filter(status => stage({ status }) === 'archived'))(
    'are empty for a referral that is %s',
    status => {
      expect(kinds(inStatus(status).referral)).toEqual([])
    },
  )
})

it('each deadline of a referral is allowed from its instant on, and not before', () => {
  for (const status of ['new', 'active'] as const) {
    const { referral } = inStatus(status)
    for (const { kind, dueAt } of deadlines(referral)) {
      const before = instantOf(new Date(Date.parse(dueAt) - 1))
      expect([kind, allows(kind, referral, before)]).toEqual([kind, false])
      expect([kind, allows(kind, referral, dueAt)]).toEqual([kind, true])
    }
  }
})

describe('an event', () => {
  const changed = (name: CommandName, referral: Referral, at: Instant) =>
    run(referral, name, at).events.at(-1)?.deadlines

  it('sets the deadlines of a new referral', () => {
    const { referral, event } = received({ directContact: true })
    expect(event.deadlines).toEqual({ set: deadlines(referral), lifted: [] })
  })

  it('lifts the future deadlines when the referral is answered', () => {
    const { referral } = received({ directContact: true })
    const lifted = deadlines(referral)
    expect(changed('decline', referral, later(hour))).toEqual({ set: [], lifted })
    expect(changed('withdraw', referral, later(2 * day))?.lifted).toEqual(lifted.slice(1))
  })

  it('sets the next reminder, and changes no deadline at expiry', () => {
    const referral = aReferral()
    expect(changed('expire', referral, referral.respondBy)).toBeUndefined()
    expect(changed('remind', referral, later(day))).toEqual({
      set: [{ kind: 'remind', dueAt: later(11 * day) }],
      lifted: [],
    })
  })

  it('of an extension replaces the deadline and the reminders', () => {
    const referral = aReferral()
    expect(changed('extend', referral, later(hour))).toEqual({
      set: [
        { kind: 'remind', dueAt: later(18 * day) },
        { kind: 'expire', dueAt: later(21 * day) },
      ],
      lifted: deadlines(referral),
    })
  })
})

it('an estimated close date may lie at most 100 years ahead', () => {
  expect(acceptedUntil('2126-12-31', later(1)).next.status).toBe('active')
  expect(() => acceptedUntil('2127-01-01', later(1))).toThrow(
    expect.objectContaining({ code: 'invalid-request' }),
  )
})

describe('actions', () => {
  it.each(statuses)('of a referral that is %s are those that the table allows each actor', status => {
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

  it('name the operation, the referral, and the fields that it requires', () => {
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
  const isSpentBy = (name: CommandName, referral: Referral, at: Instant) =>
    isAnsweredAfter(run(referral, name, at).next, referral.version)

  it.each(['accept', 'decline', 'extend', 'withdraw'] as const)('are spent by %s', name => {
    const { referral, now } = inStatus('new')
    expect(isSpentBy(name, referral, now)).toBe(true)
  })

  it('are spent by reopening, whether or not the expiry was recorded before', () => {
    const at = later(15 * day)
    expect(isSpentBy('reopen', inStatus('expired').referral, at)).toBe(true)
    expect(isSpentBy('reopen', received().referral, at)).toBe(true)
  })

  it.each(['add-colleague', 'remove-colleague'] as const)('stay open after %s', name => {
    const { referral, now } = inStatus('new')
    expect(isSpentBy(name, referral, now)).toBe(false)
  })

  it.each(['remind', 'cool', 'expire'] as const)('stay open after %s, since only time has passed', name => {
    const { referral } = received({ directContact: true })
    expect(isSpentBy(name, referral, whenGuardHolds(name, referral, later(hour)))).toBe(false)
  })

  it('stay spent when a contact is added after an answer', () => {
    const { referral, now } = inStatus('new')
    const extended = run(referral, 'extend', now).next
    expect(isAnsweredAfter(run(extended, 'add-colleague', now).next, referral.version)).toBe(true)
  })
})

describe('a refusal', () => {
  it('of a command in the wrong state has the status and the possible actions', () => {
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

  it('of a close date requires that the date is past in every time zone', () => {
    // 09:00 UTC on 1 March: it is still 28 February on Baker Island.
    expect(acceptedUntil('2026-02-28', later(1)).next.status).toBe('active')
    expect(() => acceptedUntil('2026-02-27', later(1))).toThrow(DomainError)
  })
})

describe('a repeat', () => {
  it.each(['accept', 'decline'] as const)('of %s is recognised by the same content only', name => {
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

describe('a repeat of an extension', () => {
  const referral = aReferral()
  const extended = run(referral, 'extend', later(hour)).next

  it('is recognised by an earlier version and the same reason', () => {
    expect(isRepeat(extended, commands.extend, 1)).toBe(true)
    expect(isRepeat(extended, commands.extend, 2)).toBe(false)
    const other = { ...commands.extend, request: { reason: 'Another.' } }
    expect(isRepeat(extended, other, 1)).toBe(false)
  })

  it('is not recognised after another change', () => {
    expect(isRepeat(run(extended, 'remind', later(18 * day)).next, commands.extend, 1)).toBe(false)
  })
})

it('a repeated reopening is recognised', () => {
  const { referral } = inStatus('expired')
  expect(isRepeat(referral, commands.reopen, 1)).toBe(false)
  expect(isRepeat(run(referral, 'reopen', later(15 * day)).next, commands.reopen, 1)).toBe(true)
})

it('final statuses are archived', () => {
  // An expired referral is archived, although it can be reopened for some time.
  const isOpen = (status: Status) =>
    commandNames.some(name => name !== 'reopen' && table[name].from.includes(status))
  for (const status of statuses) expect(stage({ status }) === 'archived').toBe(!isOpen(status))
})

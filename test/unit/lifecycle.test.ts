import { describe, expect, it } from 'vitest'
import * as z from 'zod/mini'
import { actorKinds, eventData } from '../../shared/event/contract.ts'
import { Problem } from '../../shared/platform/problem.ts'
import { type Status, statuses } from '../../shared/referral/contract.ts'
import {
  actions,
  allows,
  type CommandName,
  condition,
  decide,
  effective,
  isRepeat,
  stage,
  type Transition,
  transitions,
} from '../../shared/referral/lifecycle.ts'
import { commandNames, commands, day, hour, inStatus, later, received } from './referral.ts'

const table: Record<CommandName, Transition> = transitions

/** An instant at which the row's guard, if it has one, holds for a new and hot referral. */
const whenGuardHolds = (name: CommandName, now: string): string => {
  const { guard } = table[name]
  if (guard?.past === 'respondBy') return later(14 * day)
  return guard?.past === 'urgentUntil' ? later(72 * hour) : now
}

const pairs = statuses.flatMap(status => commandNames.map(name => [status, name] as const))

describe('every command on a referral of every status', () => {
  it.each(pairs)('%s, %s', (status, name) => {
    const row = table[name]
    const { referral, now: when } = inStatus(status)
    const now = whenGuardHolds(name, when)
    const [kind = 'system'] = row.by
    if (!row.from.includes(status)) {
      expect(() => decide(referral, commands[name], { kind }, now)).toThrow(
        expect.objectContaining({ code: 'state-conflict' }),
      )
      return
    }
    const { next, event } = decide(referral, commands[name], { kind }, now)
    expect(next.status).toBe(row.to === 'same' ? status : row.to)
    expect(next.version).toBe(referral.version + 1)
    expect(next.updatedAt).toBe(now)
    expect(event).toMatchObject({ type: row.event, version: next.version, at: now, actor: { kind } })
    expect(eventData[event.type].safeParse(event.data).error).toBeUndefined()
  })

  it.each(pairs)('%s, %s: the table must hold what the decision was made on', (status, name) => {
    const { referral, now } = inStatus(status)
    const held = condition(name, referral, now)
    expect(held).toMatchObject({ version: referral.version, status })
    const { guard } = table[name]
    if (guard) expect(held).toHaveProperty(guard.past, { atOrBefore: now })
    else if (status === 'new') expect(held).toHaveProperty('respondBy', { after: now })
  })
})

describe('every command by every actor', () => {
  it.each(commandNames)('%s is for those whom the table names', name => {
    const { by, from } = table[name]
    const { referral, now } = inStatus(from[0] ?? 'new')
    const at = whenGuardHolds(name, now)
    for (const kind of actorKinds) {
      const decision = () => decide(referral, commands[name], { kind }, at)
      if (by.includes(kind)) expect(decision().event.actor.kind).toBe(kind)
      else expect(decision).toThrow(expect.objectContaining({ code: 'forbidden' }))
    }
  })
})

describe('a guard', () => {
  it('lets nothing expire early, and everything from the respond-by on', () => {
    const { referral } = received()
    const justBefore = new Date(Date.parse(referral.respondBy) - 1).toISOString()
    expect(allows('expire', referral, justBefore)).toBe(false)
    expect(allows('expire', referral, referral.respondBy)).toBe(true)
  })

  it('lets an answer come until the respond-by, and not at it', () => {
    const { referral } = received()
    const justBefore = new Date(Date.parse(referral.respondBy) - 1).toISOString()
    for (const name of ['accept', 'decline', 'withdraw', 'add-contact'] as const) {
      expect(allows(name, referral, justBefore)).toBe(true)
      expect(allows(name, referral, referral.respondBy)).toBe(false)
    }
  })

  it('cools what is hot, once, and not after an answer or the respond-by', () => {
    const { referral } = received(true)
    const urgentUntil = referral.urgentUntil ?? ''
    expect(allows('cool', referral, later(72 * hour - 1))).toBe(false)
    expect(allows('cool', referral, urgentUntil)).toBe(true)
    const { next } = decide(referral, commands.cool, { kind: 'timer' }, urgentUntil)
    expect(allows('cool', next, urgentUntil)).toBe(false)
    expect(allows('cool', referral, referral.respondBy)).toBe(false)
    expect(allows('cool', received(false).referral, urgentUntil)).toBe(false)
  })
})

describe('the effective state', () => {
  it('is expired from the respond-by on, whether or not a timer has fired', () => {
    const { referral } = received()
    expect(effective(referral, later(13 * day)).status).toBe('new')
    expect(effective(referral, referral.respondBy)).toMatchObject({
      status: 'expired',
      closedAt: referral.respondBy,
    })
  })

  it('is what firing all that is due makes of it', () => {
    const { referral } = received(true)
    const cooledAt = later(80 * hour)
    const cooled = decide(referral, commands.cool, { kind: 'timer' }, cooledAt).next
    expect(effective(referral, cooledAt).urgency).toBe(cooled.urgency)
    const end = later(15 * day)
    const { status, closedAt } = decide(cooled, commands.expire, { kind: 'timer' }, end).next
    expect(effective(referral, end)).toMatchObject({ status, closedAt })
  })
})

describe('actions', () => {
  it.each(statuses)('of a referral that is %s are what the table lets each actor do', status => {
    const { referral, now } = inStatus(status)
    for (const actor of actorKinds) {
      const expected = commandNames
        .filter(name => table[name].by.includes(actor) && allows(name, referral, now))
        .flatMap(name => table[name].action?.name ?? [])
      const offered = actions(referral, actor, now)
      expect(offered.map(({ name }) => name)).toEqual([...new Set(expected)])
      for (const { href } of offered) expect(href).toContain(referral.id)
    }
  })

  it('require what every body of the operation must hold', () => {
    for (const { action } of Object.values(table)) {
      if (!action?.operation.body) continue
      const schema = z.toJSONSchema(action.operation.body, { io: 'input' })
      const variants = (schema.anyOf ?? schema.oneOf ?? [schema]) as { required?: string[] }[]
      const required = variants.map(variant => variant.required ?? [])
      const always = required[0]?.filter(field => required.every(fields => fields.includes(field)))
      expect(action.requires.toSorted(), action.name).toEqual(always?.toSorted())
    }
  })

  it('say how and where', () => {
    const { referral, now } = inStatus('new')
    const accept = actions(referral, 'partner', now).find(({ name }) => name === 'accept')
    expect(accept).toEqual({
      name: 'accept',
      method: 'POST',
      href: `/v1/referrals/${referral.id}/accept`,
      requires: ['name', 'estimatedValue', 'estimatedCloseDate'],
    })
  })
})

describe('a refusal', () => {
  it('of a state tells the state and what can be done in it', () => {
    const { referral, now } = inStatus('active')
    let thrown: unknown
    try {
      decide(referral, commands.accept, { kind: 'partner' }, now)
    } catch (error) {
      thrown = error
    }
    expect((thrown as Problem).details.extra).toMatchObject({
      currentStatus: 'active',
      actions: actions(referral, 'partner', now),
    })
  })

  it('of a close date counts a day as past only when it is past everywhere on earth', () => {
    const { referral } = received()
    const accept = (estimatedCloseDate: string) =>
      decide(
        referral,
        { ...commands.accept, acceptance: { ...commands.accept.acceptance, estimatedCloseDate } },
        { kind: 'partner' },
        later(1),
      )
    // 09:00 UTC on 1 March: it is still 28 February on Baker Island.
    expect(accept('2026-02-28').next.status).toBe('active')
    expect(() => accept('2026-02-27')).toThrow(Problem)
  })
})

describe('a repeat', () => {
  it.each(['accept', 'decline'] as const)(
    'of %s with the same content is recognised, and with another is not',
    name => {
      const { referral, now } = inStatus('new')
      const command = commands[name]
      const { next } = decide(referral, command, { kind: 'partner' }, now)
      expect(isRepeat(referral, command)).toBe(false)
      expect(isRepeat(next, command)).toBe(true)
      const other =
        command.name === 'accept'
          ? { ...command, acceptance: { ...command.acceptance, name: 'Other' } }
          : { ...command, refusal: { reason: 'timeline' } }
      expect(isRepeat(next, other)).toBe(false)
    },
  )
})

it('every status has a stage, and a final one is archived', () => {
  const isFinal = (status: Status) => commandNames.every(name => !table[name].from.includes(status))
  for (const status of statuses) expect(stage({ status }) === 'archived').toBe(isFinal(status))
})

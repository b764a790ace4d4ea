/** Random histories of a referral: whatever is tried, in whatever order and at whatever time, some things hold. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Event } from '../../shared/event/contract.ts'
import { Problem } from '../../shared/platform/problem.ts'
import {
  type CommandName,
  condition,
  decide,
  effective,
  type Referral,
  stage,
} from '../../shared/referral/lifecycle.ts'
import { commandNames, commands, day, received, receivedAt } from '../unit/referral.ts'

const actorOf = (name: CommandName) =>
  ({
    kind: name === 'expire' || name === 'cool' ? 'timer' : name === 'withdraw' ? 'customer' : 'partner',
  }) as const

/** What was read before, so that commands are decided on what others have changed meanwhile. */
const step = fc.record({
  name: fc.constantFrom(...commandNames),
  wait: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: day }), fc.integer({ min: day, max: 20 * day })),
  readsBehind: fc.integer({ min: 0, max: 3 }),
})

/** The table of one item: takes a decision only on the condition that the lifecycle states. */
class Table {
  readonly versions: Referral[]
  readonly events: Event[]

  constructor(referral: Referral, event: Event) {
    this.versions = [referral]
    this.events = [event]
  }

  get present(): Referral {
    return this.versions.at(-1) as Referral
  }

  commit(next: Referral, event: Event, when: ReturnType<typeof condition>): boolean {
    const item = this.present as unknown as Record<string, unknown>
    const holds = Object.entries(when).every(([attribute, wanted]) => {
      const value = item[attribute]
      if (typeof wanted !== 'object') return value === wanted
      const { after, atOrBefore } = wanted as { after?: string; atOrBefore?: string }
      return after === undefined ? String(value) <= String(atOrBefore) : String(value) > after
    })
    if (!holds) return false
    this.versions.push(next)
    this.events.push(event)
    return true
  }
}

const terminal = new Set([
  'referral.declined',
  'referral.expired',
  'referral.won',
  'referral.lost',
  'referral.withdrawn',
])

it('has exactly one end, no gap in its events, and never shows what time has overtaken', () => {
  fc.assert(
    fc.property(fc.boolean(), fc.array(step, { maxLength: 40 }), (directContact, steps) => {
      const { referral, event } = received(directContact)
      const table = new Table(referral, event)
      let now = Date.parse(receivedAt)
      for (const { name, wait, readsBehind } of steps) {
        now += wait
        const at = new Date(now).toISOString()
        const read = table.versions.at(-1 - Math.min(readsBehind, table.versions.length - 1)) as Referral
        const before = table.present
        let taken = false
        try {
          const decision = decide(read, commands[name], actorOf(name), at)
          taken = table.commit(decision.next, decision.event, condition(name, read, at))
        } catch (error) {
          expect(error).toBeInstanceOf(Problem)
        }
        if (taken) expect(stage(before)).not.toBe('archived')
        else expect(table.present).toBe(before)
        if (taken) expect(read).toBe(before)

        const { present, events } = table
        expect(events.map(({ version }) => version)).toEqual(events.map((_, index) => index + 1))
        expect(present.version).toBe(events.length)
        const ends = events.filter(({ type }) => terminal.has(type))
        expect(ends.length).toBe(stage(present) === 'archived' ? 1 : 0)
        expect(events.filter(({ type }) => type === 'referral.cooled').length).toBeLessThanOrEqual(1)
        const seen = effective(present, at)
        if (seen.status === 'new') expect(present.respondBy > at).toBe(true)
        if (seen.urgency === 'hot') expect((present.urgentUntil ?? '') > at).toBe(true)
      }
    }),
    { numRuns: 2000 },
  )
})

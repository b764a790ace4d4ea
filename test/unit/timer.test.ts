import { describe, expect, it } from 'vitest'
import { decide, type Transition, transitions } from '../../shared/referral/lifecycle.ts'
import { duePartitions } from '../../shared/referral/store.ts'
import { timedEvents } from '../../shared/timer/contract.ts'
import { armedBy, atExpression, disarmedBy, timerName } from '../../shared/timer/rules.ts'
import { commandNames, commands, inStatus, later, received } from './referral.ts'

describe('a referral that is received', () => {
  it('arms its deadline', () => {
    const { referral, event } = received()
    const address = { partnerId: referral.partnerId, referralId: referral.id }
    expect(armedBy(event)).toEqual([{ kind: 'expire', ...address, dueAt: referral.respondBy }])
  })

  it('arms its cooling too when the customer wants direct contact', () => {
    const { referral, event } = received(true)
    expect(armedBy(event).map(({ kind, dueAt }) => [kind, dueAt])).toEqual([
      ['expire', referral.respondBy],
      ['cool', referral.urgentUntil],
    ])
  })

  it('arms no cooling that would come after its deadline', () => {
    const { event } = received(true)
    const brief = { ...event, data: { ...event.data, respondBy: later(3_600_000) } } as typeof event
    expect(armedBy(brief).map(({ kind }) => kind)).toEqual(['expire'])
  })
})

describe('a referral that waits for its answer', () => {
  const waiting = commandNames.filter(name => transitions[name].from[0] === 'new')

  it.each(waiting)('%s: is disarmed exactly when it waits no more', name => {
    const { referral, now } = inStatus('new')
    const { guard, by }: Transition = transitions[name]
    const at = guard ? (referral[guard.past] ?? now) : now
    const [kind = 'system'] = by
    const { next, event } = decide(referral, commands[name], { kind }, at)
    const waitsNoMore = next.status !== 'new'
    expect(disarmedBy(event).map(timer => timer.kind)).toEqual(waitsNoMore ? ['expire', 'cool'] : [])
    expect((timedEvents as readonly string[]).includes(event.type)).toBe(waitsNoMore)
  })
})

describe('a schedule', () => {
  it('has a name that EventBridge Scheduler takes', () => {
    const [timer] = armedBy(received().event)
    expect(timer && timerName(timer)).toMatch(/^[0-9a-zA-Z-_.]{1,64}$/)
  })

  it('never fires before its instant', () => {
    expect(atExpression('2026-03-15T09:00:00.000Z')).toBe('at(2026-03-15T09:00:00)')
    expect(atExpression('2026-03-15T09:00:00.001Z')).toBe('at(2026-03-15T09:00:01)')
  })
})

it('a sweep looks at each hour from the mark to now, up to its limit', () => {
  const hours = duePartitions('2026-03-01T10:59:00.000Z', '2026-03-01T13:01:00.000Z', 48)
  expect(hours.map(({ hour }) => hour.slice(11, 13))).toEqual(['10', '11', '12', '13'])
  expect(hours[0]?.partitions).toEqual([0, 1, 2, 3].map(shard => `DUE#2026-03-01T10#${shard}`))
  expect(duePartitions('2026-03-01T10:00:00.000Z', '2026-03-09T10:00:00.000Z', 48)).toHaveLength(48)
  expect(duePartitions('2026-03-02T10:00:00.000Z', '2026-03-01T10:00:00.000Z', 48)).toEqual([])
})

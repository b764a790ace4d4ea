import { describe, expect, it } from 'vitest'
import { asPartnerId } from '../../shared/kernel/ids.ts'
import { statuses } from '../../shared/referrals/referral/contract.ts'
import { deadlines } from '../../shared/referrals/referral/deadlines.ts'
import { duePartitions } from '../../shared/referrals/referral/store.ts'
import { allows, type Transition, transitions } from '../../shared/referrals/referral/transitions.ts'
import { timedEvents } from '../../shared/referrals/timer/contract.ts'
import { atExpression, sweepWindow, timerName } from '../../shared/referrals/timer/rules.ts'
import { aReferral, commandNames, inStatus, received, run } from '../fixtures/referral.ts'

it('timedEvents contains exactly the events that set or remove deadlines', () => {
  const declared = new Set<string>(timedEvents)
  const timed = new Set([received({ directContact: true }).event.type])
  for (const status of statuses) {
    const { referral, now } = inStatus(status)
    for (const name of commandNames) {
      const { guard }: Transition = transitions[name]
      const at = (guard?.past && referral[guard.past]) ?? now
      if (!allows(name, referral, at)) continue
      for (const { type, deadlines } of run(referral, name, at).events) if (deadlines) timed.add(type)
    }
  }
  // A denied win can be resumed, which sets the nudge.
  timed.add('referral.resumed')
  // An edit of the deal can change its close date, which moves the nudge.
  timed.add('referral.deal-edited')
  expect([...declared].sort()).toEqual([...timed].sort())
})

describe('a schedule', () => {
  const address = { partnerId: asPartnerId('ptr_1'), referralId: aReferral().id }
  const timers = deadlines(received({ directContact: true }).referral).map(deadline => ({
    ...deadline,
    ...address,
  }))

  it('has a valid EventBridge Scheduler name that differs for each deadline', () => {
    const names = timers.map(timerName)
    for (const name of names) expect(name).toMatch(/^[0-9a-zA-Z-_.]{1,64}$/)
    expect(new Set(names).size).toBe(timers.length)
  })

  it('has a different name for a different instant', () => {
    const [timer] = timers
    if (!timer) throw new Error('a new referral must have timers')
    expect(timerName({ ...timer, dueAt: '2026-03-20T09:00:00.000Z' })).not.toBe(timerName(timer))
  })

  it('rounds up to whole seconds, so that it never fires early', () => {
    expect(atExpression('2026-03-15T09:00:00.000Z')).toBe('at(2026-03-15T09:00:00)')
    expect(atExpression('2026-03-15T09:00:00.001Z')).toBe('at(2026-03-15T09:00:01)')
  })
})

describe('a sweep', () => {
  it('reads each day from the last sweep to now', () => {
    const days = duePartitions('2026-03-01T10:59:00.000Z', '2026-03-03T01:01:00.000Z')
    expect(days.map(({ day }) => day.slice(8, 10))).toEqual(['01', '02', '03'])
    expect(days[0]?.partitions).toEqual([0, 1, 2, 3].map(shard => `DUE#2026-03-01#${shard}`))
    expect(duePartitions('2026-03-02T10:00:00.000Z', '2026-03-01T10:00:00.000Z')).toEqual([])
  })

  it('covers each deadline in two runs before it is due', () => {
    const [first, second] = (['2026-03-01T09:00:00.000Z', '2026-03-01T09:15:00.000Z'] as const).map(
      sweepWindow,
    )
    const dueAt = '2026-03-01T09:17:01.000Z'
    for (const window of [first, second]) {
      expect(dueAt > (window?.aheadFrom ?? '')).toBe(true)
      expect(dueAt <= (window?.aheadUntil ?? '')).toBe(true)
    }
  })
})

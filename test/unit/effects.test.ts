/** The fields and the event data that each command sets. */
import { describe, expect, it } from 'vitest'
import { tagsIn } from '../../shared/program/rules.ts'
import type { Colleague, Deal, DealPatch } from '../../shared/referrals/referral/contract.ts'
import { commandFaults, decide, referralEvent } from '../../shared/referrals/referral/effects.ts'
import type { Command, Referral } from '../../shared/referrals/referral/referral.ts'
import { isRepeat } from '../../shared/referrals/referral/repeat.ts'
import type { Instant } from '../../shared/time/instant.ts'
import { aColleague, aReferral, commands, inStatus, received, run } from '../fixtures/referral.ts'
import { day, hour, later } from '../fixtures/time.ts'

const value = { amount: 5000, currency: 'EUR' }
const asPartner = (referral: Referral, command: Command, now: Instant) =>
  decide(referral, command, { kind: 'partner' }, now)

/** The pointer and the code of the only fault, or undefined when there is none. */
const failureOf = (action: () => unknown): string | undefined => {
  try {
    action()
    return undefined
  } catch (error) {
    const { data, code } = error as { code: string; data: { errors?: { pointer: string; code: string }[] } }
    const [fault] = data.errors ?? []
    return fault ? `${fault.pointer} ${fault.code}` : code
  }
}

const colleagues = (count: number): Colleague[] =>
  Array.from({ length: count }, (_, index) => aColleague({ id: `con_${index}` }))

describe('accept', () => {
  const { referral, now } = inStatus('new')
  const { next, events } = run(referral, 'accept', now)

  it('records the answer and the deal', () => {
    expect(next.answeredAt).toBe(now)
    expect(next.deal).toEqual({
      name: 'ERP',
      estimatedValue: { amount: 1000, currency: 'EUR' },
      estimatedCloseDate: '2099-01-01',
      estimated: 'given',
      notes: null,
      crmId: null,
    })
    expect(events[0]?.data).toEqual({
      estimatedValue: { amount: 1000, currency: 'EUR' },
      estimatedCloseDate: '2099-01-01',
      estimated: 'given',
      receivedAt: referral.receivedAt,
      tags: {
        industries: referral.need.industries,
        products: referral.need.products,
        services: referral.need.services,
        solutions: referral.need.solutions,
      },
    })
  })
})

describe('decline', () => {
  it('records the reason and closes the referral', () => {
    const { referral, now } = inStatus('new')
    const { next, events } = run(referral, 'decline', now)
    expect(next).toMatchObject({
      answeredAt: now,
      closedAt: now,
      decline: { reason: 'budget', notes: null },
    })
    expect(events[0]?.data).toMatchObject({ reason: 'budget', receivedAt: referral.receivedAt })
  })
})

describe('extend', () => {
  it('tells the earlier deadline', () => {
    const referral = aReferral()
    const { next, events } = run(referral, 'extend', later(hour))
    expect(events[0]?.data).toEqual({ respondBy: next.respondBy, previously: referral.respondBy })
    expect(next.extensionsLeft).toEqual([])
  })

  it('fails when no extension is left, although the table prevents it', () => {
    const referral = aReferral({ extensionsLeft: [] })
    expect(failureOf(() => run(referral, 'extend', later(hour)))).toBe('state-conflict')
  })
})

describe('cool', () => {
  it('ends the hot time and tells when it ended', () => {
    const { referral } = received({ directContact: true })
    const { next, events } = run(referral, 'cool', later(80 * hour))
    expect(next.urgency).toBe('cooled')
    expect(Object.values(events[0]?.data ?? {})).toEqual([later(72 * hour)])
  })
})

describe('reopen', () => {
  const { referral } = received({ directContact: true })
  const { next, events } = run(referral, 'reopen', later(15 * day))

  it('starts a time to answer without reminders, extensions and a further reopening', () => {
    expect(next).toMatchObject({
      remindAt: null,
      laterReminders: [],
      extensionsLeft: [],
      reopenUntil: null,
      closedAt: null,
      urgency: 'cooled',
    })
    expect(events.at(-1)?.data).toEqual({
      respondBy: later(17 * day),
      expiredAt: referral.respondBy,
      neutral: false,
    })
  })

  it('leaves a referral without direct contact as it is', () => {
    expect(run(aReferral(), 'reopen', later(15 * day)).next.urgency).toBeNull()
  })
})

describe('edit-deal', () => {
  const { referral, now } = inStatus('active')
  const edit = (patch: object) => asPartner(referral, { name: 'edit-deal', patch }, now)

  it('changes the fields of the patch and lists them in the event', () => {
    const { next, events } = edit({ name: 'ERP for all', notes: 'Two plants' })
    expect(next.deal).toEqual({ ...referral.deal, name: 'ERP for all', notes: 'Two plants' })
    expect(events[0]?.data).toEqual({ changed: ['name', 'notes'] })
  })

  it('keeps a suggested value as the suggestion until somebody changes the value', () => {
    const suggested = { ...referral, deal: { ...(referral.deal as Deal), estimated: 'default' as const } }
    const { amount, currency } = suggested.deal.estimatedValue
    const originAfter = (patch: DealPatch) =>
      asPartner(suggested, { name: 'edit-deal', patch }, now).next.deal?.estimated
    expect(originAfter({ estimatedCloseDate: '2099-02-01' })).toBe('default')
    expect(originAfter({ estimatedValue: { amount, currency } })).toBe('default')
    expect(originAfter({ name: 'ERP for all' })).toBe('default')
    expect(originAfter({ estimatedValue: { amount: amount + 1, currency } })).toBe('given')
    expect(originAfter({ estimatedValue: { amount, currency: 'CHF' } })).toBe('given')
  })

  it('does not move the nudge when the close date stays', () => {
    const { estimatedCloseDate } = referral.deal ?? {}
    const moved = { ...referral, nudgeAt: later(day) }
    const command: Command = { name: 'edit-deal', patch: { estimatedCloseDate } }
    expect(asPartner(moved, command, now).next.nudgeAt).toBe(later(day))
  })

  it('refuses a close date in the past of every time zone', () => {
    expect(failureOf(() => edit({ estimatedCloseDate: '2026-02-27' }))).toBe(
      '/estimatedCloseDate in-the-past',
    )
    expect(failureOf(() => edit({ estimatedCloseDate: '2127-01-01' }))).toBe('/estimatedCloseDate too-late')
  })
})

describe('add-colleague and remove-colleague', () => {
  const { referral, now } = inStatus('active')

  it('add and remove one colleague, and tell the id', () => {
    const added = run({ ...referral, colleagues: colleagues(2) }, 'add-colleague', now)
    expect(added.next.colleagues.map(({ id }) => id)).toEqual(['con_0', 'con_1', 'con_1'])
    expect(Object.values(added.events[0]?.data ?? {})).toEqual(['con_1'])
    const removed = run({ ...referral, colleagues: colleagues(2) }, 'remove-colleague', now)
    expect(removed.next.colleagues.map(({ id }) => id)).toEqual(['con_0'])
    expect(Object.values(removed.events[0]?.data ?? {})).toEqual(['con_1'])
  })

  it('recognise the same person again, and refuse another person with the same address', () => {
    const present = { ...referral, colleagues: [aColleague({ id: 'con_7' })] }
    const same: Command = { name: 'add-colleague', colleague: aColleague() }
    const namesake: Command = {
      name: 'add-colleague',
      colleague: aColleague({ firstName: 'Kim', email: 'KEY@partner.example' }),
    }
    const other: Command = { name: 'add-colleague', colleague: aColleague({ email: 'kim@partner.example' }) }
    expect([same, namesake, other].map(command => isRepeat(present, command, 1))).toEqual([
      true,
      false,
      false,
    ])
    const codesOf = (command: Command) =>
      commandFaults(present, command, now).map(({ pointer, code }) => `${pointer} ${code}`)
    expect([same, namesake, other].map(codesOf)).toEqual([[], ['/email repeated'], []])
  })

  it('remove-colleague answers not-found for an unknown id', () => {
    for (const others of [[], [aColleague({ id: 'con_9' })]])
      expect(failureOf(() => run({ ...referral, colleagues: others }, 'remove-colleague', now))).toBe(
        'not-found',
      )
  })

  it('allow 50 colleagues', () => {
    expect(
      run({ ...referral, colleagues: colleagues(49) }, 'add-colleague', now).next.colleagues,
    ).toHaveLength(50)
    expect(failureOf(() => run({ ...referral, colleagues: colleagues(50) }, 'add-colleague', now))).toBe(
      ' too-many',
    )
    const fresh = { ...aReferral(), colleagues: colleagues(50) }
    expect(failureOf(() => run(fresh, 'accept', now))).toBe('/colleagues too-many')
  })
})

describe('win and lose', () => {
  const { referral, now } = inStatus('active')
  const close = (more: object, at = now) =>
    asPartner(referral, { name: 'win', request: { result: 'won', ...more } }, at)

  it('record the outcome, and the date of today unless another one is given', () => {
    const { next, events } = close({ value })
    expect(next.closedAt).toBe(now)
    expect(next.outcome).toEqual({ result: 'won', reason: null, notes: null, value, closedOn: '2026-03-01' })
    expect(events[0]?.data).toMatchObject({ value, closedOn: '2026-03-01', receivedAt: referral.receivedAt })
    expect(close({ closedOn: '2026-02-28', notes: 'Signed' }).next.outcome).toMatchObject({
      closedOn: '2026-02-28',
      notes: 'Signed',
    })
  })

  it('record the reason of a loss', () => {
    const { next, events } = run(referral, 'lose', now)
    expect(next.outcome).toMatchObject({ result: 'lost', reason: 'budget' })
    expect(next.closedAt).toBe(now)
    expect(events[0]?.data).toMatchObject({ reason: 'budget', value: null, receivedAt: referral.receivedAt })
  })

  it('accept a date that is today in some time zone, and on or after the receipt', () => {
    // It is 10:00 UTC on 1 March: in UTC+14 the day after begins at midnight, in UTC-12 the day before has not ended.
    expect(failureOf(() => close({ closedOn: '2026-03-02' }))).toBe(undefined)
    expect(failureOf(() => close({ closedOn: '2026-03-03' }))).toBe('/closedOn in-the-future')
    expect(failureOf(() => close({ closedOn: '2026-02-28' }))).toBe(undefined)
    expect(failureOf(() => close({ closedOn: '2026-02-27' }))).toBe('/closedOn too-early')
  })
})

describe('withdraw', () => {
  it.each([
    ['new', false],
    ['active', true],
  ] as const)('closes a referral that is %s, and records whether it was accepted', (status, accepted) => {
    const { referral, now } = inStatus(status)
    const { next, events } = run(referral, 'withdraw', now)
    expect(next.closedAt).toBe(now)
    expect(events[0]?.data).toEqual({
      accepted,
      receivedAt: referral.receivedAt,
      tags: tagsIn(referral.need),
    })
  })
})

describe('decide', () => {
  it('names the actors who may give a command', () => {
    const { referral, now } = inStatus('active')
    expect(() => decide(referral, commands.withdraw, { kind: 'partner' }, now)).toThrow(
      /customer or operator/,
    )
  })
})

describe('a fault', () => {
  it('says what is wrong', () => {
    const { referral, now } = inStatus('active')
    const full = { ...referral, colleagues: colleagues(50) }
    const faults: (() => unknown)[] = [
      () => asPartner(referral, { name: 'edit-deal', patch: { estimatedCloseDate: '2026-02-27' } }, now),
      () => asPartner(referral, { name: 'edit-deal', patch: { estimatedCloseDate: '2127-01-01' } }, now),
      () => asPartner(referral, { name: 'win', request: { result: 'won', closedOn: '2026-03-03' } }, now),
      () => asPartner(referral, { name: 'win', request: { result: 'won', closedOn: '2026-02-27' } }, now),
      () => run(full, 'add-colleague', now),
    ]
    for (const fault of faults) {
      try {
        fault()
        expect.unreachable()
      } catch (error) {
        const [first] = (error as { data: { errors: { detail: string }[] } }).data.errors
        expect(first?.detail).toMatch(/\w+ \w+/)
      }
    }
  })
})

describe('referralEvent', () => {
  it('names the referral, its version and its place', () => {
    const referral = aReferral()
    const { id, rfiId, partnerId, region, locationId } = referral
    const event = referralEvent(
      referral,
      'referral.withdrawn',
      { kind: 'customer' },
      {},
      later(hour),
      referral,
    )
    expect(event).toEqual({
      id: `${id}.1`,
      type: 'referral.withdrawn',
      at: later(hour),
      actor: { kind: 'customer' },
      subject: { rfiId, referral: { id, partnerId, region, locationId } },
      version: 1,
      data: {},
    })
  })
})

describe('isRepeat', () => {
  const { referral: active, now } = inStatus('active')

  it('recognises a close with the same content', () => {
    const won = run(active, 'win', now).next
    expect(isRepeat(won, commands.win, 1)).toBe(true)
    expect(isRepeat(won, { name: 'win', request: { result: 'won', value } }, 1)).toBe(false)
    expect(isRepeat(won, { name: 'win', request: { result: 'won', notes: 'Signed' } }, 1)).toBe(false)
    expect(isRepeat(won, { name: 'win', request: { result: 'won', closedOn: '2026-02-28' } }, 1)).toBe(false)
    expect(isRepeat(active, commands.win, 1)).toBe(false)
    // The customer has denied the win: a new report is no repetition.
    expect(isRepeat({ ...won, winDeniedAt: now }, commands.win, 1)).toBe(false)
    const lost = run(active, 'lose', now).next
    expect(isRepeat(lost, commands.lose, 1)).toBe(true)
    expect(isRepeat(lost, { name: 'lose', request: { result: 'lost', reason: 'timeline' } }, 1)).toBe(false)
  })

  it('recognises an acceptance by its deal and its colleagues', () => {
    const { id: _, ...colleague } = aColleague()
    const { id: __, ...other } = aColleague({ email: 'other@partner.example' })
    const { request } = commands.accept
    const repeated = (...colleagues: (typeof colleague)[]) =>
      isRepeat(active, { ...commands.accept, request: { ...request, colleagues } }, 1)
    expect(repeated()).toBe(true)
    expect(repeated(colleague)).toBe(true)
    expect(repeated(other)).toBe(false)
    expect(repeated(colleague, other)).toBe(false)
    // Colleagues that were added later do not matter.
    const more = {
      ...active,
      colleagues: [...active.colleagues, aColleague({ email: 'later@partner.example' })],
    }
    expect(isRepeat(more, { ...commands.accept, request: { ...request, colleagues: [colleague] } }, 1)).toBe(
      true,
    )
  })

  it('does not recognise an acceptance before there is one', () => {
    expect(isRepeat(aReferral(), commands.accept, 1)).toBe(false)
    expect(isRepeat(aReferral(), commands.decline, 1)).toBe(false)
  })

  it('recognises no extension of a referral that was changed without one', () => {
    const changed = run(aReferral(), 'add-colleague', later(hour)).next
    expect(isRepeat(changed, commands.extend, 1)).toBe(false)
  })

  it('recognises an edit that changes nothing', () => {
    expect(isRepeat(active, { name: 'edit-deal', patch: { name: active.deal?.name } }, 1)).toBe(true)
    expect(isRepeat(active, { name: 'edit-deal', patch: { name: 'Other' } }, 1)).toBe(false)
    expect(isRepeat(active, { name: 'edit-deal', patch: { estimatedValue: value } }, 1)).toBe(false)
  })

  it('recognises no repeat of changes that can be made twice, and of timers', () => {
    for (const name of ['remove-colleague', 'withdraw', 'expire', 'cool', 'remind', 'nudge'] as const)
      expect(isRepeat(active, commands[name], 1)).toBe(false)
  })

  it('requires that a repeated reopening is still open', () => {
    const reopened = run(aReferral(), 'reopen', later(15 * day)).next
    const declined = run(reopened, 'decline', later(15 * day)).next
    expect(isRepeat(declined, commands.reopen, 1)).toBe(false)
    expect(isRepeat(aReferral(), commands.reopen, 1)).toBe(false)
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { asPartnerId, asReferralId } from '../../shared/kernel/ids.ts'
import { assignSlot, type Day, dueAtOf, type HeldMail, newDay } from '../../shared/messaging/digest/rules.ts'
import { dayKey } from '../../shared/messaging/digest/store.ts'
import type { Policy } from '../../shared/program/policy/contract.ts'
import { defaultPolicy } from '../../shared/program/policy/rules.ts'

const berlin: Policy['calendars'][string] = {
  responseTime: 'PT80H',
  zone: 'Europe/Berlin',
  workingDays: [1, 2, 3, 4, 5],
  workingHours: { from: '09:00', to: '17:00' },
  holidays: ['2026-04-03', '2026-04-06'],
}
const policyWithCalendar: Policy = { ...defaultPolicy, calendars: { DE: berlin } }
const key = {
  partnerId: asPartnerId('ptr_1'),
  region: 'DE',
  address: 'one@partner.example',
  day: '2026-03-04',
}

const mail = (number: number): HeldMail => ({
  mailId: `m${number}`,
  referralId: asReferralId(`ref_${number}`),
  version: 1,
})
const mails = (count: number) => Array.from({ length: count }, (_, index) => mail(index))

/** Assigns the mails in order; returns the day and the ids of the mails that wait for the digest. */
const assignAll = (day: Day, held: readonly HeldMail[], limit: number) =>
  held.reduce<{ day: Day; waiting: string[] }>(
    (before, one) => {
      const { day, isHeld } = assignSlot(before.day, one, limit)
      return { day, waiting: [...before.waiting, ...(isHeld ? [one.mailId] : [])] }
    },
    { day, waiting: [] },
  )

const empty = newDay(key, defaultPolicy)

describe('the digest of a day', () => {
  it('is due at the end of the day in UTC in a region without a calendar', () => {
    expect(dueAtOf('2026-03-04', 'DE', defaultPolicy)).toBe('2026-03-05T00:00:00.000Z')
    expect(dueAtOf('2026-12-31', 'FR', policyWithCalendar)).toBe('2027-01-01T00:00:00.000Z')
  })

  it.each([
    ['a Wednesday’s', '2026-03-04', '2026-03-05T08:00:00.000Z'],
    ['a Friday’s', '2026-03-06', '2026-03-09T08:00:00.000Z'],
    ['that of the day before Good Friday', '2026-04-02', '2026-04-07T07:00:00.000Z'],
    ['that of the day before the clocks change', '2026-03-28', '2026-03-30T07:00:00.000Z'],
  ])('in a region with a calendar, the digest of %s is due when working hours begin', (_, day, dueAt) => {
    expect(dueAtOf(day, 'DE', policyWithCalendar)).toBe(dueAt)
    expect(newDay({ ...key, day }, policyWithCalendar)).toMatchObject({ version: 0, state: 'open', dueAt })
  })

  it('is due at once when the UTC day ends within working hours', () => {
    const tokyo = { ...berlin, zone: 'Asia/Tokyo', holidays: [] }
    const policy = { ...defaultPolicy, calendars: { JP: tokyo } }
    expect(dueAtOf('2026-03-04', 'JP', policy)).toBe('2026-03-05T00:00:00.000Z')
  })

  it('has a key of its own for each partner, region, address and day, without the address', () => {
    const others = [
      { partnerId: 'ptr_2' },
      { region: 'FR' },
      { address: 'two@p.example' },
      { day: '2026-03-05' },
    ]
    const keys = [{}, ...others].map(other => JSON.stringify(dayKey({ ...key, ...other })))
    expect(new Set(keys).size).toBe(5)
    expect(keys.join()).not.toContain('partner.example')
  })
})

describe('assignSlot', () => {
  it('sends mails one by one up to the limit and holds the others for the digest', () => {
    const { day, waiting } = assignAll(empty, mails(5), 3)
    expect(waiting).toEqual(['m3', 'm4'])
    expect(day).toMatchObject({ version: 5, sent: ['m0', 'm1', 'm2'], held: [mail(3), mail(4)], more: 0 })
  })

  it('holds every mail when the limit is 0', () => {
    expect(assignAll(empty, mails(2), 0).waiting).toEqual(['m0', 'm1'])
  })

  it('returns the same result for a mail that comes again, in any order', () => {
    const { day } = assignAll(empty, mails(5), 3)
    const again = assignAll(day, mails(5).toReversed(), 3)
    expect(again.day).toBe(day)
    expect(again.waiting).toEqual(['m4', 'm3'])
    // The result is stable even if the limit of the policy has changed.
    expect(assignAll(day, mails(5), 10).waiting).toEqual(['m3', 'm4'])
    expect(assignAll(day, mails(5), 0).waiting).toEqual(['m3', 'm4'])
  })

  it('sends mails one by one after the digest was sent', () => {
    const { day } = assignAll(empty, mails(5), 3)
    const gone: Day = { ...day, state: 'sent', version: 6 }
    expect(assignAll(gone, [mail(7)], 3)).toMatchObject({ waiting: [], day: { version: 7, held: day.held } })
    expect(assignAll(gone, [mail(4)], 3).waiting).toEqual(['m4'])
  })

  it('lists at most 200 held mails and counts the others', () => {
    const { day, waiting } = assignAll(empty, mails(260), 10)
    expect(waiting).toHaveLength(250)
    expect(day.held).toHaveLength(200)
    expect(day.more).toBe(50)
    expect(assignAll(day, mails(260), 10).waiting).toEqual(waiting)
    // DynamoDB limits an item to 400 KB.
    expect(JSON.stringify(day).length).toBeLessThan(100_000)
  })

  it('never changes a slot and never sends more mails one by one than the limit', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(20), { maxLength: 60 }), fc.nat(12), (numbers, limit) => {
        const places = new Map<string, boolean>()
        let day = empty
        for (const number of numbers) {
          const { day: next, isHeld } = assignSlot(day, mail(number), limit)
          const { mailId } = mail(number)
          expect(places.get(mailId) ?? isHeld).toBe(isHeld)
          expect(next === day).toBe(places.has(mailId))
          expect(next.version).toBe(day.version + (next === day ? 0 : 1))
          places.set(mailId, isHeld)
          day = next
        }
        const held = day.held.map(({ mailId }) => mailId)
        expect(day.sent.length).toBe(Math.min(limit, places.size))
        expect([...day.sent, ...held].toSorted()).toEqual([...places.keys()].toSorted())
        expect(held).toEqual([...places].filter(([, isHeld]) => isHeld).map(([mailId]) => mailId))
      }),
    )
  })
})

/** Random lives of referrals in regions with a calendar: each instant that they make for people is in working time. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Policy } from '../../shared/program/policy/contract.ts'
import { defaultPolicy, planOf, regionTime } from '../../shared/program/policy/rules.ts'
import { decide } from '../../shared/referrals/referral/effects.ts'
import type { Command, CommandName, Referral } from '../../shared/referrals/referral/referral.ts'
import { allows, transitions } from '../../shared/referrals/referral/transitions.ts'
import { type Hours, nextWorkingInstant } from '../../shared/time/calendar.ts'
import { after, type Duration } from '../../shared/time/duration.ts'
import { type Instant, instantOf } from '../../shared/time/instant.ts'
import { commands, received } from '../fixtures/referral.ts'
import { depth } from './depth.ts'

type PolicyCalendar = Policy['calendars'][string]

const region = 'DE'

const shapes: readonly Hours[][] = [
  [{ from: '09:00', to: '17:00' }],
  [
    { from: '08:30', to: '12:00' },
    { from: '13:00', to: '17:15' },
  ],
  [{ from: '00:00', to: '24:00' }],
  [{ from: '22:00', to: '24:00' }],
  [{ from: '09:00', to: '12:00' }],
]

const calendars: fc.Arbitrary<PolicyCalendar> = fc.record({
  responseTime: fc.constantFrom<Duration>('PT8H', 'PT40H', 'PT80H'),
  zone: fc.constantFrom('Europe/Berlin', 'Pacific/Auckland', 'America/Los_Angeles', 'Asia/Kathmandu'),
  workingDays: fc.subarray([1, 2, 3, 4, 5, 6, 7], { minLength: 1 }),
  workingHours: fc.constant({ from: '09:00', to: '17:00' }),
  hours: fc.dictionary(fc.constantFrom('1', '2', '3', '4', '5', '6', '7'), fc.constantFrom(...shapes)),
  holidays: fc.subarray(['12-24', '12-25', '12-26', '01-01', '2026-12-28', '2027-01-04']),
})

/** A command, and the time that passes before it. A timer fires at its deadline. */
const steps = fc.array(
  fc.record({
    name: fc.constantFrom<CommandName>(
      'accept',
      'extend',
      'remind',
      'expire',
      'reopen',
      'nudge',
      'edit-deal',
      'win',
      'deny-win',
      'resume',
      'supersede',
      'reinstate',
    ),
    hours: fc.integer({ min: 0, max: 60 }),
    closesIn: fc.integer({ min: 1, max: 40 }),
  }),
  { minLength: 1, maxLength: 12 },
)

const later = (at: Instant, hours: number): Instant => after(at, `PT${hours}H`)

/** Instants at which a timer fires, or from which an answer comes too late. */
const dueAt = (name: CommandName, { remindAt, respondBy, nudgeAt }: Referral): Instant | null =>
  ({ remind: remindAt, expire: respondBy, nudge: nudgeAt })[name as 'remind'] ?? null

const commandOf = (name: CommandName, at: Instant, closesIn: number, policy: Policy): Command => {
  const estimatedCloseDate = later(at, 24 * closesIn).slice(0, 10)
  if (name === 'accept')
    return { ...commands.accept, request: { ...commands.accept.request, estimatedCloseDate } }
  if (name === 'edit-deal') return { name, patch: { estimatedCloseDate } }
  if (name === 'reinstate')
    return { name, span: planOf(policy, { receivedAt: at, region, directContact: false }) }
  return commands[name]
}

it('every deadline, reminder and nudge of a referral is in the working time of its region', () => {
  const starts = fc.integer({ min: Date.UTC(2026, 10), max: Date.UTC(2027, 3) })
  fc.assert(
    fc.property(calendars, starts, steps, (calendar, start, life) => {
      const policy: Policy = {
        ...defaultPolicy,
        maxResponseTime: 'P9999D',
        calendars: { [region]: calendar },
      }
      const time = regionTime(policy, region)
      const isMailTime = (at: Instant) => nextWorkingInstant(at, calendar) === at
      const isDeadline = (at: Instant) => isMailTime(instantOf(new Date(Date.parse(at) - 1)))
      const check = ({ respondBy, reopenUntil, nudgeAt, ...referral }: Referral) => {
        const deadlines = [respondBy, reopenUntil, ...referral.extensionsLeft.map(span => span.respondBy)]
        const mails = [nudgeAt, referral.remindAt, ...referral.laterReminders]
        expect(deadlines.filter(at => at !== null && !isDeadline(at))).toEqual([])
        expect(mails.filter(at => at !== null && !isMailTime(at))).toEqual([])
      }
      let now = instantOf(new Date(start))
      let { referral } = received({ region }, { policy, at: now })
      check(referral)
      for (const { name, hours, closesIn } of life) {
        const due = dueAt(name, referral)
        const at = due && due > now ? due : later(now, hours)
        if (!allows(name, referral, at)) continue
        now = at
        const [kind] = transitions[name].by
        referral = decide(referral, commandOf(name, now, closesIn, policy), { kind }, now, time).next
        check(referral)
      }
    }),
    { numRuns: 500 * depth },
  )
})

/** A random history of a desk: what people do, what time does, and what goes wrong on the way. */
import fc from 'fast-check'
import { type Act, day, hour, minute, type Numbers, second } from './model.ts'

/** What somebody is about to do; dates are so many days ahead of whenever they do it. */
type Intent =
  | { readonly do: 'accept'; readonly deal: string; readonly closesIn: number }
  | { readonly do: 'edit-deal'; readonly deal: string; readonly closesIn: number | null }
  | Exclude<Act, { do: 'accept' | 'edit-deal' }>

/** Somebody, who has seen the newest version or an older one, does something to one of the referrals. */
export interface Deed {
  readonly on: number
  readonly intent: Intent
  readonly behind: number
}

/** A timer comes for a referral, whatever for. */
type Wake = { readonly on: number; readonly intent: 'wake' }

/** Something else that happens before the call with this number that a step makes to AWS. */
export interface Meanwhile {
  readonly call: number
  readonly what: Deed | Wake
}

/** Those of a number of things; any number will do. */
type Which = number

export type Step =
  | { readonly step: 'do'; readonly what: Deed | Wake; readonly meanwhile: Meanwhile | null }
  /** Time passes, and nothing that falls due happens. */
  | { readonly step: 'wait'; readonly ms: number }
  /** Time passes until just before, at or after an instant at which something falls due. */
  | { readonly step: 'wait-for'; readonly which: Which; readonly offset: number }
  /** Time passes, and all that falls due happens when it does. */
  | { readonly step: 'live'; readonly ms: number }
  /** An event comes to arm-timers: any, also one that came before. */
  | { readonly step: 'deliver'; readonly which: Which; readonly meanwhile: Meanwhile | null }
  /** A schedule fires, due or not: once, and again later, or to no effect at all. */
  | { readonly step: 'fire'; readonly which: Which; readonly how: 'once' | 'twice' | 'lost' }
  /** A message of the timers queue comes to on-timer. */
  | { readonly step: 'receive'; readonly which: Which }
  /** Somebody deletes a schedule by hand. */
  | { readonly step: 'delete-schedule'; readonly which: Which }
  | { readonly step: 'sweep' }
  /** All that is under way arrives. */
  | { readonly step: 'settle' }

export interface History {
  readonly numbers: Numbers
  readonly recipients: number
  readonly isHot: boolean
  /** Epoch milliseconds. */
  readonly start: number
  /** In a healthy one timers fire when due and events arrive at once. */
  readonly isHealthy: boolean
  readonly steps: readonly Step[]
}

const which = fc.nat(20)
const deal = fc.constantFrom('ERP', 'CRM')
const closesIn = fc.constantFrom(0, 3, 15)
/** Reasons of each kind: that count, that count as a misfit, and that do not count. */
const declined = fc.constantFrom('budget', 'not-our-field', 'misrouted')
const lost = fc.constantFrom('budget', 'requirements-not-met')
const contact = fc.constantFrom('con_1', 'con_2')
const bare = (...names: ('extend' | 'reopen' | 'win' | 'withdraw' | 'withdraw-all')[]) =>
  fc.record({ do: fc.constantFrom(...names) })

const intent: fc.Arbitrary<Intent> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('accept' as const), deal, closesIn }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('edit-deal' as const),
      deal,
      closesIn: fc.option(closesIn),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('decline' as const), reason: declined }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('lose' as const), reason: lost }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom('add-contact' as const, 'add-contact' as const, 'remove-contact' as const),
      contact,
    }),
  },
  { weight: 3, arbitrary: bare('extend') },
  { weight: 4, arbitrary: bare('reopen') },
  { weight: 3, arbitrary: bare('win', 'withdraw', 'withdraw-all') },
)

const on = fc.nat(1)
const behind = fc.oneof({ weight: 5, arbitrary: fc.constant(0) }, fc.integer({ min: 1, max: 3 }))
const deed: fc.Arbitrary<Deed> = fc.record({ on, intent, behind })
const wake: fc.Arbitrary<Wake> = fc.record({ on, intent: fc.constant('wake' as const) })
const happening = fc.oneof({ weight: 6, arbitrary: deed }, { weight: 1, arbitrary: wake })
const meanwhile = fc.option(fc.record({ call: fc.nat(5), what: happening }), { freq: 3 })

/** From a second to 20 days, as often short as long. */
const length = fc.oneof(
  fc.integer({ min: second, max: 2 * minute }),
  fc.integer({ min: minute, max: hour }),
  fc.integer({ min: hour, max: 2 * day }),
  fc.integer({ min: day, max: 20 * day }),
)

const act: fc.Arbitrary<Step> = fc.record({ step: fc.constant('do' as const), what: happening, meanwhile })
const live: fc.Arbitrary<Step> = fc.record({ step: fc.constant('live' as const), ms: length })
const sweep: fc.Arbitrary<Step> = fc.record({ step: fc.constant('sweep' as const) })

const faulty: fc.Arbitrary<Step> = fc.oneof(
  { weight: 10, arbitrary: act },
  { weight: 2, arbitrary: live },
  { weight: 2, arbitrary: sweep },
  { weight: 2, arbitrary: fc.record({ step: fc.constant('wait' as const), ms: length }) },
  {
    weight: 3,
    arbitrary: fc.record({
      step: fc.constant('wait-for' as const),
      which,
      offset: fc.constantFrom(-20 * minute, -second, -1, 0, 1, 5 * minute),
    }),
  },
  { weight: 4, arbitrary: fc.record({ step: fc.constant('deliver' as const), which, meanwhile }) },
  {
    weight: 3,
    arbitrary: fc.record({
      step: fc.constant('fire' as const),
      which,
      how: fc.constantFrom('once' as const, 'twice' as const, 'lost' as const),
    }),
  },
  { weight: 3, arbitrary: fc.record({ step: fc.constant('receive' as const), which }) },
  { weight: 1, arbitrary: fc.record({ step: fc.constant('delete-schedule' as const), which }) },
  { weight: 2, arbitrary: fc.record({ step: fc.constant('settle' as const) }) },
)

const healthy: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: act },
  { weight: 2, arbitrary: live },
  { weight: 1, arbitrary: sweep },
)

const hours = (most: number) => fc.integer({ min: 1, max: most }).map(count => count * hour)

const numbers: fc.Arbitrary<Numbers> = fc.oneof(
  // As the program comes.
  fc.constant({
    answer: 14 * day,
    urgent: 72 * hour,
    remindAfter: 24 * hour,
    remindBefore: 3 * day,
    extension: { time: 7 * day, most: 1 },
    reopening: { within: 48 * hour, answer: 48 * hour },
    nudgeEvery: 14 * day,
  }),
  fc.record({
    answer: hours(20 * 24),
    urgent: hours(100),
    remindAfter: hours(50),
    remindBefore: hours(100),
    extension: fc.record({ time: hours(200), most: fc.nat(3) }),
    reopening: fc.option(fc.record({ within: hours(100), answer: hours(100) })),
    nudgeEvery: fc.option(hours(20 * 24)),
  }),
)

const historyOf = (isHealthy: boolean, step: fc.Arbitrary<Step>, most: number): fc.Arbitrary<History> =>
  fc.record({
    numbers,
    recipients: fc.integer({ min: 1, max: 2 }),
    isHot: fc.boolean(),
    start: fc.integer({ min: Date.parse('2026-01-01'), max: Date.parse('2027-01-01') }),
    isHealthy: fc.constant(isHealthy),
    steps: fc.array(step, { maxLength: most, size: 'max' }),
  })

/** @param most steps at most */
export const history = (most = 20): fc.Arbitrary<History> =>
  fc.oneof(
    { weight: 4, arbitrary: historyOf(false, faulty, most) },
    { weight: 1, arbitrary: historyOf(true, healthy, most) },
  )

/** Generator of random histories: actions of people, passage of time and faults. */
import fc from 'fast-check'
import type { DeadlineKind } from '../../shared/events/contract.ts'
import type { CommandName } from '../../shared/referrals/referral/referral.ts'
import {
  type Action,
  day,
  hour,
  minute,
  type PolicyNumbers,
  type RfiAction,
  second,
} from './referral-model.ts'

/** An action before it is executed. Dates are days from the instant of execution. */
export type Intent =
  | { readonly do: 'accept'; readonly deal: string; readonly closesIn: number }
  | { readonly do: 'edit-deal'; readonly deal: string; readonly closesIn: number | null }
  | Exclude<Action, { do: 'accept' | 'edit-deal' }>

/** A person executes an action on one referral, with its present version or an older one. */
export interface PersonActs {
  readonly on: number
  readonly intent: Intent
  /** Number of versions that the person is behind. */
  readonly behind: number
}

/** A timer fires for any deadline of a referral. */
export interface TimerFires {
  readonly on: number
  readonly intent: 'timer'
}

/** An action right before the AWS call with this number within a step. */
export interface Interruption {
  readonly call: number
  readonly what: PersonActs | TimerFires
}

/** Index into a list, modulo its length. */
type Which = number

export type Step =
  | {
      readonly step: 'do'
      readonly what: PersonActs | TimerFires
      readonly interruption: Interruption | null
    }
  /** Time passes, but no timer fires and no event is delivered. */
  | { readonly step: 'wait'; readonly ms: number }
  /** Like `wait`, until just before, at or after a deadline or the end of reopening. */
  | { readonly step: 'wait-for'; readonly which: Which; readonly offset: number }
  /** Time passes, each timer fires when it is due, and all events are delivered. */
  | { readonly step: 'live'; readonly ms: number }
  /** An event is delivered to arm-timers, possibly again. */
  | { readonly step: 'deliver'; readonly which: Which; readonly interruption: Interruption | null }
  /** A schedule fires, whether due or not. `twice` keeps it for a second time, `lost` sends no message. */
  | { readonly step: 'fire'; readonly which: Which; readonly how: 'once' | 'twice' | 'lost' }
  /** A message of the timers queue is delivered to on-timer. */
  | { readonly step: 'receive'; readonly which: Which }
  /** A schedule is deleted. */
  | { readonly step: 'delete-schedule'; readonly which: Which }
  | { readonly step: 'sweep' }
  /** All pending events and messages are delivered. */
  | { readonly step: 'settle' }

export interface History {
  readonly numbers: PolicyNumbers
  readonly recipients: number
  readonly isHot: boolean
  /** Epoch milliseconds. */
  readonly start: number
  /** In a healthy history, timers fire when they are due and events are delivered at once. */
  readonly isHealthy: boolean
  readonly steps: readonly Step[]
}

const which = fc.nat(20)
const deal = fc.constantFrom('ERP', 'CRM')
const closesIn = fc.constantFrom(0, 3, 15)
/** One reason that counts for reputation, one that counts as a misfit, and a neutral one. */
const declineReason = fc.constantFrom('budget', 'not-our-field', 'misrouted')
const lossReason = fc.constantFrom('budget', 'requirements-not-met')
const colleague = fc.constantFrom('con_1', 'con_2')

type IntentOf<N extends Intent['do']> = Intent & { readonly do: N }

/** Returns the intent of an action with arbitrary values of its other properties. */
const intentOf = <N extends Intent['do']>(
  name: N,
  more: { readonly [K in Exclude<keyof IntentOf<N>, 'do'>]: fc.Arbitrary<IntentOf<N>[K]> },
) => fc.record({ do: fc.constant(name), ...more }) as unknown as fc.Arbitrary<IntentOf<N>>

/** Actions that execute commands under another name. */
const causes = {
  'undo-decline': 'undo',
  'undo-close': 'undo',
  supersede: 'choose',
  reinstate: 'reopen-rfi',
  'note-choice': 'choose',
  'confirm-win': 'choose',
  'deny-win': 'deny-win',
} as const satisfies Partial<Record<CommandName, Action['do']>>

/** Commands that people execute under their own name. The others are executed by timers, or have a cause. */
export type PersonCommandName = Exclude<CommandName, DeadlineKind | keyof typeof causes>

type Intents = {
  readonly [N in PersonCommandName | 'undo' | RfiAction['do']]: fc.WeightedArbitrary<IntentOf<N>>
}

/** Intents by action. A command without an entry here or in `causes` does not compile. */
const intents: Intents = {
  accept: { weight: 6, arbitrary: intentOf('accept', { deal, closesIn }) },
  decline: { weight: 2, arbitrary: intentOf('decline', { reason: declineReason }) },
  extend: { weight: 6, arbitrary: intentOf('extend', {}) },
  reopen: { weight: 8, arbitrary: intentOf('reopen', {}) },
  'edit-deal': { weight: 4, arbitrary: intentOf('edit-deal', { deal, closesIn: fc.option(closesIn) }) },
  'add-colleague': { weight: 5, arbitrary: intentOf('add-colleague', { colleague }) },
  'remove-colleague': { weight: 3, arbitrary: intentOf('remove-colleague', { colleague }) },
  win: { weight: 4, arbitrary: intentOf('win', {}) },
  lose: { weight: 3, arbitrary: intentOf('lose', { reason: lossReason }) },
  'show-contact': { weight: 2, arbitrary: intentOf('show-contact', {}) },
  undo: { weight: 6, arbitrary: intentOf('undo', {}) },
  resume: { weight: 5, arbitrary: intentOf('resume', {}) },
  withdraw: { weight: 1, arbitrary: intentOf('withdraw', {}) },
  'withdraw-all': { weight: 1, arbitrary: intentOf('withdraw-all', {}) },
  choose: { weight: 9, arbitrary: intentOf('choose', {}) },
  'choose-other': {
    weight: 2,
    arbitrary: intentOf('choose-other', { outcome: fc.constantFrom('elsewhere' as const, 'none' as const) }),
  },
  'reopen-rfi': { weight: 5, arbitrary: intentOf('reopen-rfi', {}) },
  'deny-win': { weight: 12, arbitrary: intentOf('deny-win', {}) },
  dismiss: { weight: 1, arbitrary: intentOf('dismiss', {}) },
}
const intent: fc.Arbitrary<Intent> = fc.oneof(...(Object.values(intents) as fc.WeightedArbitrary<Intent>[]))

const on = fc.nat(2)
const behind = fc.oneof({ weight: 5, arbitrary: fc.constant(0) }, fc.integer({ min: 1, max: 3 }))
const personActs: fc.Arbitrary<PersonActs> = fc.record({ on, intent, behind })
const timerFires: fc.Arbitrary<TimerFires> = fc.record({ on, intent: fc.constant('timer' as const) })
const what = fc.oneof({ weight: 6, arbitrary: personActs }, { weight: 1, arbitrary: timerFires })
const interruption = fc.option(fc.record({ call: fc.nat(5), what }), { freq: 3 })

/** Lengths of time from one second to 20 days; short ones are as frequent as long ones. */
const length = fc.oneof(
  fc.integer({ min: second, max: 2 * minute }),
  fc.integer({ min: minute, max: hour }),
  fc.integer({ min: hour, max: 2 * day }),
  fc.integer({ min: day, max: 20 * day }),
)

const act: fc.Arbitrary<Step> = fc.record({ step: fc.constant('do' as const), what, interruption })
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
  { weight: 4, arbitrary: fc.record({ step: fc.constant('deliver' as const), which, interruption }) },
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

const numbers: fc.Arbitrary<PolicyNumbers> = fc.oneof(
  // The default policy.
  fc.constant({
    answer: 14 * day,
    hot: 72 * hour,
    remindAfter: 24 * hour,
    remindBefore: 3 * day,
    extension: { time: 7 * day, max: 1 },
    reopening: { within: 48 * hour, answer: 48 * hour },
    nudgeEvery: 14 * day,
    maxNudges: 3,
    undo: 5 * minute,
    changeable: 7 * day,
    winQuestion: 14 * day,
  }),
  fc.record({
    answer: hours(20 * 24),
    hot: hours(100),
    remindAfter: hours(50),
    remindBefore: hours(100),
    extension: fc.record({ time: hours(200), max: fc.nat(3) }),
    reopening: fc.option(fc.record({ within: hours(100), answer: hours(100) })),
    nudgeEvery: fc.option(hours(20 * 24)),
    maxNudges: fc.nat(3),
    undo: fc.integer({ min: 0, max: 15 }).map(count => count * minute),
    changeable: hours(10 * 24),
    winQuestion: hours(20 * 24),
  }),
)

const historyOf = (isHealthy: boolean, step: fc.Arbitrary<Step>, most: number): fc.Arbitrary<History> =>
  fc.record({
    numbers,
    recipients: fc.oneof(
      { weight: 2, arbitrary: fc.constant(1) },
      { weight: 4, arbitrary: fc.constant(2) },
      { weight: 1, arbitrary: fc.constant(3) },
    ),
    isHot: fc.boolean(),
    start: fc.integer({ min: Date.parse('2026-01-01'), max: Date.parse('2027-01-01') }),
    isHealthy: fc.constant(isHealthy),
    steps: fc.array(step, { maxLength: most, size: 'max' }),
  })

/** @param most upper bound of the number of steps */
export const history = (most = 20): fc.Arbitrary<History> =>
  fc.oneof(
    { weight: 4, arbitrary: historyOf(false, faulty, most) },
    { weight: 1, arbitrary: historyOf(true, healthy, most) },
  )

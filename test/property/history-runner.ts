/**
 * Runs a history on the program and on the model. The services of the program run on a simulated table and simulated
 * timers. After each step, program and model must agree in responses, views, index entries, events and schedules.
 *
 * A step can be interrupted: right before one of the AWS calls of the program, another action runs. Then one of the two
 * orders of both actions must explain the responses and the state (linearizability).
 */
import assert from 'node:assert/strict'
import type { CommandContext } from '../../shared/events/command-context.ts'
import type { Actor, DeadlineKind, Event, EventType } from '../../shared/events/contract.ts'
import { readEvent } from '../../shared/events/store.ts'
import { isDomainError } from '../../shared/kernel/errors.ts'
import { asPartnerId, asReferralId, asRfiId } from '../../shared/kernel/ids.ts'
import type { Versioned } from '../../shared/kernel/versioned.ts'
import type { Item } from '../../shared/persistence/item.ts'
import { transact } from '../../shared/persistence/table.ts'
import type { Policy } from '../../shared/program/policy/contract.ts'
import { defaultPolicy } from '../../shared/program/policy/rules.ts'
import { policies } from '../../shared/program/policy/store.ts'
import { executeCommand } from '../../shared/referrals/referral/execute-command.ts'
import { executeDueCommands } from '../../shared/referrals/referral/execute-due-commands.ts'
import type { Command, Referral as StoredReferral } from '../../shared/referrals/referral/referral.ts'
import {
  reopenReferral,
  resumeReferral,
  undoAnswer,
} from '../../shared/referrals/referral/revive-referral.ts'
import { viewReferral } from '../../shared/referrals/referral/rules.ts'
import { type Address, putNewReferral, readReferral } from '../../shared/referrals/referral/store.ts'
import {
  chooseOutcome,
  denyWin,
  dismissPartner,
  reopenRfi,
} from '../../shared/referrals/rfi/choose-outcome.ts'
import { rfiEvent } from '../../shared/referrals/rfi/rules.ts'
import { putRfi, readRfi } from '../../shared/referrals/rfi/store.ts'
import { withdrawRfi } from '../../shared/referrals/rfi/withdraw-rfi.ts'
import { armTimers } from '../../shared/referrals/timer/arm-timers.ts'
import { type Timer, timer as timerSchema } from '../../shared/referrals/timer/contract.ts'
import { handleTimer } from '../../shared/referrals/timer/handle-timer.ts'
import { type Sweep, sweep } from '../../shared/referrals/timer/sweep.ts'
import type { Duration } from '../../shared/time/duration.ts'
import { type Instant, instantOf } from '../../shared/time/instant.ts'
import { received } from '../fixtures/referral.ts'
import { anAddressee, anRfi } from '../fixtures/rfi.ts'
import { type Call, connect, inputOf } from '../simulation/aws.ts'
import { Timers } from '../simulation/scheduler.ts'
import type { Table } from '../simulation/table.ts'
import type {
  History,
  Intent,
  Interruption,
  PersonActs,
  PersonCommandName,
  Step,
  TimerFires,
} from './history-generator.ts'
import {
  type Action,
  type DeadlineName,
  hour,
  isOnRfi,
  minute,
  type PolicyNumbers,
  type ReferralAction,
  ReferralModel,
  type RfiAction,
  RfiModel,
} from './referral-model.ts'

/** Result of an action: `ok` with the version, or `conflict` with the status. */
type Outcome = string

interface RecordedEvent {
  readonly type: EventType
  /** Id of the referral or RFI. */
  readonly subject: string | undefined
  readonly version: number
}

/** Result of a history, which must be the same on every table. */
export interface HistoryResult {
  readonly outcomes: readonly (Outcome | Sweep)[]
  /** All events, sorted by subject and version, because a sweep changes several referrals in any order. */
  readonly events: readonly RecordedEvent[]
  readonly items: readonly Item[]
  readonly schedules: readonly string[]
}

/** @param isChecked true to compare after each step and to sweep at the end, which takes most of the time */
export const runHistory = async (
  history: History,
  table: Table,
  isChecked = true,
): Promise<HistoryResult> => {
  const runner = new HistoryRunner(history, table, isChecked)
  await runner.open()
  for (const step of history.steps) await runner.take(step)
  return runner.conclude()
}

const partner: Actor = { kind: 'partner' }
const rfiId = asRfiId('rfi_01KJKJ00000000000000000000')
const addresses: readonly Address[] = ['A', 'B', 'C'].map(letter => ({
  partnerId: asPartnerId(`ptr_01KJKJ0000000000000000000${letter}`),
  referralId: asReferralId(`ref_01KJKJ00000000000000000000_ABCDE${letter}`),
}))
const addressOf = (on: number): Address => addresses[on] as Address
const iso = (ms: number): Instant => instantOf(new Date(ms))

const policyOf = (numbers: PolicyNumbers): Policy => {
  const inHours = (ms: number): Duration => `PT${ms / hour}H`
  const { reopening, nudgeEvery, extension, maxNudges } = numbers
  return {
    ...defaultPolicy,
    responseTime: inHours(numbers.answer),
    hotTime: inHours(numbers.hot),
    reminders: {
      afterReceipt: [inHours(numbers.remindAfter)],
      beforeExpiry: [inHours(numbers.remindBefore)],
    },
    nudgeInterval: nudgeEvery === null ? null : inHours(nudgeEvery),
    extension: { time: inHours(extension.time), max: extension.max },
    reopening: reopening && { within: inHours(reopening.within), responseTime: inHours(reopening.answer) },
    maxNudges,
    undoTime: `PT${numbers.undo / minute}M`,
    choice: { changeableFor: inHours(numbers.changeable), winQuestionTime: inHours(numbers.winQuestion) },
  }
}

/** Returns a name by which events are sorted in the order of their versions. */
const eventName = ({ subject, version, type }: Event): string =>
  `${subject.referral?.id ?? subject.rfiId} ${String(version).padStart(3, '0')} ${type}`

/**
 * Compares by a name. Steps pick from sorted lists, because the order in which concurrent calls end is not repeatable.
 */
const by =
  <T>(nameOf: (thing: T) => string) =>
  (a: T, b: T): number =>
    nameOf(a) < nameOf(b) ? -1 : 1

const pick = <T>(things: readonly T[], which: number): T | undefined => things[which % things.length]

/** A sweep executes deadlines that are overdue for this long, in milliseconds. */
const grace = 5 * minute
/** A sweep creates missing schedules of deadlines that are between these lengths of time away. */
const nearest = 2 * minute
const lookAhead = 35 * minute

class HistoryRunner {
  readonly #history: History
  readonly #table: Table
  readonly #isChecked: boolean
  readonly #timers: Timers
  readonly #outbox: Event[] = []
  /** Events that are not delivered yet. */
  readonly #pending = new Set<Event>()
  /** Names of schedules that were deleted or lost. */
  readonly #lost = new Set<string>()
  readonly #outcomes: (Outcome | Sweep)[] = []
  #model: RfiModel
  #now: number
  #interruption: PendingInterruption | undefined
  #calls = 0

  constructor(history: History, table: Table, isChecked: boolean) {
    const { numbers, recipients, isHot, start } = history
    this.#history = history
    this.#table = table
    this.#isChecked = isChecked
    this.#now = start
    this.#timers = new Timers(() => this.#now)
    const referrals = Array.from({ length: recipients }, () => new ReferralModel(numbers, start, isHot))
    this.#model = new RfiModel(numbers, referrals)
    connect(call => this.#handle(call))
  }

  get #at(): Date {
    return new Date(this.#now)
  }

  /** Stores the RFI and its referrals after a first sweep. */
  async open(): Promise<void> {
    const { numbers, isHot, recipients } = this.#history
    await sweep(this.#at)
    await policies.replace(policyOf(numbers), { by: 'operator', version: 1, now: this.#at })
    const rfi = anRfi({
      id: rfiId,
      createdAt: iso(this.#now),
      trackedUntil: iso(this.#now),
      directContact: isHot,
      recipients: addresses.slice(0, recipients).map(anAddressee),
    })
    const actor: Actor = { kind: 'customer' }
    const referrals = rfi.recipients.map(({ referralId, ...recipient }) =>
      received(
        { ...recipient, id: referralId, rfiId, directContact: isHot },
        { policy: policyOf(numbers), actor, at: rfi.createdAt },
      ),
    )
    await transact([
      ...putRfi(rfi, rfiEvent(rfi, 'rfi.received', actor, rfi.createdAt), { pk: 'absent' }),
      ...referrals.flatMap(({ referral, event }) => putNewReferral(referral, event)),
    ])
    await this.#compare()
  }

  async take(step: Step): Promise<void> {
    const { isHealthy } = this.#history
    if (isHealthy) await this.#settle()
    await this.#take(step)
    await this.#compareIfChecked()
  }

  async #compareIfChecked(): Promise<void> {
    if (this.#isChecked) await this.#compare()
  }

  /** Executes the next deadline by a last sweep, as if all schedules were lost, and compares once more. */
  async conclude(): Promise<HistoryResult> {
    await this.#settle()
    const ahead = this.#model.referrals.flatMap(referral => soonest(referral) ?? [])
    if (ahead.length > 0 && this.#isChecked && !this.#history.isHealthy) {
      this.#now = Math.max(this.#now, Math.min(...ahead)) + grace
      await this.#sweep()
      await this.#settle()
    }
    await this.#compare()
    const items = await this.#table.items()
    return {
      outcomes: this.#outcomes,
      events: this.#outbox.toSorted(by(eventName)).map(({ type, subject, version }) => ({
        type,
        subject: subject.referral?.id ?? subject.rfiId,
        version,
      })),
      items: items.toSorted(by(({ pk, sk }) => `${pk} ${sk}`)),
      schedules: [...this.#timers.schedules.keys()].toSorted(),
    }
  }

  async #take(step: Step): Promise<void> {
    const { schedules, messages } = this.#timers
    if (step.step === 'do') return this.#do(step)
    if (step.step === 'wait') this.#now += step.ms
    if (step.step === 'wait-for') {
      const instants = this.#model.referrals.flatMap(({ reopenBy }) => reopenBy)
      const deadlines = this.#model.referrals.flatMap(referral => referral.deadlines().map(({ at }) => at))
      this.#now = Math.max(this.#now, (pick([...deadlines, ...instants], step.which) ?? 0) + step.offset)
    }
    if (step.step === 'live') return this.#live(this.#now + step.ms)
    if (step.step === 'deliver') {
      const event = pick(this.#outbox.toSorted(by(eventName)), step.which)
      if (event) await this.#deliver(event, step.interruption)
    }
    if (step.step === 'fire') {
      const schedule = pick([...schedules.values()].toSorted(by(({ name }) => name)), step.which)
      if (!schedule) return
      if (step.how === 'lost') this.#lose(schedule.name)
      else this.#timers.fire(schedule)
      if (step.how === 'twice') schedules.set(schedule.name, schedule)
    }
    if (step.step === 'receive') {
      const message = pick(messages.toSorted(by(({ body }) => body)), step.which)
      if (message) await this.#receive(messages.indexOf(message))
    }
    if (step.step === 'delete-schedule') {
      const schedule = pick([...schedules.keys()].toSorted(), step.which)
      if (schedule) this.#lose(schedule)
    }
    if (step.step === 'sweep') await this.#sweep()
    if (step.step === 'settle') await this.#settle()
  }

  #lose(name: string): void {
    this.#timers.schedules.delete(name)
    this.#lost.add(name)
  }

  /** Handles an AWS call of the program, after the interruption if it is due. */
  async #handle(call: Call): Promise<object> {
    const interruption = this.#interruption
    if (interruption && this.#calls++ === interruption.call) await this.#interrupt(interruption)
    if (call.service !== 'dynamodb') return this.#timers.handle(call)
    const response = await this.#table.handle(call)
    if (call.operation === 'TransactWrite') this.#recordEvents(call)
    return response
  }

  /** Records the events that a transaction has written. */
  #recordEvents(call: Call): void {
    const { TransactItems } = inputOf<{ TransactItems: { Put?: { Item: Item } }[] }>(call)
    for (const { Put } of TransactItems) {
      if (Put?.Item.entity !== 'event') continue
      const event = readEvent(Put.Item)
      if (!event) throw new Error('the program stored an event of an unknown type')
      this.#outbox.push(event)
      this.#pending.add(event)
      this.#checkChoice(event)
    }
  }

  /** Checks the invariants that hold while the customer has chosen. Events come in the order in which they are committed. */
  #checkChoice({ type, at, data }: Event): void {
    if (type === 'rfi.chosen') this.#chosenAt ??= at
    if (type === 'rfi.reopened') this.#chosenAt = undefined
    const chosenAt = this.#chosenAt
    if (chosenAt === undefined) return
    assertInvariant(!chances.has(type), 'no partner gets a chance after the choice')
    assertInvariant(type !== 'referral.reminder-due', 'nobody is reminded after the choice')
    assertInvariant(
      type !== 'referral.expired' || data.respondBy <= chosenAt,
      'no referral expires because of time after the choice',
    )
  }
  #chosenAt: Instant | undefined

  async #interrupt(interruption: PendingInterruption): Promise<void> {
    this.#interruption = undefined
    interruption.outcome = await this.#perform(this.#resolve(interruption.what))
  }

  /**
   * Runs work with an interruption, or runs the interruption afterwards if the work makes fewer calls. @returns the
   * outcome of the interruption
   */
  async #withInterruption(
    interruption: Interruption | null,
    work: () => Promise<void>,
  ): Promise<Outcome | undefined> {
    if (!interruption) {
      await work()
      return undefined
    }
    const pending: PendingInterruption = { ...interruption }
    this.#calls = 0
    this.#interruption = pending
    await work()
    this.#interruption = undefined
    if (pending.outcome === undefined) await this.#interrupt(pending)
    return pending.outcome
  }

  async #do({ what, interruption }: Extract<Step, { step: 'do' }>): Promise<void> {
    const first = this.#resolve(what)
    if (!interruption) {
      const outcome = await this.#perform(first)
      this.#outcomes.push(outcome)
      assert.equal(outcome, performOn(this.#model, first, this.#now))
      return
    }
    const second = this.#resolve(interruption.what)
    let outcome: Outcome = ''
    const other = await this.#withInterruption(interruption, async () => {
      outcome = await this.#perform(first)
    })
    this.#outcomes.push(outcome, other as Outcome)
    this.#model = await this.#explain([first, second], [outcome, other as Outcome])
  }

  /** Finds the order of two concurrent calls that explains the outcomes. @returns the model after it */
  async #explain(
    [first, second]: readonly [Invocation, Invocation],
    outcomes: readonly [Outcome, Outcome],
  ): Promise<RfiModel> {
    const explanations = possibleOrders(this.#model, first, second, this.#now, outcomes[0])
    const observed = { outcomes, seen: await this.#observe() }
    const expectedAfter = ({ model, outcomes }: Explanation) => ({ outcomes, seen: this.#expected(model) })
    const seen = JSON.stringify(observed)
    const found = explanations.find(explanation => JSON.stringify(expectedAfter(explanation)) === seen)
    if (found) return found.model
    assert.deepEqual(
      observed,
      expectedAfter(explanations[0] as Explanation),
      `neither order of ${JSON.stringify([first, second])} explains the outcomes`,
    )
    throw new Error('unreachable')
  }

  #resolve(what: PersonActs | TimerFires): Invocation {
    const { referrals, version } = this.#model
    const on = what.on % referrals.length
    if (what.intent === 'timer') return { on, action: 'timer', version: 0 }
    const { intent, behind } = what
    const action = this.#actionOf(intent)
    const known = isOnRfi(action) ? version : (referrals[on]?.version ?? 0)
    return { on, action, version: Math.max(0, known - behind) }
  }

  #actionOf(intent: Intent): Action {
    if (intent.do !== 'accept' && intent.do !== 'edit-deal') return intent
    const { do: what, deal, closesIn } = intent
    const closesOn = closesIn === null ? {} : { closesOn: iso(this.#now + closesIn * 24 * hour).slice(0, 10) }
    return { do: what, deal, ...closesOn } as Action
  }

  async #perform({ on, action, version }: Invocation): Promise<Outcome> {
    const address = addressOf(on)
    try {
      if (action === 'timer') {
        await executeDueCommands(address, this.#at)
        return 'ok'
      }
      const done = await this.#execute(address, action, version)
      return `ok ${done.version}`
    } catch (error) {
      return outcomeOf(error)
    }
  }

  #execute(address: Address, action: Action, version: number): Promise<Versioned<unknown>> {
    const context = (actor: Actor): CommandContext => ({ actor, version, now: this.#at })
    if (isOnRfi(action)) return executeOnRfi(address.referralId, action, context({ kind: 'customer' }))
    if (action.do === 'reopen') return reopenReferral(address, context(partner))
    if (action.do === 'resume') return resumeReferral(address, context(partner))
    if (action.do === 'undo') return undoAnswer(address, context(partner))
    return executeCommand(
      address,
      commandOf(action),
      context(action.do === 'withdraw' ? { kind: 'operator' } : partner),
    )
  }

  async #deliver(event: Event, interruption: Interruption | null): Promise<void> {
    this.#pending.delete(event)
    const other = interruption && this.#resolve(interruption.what)
    const outcome = await this.#withInterruption(interruption, () => armTimers(event, this.#at))
    if (!other) return
    this.#outcomes.push(outcome as Outcome)
    assert.equal(outcome, performOn(this.#model, other, this.#now))
  }

  /** Delivers a message to on-timer. A message before its due time returns to the queue. */
  async #receive(index: number): Promise<void> {
    const [message] = this.#timers.messages.splice(index, 1)
    if (!message) return
    const timer: Timer = timerSchema.parse(JSON.parse(message.body))
    const dueAt = Date.parse(timer.dueAt)
    try {
      await handleTimer(timer, this.#at)
      assert.ok(dueAt <= this.#now, 'a timer fired early')
    } catch (error) {
      if (dueAt <= this.#now) throw error
      this.#timers.messages.push({ ...message, visibleAt: dueAt })
      return
    }
    const on = addresses.findIndex(({ referralId }) => referralId === timer.referralId)
    this.#model.executeDueDeadlines(on, this.#now)
  }

  async #sweep(): Promise<void> {
    const overdue = [...this.#model.referrals.keys()].filter(on => {
      const referral = this.#model.referrals[on]
      return ((referral && soonest(referral)) ?? Infinity) <= this.#now - grace
    })
    const found = await sweep(this.#at)
    this.#outcomes.push(found)
    for (const on of overdue) this.#model.executeDueDeadlines(on, this.#now)
    const { overdue: count, rearmed, ...left } = found
    assert.deepEqual(left, { failed: 0, unfinished: 0 })
    assert.equal(count, overdue.length)
    if (this.#history.isHealthy) assert.deepEqual({ count, rearmed }, { count: 0, rearmed: 0 })
    this.#compareRearmed()
  }

  /**
   * Expects that a sweep has created the next schedule of each referral if its deadline is near, even if it was
   * deleted.
   */
  #compareRearmed(): void {
    this.#model.referrals.forEach((referral, on) => {
      const [next] = referral.deadlines()
      if (!next || next.at <= this.#now + nearest || next.at > this.#now + lookAhead) return
      const name = timerNameOf(next.name, addressOf(on).referralId, next.at)
      assert.ok(this.#timers.schedules.has(name), `${name} was not armed by the sweep`)
    })
  }

  /** Advances the clock. Each timer fires when it is due. */
  async #live(until: number): Promise<void> {
    for (;;) {
      await this.#settle()
      const { schedules, messages } = this.#timers
      const instants = [...schedules.values()].map(({ at }) => at)
      const next = Math.min(...instants, ...messages.map(({ visibleAt }) => visibleAt))
      if (next > until) break
      this.#now = Math.max(this.#now, next)
    }
    this.#now = until
    await this.#settle()
  }

  /**
   * Delivers all pending events and messages. Afterwards schedules must exist for exactly the future deadlines, except
   * lost ones.
   */
  async #settle(): Promise<void> {
    const { schedules, messages } = this.#timers
    for (let isBusy = true; isBusy; ) {
      isBusy = false
      for (const event of this.#pending) {
        isBusy = true
        await this.#deliver(event, null)
      }
      for (const schedule of [...schedules.values()])
        if (schedule.at <= this.#now) this.#timers.fire(schedule)
      for (;;) {
        const index = messages.findIndex(({ visibleAt }) => visibleAt <= this.#now)
        if (index < 0) break
        isBusy = true
        await this.#receive(index)
        await this.#compareIfChecked()
      }
    }
    this.#compareArmed()
  }

  #compareArmed(): void {
    const { schedules, messages } = this.#timers
    const expectedNames = this.#model.referrals.flatMap((referral, on) =>
      referral
        .deadlines()
        .filter(({ at }) => at > this.#now)
        .map(({ name, at }) => timerNameOf(name, addressOf(on).referralId, at)),
    )
    const isExpected = new Set(expectedNames)
    for (const { name, at, message } of schedules.values()) {
      assert.ok(isExpected.has(name), `${name} is armed without a deadline`)
      assert.equal(iso(at), (JSON.parse(message) as Timer).dueAt)
    }
    const queued = new Set(
      messages.map(({ body }) => {
        const { kind, referralId, dueAt } = JSON.parse(body) as Timer
        return timerNameOf(kind, referralId, Date.parse(dueAt))
      }),
    )
    for (const name of expectedNames)
      assert.ok(schedules.has(name) || queued.has(name) || this.#lost.has(name), `${name} is not armed`)
  }

  /** Compares the program with the model. */
  async #compare(): Promise<void> {
    const seen = await this.#observe()
    const expected = this.#expected(this.#model)
    if (JSON.stringify(seen) !== JSON.stringify(expected)) assert.deepEqual(seen, expected)
  }

  async #observe(): Promise<RfiObservation> {
    const items = await this.#table.items()
    const { version, status, choice } = readRfi(items.find(({ entity }) => entity === 'rfi') as Item)
    const referrals = this.#model.referrals.map((_, on) => observe(items, addressOf(on), iso(this.#now)))
    assertInvariant(
      !choice || referrals.every(({ seen }) => seen.status !== 'new'),
      'no referral is new after the choice',
    )
    const { outcome, referralId, firstAt } = choice ?? {}
    return { version, status, choice: choice ? `${outcome} ${referralId} ${firstAt}` : null, referrals }
  }

  #expected({ referrals, rfiVersion: version, isWithdrawn, choice }: RfiModel): RfiObservation {
    const referralId = choice?.on == null ? null : addressOf(choice.on).referralId
    return {
      version,
      status: isWithdrawn ? 'withdrawn' : 'open',
      choice: choice && `${choice.outcome} ${referralId} ${iso(choice.firstAt)}`,
      referrals: referrals.map((referral, on) => expected(referral, addressOf(on), this.#now)),
    }
  }
}

/** Events that give a partner a chance. */
const chances = new Set<EventType>([
  'referral.received',
  'referral.accepted',
  'referral.reopened',
  'referral.reinstated',
])

const executeOnRfi = (
  referralId: Address['referralId'],
  action: RfiAction,
  context: CommandContext,
): Promise<Versioned<unknown>> => {
  switch (action.do) {
    case 'withdraw-all':
      return withdrawRfi(rfiId, context)
    case 'choose':
      return chooseOutcome(rfiId, { referralId }, context)
    case 'choose-other':
      return chooseOutcome(rfiId, { outcome: action.outcome }, context)
    case 'reopen-rfi':
      return reopenRfi(rfiId, [referralId], context)
    case 'deny-win':
      return denyWin(rfiId, referralId, context)
    case 'dismiss':
      return dismissPartner(rfiId, referralId, context)
  }
}

/** An interruption, with its outcome after it has run. */
interface PendingInterruption extends Interruption {
  outcome?: Outcome
}

/** A call of the program: an action on a version of a referral, or a timer. */
interface Invocation {
  readonly on: number
  readonly action: Action | 'timer'
  readonly version: number
}

const performOn = (rfi: RfiModel, { on, action, version }: Invocation, now: number): Outcome => {
  const referral = rfi.referrals[on] as ReferralModel
  if (action === 'timer') {
    rfi.executeDueDeadlines(on, now)
    return 'ok'
  }
  const answer = rfi.act(on, action, version, now)
  if (answer === 'unknown') return answer
  if (answer === 'conflict') return `conflict ${isOnRfi(action) ? rfi.status(now) : referral.seen(now)}`
  return `${answer} ${isOnRfi(action) ? rfi.version : referral.version}`
}

/** The outcomes of two concurrent calls, and the model after them. */
interface Explanation {
  readonly outcomes: readonly Outcome[]
  readonly model: RfiModel
}

const explanationOf = (before: RfiModel, work: (model: RfiModel) => Outcome[]): Explanation => {
  const model = before.copy()
  return { outcomes: work(model), model }
}

/**
 * Returns the possible effects of two concurrent calls: one order, the other order, and some special cases.
 * @param outcome outcome of the first call, which the second one has interrupted
 */
const possibleOrders = (
  before: RfiModel,
  first: Invocation,
  second: Invocation,
  now: number,
  outcome: Outcome,
): Explanation[] => {
  const secondFirst = (outcomeOfFirst: (model: RfiModel) => Outcome) =>
    explanationOf(before, model => {
      const outcome = performOn(model, second, now)
      return [outcomeOfFirst(model), outcome]
    })
  const explanations = [
    explanationOf(before, model => [performOn(model, first, now), performOn(model, second, now)]),
    secondFirst(model => performOn(model, first, now)),
  ]
  // A timer executes several deadlines in one transaction each. The other call can run between two of them.
  if (first.action === 'timer')
    explanations.push(
      explanationOf(before, model => {
        model.executeDueDeadlines(first.on, now, 1)
        const outcome = performOn(model, second, now)
        return [performOn(model, first, now), outcome]
      }),
    )
  if (first.action === 'timer' || !isOnRfi(first.action)) return explanations
  // An action on the RFI that meets any other write is stale.
  const overtaken = secondFirst(model => `stale ${model.version}`)
  if (overtaken.model.version > before.version) explanations.push(overtaken)
  const { model } = overtaken
  // The RFI is read before its referrals, so the first action can see the RFI before the second action and its referrals after
  // it. It must then be rejected or change nothing, and the response has the version of this state.
  const isMixed = model.rfiVersion > before.rfiVersion
  if (isMixed && (!outcome.startsWith('ok') || outcome === `ok ${model.version - 1}`))
    explanations.push(secondFirst(() => outcome))
  // A change of one referral does not depend on the others.
  const isOfOne = first.action.do === 'deny-win' || first.action.do === 'dismiss'
  const raised = model.version - before.version
  if (
    isOfOne &&
    !isMixed &&
    raised > 0 &&
    model.referrals[first.on]?.version === before.referrals[first.on]?.version
  )
    explanations.push(
      secondFirst(after => {
        const [answer, version] = performOn(after, { ...first, version: first.version + raised }, now).split(
          ' ',
        )
        return `${answer} ${Number(version) - raised}`
      }),
    )
  return explanations
}

const soonest = (referral: ReferralModel): number | undefined => referral.deadlines()[0]?.at

/** The name of each deadline in the model. A deadline without an entry does not compile. */
const deadlineNames: Readonly<Record<DeadlineKind, DeadlineName>> = {
  expire: 'expire',
  cool: 'cool',
  remind: 'remind',
  nudge: 'nudge',
}

const timerNameOf = (deadline: DeadlineName, referralId: string, at: number): string =>
  `${deadlineNames[deadline]}-${referralId}-${iso(at).slice(0, 19).replaceAll(/[-:]/g, '')}`

/** The observable state of an RFI and its referrals. */
interface RfiObservation {
  readonly version: number
  readonly status: string
  readonly choice: string | null
  readonly referrals: readonly Observation[]
}

/** The observable state of a referral: its view for the partner, its index entries and its events. */
interface Observation {
  readonly version: number
  readonly status: string
  readonly respondBy: string
  readonly log: readonly string[]
  readonly list: string
  readonly due: string | null
  readonly hot: string | null
  readonly seen: {
    readonly status: string
    readonly isHot: boolean
    readonly choice: string | null
    readonly actions: string
  }
}

/** Actions that partners are offered, by command; null for commands of others. */
const offeredActions: Readonly<Record<PersonCommandName | 'undo', string | null>> = {
  accept: 'accept',
  decline: 'decline',
  extend: 'extend',
  reopen: 'reopen',
  'edit-deal': 'edit-deal',
  'add-colleague': 'add-colleague',
  'remove-colleague': 'remove-colleague',
  win: 'close',
  lose: 'close',
  'show-contact': 'show-contact',
  undo: 'undo',
  resume: 'resume',
  withdraw: null,
}

const expectedActions = (referral: ReferralModel, now: number): string => {
  const allowed = (Object.keys(offeredActions) as (keyof typeof offeredActions)[]).filter(
    name => referral.may(name, now) && (name !== 'remove-colleague' || referral.colleagues.length > 0),
  )
  return [...new Set(allowed.flatMap(name => offeredActions[name] ?? []))].toSorted().join()
}

const expected = (referral: ReferralModel, { partnerId, referralId }: Address, now: number): Observation => {
  const { state, answerBy, coolAt, log } = referral
  const [due] = referral.deadlines()
  return {
    version: referral.version,
    status: state,
    respondBy: iso(answerBy),
    log,
    list: `REFERRALS#${partnerId}#STATUS#${state}`,
    due: due ? `DUE#${iso(due.at).slice(0, 10)} ${iso(due.at)}#${due.name}#${partnerId}#${referralId}` : null,
    hot:
      state === 'new' && coolAt !== null ? `REFERRALS#${partnerId}#HOT ${iso(coolAt)}#${referralId}` : null,
    seen: {
      status: referral.seen(now),
      isHot: referral.isHot(now),
      choice: referral.choice,
      actions: expectedActions(referral, now),
    },
  }
}

/** The content of a referral item and its events, which does not depend on time. */
interface Stored {
  readonly referral: StoredReferral
  readonly log: readonly string[]
}

/** Cache by item: the in-memory table returns the same object until the item is written. */
const stored = new WeakMap<Item, Stored>()

const readStored = (item: Item, items: readonly Item[]): Stored => {
  const known = stored.get(item)
  if (known) return known
  const events = items
    .filter(({ entity, sk }) => entity === 'event' && sk.startsWith(item.sk))
    .map(({ event }) => event as Event)
    .toSorted((a, b) => a.version - b.version)
  const referral = readReferral(item)
  checkLog(events, referral.version, !/#(new|active)$/.test(String(item.listPk)))
  const found = { referral, log: events.map(nameInLog) }
  stored.set(item, found)
  return found
}

const nameInLog = ({ type, data }: Event): string =>
  `${type.replace('referral.', '')}${type === 'referral.expired' && data.neutral ? ' neutral' : ''}`

const observe = (items: readonly Item[], { referralId }: Address, now: Instant): Observation => {
  const item = items.find(({ sk }) => sk === `REFERRAL#${referralId}`) as Item
  const { referral, log } = readStored(item, items)
  const { version, status, respondBy } = referral
  const seen = viewReferral(referral, null, 'partner', now)
  return {
    version,
    status,
    respondBy,
    log,
    list: String(item.listPk),
    due: item.duePk === undefined ? null : `${String(item.duePk).replace(/#\d$/, '')} ${item.dueSk}`,
    hot: String(item.hotPk).endsWith('#HOT') ? `${item.hotPk} ${item.hotSk}` : null,
    seen: {
      status: seen.status,
      isHot: seen.directContact?.state === 'hot',
      choice: seen.customerChoice,
      actions: seen.actions
        .map(({ name }) => name)
        .toSorted()
        .join(),
    },
  }
}

const terminalTypes = new Set(
  ['declined', 'expired', 'won', 'lost', 'withdrawn', 'superseded'].map(name => `referral.${name}`),
)

/** Events that make a referral open again, with the terminal events that they revert. */
const revivals: Readonly<Record<string, readonly string[]>> = {
  'referral.reopened': ['referral.expired'],
  'referral.answer-undone': ['referral.declined', 'referral.won', 'referral.lost'],
  'referral.reinstated': ['referral.superseded'],
  'referral.resumed': ['referral.won'],
}

/** Events that can follow a terminal event and keep the status. */
const remarks = new Set(['choice-noted', 'win-denied', 'win-confirmed'].map(name => `referral.${name}`))

/** Events that decide if a reported win is denied. */
const denials = new Set(['won', 'win-denied', 'win-confirmed'].map(name => `referral.${name}`))

const assertInvariant = (holds: boolean, invariant: string): void => {
  if (!holds) throw new Error(`violated invariant: ${invariant}`)
}

/** Checks the invariants of the events of a referral. */
const checkLog = (events: readonly Event[], version: number, isArchived: boolean): void => {
  assertInvariant(version === events.length, 'each accepted command raises the version by one')
  events.forEach((event, index) => {
    assertInvariant(event.version === index + 1, 'events have no gap')
    assertInvariant(isInTime(event), 'no timer acts early')
    if (remarks.has(event.type)) return
    const before = events.slice(0, index).findLast(({ type }) => !remarks.has(type))
    const reverted = revivals[event.type]
    const isRevival = before !== undefined && reverted?.includes(before.type) === true
    assertInvariant(
      isRevival || !before || !terminalTypes.has(before.type),
      'only a reopening, an undo, a resumption or a reinstatement follows a terminal event',
    )
    assertInvariant(isRevival || !reverted, 'only the end of a referral is reverted')
    if (event.type === 'referral.resumed')
      assertInvariant(
        events.slice(0, index).findLast(({ type }) => denials.has(type))?.type === 'referral.win-denied',
        'a deal is resumed only after the denial of its win',
      )
    if (event.type === 'referral.answer-undone')
      assertInvariant(
        event.data.answeredAt === before?.at && `referral.${event.data.undone}` === before.type,
        'an undo names the answer that it reverts',
      )
  })
  const count = (isCounted: (event: Event) => boolean) => events.filter(isCounted).length
  const reopened = count(({ type }) => type === 'referral.reopened')
  assertInvariant(reopened <= 1, 'a referral is reopened at most once')
  assertInvariant(
    count(({ type }) => terminalTypes.has(type)) - count(({ type }) => type in revivals) ===
      (isArchived ? 1 : 0),
    'an archived referral has exactly one terminal event after the last event that made it open again',
  )
  assertInvariant(count(({ type }) => type === 'referral.cooled') <= 1, 'a referral cools at most once')
}

const isInTime = ({ type, at, data }: Event): boolean => {
  if (type === 'referral.expired') return data.respondBy <= at
  if (type === 'referral.cooled') return data.urgentUntil <= at
  if (type === 'referral.reminder-due') return data.due.every(instant => instant <= at && at < data.respondBy)
  return type !== 'referral.nudge-due' || Date.parse(data.estimatedCloseDate) + 36 * hour <= Date.parse(at)
}

const colleague = { firstName: 'Key', lastName: 'Account', phone: '12345' }
const estimatedValue = { amount: 1000, currency: 'EUR' }

/** The command of the program for each action. A command without an entry does not compile. */
const commandsOf: {
  readonly [N in PersonCommandName]: (action: Action & { do: N }) => Command & { name: N }
} = {
  accept: ({ deal: name, closesOn: estimatedCloseDate }) => ({
    name: 'accept',
    request: { name, estimatedValue, estimatedCloseDate, colleagues: [] },
    colleagues: [],
  }),
  decline: ({ reason }) => ({ name: 'decline', request: { reason } }),
  extend: () => ({ name: 'extend', request: { reason: 'Our architect is back on Monday.' } }),
  reopen: () => ({ name: 'reopen' }),
  'edit-deal': ({ deal: name, closesOn }) => ({
    name: 'edit-deal',
    patch: { name, ...(closesOn && { estimatedCloseDate: closesOn }) },
  }),
  'add-colleague': ({ colleague: id }) => ({
    name: 'add-colleague',
    colleague: { id, ...colleague, email: `${id}@partner.example` },
  }),
  'remove-colleague': ({ colleague: colleagueId }) => ({ name: 'remove-colleague', colleagueId }),
  win: () => ({ name: 'win', request: { result: 'won' } }),
  lose: ({ reason }) => ({ name: 'lose', request: { result: 'lost', reason } }),
  'show-contact': () => ({ name: 'show-contact' }),
  resume: () => ({ name: 'resume' }),
  withdraw: () => ({ name: 'withdraw' }),
}

const commandOf = (action: Exclude<ReferralAction, { do: 'undo' }>): Command => {
  const make = commandsOf[action.do] as (action: Action) => Command
  return make(action)
}

const outcomeOf = (error: unknown): Outcome => {
  if (isDomainError(error, 'state-conflict')) return `conflict ${error.data.currentStatus}`
  if (isDomainError(error, 'stale-version') && error.data.current) return `stale ${error.data.currentVersion}`
  if (isDomainError(error, 'not-found')) return 'unknown'
  throw error
}

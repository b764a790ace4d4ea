/**
 * Lives a history: the program's own services do each step over tables and timers of the simulation, the model does it
 * as well, and after each step they must agree.
 */
import assert from 'node:assert/strict'
import type { CommandContext } from '../../shared/events/command-context.ts'
import type { Actor, Event } from '../../shared/events/contract.ts'
import { readEvent } from '../../shared/events/store.ts'
import { isDomainError } from '../../shared/kernel/errors.ts'
import type { Versioned } from '../../shared/kernel/versioned.ts'
import type { Item } from '../../shared/persistence/item.ts'
import { transact } from '../../shared/persistence/table.ts'
import type { Policy } from '../../shared/program/policy/contract.ts'
import { defaultPolicy } from '../../shared/program/policy/rules.ts'
import { executeCommand } from '../../shared/referrals/referral/execute-command.ts'
import { executeDueCommands } from '../../shared/referrals/referral/execute-due-commands.ts'
import type { Command, Referral as StoredReferral } from '../../shared/referrals/referral/referral.ts'
import { reopenReferral } from '../../shared/referrals/referral/reopen-referral.ts'
import { receive, view } from '../../shared/referrals/referral/rules.ts'
import { type Address, insert, readReferral } from '../../shared/referrals/referral/store.ts'
import { type Rfi, rfiEvent } from '../../shared/referrals/rfi/rules.ts'
import { putRfi } from '../../shared/referrals/rfi/store.ts'
import { withdrawRfi } from '../../shared/referrals/rfi/withdraw-rfi.ts'
import { armTimers } from '../../shared/referrals/timer/arm-timers.ts'
import { type Timer, timer as timerSchema } from '../../shared/referrals/timer/contract.ts'
import { handleTimer } from '../../shared/referrals/timer/handle-timer.ts'
import { type Sweep, sweep } from '../../shared/referrals/timer/sweep.ts'
import { type Call, connect, inputOf } from '../simulation/aws.ts'
import { Timers } from '../simulation/scheduler.ts'
import type { Table } from '../simulation/table.ts'
import type { Deed, History, Meanwhile, Step } from './history.ts'
import { type Act, Desk, hour, minute, type Numbers, Referral } from './model.ts'

/** How a doing was answered, and the truth that went with it: the version, or of a conflict the status. */
type Told = string

/** What can be told of a history afterwards, and must be the same on every table. */
export interface Account {
  readonly answers: readonly (Told | Sweep)[]
  readonly items: readonly Item[]
  readonly schedules: readonly string[]
}

/** @param isWatched whether it is looked at after each step and swept at last, which takes most of the time */
export const rehearse = async (history: History, table: Table, isWatched = true): Promise<Account> => {
  const rehearsal = new Rehearsal(history, table, isWatched)
  await rehearsal.open()
  for (const step of history.steps) await rehearsal.take(step)
  return rehearsal.conclude()
}

const partner: Actor = { kind: 'partner' }
const rfiId = 'rfi_01KJKJ00000000000000000000'
const addresses: readonly Address[] = ['A', 'B'].map(letter => ({
  partnerId: `ptr_01KJKJ0000000000000000000${letter}`,
  referralId: `ref_01KJKJ00000000000000000000_ABCDE${letter}`,
}))
const addressOf = (on: number): Address => addresses[on] as Address
const iso = (ms: number): string => new Date(ms).toISOString()

const need = { summary: 'An ERP.', industries: [], products: ['erp'], services: [], solutions: [] }
const customer = {
  company: 'Havelland Getriebe',
  size: '51-250',
  address: { city: 'Potsdam', country: 'DE' },
  contact: { firstName: 'IT', lastName: 'Purchasing', email: 'it@customer.example' },
}

const policyOf = (numbers: Numbers): Policy => {
  const inHours = (ms: number) => `PT${ms / hour}H`
  const { reopening, nudgeEvery, extension } = numbers
  return {
    ...defaultPolicy,
    responseTime: inHours(numbers.answer),
    urgentTime: inHours(numbers.urgent),
    reminders: {
      afterReceipt: [inHours(numbers.remindAfter)],
      beforeExpiry: [inHours(numbers.remindBefore)],
    },
    nudgeInterval: nudgeEvery === null ? null : inHours(nudgeEvery),
    extension: { time: inHours(extension.time), most: extension.most },
    reopening: reopening && { within: inHours(reopening.within), responseTime: inHours(reopening.answer) },
  }
}

/** A timer may be so late before a sweep does its work. */
const grace = 5 * minute
/** From then until then a sweep looks ahead for timers that are missing. */
const nearest = 2 * minute
const lookAhead = 35 * minute

class Rehearsal {
  readonly #history: History
  readonly #table: Table
  readonly #isWatched: boolean
  readonly #timers: Timers
  readonly #outbox: Event[] = []
  readonly #underWay = new Set<Event>()
  /** Timers that were lost for good, as far as arm-timers can know. */
  readonly #lost = new Set<string>()
  readonly #answers: (Told | Sweep)[] = []
  #desk: Desk
  #now: number
  #meanwhile: (Meanwhile & { done?: Told }) | undefined
  #calls = 0

  constructor(history: History, table: Table, isWatched: boolean) {
    const { numbers, recipients, isHot, start } = history
    this.#history = history
    this.#table = table
    this.#isWatched = isWatched
    this.#now = start
    this.#timers = new Timers(() => this.#now)
    const referrals = Array.from({ length: recipients }, () => new Referral(numbers, start, isHot))
    this.#desk = new Desk(referrals)
    connect(call => this.#answer(call))
  }

  get #at(): Date {
    return new Date(this.#now)
  }

  /** The customer's request comes in; the program has been swept so far. */
  async open(): Promise<void> {
    const { numbers, isHot, recipients } = this.#history
    await sweep(this.#at)
    const rfi: Rfi = {
      id: rfiId,
      version: 1,
      status: 'open',
      createdAt: iso(this.#now),
      trackedUntil: iso(this.#now),
      directContact: isHot,
      source: { channel: 'search' },
      need,
      recipients: addresses.slice(0, recipients).map(({ partnerId, referralId }) => ({
        partnerId,
        referralId,
        region: 'DE',
        locationId: 'main',
        profileId: `${partnerId}.DE`,
      })),
    }
    const who: Actor = { kind: 'customer' }
    const received = rfi.recipients.map(({ referralId, ...recipient }) =>
      receive(
        {
          id: referralId,
          rfiId,
          source: rfi.source,
          need,
          customer: customer as never,
          ...recipient,
          directContact: isHot,
        },
        policyOf(numbers),
        who,
        rfi.createdAt,
      ),
    )
    await transact([
      ...putRfi(rfi, rfiEvent(rfi, 'rfi.received', who, rfi.createdAt), { pk: 'absent' }),
      ...received.flatMap(({ referral, event }) => insert(referral, event)),
    ])
    await this.#agree()
  }

  async take(step: Step): Promise<void> {
    const { isHealthy } = this.#history
    if (isHealthy) await this.#settle()
    await this.#take(step)
    await this.#watch()
  }

  async #watch(): Promise<void> {
    if (this.#isWatched) await this.#agree()
  }

  /** At last a sweep alone does what falls due next, as if every timer were gone; and nothing is armed in vain. */
  async conclude(): Promise<Account> {
    await this.#settle()
    const ahead = this.#desk.referrals.flatMap(referral => soonest(referral) ?? [])
    if (ahead.length > 0 && this.#isWatched && !this.#history.isHealthy) {
      this.#now = Math.max(this.#now, Math.min(...ahead)) + grace
      await this.#sweep()
      await this.#settle()
    }
    await this.#agree()
    const items = await this.#table.items()
    const order = ({ pk, sk }: Item) => `${pk} ${sk}`
    return {
      answers: this.#answers,
      items: items.toSorted((a, b) => (order(a) < order(b) ? -1 : 1)),
      schedules: [...this.#timers.schedules.keys()].toSorted(),
    }
  }

  async #take(step: Step): Promise<void> {
    const { schedules, messages } = this.#timers
    const one = <T>(things: Iterable<T>, which: number): T | undefined => {
      const all = [...things]
      return all[which % all.length]
    }
    if (step.step === 'do') return this.#do(step)
    if (step.step === 'wait') this.#now += step.ms
    if (step.step === 'wait-for') {
      const instants = this.#desk.referrals.flatMap(({ reopenBy }) => reopenBy)
      const alarms = this.#desk.referrals.flatMap(referral => referral.alarms().map(({ at }) => at))
      this.#now = Math.max(this.#now, (one([...alarms, ...instants], step.which) ?? 0) + step.offset)
    }
    if (step.step === 'live') return this.#live(this.#now + step.ms)
    if (step.step === 'deliver') {
      const event = one(this.#outbox, step.which)
      if (event) await this.#deliver(event, step.meanwhile)
    }
    if (step.step === 'fire') {
      const schedule = one(schedules.values(), step.which)
      if (!schedule) return
      if (step.how === 'lost') this.#lose(schedule.name)
      else this.#timers.release(schedule)
      if (step.how === 'twice') schedules.set(schedule.name, schedule)
    }
    if (step.step === 'receive' && messages.length > 0) await this.#receive(step.which % messages.length)
    if (step.step === 'delete-schedule') {
      const schedule = one(schedules.keys(), step.which)
      if (schedule) this.#lose(schedule)
    }
    if (step.step === 'sweep') await this.#sweep()
    if (step.step === 'settle') await this.#settle()
  }

  #lose(name: string): void {
    this.#timers.schedules.delete(name)
    this.#lost.add(name)
  }

  /** A call of the program to AWS, before which something else may happen. */
  async #answer(call: Call): Promise<object> {
    const meanwhile = this.#meanwhile
    if (meanwhile && this.#calls++ === meanwhile.call) await this.#happen(meanwhile)
    if (call.service !== 'dynamodb') return this.#timers.handle(call)
    const answer = await this.#table.handle(call)
    if (call.operation === 'TransactWrite') this.#note(call)
    return answer
  }

  /** What a transaction has put into the outbox is under way. */
  #note(call: Call): void {
    const { TransactItems } = inputOf<{ TransactItems: { Put?: { Item: Item } }[] }>(call)
    for (const { Put } of TransactItems) {
      if (Put?.Item.entity !== 'event') continue
      const event = readEvent(Put.Item)
      if (!event) throw new Error('an event of an unknown type was put')
      this.#outbox.push(event)
      this.#underWay.add(event)
    }
  }

  async #happen(meanwhile: Meanwhile & { done?: Told }): Promise<void> {
    this.#meanwhile = undefined
    meanwhile.done = await this.#perform(this.#resolve(meanwhile.what))
  }

  /** Does something while something else happens. @returns how that was answered */
  async #during(meanwhile: Meanwhile | null, work: () => Promise<void>): Promise<Told | undefined> {
    if (!meanwhile) {
      await work()
      return undefined
    }
    const other: Meanwhile & { done?: Told } = { ...meanwhile }
    this.#calls = 0
    this.#meanwhile = other
    await work()
    this.#meanwhile = undefined
    if (other.done === undefined) await this.#happen(other)
    return other.done
  }

  async #do({ what, meanwhile }: Extract<Step, { step: 'do' }>): Promise<void> {
    const first = this.#resolve(what)
    if (!meanwhile) {
      const answer = await this.#perform(first)
      this.#answers.push(answer)
      assert.equal(answer, model(this.#desk, first, this.#now))
      return
    }
    const second = this.#resolve(meanwhile.what)
    let answer: Told = ''
    const other = await this.#during(meanwhile, async () => {
      answer = await this.#perform(first)
    })
    this.#answers.push(answer, other as Told)
    this.#desk = await this.#explain([first, second], [answer, other as Told])
  }

  /** Of two things done at the same time, either came first: the desk as that leaves it. */
  async #explain([first, second]: readonly [Doing, Doing], answers: readonly [Told, Told]): Promise<Desk> {
    const outcomes = inSomeOrder(this.#desk, first, second, this.#now)
    const seen = JSON.stringify({ answers, referrals: await this.#observe() })
    const found = outcomes.find(
      ({ desk, answers }) => JSON.stringify({ answers, referrals: this.#expected(desk) }) === seen,
    )
    if (found) return found.desk
    assert.deepEqual(
      { answers, referrals: await this.#observe() },
      { answers: outcomes[0]?.answers, referrals: this.#expected((outcomes[0] as { desk: Desk }).desk) },
      `neither order of ${JSON.stringify([first, second])} explains what happened`,
    )
    throw new Error('unreachable')
  }

  #resolve(what: Deed | { on: number; intent: 'wake' }): Doing {
    const { referrals, version } = this.#desk
    const on = what.on % referrals.length
    if (what.intent === 'wake') return { on, act: 'wake', version: 0 }
    const { intent, behind } = what
    const known = intent.do === 'withdraw-all' ? version : (referrals[on]?.version ?? 0)
    return { on, act: this.#actOf(intent), version: Math.max(0, known - behind) }
  }

  #actOf(intent: Deed['intent']): Act {
    if (intent.do !== 'accept' && intent.do !== 'edit-deal') return intent
    const { do: what, deal, closesIn } = intent
    const closesOn = closesIn === null ? {} : { closesOn: iso(this.#now + closesIn * 24 * hour).slice(0, 10) }
    return { do: what, deal, ...closesOn } as Act
  }

  async #perform({ on, act, version }: Doing): Promise<Told> {
    const address = addressOf(on)
    try {
      if (act === 'wake') {
        await executeDueCommands(address, this.#at)
        return 'ok'
      }
      const done = await this.#command(address, act, version)
      return `ok ${done.version}`
    } catch (error) {
      return refusalIn(error)
    }
  }

  #command(address: Address, act: Act, version: number): Promise<Versioned<unknown>> {
    const context = (actor: Actor): CommandContext => ({ actor, version, now: this.#at })
    if (act.do === 'reopen') return reopenReferral(address, context(partner))
    if (act.do === 'withdraw-all') return withdrawRfi(rfiId, context({ kind: 'customer' }))
    return executeCommand(
      address,
      commandOf(act),
      context(act.do === 'withdraw' ? { kind: 'operator' } : partner),
    )
  }

  async #deliver(event: Event, meanwhile: Meanwhile | null): Promise<void> {
    this.#underWay.delete(event)
    const other = meanwhile && this.#resolve(meanwhile.what)
    const answer = await this.#during(meanwhile, () => armTimers(event, this.#at))
    if (!other) return
    this.#answers.push(answer as Told)
    assert.equal(answer, model(this.#desk, other, this.#now))
  }

  /** A message that comes too early goes back to the queue. */
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
    this.#desk.referrals[on]?.wake(this.#now)
  }

  async #sweep(): Promise<void> {
    const overdue = this.#desk.referrals.filter(
      referral => (soonest(referral) ?? Infinity) <= this.#now - grace,
    )
    const found = await sweep(this.#at)
    this.#answers.push(found)
    for (const referral of overdue) referral.wake(this.#now)
    const { overdue: count, rearmed, ...left } = found
    assert.deepEqual(left, { failed: 0, unfinished: 0 })
    assert.equal(count, overdue.length)
    if (this.#history.isHealthy) assert.deepEqual({ count, rearmed }, { count: 0, rearmed: 0 })
    this.#agreeOnRearmed()
  }

  /** What falls due next, and soon, is armed after a sweep, whatever became of its schedule. */
  #agreeOnRearmed(): void {
    this.#desk.referrals.forEach((referral, on) => {
      const [next] = referral.alarms()
      if (!next || next.at <= this.#now + nearest || next.at > this.#now + lookAhead) return
      const name = nameOf(next.alarm, addressOf(on).referralId, next.at)
      assert.ok(this.#timers.schedules.has(name), `${name} was not armed by the sweep`)
    })
  }

  /** Time passes as it should: each timer fires when it is due. */
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

  /** All that is under way arrives: then exactly the deadlines to come are armed, but for what was lost. */
  async #settle(): Promise<void> {
    const { schedules, messages } = this.#timers
    for (let isBusy = true; isBusy; ) {
      isBusy = false
      for (const event of this.#underWay) {
        isBusy = true
        await this.#deliver(event, null)
      }
      for (const schedule of [...schedules.values()])
        if (schedule.at <= this.#now) this.#timers.release(schedule)
      for (;;) {
        const index = messages.findIndex(({ visibleAt }) => visibleAt <= this.#now)
        if (index < 0) break
        isBusy = true
        await this.#receive(index)
        await this.#watch()
      }
    }
    this.#agreeOnArmed()
  }

  #agreeOnArmed(): void {
    const { schedules, messages } = this.#timers
    const wanted = this.#desk.referrals.flatMap((referral, on) =>
      referral
        .alarms()
        .filter(({ at }) => at > this.#now)
        .map(({ alarm, at }) => nameOf(alarm, addressOf(on).referralId, at)),
    )
    const isWanted = new Set(wanted)
    for (const { name, at, message } of schedules.values()) {
      assert.ok(isWanted.has(name), `${name} is armed, and nothing falls due then`)
      assert.equal(iso(at), (JSON.parse(message) as Timer).dueAt)
    }
    const queued = new Set(
      messages.map(({ body }) => {
        const { kind, referralId, dueAt } = JSON.parse(body) as Timer
        return nameOf(kind, referralId, Date.parse(dueAt))
      }),
    )
    for (const name of wanted)
      assert.ok(schedules.has(name) || queued.has(name) || this.#lost.has(name), `${name} is not armed`)
  }

  /** The program and the model see the same. */
  async #agree(): Promise<void> {
    const seen = await this.#observe()
    const expected = this.#expected(this.#desk)
    if (JSON.stringify(seen) !== JSON.stringify(expected)) assert.deepEqual(seen, expected)
  }

  async #observe(): Promise<Sight[]> {
    const items = await this.#table.items()
    return this.#desk.referrals.map((_, on) => observe(items, addressOf(on), iso(this.#now)))
  }

  #expected({ referrals }: Desk): Sight[] {
    return referrals.map((referral, on) => expected(referral, addressOf(on), this.#now))
  }
}

interface Doing {
  readonly on: number
  readonly act: Act | 'wake'
  readonly version: number
}

const model = (desk: Desk, { on, act, version }: Doing, now: number): Told => {
  const referral = desk.referrals[on] as Referral
  if (act === 'wake') {
    referral.wake(now)
    return 'ok'
  }
  const isForAll = act.do === 'withdraw-all'
  const answer = desk.act(on, act, version, now)
  if (answer === 'unknown') return answer
  if (answer === 'conflict') return `conflict ${isForAll ? 'closed' : referral.seen(now)}`
  return `${answer} ${isForAll ? desk.version : referral.version}`
}

const outcome = (before: Desk, work: (desk: Desk) => Told[]) => {
  const desk = before.copy()
  return { answers: work(desk), desk }
}

/** What may become of a desk when two things are done at the same time: as if one had come after the other. */
const inSomeOrder = (before: Desk, first: Doing, second: Doing, now: number) => {
  const outcomes = [
    outcome(before, desk => [model(desk, first, now), model(desk, second, now)]),
    outcome(before, desk => [model(desk, second, now), model(desk, first, now)].reverse()),
  ]
  // Each thing that is due is a step of its own.
  if (first.act === 'wake')
    outcomes.push(
      outcome(before, desk => {
        desk.referrals[first.on]?.wake(now, 1)
        return [model(desk, second, now), model(desk, first, now)].reverse()
      }),
    )
  if (first.act === 'wake' || first.act.do !== 'withdraw-all') return outcomes
  // A customer who withdraws what changes at the same time is asked to look again.
  const overtaken = outcome(before, desk => [model(desk, second, now), `stale ${desk.version}`].reverse())
  if (overtaken.desk.version > before.version) outcomes.push(overtaken)
  // Who does so twice at once may have seen the RFI as it was, and its referrals as they are.
  const isTwice = second.act !== 'wake' && second.act.do === 'withdraw-all'
  const halfSeen = (told: (desk: Desk) => Told) =>
    outcome(before, desk => [model(desk, second, now), told(desk)].reverse())
  const late = [halfSeen(() => 'conflict closed'), halfSeen(desk => `stale ${desk.version - 1}`)]
  return isTwice ? [...outcomes, ...late] : outcomes
}

const soonest = (referral: Referral): number | undefined => referral.alarms()[0]?.at

const nameOf = (alarm: string, referralId: string, at: number): string =>
  `${alarm}-${referralId}-${iso(at).slice(0, 19).replaceAll(/[-:]/g, '')}`

/** What of a referral can be seen: by its partner, in its lists and in its log. */
interface Sight {
  readonly version: number
  readonly status: string
  readonly respondBy: string
  readonly log: readonly string[]
  readonly list: string
  readonly due: string | null
  readonly hot: string | null
  readonly seen: { readonly status: string; readonly isHot: boolean; readonly actions: string }
}

const actions: readonly (readonly [string, Act['do']])[] = [
  ['accept', 'accept'],
  ['add-contact', 'add-contact'],
  ['close', 'win'],
  ['decline', 'decline'],
  ['edit-deal', 'edit-deal'],
  ['extend', 'extend'],
  ['remove-contact', 'remove-contact'],
  ['reopen', 'reopen'],
]

const expected = (referral: Referral, { partnerId, referralId }: Address, now: number): Sight => {
  const { state, answerBy, hotUntil, log, contacts } = referral
  const [due] = referral.alarms()
  const allowed = actions
    .filter(
      ([name, what]) => referral.may({ do: what }, now) && (name !== 'remove-contact' || contacts.length > 0),
    )
    .map(([name]) => name)
  return {
    version: referral.version,
    status: state,
    respondBy: iso(answerBy),
    log,
    list: `REFERRALS#${partnerId}#STAGE#${referral.stage}`,
    due: due
      ? `DUE#${iso(due.at).slice(0, 10)} ${iso(due.at)}#${due.alarm}#${partnerId}#${referralId}`
      : null,
    hot:
      state === 'new' && hotUntil !== null
        ? `REFERRALS#${partnerId}#HOT ${iso(hotUntil)}#${referralId}`
        : null,
    seen: { status: referral.seen(now), isHot: referral.isHot(now), actions: allowed.join() },
  }
}

/** What a referral's item and its events tell, whenever one looks. */
interface Kept {
  readonly referral: StoredReferral
  readonly log: readonly string[]
}

/** An item in memory is the same as long as nothing was written. */
const kept = new WeakMap<Item, Kept>()

const keptIn = (item: Item, items: readonly Item[]): Kept => {
  const known = kept.get(item)
  if (known) return known
  const events = items
    .filter(({ entity, sk }) => entity === 'event' && sk.startsWith(item.sk))
    .map(({ event }) => event as Event)
    .toSorted((a, b) => a.version - b.version)
  const referral = readReferral(item)
  checkLog(events, referral.version, String(item.listPk).endsWith('#archived'))
  const found = { referral, log: events.map(({ type }) => type.replace('referral.', '')) }
  kept.set(item, found)
  return found
}

const observe = (items: readonly Item[], { referralId }: Address, now: string): Sight => {
  const item = items.find(({ sk }) => sk === `REFERRAL#${referralId}`) as Item
  const { referral, log } = keptIn(item, items)
  const { version, status, respondBy } = referral
  const seen = view(referral, null, 'partner', now)
  return {
    version,
    status,
    respondBy,
    log,
    list: String(item.listPk),
    due: item.duePk === undefined ? null : `${String(item.duePk).replace(/#\d$/, '')} ${item.dueSk}`,
    hot: item.hotPk === undefined ? null : `${item.hotPk} ${item.hotSk}`,
    seen: {
      status: seen.status,
      isHot: seen.directContact?.state === 'hot',
      actions: seen.actions
        .map(({ name }) => name)
        .toSorted()
        .join(),
    },
  }
}

const endings = new Set(['declined', 'expired', 'won', 'lost', 'withdrawn'].map(name => `referral.${name}`))

const must = (holds: boolean, what: string): void => {
  if (!holds) throw new Error(`must hold: ${what}`)
}

/** What holds of every log of events, whatever has happened. */
const checkLog = (events: readonly Event[], version: number, isArchived: boolean): void => {
  must(version === events.length, 'each accepted command raises the version by one')
  events.forEach((event, index) => {
    must(event.version === index + 1, 'events have no gap')
    const before = events[index - 1]
    const isTakenBack = event.type === 'referral.reopened' && before?.type === 'referral.expired'
    must(
      isTakenBack || !before || !endings.has(before.type),
      'nothing follows an ending but its being taken back',
    )
    must(isTakenBack || event.type !== 'referral.reopened', 'only what has expired is taken up again')
    must(isInTime(event), 'no timer comes early')
  })
  const count = (isCounted: (event: Event) => boolean) => events.filter(isCounted).length
  const reopened = count(({ type }) => type === 'referral.reopened')
  must(reopened <= 1, 'it is reopened once at most')
  must(count(({ type }) => endings.has(type)) - reopened === (isArchived ? 1 : 0), 'it ends exactly once')
  must(count(({ type }) => type === 'referral.cooled') <= 1, 'it cools once at most')
}

const isInTime = ({ type, at, data }: Event): boolean => {
  if (type === 'referral.expired') return data.respondBy <= at
  if (type === 'referral.cooled') return data.urgentUntil <= at
  if (type === 'referral.reminder-due') return data.due.every(instant => instant <= at && at < data.respondBy)
  return type !== 'referral.nudge-due' || Date.parse(data.estimatedCloseDate) + 36 * hour <= Date.parse(at)
}

const commandOf = (act: Act): Command => {
  if (act.do === 'accept') {
    const { deal: name, closesOn: estimatedCloseDate } = act
    const estimatedValue = { amount: 1000, currency: 'EUR' }
    return {
      name: 'accept',
      acceptance: { name, estimatedValue, estimatedCloseDate, contacts: [] },
      contacts: [],
    }
  }
  if (act.do === 'edit-deal') {
    const { deal: name, closesOn } = act
    return { name: 'edit-deal', patch: { name, ...(closesOn && { estimatedCloseDate: closesOn }) } }
  }
  if (act.do === 'decline') return { name: 'decline', refusal: { reason: act.reason } }
  if (act.do === 'lose') return { name: 'lose', closing: { result: 'lost', reason: act.reason } }
  if (act.do === 'win') return { name: 'win', closing: { result: 'won' } }
  if (act.do === 'extend') return { name: 'extend', request: { reason: 'Our architect is back on Monday.' } }
  if (act.do === 'add-contact') {
    const person = { firstName: 'Key', lastName: 'Account', email: 'key@partner.example', phone: '12345' }
    return { name: 'add-contact', contact: { id: act.contact, ...person } }
  }
  if (act.do === 'remove-contact') return { name: 'remove-contact', contactId: act.contact }
  return { name: act.do === 'reopen' ? 'reopen' : 'withdraw' }
}

const refusalIn = (error: unknown): Told => {
  if (isDomainError(error, 'state-conflict')) return `conflict ${error.data.currentStatus}`
  if (isDomainError(error, 'stale-version') && error.data.current) return `stale ${error.data.currentVersion}`
  if (isDomainError(error, 'not-found')) return 'unknown'
  throw error
}

/**
 * FailureKind sweep: runs each scenario once without a failure, and then once for each AWS call and each kind of failure.
 * The final state must be the same in all runs.
 */

import type { CommandContext } from '../../shared/events/command-context.ts'
import type { MailedItem } from '../../shared/events/contract.ts'
import { DomainError } from '../../shared/kernel/errors.ts'
import type { RfiId } from '../../shared/kernel/ids.ts'
import { logger } from '../../shared/kernel/logger.ts'
import { partnerOperations } from '../../shared/partners/partner/contract.ts'
import { createPartner } from '../../shared/partners/partner/service.ts'
import { profileOperations } from '../../shared/partners/profile/contract.ts'
import { putProfile } from '../../shared/partners/profile/put-profile.ts'
import { setActive } from '../../shared/partners/profile/set-active.ts'
import { attempt } from '../../shared/persistence/idempotency.ts'
import type { Item } from '../../shared/persistence/item.ts'
import { defaultPolicy } from '../../shared/program/policy/rules.ts'
import { putPolicy } from '../../shared/program/policy/service.ts'
import { executeCommand } from '../../shared/referrals/referral/execute-command.ts'
import { getReferral } from '../../shared/referrals/referral/get-referral.ts'
import type { Command } from '../../shared/referrals/referral/referral.ts'
import { reopenReferral, undoAnswer } from '../../shared/referrals/referral/revive-referral.ts'
import type { Address } from '../../shared/referrals/referral/store.ts'
import { chooseOutcome, denyWin, reopenRfi } from '../../shared/referrals/rfi/choose-outcome.ts'
import { type CreatedRfi, rfiOperations } from '../../shared/referrals/rfi/contract.ts'
import { correctAddress } from '../../shared/referrals/rfi/correct-address.ts'
import { createRfi } from '../../shared/referrals/rfi/create-rfi.ts'
import { getRfi } from '../../shared/referrals/rfi/load.ts'
import { withdrawRfi } from '../../shared/referrals/rfi/withdraw-rfi.ts'
import { sweep } from '../../shared/referrals/timer/sweep.ts'
import { profileContext } from '../fixtures/profile-context.ts'
import { anRfiBody } from '../fixtures/rfi.ts'
import { disconnect, inputOf } from './aws.ts'
import {
  type FailureKind,
  failureKinds,
  type InjectedFailure,
  Pipeline,
  type RecordedCall,
  type Runner,
} from './pipeline.ts'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour
/** Address of the customer that `anRfiBody` names. */
const customerAddress = 'it@customer.example'
const start = Date.parse('2026-03-01T09:00:00.500Z')

const acceptance: Command = {
  name: 'accept',
  request: {
    name: 'ERP',
    estimatedValue: { amount: 1000, currency: 'EUR' },
    estimatedCloseDate: '2026-03-17',
    colleagues: [],
  },
  colleagues: [],
}

/** A scenario from the creation of an RFI until all its work is done. */
type Scenario = (runner: ScenarioRunner) => Promise<void>

/** Scenarios by name. Times are milliseconds since the creation of the RFI. */
const scenarios: Readonly<Record<string, Scenario>> = {
  'no answer': async runner => {
    await runner.createRfi(1)
    await runner.advanceTo(14 * day + hour)
  },
  'extended and declined': async runner => {
    await runner.createRfi(1)
    await runner.advanceTo(hour)
    await runner.execute({ name: 'extend', request: { reason: 'Our architect is back on Monday.' } })
    await runner.advanceTo(20 * day)
    await runner.execute({ name: 'decline', request: { reason: 'budget' } })
    await runner.advanceTo(22 * day)
  },
  'reopened, accepted, nudged and won': async runner => {
    await runner.createRfi(1)
    await runner.advanceTo(14 * day + hour)
    await runner.reopen()
    await runner.advanceTo(14 * day + 2 * hour)
    await runner.execute(acceptance)
    await runner.advanceTo(20 * day)
    await runner.execute({ name: 'win', request: { result: 'won', closedOn: '2026-03-20' } })
    await runner.advanceTo(40 * day)
  },
  'withdrawn by the customer': async runner => {
    await runner.createRfi(2)
    await runner.advanceTo(hour)
    await runner.withdraw()
    await runner.advanceTo(15 * day)
  },
  'a decline is undone, and the customer chooses': async runner => {
    await runner.createRfi(2, { directContact: false, contacts: 1 })
    await runner.advanceTo(hour)
    await runner.execute(acceptance)
    await runner.execute({ name: 'decline', request: { reason: 'budget' } }, 1)
    await runner.undo(1)
    await runner.choose(0)
    await runner.advanceTo(2 * hour)
    await runner.execute({ name: 'win', request: { result: 'won', closedOn: '2026-03-01' } })
    await runner.advanceTo(3 * hour)
  },
  'a win is denied, and a choice is taken back': async runner => {
    await runner.createRfi(2, { directContact: false, contacts: 1 })
    await runner.execute(acceptance)
    await runner.execute({ name: 'win', request: { result: 'won', closedOn: '2026-03-01' } })
    await runner.denyWin(0)
    await runner.chooseNobody()
    await runner.askAgain(1)
    await runner.advanceTo(hour)
    await runner.execute({ name: 'decline', request: { reason: 'budget' } }, 1)
    await runner.advanceTo(2 * hour)
  },
  'mail bounces and goes to the next tier': async runner => {
    runner.pipeline.bouncing.add('sales@partner-1.example')
    await runner.createRfi(1)
    await runner.advanceTo(15 * day)
  },
  'the mailbox of a contact is full': async runner => {
    runner.pipeline.full.add('sales@partner-1.example')
    await runner.createRfi(1)
    await runner.advanceTo(15 * day)
  },
  'mail to the customer bounces': async runner => {
    runner.pipeline.bouncing.add(customerAddress)
    await runner.createRfi(1)
    await runner.advanceTo(hour)
    await runner.correctAddress('right@customer.example')
    await runner.advanceTo(15 * day)
  },
  'mails wait for a digest': async runner => {
    await runner.createRfi(1, { digestAbove: 0, directContact: false })
    await runner.advanceTo(16 * hour)
    await runner.trigger('send-digests')
    await runner.advanceTo(18 * hour)
    await runner.withdraw()
    await runner.advanceTo(2 * day)
    await runner.trigger('send-digests')
  },
  'all schedules are lost': async runner => {
    await runner.createRfi(1)
    await runner.advanceTo(hour)
    runner.pipeline.timers.schedules.clear()
    // The first reminder and the end of the hot time. Before the expiry, its schedule is created again.
    for (const due of [day, 3 * day, 14 * day - 40 * minute]) {
      await runner.advanceTo(due + 20 * minute)
      await runner.trigger('sweep-overdue')
    }
    await runner.advanceTo(14 * day + hour)
  },
}

interface RfiOptions {
  readonly digestAbove?: number
  readonly directContact?: boolean
  /** Number of contacts of each location. */
  readonly contacts?: number
}

class ScenarioRunner {
  readonly pipeline: Pipeline
  #rfi: CreatedRfi | undefined

  constructor(pipeline: Pipeline) {
    this.pipeline = pipeline
  }

  async createRfi(
    recipients: number,
    { digestAbove = 10, directContact = true, contacts = recipients }: RfiOptions = {},
  ): Promise<void> {
    const actor = { kind: 'operator' } as const
    await putPolicy({ ...defaultPolicy, digestAbove }, { actor, version: 1, now: new Date(start) })
    const profiles: string[] = []
    for (let number = 1; number <= recipients; number++)
      profiles.push(await createActiveProfile(number, contacts))
    await sweep(new Date(start))
    const request = rfiOperations.createRfi.body.parse(anRfiBody(profiles, { directContact }))
    const sameAttempt = attempt('customer', 'the key of this request', 'createRfi', request)
    const { body } = await this.pipeline.callApi(now =>
      createRfi(request, { attempt: sameAttempt, actor: { kind: 'customer' }, now }),
    )
    this.#rfi = body
  }

  /** Advances the clock to a time since the creation of the RFI. */
  advanceTo(sinceCreation: number): Promise<void> {
    return this.pipeline.advanceTo(start + sinceCreation)
  }

  /** @param on number of the referral, from 0 */
  execute(command: Command, on = 0): Promise<void> {
    return this.#act((address, context) => executeCommand(address, command, context), on)
  }

  undo(on: number): Promise<void> {
    return this.#act(undoAnswer, on)
  }

  choose(on: number): Promise<void> {
    return this.#actAsCustomer((id, context) =>
      chooseOutcome(id, { referralId: this.#addressOf(on).referralId }, context),
    )
  }

  chooseNobody(): Promise<void> {
    return this.#actAsCustomer((id, context) => chooseOutcome(id, { outcome: 'none' }, context))
  }

  askAgain(on: number): Promise<void> {
    return this.#actAsCustomer((id, context) => reopenRfi(id, [this.#addressOf(on).referralId], context))
  }

  denyWin(on: number): Promise<void> {
    return this.#actAsCustomer((id, context) => denyWin(id, this.#addressOf(on).referralId, context))
  }

  reopen(): Promise<void> {
    return this.#act(reopenReferral)
  }

  withdraw(): Promise<void> {
    return this.#actAsCustomer(withdrawRfi)
  }

  async #actAsCustomer(act: (id: RfiId, context: CommandContext) => Promise<unknown>): Promise<void> {
    const { id } = this.#created()
    const { version } = await this.pipeline.callApi(now => getRfi(id, now))
    await this.#sendIgnoringRejection(now => act(id, { actor: { kind: 'customer' }, version, now }))
  }

  async correctAddress(email: string): Promise<void> {
    const { id } = this.#created()
    const { version } = await this.pipeline.callApi(now => getRfi(id, now))
    await this.#sendIgnoringRejection(now =>
      correctAddress(id, { email }, { actor: { kind: 'customer' }, version, now }),
    )
  }

  async trigger(worker: 'sweep-overdue' | 'send-digests'): Promise<void> {
    this.pipeline.trigger(worker)
    await this.pipeline.advanceTo(this.pipeline.now)
  }

  #created(): CreatedRfi {
    if (!this.#rfi) throw new Error('the RFI was not created yet')
    return this.#rfi
  }

  #addressOf(on: number): Address {
    const address = this.#created().recipients[on]
    if (!address) throw new Error(`the RFI has no recipient ${on}`)
    return address
  }

  async #act(act: (address: Address, context: CommandContext) => Promise<unknown>, on = 0): Promise<void> {
    const address = this.#addressOf(on)
    const { version } = await this.pipeline.callApi(now => getReferral(address, 'partner', now))
    await this.#sendIgnoringRejection(now => act(address, { actor: { kind: 'partner' }, version, now }))
  }

  /** Ignores domain errors, because a repeated request can be rejected after it was executed. */
  async #sendIgnoringRejection(request: (now: Date) => Promise<unknown>): Promise<void> {
    try {
      await this.pipeline.callApi(request)
    } catch (error) {
      if (!(error instanceof DomainError)) throw error
    }
  }
}

/** Creates a partner with an active profile. @param contactCount contacts of its location @returns the id of the profile */
const createActiveProfile = async (number: number, contactCount: number): Promise<string> => {
  const at = new Date(start)
  const admins = [{ firstName: 'Desk', lastName: 'admin', email: `admin@partner-${number}.example` }]
  const request = partnerOperations.createPartner.body.parse({ name: `Partner ${number}`, admins })
  const { body } = await createPartner(request, {
    attempt: attempt('operator', `partner ${number}`, 'createPartner', request),
    actor: { kind: 'operator' },
    now: at,
  })
  const contacts = ['sales', 'desk'].slice(0, contactCount).map(who => ({
    firstName: 'Desk',
    lastName: who,
    email: `${who}@partner-${number}.example`,
    locale: 'en',
  }))
  const content = profileOperations.putProfile.body.parse({
    headline: 'We do it',
    languages: ['en'],
    locations: [{ id: 'main', name: 'Berlin', address: { city: 'Berlin', country: 'DE' }, contacts }],
    defaultContacts: [
      { firstName: 'Desk', lastName: 'office', email: `office@partner-${number}.example`, locale: 'en' },
    ],
  })
  const owner = { partnerId: body.id, region: 'DE' }
  const writing = { actor: { kind: 'partner' }, now: at } as const
  const { version } = await putProfile(owner, content, { ...writing, version: undefined }, profileContext)
  return (await setActive(owner, true, { ...writing, version })).body.id
}

interface ScenarioResult {
  readonly pipeline: Pipeline
  /** True if nothing is left to do: no schedule, no message, no dead letter, and nothing for the sweep. */
  readonly isComplete: boolean
  /** Serialized items of the table, without random ids and times. */
  readonly finalState: string
  readonly mails: readonly string[]
}

const runScenario = async (scenario: Scenario, failure?: InjectedFailure): Promise<ScenarioResult> => {
  const pipeline = new Pipeline(start, failure)
  const runner = new ScenarioRunner(pipeline)
  await scenario(runner)
  // One hour covers all retries.
  await pipeline.advanceTo(pipeline.now + hour)
  const mails = pipeline.mails.map(withoutIds).toSorted()
  const isComplete = await isAllWorkDone(pipeline)
  return { pipeline, isComplete, finalState: withoutIds(JSON.stringify(await finalStateOf(pipeline))), mails }
}

const isAllWorkDone = async ({ timers, deadLetters, now }: Pipeline): Promise<boolean> => {
  const found = await sweep(new Date(now))
  const remaining = [
    timers.schedules.size,
    timers.messages.length,
    deadLetters.length,
    ...Object.values(found),
  ]
  return remaining.every(count => count === 0)
}

const finalStateOf = async ({ table }: Pipeline) => {
  const items = await table.items()
  const isClaim = ({ entity }: Item) => entity === 'mail'
  // Items of several partners have the same keys without ids, so their content decides.
  const order = (item: Item) => withoutIds(`${item.pk} ${item.sk ?? ''} ${JSON.stringify(item)}`)
  return {
    items: items
      .filter(item => !isClaim(item))
      .map(withoutTimes)
      .toSorted((a, b) => (order(a) < order(b) ? -1 : 1)),
    mails: items
      .filter(isClaim)
      .map(({ sk, state, timelineItem }) => [withoutIds(sk), state, (timelineItem as MailedItem).result])
      .toSorted(),
  }
}

/** Removes random ids. */
const withoutIds = (text: string): string => text.replace(/(rfi|ref|ptr)_[0-9A-Z]{26}(_[0-9A-Z]{6})?/g, '$1')

/** Fields with times of mails to customers, or with ids that contain such times. */
const timesOfCustomerMails: readonly string[] = ['askedAt', 'dueAt', 'duePk', 'dueSk', 'gathered', 'version']

/** Removes times, which differ after a retry, and ids of mails, which contain random ids. */
const withoutTimes = (item: Item): Item =>
  JSON.parse(
    JSON.stringify(item, (name, value) => {
      const isVolatile = ['updatedAt', 'since', 'answer', 'fingerprint', 'mail', 'mailId'].includes(name)
      if (isVolatile || (name === 'at' && item.entity === 'event')) return undefined
      // Shards are derived from random ids, and `updatedSk` from `updatedAt`.
      if (['directoryPk', 'directorySk', 'updatedSk'].includes(name)) return undefined
      if (name === 'programPk' || name === 'changesPk') return String(value).replace(/#\d+$/, '')
      if (name === 'ttl' && item.entity === 'lesson') return undefined
      // Hashes of names and random ids. Entries are compared by their number.
      if (item.entity === 'lookup-entry' && ['sk', 'lookupPk', 'lookupSk', 'roots'].includes(name))
        return undefined
      if (item.entity === 'customer-mails' && timesOfCustomerMails.includes(name)) return undefined
      const isCounted = ['sent', 'temporaryBounces'].includes(name)
      return isCounted || (name === 'held' && item.entity === 'customer-mails') ? value.length : value
    }),
  ) as Item

/** Result of a run with one injected failure. */
export interface FailureRun {
  readonly scenario: string
  readonly runner: Runner
  readonly operation: string
  readonly failure: FailureKind
  readonly isRecovered: boolean
  /** Number of mails that were sent more than once. */
  readonly repeatedMails: number
  /** True if SES accepted a mail and its record was lost. Such a mail can be sent twice (docs/architecture.md). */
  readonly isMailGap: boolean
  /** True if a digest was lost between its record and its sending (docs/architecture.md). */
  readonly isDigestLost: boolean
}

/**
 * Runs every scenario with every kind of failure at every call, one after the other. Reads crash once: see `reads`.
 * @param onScenario called after each scenario
 */
export const sweepFailures = async (
  onScenario: (scenario: string, runs: number) => void = () => {},
): Promise<FailureRun[]> => {
  const level = logger.getLevelName()
  // The injected failures are logged as errors. Silence the log.
  logger.setLogLevel('SILENT')
  try {
    const runs: FailureRun[] = []
    for (const name of Object.keys(scenarios)) {
      const scenarioRuns = await sweepScenario(name)
      onScenario(name, scenarioRuns.length)
      runs.push(...scenarioRuns)
    }
    return runs
  } finally {
    disconnect()
    logger.setLogLevel(level)
  }
}

const reads: readonly string[] = ['Get', 'BatchGet', 'Query']

const sweepScenario = async (name: string): Promise<FailureRun[]> => {
  const scenario = scenarios[name] as Scenario
  const expected = await runScenario(scenario)
  const runs: FailureRun[] = []
  for (const [index, { call: recorded }] of expected.pipeline.calls.entries())
    for (const kind of failureKinds) {
      const call = index + 1
      // A read changes nothing, so a crash after it equals a crash before it.
      if (kind === 'crash after' && reads.includes(recorded.operation)) continue
      const result = await runScenario(scenario, { call, kind })
      const failed = result.pipeline.calls[call - 1] as RecordedCall
      const missing = without(expected.mails, result.mails)
      const isDigestLost = failed.runner === 'send-digests' && missing.length > 0
      runs.push({
        scenario: name,
        runner: failed.runner,
        operation: failed.call.operation,
        failure: kind,
        isRecovered:
          result.isComplete &&
          (isDigestLost || (result.finalState === expected.finalState && missing.length === 0)),
        repeatedMails: without(result.mails, expected.mails).length,
        isMailGap: isMailGap(failed, kind),
        isDigestLost,
      })
    }
  return runs
}

/** Returns the first list without the elements of the second one, each removed once. */
const without = (list: readonly string[], others: readonly string[]): string[] => {
  const rest = [...list]
  for (const other of others) if (rest.includes(other)) rest.splice(rest.indexOf(other), 1)
  return rest
}

const isMailGap = ({ runner, call }: RecordedCall, kind: FailureKind): boolean => {
  // A digest is sent at most once.
  if (runner !== 'send-mail') return false
  if (call.service === 'ses') return kind !== 'crash before'
  const { Item: item } = inputOf<{ Item?: Item }>(call)
  return kind === 'crash before' && item?.entity === 'mail' && item.state === 'sent'
}

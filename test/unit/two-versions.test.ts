/**
 * Two versions of the program use one table, as during a deployment. The next version writes fields and event types
 * that this version does not know, and omits fields that have defaults. The versions take turns with the steps of a
 * scenario.
 */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { timelineItem } from '../../shared/events/contract.ts'
import { logger } from '../../shared/kernel/logger.ts'
import { partner as partnerSchema } from '../../shared/partners/partner/contract.ts'
import { profile as profileSchema } from '../../shared/partners/profile/contract.ts'
import type { Item } from '../../shared/persistence/item.ts'
import { referralOperations } from '../../shared/referrals/referral/contract.ts'
import { rfi as rfiSchema } from '../../shared/referrals/rfi/contract.ts'
import { type Call, disconnect, inputOf } from '../simulation/aws.ts'
import { FullScenario, personalMark, scenarioStart } from '../simulation/full-scenario.ts'
import { Pipeline } from '../simulation/pipeline.ts'

const newField = { writtenBy: 'the next version' }

/** Fields with defaults that the next version no longer writes, by entity. */
const removed: Readonly<Record<string, readonly string[]>> = {
  referral: ['actedVersion', 'answerAdvisedBy'],
  profile: ['keywords', 'contactsConfirmedAt'],
  rfi: ['place', 'trackedUntil'],
}

type Json = Record<string, unknown>

/** Returns the item as the next version writes it. */
const byNext = (item: Item): Item => {
  const next: Json = { ...item, newField }
  for (const name of removed[String(item.entity)] ?? []) delete next[name]
  const { event, need } = item as Json as { event?: Json; need?: Json }
  if (need) next.need = { ...need, newField }
  if (event)
    next.event = {
      ...event,
      newField,
      actor: { ...(event.actor as Json), newField },
      subject: { ...(event.subject as Json), newField },
      data: { ...(event.data as Json), newField },
    }
  return next as Item
}

/** Returns an event of a type that only the next version has, stored right after `item`. */
const eventOfNext = (item: Item): Item => ({
  ...item,
  sk: `${item.sk}.next`,
  event: {
    ...(item.event as Json),
    id: `${(item.event as Json).id}.next`,
    type: 'referral.unheard-of',
    data: {},
  },
})

interface Put {
  Item: Item
}

/** Changes the writes of a call to those of the next version. */
const rewrite = (call: Call): void => {
  if (call.operation === 'Put') {
    const input = inputOf<Put>(call)
    input.Item = byNext(input.Item)
  }
  if (call.operation !== 'TransactWrite') return
  const { TransactItems } = inputOf<{ TransactItems: { Put?: Put }[] }>(call)
  const puts = TransactItems.flatMap(({ Put }) => Put ?? [])
  for (const put of puts) put.Item = byNext(put.Item)
  const events = puts.filter(({ Item }) => Item.entity === 'event')
  for (const put of events) TransactItems.push({ Put: { ...put, Item: eventOfNext(put.Item) } })
}

class TwoVersions {
  readonly pipeline = new Pipeline(scenarioStart)
  readonly scenario = new FullScenario(this.pipeline)
  isNext: boolean
  /** Keys of the items that the next version wrote at least once. */
  readonly writtenByNext = new Set<string>()

  constructor(isNext: boolean) {
    this.isNext = isNext
    this.pipeline.bouncing.add(`${personalMark}.sales1@desk.example`)
    const { table } = this.pipeline
    const handle = table.handle.bind(table)
    table.handle = async call => {
      if (this.isNext) rewrite(call)
      const answer = await handle(call)
      if (this.isNext) this.#note(call)
      return answer
    }
  }

  #note(call: Call): void {
    const { Item, TransactItems = [] } = inputOf<{ Item?: Item; TransactItems?: { Put?: Put }[] }>(call)
    const items = [Item, ...TransactItems.map(({ Put }) => Put?.Item)]
    for (const item of items) if (item) this.writtenByNext.add(`${item.pk} ${item.sk}`)
  }

  /** Runs all steps of the scenario; the version changes after each step. */
  async runAlternating(): Promise<void> {
    for (const step of Object.values(this.scenario.steps)) {
      await step()
      this.isNext = !this.isNext
    }
    this.isNext = false
  }
}

beforeEach(() => {
  for (const level of ['error', 'warn'] as const) vi.spyOn(logger, level).mockImplementation(() => {})
})
afterEach(disconnect)

describe.each([
  ['this version', false],
  ['the next version', true],
])('a scenario that begins with %s', (_, isNext) => {
  it('ends with all mails sent and no dead letters', async () => {
    const both = new TwoVersions(isNext)
    await both.runAlternating()
    const alone = new TwoVersions(false)
    for (const step of Object.values(alone.scenario.steps)) await step()
    expect(both.pipeline.deadLetters).toEqual([])
    expect(both.pipeline.timers.schedules.size).toBe(alone.pipeline.timers.schedules.size)
    expect(both.pipeline.mails.toSorted()).toEqual(alone.pipeline.mails.toSorted())
  })

  it('returns views that satisfy the contract and contain no field of the next version', async () => {
    const both = new TwoVersions(isNext)
    await both.runAlternating()
    const views = await both.scenario.views()
    const check = (schema: { safeParse: (value: unknown) => { error?: unknown } }, value: unknown) =>
      expect(schema.safeParse(JSON.parse(JSON.stringify(value))).error).toBeUndefined()
    for (const body of views.rfis) check(rfiSchema, body)
    for (const body of views.referrals)
      check(referralOperations.getReferral.response, { ...body, actions: [] })
    for (const item of views.timelines.flat()) check(timelineItem, item)
    for (const body of views.partners) check(partnerSchema, body)
    for (const body of views.profiles.flat()) check(profileSchema, body)
    expect(views.timelines.map(items => items.length)).not.toContain(0)
    expect(JSON.stringify(views)).not.toContain('the next version')
  })

  it('keeps the fields of the next version on items that this version updates', async () => {
    const both = new TwoVersions(isNext)
    await both.runAlternating()
    const items = await both.pipeline.table.items()
    const kept = [
      'partner',
      'partner-people',
      'profile',
      'profile-people',
      'rfi',
      'referral',
      'contact-health',
      'reputation',
    ]
    const touched = items.filter(
      ({ pk, sk, entity }) => both.writtenByNext.has(`${pk} ${sk}`) && kept.includes(String(entity)),
    )
    expect(new Set(touched.map(({ entity }) => entity)).size).toBeGreaterThan(3)
    for (const item of touched) expect(item.newField, `${item.entity} ${item.sk}`).toEqual(newField)
  })
})

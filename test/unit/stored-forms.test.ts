/** Every stored form of an item can be read, and its views satisfy the present contract. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type * as z from 'zod/mini'
import { movedItems, type StoredItem } from '../../commands/migration.ts'
import { readReputation } from '../../shared/discovery/reputation/store.ts'
import { routingOperations } from '../../shared/discovery/routing/contract.ts'
import { listRouting } from '../../shared/discovery/routing/store.ts'
import { storedDecisionOf } from '../../shared/discovery/routing/stored.ts'
import { eventData, timelineItem } from '../../shared/events/contract.ts'
import { readEvent, readTimelineItem } from '../../shared/events/store.ts'
import { asPartnerId, asRfiId } from '../../shared/kernel/ids.ts'
import { logger } from '../../shared/kernel/logger.ts'
import { getCustomerMails, putCustomerMails, rfiOfKey } from '../../shared/messaging/customer-mail/store.ts'
import { dayKey, getDay } from '../../shared/messaging/digest/store.ts'
import { claim, recordResult } from '../../shared/messaging/mail/store.ts'
import { readHealth } from '../../shared/partners/contact/store.ts'
import { readEntry } from '../../shared/partners/listing/store.ts'
import { storedEntryOf } from '../../shared/partners/listing/stored.ts'
import { partner as partnerSchema } from '../../shared/partners/partner/contract.ts'
import { getPartner, listPartners } from '../../shared/partners/partner/service.ts'
import { confirmContacts } from '../../shared/partners/profile/change-contacts.ts'
import { profileOperations, profile as profileSchema } from '../../shared/partners/profile/contract.ts'
import { getProfile, listProfileVersions } from '../../shared/partners/profile/get-profile.ts'
import type { PublicProfile } from '../../shared/partners/profile/rules.ts'
import { readPublicProfile } from '../../shared/partners/profile/store.ts'
import { storedProfileOf } from '../../shared/partners/profile/stored.ts'
import { createOnce } from '../../shared/persistence/idempotency.ts'
import type { Item, Write } from '../../shared/persistence/item.ts'
import { policy as policySchema } from '../../shared/program/policy/contract.ts'
import { defaultPolicy } from '../../shared/program/policy/rules.ts'
import { readPolicy } from '../../shared/program/policy/store.ts'
import { storedPolicyOf } from '../../shared/program/policy/stored.ts'
import { taxonomy as taxonomySchema } from '../../shared/program/taxonomy/contract.ts'
import { readTaxonomy } from '../../shared/program/taxonomy/store.ts'
import { storedTaxonomyOf } from '../../shared/program/taxonomy/stored.ts'
import { referralOperations } from '../../shared/referrals/referral/contract.ts'
import { viewListItem, viewReferral } from '../../shared/referrals/referral/rules.ts'
import {
  listByStatus,
  putDecision,
  readReferral,
  reindexedReferral,
} from '../../shared/referrals/referral/store.ts'
import { condition } from '../../shared/referrals/referral/transitions.ts'
import { rfiOperations } from '../../shared/referrals/rfi/contract.ts'
import { rfiEvent, viewRfi } from '../../shared/referrals/rfi/rules.ts'
import { listUnrouted, putRfi, readCustomer, readRfi } from '../../shared/referrals/rfi/store.ts'
import { getSweptUntil } from '../../shared/referrals/timer/store.ts'
import { connect, disconnect } from '../simulation/aws.ts'
import { MemoryTable } from '../simulation/table.ts'

const folder = join(import.meta.dirname, '../fixtures/stored')
const now = '2026-03-02T10:00:00.000Z'
const date = new Date(now)
const scope = { list: 'test' }

const entities = readdirSync(folder).sort()
const formsOf = (entity: string): string[] =>
  readdirSync(join(folder, entity)).map(file => file.replace(/\.json$/, ''))

const itemOf = (entity: string, form: string): StoredItem =>
  JSON.parse(readFileSync(join(folder, entity, `${form}.json`), 'utf8'))

/** Returns the items that the present program reads. Items of the first key layout are migrated. */
const presentItems = (entity: string, form: string): Item[] => {
  const item = itemOf(entity, form)
  return (movedItems(item) ?? [item]).map(found =>
    found.entity === 'moving-event' ? { ...found, entity: 'event' } : found,
  )
}

/** Returns a table with the given items. */
const tableOf = (...items: Item[]): MemoryTable => {
  const table = new MemoryTable()
  connect(call => table.handle(call))
  table.fill(items)
  return table
}
afterEach(disconnect)

/** Lists a stored referral with its stored `overview`, after `npm run migrate` has added the keys of the present indexes. */
const listed = async (item: Item) => {
  tableOf({ ...reindexedReferral(item), overview: item.overview })
  const { partnerId, status } = readReferral(item)
  const { items } = await listByStatus(partnerId, { statuses: [status], sort: 'newest', limit: 25 }, scope)
  return items
}

const satisfies = (schema: z.ZodMiniType | undefined, value: unknown): void =>
  expect(schema?.safeParse(JSON.parse(JSON.stringify(value))).error).toBeUndefined()

type Check = (items: readonly [Item, ...Item[]], form: string) => Promise<void> | void

/** Checks by entity. */
const checks: Readonly<Record<string, Check>> = {
  'contact-health': ([item]) => {
    const { partnerId, region } = item as unknown as { partnerId: string; region: string }
    const health = readHealth(item, asPartnerId(partnerId), region)
    expect(health.troubles).not.toEqual([])
    for (const { events } of health.troubles) expect(Array.isArray(events)).toBe(true)
  },
  customer: ([item]) => {
    satisfies(rfiOperations.createRfi.body.shape.customer, readCustomer(item))
  },
  event: ([item], form) => {
    const event = readEvent(item)
    expect(event?.type.replace('.', '-')).toBe(form.replace(/-(first|before-tags)$/, ''))
    satisfies(timelineItem, readTimelineItem(item))
  },
  idempotency: async ([item]) => {
    const seconds = Number(item.ttl) - 10
    const key = { key: item, fingerprint: String(item.fingerprint) }
    const answer = await createOnce(key, [item], new Date(seconds * 1000), () => {
      throw new Error('create must not be called for a stored answer')
    })
    expect(answer).toEqual(item.answer)
  },
  lesson: ([item]) => {
    expect(item.pk).toMatch(/^REPUTATION#ptr_/)
    expect(item.ttl).toEqual(expect.any(Number))
  },
  mail: async ([item], form) => {
    if (form === 'first') return
    tableOf(item)
    const known = await recordResult(item, 'complained', date)
    expect(known?.timelineItem.result).toBe('complained')
    satisfies(timelineItem, readTimelineItem(item))
    if (known) expect(await claim(item, known, date)).toBe('complained')
  },
  'customer-mails': async ([item]) => {
    tableOf(item)
    const mails = await getCustomerMails(asRfiId(String(item.rfiId)))
    expect(mails.held).toHaveLength(1)
    expect(rfiOfKey(item)).toBe(item.rfiId)
    await putCustomerMails({ ...mails, version: mails.version + 1 })
    expect(await getCustomerMails(mails.rfiId)).toEqual({ ...mails, version: mails.version + 1 })
  },
  'mail-day': async ([item]) => {
    tableOf(item)
    const day = await getDay(item)
    expect(day && dayKey(day)).toEqual({ pk: item.pk, sk: item.sk })
    expect(day?.held).toHaveLength(1)
  },
  partner: async ([item, ...people], form) => {
    const others = form === 'present' ? presentItems('partner-people', 'present') : people
    tableOf(item, ...others)
    const { body } = await getPartner(asPartnerId(String(item.id)))
    satisfies(partnerSchema, body)
    expect((await listPartners(25, scope)).items).toEqual([body])
    expect(body.admins).toHaveLength(form === 'first' ? 0 : 1)
  },
  'partner-people': ([item]) => {
    expect(item.version).toBe(1)
  },
  policy: ([item]) => satisfies(policySchema, readPolicy(item)),
  'policy-version': ([item]) => satisfies(policySchema, readPolicy(item)),
  profile: async ([item, ...people], form) => {
    const isApart = ['present', 'before-first-days'].includes(form)
    const others = isApart ? presentItems('profile-people', 'present') : people
    const [company] = presentItems('partner', 'first')
    tableOf(item, ...others, { ...(company as Item), pk: item.pk })
    const address = { partnerId: asPartnerId(String(item.partnerId)), region: String(item.region) }
    const { body } = await getProfile(address, undefined, date)
    satisfies(profileSchema, body)
    expect(body.locations.map(({ contacts }) => contacts.length)).toEqual([2])
    expect(body.defaultContacts).toHaveLength(form === 'first' ? 0 : 1)
    expect(body.locations[0]?.contacts[0]?.muted).toBe(false)
  },
  'profile-people': ([item]) => {
    expect(item.version).toBe(1)
  },
  'profile-version': async ([item]) => {
    const [profile, ...people] = presentItems('profile', 'before-classes')
    const [company] = presentItems('partner', 'first')
    const pk = item.pk
    const partnerId = String(item.partnerId)
    const version = { ...item, version: 1, sk: 'PROFILE-VERSION#DE#00000001' }
    tableOf(
      version,
      { ...(profile as Item), pk, partnerId, version: 2 },
      ...people.map(one => ({ ...one, pk: `PEOPLE#${partnerId}` })),
      { ...(company as Item), pk },
    )
    const address = { partnerId: asPartnerId(partnerId), region: 'DE' }
    satisfies(profileSchema, (await getProfile(address, 1, date)).body)
    satisfies(profileOperations.listProfileVersions.response, await listProfileVersions(address, 25, scope))
  },
  referral: async ([item]) => {
    const referral = readReferral(item)
    // The HTTP layer turns actions into links.
    satisfies(referralOperations.getReferral.response, {
      ...viewReferral(referral, null, 'partner', now),
      actions: [],
    })
    const items = await listed(item)
    expect(items).toHaveLength(1)
    for (const one of items)
      satisfies(referralOperations.listReferrals.response, {
        items: [viewListItem(one, 'partner', now)],
        nextCursor: null,
      })
    expect(referral.recommendedAnswerBy <= referral.respondBy).toBe(true)
    expect(referral.actedVersion).toBeGreaterThanOrEqual(1)
  },
  reputation: ([item]) => {
    const { partnerId, region, version } = readReputation(item, asPartnerId('other'), 'DE')
    expect(version).toBe(item.version)
    expect(partnerId).not.toBe('other')
    expect(readEntry(item)).toMatchObject({ kind: 'reputation', partnerId, region })
  },
  rfi: async ([item], form) => {
    const rfi = readRfi(item)
    const shown = { rfi, referrals: [], details: [], customer: null, policy: defaultPolicy }
    satisfies(rfiOperations.getRfi.response, viewRfi(shown, now))
    if (form !== 'present-unrouted') return
    tableOf(item)
    satisfies(rfiOperations.listUnroutedRfis.response, await listUnrouted(25, scope))
  },
  routing: async ([item]) => {
    tableOf(item)
    const items = await listRouting(asRfiId(String(item.rfiId)))
    expect(items).toHaveLength(1)
    satisfies(routingOperations.getRouting.response, { items })
  },
  sweep: async ([item]) => {
    tableOf(item)
    expect(await getSweptUntil()).toBe(item.sweptUntil)
  },
  taxonomy: ([item]) => satisfies(taxonomySchema, readTaxonomy(item)),
}

it('each entity with a stored form has a check', () => {
  expect(entities).toEqual(Object.keys(checks).sort())
})

it('each event type has a golden item', () => {
  const stored = formsOf('event').map(form => (itemOf('event', form).event as { type: string }).type)
  expect(
    Object.keys(eventData).filter(type => !stored.includes(type)),
    'These event types have no golden item. Add test/fixtures/stored/event/<type>.json, with "-" in place of "." in the name',
  ).toEqual([])
  expect(stored.filter(type => !(type in eventData))).toEqual([])
})

describe.each(entities)('%s', entity => {
  it.each(formsOf(entity))('can be read in the form “%s”', async form => {
    vi.spyOn(logger, 'error').mockImplementation(() => {})
    const [item, ...others] = presentItems(entity, form)
    if (!item) throw new Error('the file contains no item')
    expect(item.pk).not.toMatch(/^PARTNER#/)
    await checks[entity]?.([item, ...others], form)
  })

  it.each(formsOf(entity).filter(form => !['lesson', 'mail'].includes(entity) && form.startsWith('present')))(
    'does not show fields that only a newer version knows (%s)',
    async form => {
      const [item, ...others] = presentItems(entity, form)
      if (!item || entity === 'idempotency') return
      await checks[entity]?.([{ ...item, newField: { text: 'x' } }, ...others], form)
    },
  )
})

describe('a missing field', () => {
  it.each([
    ['deal', 'deal', null],
    ['decline', 'decline', null],
    ['outcome', 'outcome', null],
    ['answeredAt', 'answeredAt', null],
    ['closedAt', 'closedAt', null],
    ['urgentUntil', 'hotUntil', null],
    ['urgency', 'urgency', null],
    ['contacts', 'colleagues', []],
  ])('of a referral is read with its default: %s', (stored, field, value) => {
    const { [stored]: _, ...item } = itemOf('referral', 'present')
    expect(readReferral(item as StoredItem)).toEqual({
      ...readReferral(itemOf('referral', 'present')),
      [field]: value,
    })
  })

  it.each([
    ['urgentUntil', 'hotUntil'],
    ['urgency', 'urgency'],
    ['closedAt', 'closedAt'],
    ['dealName', 'dealName'],
    ['budget', 'budget'],
    ['value', 'estimatedValue'],
  ])('of a listed referral is read as null: %s', async (stored, field) => {
    const item = itemOf('referral', 'present')
    const { [stored]: _, ...overview } = item.overview as Record<string, unknown>
    const items = await listed({ ...item, overview })
    expect(items).toEqual([expect.objectContaining({ [field]: null })])
  })

  it.each([
    ['without people', 0],
    ['with people', 1],
  ])('peopleVersion of a profile and a partner %s causes no conflict', async (_, count) => {
    const lacking = (entity: string): Item => {
      const { peopleVersion: _, ...item } = itemOf(entity, 'present')
      return item as Item
    }
    const people = ['profile-people', 'partner-people'].map(entity => itemOf(entity, 'present'))
    tableOf(lacking('profile'), lacking('partner'), ...(count > 0 ? people : []))
    const partnerId = asPartnerId(String(lacking('partner').id))
    const address = { partnerId, region: 'DE' }
    const { body, version } = await getProfile(address, undefined, date)
    expect(body.defaultContacts).toHaveLength(count)
    expect((await getPartner(partnerId)).body.admins).toHaveLength(count)

    const changed = await confirmContacts(address, { actor: { kind: 'partner' }, version, now: date })
    expect(changed.body.defaultContacts).toEqual(body.defaultContacts)
    expect(await getProfile(address, undefined, date)).toEqual(changed)
  })
})

describe('a listed referral', () => {
  const listedAs = async (form: string) => (await listed(itemOf('referral', form)))[0]
  const money = (amount: number) => ({ amount, currency: 'EUR' })

  it('has the budget of the customer and the estimate of the partner', async () => {
    expect(await listedAs('present-new')).toMatchObject({
      budget: money(1500),
      estimatedValue: null,
    })
    expect(await listedAs('present')).toMatchObject({
      budget: money(1500),
      estimatedValue: money(1000),
    })
  })

  it('has no budget after acceptance if it was stored before `budget` was added', async () => {
    expect(await listedAs('before-budget')).toMatchObject({
      budget: null,
      estimatedValue: money(1000),
    })
  })

  it('has `value` as the budget of a new referral that was stored before `budget` was added', async () => {
    const item = itemOf('referral', 'before-budget-new')
    const items = await listed({ ...item, overview: { ...(item.overview as object), value: money(700) } })
    expect(items).toMatchObject([{ budget: money(700), estimatedValue: null }])
  })
})

/** The fields of a written item that a golden item lacks, such as `overview.budget`. */
const lackingFields = (golden: unknown, written: unknown, path = ''): string[] => {
  if (typeof written !== 'object' || written === null || Array.isArray(written)) return []
  const fields = (golden ?? {}) as Record<string, unknown>
  return Object.entries(written).flatMap(([name, value]) =>
    name in fields ? lackingFields(fields[name], value, `${path}${name}.`) : [`${path}${name}`],
  )
}

/** Returns the item that a write puts. */
const putBy = ([write]: readonly Write[]): object => {
  if (!write || !('put' in write)) throw new Error('The first write puts no item. Expected a put.')
  return write.put
}

const rewritten: Readonly<Record<string, (item: Item) => object>> = {
  policy: item => storedPolicyOf(readPolicy(item)),
  taxonomy: item => storedTaxonomyOf(readTaxonomy(item)),
  profile: item => storedProfileOf(readPublicProfile(item) as PublicProfile),
  referral: item => putBy(putDecision({ next: readReferral(item), events: [] }, {})),
  customer: item => ({ customer: readCustomer(item) }),
  rfi: item => {
    const rfi = readRfi(item)
    return putBy(putRfi(rfi, rfiEvent(rfi, 'rfi.received', { kind: 'customer' }, now), {}))
  },
}

describe('a present golden item', () => {
  it.each(
    Object.entries(rewritten).flatMap(([entity, write]) =>
      formsOf(entity)
        .filter(form => form.startsWith('present'))
        .map(form => ({ entity, form, write })),
    ),
  )('has every field that the program writes: $entity/$form', ({ entity, form, write }) => {
    const item = itemOf(entity, form)
    const written = JSON.parse(JSON.stringify(write(item)))
    expect(
      lackingFields(item, written),
      `Fields are missing in test/fixtures/stored/${entity}/${form}.json. Add them there. Before that, copy ` +
        `test/fixtures/stored/${entity}/present.json to a name that says what it lacks, because stored items have that form`,
    ).toEqual([])
    expect(item).toMatchObject(written)
  })
})

describe('stored names that differ from names in code', () => {
  it('are written as they were read: routing', async () => {
    const item = itemOf('routing', 'present')
    tableOf(item)
    const [decision] = await listRouting(asRfiId(String(item.rfiId)))
    expect(item).toMatchObject(decision ? storedDecisionOf(decision) : {})
  })

  it('are written as they were read: directory entry', () => {
    const item = itemOf('profile', 'present')
    const entry = readEntry(item)
    expect(JSON.parse(String(item.entry))).toEqual(entry && JSON.parse(JSON.stringify(storedEntryOf(entry))))
  })

  it('are used in the conditions of writes', () => {
    const referral = readReferral(itemOf('referral', 'present-new'))
    const when = condition('cool', referral, '2026-03-05T09:00:00.000Z')
    const [write] = putDecision({ next: referral, events: [] }, when)
    expect(write?.when).toMatchObject({
      urgency: 'hot',
      urgentUntil: { atOrBefore: '2026-03-05T09:00:00.000Z' },
    })
    expect(write?.when).not.toHaveProperty('hotUntil')
  })
})

describe('an unreadable item', () => {
  it.each([
    ['referral', () => readReferral],
    ['rfi', () => readRfi],
    ['policy', () => readPolicy],
  ] as const)('throws an error that contains %s and key but no content', (entity, reader) => {
    const [form = ''] = formsOf(entity).filter(name => name.startsWith('present'))
    const item = { ...itemOf(entity, form), status: 'unheard-of', responseTime: 5, secret: 'Ada' }
    const read = () => (reader() as (item: Item) => unknown)(item)
    expect(read).toThrow(`at ${item.pk} ${item.sk} cannot be read: `)
    expect(read).not.toThrow('Ada')
    expect(read).not.toThrow('unheard-of')
  })
})

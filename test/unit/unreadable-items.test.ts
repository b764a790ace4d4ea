/** A list leaves out an item that cannot be read, logs it once without its content, and returns the others. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { readReputation } from '../../shared/discovery/reputation/store.ts'
import { listRouting } from '../../shared/discovery/routing/store.ts'
import { asPartnerId, asReferralId, asRfiId } from '../../shared/kernel/ids.ts'
import { logger } from '../../shared/kernel/logger.ts'
import { listPartners } from '../../shared/partners/partner/service.ts'
import { partnerIds } from '../../shared/partners/partner/store.ts'
import { listProfiles, listProfilesByOperator } from '../../shared/partners/profile/list-profiles.ts'
import { listUnhealthyProfiles } from '../../shared/partners/profile/list-unhealthy-profiles.ts'
import type { Item } from '../../shared/persistence/item.ts'
import { UnreadableItem } from '../../shared/persistence/stored.ts'
import { getReferral } from '../../shared/referrals/referral/get-referral.ts'
import { getAlert, listReferrals } from '../../shared/referrals/referral/list-referrals.ts'
import { listOpen } from '../../shared/referrals/referral/store.ts'
import { getRfi } from '../../shared/referrals/rfi/load.ts'
import { listUnrouted } from '../../shared/referrals/rfi/store.ts'
import { withdrawRfi } from '../../shared/referrals/rfi/withdraw-rfi.ts'
import { connect, disconnect } from '../simulation/aws.ts'
import { MemoryTable } from '../simulation/table.ts'

const now = new Date('2026-03-02T10:00:00.000Z')
const scope = { list: 'test' }
const partnerId = asPartnerId('ptr_01KJPWD73MJH4B284KSPFRCRDM')
const otherId = 'ptr_01KJPWD73MJH4B284KSPFRCRDN'
const secret = 'Call Ada'

const stored = (entity: string, form = 'present'): Item =>
  JSON.parse(readFileSync(join(import.meta.dirname, `../fixtures/stored/${entity}/${form}.json`), 'utf8'))

/** Returns a copy of an item in the same lists under other keys. */
const copy = (item: Item, more: object): Item => ({
  ...item,
  ...Object.fromEntries(
    ['listSk', 'hotSk'].flatMap(name => (name in item ? [[name, `${item[name]}2`]] : [])),
  ),
  ...more,
})

const unread = { overview: { id: [secret] } }
const company = stored('partner')
const administrators = stored('partner-people')
const profile = stored('profile')
const people = stored('profile-people')
const health = stored('contact-health')
const referral = stored('referral', 'present-new')
const rfi = stored('rfi', 'present-unrouted')
const routing = stored('routing')

const brokenReferral = copy(referral, { sk: `${referral.sk}2`, ...unread })
const otherCompany = copy(company, { pk: `LISTING#${otherId}`, id: otherId })
const brokenProfile = copy(profile, { sk: 'PROFILE#AT', region: 'AT', status: secret })

interface Case {
  readonly items: readonly Item[]
  readonly list: () => Promise<readonly unknown[]>
  readonly entity: string
  readonly broken: Item
}

const referrals = (sort: 'newest' | 'hot-first') => async () =>
  (await listReferrals(partnerId, { stage: 'inbox', sort, limit: 25 }, scope, 'partner', now)).items

const partner = [company, administrators]
const partnerWithProfile = [...partner, profile, people, health]

const cases: Readonly<Record<string, Case>> = {
  'a partner’s referrals': {
    items: [referral, brokenReferral],
    list: referrals('newest'),
    entity: 'referral',
    broken: brokenReferral,
  },
  'a partner’s referrals, hot ones first': {
    items: [referral, { ...brokenReferral, hotPk: 'none' }],
    list: referrals('hot-first'),
    entity: 'referral',
    broken: brokenReferral,
  },
  'a partner’s hot referrals': {
    items: [referral, brokenReferral],
    list: async () => (await getAlert(partnerId, now)).items,
    entity: 'referral',
    broken: brokenReferral,
  },
  partners: {
    items: [...partner, { ...otherCompany, ...unread }],
    list: async () => (await listPartners(25, scope)).items,
    entity: 'partner',
    broken: otherCompany,
  },
  'partners with unreadable administrators': {
    items: [
      ...partner,
      { ...otherCompany, overview: { ...(company.overview as object), id: otherId } },
      { ...administrators, pk: `PEOPLE#${otherId}`, admins: secret },
    ],
    list: async () => (await listPartners(25, scope)).items,
    entity: 'partner',
    broken: { ...administrators, pk: `PEOPLE#${otherId}` },
  },
  'the ids of partners': {
    items: [...partner, { ...otherCompany, ...unread }],
    list: async () => {
      const ids: string[] = []
      for await (const page of partnerIds()) ids.push(...page)
      return ids
    },
    entity: 'partner',
    broken: otherCompany,
  },
  'a partner’s profiles': {
    items: [...partnerWithProfile, brokenProfile],
    list: async () => (await listProfiles(partnerId, now)).items,
    entity: 'profile',
    broken: brokenProfile,
  },
  'a partner’s profiles for the operator': {
    items: [...partnerWithProfile, brokenProfile],
    list: async () => (await listProfilesByOperator(partnerId, now)).items,
    entity: 'profile',
    broken: brokenProfile,
  },
  'profiles with contacts that cannot be reached': {
    items: [
      ...partnerWithProfile,
      brokenProfile,
      copy(health, { sk: 'CONTACTS#AT', region: 'AT', overview: { partnerId, region: 'AT' } }),
    ],
    list: async () => (await listUnhealthyProfiles(25, scope, now)).items,
    entity: 'profile',
    broken: brokenProfile,
  },
  'unrouted RFIs': {
    items: [rfi, copy(rfi, { pk: 'RFI#rfi_2', ...unread })],
    list: async () => (await listUnrouted(25, scope)).items,
    entity: 'RFI',
    broken: { ...rfi, pk: 'RFI#rfi_2' },
  },
  'the routing decisions of an RFI': {
    items: [routing, { ...routing, sk: 'ROUTING#00000099', at: [secret] }],
    list: () => listRouting(asRfiId(String(routing.rfiId))),
    entity: 'routing decision',
    broken: { ...routing, sk: 'ROUTING#00000099' },
  },
}

const errors = vi.spyOn(logger, 'error')

/** Fills a new table. */
const fill = (items: readonly Item[]): void => {
  const table = new MemoryTable()
  connect(call => table.handle(call))
  table.fill(items)
}

beforeEach(() => {
  errors.mockReset().mockImplementation(() => {})
})
afterEach(disconnect)

it.each(Object.entries(cases))(
  'a list of %s leaves out and logs an item that cannot be read',
  async (_, { items, list, entity, broken }) => {
    fill(items)
    expect(await list()).toHaveLength(1)
    const key = `${broken.pk} ${broken.sk}`
    expect(errors.mock.calls).toEqual([
      ['left an unreadable item out of a list', expect.objectContaining({ entity, key })],
    ])
    expect(JSON.stringify(errors.mock.calls)).not.toContain(secret)
  },
)

it('a list of open referrals is incomplete when one cannot be read, so that its location is kept', async () => {
  fill([referral, brokenReferral])
  expect(await listOpen(partnerId, 25)).toMatchObject({ items: [{ id: referral.id }], isAll: false })
})

describe('an RFI with a referral that cannot be read', () => {
  const sentRfi = stored('rfi')
  const id = asRfiId(String(sentRfi.id))
  const [first, ...others] = (sentRfi.recipients as { partnerId: string; referralId: string }[]).map(
    ({ partnerId, referralId }): Item => ({
      ...stored('referral'),
      pk: `REFERRALS#${partnerId}`,
      sk: `REFERRAL#${referralId}`,
      id: referralId,
      partnerId,
      status: 'declined',
    }),
  )
  const broken = { ...first, need: secret } as Item

  it('is shown without it, and the referral is logged', async () => {
    fill([sentRfi, broken, ...others])
    const { body } = await getRfi(id, now)
    expect(body.recipients.map(({ referralId }) => referralId)).toEqual(others.map(referral => referral.id))
    const key = `${broken.pk} ${broken.sk}`
    expect(errors.mock.calls).toEqual([
      ['left an unreadable item out of a list', expect.objectContaining({ entity: 'referral', key })],
    ])
  })

  it('counts as open and gets no suggestions, because the referral may be open', async () => {
    fill([sentRfi, broken, ...others])
    expect((await getRfi(id, now)).body).toMatchObject({ status: 'open', suggestions: [] })
    fill([sentRfi, first as Item, ...others])
    expect((await getRfi(id, now)).body).toMatchObject({ status: 'closed' })
  })

  it('cannot be withdrawn, because that concerns all its referrals', async () => {
    fill([sentRfi, broken, ...others])
    const withdrawal = withdrawRfi(id, { actor: { kind: 'customer' }, version: 1, now })
    await expect(withdrawal).rejects.toMatchObject({ name: 'UnreadableItem' })
  })
})

describe('an expired referral whose RFI has a referral that cannot be read', () => {
  const expired: Item = { ...referral, urgency: null, urgentUntil: null }
  const sent = { ...stored('rfi'), status: 'open' }
  const siblings = (sent as unknown as { recipients: { partnerId: string; referralId: string }[] }).recipients
    .slice(1)
    .map(
      (recipient): Item => ({
        ...stored('referral'),
        pk: `REFERRALS#${recipient.partnerId}`,
        sk: `REFERRAL#${recipient.referralId}`,
        id: recipient.referralId,
        status: 'declined',
        outcome: null,
      }),
    )
  const soonAfter = new Date(Date.parse(String(expired.respondBy)) + 3_600_000)
  const get = () =>
    getReferral({ partnerId, referralId: asReferralId(String(expired.id)) }, 'partner', soonAfter)
  const isOffered = async (): Promise<boolean> =>
    (await get()).body.actions.some(({ name }) => name === 'reopen')

  it('is shown, without the offer to reopen it', async () => {
    fill([sent, expired, ...siblings])
    expect(await isOffered()).toBe(true)
    fill([sent, expired, ...siblings.slice(1), { ...siblings[0], need: secret } as Item])
    expect(await isOffered()).toBe(false)
  })
})

it('a reputation that cannot be read is an unreadable item, whose error names its key', () => {
  const item: Item = { pk: `REPUTATION#${partnerId}`, sk: 'REPUTATION#DE', entry: secret }
  vi.spyOn(logger, 'warn').mockImplementationOnce(() => {})
  expect(() => readReputation(item, partnerId, 'DE')).toThrow(UnreadableItem)
  vi.spyOn(logger, 'warn').mockImplementationOnce(() => {})
  expect(() => readReputation(item, partnerId, 'DE')).toThrow(
    `the reputation at ${item.pk} ${item.sk} cannot be read: entry: invalid_value`,
  )
})

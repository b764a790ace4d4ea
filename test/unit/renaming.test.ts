/** Renaming a partner: its profiles get the new name, also during concurrent writes. */

import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { asPartnerId } from '../../shared/kernel/ids.ts'
import { countries } from '../../shared/kernel/iso.ts'
import { partnerOperations } from '../../shared/partners/partner/contract.ts'
import { createPartner, editPartner } from '../../shared/partners/partner/service.ts'
import {
  maxLocations,
  maxRemoved,
  profileOperations,
  statementNames,
} from '../../shared/partners/profile/contract.ts'
import { putProfile } from '../../shared/partners/profile/put-profile.ts'
import { contentIn } from '../../shared/partners/profile/rules.ts'
import * as store from '../../shared/partners/profile/store.ts'
import { attempt } from '../../shared/persistence/idempotency.ts'
import type { Item } from '../../shared/persistence/item.ts'
import { transact } from '../../shared/persistence/table.ts'
import { aProfile } from '../fixtures/profile.ts'
import { profileContext } from '../fixtures/profile-context.ts'
import { receivedAt } from '../fixtures/time.ts'
import { connect, disconnect, inputOf } from '../simulation/aws.ts'
import { MemoryTable } from '../simulation/table.ts'

const now = new Date(receivedAt)
const admin = { kind: 'partner', id: 'admin' } as const
const operator = { kind: 'operator', id: 'operator' } as const

let table: MemoryTable
let transactions: number
/** Size of each transaction as JSON, in bytes. This is slightly more than DynamoDB counts. */
let bytesSent: number[]
/** Callbacks that run right before a transaction, by the number of the transaction. */
let meanwhile: Map<number, () => Promise<unknown>>
let partnerId: string

beforeEach(async () => {
  table = new MemoryTable()
  transactions = 0
  bytesSent = []
  meanwhile = new Map()
  connect(async call => {
    if (call.operation === 'TransactWrite') {
      transactions++
      const action = meanwhile.get(transactions)
      meanwhile.delete(transactions)
      await action?.()
      bytesSent.push(Buffer.byteLength(JSON.stringify(inputOf(call))))
    }
    return table.handle(call)
  })
  const asked = partnerOperations.createPartner.body.parse({ name: 'Before' })
  const once = attempt('operator', 'partner', 'createPartner', asked)
  partnerId = (await createPartner(asked, { attempt: once, actor: operator, now })).body.id
  transactions = 0
})
afterAll(disconnect)

const draft = (region: string, headline = 'We do it', version?: number) => {
  const content = profileOperations.putProfile.body.parse({ headline })
  return putProfile(
    { partnerId: asPartnerId(partnerId), region },
    content,
    { actor: admin, version, now },
    profileContext,
  )
}

const draftIn = async (count: number) => {
  for (const region of [...countries].slice(0, count)) await draft(region)
  transactions = 0
}

const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index))
/** Returns text of `length` characters in the maximum number of UTF-8 bytes. */
const long = (length: number, index = 0) => `${index}`.padEnd(length, '長')
const code = (index: number) => `${index}`.padStart(64, 'x')

const tenContacts = times(10, index => ({
  firstName: long(100),
  lastName: long(100),
  phone: `${'1 - '.repeat(9)}1111`,
  locale: 'sl-Latn-IT-1994-biske-rozaj-solba',
  email: `${index}@${'x'.repeat(60)}.${'x'.repeat(60)}.${'x'.repeat(60)}.${'x'.repeat(60)}.example`,
}))

/** A profile in which every field has its maximum length. */
const largest = contentIn(
  profileOperations.putProfile.body.parse({
    headline: long(200),
    description: long(2500),
    website: `https://a.example/${'x'.repeat(482)}`,
    logo: `https://a.example/${'x'.repeat(482)}`,
    languages: times(20, () => 'sl-Latn-IT-1994-biske-rozaj-solba'),
    industries: times(50, code),
    products: times(50, code),
    services: times(50, code),
    solutions: times(50, code),
    customerSizes: times(50, code),
    keywords: times(30, index => long(50, index)),
    preferences: {
      minDealValue: { amount: 1_000_000, currency: 'EUR' },
      excludedKeywords: times(30, index => long(50, index)),
      excludedIndustries: times(50, code),
      maxOpenReferrals: 10_000,
      pausedUntil: '2030-01-01',
    },
    defaultContacts: tenContacts,
    locations: times(maxLocations, index => ({
      id: `${index}`.padStart(40, 'x'),
      name: long(100),
      contacts: tenContacts,
      address: { line1: long(200), line2: long(200), city: long(100), postalCode: long(20), country: 'CN' },
      coordinates: { latitude: -89.123456789012, longitude: -179.123456789012 },
    })),
  }),
  'en',
)

const largestProfile = (partnerId: string, region: string) => {
  const locations = times(maxLocations + maxRemoved, index => ({
    ...(largest.locations[index % maxLocations] as (typeof largest.locations)[number]),
    resolvedCoordinates: {
      latitude: -89.123456789012,
      longitude: -179.123456789012,
      from: 'gazetteer',
    } as const,
    removed: index >= maxLocations,
  }))
  const profile = aProfile({
    ...largest,
    locations,
    partnerId: asPartnerId(partnerId),
    region,
    status: 'active',
  })
  return store.putProfile(profile, undefined, { by: admin, changed: statementNames })
}

const rename = (name: string, version: number) =>
  editPartner(asPartnerId(partnerId), { name }, { actor: operator, version, now })

const profiles = async (): Promise<Item[]> =>
  (await table.items()).filter(({ entity }) => entity === 'profile')
const partner = async () => (await table.items()).find(({ entity }) => entity === 'partner')
const names = async () => [...new Set((await profiles()).map(({ partnerName }) => partnerName))]

describe('a new name of a partner', () => {
  it('is stored in all profiles in one transaction', async () => {
    await draftIn(10)
    await rename('After', 1)
    expect([transactions, await names()]).toEqual([1, ['After']])
  })

  it('is stored in further transactions when one cannot hold all profiles', async () => {
    await draftIn(60)
    const { body } = await rename('After', 1)
    expect([body.name, transactions, await names()]).toEqual(['After', 6, ['After']])
  })

  it('is completed by a second request after the first was interrupted', async () => {
    await draftIn(30)
    meanwhile.set(2, () => Promise.reject(new Error('the function was stopped')))
    await expect(rename('After', 1)).rejects.toThrow('stopped')
    expect(await names()).toEqual(['After', 'Before'])
    await rename('After', 2)
    expect(await names()).toEqual(['After'])
  })

  it('is stored in transactions that can hold even the largest profiles', async () => {
    for (const region of [...countries].slice(0, 11)) await transact(largestProfile(partnerId, region))
    bytesSent = []
    await rename('名'.repeat(200), 1)
    expect(bytesSent).toHaveLength(2)
    expect(Math.max(...bytesSent)).toBeLessThan(4_000_000)
  })

  it('is stored without losing a concurrent edit of the partner', async () => {
    await draftIn(30)
    meanwhile.set(2, () =>
      editPartner(
        asPartnerId(partnerId),
        { website: 'https://partner.example' },
        { actor: operator, version: 2, now },
      ),
    )
    await rename('After', 1)
    expect([await names(), await partner()]).toMatchObject([
      ['After'],
      { name: 'After', website: 'https://partner.example', version: 3 },
    ])
  })

  it('gives way to a later name when both are stored concurrently', async () => {
    await draftIn(30)
    meanwhile.set(2, () => rename('Later', 2))
    await rename('After', 1)
    expect([await names(), await partner()]).toMatchObject([['Later'], { name: 'Later', version: 3 }])
  })

  it('is stored in a profile that is edited concurrently, without losing the edit', async () => {
    await draft('DE')
    meanwhile.set(2, () => draft('DE', 'We do more', 1))
    await rename('After', 1)
    expect(await profiles()).toMatchObject([{ partnerName: 'After', headline: 'We do more', version: 3 }])
  })

  it('is stored in a profile that is created concurrently', async () => {
    meanwhile.set(1, () => rename('After', 1))
    await draft('DE')
    expect(await names()).toEqual(['After'])
  })

  it('does not write profiles that already have it', async () => {
    await draft('DE')
    await rename('Before', 1)
    expect(await profiles()).toMatchObject([{ version: 1 }])
  })
})

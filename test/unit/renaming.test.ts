/** What follows from a partner's name: its profiles, which the directory is made of, whoever else writes meanwhile. */
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { partnerOperations } from '../../shared/partner/contract.ts'
import { createPartner, editPartner } from '../../shared/partner/service.ts'
import { attempt } from '../../shared/platform/attempt.ts'
import { countries } from '../../shared/platform/iso.ts'
import type { Item } from '../../shared/platform/item.ts'
import { profileOperations } from '../../shared/profile/contract.ts'
import { putProfile } from '../../shared/profile/service.ts'
import { connect, disconnect } from '../simulation/aws.ts'
import { MemoryTable } from '../simulation/table.ts'
import { receivedAt } from './referral.ts'

const now = new Date(receivedAt)
const admin = { by: { kind: 'partner', id: 'admin' }, now } as const
const operator = { kind: 'operator', id: 'operator' } as const

let table: MemoryTable
let transactions: number
/** What happens right before a transaction, by its number. */
let meanwhile: Map<number, () => Promise<unknown>>
let partnerId: string

beforeEach(async () => {
  table = new MemoryTable()
  transactions = 0
  meanwhile = new Map()
  connect(async call => {
    if (call.operation === 'TransactWrite') {
      transactions++
      const act = meanwhile.get(transactions)
      meanwhile.delete(transactions)
      await act?.()
    }
    return table.handle(call)
  })
  const asked = partnerOperations.createPartner.body.parse({ name: 'Before' })
  const once = attempt('operator', 'partner', 'createPartner', asked)
  partnerId = (await createPartner(asked, once, now)).body.id
  transactions = 0
})
afterAll(disconnect)

const draft = (region: string, headline = 'We do it', version?: number) => {
  const content = profileOperations.putProfile.body.parse({ headline })
  return putProfile({ partnerId, region }, content, { ...admin, version })
}

const draftIn = async (count: number) => {
  for (const region of [...countries].slice(0, count)) await draft(region)
  transactions = 0
}

const rename = (name: string, version: number) => editPartner(partnerId, { name }, operator, version, now)

const profiles = async (): Promise<Item[]> =>
  (await table.items()).filter(({ entity }) => entity === 'profile')
const names = async () => [...new Set((await profiles()).map(({ partnerName }) => partnerName))]

describe('a partner’s new name', () => {
  it('is in each of its profiles at once', async () => {
    await draftIn(24)
    await rename('After', 1)
    expect([transactions, await names()]).toEqual([1, ['After']])
  })

  it('follows in further transactions where one does not hold all profiles', async () => {
    await draftIn(60)
    const { body } = await rename('After', 1)
    expect([body.name, transactions, await names()]).toEqual(['After', 3, ['After']])
  })

  it('is completed by a repeat where that was broken off', async () => {
    await draftIn(30)
    meanwhile.set(2, () => Promise.reject(new Error('the function was stopped')))
    await expect(rename('After', 1)).rejects.toThrow('stopped')
    expect(await names()).toEqual(['After', 'Before'])
    await rename('After', 2)
    expect(await names()).toEqual(['After'])
  })

  it('reaches a profile that is changed at the same moment, and loses nothing of the change', async () => {
    await draft('DE')
    meanwhile.set(2, () => draft('DE', 'We do more', 1))
    await rename('After', 1)
    expect(await profiles()).toMatchObject([{ partnerName: 'After', headline: 'We do more', version: 3 }])
  })

  it('reaches a profile that is created at the same moment', async () => {
    meanwhile.set(1, () => rename('After', 1))
    await draft('DE')
    expect(await names()).toEqual(['After'])
  })

  it('leaves profiles alone that have it already', async () => {
    await draft('DE')
    await rename('Before', 1)
    expect(await profiles()).toMatchObject([{ version: 1 }])
  })
})

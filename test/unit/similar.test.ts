import { describe, expect, test } from 'vitest'
import { defaultPolicy } from '../../shared/program/policy/rules.ts'
import type { Need } from '../../shared/program/request/contract.ts'
import {
  mostSimilar,
  overviewOf,
  receive,
  sharedTags,
  similarity,
} from '../../shared/referrals/referral/rules.ts'
import { receipt, receivedAt, run } from './referral.ts'

const asking = (id: string, need: Partial<Need>, size = '51-250', city = 'Potsdam') => {
  const { customer, need: usual, ...rest } = receipt(false)
  const referral = receive(
    {
      ...rest,
      id,
      customer: { ...customer, size, address: { ...customer.address, city } },
      need: { ...usual, ...need },
    },
    defaultPolicy,
    { kind: 'customer' },
    receivedAt,
  ).referral
  return overviewOf(run(referral, 'accept', receivedAt).next)
}

const erp = asking('ref_erp', { summary: 'An ERP for two plants.', industries: ['manufacturing'] })

describe('how much two referrals resemble each other', () => {
  test('is all that there is where they ask for the same', () => {
    expect(similarity(erp, { ...erp, id: 'ref_other' })).toBeCloseTo(1)
  })

  test('falls with each code, word, size and place that differs', () => {
    const steps = [
      asking('ref_1', { summary: 'An ERP for two plants.', industries: ['manufacturing'] }),
      asking('ref_2', { summary: 'An ERP for two shops.', industries: ['manufacturing'] }),
      asking('ref_3', { summary: 'An ERP for two shops.', industries: ['retail'] }),
      asking('ref_4', { summary: 'An ERP for two shops.', industries: ['retail'] }, '1-10'),
      asking('ref_5', { summary: 'An ERP for two shops.', industries: ['retail'] }, '1-10', 'Köln'),
      asking(
        'ref_6',
        { summary: 'Telephones.', industries: ['retail'], products: ['hardware'] },
        '1-10',
        'Köln',
      ),
    ].map(other => similarity(erp, other))
    expect(steps).toEqual(steps.toSorted((a, b) => b - a))
    expect(new Set(steps).size).toBe(steps.length)
  })

  test('rises with the likeness of what the deals are worth, where that can be compared', () => {
    const worth = (amount: number, currency = 'EUR') => ({
      ...erp,
      id: 'ref_other',
      value: { amount, currency },
    })
    const one = { ...erp, value: { amount: 100, currency: 'EUR' } }
    const found = [worth(100), worth(80), worth(20), worth(100, 'USD')].map(other => similarity(one, other))
    expect(found).toEqual([1, 0.98, 0.92, 0.95].map(share => expect.closeTo(share)))
  })

  test('is judged by the same beginning of both, however long they are', () => {
    const summary = 'We replace the ERP of two plants, step by step and without a day of rest. '.repeat(20)
    const [one, other] = ['ref_1', 'ref_2'].map(id => asking(id, { summary }))
    expect(one && other && similarity(one, other)).toBeCloseTo(1)
  })

  test('is the same both ways', () => {
    const other = asking('ref_2', { summary: 'ERP, data and people.', products: ['erp', 'data'] })
    expect(similarity(erp, other)).toBe(similarity(other, erp))
  })
})

describe('the deals that resemble a referral', () => {
  const alike = asking('ref_alike', { summary: 'ERP in production', industries: ['manufacturing'] })
  const near = asking('ref_near', { summary: 'An ERP', industries: ['retail'] })
  const far = asking('ref_far', { summary: 'Telephones', products: ['hardware'] }, '1-10', 'Köln')

  test('come the most similar first, without the referral itself and without strangers', () => {
    const found = mostSimilar(erp, [far, near, erp, alike], 10)
    expect(found.map(({ overview }) => overview.id)).toEqual(['ref_alike', 'ref_near'])
  })

  test('are those that the partner took on: what it never accepted has no deal', () => {
    expect(mostSimilar(erp, [{ ...alike, dealName: null }], 10)).toEqual([])
  })

  test('are so many at most', () => {
    expect(mostSimilar(erp, [near, alike], 1)).toHaveLength(1)
  })

  test('show the codes that both ask for', () => {
    const shared = sharedTags(erp, asking('ref_2', { products: ['erp', 'data'], industries: ['retail'] }))
    expect(shared).toEqual({ industries: [], products: ['erp'], services: [], solutions: [] })
  })
})

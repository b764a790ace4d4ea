import { describe, expect, test } from 'vitest'
import { asReferralId } from '../../shared/kernel/ids.ts'
import type { Need } from '../../shared/program/request/contract.ts'
import {
  listedReferralOf,
  mostSimilar,
  sharedTags,
  similarity,
} from '../../shared/referrals/referral/rules.ts'
import { received, run } from '../fixtures/referral.ts'
import { aCustomer, aNeed } from '../fixtures/request.ts'
import { receivedAt } from '../fixtures/time.ts'

const asking = (id: string, need: Partial<Need>, size = '51-250', city = 'Potsdam') => {
  const customer = aCustomer({ size, address: { city, country: 'DE' } })
  const { referral } = received({ id, customer, need: aNeed(need) })
  return listedReferralOf(run(referral, 'accept', receivedAt).next)
}

const erp = asking('ref_erp', { summary: 'An ERP for two plants.', industries: ['manufacturing'] })

describe('the similarity of two referrals', () => {
  test('is 1 for the same request', () => {
    expect(similarity(erp, { ...erp, id: asReferralId('ref_other') })).toBeCloseTo(1)
  })

  test('decreases with each different code, word, size and place', () => {
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

  test('increases with the similarity of the values, if they can be compared', () => {
    const worth = (amount: number, currency = 'EUR') => ({
      ...erp,
      id: asReferralId('ref_other'),
      estimatedValue: { amount, currency },
    })
    const one = { ...erp, estimatedValue: { amount: 100, currency: 'EUR' } }
    const found = [worth(100), worth(80), worth(20), worth(100, 'USD')].map(other => similarity(one, other))
    expect(found).toEqual([1, 0.98, 0.92, 0.95].map(share => expect.closeTo(share)))
  })

  test('compares the beginning of long summaries', () => {
    const summary = 'We replace the ERP of two plants, step by step and without a day of rest. '.repeat(20)
    const [one, other] = ['ref_1', 'ref_2'].map(id => asking(id, { summary }))
    expect(one && other && similarity(one, other)).toBeCloseTo(1)
  })

  test('is symmetric', () => {
    const other = asking('ref_2', { summary: 'ERP, data and people.', products: ['erp', 'data'] })
    expect(similarity(erp, other)).toBe(similarity(other, erp))
  })
})

describe('the most similar deals', () => {
  const alike = asking('ref_alike', { summary: 'ERP in production', industries: ['manufacturing'] })
  const near = asking('ref_near', { summary: 'An ERP', industries: ['retail'] })
  const far = asking('ref_far', { summary: 'Telephones', products: ['hardware'] }, '1-10', 'Köln')

  test('are sorted by similarity, without the referral itself and without unrelated ones', () => {
    const found = mostSimilar(erp, [far, near, erp, alike], 10)
    expect(found.map(({ listed }) => listed.id)).toEqual(['ref_alike', 'ref_near'])
  })

  test('exclude referrals that were never accepted', () => {
    expect(mostSimilar(erp, [{ ...alike, dealName: null }], 10)).toEqual([])
  })

  test('are limited in number', () => {
    expect(mostSimilar(erp, [near, alike], 1)).toHaveLength(1)
  })

  test('show the codes of both needs', () => {
    const shared = sharedTags(erp, asking('ref_2', { products: ['erp', 'data'], industries: ['retail'] }))
    expect(shared).toEqual({ industries: [], products: ['erp'], services: [], solutions: [] })
  })
})

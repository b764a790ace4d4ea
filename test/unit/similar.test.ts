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

const acceptedReferral = (id: string, need: Partial<Need>, size = '51-250', city = 'Potsdam') => {
  const customer = aCustomer({ size, address: { city, country: 'DE' } })
  const { referral } = received({ id, customer, need: aNeed(need) })
  return listedReferralOf(run(referral, 'accept', receivedAt).next)
}

const erp = acceptedReferral('ref_erp', { summary: 'An ERP for two plants.', industries: ['manufacturing'] })

describe('similarity', () => {
  test('is 1 for the same request', () => {
    expect(similarity(erp, { ...erp, id: asReferralId('ref_other') })).toBeCloseTo(1)
  })

  test('decreases with each different code, word, size and city', () => {
    const steps = [
      acceptedReferral('ref_1', { summary: 'An ERP for two plants.', industries: ['manufacturing'] }),
      acceptedReferral('ref_2', { summary: 'An ERP for two shops.', industries: ['manufacturing'] }),
      acceptedReferral('ref_3', { summary: 'An ERP for two shops.', industries: ['retail'] }),
      acceptedReferral('ref_4', { summary: 'An ERP for two shops.', industries: ['retail'] }, '1-10'),
      acceptedReferral('ref_5', { summary: 'An ERP for two shops.', industries: ['retail'] }, '1-10', 'Köln'),
      acceptedReferral(
        'ref_6',
        { summary: 'Telephones.', industries: ['retail'], products: ['hardware'] },
        '1-10',
        'Köln',
      ),
    ].map(other => similarity(erp, other))
    expect(steps).toEqual(steps.toSorted((a, b) => b - a))
    expect(new Set(steps).size).toBe(steps.length)
  })

  test('increases with the similarity of the values, if they have the same currency', () => {
    const withValue = (amount: number, currency = 'EUR') => ({
      ...erp,
      id: asReferralId('ref_other'),
      estimatedValue: { amount, currency },
    })
    const one = { ...erp, estimatedValue: { amount: 100, currency: 'EUR' } }
    const found = [withValue(100), withValue(80), withValue(20), withValue(100, 'USD')].map(other =>
      similarity(one, other),
    )
    expect(found).toEqual([1, 0.98, 0.92, 0.95].map(share => expect.closeTo(share)))
  })

  test('compares only the beginning of long summaries', () => {
    const summary = 'We replace the ERP of two plants, step by step and without a day of rest. '.repeat(20)
    const [one, other] = ['ref_1', 'ref_2'].map(id => acceptedReferral(id, { summary }))
    expect(one && other && similarity(one, other)).toBeCloseTo(1)
  })

  test('is symmetric', () => {
    const other = acceptedReferral('ref_2', { summary: 'ERP, data and people.', products: ['erp', 'data'] })
    expect(similarity(erp, other)).toBe(similarity(other, erp))
  })
})

describe('mostSimilar', () => {
  const alike = acceptedReferral('ref_alike', { summary: 'ERP in production', industries: ['manufacturing'] })
  const near = acceptedReferral('ref_near', { summary: 'An ERP', industries: ['retail'] })
  const far = acceptedReferral('ref_far', { summary: 'Telephones', products: ['hardware'] }, '1-10', 'Köln')

  test('sorts by similarity and excludes the referral itself and unrelated referrals', () => {
    const found = mostSimilar(erp, [far, near, erp, alike], 10)
    expect(found.map(({ listed }) => listed.id)).toEqual(['ref_alike', 'ref_near'])
  })

  test('excludes referrals that were never accepted', () => {
    expect(mostSimilar(erp, [{ ...alike, dealName: null }], 10)).toEqual([])
  })

  test('returns at most the requested number', () => {
    expect(mostSimilar(erp, [near, alike], 1)).toHaveLength(1)
  })

  test('sharedTags returns the codes that both needs contain', () => {
    const shared = sharedTags(
      erp,
      acceptedReferral('ref_2', { products: ['erp', 'data'], industries: ['retail'] }),
    )
    expect(shared).toEqual({ industries: [], products: ['erp'], services: [], solutions: [] })
  })
})

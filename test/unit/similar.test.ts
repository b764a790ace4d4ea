import { describe, expect, test } from 'vitest'
import { asReferralId } from '../../shared/kernel/ids.ts'
import type { Need } from '../../shared/program/request/contract.ts'
import type { Referral } from '../../shared/referrals/referral/referral.ts'
import {
  listedReferralOf,
  mostSimilar,
  sharedTags,
  similarity,
} from '../../shared/referrals/referral/rules.ts'
import { received, run } from '../fixtures/referral.ts'
import { aCustomer, aNeed } from '../fixtures/request.ts'
import { day, later, receivedAt } from '../fixtures/time.ts'

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
      dealValue: { amount, currency },
    })
    const one = { ...erp, dealValue: { amount: 100, currency: 'EUR' } }
    const found = [withValue(100), withValue(80), withValue(20), withValue(100, 'USD')].map(other =>
      similarity(one, other),
    )
    expect(found).toEqual([1, 0.98, 0.92, 0.95].map(share => expect.closeTo(share)))
  })

  test('increases with the similarity of the times from receipt to close', () => {
    const withDays = (dealDays: number | null) => ({ ...erp, id: asReferralId('ref_other'), dealDays })
    const found = [100, 80, 20, null].map(days => similarity({ ...erp, dealDays: 100 }, withDays(days)))
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

describe('the value and the duration of a deal', () => {
  const dealWith = (estimated: 'default' | 'given') => {
    const { referral } = received({ id: 'ref_1', need: aNeed({ budget: undefined }) })
    const accepted = run(referral, 'accept', receivedAt).next
    const deal = {
      estimatedValue: { amount: 500, currency: 'EUR' },
      estimatedCloseDate: dateAfter(60),
      estimated,
    }
    return { ...accepted, deal: { ...accepted.deal, ...deal } } as Referral
  }
  const sizeOf = (referral: Referral) => {
    const { dealValue, dealDays } = listedReferralOf(referral)
    return { dealValue, dealDays }
  }
  const dateAfter = (days: number) => later(days * day).slice(0, 10)

  test('are the estimates of the partner', () => {
    expect(sizeOf(dealWith('given'))).toEqual({ dealValue: { amount: 500, currency: 'EUR' }, dealDays: 60 })
  })

  test('are unknown if the form suggested the estimates and nobody changed them', () => {
    expect(sizeOf(dealWith('default'))).toEqual({ dealValue: null, dealDays: null })
  })

  test('are the actual ones after the end, whatever was estimated', () => {
    const value = { amount: 900, currency: 'EUR' }
    const outcome = { result: 'won', reason: null, notes: null, value, closedOn: dateAfter(20) } as const
    for (const estimated of ['default', 'given'] as const)
      expect(sizeOf({ ...dealWith(estimated), outcome })).toEqual({ dealValue: value, dealDays: 20 })
    expect(sizeOf({ ...dealWith('default'), outcome: { ...outcome, value: null } }).dealValue).toBeNull()
  })

  test('of suggested estimates do not make a deal similar to another with the same suggestions', () => {
    const listed = (estimated: 'default' | 'given', id: string) => ({
      ...listedReferralOf(dealWith(estimated)),
      id: asReferralId(id),
    })
    const given = listed('given', 'ref_a')
    expect(similarity(given, listed('given', 'ref_b'))).toBeCloseTo(1)
    expect(similarity(given, listed('default', 'ref_b'))).toBeCloseTo(0.9)
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

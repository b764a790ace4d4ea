import fc from 'fast-check'
import { expect, it } from 'vitest'
import { nextBest } from '../../shared/directory/rules.ts'
import { receipt } from '../unit/referral.ts'

const { customer } = receipt(false)
const codes = fc.subarray(['erp', 'crm', 'data'])
const partnerIds = ['a', 'b', 'c', 'd', 'e', 'f']

const content = fc.record({
  industries: codes,
  products: codes,
  services: codes,
  solutions: codes,
  customerSizes: fc.subarray(['1-10', '51-250']),
  languages: fc.subarray(['de', 'de-CH', 'fr']),
  locations: fc
    .subarray(['Berlin', 'Potsdam', 'Köln'])
    .map(cities => cities.map(city => ({ id: city.toLowerCase(), city }))),
})
const profiles = fc
  .subarray(partnerIds)
  .chain(ids => fc.tuple(...ids.map(partnerId => content.map(more => ({ partnerId, ...more })))))
const wish = fc.record({
  need: fc.record({
    summary: fc.constant('An ERP.'),
    industries: codes,
    products: codes,
    services: codes,
    solutions: codes,
  }),
  customer: fc.constant(customer),
  asked: fc.subarray(partnerIds),
  most: fc.nat(4),
})

it('chooses each partner at most once, none that was asked, and as many as there are up to the most', () => {
  fc.assert(
    fc.property(profiles, wish, (candidates, asking) => {
      const chosen = nextBest(candidates, asking, partnerId => partnerId)
      const ids = chosen.map(({ profile }) => profile.partnerId)
      const eligible = candidates.filter(
        ({ partnerId, locations }) => !asking.asked.includes(partnerId) && locations.length > 0,
      )
      expect(new Set(ids).size).toBe(ids.length)
      expect(ids.filter(id => asking.asked.includes(id))).toEqual([])
      expect(ids).toHaveLength(Math.min(asking.most, eligible.length))
      for (const { profile, location } of chosen) expect(profile.locations).toContain(location)
    }),
  )
})

it('is the same for the same wish, in whatever order the directory comes, and shorter where fewer are wanted', () => {
  fc.assert(
    fc.property(profiles, wish, fc.infiniteStream(fc.nat()), (candidates, asking, numbers) => {
      const shuffled = candidates
        .map(candidate => ({ candidate, by: numbers.next().value }))
        .toSorted((a, b) => a.by - b.by)
        .map(({ candidate }) => candidate)
      const all = nextBest(candidates, { ...asking, most: 10 }, partnerId => partnerId)
      expect(nextBest(shuffled, asking, partnerId => partnerId)).toEqual(all.slice(0, asking.most))
    }),
  )
})

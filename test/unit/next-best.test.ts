import { describe, expect, it } from 'vitest'
import { nextBest } from '../../shared/directory/rules.ts'
import { defaultPolicy } from '../../shared/policy/rules.ts'
import type { Status } from '../../shared/referral/contract.ts'
import type { Referral } from '../../shared/referral/lifecycle.ts'
import { hasRoom, type Rfi, regionInNeed, sendOnErrors } from '../../shared/rfi/rules.ts'
import { day, inStatus, later, receipt, receivedAt } from './referral.ts'

const { customer, source } = receipt(false)
const need = {
  summary: 'An ERP.',
  products: ['erp', 'crm'],
  services: ['training'],
  solutions: ['compliance'],
  industries: ['manufacturing'],
}

const profile = (partnerId: string, more: Partial<Parameters<typeof nextBest>[0][number]> = {}) => ({
  ...{ partnerId, languages: [], industries: [], products: [], services: [], solutions: [] },
  ...{ customerSizes: [], locations: [{ id: 'main', city: 'Berlin' }] },
  ...more,
})

const byName = (partnerId: string) => partnerId
const wish = { need, customer, asked: [] as string[], most: 10 }
const chosen = (profiles: Parameters<typeof nextBest>[0], asking: Partial<typeof wish> = {}) =>
  nextBest(profiles, { ...wish, ...asking }, byName).map(({ profile }) => profile.partnerId)

describe('the next best partners', () => {
  it('are those that match most of what is needed; what is spoken, and where, decides between equals', () => {
    const inOrder = [
      profile('i', {
        products: ['erp', 'crm'],
        services: ['training'],
        solutions: ['compliance'],
        industries: ['manufacturing'],
      }),
      profile('h', { products: ['erp', 'crm', 'data'], services: ['training'] }),
      profile('g', { products: ['crm'], customerSizes: ['51-250'], languages: ['de'] }),
      profile('f', { industries: ['manufacturing'], customerSizes: ['51-250'] }),
      profile('e', { products: ['erp'], languages: ['de-AT'], locations: [{ id: 'x', city: 'Potsdam' }] }),
      profile('d', { solutions: ['compliance'], languages: ['en', 'de'] }),
      profile('c', { services: ['training'], locations: [{ id: 'x', city: 'potsdam' }] }),
      profile('b', { products: ['erp'] }),
      // What fits nothing that is needed comes last, whatever else it has.
      profile('a', {
        customerSizes: ['51-250'],
        languages: ['de'],
        locations: [{ id: 'x', city: 'Potsdam' }],
      }),
      profile('0', { products: ['data'] }),
    ]
    const names = inOrder.map(({ partnerId }) => partnerId)
    expect(chosen(inOrder)).toEqual(names)
    expect(chosen(inOrder.toReversed())).toEqual(names)
    expect(chosen(inOrder, { most: 3 })).toEqual(['i', 'h', 'g'])
  })

  it('are not asked again', () => {
    const profiles = ['a', 'b', 'c'].map(name => profile(name))
    expect(chosen(profiles, { asked: ['a', 'c'] })).toEqual(['b'])
    expect(chosen(profiles, { asked: ['a', 'b', 'c'] })).toEqual([])
  })

  it('are shown with one place each: in the city of the customer, or else the first', () => {
    const berlin = { id: 'berlin', city: 'Berlin' }
    const potsdam = { id: 'potsdam', city: 'Potsdam' }
    const places = nextBest(
      [
        profile('a', { locations: [berlin, potsdam] }),
        profile('b', { locations: [berlin, { id: 'hamburg', city: 'Hamburg' }] }),
        profile('c', { locations: [] }),
      ],
      wish,
      byName,
    ).map(({ profile: { partnerId }, location }) => `${partnerId} ${location.id}`)
    expect(places).toEqual(['a potsdam', 'b berlin'])
  })

  it('that fit alike come in the order that was drawn', () => {
    const profiles = ['a', 'b', 'c'].map(name => profile(name))
    const order = { a: '2', b: '3', c: '1' } as Record<string, string>
    const places = nextBest(profiles, wish, partnerId => order[partnerId] ?? '')
    expect(places.map(({ profile }) => profile.partnerId)).toEqual(['c', 'a', 'b'])
  })
})

const rfi = (recipients: number): Rfi => ({
  id: 'rfi_01KJKJ00000000000000000000',
  version: 1,
  status: 'open',
  createdAt: receivedAt,
  trackedUntil: later(400 * day),
  directContact: false,
  source,
  need,
  recipients: Array.from({ length: recipients }, (_, index) => ({
    partnerId: `ptr_${index}`,
    profileId: `ptr_${index}.DE`,
    region: 'DE',
    locationId: 'main',
    referralId: `ref_${index}`,
  })),
})
const referralsIn = (...statuses: Status[]): Referral[] => statuses.map(status => inStatus(status).referral)
const places = (...numbers: number[]) =>
  numbers.map(number => ({ profileId: `ptr_${number}.DE`, locationId: 'main' }))

describe('another partner', () => {
  const one = rfi(1)
  const [declined] = referralsIn('declined') as [Referral]

  it.each(['new', 'active', 'won', 'lost', 'withdrawn'] as const)(
    'is not wanted because of a referral that is %s',
    status => {
      expect(regionInNeed(one, referralsIn(status), receivedAt)).toBeUndefined()
    },
  )

  it('is wanted once one has declined, or has let it expire whether or not that was written down', () => {
    expect(regionInNeed(one, [declined], receivedAt)).toBe('DE')
    expect(regionInNeed(one, referralsIn('expired'), later(14 * day))).toBe('DE')
    expect(regionInNeed(one, referralsIn('new'), later(14 * day))).toBe('DE')
    expect(regionInNeed({ ...one, status: 'withdrawn' }, [declined], receivedAt)).toBeUndefined()
  })

  it('is wanted in the region of the last', () => {
    const inAustria = { ...declined, region: 'AT', closedAt: later(3 * day) }
    expect(regionInNeed(one, [inAustria, declined], later(4 * day))).toBe('AT')
    expect(regionInNeed(one, [declined, inAustria], later(4 * day))).toBe('AT')
  })
})

describe('an RFI that is sent on', () => {
  const policy = { ...defaultPolicy, mostRecipients: 2 }
  const errors = (asked: number[], of: number, referrals: Referral[], now = receivedAt) =>
    sendOnErrors(places(...asked), rfi(of), referrals, policy, now).map(({ pointer, code }) => [
      pointer,
      code,
    ])

  it('counts against the policy while a partner has it open, and not afterwards', () => {
    expect(errors([7], 2, referralsIn('new', 'declined'))).toEqual([])
    expect(errors([7, 8], 2, referralsIn('new', 'declined'))).toEqual([['/recipients', 'too-many']])
    expect(errors([7], 2, referralsIn('new', 'active'))).toEqual([['/recipients', 'too-many']])
    expect(errors([7, 8], 2, referralsIn('new', 'new'), later(14 * day))).toEqual([])
    expect(hasRoom(referralsIn('new', 'declined'), policy, receivedAt)).toBe(true)
    expect(hasRoom(referralsIn('new', 'active'), policy, receivedAt)).toBe(false)
  })

  it('goes to twenty partners in all', () => {
    const declined = (count: number) => referralsIn(...Array<Status>(count).fill('declined'))
    expect(errors([77], 19, declined(19))).toEqual([])
    expect(errors([77, 78], 19, declined(19))).toEqual([['/recipients', 'too-many']])
    expect(hasRoom(declined(19), policy, receivedAt)).toBe(true)
    expect(hasRoom(declined(20), policy, receivedAt)).toBe(false)
  })

  it('goes to each partner once', () => {
    expect(errors([7, 7], 1, referralsIn('declined'))).toEqual([['/recipients/1', 'repeated']])
    expect(errors([7, 0], 1, referralsIn('declined'))).toEqual([['/recipients/1', 'repeated']])
  })
})

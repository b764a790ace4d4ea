import { randomUUID } from 'node:crypto'
import { beforeAll, describe, expect, it } from 'vitest'
import { directoryOperations } from '../../shared/discovery/directory/contract.ts'
import { insightOperations } from '../../shared/discovery/insights/contract.ts'
import { profileOperations } from '../../shared/partners/profile/contract.ts'
import { defaultPolicy } from '../../shared/program/policy/rules.ts'
import { referralOperations } from '../../shared/referrals/referral/contract.ts'
import { rfiOperations } from '../../shared/referrals/rfi/contract.ts'
import { call, refused } from './client.ts'
import {
  acceptance,
  act,
  advance,
  ask,
  enroll,
  type Partner,
  profileContent,
  referralOf,
  rfiBody,
  signedIn,
  unique,
  withPolicy,
} from './program.ts'

const { searchDirectory, getDirectoryProfile } = directoryOperations

/** What is put into the directory is found there ten seconds later, at the latest. */
const looked = () => advance('PT10S')

const search = async (query: Record<string, string | number>) => (await call(searchDirectory, { query })).body

const names = ({ items }: { items: readonly { name: string }[] }) => items.map(({ name }) => name)

/** A partner whose profile in a region says more. */
const offering = async (name: string, region: string, more: object): Promise<Partner> => {
  const partner = await enroll(name, region)
  await change(partner, region, more)
  return partner
}

const change = async (partner: Partner, region: string, more: object): Promise<void> => {
  const params = { region }
  const { admin: token } = await signedIn(partner)
  const { etag } = await call(profileOperations.getProfile, { token, params })
  const body = { ...profileContent(partner.contactOf), ...more }
  await call(profileOperations.putProfile, { token, params, ifMatch: etag, body })
}

const place = (id: string, city: string, country: string, contact: string) => ({
  id,
  name: `The ${id} office`,
  address: { city, country },
  contacts: [{ firstName: 'Desk', lastName: id, email: contact }],
})

describe('the directory', () => {
  it('shows every active profile of a region once, page by page, and nobody’s contacts', async () => {
    const region = 'NO'
    const partners = await Promise.all([1, 2, 3].map(() => enroll(`Fjord ${unique()}`, region)))
    const asleep = await enroll(`Fjord ${unique()}`, region)
    const params = { region }
    const { etag } = await call(profileOperations.getProfile, { token: asleep.admin, params })
    await call(profileOperations.deactivateProfile, { token: asleep.admin, params, ifMatch: etag })
    await looked()

    for (const limit of [1, 2, 3, 100]) {
      const shown: string[] = []
      let cursor: string | null | undefined
      do {
        const page = await search({ region, limit, ...(cursor && { cursor }) })
        expect(JSON.stringify(page)).not.toContain('@')
        expect(page.total).toBe(partners.length)
        shown.push(...page.items.map(({ partnerId, name }) => `${partnerId} ${name}`))
        cursor = page.nextCursor
      } while (cursor)
      expect(shown.toSorted()).toEqual(partners.map(({ id, name }) => `${id} ${name}`).toSorted())
    }
  })

  it('skips nobody when a profile that was shown has gone meanwhile', async () => {
    const region = 'FI'
    const partners = await Promise.all([1, 2].map(() => enroll(`Sauna ${unique()}`, region)))
    await looked()
    const first = await search({ region, limit: 1 })
    const gone = partners.find(({ id }) => id === first.items[0]?.partnerId) as Partner
    const stays = partners.find(({ id }) => id !== gone.id) as Partner
    const params = { region }
    const { etag } = await call(profileOperations.getProfile, { token: gone.admin, params })
    await call(profileOperations.deactivateProfile, { token: gone.admin, params, ifMatch: etag })
    await looked()
    const rest = await search({ region, cursor: first.nextCursor ?? '' })
    expect(rest.items.map(({ partnerId }) => partnerId)).toEqual([stays.id])
  })

  it('finds by codes, words, size, language and place, says why, and how many each choice would leave', async () => {
    const region = 'AT'
    const [wien, linz] = await Promise.all([
      offering('Wiener Werkstatt', region, {
        products: ['erp', 'crm'],
        languages: ['de'],
        customerSizes: ['51-250'],
        keywords: ['Sägewerk'],
        locations: [place('main', 'Wien', 'AT', 'wien@desk.example')],
      }),
      offering('Donau Daten', region, {
        products: ['erp'],
        industries: ['retail'],
        languages: ['en'],
        locations: [place('main', 'Linz', 'AT', 'linz@desk.example')],
      }),
    ])
    await looked()

    const found = await search({ region, products: 'crm,data', near: 'Vienna', radiusKm: 50 })
    expect(found.items).toMatchObject([
      {
        partnerId: wien.id,
        locationId: 'main',
        city: 'Wien',
        matched: [{ list: 'products', code: 'crm' }],
        words: [],
        answerTime: null,
      },
    ])
    expect(found.items[0]?.distanceKm).toBeLessThan(15)

    const erp = await search({ region, products: 'erp' })
    expect(erp.facets.industries).toEqual([{ code: 'retail', count: 1 }])
    expect(erp.facets.products).toEqual([
      { code: 'erp', count: 2 },
      { code: 'crm', count: 1 },
    ])
    expect(names(await search({ region, near: '48.3,14.3', radiusKm: 30 }))).toEqual([linz.name])
    const sawmill = await search({ region, q: 'sagewrek', customerSizes: '51-250', languages: 'de-AT' })
    expect(sawmill.items).toMatchObject([
      {
        name: wien.name,
        words: ['sagewrek'],
        matched: [
          { list: 'customerSizes', code: '51-250' },
          { list: 'languages', code: 'de' },
        ],
      },
    ])
    expect(names(await search({ region, q: 'Ｄо\u200bnau' }))).toEqual([linz.name])
    expect(names(await search({ region, customerSizes: '1-10' }))).toEqual([linz.name])
    expect(names(await search({ region, languages: 'de-AT' }))).toEqual([wien.name])
    expect(names(await search({ region, q: 'nothing of the kind' }))).toEqual([])
  })

  it('leaves out who takes a pause, until they are back by themselves', async () => {
    const region = 'DK'
    const { now } = await advance('PT0S')
    const day = (days: number) => new Date(Date.parse(now) + days * 86_400_000).toISOString().slice(0, 10)
    const partner = await offering('Smørrebrød Systems', region, { preferences: { pausedUntil: day(2) } })
    await looked()
    expect(names(await search({ region }))).toEqual([])
    const paused = await call(getDirectoryProfile, { params: { profileId: partner.profileId } })
    expect(paused.body.takesReferrals).toBe(false)
    await advance('P2D')
    expect(names(await search({ region }))).toEqual([partner.name])
    const back = await call(getDirectoryProfile, { params: { profileId: partner.profileId } })
    expect(back.body).toMatchObject({ takesReferrals: true, headline: 'We do it' })
    expect(JSON.stringify(back.body)).not.toContain('@')
  })

  it('says of each parameter what is wrong with it', async () => {
    const wrong = async (query: Record<string, string | number>) => {
      const { body } = await refused(searchDirectory, { query: { region: 'AT', ...query } })
      return body.errors?.map(({ pointer, code }) => `${pointer} ${code}`)
    }
    expect(await wrong({ products: 'erp,cmr' })).toEqual(['query/products/1 unknown-code'])
    expect(await wrong({ customerSizes: '51-520' })).toEqual(['query/customerSizes/0 unknown-code'])
    expect(await wrong({ radiusKm: 10 })).toEqual(['query/near near-required'])
    expect(await wrong({ near: 'Wien', radiusKm: 40_000 })).toEqual(['query/radiusKm too-big'])
    expect(await wrong({ near: 'Wien', radiusKm: -1 })).toEqual(['query/radiusKm too-small'])
    expect(await wrong({ near: '91,0' })).toEqual(['query/near out-of-range'])
    expect(await wrong({ near: 'Entenhausen an der Ente' })).toEqual(['query/near unknown-place'])
    expect(await wrong({ q: 'x'.repeat(5000) })).toEqual(['query/q too-long'])
    expect(await wrong({ q: '\u200b\u200b' })).toEqual(['query/q blank'])
    for (const language of ['klingon!', 'german', 'zz'])
      expect(await wrong({ languages: language })).toEqual(['query/languages/0 unknown-language'])
    expect(await wrong({ products: 'cmr', near: 'Entenhausen an der Ente' })).toEqual([
      'query/products/0 unknown-code',
      'query/near unknown-place',
    ])
    expect(await wrong({ colour: 'red' })).toEqual(['query/colour unknown-field'])
    const { body } = await refused(searchDirectory, { query: { region: 'AT', products: 'colaboration' } })
    expect(body.errors?.[0]?.detail).toContain('Did you mean collaboration?')
  })

  it('shows nothing of a profile that is not active', async () => {
    await refused(getDirectoryProfile, { params: { profileId: 'ptr_01KJKJ00000000000000000000.DE' } })
  })
})

describe('learning', () => {
  const region = 'PT'
  let quick: Partner
  let slow: Partner
  let silent: Partner

  beforeAll(async () => {
    ;[quick, slow, silent] = (await Promise.all(
      ['Rápido', 'Devagar', 'Calado'].map(name =>
        offering(`${name} ${unique()}`, region, { products: ['erp'] }),
      ),
    )) as [Partner, Partner, Partner]
  })

  it('lets who answers at once rise, and who is silent sink; a newcomer is still seen', () =>
    // Whose turn it is as a newcomer depends on the day.
    withPolicy({ ranking: { ...defaultPolicy.ranking, exploration: { share: 0, below: 5 } } }, async () => {
      for (let round = 0; round < 5; round++) {
        const rfi = await ask([quick, slow, silent])
        await act(
          await signedIn(quick),
          referralOperations.acceptReferral,
          referralOf(rfi, quick),
          acceptance,
        )
        await advance('P5D')
        await act(await signedIn(slow), referralOperations.acceptReferral, referralOf(rfi, slow), acceptance)
        await advance('P10D')
      }
      await looked()

      const page = await search({ region, products: 'erp' })
      expect(page.items.map(({ partnerId }) => partnerId)).toEqual([quick.id, slow.id, silent.id])
      expect(page.items.map(({ answerTime }) => answerTime)).toEqual([
        'within-hours',
        'within-two-weeks',
        null,
      ])

      const newcomer = await offering(`Novo ${unique()}`, region, { products: ['erp'] })
      await looked()
      const seen = await search({ region, products: 'erp' })
      expect(seen.items.map(({ partnerId }) => partnerId)).toContain(newcomer.id)
      expect(seen.items.findIndex(({ partnerId }) => partnerId === newcomer.id)).toBeLessThan(3)
    }))

  it('shows each partner what its own place is made of, and what would move it', async () => {
    const visibilityOf = async (partner: Partner) => {
      const { user: token } = await signedIn(partner)
      return (await call(insightOperations.getVisibility, { token, query: { region } })).body
    }
    const [first, last] = [await visibilityOf(quick), await visibilityOf(silent)]
    expect(first.visibility).toBeGreaterThan(last.visibility)
    expect(first.answerTime).toBe('within-hours')
    expect(first.hidden).toBeNull()
    // Of four partners, a quarter would tell of single ones.
    expect(first.quarter).toBeNull()
    expect(last.levers.map(({ part }) => part)).toContain('answerRate')
    expect(last.parts.find(({ part }) => part === 'answerRate')?.observations).toBeGreaterThan(4)
    const others = [quick, slow].map(({ id }) => id)
    for (const id of others) expect(JSON.stringify(last)).not.toContain(id)
  })

  it('tells nobody of a region where it has no active profile', async () => {
    const { user: token } = await signedIn(quick)
    await refused(insightOperations.getVisibility, { token, query: { region: 'IS' } })
  })

  it('finds what a partner took on that resembles a referral, and how it ended', async () => {
    const rfi = await ask([quick], { summary: 'An ERP for two plants.' })
    const params = { referralId: referralOf(rfi, quick) }
    const { user: token } = await signedIn(quick)
    const { body } = await call(referralOperations.getSimilar, { token, params })
    expect(body.items.length).toBeGreaterThanOrEqual(5)
    expect(body.items[0]).toMatchObject({
      status: 'active',
      shared: { products: ['erp'] },
      deal: { name: acceptance.name },
      // It was worth 45,000 to the partner; the customer has 50,000.
      similarity: expect.closeTo(0.99),
    })
    const { user: stranger } = await signedIn(slow)
    await refused(referralOperations.getSimilar, { token: stranger, params })
  })
})

it('what a profile would rather not be sent does not find it', async () => {
  const region = 'IE'
  const partner = await offering('Emerald ERP', region, {
    products: ['erp'],
    customerSizes: ['1-10'],
    preferences: { excludedIndustries: ['retail'], excludedKeywords: ['blockchain'], maxOpenReferrals: 1 },
  })
  await looked()
  expect(names(await search({ region }))).toEqual([partner.name])
  expect(names(await search({ region, customerSizes: '51-250' }))).toEqual([])
  expect(names(await search({ region, industries: 'retail' }))).toEqual([])
  expect(names(await search({ region, q: 'emerald blockchain' }))).toEqual([])

  const body = rfiBody([partner])
  const small = { ...body, customer: { ...body.customer, size: '1-10' } }
  await call(rfiOperations.createRfi, { body: small, idempotencyKey: randomUUID() })
  await looked()
  expect(names(await search({ region }))).toEqual([])
})

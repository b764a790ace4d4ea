import { randomUUID } from 'node:crypto'
import { beforeAll, describe, expect, it } from 'vitest'
import { directoryOperations } from '../../shared/discovery/directory/contract.ts'
import { insightOperations } from '../../shared/discovery/insights/contract.ts'
import { profileOperations } from '../../shared/partners/profile/contract.ts'
import { defaultPolicy } from '../../shared/program/policy/rules.ts'
import { referralOperations } from '../../shared/referrals/referral/contract.ts'
import { rfiOperations } from '../../shared/referrals/rfi/contract.ts'
import { call, expectProblem } from './client.ts'
import {
  acceptance,
  advance,
  enroll,
  execute,
  type Partner,
  profileContent,
  referralOf,
  rfiBody,
  sendRfi,
  signedIn,
  unique,
  withPolicy,
} from './program.ts'

const { searchDirectory, getDirectoryProfile } = directoryOperations

/** Advances the clock by ten seconds, the maximum delay until the directory shows a change. */
const awaitDirectory = () => advance('PT10S')

const search = async (query: Record<string, string | number>) => (await call(searchDirectory, { query })).body

const names = ({ items }: { items: readonly { name: string }[] }) => items.map(({ name }) => name)

/** Enrolls a partner whose profile in a region has additional content. */
const enrollWith = async (name: string, region: string, more: object): Promise<Partner> => {
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
  it('lists every active profile of a region once over all pages, without contacts', async () => {
    const region = 'NO'
    const partners = await Promise.all([1, 2, 3].map(() => enroll(`Fjord ${unique()}`, region)))
    const inactive = await enroll(`Fjord ${unique()}`, region)
    const params = { region }
    const { etag } = await call(profileOperations.getProfile, { token: inactive.admin, params })
    await call(profileOperations.deactivateProfile, { token: inactive.admin, params, ifMatch: etag })
    await awaitDirectory()

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

  it('skips no profile when a listed profile becomes inactive between two pages', async () => {
    const region = 'FI'
    const partners = await Promise.all([1, 2].map(() => enroll(`Sauna ${unique()}`, region)))
    await awaitDirectory()
    const first = await search({ region, limit: 1 })
    const gone = partners.find(({ id }) => id === first.items[0]?.partnerId) as Partner
    const stays = partners.find(({ id }) => id !== gone.id) as Partner
    const params = { region }
    const { etag } = await call(profileOperations.getProfile, { token: gone.admin, params })
    await call(profileOperations.deactivateProfile, { token: gone.admin, params, ifMatch: etag })
    await awaitDirectory()
    const rest = await search({ region, cursor: first.nextCursor ?? '' })
    expect(rest.items.map(({ partnerId }) => partnerId)).toEqual([stays.id])
  })

  it('finds by codes, words, size, language and location, and returns matches and facets', async () => {
    const region = 'AT'
    const [wien, linz] = await Promise.all([
      enrollWith('Wiener Werkstatt', region, {
        products: ['erp', 'crm'],
        languages: ['de'],
        customerSizes: ['51-250'],
        keywords: ['Sägewerk'],
        locations: [place('main', 'Wien', 'AT', 'wien@desk.example')],
      }),
      enrollWith('Donau Daten', region, {
        products: ['erp'],
        industries: ['retail'],
        languages: ['en'],
        locations: [place('main', 'Linz', 'AT', 'linz@desk.example')],
      }),
    ])
    await awaitDirectory()

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
    const both = await search({ region, languages: 'fr,en,de-AT', customerSizes: '51-250,1-10' })
    expect(new Set(names(both))).toEqual(new Set([wien.name, linz.name]))
    expect(both.facets.languages).toEqual([
      { code: 'de', count: 1 },
      { code: 'en', count: 1 },
    ])
    expect(names(await search({ region, languages: 'fr,en', customerSizes: '51-250,1-10' }))).toEqual([
      linz.name,
    ])
    expect(names(await search({ region, q: 'nothing of the kind' }))).toEqual([])
  })

  it('omits paused profiles until the pause ends', async () => {
    const region = 'DK'
    const { now } = await advance('PT0S')
    const day = (days: number) => new Date(Date.parse(now) + days * 86_400_000).toISOString().slice(0, 10)
    const partner = await enrollWith('Smørrebrød Systems', region, { preferences: { pausedUntil: day(2) } })
    await awaitDirectory()
    expect(names(await search({ region }))).toEqual([])
    const paused = await call(getDirectoryProfile, { params: { profileId: partner.profileId } })
    expect(paused.body.takesReferrals).toBe(false)
    await advance('P2D')
    expect(names(await search({ region }))).toEqual([partner.name])
    const back = await call(getDirectoryProfile, { params: { profileId: partner.profileId } })
    expect(back.body).toMatchObject({ takesReferrals: true, headline: 'We do it' })
    expect(JSON.stringify(back.body)).not.toContain('@')
  })

  it('returns the fault of each query parameter', async () => {
    const faultsOf = async (query: Record<string, string | number>) => {
      const { body } = await expectProblem(searchDirectory, { query: { region: 'AT', ...query } })
      return body.errors?.map(({ pointer, code }) => `${pointer} ${code}`)
    }
    expect(await faultsOf({ products: 'erp,cmr' })).toEqual(['query/products/1 unknown-code'])
    expect(await faultsOf({ customerSizes: '51-520' })).toEqual(['query/customerSizes/0 unknown-code'])
    expect(await faultsOf({ customerSizes: '51-250,51-520', languages: 'de,zz' })).toEqual([
      'query/customerSizes/1 unknown-code',
      'query/languages/1 unknown-language',
    ])
    const twentyOne = (value: string) => Array(21).fill(value).join(',')
    expect(await faultsOf({ customerSizes: twentyOne('51-250') })).toEqual(['query/customerSizes too-many'])
    expect(await faultsOf({ languages: twentyOne('de') })).toEqual(['query/languages too-many'])
    expect(await faultsOf({ radiusKm: 10 })).toEqual(['query/near near-required'])
    expect(await faultsOf({ near: 'Wien', radiusKm: 40_000 })).toEqual(['query/radiusKm too-big'])
    expect(await faultsOf({ near: 'Wien', radiusKm: -1 })).toEqual(['query/radiusKm too-small'])
    expect(await faultsOf({ near: '91,0' })).toEqual(['query/near out-of-range'])
    expect(await faultsOf({ near: 'Entenhausen an der Ente' })).toEqual(['query/near unknown-place'])
    expect(await faultsOf({ q: 'x'.repeat(5000) })).toEqual(['query/q too-long'])
    for (const language of ['klingon!', 'german', 'zz'])
      expect(await faultsOf({ languages: language })).toEqual(['query/languages/0 unknown-language'])
    expect(await faultsOf({ products: 'cmr', near: 'Entenhausen an der Ente' })).toEqual([
      'query/products/0 unknown-code',
      'query/near unknown-place',
    ])
    expect(await faultsOf({ colour: 'red' })).toEqual(['query/colour unknown-field'])
    const { body } = await expectProblem(searchDirectory, {
      query: { region: 'AT', products: 'colaboration' },
    })
    expect(body.errors?.[0]?.detail).toContain('Did you mean collaboration?')
  })

  it('returns not-found for a profile that is not active', async () => {
    await expectProblem(getDirectoryProfile, { params: { profileId: 'ptr_01KJKJ00000000000000000000.DE' } })
  })
})

describe('reputation', () => {
  const region = 'PT'
  let quick: Partner
  let slow: Partner
  let silent: Partner

  beforeAll(async () => {
    ;[quick, slow, silent] = (await Promise.all(
      ['Rápido', 'Devagar', 'Calado'].map(name =>
        enrollWith(`${name} ${unique()}`, region, { products: ['erp'] }),
      ),
    )) as [Partner, Partner, Partner]
    // Only good results count in the first 30 days of a profile.
    await advance('P31D')
  })

  it('ranks partners that answer at once higher and silent ones lower, and still shows newcomers', () =>
    // Exploration is off, because it depends on the day.
    withPolicy({ ranking: { ...defaultPolicy.ranking, exploration: { share: 0, below: 5 } } }, async () => {
      for (let round = 0; round < 5; round++) {
        const rfi = await sendRfi([quick, slow, silent])
        await execute(
          await signedIn(quick),
          referralOperations.acceptReferral,
          referralOf(rfi, quick),
          acceptance,
        )
        await advance('P5D')
        await execute(
          await signedIn(slow),
          referralOperations.acceptReferral,
          referralOf(rfi, slow),
          acceptance,
        )
        await advance('P10D')
      }
      await awaitDirectory()

      const page = await search({ region, products: 'erp' })
      expect(page.items.map(({ partnerId }) => partnerId)).toEqual([quick.id, slow.id, silent.id])
      expect(page.items.map(({ answerTime }) => answerTime)).toEqual([
        'within-hours',
        'within-two-weeks',
        null,
      ])

      const newcomer = await enrollWith(`Novo ${unique()}`, region, { products: ['erp'] })
      await awaitDirectory()
      const seen = await search({ region, products: 'erp' })
      expect(seen.items.map(({ partnerId }) => partnerId)).toContain(newcomer.id)
      expect(seen.items.findIndex(({ partnerId }) => partnerId === newcomer.id)).toBeLessThan(3)
    }))

  it('is shown to each partner as parts and levers', async () => {
    const visibilityOf = async (partner: Partner) => {
      const { user: token } = await signedIn(partner)
      return (await call(insightOperations.getVisibility, { token, query: { region } })).body
    }
    const [first, last] = [await visibilityOf(quick), await visibilityOf(silent)]
    expect(first.visibility).toBeGreaterThan(last.visibility)
    expect(first.answerTime).toBe('within-hours')
    expect(first.hidden).toBeNull()
    // With four partners, a quarter would reveal figures of single partners.
    expect(first.quarter).toBeNull()
    expect(last.levers.map(({ part }) => part)).toContain('answerRate')
    expect(last.parts.find(({ part }) => part === 'answerRate')?.observations).toBeGreaterThan(4)
    const others = [quick, slow].map(({ id }) => id)
    for (const id of others) expect(JSON.stringify(last)).not.toContain(id)
  })

  it('is not shown for a region without an active profile of the partner', async () => {
    const { user: token } = await signedIn(quick)
    await expectProblem(insightOperations.getVisibility, { token, query: { region: 'IS' } })
  })

  it('getSimilar returns accepted referrals that resemble a referral', async () => {
    const rfi = await sendRfi([quick], { summary: 'An ERP for two plants.' })
    const params = { referralId: referralOf(rfi, quick) }
    const { user: token } = await signedIn(quick)
    const { body } = await call(referralOperations.getSimilar, { token, params })
    expect(body.items.length).toBeGreaterThanOrEqual(5)
    expect(body.items[0]).toMatchObject({
      status: 'active',
      shared: { products: ['erp'] },
      deal: { name: acceptance.name },
      // The partner estimates 45,000, the customer has a budget of 50,000.
      // 45,000 of 50,000 for the value, and an unknown duration.
      similarity: expect.closeTo(0.94),
    })
    const { user: stranger } = await signedIn(slow)
    await expectProblem(referralOperations.getSimilar, { token: stranger, params })
  })
})

it('the directory does not return a profile for requests that its preferences exclude', async () => {
  const region = 'IE'
  const partner = await enrollWith('Emerald ERP', region, {
    products: ['erp'],
    customerSizes: ['1-10'],
    preferences: { excludedIndustries: ['retail'], excludedKeywords: ['blockchain'], maxOpenReferrals: 1 },
  })
  await awaitDirectory()
  expect(names(await search({ region }))).toEqual([partner.name])
  expect(names(await search({ region, customerSizes: '51-250' }))).toEqual([])
  expect(names(await search({ region, industries: 'retail' }))).toEqual([])
  expect(names(await search({ region, q: 'emerald blockchain' }))).toEqual([])

  const body = rfiBody([partner])
  const small = { ...body, customer: { ...body.customer, size: '1-10' } }
  await call(rfiOperations.createRfi, { body: small, idempotencyKey: randomUUID() })
  await awaitDirectory()
  expect(names(await search({ region }))).toEqual([])
})

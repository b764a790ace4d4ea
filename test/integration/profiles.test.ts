import { randomUUID } from 'node:crypto'
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb'
import { DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb'
import { describe, expect, inject, it } from 'vitest'
import { partnerOperations } from '../../shared/partners/partner/contract.ts'
import { profileOperations } from '../../shared/partners/profile/contract.ts'
import { referralOperations } from '../../shared/referrals/referral/contract.ts'
import { rfiOperations } from '../../shared/referrals/rfi/contract.ts'
import type { ProfileEntry } from '../../shared/search/index.ts'
import { call, expectProblem, fetchLocal } from './client.ts'
import {
  advance,
  awaitMail,
  enroll,
  execute,
  type Partner,
  personNamed,
  profileContent,
  profileOf,
  referralOf,
  rfiBody,
  sendRfi,
  settle,
  signedIn,
  tokenOf,
  unique,
  versionIn,
} from './program.ts'

const { putProfile, activateProfile, deactivateProfile, getProfile, listProfileVersions } = profileOperations
const { reviewProfile, confirmContacts, listProfilesByOperator } = profileOperations
const params = { region: 'DE' }

/** Puts the profile with some fields changed, with its current ETag. */
const change = async (partner: Partner, changes: object) => {
  const { body, etag } = await profileOf(partner)
  return call(putProfile, { token: partner.admin, params, ifMatch: etag, body: { ...body, ...changes } })
}

const onDay = async (daysFromNow: number): Promise<string> => {
  const { now } = await fetchLocal<{ now: string }>('/_local/clock')
  return new Date(Date.parse(now) + daysFromNow * 86_400_000).toISOString().slice(0, 10)
}

/** Returns the entry of a profile in the directory: undefined for a draft, `profile: null` after deactivation. */
const entryOf = async (partner: Partner): Promise<ProfileEntry | undefined> => {
  const dynamodb = new DynamoDBClient({
    endpoint: inject('url'),
    region: 'us-east-1',
    credentials: { accessKeyId: 'tester', secretAccessKey: 'tester' },
  })
  const { TableNames } = await dynamodb.send(new ListTablesCommand({}))
  const Key = { pk: `LISTING#${partner.id}`, sk: 'PROFILE#DE' }
  const { Item } = await DynamoDBDocumentClient.from(dynamodb).send(
    new GetCommand({ TableName: TableNames?.[0], Key }),
  )
  return Item?.entry && JSON.parse(Item.entry)
}

const rfiFaults = async (partner: Partner, changes: object = {}): Promise<string[]> => {
  const body = { ...rfiBody([partner]), ...changes }
  const answer = await expectProblem(rfiOperations.createRfi, { body, idempotencyKey: randomUUID() })
  return answer.body.errors?.map(({ pointer, code }) => `${pointer} ${code}`) ?? []
}

describe('a business profile', () => {
  it('is drafted, completed, activated, paused, and active again when the pause ends', async () => {
    const { id, admin } = await enroll()
    const region = { region: 'PT' }
    const as = { token: admin, params: region }
    const draft = {
      locations: [{ id: 'lisboa', name: 'Lisboa', address: { city: 'Lisboa', country: 'PT' } }],
    }
    const { body, etag } = await call(putProfile, { ...as, body: draft })
    expect(body).toMatchObject({ status: 'draft', version: 1 })

    const incomplete = await expectProblem(activateProfile, { ...as, ifMatch: etag })
    expect(incomplete.body.errors?.map(({ pointer }) => pointer)).toEqual([
      '/headline',
      '/locations/0/contacts',
    ])

    const complete = { ...body, headline: 'Cloud for Portugal', defaultContacts: [personNamed('Office')] }
    const put = await call(putProfile, { ...as, ifMatch: etag, body: complete })
    const active = await call(activateProfile, { ...as, ifMatch: put.etag })
    expect(active.body.status).toBe('active')

    const preferences = { pausedUntil: await onDay(2) }
    const paused = await call(putProfile, { ...as, ifMatch: active.etag, body: { ...complete, preferences } })
    expect(paused.body.status).toBe('paused')
    await advance('P2D')
    const back = await call(getProfile, { token: await tokenOf('partner-admin', id), params: region })
    expect([back.body.status, versionIn(back.etag)]).toEqual(['active', versionIn(paused.etag)])
    // The content has changed with time, so a client that polls gets it.
    expect(back.etag).not.toBe(paused.etag)
  })

  it('has a directory entry while it is active', async () => {
    const partner = await enroll()
    const entry = await entryOf(partner)
    expect(entry?.profile).toMatchObject({ name: partner.name, headline: 'We do it' })
    expect(entry?.profile?.locations.map(({ id, coordinates }) => [id, coordinates])).toEqual([
      ['main', { latitude: 52.524, longitude: 13.411 }],
      ['branch', { latitude: 53.551, longitude: 9.993 }],
    ])
    const { etag } = await profileOf(partner)
    await call(deactivateProfile, { token: partner.admin, params, ifMatch: etag })
    expect(await entryOf(partner)).toMatchObject({ version: 3, profile: null })
  })

  it('has the coordinates of its locations, or those of the gazetteer', async () => {
    const partner = await enroll()
    const [main, branch] = (await profileOf(partner)).body.locations
    expect(main?.resolvedCoordinates).toEqual({ latitude: 52.524, longitude: 13.411, from: 'gazetteer' })
    const coordinates = { latitude: 53.5, longitude: 10 }
    const nowhere = { ...main, id: 'nowhere', address: { city: 'Nowhere at all', country: 'DE' } }
    const { body } = await change(partner, { locations: [main, { ...branch, coordinates }, nowhere] })
    expect(body.locations.map(({ resolvedCoordinates }) => resolvedCoordinates)).toEqual([
      main?.resolvedCoordinates,
      { ...coordinates, from: 'profile' },
      null,
    ])
    // A profile that is put as it was read stays the same.
    expect((await change(partner, {})).body.locations).toEqual(body.locations)
  })

  it('cannot lose required fields while it is active, and rejects HTML in its description', async () => {
    const partner = await enroll()
    const { body, etag } = await profileOf(partner)
    const as = { token: partner.admin, params, ifMatch: etag }
    const incomplete = await expectProblem(putProfile, { ...as, body: { ...body, headline: undefined } })
    expect(incomplete.body).toMatchObject({ code: 'profile-incomplete', errors: [{ pointer: '/headline' }] })
    const description = 'We **do** it.\n\n<img src=x onerror=alert(1)>'
    const unsafe = await expectProblem(putProfile, { ...as, body: { ...body, description } })
    expect(unsafe.body.errors).toMatchObject([
      { pointer: '/description', code: 'markdown-html', params: { line: 3, column: 1 } },
    ])
  })

  it('can be read by users and the operator, and changed only by administrators', async () => {
    const partner = await enroll()
    const { body, etag } = await call(getProfile, { token: partner.user, params })
    expect(
      (await expectProblem(putProfile, { token: partner.user, params, ifMatch: etag, body })).status,
    ).toBe(403)
    const confirming = { token: partner.user, params, ifMatch: etag }
    expect((await expectProblem(confirmContacts, confirming)).status).toBe(403)
    const operator = await tokenOf('operator')
    const found = await call(listProfilesByOperator, { token: operator, params: { partnerId: partner.id } })
    expect(found.body.items).toEqual([body])
    const unknownPartner = { token: operator, params: { partnerId: 'ptr_00000000000000000000000000' } }
    expect((await expectProblem(listProfilesByOperator, unknownPartner)).status).toBe(404)
    expect(
      (
        await expectProblem(listProfilesByOperator, {
          token: partner.admin,
          params: { partnerId: partner.id },
        })
      ).status,
    ).toBe(403)
  })
})

describe('preferences', () => {
  it('reject requests that they exclude, with an error that names the recipient', async () => {
    const partner = await enroll()
    const errorsAfter = async (changes: object, asking: object = {}) => {
      await change(partner, { preferences: {}, customerSizes: [], ...changes })
      return rfiFaults(partner, asking)
    }
    const at = '/recipients/0/profileId'
    expect(await errorsAfter({ preferences: { pausedUntil: await onDay(1) } })).toEqual([`${at} paused`])
    expect(await errorsAfter({ customerSizes: ['1-10'] })).toEqual([`${at} not-admitted`])
    expect(await errorsAfter({ preferences: { excludedKeywords: ['erp for two'] } })).toEqual([
      `${at} not-admitted`,
    ])
    const minDealValue = { amount: 50_001, currency: 'EUR' }
    expect(await errorsAfter({ preferences: { minDealValue } })).toEqual([`${at} not-admitted`])
    const { need } = rfiBody([partner])
    expect(
      await errorsAfter(
        { preferences: { excludedIndustries: ['health'] } },
        { need: { ...need, industries: ['health'] } },
      ),
    ).toEqual([`${at} not-admitted`])

    await change(partner, { preferences: {}, customerSizes: ['51-250'] })
    await sendRfi([partner])
  })

  it('also apply to RFIs of the operator and to further recipients', async () => {
    const [partner, choosy] = await Promise.all([enroll(), enroll()])
    await change(choosy, { customerSizes: ['1-10'] })
    const token = await tokenOf('operator')
    const body = { ...rfiBody([choosy]), source: { channel: 'sales-agent' } }
    const sent = { token, body, idempotencyKey: randomUUID() }
    const byOperator = await expectProblem(rfiOperations.createRfiByOperator, sent)
    expect(byOperator.body.errors).toMatchObject([{ code: 'not-admitted' }])

    const rfi = await sendRfi([partner])
    const { etag } = await call(rfiOperations.getRfiByOperator, { token, params: { rfiId: rfi.id } })
    const sendingOn = {
      token,
      params: { rfiId: rfi.id },
      ifMatch: etag,
      body: { recipients: [{ profileId: choosy.profileId, locationId: 'main' }] },
    }
    const sentOn = await expectProblem(rfiOperations.addRecipientsByOperator, sendingOn)
    expect(sentOn.body.errors).toMatchObject([{ pointer: '/recipients/0/profileId', code: 'not-admitted' }])
  })

  it('reject further referrals at maxOpenReferrals, until one is closed', async () => {
    const partner = await enroll()
    await change(partner, { preferences: { maxOpenReferrals: 1 } })
    const rfi = await sendRfi([partner])
    await settle()
    expect(await rfiFaults(partner)).toEqual(['/recipients/0/profileId full'])
    await execute(partner, referralOperations.declineReferral, referralOf(rfi, partner), {
      reason: 'no-capacity',
    })
    await settle()
    await sendRfi([partner])
  })
})

describe('a removed location', () => {
  const locationsOf = async (partner: Partner) =>
    (await profileOf(partner)).body.locations.map(({ id, removed }) => (removed ? `${id} removed` : id))

  it('is kept with its contacts while referrals to it are open, and removed afterwards', async () => {
    const partner = await signedIn(await enroll())
    const rfi = await sendRfi([partner])
    await settle()
    const [main, branch] = (await profileOf(partner)).body.locations
    await change(partner, { locations: [branch] })
    expect(await locationsOf(partner)).toEqual(['branch', 'main removed'])
    expect((await entryOf(partner))?.profile?.locations.map(({ id }) => id)).toEqual(['branch'])
    expect(await rfiFaults(partner)).toEqual(['/recipients/0/locationId unknown-location'])

    // After one day without an answer, the reminder goes to the contacts of the removed location.
    await advance('PT25H')
    const address = partner.contactOf('main')
    const subjects = (await awaitMail(address, 2)).map(({ subject }) => subject)
    expect(new Set(subjects).size).toBe(2)

    const later = await signedIn(partner)
    await change(later, { headline: 'We still do it' })
    expect(await locationsOf(later)).toEqual(['branch', 'main removed'])
    await execute(later, referralOperations.declineReferral, referralOf(rfi, later), {
      reason: 'no-capacity',
    })
    await change(later, { headline: 'We do it' })
    expect(await locationsOf(later)).toEqual(['branch'])
    await change(later, { locations: [branch, main] })
    expect(await locationsOf(later)).toEqual(['branch', 'main'])
  })

  it('is restored when it is named again', async () => {
    const partner = await enroll()
    await sendRfi([partner])
    await settle()
    const [main, branch] = (await profileOf(partner)).body.locations
    await change(partner, { locations: [branch] })
    expect(await locationsOf(partner)).toEqual(['branch', 'main removed'])
    await change(partner, { locations: [branch, main] })
    expect(await locationsOf(partner)).toEqual(['branch', 'main'])
  })
})

describe('the history of a profile', () => {
  it('has each version with its actor and changed fields, without addresses of contacts', async () => {
    const partner = await enroll()
    await change(partner, { headline: 'We do more', keywords: ['erp'] })
    await change(partner, { keywords: ['erp', 'crm'] })
    const as = { token: partner.user, params }
    const { body: first } = await call(listProfileVersions, { ...as, query: { limit: 3 } })
    expect(first.items.map(({ version, changed }) => [version, changed])).toEqual([
      [4, ['keywords']],
      [3, ['headline', 'keywords']],
      [2, ['status']],
    ])
    expect(first.items[0]?.by).toMatchObject({ kind: 'partner', id: expect.any(String) })
    const { body: rest } = await call(listProfileVersions, {
      ...as,
      query: { limit: 3, cursor: first.nextCursor ?? '' },
    })
    expect(rest).toMatchObject({ items: [{ version: 1 }], nextCursor: null })

    const { body: earlier } = await call(getProfile, { ...as, query: { version: 2 } })
    expect(earlier).toMatchObject({ version: 2, status: 'active', headline: 'We do it', keywords: [] })
    expect(JSON.stringify(earlier)).not.toContain('@')
    const present = await call(getProfile, { ...as, query: { version: 4 } })
    expect(present.body).toEqual((await profileOf(partner)).body)
    expect((await expectProblem(getProfile, { ...as, query: { version: 5 } })).status).toBe(404)
    const elsewhere = { token: partner.user, params: { region: 'AT' } }
    expect((await expectProblem(listProfileVersions, elsewhere)).status).toBe(404)
  })
})

describe('reviewProfile', () => {
  it('returns advice, reachability of contacts and the time until contacts must be confirmed', async () => {
    const partner = await enroll()
    const as = { token: partner.admin, params }
    const { body: before } = await call(reviewProfile, as)
    expect(before.missing).toEqual([])
    expect(before.locations).toEqual(['main', 'branch'].map(id => ({ id, reachable: true })))
    expect(before.contacts).toHaveLength(2)
    expect(before.checks.find(({ code }) => code === 'keywords')).toMatchObject({ share: 0 })

    const { etag } = await change(partner, { keywords: ['erp', 'crm', 'tills', 'audit', 'stock'] })
    const { body: after } = await call(reviewProfile, as)
    expect(after.quality).toBeGreaterThan(before.quality)
    expect((await entryOf(partner))?.profile?.quality).toBe(after.quality)
    expect(after.contactsConfirmedAt).toBe(before.contactsConfirmedAt)

    await advance('PT1H')
    const token = await tokenOf('partner-admin', partner.id)
    await call(confirmContacts, { token, params, ifMatch: etag })
    const { body: confirmed } = await call(reviewProfile, { token, params })
    expect(confirmed.contactsConfirmedAt > after.contactsConfirmedAt).toBe(true)
    const ninetyDays = 90 * 86_400_000
    expect(Date.parse(confirmed.contactsConfirmedUntil) - Date.parse(confirmed.contactsConfirmedAt)).toBe(
      ninetyDays,
    )
    expect((await expectProblem(confirmContacts, { token, params, ifMatch: etag })).status).toBe(412)
  })

  it('treats new contacts as confirmed', async () => {
    const partner = await enroll()
    const { body } = await profileOf(partner)
    const changed = await change(partner, profileContent(partner.contactOf, { main: [personNamed('Ann')] }))
    expect(changed.body.contactsConfirmedAt > body.contactsConfirmedAt).toBe(true)
  })
})

describe('a renamed partner', () => {
  it('appears with the new name in each profile immediately', async () => {
    const partner = await enroll()
    const region = { region: 'AT' }
    await call(putProfile, { token: partner.admin, params: region, body: { headline: 'Also there' } })
    const token = await tokenOf('operator')
    const request = { token, params: { partnerId: partner.id } }
    const { etag } = await call(partnerOperations.getPartner, request)
    const name = `Renamed ${unique()}`
    await call(partnerOperations.editPartner, { ...request, ifMatch: etag, body: { name } })
    expect(await entryOf(partner)).toMatchObject({ version: 3, profile: { name } })
    const { body } = await call(listProfileVersions, { token: partner.user, params })
    expect(body.items[0]).toMatchObject({ version: 3, by: { kind: 'operator' }, changed: ['name'] })
    const elsewhere = await call(listProfileVersions, { token: partner.user, params: region })
    expect(elsewhere.body.items.map(({ changed }) => changed)).toEqual([
      ['name'],
      ['headline', 'status', 'contactsConfirmedAt'],
    ])
  })
})

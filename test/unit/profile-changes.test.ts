/** Changes of a profile: what they write and what they keep. */

import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { asPartnerId, type PartnerId } from '../../shared/kernel/ids.ts'
import type { Versioned } from '../../shared/kernel/versioned.ts'
import { healthy, withFinding } from '../../shared/partners/contact/rules.ts'
import { healthKey, putHealth, readHealth } from '../../shared/partners/contact/store.ts'
import { partnerOperations } from '../../shared/partners/partner/contract.ts'
import { createPartner } from '../../shared/partners/partner/service.ts'
import { confirmContacts } from '../../shared/partners/profile/change-contacts.ts'
import { type ProfileView, profileOperations } from '../../shared/partners/profile/contract.ts'
import { getProfile } from '../../shared/partners/profile/get-profile.ts'
import { listProfiles } from '../../shared/partners/profile/list-profiles.ts'
import { putProfile } from '../../shared/partners/profile/put-profile.ts'
import { setActive } from '../../shared/partners/profile/set-active.ts'
import { readLearningFrom } from '../../shared/partners/profile/store.ts'
import { attempt } from '../../shared/persistence/idempotency.ts'
import { get, put, transact } from '../../shared/persistence/table.ts'
import { defaultPolicy } from '../../shared/program/policy/rules.ts'
import { putDecision, putNewReferral } from '../../shared/referrals/referral/store.ts'
import { after } from '../../shared/time/duration.ts'
import type { Instant } from '../../shared/time/instant.ts'
import { aContact } from '../fixtures/profile.ts'
import { profileContext } from '../fixtures/profile-context.ts'
import { received, run } from '../fixtures/referral.ts'
import { day, later, receivedAt } from '../fixtures/time.ts'
import { connect, disconnect } from '../simulation/aws.ts'
import { MemoryTable } from '../simulation/table.ts'

const actor = { kind: 'partner', id: 'admin' } as const
const next = later(day)

let table: MemoryTable
let writes: number
let address: { partnerId: PartnerId; region: string }

beforeEach(async () => {
  table = new MemoryTable()
  connect(async call => {
    if (call.operation === 'TransactWrite' || call.operation === 'Put') writes++
    return table.handle(call)
  })
  const asked = partnerOperations.createPartner.body.parse({ name: 'Spreewerk' })
  const once = attempt('operator', 'partner', 'createPartner', asked)
  const { body } = await createPartner(asked, {
    attempt: once,
    actor: { kind: 'operator' },
    now: new Date(receivedAt),
  })
  address = { partnerId: body.id, region: 'DE' }
  writes = 0
})
afterAll(disconnect)

const aLocation = (id: string) => ({
  id,
  name: id,
  address: { city: 'Berlin', country: 'DE' },
  contacts: [aContact(id)],
})
const contentWith = (more: object = {}) => ({
  headline: 'We do it',
  locations: [aLocation('main'), aLocation('branch')],
  ...more,
})
const store = (content: object, version: number | undefined, at = next) =>
  putProfile(
    address,
    profileOperations.putProfile.body.parse(content),
    { actor, version, now: new Date(at) },
    profileContext,
  )
const draft = () => store(contentWith(), undefined, receivedAt)
const switchActive = ({ version }: Versioned<ProfileView>, active: boolean) =>
  setActive(address, active, { actor, version, now: new Date(next) })
const active = async () => switchActive(await draft(), true)

describe('putProfile', () => {
  it('refuses the profile of an unknown partner as not found, and writes nothing', async () => {
    address = { ...address, partnerId: asPartnerId('ptr_00000000000000000000000000') }
    await expect(draft()).rejects.toMatchObject({ code: 'not-found' })
    expect(writes).toBe(0)
  })

  it('writes no item and returns the stored profile when the content is unchanged', async () => {
    const read = await active()
    const before = await table.items()
    expect(await store(read.body, read.version)).toEqual(read)
    expect(await store(contentWith(), read.version)).toEqual(read)
    expect(await table.items()).toEqual(before)
  })

  it('returns stale-version for an old version, even when the content is unchanged', async () => {
    const { body } = await active()
    await expect(store(body, 1)).rejects.toMatchObject({ code: 'stale-version' })
  })

  it('stores the removal of a location without confirming contacts', async () => {
    const { body, version } = await active()
    const after = await store(contentWith({ locations: [aLocation('main')] }), version)
    expect([after.version, after.body.locations.map(({ id }) => id)]).toEqual([version + 1, ['main']])
    expect(after.body.contactsConfirmedAt).toBe(body.contactsConfirmedAt)
  })

  it('confirms contacts when it names a new contact', async () => {
    const { version } = await active()
    const after = await store(contentWith({ defaultContacts: [aContact('Ann')] }), version)
    expect(after.body.contactsConfirmedAt).toBe(next)
  })

  it('removes the health record of a person that is no contact any more, even when the content is unchanged', async () => {
    const read = await active()
    const { partnerId, region } = address
    const found = { address: 'gone@partner.example', contact: 'digest', events: [] }
    const health = withFinding(healthy(partnerId, region), { ...found, problem: 'bounced' }, receivedAt)
    await put(putHealth(health, receivedAt))
    await store(read.body, (await getProfile(address, undefined, new Date(next))).version)
    const key = healthKey(partnerId, region)
    expect(readHealth(await get(key), partnerId, region).troubles).toEqual([])
  })
})

describe('a location that putProfile removes', () => {
  /** Receives a referral to the branch, which expires 14 days later. */
  const expire = async () => {
    const { partnerId } = address
    const { referral, event } = received({ partnerId, profileId: `${partnerId}.DE`, locationId: 'branch' })
    await transact(putNewReferral(referral, event))
    const expired = run(referral, 'expire', later(14 * day))
    await transact(putDecision(expired, { version: referral.version }))
  }
  const keptAfterRemoval = async (at: Instant) => {
    const { version } = await getProfile(address, undefined, new Date(at))
    const { body } = await store(contentWith({ locations: [aLocation('main')] }), version, at)
    return body.locations.filter(({ removed }) => removed).map(({ id }) => id)
  }

  it('is kept while an expired referral to it can be reopened, and removed afterwards', async () => {
    await active()
    await expire()
    expect(await keptAfterRemoval(later(16 * day - 1))).toEqual(['branch'])
    expect(await keptAfterRemoval(later(16 * day))).toEqual([])
  })

  it('is not kept for referrals to other locations', async () => {
    await active()
    await expire()
    const at = later(15 * day)
    const { version } = await getProfile(address, undefined, new Date(at))
    const { body } = await store(contentWith({ locations: [aLocation('branch')] }), version, at)
    expect(body.locations.map(({ id }) => id)).toEqual(['branch'])
  })
})

describe('contacts', () => {
  it('are due for confirmation after 90 days without confirmation, until they are confirmed', async () => {
    const { version } = await active()
    const profileAt = (now: string) => getProfile(address, undefined, new Date(now))
    expect((await profileAt(next)).body).toMatchObject({
      contactsConfirmedUntil: later(90 * day),
      contactConfirmationDue: false,
    })
    const late = later(91 * day)
    const { items } = await listProfiles(address.partnerId, new Date(late))
    const { body } = await profileAt(late)
    expect([body, items]).toEqual([expect.objectContaining({ contactConfirmationDue: true }), [body]])
    expect((await getProfile(address, 1, new Date(late))).body.contactConfirmationDue).toBe(false)

    const confirmed = await confirmContacts(address, { actor, version, now: new Date(late) })
    expect(confirmed.body).toMatchObject({
      contactsConfirmedUntil: later(181 * day),
      contactConfirmationDue: false,
    })
  })
})

describe('the first days of a partner', () => {
  const storedEnd = async () => {
    const profile = (await table.items()).find(({ entity }) => entity === 'profile')
    return profile && { stored: profile.learningFrom, read: readLearningFrom(profile) }
  }

  it('start with the first activation, and last as long as the policy says at that time', async () => {
    const made = await draft()
    expect((await storedEnd())?.stored).toBeUndefined()
    await switchActive(made, true)
    const end = after(next, defaultPolicy.learningGrace)
    expect(await storedEnd()).toEqual({ stored: end, read: end })
  })

  it('are not changed by a new version, a deactivation and another activation', async () => {
    const made = await active()
    const end = await storedEnd()
    const paused = await switchActive(made, false)
    const changed = await store(contentWith({ headline: 'We do more' }), paused.version, later(90 * day))
    await setActive(address, true, { actor, version: changed.version, now: new Date(later(91 * day)) })
    expect(await storedEnd()).toEqual(end)
  })
})

describe('a draft', () => {
  it('stays a draft outside the directory when it is deactivated', async () => {
    const made = await draft()
    writes = 0
    expect(await switchActive(made, false)).toEqual(made)
    expect(writes).toBe(0)
    expect((await table.items()).filter(({ directoryPk }) => directoryPk)).toEqual([])
  })
})

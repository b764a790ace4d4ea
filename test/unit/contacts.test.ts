import { describe, expect, it } from 'vitest'
import { event } from '../../shared/events/contract.ts'
import { asPartnerId, asReferralId } from '../../shared/kernel/ids.ts'
import {
  addressOf,
  allPeople,
  type Contacts,
  failedEvent,
  findPerson,
  type Health,
  isReachable,
  mayAnswer,
  readersOf,
  warningsOf,
  withDelivery,
  withFinding,
  withinUse,
  withoutTrouble,
} from '../../shared/partners/contact/rules.ts'
import {
  addressFingerprint,
  listedFingerprint,
  putHealth,
  readHealth,
} from '../../shared/partners/contact/store.ts'
import { readEntry } from '../../shared/partners/listing/store.ts'
import { profileOperations } from '../../shared/partners/profile/contract.ts'
import { contentFaults, contentIn, missingParts, withMuted } from '../../shared/partners/profile/rules.ts'
import { defaultTaxonomy } from '../../shared/program/taxonomy/rules.ts'
import { aHealth } from '../fixtures/health.ts'
import { aContact } from '../fixtures/profile.ts'
import { day, later, receivedAt } from '../fixtures/time.ts'

const contact = (name: string, muted = false) => aContact(name, { firstName: 'Desk', lastName: name, muted })
const at = (name: string) => `${name}@partner.example`
const location = (id: string, ...contacts: ReturnType<typeof contact>[]) => ({ id, name: id, contacts })

const contacts: Contacts = {
  locations: [
    location('branch', contact('branch')),
    location('main', contact('one'), contact('two')),
    location('empty'),
  ],
  defaultContacts: [contact('default')],
  admins: [contact('admin'), contact('owner')],
}
const none: Contacts = { locations: [], defaultContacts: [], admins: [] }
const healthyProfile = aHealth()

type Finding = Parameters<typeof withFinding>[1]
const aFinding = (name: string, problem: Finding['problem'], referralId: string | null = null): Finding => ({
  address: at(name),
  contact: name,
  problem,
  events: referralId ? [`${referralId}.1`] : [],
})
const healthWith = (...findings: Finding[]): Health =>
  findings.reduce((health, finding) => withFinding(health, finding, receivedAt), healthyProfile)
const bounced = (...names: string[]) => healthWith(...names.map(name => aFinding(name, 'bounced')))

const concern = { locationId: 'main', referralId: asReferralId('ref_1') }
const readers = (of: Contacts, health = healthyProfile, about = concern) =>
  readersOf(of, health, about).map(({ person, role }) => `${role}: ${person.lastName}`)

describe('readersOf', () => {
  it.each<[string, Health, string[]]>([
    ['the contacts of the location', healthyProfile, ['contact: one', 'contact: two']],
    ['only reachable contacts of the location', bounced('one'), ['contact: two']],
    [
      'the default contacts when no contact of the location is reachable',
      bounced('one', 'two'),
      ['default-contact: default'],
    ],
    [
      'the administrators when no default contact is reachable either',
      bounced('one', 'two', 'default'),
      ['admin: admin', 'admin: owner'],
    ],
    [
      'the contacts of other locations when no administrator is reachable either',
      bounced('one', 'two', 'default', 'admin', 'owner'),
      ['contact: branch'],
    ],
    [
      'an empty list when nobody is reachable',
      bounced('one', 'two', 'default', 'admin', 'owner', 'branch'),
      [],
    ],
  ])('returns %s', (_, health, expected) => {
    expect(readers(contacts, health)).toEqual(expected)
  })

  it('returns the contacts of a removed location only for referrals to that location', () => {
    const removed = { ...location('old', contact('gone')), removed: true }
    const withRemoved: Contacts = { ...none, locations: [...contacts.locations, removed] }
    expect(readers(withRemoved, healthyProfile, { ...concern, locationId: 'old' })).toEqual(['contact: gone'])
    expect(readers(withRemoved, bounced('one', 'two', 'branch'))).toEqual([])
  })

  it('returns the default contacts when the location has no contacts or does not exist', () => {
    for (const locationId of ['empty', 'moon'])
      expect(readers(contacts, healthyProfile, { ...concern, locationId })).toEqual([
        'default-contact: default',
      ])
  })

  it('returns an empty list when there are no contacts', () => {
    expect(readers(none)).toEqual([])
  })

  it('omits contacts with a bounce or complaint, for every referral', () => {
    for (const problem of ['bounced', 'complained'] as const)
      for (const referralId of ['ref_1', 'ref_2', null])
        expect(readers(contacts, healthWith(aFinding('one', problem, referralId)))).toEqual(['contact: two'])
  })

  it('omits a contact that was the wrong person, only for that referral', () => {
    const health = healthWith(aFinding('one', 'misaddressed', 'ref_1'))
    expect(readers(contacts, health)).toEqual(['contact: two'])
    expect(readers(contacts, health, { ...concern, referralId: asReferralId('ref_2') })).toHaveLength(2)
  })

  it('omits a contact whose mail did not arrive, only for that referral, and warns nobody', () => {
    const health = healthWith(aFinding('one', 'undelivered', 'ref_1'))
    expect(readers(contacts, health)).toEqual(['contact: two'])
    expect(readers(contacts, health, { ...concern, referralId: asReferralId('ref_2') })).toHaveLength(2)
    expect(warningsOf(contacts, health)).toEqual([])
    // The mail can still arrive late, and its links work then.
    expect(mayAnswer(at('one'), health, asReferralId('ref_1'))).toBe(true)
    expect(
      mayAnswer(at('one'), healthWith(aFinding('one', 'misaddressed', 'ref_1')), asReferralId('ref_1')),
    ).toBe(false)
  })

  it('omits muted contacts unless all reachable contacts of the same tier are muted', () => {
    const muting = (...muted: string[]): Contacts => ({
      ...contacts,
      locations: [location('main', ...['one', 'two'].map(name => contact(name, muted.includes(name))))],
    })
    expect(readers(muting('one'))).toEqual(['contact: two'])
    expect(readers(muting('one', 'two'))).toEqual(['contact: one', 'contact: two'])
    expect(readers(muting('one'), bounced('two'))).toEqual(['contact: one'])
  })

  it('returns a person once, even if the address occurs several times in different spellings', () => {
    const twice = location('main', contact('one'), { ...contact('one'), email: 'One@Partner.EXAMPLE' })
    expect(readers({ ...none, locations: [twice] })).toHaveLength(1)
    expect(readersOf({ ...none, locations: [twice] }, bounced('one'), concern)).toEqual([])
  })

  it('marks contacts as mutable only while another contact gets the mails', () => {
    const mutable = (of: Contacts, health = healthyProfile) =>
      readersOf(of, health, concern).map(({ isMutable }) => isMutable)
    expect(mutable(contacts)).toEqual([true, true])
    expect(mutable(contacts, bounced('one'))).toEqual([false])
    const muted = { ...none, locations: [location('main', contact('one', true), contact('two', true))] }
    expect(mutable(muted)).toEqual([false, false])
  })

  it('never marks administrators as mutable, because no profile can mute them', () => {
    const isMuted = (of: Contacts, name: string) => withMuted(draft(of), address => address === at(name))
    const health = bounced('one', 'two', 'default')
    for (const { person, role, isMutable } of readersOf(contacts, health, concern)) {
      expect(role).toBe('admin')
      expect(isMuted(contacts, person.lastName ?? '')).toEqual(draft(contacts))
      expect(isMutable).toBe(false)
    }
  })
})

const draft = ({ locations, defaultContacts }: Contacts) => {
  const address = { city: 'Berlin', country: 'DE' }
  const asked = profileOperations.putProfile.body.parse({
    headline: 'We do it',
    locations: locations.map(of => ({ ...of, address })),
    defaultContacts: [...defaultContacts],
  })
  return contentIn(asked, 'en')
}

describe('withFinding', () => {
  it('stores a problem once, with the time when it was first known', () => {
    const known = withFinding(healthyProfile, aFinding('one', 'bounced'), receivedAt)
    expect(known).toMatchObject({
      version: 1,
      troubles: [{ address: at('one'), contact: 'one', problem: 'bounced', since: receivedAt }],
    })
    expect(withFinding(known, aFinding('one', 'bounced'), later(day))).toBe(known)
  })

  it('replaces a problem only by a more serious one', () => {
    const problems = ['undelivered', 'misaddressed', 'bounced', 'complained'] as const
    for (const [was, first] of problems.entries())
      for (const [is, second] of problems.entries()) {
        const known = healthWith(aFinding('one', first, 'ref_1'))
        const next = withFinding(known, aFinding('one', second, 'ref_1'), later(day))
        expect(next.troubles).toHaveLength(1)
        expect(next.troubles[0]).toMatchObject(
          is > was ? { problem: second, since: later(day) } : { problem: first, since: receivedAt },
        )
        expect(next.version).toBe(is > was ? 2 : 1)
      }
  })

  it.each(['undelivered', 'misaddressed', 'bounced', 'complained'] as const)(
    'stores each mail that must go to another contact: %s',
    problem => {
      const once = healthWith(aFinding('one', problem, 'ref_1'))
      const twice = withFinding(once, aFinding('one', problem, 'ref_2'), later(day))
      expect(twice).toMatchObject({
        version: 2,
        troubles: [{ problem, since: receivedAt, events: ['ref_1.1', 'ref_2.1'] }],
      })
      expect(withFinding(twice, aFinding('one', problem, 'ref_1'), later(day))).toBe(twice)
    },
  )

  it('counts temporary bounces in a row, each mail once, and the third as a bounce', () => {
    const temporary = (mail: string) => ({ ...aFinding('one', 'undelivered', mail), temporaryBounce: mail })
    const twice = healthWith(temporary('m1'), temporary('m2'))
    expect(isReachable(at('one'), twice, asReferralId('ref_9'))).toBe(true)
    expect(withFinding(twice, temporary('m2'), later(day))).toBe(twice)
    const third = withFinding(twice, temporary('m3'), later(day))
    expect(isReachable(at('one'), third, asReferralId('ref_9'))).toBe(false)
    expect(warningsOf(contacts, third)).toMatchObject([{ problem: 'bounced', since: later(day) }])
    const again = withFinding(withDelivery(twice, at('one')), temporary('m3'), later(day))
    expect(isReachable(at('one'), again, asReferralId('ref_9'))).toBe(true)
    expect(again.troubles[0]?.events).toHaveLength(3)
    expect(withDelivery(healthyProfile, at('one'))).toBe(healthyProfile)
  })

  it('keeps the last 300 of these mails', () => {
    const all = Array.from({ length: 305 }, (_, index) => aFinding('one', 'misaddressed', `ref_${index}`))
    const health = healthWith(...all)
    expect(health.troubles[0]?.events).toHaveLength(300)
    expect(isReachable(at('one'), health, asReferralId('ref_304'))).toBe(false)
    expect(isReachable(at('one'), health, asReferralId('ref_0'))).toBe(true)
  })

  it('does not affect other addresses', () => {
    const health = healthWith(aFinding('one', 'bounced'), aFinding('two', 'misaddressed', 'ref_1'))
    expect(isReachable(at('default'), health, asReferralId('ref_1'))).toBe(true)
    expect(health.troubles.map(({ address }) => address)).toEqual([at('one'), at('two')])
  })

  it('withinUse removes the problems of addresses that are not used any more', () => {
    const health = bounced('one', 'two')
    const next = withinUse(health, new Set([at('two'), at('three')]))
    expect(next).toMatchObject({ version: 3, troubles: [{ address: at('two') }] })
    expect(withinUse(next, new Set([at('two')]))).toBe(next)
    expect(withinUse(healthyProfile, new Set())).toBe(healthyProfile)
  })

  it('withoutTrouble removes the problem of an address', () => {
    const health = bounced('one', 'two')
    expect(withoutTrouble(health, at('one'))).toMatchObject({
      version: 3,
      troubles: [{ address: at('two') }],
    })
    expect(withoutTrouble(health, at('three'))).toBe(health)
    expect(readers(contacts, withoutTrouble(bounced('one'), at('one')))).toHaveLength(2)
  })

  it('stores a problem again after it was removed', () => {
    const health = withFinding(
      withoutTrouble(bounced('one'), at('one')),
      aFinding('one', 'bounced'),
      later(day),
    )
    expect(health).toMatchObject({ version: 3, troubles: [{ since: later(day) }] })
  })

  it('warningsOf lists contacts in use, with the address as the profile spells it', () => {
    const written = { ...contacts, defaultContacts: [{ ...contact('one'), email: 'One@partner.example' }] }
    const health = healthWith(
      aFinding('one', 'complained'),
      aFinding('gone', 'bounced'),
      aFinding('owner', 'bounced'),
    )
    const { defaultContacts } = written
    expect(warningsOf({ ...none, defaultContacts }, health)).toEqual([
      { email: 'One@partner.example', problem: 'complained', since: receivedAt },
    ])
    expect(warningsOf(written, health).map(({ problem }) => problem)).toEqual(['complained', 'bounced'])
    expect(warningsOf(contacts, healthyProfile)).toEqual([])
  })

  it('failedEvent contains no address', () => {
    const health = bounced('one')
    const contact = addressFingerprint(at('one'))
    const data = { contact, mail: 'm1', known: false, missed: [] }
    const failure = failedEvent(health, { problem: 'bounced', ...data }, { kind: 'system' }, receivedAt)
    expect(event.safeParse(failure).error).toBeUndefined()
    expect(failure).toMatchObject({
      type: 'contact.failed',
      version: 1,
      id: 'ptr_1.DE.contacts.1',
      subject: { profile: { partnerId: 'ptr_1', region: 'DE' } },
    })
    expect(JSON.stringify(failure)).not.toContain('partner.example')
  })

  it('putHealth lists a profile for the operator only while it has problems', () => {
    const health = bounced('one')
    const { put, when } = putHealth(health, receivedAt)
    expect(put).toMatchObject({ listPk: 'UNHEALTHY', overview: { partnerId: 'ptr_1', region: 'DE' } })
    expect(when).toEqual({ pk: 'absent' })
    expect(readHealth(put, asPartnerId('ptr_1'), 'DE')).toEqual(health)
    const mended = putHealth(withoutTrouble(health, at('one')), receivedAt)
    expect(mended.put).not.toHaveProperty('listPk')
    expect(mended.when).toEqual({ version: 1 })
    expect(readHealth(undefined, asPartnerId('ptr_1'), 'DE')).toEqual(healthyProfile)
  })

  it('putHealth publishes fingerprints of unreachable addresses to the directory, without misaddressed ones', () => {
    const finding = (name: string, problem: 'misaddressed' | 'bounced') => ({
      address: at(name),
      contact: addressFingerprint(at(name)),
      problem,
      events: [],
    })
    const health = withFinding(
      withFinding(healthyProfile, finding('one', 'bounced'), receivedAt),
      finding('two', 'misaddressed'),
      receivedAt,
    )
    const item = putHealth(health, receivedAt).put
    expect(item.directorySk).toBe(`${receivedAt}#ptr_1#health`)
    expect(readEntry(item)).toEqual({
      kind: 'health',
      partnerId: 'ptr_1',
      region: 'DE',
      version: 2,
      failing: [listedFingerprint({ email: at('one').toUpperCase() })],
    })
    expect(item.entry).not.toContain('partner.example')
    const mended = putHealth(withoutTrouble(health, at('one')), receivedAt).put
    expect(readEntry(mended)).toMatchObject({ version: 3, failing: [] })
  })
})

describe('everybody', () => {
  it('returns each person once; findPerson finds by the address in lower case', () => {
    const all: Contacts = { ...contacts, admins: [contact('one'), contact('owner')] }
    expect(allPeople(all).map(addressOf)).toEqual(['branch', 'one', 'two', 'default', 'owner'].map(at))
    expect(findPerson(all, at('owner'))?.lastName).toBe('owner')
    expect(findPerson(all, at('nobody'))).toBeUndefined()
  })

  it('has address fingerprints that do not depend on the spelling', () => {
    expect(addressFingerprint('One@Partner.example')).toBe(addressFingerprint(at('one')))
    expect(addressFingerprint(at('one'))).not.toBe(addressFingerprint(at('two')))
    expect(addressFingerprint(at('one'))).toMatch(/^[A-Za-z0-9_-]{22}$/)
  })
})

describe('withMuted', () => {
  const content = draft({
    ...contacts,
    defaultContacts: [{ ...contact('one'), email: 'ONE@partner.example' }, contact('default')],
  })
  const isOne = (address: string) => address === at('one')

  it('mutes a contact wherever the profile names it, and no other contact', () => {
    const muted = withMuted(content, isOne)
    const all = [...muted.locations.flatMap(({ contacts }) => contacts), ...muted.defaultContacts]
    expect(all.filter(({ muted }) => muted).map(addressOf)).toEqual([at('one'), at('one')])
    expect(muted.locations.map(({ id }) => id)).toEqual(content.locations.map(({ id }) => id))
  })

  it('returns the same profile when the contact is already muted or does not exist', () => {
    const muted = withMuted(content, isOne)
    expect(withMuted(muted, isOne)).toBe(muted)
    expect(withMuted(content, address => address === at('admin'))).toBe(content)
  })
})

describe('a profile', () => {
  const pointers = (of: Contacts) => missingParts(draft(of)).map(({ pointer }) => pointer)

  it('needs a contact for each location', () => {
    const locations = [location('main', contact('one')), location('empty')]
    expect(pointers({ ...none, locations })).toEqual(['/locations/1/contacts'])
    expect(pointers({ ...none, locations: [] })).toEqual(['/locations'])
  })

  it('needs no contacts of locations when it has default contacts', () => {
    const locations = [location('empty'), location('bare')]
    expect(pointers({ ...none, locations, defaultContacts: [contact('default')] })).toEqual([])
    // Administrators do not replace contacts.
    expect(pointers({ ...none, locations, admins: [contact('admin')] })).toHaveLength(2)
  })

  it('accepts the muted flag, known languages and at most ten contacts', () => {
    const parse = (defaultContacts: object[]) =>
      profileOperations.putProfile.body.safeParse({ headline: 'We do it', defaultContacts })
    const { firstName, lastName, email } = contact('one')
    expect(parse([{ firstName, lastName, email }]).data?.defaultContacts).toEqual([
      { firstName, lastName, email, muted: false },
    ])
    expect(parse([{ ...contact('one'), locale: 'no language' }]).success).toBe(false)
    expect(parse(Array.from({ length: 11 }, () => contact('one'))).success).toBe(false)
    expect(contentFaults(draft(contacts), defaultTaxonomy)).toEqual([])
  })
})

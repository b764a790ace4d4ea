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
  readersOf,
  warningsOf,
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
import { contentErrors, missing, withMuted } from '../../shared/partners/profile/rules.ts'
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
const well = aHealth()

type Finding = Parameters<typeof withFinding>[1]
const found = (name: string, problem: Finding['problem'], referralId: string | null = null): Finding => ({
  address: at(name),
  contact: name,
  problem,
  events: referralId ? [`${referralId}.1`] : [],
})
const knowing = (...findings: Finding[]): Health =>
  findings.reduce((health, finding) => withFinding(health, finding, receivedAt), well)
const bounced = (...names: string[]) => knowing(...names.map(name => found(name, 'bounced')))

const concern = { locationId: 'main', referralId: asReferralId('ref_1') }
const readers = (of: Contacts, health = well, about = concern) =>
  readersOf(of, health, about).map(({ person, role }) => `${role}: ${person.lastName}`)

describe('who reads about a referral', () => {
  it.each<[string, Health, string[]]>([
    ['the contacts of its location', well, ['contact: one', 'contact: two']],
    ['those of them who can be reached', bounced('one'), ['contact: two']],
    ['then the default contacts', bounced('one', 'two'), ['default-contact: default']],
    ['then the administrators', bounced('one', 'two', 'default'), ['admin: admin', 'admin: owner']],
    [
      'then the contacts of other locations',
      bounced('one', 'two', 'default', 'admin', 'owner'),
      ['contact: branch'],
    ],
    ['then nobody', bounced('one', 'two', 'default', 'admin', 'owner', 'branch'), []],
  ])('are %s', (_, health, expected) => {
    expect(readers(contacts, health)).toEqual(expected)
  })

  it('are, of a location that was removed, its contacts for its own referrals, and for no others', () => {
    const removed = { ...location('old', contact('gone')), removed: true }
    const of: Contacts = { ...none, locations: [...contacts.locations, removed] }
    expect(readers(of, well, { ...concern, locationId: 'old' })).toEqual(['contact: gone'])
    expect(readers(of, bounced('one', 'two', 'branch'))).toEqual([])
  })

  it('are the default contacts where the location has none, or is gone', () => {
    for (const locationId of ['empty', 'moon'])
      expect(readers(contacts, well, { ...concern, locationId })).toEqual(['default-contact: default'])
  })

  it('is nobody where there is nobody', () => {
    expect(readers(none)).toEqual([])
  })

  it('are not those whose mail came back, or who do not want it, whatever the referral', () => {
    for (const problem of ['bounced', 'complained'] as const)
      for (const referralId of ['ref_1', 'ref_2', null])
        expect(readers(contacts, knowing(found('one', problem, referralId)))).toEqual(['contact: two'])
  })

  it('are not those who were the wrong person, for that referral alone', () => {
    const health = knowing(found('one', 'misaddressed', 'ref_1'))
    expect(readers(contacts, health)).toEqual(['contact: two'])
    expect(readers(contacts, health, { ...concern, referralId: asReferralId('ref_2') })).toHaveLength(2)
  })

  it('are those who are muted only where all of the same order are', () => {
    const muting = (...muted: string[]): Contacts => ({
      ...contacts,
      locations: [location('main', ...['one', 'two'].map(name => contact(name, muted.includes(name))))],
    })
    expect(readers(muting('one'))).toEqual(['contact: two'])
    expect(readers(muting('one', 'two'))).toEqual(['contact: one', 'contact: two'])
    expect(readers(muting('one'), bounced('two'))).toEqual(['contact: one'])
  })

  it('are named once, however often and however written they stand there', () => {
    const twice = location('main', contact('one'), { ...contact('one'), email: 'One@Partner.EXAMPLE' })
    expect(readers({ ...none, locations: [twice] })).toHaveLength(1)
    expect(readersOf({ ...none, locations: [twice] }, bounced('one'), concern)).toEqual([])
  })

  it('can stop the mails only while others get them', () => {
    const mutable = (of: Contacts, health = well) =>
      readersOf(of, health, concern).map(({ isMutable }) => isMutable)
    expect(mutable(contacts)).toEqual([true, true])
    expect(mutable(contacts, bounced('one'))).toEqual([false])
    const muted = { ...none, locations: [location('main', contact('one', true), contact('two', true))] }
    expect(mutable(muted)).toEqual([false, false])
  })

  it('can stop them only where a profile can say so: administrators cannot', () => {
    const isMuted = (of: Contacts, name: string) => withMuted(draft(of), address => address === at(name))
    const health = bounced('one', 'two', 'default')
    for (const { person, role, isMutable } of readersOf(contacts, health, concern)) {
      expect(role).toBe('admin')
      expect(isMuted(contacts, person.lastName)).toEqual(draft(contacts))
      expect(isMutable).toBe(false)
    }
  })
})

const draft = ({ locations, defaultContacts }: Contacts) => {
  const address = { city: 'Berlin', country: 'DE' }
  return profileOperations.putProfile.body.parse({
    headline: 'We do it',
    locations: locations.map(of => ({ ...of, address })),
    defaultContacts: [...defaultContacts],
  })
}

describe('what is found out about a contact', () => {
  it('is kept with when it was first known, and once', () => {
    const known = withFinding(well, found('one', 'bounced'), receivedAt)
    expect(known).toMatchObject({
      version: 1,
      troubles: [{ address: at('one'), contact: 'one', problem: 'bounced', since: receivedAt }],
    })
    expect(withFinding(known, found('one', 'bounced'), later(day))).toBe(known)
  })

  it('takes the place of what is less bad, and never the other way', () => {
    const problems = ['misaddressed', 'bounced', 'complained'] as const
    for (const [was, first] of problems.entries())
      for (const [is, second] of problems.entries()) {
        const known = knowing(found('one', first, 'ref_1'))
        const next = withFinding(known, found('one', second, 'ref_1'), later(day))
        expect(next.troubles).toHaveLength(1)
        expect(next.troubles[0]).toMatchObject(
          is > was ? { problem: second, since: later(day) } : { problem: first, since: receivedAt },
        )
        expect(next.version).toBe(is > was ? 2 : 1)
      }
  })

  it.each(['misaddressed', 'bounced', 'complained'] as const)(
    'is found for each mail that has to go on: %s',
    problem => {
      const once = knowing(found('one', problem, 'ref_1'))
      const twice = withFinding(once, found('one', problem, 'ref_2'), later(day))
      expect(twice).toMatchObject({
        version: 2,
        troubles: [{ problem, since: receivedAt, events: ['ref_1.1', 'ref_2.1'] }],
      })
      expect(withFinding(twice, found('one', problem, 'ref_1'), later(day))).toBe(twice)
    },
  )

  it('keeps the last three hundred of those mails', () => {
    const all = Array.from({ length: 305 }, (_, index) => found('one', 'misaddressed', `ref_${index}`))
    const health = knowing(...all)
    expect(health.troubles[0]?.events).toHaveLength(300)
    expect(isReachable(at('one'), health, asReferralId('ref_304'))).toBe(false)
    expect(isReachable(at('one'), health, asReferralId('ref_0'))).toBe(true)
  })

  it('concerns nobody else', () => {
    const health = knowing(found('one', 'bounced'), found('two', 'misaddressed', 'ref_1'))
    expect(isReachable(at('default'), health, asReferralId('ref_1'))).toBe(true)
    expect(health.troubles.map(({ address }) => address)).toEqual([at('one'), at('two')])
  })

  it('is forgotten once the address is no longer in use', () => {
    const health = bounced('one', 'two')
    const next = withinUse(health, new Set([at('two'), at('three')]))
    expect(next).toMatchObject({ version: 3, troubles: [{ address: at('two') }] })
    expect(withinUse(next, new Set([at('two')]))).toBe(next)
    expect(withinUse(well, new Set())).toBe(well)
  })

  it('is forgotten once somebody vouches for the address', () => {
    const health = bounced('one', 'two')
    expect(withoutTrouble(health, at('one'))).toMatchObject({
      version: 3,
      troubles: [{ address: at('two') }],
    })
    expect(withoutTrouble(health, at('three'))).toBe(health)
    expect(readers(contacts, withoutTrouble(bounced('one'), at('one')))).toHaveLength(2)
  })

  it('can be found out again after that', () => {
    const health = withFinding(withoutTrouble(bounced('one'), at('one')), found('one', 'bounced'), later(day))
    expect(health).toMatchObject({ version: 3, troubles: [{ since: later(day) }] })
  })

  it('warns of those who are in use, as their address is written there', () => {
    const written = { ...contacts, defaultContacts: [{ ...contact('one'), email: 'One@partner.example' }] }
    const health = knowing(found('one', 'complained'), found('gone', 'bounced'), found('owner', 'bounced'))
    const { defaultContacts } = written
    expect(warningsOf({ ...none, defaultContacts }, health)).toEqual([
      { email: 'One@partner.example', problem: 'complained', since: receivedAt },
    ])
    expect(warningsOf(written, health).map(({ problem }) => problem)).toEqual(['complained', 'bounced'])
    expect(warningsOf(contacts, well)).toEqual([])
  })

  it('is told without the address', () => {
    const health = bounced('one')
    const contact = addressFingerprint(at('one'))
    const data = { contact, mail: 'm1', known: false, missed: [] }
    const told = failedEvent(health, { problem: 'bounced', ...data }, { kind: 'system' }, receivedAt)
    expect(event.safeParse(told).error).toBeUndefined()
    expect(told).toMatchObject({
      type: 'contact.failed',
      version: 1,
      id: 'ptr_1.DE.contacts.1',
      subject: { profile: { partnerId: 'ptr_1', region: 'DE' } },
    })
    expect(JSON.stringify(told)).not.toContain('partner.example')
  })

  it('is listed for the operator while there is something, and reads as it was put', () => {
    const health = bounced('one')
    const { put, when } = putHealth(health, receivedAt)
    expect(put).toMatchObject({ listPk: 'UNHEALTHY', overview: { partnerId: 'ptr_1', region: 'DE' } })
    expect(when).toEqual({ pk: 'absent' })
    expect(readHealth(put, asPartnerId('ptr_1'), 'DE')).toEqual(health)
    const mended = putHealth(withoutTrouble(health, at('one')), receivedAt)
    expect(mended.put).not.toHaveProperty('listPk')
    expect(mended.when).toEqual({ version: 1 })
    expect(readHealth(undefined, asPartnerId('ptr_1'), 'DE')).toEqual(well)
  })

  it('tells the directory whom mail does not reach, until it does: not who was the wrong person for one referral', () => {
    const finding = (name: string, problem: 'misaddressed' | 'bounced') => ({
      address: at(name),
      contact: addressFingerprint(at(name)),
      problem,
      events: [],
    })
    const health = withFinding(
      withFinding(well, finding('one', 'bounced'), receivedAt),
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

describe('everybody of a profile', () => {
  it('is named once, and found by the address in lower case', () => {
    const all: Contacts = { ...contacts, admins: [contact('one'), contact('owner')] }
    expect(allPeople(all).map(addressOf)).toEqual(['branch', 'one', 'two', 'default', 'owner'].map(at))
    expect(findPerson(all, at('owner'))?.lastName).toBe('owner')
    expect(findPerson(all, at('nobody'))).toBeUndefined()
  })

  it('is named by a digest where the address must not stand, however it is written', () => {
    expect(addressFingerprint('One@Partner.example')).toBe(addressFingerprint(at('one')))
    expect(addressFingerprint(at('one'))).not.toBe(addressFingerprint(at('two')))
    expect(addressFingerprint(at('one'))).toMatch(/^[A-Za-z0-9_-]{22}$/)
  })
})

describe('a contact is muted', () => {
  const content = draft({
    ...contacts,
    defaultContacts: [{ ...contact('one'), email: 'ONE@partner.example' }, contact('default')],
  })
  const isOne = (address: string) => address === at('one')

  it('wherever the profile names it, and nobody else is', () => {
    const muted = withMuted(content, isOne)
    const all = [...muted.locations.flatMap(({ contacts }) => contacts), ...muted.defaultContacts]
    expect(all.filter(({ muted }) => muted).map(addressOf)).toEqual([at('one'), at('one')])
    expect(muted.locations.map(({ id }) => id)).toEqual(content.locations.map(({ id }) => id))
  })

  it('once: whoever is muted already, or is no contact, changes nothing', () => {
    const muted = withMuted(content, isOne)
    expect(withMuted(muted, isOne)).toBe(muted)
    expect(withMuted(content, address => address === at('admin'))).toBe(content)
  })
})

describe('a profile', () => {
  const pointers = (of: Contacts) => missing(draft(of)).map(({ pointer }) => pointer)

  it('needs a contact for each location', () => {
    const locations = [location('main', contact('one')), location('empty')]
    expect(pointers({ ...none, locations })).toEqual(['/locations/1/contacts'])
    expect(pointers({ ...none, locations: [] })).toEqual(['/locations'])
  })

  it('or default contacts, who are there for all of them', () => {
    const locations = [location('empty'), location('bare')]
    expect(pointers({ ...none, locations, defaultContacts: [contact('default')] })).toEqual([])
    // Administrators look after the profile: they do not stand in for good.
    expect(pointers({ ...none, locations, admins: [contact('admin')] })).toHaveLength(2)
  })

  it('takes contacts as muted or not, in languages that there are, and ten at most', () => {
    const parse = (defaultContacts: object[]) =>
      profileOperations.putProfile.body.safeParse({ headline: 'We do it', defaultContacts })
    const { firstName, lastName, email } = contact('one')
    expect(parse([{ firstName, lastName, email }]).data?.defaultContacts).toEqual([
      { firstName, lastName, email, locale: 'en', muted: false },
    ])
    expect(parse([{ ...contact('one'), locale: 'no language' }]).success).toBe(false)
    expect(parse(Array.from({ length: 11 }, () => contact('one'))).success).toBe(false)
    expect(contentErrors(draft(contacts), defaultTaxonomy)).toEqual([])
  })
})

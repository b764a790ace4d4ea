import fc from 'fast-check'
import { expect, it } from 'vitest'
import { contactProblems } from '../../shared/events/contract.ts'
import { asReferralId } from '../../shared/kernel/ids.ts'
import {
  addressOf,
  allPeople,
  type Contacts,
  type Health,
  isReachable,
  readersOf,
  withFinding,
} from '../../shared/partners/contact/rules.ts'
import { aHealth } from '../fixtures/health.ts'
import { aContact } from '../fixtures/profile.ts'

const names = ['a', 'b', 'c', 'd', 'e']
const referrals = ['r1', 'r2', 'r3']

const contact = fc
  .record({ name: fc.constantFrom(...names), muted: fc.boolean(), isUpperCase: fc.boolean() })
  .map(({ name, muted, isUpperCase }) => {
    const email = `${name}@partner.example`
    return aContact(name, { muted, email: isUpperCase ? email.toUpperCase() : email })
  })
const some = fc.array(contact, { maxLength: 4 })

const contacts: fc.Arbitrary<Contacts> = fc.record({
  locations: fc
    .subarray(['here', 'there', 'away'])
    .chain(ids => fc.tuple(...ids.map(id => some.map(contacts => ({ id, name: id, contacts }))))),
  defaultContacts: some,
  admins: some.map(admins => admins.map(({ muted: _, ...admin }) => admin)),
})

const finding = fc.record({
  address: fc.constantFrom(...names.map(name => `${name}@partner.example`)),
  contact: fc.constant('digest'),
  problem: fc.constantFrom(...contactProblems),
  events: fc.constantFrom(...referrals).map(id => [`${id}.1`]),
})
type Finding = Parameters<typeof withFinding>[1]

const healthWith = (findings: readonly Finding[]): Health =>
  findings.reduce(
    (health, finding, index) => withFinding(health, finding, `2026-03-0${1 + (index % 9)}T00:00:00.000Z`),
    aHealth(),
  )
const findings = fc.array(finding, { maxLength: 12 })
const concern = fc.record({
  locationId: fc.constantFrom('here', 'gone'),
  referralId: fc.constantFrom(...referrals).map(asReferralId),
})

it('readersOf returns only reachable addresses, each once', () => {
  fc.assert(
    fc.property(contacts, findings, concern, (of, found, about) => {
      const health = healthWith(found)
      const addresses = readersOf(of, health, about).map(({ person }) => addressOf(person))
      for (const address of addresses) expect(isReachable(address, health, about.referralId)).toBe(true)
      expect(new Set(addresses).size).toBe(addresses.length)
    }),
  )
})

it('readersOf returns at least one person if any contact is reachable', () => {
  fc.assert(
    fc.property(contacts, findings, concern, (of, found, about) => {
      const health = healthWith(found)
      const anybody = allPeople(of).some(person => isReachable(addressOf(person), health, about.referralId))
      expect(readersOf(of, health, about).length > 0).toBe(anybody)
    }),
  )
})

/** Returns true if an address is muted in a list. The last entry with the address counts. */
const isMuted = (people: readonly { email: string; muted?: boolean }[], address: string) =>
  people.findLast(person => addressOf(person) === address)?.muted === true

it('readersOf returns muted contacts only if every reachable contact of their tier is muted', () => {
  fc.assert(
    fc.property(contacts, findings, concern, (of, found, about) => {
      const health = healthWith(found)
      const readers = readersOf(of, health, about)
      const at = (isHere: boolean) =>
        of.locations.filter(({ id }) => (id === about.locationId) === isHere).flatMap(one => one.contacts)
      const tiers = [at(true), of.defaultContacts, of.admins, at(false)]
      const reachable = tiers.map(people =>
        people.map(addressOf).filter(address => isReachable(address, health, about.referralId)),
      )
      const index = reachable.findIndex(addresses => addresses.length > 0)
      const people = tiers[index] ?? []
      const expected = reachable[index] ?? []
      const willing = expected.filter(address => !isMuted(people, address))
      expect(new Set(readers.map(({ person }) => addressOf(person)))).toEqual(
        new Set(willing.length > 0 ? willing : expected),
      )
      // A reader can mute mails only if another reader remains.
      for (const { isMutable } of readers) expect(isMutable && readers.length < 2).toBe(false)
    }),
  )
})

/** Returns the problems without the time when they were found. */
const problemsIn = ({ troubles }: Health) =>
  troubles
    .map(({ address, problem, events }) => ({ address, problem, events: events.toSorted() }))
    .toSorted((a, b) => (a.address < b.address ? -1 : 1))

it('withFinding gives the same problems for any order and repetition of findings', () => {
  const shuffled = findings.chain(found =>
    fc.tuple(
      fc.constant(found),
      fc.shuffledSubarray([...found, ...found], { minLength: found.length * 2, maxLength: found.length * 2 }),
    ),
  )
  fc.assert(
    fc.property(shuffled, ([found, again]) => {
      expect(problemsIn(healthWith(again))).toEqual(problemsIn(healthWith(found)))
    }),
  )
})

it('withFinding raises the version by one for a new problem, and changes nothing for a known one', () => {
  fc.assert(
    fc.property(findings, found => {
      let health = aHealth()
      for (const one of found) {
        const next = withFinding(health, one, '2026-03-01T00:00:00.000Z')
        expect(next === health || next.version === health.version + 1).toBe(true)
        expect(withFinding(next, one, '2026-03-02T00:00:00.000Z')).toBe(next)
        health = next
      }
    }),
  )
})

import { describe, expect, it } from 'vitest'
import { healthy, withFinding } from '../../shared/partners/contact/rules.ts'
import { listedFingerprint } from '../../shared/partners/contact/store.ts'
import { readEntry } from '../../shared/partners/listing/store.ts'
import { profileOperations } from '../../shared/partners/profile/contract.ts'
import { markdownFaults } from '../../shared/partners/profile/markdown.ts'
import {
  changedFields,
  confirmationOf,
  contentFaults,
  contentIn,
  faultsIn,
  locationsAfter,
  missingParts,
  namesAnew,
  type Profile,
  qualityOf,
  removedFaults,
  reviewOf,
  statusOn,
  withoutPeople,
  withoutRemoved,
} from '../../shared/partners/profile/rules.ts'
import { putProfile, readProfile, readPublicProfile } from '../../shared/partners/profile/store.ts'
import { defaultTaxonomy } from '../../shared/program/taxonomy/rules.ts'
import type { ProfileEntry } from '../../shared/search/index.ts'
import type { Instant } from '../../shared/time/instant.ts'
import { aContact, aLocation, aProfile } from '../fixtures/profile.ts'
import { day, later, receivedAt } from '../fixtures/time.ts'

const body = profileOperations.putProfile.body
const parsed = (content: object) => contentIn(body.parse(content), 'en')
const rejectedPaths = (content: object) => [
  ...new Set(body.safeParse(content).error?.issues.map(({ path }) => path.join('.'))),
]

describe('the content of a profile', () => {
  it('has defaults for all fields', () => {
    expect(parsed({})).toEqual({
      languages: [],
      industries: [],
      products: [],
      services: [],
      solutions: [],
      customerSizes: [],
      keywords: [],
      locations: [],
      defaultContacts: [],
      preferences: aProfile().preferences,
    })
    expect(parsed({ preferences: { maxOpenReferrals: 3 } }).preferences).toEqual({
      ...aProfile().preferences,
      maxOpenReferrals: 3,
    })
  })

  it.each([
    [{ keywords: Array.from({ length: 31 }, (_, n) => `word ${n}`) }, 'keywords'],
    [{ keywords: ['x'.repeat(51)] }, 'keywords.0'],
    [{ keywords: [''] }, 'keywords.0'],
    [{ logo: 'http://partner.example/logo.png' }, 'logo'],
    [{ logo: 'data:image/png;base64,AAAA' }, 'logo'],
    [{ description: 'x'.repeat(2501) }, 'description'],
    [{ preferences: { maxOpenReferrals: 0 } }, 'preferences.maxOpenReferrals'],
    [{ preferences: { maxOpenReferrals: 10_001 } }, 'preferences.maxOpenReferrals'],
    [{ preferences: { pausedUntil: '2026-02-30' } }, 'preferences.pausedUntil'],
    [
      { preferences: { minDealValue: { amount: 1.005, currency: 'EUR' } } },
      'preferences.minDealValue.amount',
    ],
    [{ preferences: { nothing: true } }, 'preferences'],
    [
      { locations: [{ ...aLocation('main'), coordinates: { latitude: 91, longitude: 0 } }] },
      'locations.0.coordinates.latitude',
    ],
  ])('is limited: %j', (content, at) => {
    expect(rejectedPaths(content)).toEqual([at])
  })

  const errors = (content: object) =>
    contentFaults(parsed(content), defaultTaxonomy).map(({ pointer, code }) => `${pointer} ${code}`)

  it('rejects repeated keywords and locations, and more than five locations', () => {
    expect(errors({ keywords: ['ERP', 'crm', 'erp'] })).toEqual(['/keywords/2 repeated'])
    expect(errors({ preferences: { excludedKeywords: ['a', 'A'] } })).toEqual([
      '/preferences/excludedKeywords/1 repeated',
    ])
    expect(errors({ locations: [aLocation('a'), aLocation('b'), aLocation('a')] })).toEqual([
      '/locations/2/id repeated',
    ])
    const six = ['a', 'b', 'c', 'd', 'e', 'f'].map(id => aLocation(id))
    expect(errors({ locations: six })).toEqual(['/locations too-many'])
    expect(errors({ locations: [...six.slice(1), { ...six[0], removed: true }] })).toEqual([])
  })

  it.each(['ErP', 'e\u200brp', 'ERP\u00ad', ' erp ', 'ＥＲＰ', 'erp!'])(
    'treats %j as the keyword erp, as search does',
    keyword => {
      expect(errors({ keywords: ['erp', keyword] })).toEqual(['/keywords/1 repeated'])
      expect(errors({ preferences: { excludedKeywords: ['erp', keyword] } })).toEqual([
        '/preferences/excludedKeywords/1 repeated',
      ])
    },
  )

  it('compares keywords without regard to composition of letters and number of spaces', () => {
    expect(errors({ keywords: ['Büro  Möbel', 'Bu\u0308ro Mo\u0308bel'] })).toEqual(['/keywords/1 repeated'])
    expect(errors({ keywords: ['C', 'C#', 'C++'] })).toEqual([])
  })

  it('rejects keywords without a word', () => {
    expect(errors({ keywords: ['!!!', 'erp', '???'] })).toEqual([
      '/keywords/0 keyword-without-word',
      '/keywords/2 keyword-without-word',
    ])
    expect(errors({ preferences: { excludedKeywords: ['—'] } })).toEqual([
      '/preferences/excludedKeywords/0 keyword-without-word',
    ])
  })

  it('rejects repeated codes, languages and, within a list, addresses', () => {
    const twice = ['health', 'retail', 'health']
    expect(errors({ industries: twice, preferences: { excludedIndustries: twice } })).toEqual([
      '/industries/2 repeated',
      '/preferences/excludedIndustries/2 repeated',
    ])
    expect(errors({ customerSizes: ['1-10', '1-10'] })).toEqual(['/customerSizes/1 repeated'])
    expect(errors({ languages: ['de', 'en', 'DE'] })).toEqual(['/languages/2 repeated'])
    const [ann, again] = [aContact('Ann'), aContact('Ben', { email: 'ANN@partner.example' })]
    const main = aLocation('main', { contacts: [ann, again] })
    expect(errors({ locations: [main], defaultContacts: [ann, again] })).toEqual([
      '/defaultContacts/1 repeated',
      '/locations/0/contacts/1 repeated',
    ])
    expect(errors({ locations: [aLocation('main', { contacts: [ann] })], defaultContacts: [again] })).toEqual(
      [],
    )
  })

  it('has error pointers into the body that was sent, including removed locations', () => {
    const asked = body.parse({
      headline: 'We do it',
      locations: [
        aLocation('gone', { removed: true }),
        aLocation('main'),
        aLocation('left', { removed: true }),
        aLocation('main', { contacts: [] }),
      ],
    })
    const content = contentIn(asked, 'en')
    const found = [...contentFaults(content, defaultTaxonomy), ...missingParts(content)]
    expect(faultsIn(asked, found).map(({ pointer }) => pointer)).toEqual([
      '/locations/3/id',
      '/locations/3/contacts',
    ])
  })

  it('rejects unknown codes, also in excludedIndustries', () => {
    expect(errors({ preferences: { excludedIndustries: ['health', 'abacus'] } })).toEqual([
      '/preferences/excludedIndustries/1 unknown-code',
    ])
  })

  it('accepts a profile as it was read and ignores its read-only fields', () => {
    const shownOnly = { ...confirmationOf(aProfile(), 'P90D', receivedAt), warnings: [] }
    const read = { ...aProfile({ keywords: ['erp'] }), ...shownOnly }
    const { partnerName, ...shown } = read
    expect(contentIn(body.parse(shown), 'en')).toEqual(parsed({ ...statementsOf(read), keywords: ['erp'] }))
  })

  it('omits removed locations when a profile is put as it was read', () => {
    const locations = [aLocation('main'), aLocation('gone', { removed: true })]
    expect(parsed({ locations }).locations.map(({ id }) => id)).toEqual(['main'])
  })
})

const statementsOf = ({ headline, locations, languages }: Profile) => ({ headline, locations, languages })

describe('the description of a profile', () => {
  const found = (text: string) =>
    markdownFaults(text, '/description').map(
      ({ code, params: { line, column } }) =>
        `${code.replace('markdown-', '')} at line ${line}, column ${column}`,
    )

  it.each([
    'Two paragraphs.\n\nOf **bold**, *emphasised* and _plain_ text.',
    '- a list\n- of two\n\n1. and\n2. another',
    '* stars\n  * in stars',
    'A [link](https://partner.example/a_(b) "title"), and [mail](mailto:desk@partner.example).',
    '[Note]: this leads nowhere, as [1] does; 1987. A year.',
    'Since\n1987. It is no list, nor is\n-\tthis',
    '1. a list\n\n   with paragraphs\n\n   - and a list\n\n     in it',
    '- a\n-\n- b',
    'On one line\n      or more',
    'An escaped \\`backtick\\`, and one ` alone',
    'Costs < 100 € & > 10 €; #1 in ERP; C# and a_b_c; 5 * 3 * 2.',
    'Escaped: \\<b\\> and \\![no image](https://partner.example).',
    'Dashes – and - hyphens; a line\n-- of dashes, and\n-1 degree.',
  ])('accepts %j', text => {
    expect(found(text)).toEqual([])
  })

  it.each([
    ['<script>alert(1)</script>', ['html at line 1, column 1', 'html at line 1, column 17']],
    ['one\n  two <!-- three', ['html at line 2, column 7']],
    ['<https://partner.example>', ['html at line 1, column 1']],
    ['\\\\<b>', ['html at line 1, column 3']],
    ['![logo](https://partner.example/x.png)', ['image at line 1, column 1']],
    ['[x](javascript:alert(1))', ['link at line 1, column 3']],
    ['[x]( data:text/html,1)', ['link at line 1, column 3']],
    ['[x](java&#115;cript:alert(1))', ['link at line 1, column 3']],
    ['[x](//partner.example)', ['link at line 1, column 3']],
    ['[x](\u00a0https://partner.example)', ['link at line 1, column 3']],
    ['[x]()', ['link at line 1, column 3']],
    ['A [reference][1].\n\n[1]: https://partner.example', ['definition at line 3, column 1']],
    ['[x][1]\n\n- [1]: javascript:alert(1)', ['definition at line 3, column 3']],
    ['[x][fo\no]\n\n[fo\no]: javascript:alert(1)', ['definition at line 4, column 1']],
    ['[a\\]b]\n\n[a\\]b]: javascript:alert(1)', ['definition at line 3, column 1']],
    ['# Heading', ['heading at line 1, column 1']],
    ['- # Heading', ['heading at line 1, column 3']],
    ['2)  # Heading', ['heading at line 1, column 5']],
    ['-\t# Heading', ['heading at line 1, column 3']],
    ['Heading\n=====', ['heading at line 2, column 1']],
    ['Heading\n-', ['heading at line 2, column 1']],
    ['- Heading\r\n  -', ['heading at line 2, column 3']],
    ['> quote', ['quote at line 1, column 1']],
    ['1. > quote', ['quote at line 1, column 4']],
    ['\n***\n', ['line at line 2, column 1']],
    ['+ - - -', ['line at line 1, column 3']],
    ['some `code` and ``more```` ``', ['code at line 1, column 6', 'code at line 1, column 17']],
    ['~~~\ncode', ['code at line 1, column 1']],
    ['- ```', ['code at line 1, column 3']],
    ['text\n\n    code', ['code at line 3, column 5']],
    ['\tcode', ['code at line 1, column 2']],
    ['-     code', ['code at line 1, column 7']],
    ['- a\n\n      code', ['code at line 3, column 7']],
  ])('rejects %j', (text, places) => {
    expect(found(text)).toEqual(places)
  })

  it.each([
    '\\',
    '-',
    '- ',
    '`',
    ' ',
    '[',
    '<',
    '*',
    '=',
    '\n',
    '>',
    '](',
    '#',
    '](\n',
    '1. ',
    '[\n\n',
    '`` ` ',
  ])('with %j repeated is checked in less than a second of processor time', part => {
    const before = process.threadCpuUsage()
    markdownFaults(`${part.repeat(2500 / part.length)}x`, '/description')
    const { user } = process.threadCpuUsage(before)
    expect(user / 1e6).toBeLessThan(1)
  })
})

describe('an active profile', () => {
  it('reports all missing fields at once', () => {
    const lacking = missingParts({ locations: [aLocation('main', { contacts: [] })], defaultContacts: [] })
    expect(lacking.map(({ pointer }) => pointer)).toEqual(['/headline', '/locations/0/contacts'])
    expect(missingParts({ locations: [], defaultContacts: [] }).map(({ pointer }) => pointer)).toEqual([
      '/headline',
      '/locations',
    ])
    expect(missingParts(aProfile())).toEqual([])
  })

  it('is shown as paused until the day before pausedUntil', () => {
    const preferences = { ...aProfile().preferences, pausedUntil: '2026-12-01' }
    const shown = (status: Profile['status'], today: string) =>
      statusOn(aProfile({ status, preferences }), today)
    expect(shown('active', '2026-11-30')).toBe('paused')
    expect(shown('active', '2026-12-01')).toBe('active')
    expect(shown('draft', '2026-11-30')).toBe('draft')
    expect(shown('inactive', '2026-11-30')).toBe('inactive')
  })
})

describe('contacts', () => {
  const [ann, ben] = [aContact('Ann'), aContact('Ben')]
  const [main, branch] = [aLocation('main', { contacts: [ann, ben] }), aLocation('branch')]
  const before = aProfile({ locations: [main, branch], defaultContacts: [ann] })
  const areNamedAnew = (more: Partial<Profile>) => namesAnew(before, { ...before, ...more })

  it.each<[string, Partial<Profile>]>([
    ['nothing changes', {}],
    ['a headline changes', { headline: 'Other' }],
    ['the order of people changes', { locations: [{ ...main, contacts: [ben, ann] }, branch] }],
    ['the order of locations changes', { locations: [branch, main] }],
    ['a location moves', { locations: [{ ...main, address: { city: 'Bonn', country: 'DE' } }, branch] }],
    ['a location is removed', { locations: [main] }],
    ['a contact is removed', { locations: [{ ...main, contacts: [ann] }, branch], defaultContacts: [] }],
    [
      'a location without contacts is added',
      { locations: [main, branch, aLocation('new', { contacts: [] })] },
    ],
  ])('are not named anew when %s', (_, more) => {
    expect(areNamedAnew(more)).toBe(false)
  })

  it.each<[string, Partial<Profile>]>([
    ['a contact is added', { defaultContacts: [ann, ben] }],
    ['a contact is added to another location', { locations: [main, { ...branch, contacts: [ben] }] }],
    ['a contact gets a phone number', { defaultContacts: [aContact('Ann', { phone: '12345' })] }],
    ['a location with contacts is added', { locations: [main, branch, aLocation('new')] }],
  ])('are named anew when %s', (_, more) => {
    expect(areNamedAnew(more)).toBe(true)
  })

  it('are due for confirmation after the interval of the policy', () => {
    const at = (now: Instant) => confirmationOf(aProfile(), 'P90D', now)
    const due = later(90 * day)
    expect(at(due)).toEqual({ contactsConfirmedUntil: due, contactConfirmationDue: false })
    expect(at(later(90 * day + 1))).toEqual({ contactsConfirmedUntil: due, contactConfirmationDue: true })
  })

  it('are compared without regard to the order of fields', () => {
    const { locale, ...rest } = ann
    expect(areNamedAnew({ defaultContacts: [{ locale, ...rest }] })).toBe(false)
  })
})

describe('locationsAfter', () => {
  const [main, branch] = [aLocation('main'), aLocation('branch')]
  const put = (named: string[], open: string[], before = [main, branch]) =>
    locationsAfter(
      before,
      named.map(id => aLocation(id)),
      id => open.includes(id),
    ).map(({ id, removed }) => (removed ? `${id} removed` : id))

  it('removes a dropped location unless open referrals use it', () => {
    expect(put(['main'], [])).toEqual(['main'])
    expect(put(['main'], ['main', 'branch'])).toEqual(['main', 'branch removed'])
  })

  it('keeps a removed location while its referrals are open and restores it when it is named again', () => {
    const before = [main, { ...branch, removed: true }]
    expect(put(['main'], ['branch'], before)).toEqual(['main', 'branch removed'])
    expect(put(['main'], [], before)).toEqual(['main'])
    expect(put(['main', 'branch'], ['branch'], before)).toEqual(['main', 'branch'])
  })

  it('keeps the contacts of a removed location', () => {
    const [kept] = locationsAfter([branch], [], () => true)
    expect(kept).toEqual({ ...branch, removed: true })
  })

  it('keeps at most ten removed locations', () => {
    const removed = (count: number) =>
      Array.from({ length: count }, (_, n) => aLocation(`gone-${n}`, { removed: true }))
    expect(removedFaults([main, ...removed(10)])).toEqual([])
    expect(removedFaults([main, ...removed(11)]).map(({ code }) => code)).toEqual(['too-many-removed'])
  })
})

describe('the history of a profile', () => {
  it('contains the names of the changed fields', () => {
    const before = aProfile()
    const changed = (more: Partial<Profile>) => changedFields(before, { ...before, ...more })
    expect(changed({})).toEqual([])
    expect(changed({ headline: 'Other', keywords: ['erp'] })).toEqual(['headline', 'keywords'])
    expect(changed({ status: 'active', updatedAt: later(day), version: 2 })).toEqual(['status'])
    expect(changed({ partnerName: 'Other' })).toEqual(['name'])
    expect(changed({ contactsConfirmedAt: later(day) })).toEqual(['contactsConfirmedAt'])
  })

  it('begins with all fields that the profile has', () => {
    expect(changedFields(undefined, aProfile())).toEqual([
      'headline',
      'locations',
      'status',
      'contactsConfirmedAt',
    ])
  })

  it('is stored with the profile, without personal data', () => {
    const change = { by: { kind: 'partner', id: 'someone' }, changed: ['headline'] } as const
    const profile = aProfile({ version: 12, defaultContacts: [aContact('Office')] })
    const before = { ...profile, version: 11, defaultContacts: [], peopleVersion: 4, unknownPeople: {} }
    const writes = putProfile(profile, before, change)
    const [{ put: item }, { put: version, when }] = both(writes)
    const people = writes[2]
    expect(readProfile(item, people?.put)).toEqual({ ...profile, peopleVersion: 5, unknownPeople: {} })
    expect(people?.when).toEqual({ version: 4 })
    expect([version.pk, version.sk]).toEqual([item.pk, 'PROFILE-VERSION#DE#00000012'])
    expect(when).toEqual({ pk: 'absent' })
    expect(version).toMatchObject({ ...change, headline: profile.headline })
    expect(JSON.stringify(version)).not.toContain('@')
    expect(version).not.toHaveProperty('directoryPk')
  })
})

const both = <T>([first, second]: readonly T[]): readonly [T, T] => [first as T, second as T]

describe('the directory entry of a profile', () => {
  const change = { by: { kind: 'partner' }, changed: [] } as const
  const itemOf = (profile: Profile) => both(putProfile(profile, undefined, change))[0].put
  const entryOf = (more: Partial<Profile>): ProfileEntry | undefined => {
    const item = itemOf(aProfile(more))
    return item.entry === undefined ? undefined : (readEntry(item) as ProfileEntry)
  }

  it('contains an active profile with fingerprints of its contacts', () => {
    const { id, latitude, longitude } = { id: 'main', latitude: 52.524, longitude: 13.411 }
    const entry = entryOf({
      status: 'active',
      version: 7,
      keywords: ['erp'],
      defaultContacts: [aContact('Office')],
      locations: [
        aLocation(id, { resolvedCoordinates: { latitude, longitude, from: 'gazetteer' } }),
        aLocation('gone', { removed: true }),
      ],
    })
    expect(entry).toMatchObject({ kind: 'profile', region: 'DE', version: 7 })
    expect(entry?.profile).toMatchObject({
      name: 'Spreewerk',
      headline: 'ERP for manufacturers',
      keywords: ['erp'],
      preferences: aProfile().preferences,
      locations: [
        {
          id,
          city: 'Berlin',
          coordinates: { latitude, longitude },
          contacts: [listedFingerprint({ email: 'MAIN@partner.example' })],
        },
      ],
      defaultContacts: [listedFingerprint(aContact('Office'))],
    })
    expect(JSON.stringify(entry)).not.toContain('@')
  })

  it('is emptied when the profile becomes inactive, and does not exist for a draft', () => {
    expect(entryOf({ status: 'inactive', version: 8 })).toMatchObject({ version: 8, profile: null })
    expect(entryOf({ status: 'draft' })).toBeUndefined()
    expect(itemOf(aProfile({ status: 'draft' }))).not.toHaveProperty('directoryPk')
  })

  it('has the time of the change in its sort key', () => {
    const { directorySk } = itemOf(aProfile({ status: 'active', updatedAt: '2026-11-26T09:00:00.000Z' }))
    expect(directorySk).toBe('2026-11-26T09:00:00.000Z#ptr_01KJKJ00000000000000000000#profile')
  })
})

describe('an item without fields that were added later', () => {
  it('is read with defaults', () => {
    const { keywords, preferences, partnerName, contactsConfirmedAt, defaultContacts, ...early } = aProfile({
      locations: [],
    })
    const { resolvedCoordinates, removed, contacts, ...place } = aLocation('main')
    const item = { ...early, locations: [place], pk: 'PARTNER#p', sk: 'PROFILE#DE' }
    expect(readPublicProfile(item)).toEqual(withoutPeople(aProfile({ partnerName: '' })))
  })
})

describe('qualityOf', () => {
  const full = aProfile({
    description: 'x'.repeat(400),
    website: 'https://a.example',
    logo: 'https://a.example/logo',
    languages: ['de'],
    customerSizes: ['1-10'],
    keywords: ['a', 'b', 'c', 'd', 'e'],
    industries: ['health'],
    products: ['erp'],
    services: ['training'],
    solutions: ['compliance'],
    locations: [aLocation('main', { resolvedCoordinates: { latitude: 1, longitude: 1, from: 'gazetteer' } })],
  })
  const many = (count: number) => Array.from({ length: count }, (_, n) => `code-${n}`)

  it('is 1 for a complete profile and 0 for an empty one', () => {
    expect(qualityOf(full)).toBe(1)
    const { headline, ...silent } = aProfile({ locations: [] })
    expect(qualityOf(silent)).toBe(0)
  })

  it('decreases with missing fields and with too many tags and keywords', () => {
    const { logo, ...without } = full
    expect(qualityOf(without)).toBeLessThan(1)
    expect(qualityOf({ ...full, products: many(8) })).toBe(1)
    expect(qualityOf({ ...full, products: many(9) })).toBeLessThan(1)
    expect(qualityOf({ ...full, keywords: many(16) })).toBeLessThan(1)
    expect(qualityOf({ ...full, keywords: many(30) })).toBeLessThan(
      qualityOf({ ...full, keywords: many(16) }),
    )
  })

  it('does not depend on time or removed locations', () => {
    const old: Profile = { ...full, contactsConfirmedAt: '2020-01-01T00:00:00.000Z' }
    expect(qualityOf(old)).toBe(1)
    expect(qualityOf({ ...full, locations: [...full.locations, aLocation('gone', { removed: true })] })).toBe(
      1,
    )
  })
})

describe('reviewOf', () => {
  const [ann, ben, office] = ['Ann', 'Ben', 'Office'].map(name => aContact(name))
  const profile = aProfile({
    locations: [
      aLocation('main', { contacts: [ann, ben].flatMap(person => person ?? []) }),
      aLocation('branch', { contacts: ben ? [{ ...ben, muted: true }] : [] }),
      aLocation('gone', { removed: true }),
    ],
    defaultContacts: [],
  })
  const health = ['bounced', 'misaddressed'].reduce(
    (known, problem, index) =>
      withFinding(
        known,
        {
          address: index === 0 ? 'ben@partner.example' : 'ann@partner.example',
          contact: 'digest',
          problem: problem as 'bounced' | 'misaddressed',
          events: [],
        },
        receivedAt,
      ),
    healthy(profile.partnerId, 'DE'),
  )
  const review = (more: Partial<Profile> = {}) => {
    const reviewed = { ...profile, ...more }
    const contacts = { ...reviewed, admins: office ? [office] : [] }
    return reviewOf({ profile: reviewed, contacts, health, confirmedEvery: 'P90D' })
  }

  it('returns the locations, the problem and the reachability of each contact', () => {
    const contactOf = (name: string) => review().contacts.find(one => one.name === `${name} Person`)
    expect(contactOf('Ann')).toMatchObject({
      locationIds: ['main'],
      problem: 'misaddressed',
      reachable: true,
    })
    expect(contactOf('Ben')).toMatchObject({
      locationIds: ['main', 'branch'],
      problem: 'bounced',
      reachable: false,
      muted: false,
    })
    expect(contactOf('Office')).toMatchObject({
      locationIds: [],
      default: false,
      problem: null,
      reachable: true,
    })
  })

  it('marks locations without a reachable contact, not counting administrators', () => {
    const reachable = ({ locations }: ReturnType<typeof review>) =>
      locations.flatMap(({ id, reachable: isReachable }) => (isReachable ? [id] : []))
    expect(reachable(review())).toEqual(['main'])
    expect(reachable(review({ defaultContacts: [aContact('Desk')] }))).toEqual(['main', 'branch'])
  })

  it('gives advice for incomplete fields and the time until which contacts are confirmed', () => {
    const { checks, quality, contactsConfirmedUntil } = review({
      contactsConfirmedAt: '2026-01-01T00:00:00.000Z',
    })
    expect(quality).toBe(qualityOf(profile))
    expect(checks.find(({ code }) => code === 'headline')).toMatchObject({ share: 1, advice: null })
    expect(checks.find(({ code }) => code === 'logo')?.advice).toEqual({
      code: 'logo',
      params: {},
      detail: 'Add your logo. Customers recognise you by it.',
    })
    expect(checks.find(({ code }) => code === 'keywords')?.advice?.params).toEqual({
      minimum: 5,
      maximum: 15,
    })
    expect(contactsConfirmedUntil).toBe('2026-04-01T00:00:00.000Z')
  })

  it('lists what a draft needs before it can be activated', () => {
    const { headline, ...silent } = profile
    const { missing } = reviewOf({
      profile: silent,
      contacts: { ...silent, admins: [] },
      health,
      confirmedEvery: 'P90D',
    })
    expect(missing.map(({ pointer }) => pointer)).toEqual(['/headline'])
    expect(withoutRemoved(profile.locations)).toHaveLength(2)
  })
})

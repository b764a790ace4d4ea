import { IntlMessageFormat } from 'intl-messageformat'
import { describe, expect, it } from 'vitest'
import { type MessageId, messages, type Texts } from '../../shared/messaging/language/catalog.ts'
import { languages } from '../../shared/messaging/language/contract.ts'
import { allTexts, mailLocalizer as localizerOf } from '../../shared/messaging/language/mails.ts'
import { type ParsedMessage, pieces, readMessage } from '../../shared/messaging/language/message-format.ts'
import { pageLocalizer } from '../../shared/messaging/language/pages.ts'
import { plain, userText } from '../../shared/messaging/language/rules.ts'
import { statuses } from '../../shared/referrals/referral/contract.ts'
import type { Instant } from '../../shared/time/instant.ts'

type Catalog = Texts<MessageId>
const catalogOf = (language: string): Catalog => {
  const texts = allTexts(language)
  if (!texts) throw new Error(`no texts in ${language}, expected a file in pages/ and in mails/`)
  return texts
}
const [en, de, fr, zhHans] = (['en', 'de', 'fr', 'zh-Hans'] as const).map(catalogOf) as [
  Catalog,
  Catalog,
  Catalog,
  Catalog,
]
const ids = Object.keys(en) as (keyof Catalog)[]
const messageIds = Object.keys(messages) as MessageId[]

/** The fields of a parsed message that these tests use. */
interface Piece {
  readonly type: number
  readonly value?: string
  readonly options?: Readonly<Record<string, { readonly value: readonly Piece[] }>>
}
const type = { literal: 0, argument: 1, select: 5, plural: 6, pound: 7 }

const piecesOf = (language: string, text: string): readonly Piece[] =>
  new IntlMessageFormat(text, language).getAst()

/** Lists the pieces with those of nested options. */
const allOf = (pieces: readonly Piece[]): Piece[] =>
  pieces.flatMap(piece => [piece, ...Object.values(piece.options ?? {}).flatMap(({ value }) => allOf(value))])

const variablesOf = (language: string, text: string) => [
  ...new Set(
    allOf(piecesOf(language, text)).flatMap(({ type: pieceType, value }) =>
      pieceType === type.literal || pieceType === type.pound ? [] : [value],
    ),
  ),
]

const choicesOf = (language: string, text: string, kind: number) =>
  allOf(piecesOf(language, text))
    .filter(piece => piece.type === kind)
    .map(({ value, options = {} }) => ({ value, options: Object.keys(options).toSorted() }))

/** Returns the number of characters without variables, with the longest options. */
const lengthOf = (pieces: readonly Piece[]): number =>
  pieces.reduce((sum, { type: pieceType, value = '', options }) => {
    if (options) return sum + Math.max(...Object.values(options).map(option => lengthOf(option.value)))
    return sum + (pieceType === type.literal ? value.length : 0)
  }, 0)

describe.each(languages)('the catalogue for %s', language => {
  const catalog = catalogOf(language)

  it('has the ids of the contract, in the order of the English catalogue', () => {
    expect(Object.keys(catalog).toSorted()).toEqual(messageIds.toSorted())
    expect(Object.keys(catalog)).toEqual(ids)
  })

  it('uses exactly the variables that the contract declares', () => {
    for (const id of messageIds)
      expect(variablesOf(language, catalog[id]).toSorted(), id).toEqual([...messages[id]].toSorted())
  })

  it('contains only literals, variables and choices with the option `other`', () => {
    const known = Object.values(type)
    for (const id of ids) {
      for (const piece of allOf(piecesOf(language, catalog[id]))) {
        expect(known, id).toContain(piece.type)
        if (piece.options) expect(Object.keys(piece.options), id).toContain('other')
      }
    }
  })

  it('has the same select options as the English catalogue', () => {
    for (const id of ids)
      expect(choicesOf(language, catalog[id], type.select), id).toEqual(choicesOf('en', en[id], type.select))
  })

  it('has all plural categories of its language', () => {
    const { pluralCategories } = new Intl.PluralRules(language).resolvedOptions()
    // The category `many` is for millions in languages such as French, and for 5 in Polish.
    const rules = new Intl.PluralRules(language)
    const needed = pluralCategories.filter(category => category !== 'many' || rules.select(5) === 'many')
    for (const id of ids)
      for (const { options } of choicesOf(language, catalog[id], type.plural))
        expect(options, id).toEqual(expect.arrayContaining(needed))
  })

  it('contains no markup and no apostrophe, which is the quote character of ICU', () => {
    for (const id of ids) expect(catalog[id], id).not.toMatch(/[<>']|&\w+;/)
  })

  it('has one-line texts without surrounding blanks', () => {
    for (const id of ids) expect(catalog[id], id).toMatch(/^\S(.*\S)?$/u)
  })

  it('has subjects of at most 70 characters, not counting names', () => {
    const subjects = messageIds.filter(id => /[.-]subject$/.test(id))
    expect(subjects.length).toBeGreaterThan(0)
    for (const id of subjects) {
      const length = lengthOf(piecesOf(language, catalog[id]))
      expect(length, id).toBeLessThanOrEqual(70)
    }
  })

  it('has the fire emoji only in messages about hot referrals', () => {
    expect(ids.filter(id => catalog[id].includes('🔥'))).toEqual([
      'new-referral.hot-subject',
      'direct-contact.hot',
      'reminder.hot-subject',
    ])
  })
})

const counts = [0, 1, 2, 3, 5, 11, 21, 100, 1000, 2_000_000]

const rendered = (text: string, variables: Readonly<Record<string, string | number>>, language: string) => {
  const grammar = { plurals: new Intl.PluralRules(language), numbers: new Intl.NumberFormat(language) }
  return pieces(readMessage(text), variables, grammar).join('')
}
const renderedByLibrary = (text: string, variables: Record<string, string | number>, language: string) =>
  new IntlMessageFormat(text, language).format(variables)

describe('readMessage gives the same result as the library intl-messageformat', () => {
  /** Returns variables for each option of each choice, and for an unknown option. */
  const variablesFor = (language: string, text: string): Record<string, string | number>[] => {
    const all = allOf(piecesOf(language, text))
    const base = Object.fromEntries(all.map(({ value = '' }) => [value, `<${value}>`]))
    const plurals = all.filter(piece => piece.type === type.plural)
    const counted = Object.fromEntries(plurals.map(({ value = '' }) => [value, 3]))
    const others = all.flatMap(
      ({ type: pieceType, value = '', options = {} }): Record<string, string | number>[] => {
        if (pieceType === type.plural) return counts.map(count => ({ [value]: count }))
        return pieceType === type.select
          ? [...Object.keys(options), 'unknown'].map(option => ({ [value]: option }))
          : []
      },
    )
    return [{}, ...others].map(other => ({ ...base, ...counted, ...other }))
  }

  it.each(languages)('for each text in %s', language => {
    for (const id of ids) {
      const text = catalogOf(language)[id]
      for (const variables of variablesFor(language, text))
        expect(rendered(text, variables, language), id).toBe(renderedByLibrary(text, variables, language))
    }
  })

  it.each([
    '{a}{b} {a}',
    '{ a }, {n , plural , =0 {none} =1{just one} one {# one} few {# few} other {# of them, # and {a}}}',
    '{n, plural, other {#{n}#}} # {n}',
    '{a, select, x {{n, plural, one {# x of {b}} other {# xs}}} other {{b, select, y {y #} other {}}}}',
    '{n, plural, one {{a, select, x {an x #} other {#}}} other {{n, plural, =2 {# 2} other {#}}}}',
    'no variable at all: 100 % – “#”, a/b; ü 中文 🔥',
    '',
  ])('for %j, in languages with different plural rules', text => {
    for (const language of ['en', 'fr', 'ru', 'ar', 'zh-Hans'])
      for (const n of counts)
        for (const a of ['x', 'z', ''])
          for (const b of ['y', '{a}']) {
            const variables = { a, b, n }
            expect(rendered(text, variables, language)).toBe(renderedByLibrary(text, variables, language))
          }
  })

  it.each([
    '{',
    '}',
    '{}',
    '{a',
    '{a,}',
    '{a b}',
    'x } y',
    '{a, select}',
    '{a, select, x {y}}',
    '{a, select, {y}}',
    '{n, plural, one {#}}',
    '{n, plural, other {#}',
    '{n, number}',
    '{n, date, short}',
    '{n, selectordinal, other {#}}',
  ])('but rejects %j, which is invalid or not supported', text => {
    expect(() => readMessage(text)).toThrow('invalid message')
  })

  it('and keeps text of users as a separate piece', () => {
    const company = { name: 'Acme' }
    const message: ParsedMessage = readMessage('{n, plural, other {# of {company}}}')
    const grammar = { plurals: new Intl.PluralRules('en'), numbers: new Intl.NumberFormat('en') }
    expect(pieces<object>(message, { n: 2, company }, grammar)).toEqual(['2', ' of ', company])
  })
})

it('the translations differ from English, except for identical words', () => {
  const same = (catalog: Catalog) => ids.filter(id => catalog[id] === en[id])
  expect(same(de)).toEqual([
    'time.zoned',
    'summary.budget',
    'contact.name',
    'field.optional',
    'request.website',
    'accepted.website',
  ])
  expect(same(fr)).toEqual(['time.zoned', 'summary.budget'])
  expect(same(zhHans)).toEqual([])
})

describe('the texts follow the typography of their language', () => {
  const textsOf = (catalog: Catalog) => ids.map(id => catalog[id])

  it('German uses „these quotes“ and the formal address', () => {
    for (const text of textsOf(de)) {
      expect(text).not.toMatch(/[”"«»‘]|(?<!\p{L})(du|dir|dich|deine?[rmns]?)(?!\p{L})/iu)
      expect(text.match(/„/g)?.length).toBe(text.match(/“/g)?.length)
    }
  })

  it('French uses narrow no-break spaces and the formal address', () => {
    for (const text of textsOf(fr)) {
      expect(text).not.toMatch(/[^\u202f][;:!?»]|«[^\u202f]|[“”„"]/)
      expect(text).not.toMatch(/(?<!\p{L})(tu|toi|tes?)(?!\p{L})/iu)
    }
  })

  it('Chinese uses full-width punctuation, the polite address and no word for quotation', () => {
    for (const text of textsOf(zhHans)) {
      expect(text).not.toMatch(/\p{Script=Han}\s*[,.;:!?()]|[,.;:!?()]\s*\p{Script=Han}/u)
      expect(text).not.toMatch(/引用|你(?!们)|["„«»]/)
    }
  })
})

describe('localizerOf', () => {
  it.each([
    ['de', 'de'],
    ['de-AT', 'de'],
    ['fr-CA', 'fr'],
    ['en-GB', 'en'],
    ['zh', 'zh-Hans'],
    ['zh-CN', 'zh-Hans'],
    ['zh-SG', 'zh-Hans'],
    ['zh-Hans', 'zh-Hans'],
    ['zh-Hans-HK', 'zh-Hans'],
  ])('returns for %s the catalogue %s', (locale, language) => {
    expect(localizerOf(locale).language).toBe(language)
  })

  it.each(['pt', 'ar', 'zh-TW', 'zh-HK', 'zh-Hant'])('returns English for %s', locale => {
    expect(localizerOf(locale).language).toBe('en')
  })

  it('formats dates and countries in English too when it falls back to English', () => {
    expect(localizerOf('pt').date('2026-03-09')).toBe('March 9, 2026')
    expect(localizerOf('zh-TW').country('DE')).toBe('Germany')
  })

  it('returns the same object for the same locale', () => {
    expect(localizerOf('de-AT')).toBe(localizerOf('de-AT'))
    expect(localizerOf('pt')).toBe(localizerOf('en'))
  })
})

describe('formats of the whole locale', () => {
  it.each([
    ['en-US', 'March 9, 2026'],
    ['en-GB', '9 March 2026'],
    ['de-CH', '9. März 2026'],
    ['fr-CA', '9 mars 2026'],
    ['zh-CN', '2026年3月9日'],
  ])('date in %s: %s', (locale, written) => {
    expect(localizerOf(locale).date('2026-03-09')).toBe(written)
  })

  it.each([
    ['en-US', 'UTC', /^March 9, 2026 at 3:04\sPM UTC$/],
    ['en-GB', 'UTC', /^9 March 2026 at 15:04 UTC$/],
    ['de-CH', 'UTC', /^9\. März 2026 um 15:04 UTC$/],
    ['fr-CA', 'UTC', /^9 mars 2026 à 15\sh\s04 UTC$/],
    ['zh-CN', 'UTC', /^2026年3月9日 15:04（UTC）$/],
    ['en-US', 'Europe/Berlin', /^March 9, 2026 at 4:04\sPM CET$/],
    ['en-GB', 'Europe/Berlin', /^9 March 2026 at 16:04 CET$/],
    ['de', 'Europe/Berlin', /^9\. März 2026 um 16:04 MEZ$/],
    ['fr', 'Europe/Berlin', /^9 mars 2026 à 16:04 UTC\+1$/],
    ['zh-Hans', 'Europe/Berlin', /^2026年3月9日 16:04（GMT\+1）$/],
    ['en', 'America/Los_Angeles', /^March 9, 2026 at 8:04\sAM PDT$/],
    ['zh-CN', 'Asia/Shanghai', /^2026年3月9日 23:04（GMT\+8）$/],
    ['en-NZ', 'Pacific/Auckland', /^10 March 2026 at 4:04\sam NZDT$/],
    ['en', 'Asia/Kolkata', /^March 9, 2026 at 8:34\sPM GMT\+5:30$/],
  ])('instant in %s and %s, with the name of the zone', (locale, zone, written) => {
    expect(localizerOf(locale).instant('2026-03-09T15:04:05.678Z', zone)).toMatch(written)
  })

  it.each([
    ['before', '2026-03-29T00:59:00.000Z', '29. März 2026 um 01:59 MEZ'],
    ['after', '2026-03-29T01:00:00.000Z', '29. März 2026 um 03:00 MESZ'],
    ['in the first pass of the hour', '2026-10-25T00:30:00.000Z', '25. Oktober 2026 um 02:30 MESZ'],
    ['in the second pass of the hour', '2026-10-25T01:30:00.000Z', '25. Oktober 2026 um 02:30 MEZ'],
  ] as const)('instant %s a change of the clock', (_, at, written) => {
    expect(localizerOf('de').instant(at, 'Europe/Berlin')).toBe(written)
  })

  it('date of an instant in its time zone', () => {
    const at = '2026-03-09T20:00:00.000Z'
    expect(localizerOf('en-GB').dateOf(at, 'Pacific/Auckland')).toBe('10 March 2026')
    expect(localizerOf('en-GB').dateOf(at, 'America/New_York')).toBe('9 March 2026')
  })

  it.each([
    ['en-US', /^CHF\s45,000\.50$/],
    ['en-GB', /^CHF\s45,000\.50$/],
    ['de', /^45\.000,50\sCHF$/],
    ['de-CH', /^CHF\s45[’']000\.50$/],
    ['fr', /^45\s000,50\sCHF$/],
  ])('money in %s', (locale, written) => {
    expect(localizerOf(locale).money({ amount: 45_000.5, currency: 'CHF' })).toMatch(written)
  })

  it('money has no decimals for whole amounts', () => {
    expect(localizerOf('en-GB').money({ amount: 45_000, currency: 'GBP' })).toBe('£45,000')
    expect(localizerOf('en-US').money({ amount: 45_000, currency: 'JPY' })).toBe('¥45,000')
  })

  it('country name', () => {
    const names = ['en', 'de-CH', 'fr', 'zh'].map(locale => localizerOf(locale).country('CH'))
    expect(names).toEqual(['Switzerland', 'Schweiz', 'Suisse', '瑞士'])
  })

  it('country code when the country has no name', () => {
    expect(localizerOf('en').country('QX')).toBe('QX')
  })
})

describe('left', () => {
  const now = '2026-03-09T12:00:00.000Z'
  const left = (until: Instant, locale = 'en') => localizerOf(locale).left(until, now)

  it.each<[Instant, string]>([
    ['2026-03-12T12:00:00.000Z', '3 days'],
    ['2026-03-12T11:59:59.999Z', '2 days'],
    ['2026-03-10T12:00:00.000Z', '1 day'],
    ['2026-03-10T11:59:00.000Z', '23 hours'],
    ['2026-03-09T13:00:00.000Z', '1 hour'],
    ['2026-03-09T12:59:59.000Z', '59 minutes'],
    ['2026-03-09T12:00:59.000Z', '1 minute'],
  ])('describes the time until %s in whole units of at least a minute: %s', (until, rendered) => {
    expect(left(until)).toBe(rendered)
  })

  it('is never in the past', () => {
    expect(left('2026-03-08T12:00:00.000Z')).toBe('1 minute')
  })

  it('uses the language of the reader', () => {
    const until = '2026-03-12T12:00:00.000Z'
    const rendered = ['de-AT', 'fr', 'zh-CN'].map(locale => left(until, locale).replace(/\s/, ' '))
    expect(rendered).toEqual(['3 Tage', '3 jours', '3天'])
  })
})

describe('foreign text', () => {
  const acme = userText('Acme, and {co}')
  const heise = userText('شركة')

  it('is a separate piece', () => {
    expect(localizerOf('en').text('new-referral.subject', { company: acme })).toEqual([
      'New referral: ',
      acme,
    ])
    expect(localizerOf('zh').text('accepted.subject', { partner: acme })).toEqual([
      acme,
      '已接受您的咨询请求',
    ])
  })

  it('is a separate piece within a choice', () => {
    const rendered = localizerOf('en').text('withdrawn.body', {
      by: 'customer',
      company: acme,
      partner: heise,
      location: 'Köln',
    })
    expect(rendered).toEqual([acme, ' has withdrawn its request to ', heise, ' (Köln).'])
  })

  it('is not interpreted as a message', () => {
    expect(plain(localizerOf('en').text('greeting', { name: acme }))).toBe('Hello Acme, and {co},')
  })

  it('is joined as a list of the locale, with each name as a separate piece', () => {
    const names = ['A', 'B', 'C'].map(userText)
    const [a, b, c] = names
    expect(localizerOf('en-US').list(names)).toEqual([a, ', ', b, ', and ', c])
    expect(localizerOf('en-GB').list(names)).toEqual([a, ', ', b, ' and ', c])
    expect(localizerOf('de').list(names)).toEqual([a, ', ', b, ' und ', c])
    expect(localizerOf('zh').list(names)).toEqual([a, '、', b, '和', c])
    expect(localizerOf('en').list([])).toEqual([])
  })

  it('is a separate piece in a list within a message', () => {
    const { text, list } = localizerOf('fr')
    const rendered = text('receipt.sent', { partners: list([acme, heise]) })
    expect(rendered).toEqual(['Nous avons transmis votre demande à ', acme, ' et ', heise, '.'])
  })
})

describe('say', () => {
  it('returns one piece for a message without variables', () => {
    expect(localizerOf('de').text('follow')).toEqual(['Ihre Anfrage ansehen'])
  })

  it.each([
    ['en', 1, 'One more update is in your inbox in the partner program.'],
    ['en', 2000, '2,000 more updates are in your inbox in the partner program.'],
    ['de', 1, 'Eine weitere Neuigkeit finden Sie im Partnerprogramm unter Ihren Empfehlungen.'],
    ['de', 2, '2 weitere Neuigkeiten finden Sie im Partnerprogramm unter Ihren Empfehlungen.'],
    ['fr', 1, 'Une autre nouveauté vous attend dans le programme partenaires.'],
    ['fr', 2, '2 autres nouveautés vous attendent dans le programme partenaires.'],
    ['zh', 1, '另外还有 1 条动态，请登录合作伙伴计划查看。'],
  ])('in %s counts %i', (locale, count, rendered) => {
    expect(plain(localizerOf(locale).text('digest.more', { count }))).toBe(rendered)
  })

  it('has a different text for each status', () => {
    const states = [...statuses, 'denied', 'chosen']
    for (const language of languages) {
      const rendered = states.map(status => plain(localizerOf(language).text('request.state', { status })))
      expect(new Set(rendered).size, language).toBe(states.length)
    }
  })

  it('requires the declared variables', () => {
    const { text } = localizerOf('en')
    // @ts-expect-error: the variable `name` is missing
    expect(() => text('greeting')).toThrow()
    // @ts-expect-error: the variable has another name
    expect(() => text('greeting', { nom: 'Ada' })).toThrow()
    // @ts-expect-error: the message has no variables
    expect(plain(text('follow', { name: 'Ada' }))).toBe('View your request')
    // @ts-expect-error: the message does not exist
    expect(() => text('farewell')).toThrow()
  })

  it('accepts only the messages of pages on a page', () => {
    const { text } = pageLocalizer('en')
    expect(plain(text('action.accept'))).toBe(plain(localizerOf('en').text('action.accept')))
    // @ts-expect-error: the message is not a message of pages
    expect(() => text('receipt.subject')).toThrow()
  })
})

it('label returns the label in the language of the reader, or the fallback label', () => {
  const duplicate = { label: 'Duplicate', labels: { de: 'Doppelt', 'zh-Hans': '重复' } }
  const labels = ['de-CH', 'zh-CN', 'fr', 'en'].map(locale => localizerOf(locale).label(duplicate))
  expect(labels).toEqual(['Doppelt', '重复', 'Duplicate', 'Duplicate'])
})

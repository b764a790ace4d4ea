/** Words of names and queries: which queries find which names. */
import { describe, expect, it } from 'vitest'
import { entriesOf, type Subject } from '../../shared/lookup/entries/rules.ts'
import {
  allWords,
  readQuery,
  wordsOf,
  wordsOfNumber,
  wordsOfPerson,
} from '../../shared/lookup/words/rules.ts'
import { testHash, timesFound } from '../fixtures/lookup.ts'

interface Name {
  readonly firstName?: string
  readonly lastName?: string
  readonly company?: string
}

const subjectOf = ({ company = '', ...person }: Name): Subject => ({
  words: allWords(wordsOfPerson(person), wordsOf(company)),
})

/** Pairs of a name and a query that finds it. */
const found: readonly (readonly [name: Name, query: string])[] = [
  // Case, accents and width.
  [{ firstName: 'Erika', lastName: 'Muster' }, 'Muster'],
  [{ firstName: 'Erika', lastName: 'Muster' }, 'muster erika'],
  [{ firstName: 'Erika', lastName: 'Muster' }, 'MUST'],
  [{ firstName: 'Erika', lastName: 'Muster' }, 'mus eri'],
  [{ firstName: 'Erika', lastName: 'Muster' }, 'ＭＵＳＴＥＲ'],
  [{ firstName: 'José', lastName: 'Núñez' }, 'jose nunez'],
  [{ firstName: 'Jose', lastName: 'Nunez' }, 'José Núñez'],
  [{ firstName: 'Zoë', lastName: 'Łukasiewicz' }, 'zoe lukas'],
  [{ firstName: 'Dvořák', lastName: 'Antonín' }, 'dvorak'],
  [{ firstName: 'İpek', lastName: 'Çelik' }, 'ipek celik'],
  [{ firstName: 'Ayşe', lastName: 'Yıldız' }, 'YILDIZ'],
  [{ firstName: 'Jörg', lastName: 'Strauß' }, 'Strauss'],
  [{ firstName: 'Jörg', lastName: 'Strauss' }, 'strauß'],
  [{ firstName: 'Ægir', lastName: 'Þórsson' }, 'aegir thorsson'],
  // Letters that are also written as two.
  [{ firstName: 'Jörg', lastName: 'Müller' }, 'mueller joerg'],
  [{ firstName: 'Jörg', lastName: 'Müller' }, 'muller'],
  [{ firstName: 'Joerg', lastName: 'Mueller' }, 'Jörg Müller'],
  [{ firstName: 'Søren', lastName: 'Østergård' }, 'soren ostergard'],
  [{ firstName: 'Søren', lastName: 'Østergård' }, 'oestergaard'],
  [{ company: 'Aarhus Maskiner' }, 'århus'],
  [{ company: 'Århus Maskiner' }, 'aarhus'],
  [{ firstName: 'Johann', lastName: 'Goethe' }, 'goe'],
  [{ firstName: 'Manuel', lastName: 'Bauer' }, 'manuel bauer'],
  // Particles and several family names.
  [{ firstName: 'Ludwig', lastName: 'van Beethoven' }, 'Beethoven'],
  [{ firstName: 'Ludwig', lastName: 'van Beethoven' }, 'van beethoven'],
  [{ firstName: 'Otto', lastName: 'von der Heydt' }, 'von der heydt'],
  [{ firstName: 'María', lastName: 'García Márquez' }, 'marquez maria'],
  [{ firstName: 'Vincent', lastName: 'de la Tour' }, 'de la tour'],
  [{ firstName: 'Osama', lastName: 'bin Rashid' }, 'rashid'],
  // Hyphens, apostrophes and other signs.
  [{ firstName: 'Anna-Lena', lastName: 'Müller-Lüdenscheidt' }, 'lüdenscheidt'],
  [{ firstName: 'Anna-Lena', lastName: 'Müller-Lüdenscheidt' }, 'Müller-Lüdenscheidt'],
  [{ firstName: 'Anna-Lena', lastName: 'Müller‐Lüdenscheidt' }, 'Müller–Lüdenscheidt'],
  [{ firstName: 'Anna-Lena', lastName: 'Schmidt' }, 'annalena'],
  [{ firstName: 'Anna Lena', lastName: 'Schmidt' }, 'anna-lena schmidt'],
  [{ firstName: 'Sinéad', lastName: "O'Connor" }, 'oconnor'],
  [{ firstName: 'Sinéad', lastName: 'O’Connor' }, "o'connor"],
  [{ firstName: 'Sinéad', lastName: 'O´Connor' }, 'connor sinead'],
  [{ firstName: 'Beatrice', lastName: "D'Angelo" }, 'd’angelo'],
  [{ company: "L'Oréal" }, 'loreal'],
  [{ company: 'AT&T' }, 'at&t'],
  [{ company: 'AT&T' }, 'att'],
  [{ company: 'H & M' }, 'h & m'],
  [{ company: 'S.A.P. Consulting' }, 'sap'],
  [{ company: 'J. P. Morgan' }, 'j p morgan'],
  [{ company: 'Muster.com AG' }, 'muster'],
  [{ company: 'Mc\u00adDonald Handel' }, 'mcdonald'],
  [{ company: 'Havel\u200bland Getriebe' }, 'havelland'],
  // Short words and figures.
  [{ company: '3M Deutschland GmbH' }, '3m'],
  [{ company: 'Studio 54' }, 'studio 54'],
  [{ company: 'Ott GmbH' }, 'ott gmbh'],
  [{ company: 'Havelland Getriebe GmbH' }, 'gmbh'],
  [{ firstName: 'Fei-Fei', lastName: 'Li' }, 'li'],
  [{ firstName: 'Jason', lastName: 'Wu' }, 'wu jason'],
  [{ firstName: 'Anna', lastName: 'Muster' }, 'a muster'],
  [{ firstName: 'Anna', lastName: 'Annabell' }, 'anna'],
  // Long words: letters behind the eighth are compared, too.
  [{ company: 'Donaudampfschifffahrtsgesellschaft' }, 'donaudampfschiff'],
  // People with one name.
  [{ firstName: 'Suharto' }, 'suharto'],
  [{ lastName: 'Björk' }, 'bjoerk'],
  [{ firstName: '', lastName: 'Teller' }, 'tell'],
  // Chinese, Japanese and Korean: one letter is enough, and there are no spaces.
  [{ firstName: '小明', lastName: '王' }, '王小明'],
  [{ firstName: '小明', lastName: '王' }, '王'],
  [{ firstName: '小明', lastName: '王' }, '小明'],
  [{ firstName: '小明', lastName: '王' }, '小明 王'],
  [{ company: '北京华为技术有限公司' }, '华为'],
  [{ company: '北京华为技术有限公司' }, '华为技术有限公司'],
  [{ company: '北京华为技术有限公司' }, '京华'],
  [{ firstName: '太郎', lastName: '山田' }, '山田　太郎'],
  [{ firstName: '太郎', lastName: '山田' }, '山田太郎'],
  [{ company: '株式会社トヨタ' }, 'トヨタ'],
  [{ company: '株式会社トヨタ' }, 'ﾄﾖﾀ'],
  [{ company: 'ソニー・グループ' }, 'グループ'],
  [{ firstName: 'はなこ', lastName: 'すずき' }, 'すずき'],
  [{ firstName: '민준', lastName: '김' }, '김민준'],
  [{ firstName: '민준', lastName: '김' }, '민준'],
  [{ company: '현대중공업' }, '중공업'],
  [{ company: 'SAP山田' }, 'sap山田'],
  // Arabic, Hebrew, Cyrillic, Greek, Thai and Devanagari.
  [{ firstName: 'مُحَمَّد', lastName: 'الفاسي' }, 'محمد'],
  [{ firstName: 'محمد', lastName: 'الفاسي' }, 'الفاسي'],
  [{ firstName: 'أحمد', lastName: 'خان' }, 'احمد خان'],
  [{ firstName: 'דָּוִד', lastName: 'כהן' }, 'דוד'],
  [{ firstName: 'Иван', lastName: 'Йорданов' }, 'ЙОРДАНОВ'],
  [{ firstName: 'Семён', lastName: 'Петров' }, 'семен'],
  [{ firstName: 'Γιώργος', lastName: 'Παπαδόπουλος' }, 'γιωργοσ παπαδ'],
  [{ company: 'บริษัทปูนซิเมนต์ไทย' }, 'ซิเมนต์'],
  [{ company: 'टाटा स्टील' }, 'स्टील'],
]

/** Pairs of a name and a query that does not find it. */
const missed: readonly (readonly [name: Name, query: string])[] = [
  [{ firstName: 'Erika', lastName: 'Muster' }, 'mustermann'],
  [{ firstName: 'Erika', lastName: 'Muster' }, 'muster anna'],
  [{ firstName: 'Erika', lastName: 'Muster' }, 'uster'],
  [{ firstName: 'Erika', lastName: 'Muster' }, 'mu'],
  [{ firstName: 'Linda', lastName: 'Wurst' }, 'li'],
  [{ company: 'Donaudampfschifffahrtsgesellschaft' }, 'donaudampfmaschine'],
  [{ firstName: '小明', lastName: '王' }, '王明'],
  [{ firstName: '小明', lastName: '王' }, '明小'],
  [{ company: '株式会社トヨタ' }, 'ホンダ'],
  [{ firstName: 'Erika', lastName: 'Muster' }, '!?'],
]

const show = ({ firstName, lastName, company }: Name): string =>
  [firstName, lastName, company].filter(Boolean).join(' ')

describe('a lookup', () => {
  it.each(found.map(([name, query]) => [query, show(name), name] as const))(
    'by “%s” finds %s once',
    (query, _, name) => {
      expect(timesFound(subjectOf(name), query)).toBe(1)
    },
  )

  it.each(missed.map(([name, query]) => [query, show(name), name] as const))(
    'by “%s” does not find %s',
    (query, _, name) => {
      expect(timesFound(subjectOf(name), query)).toBe(0)
    },
  )

  it('has examples of at least sixty names', () => {
    expect(found.length + missed.length).toBeGreaterThanOrEqual(60)
  })
})

describe('a request number', () => {
  const subject: Subject = { words: allWords(wordsOfNumber('7ZK4-M2QP'), wordsOf('Havelland Getriebe')) }

  it.each(['7ZK4-M2QP', '7zk4-m2qp', '7ZK4 M2QP', '7zk4m2qp', '7ZK4–M2QP', '7zk4', '7ZK4-M2QP Havelland'])(
    'is found as “%s”',
    query => {
      expect(timesFound(subject, query)).toBe(1)
    },
  )

  it('without figures is found, too', () => {
    expect(timesFound({ words: wordsOfNumber('ABCD-EFGH') }, 'abcd-efgh')).toBe(1)
  })

  it.each([
    ['1000-2222', 'IOOO-2222'],
    ['1000-2222', 'looo-2222'],
  ])('%s is found as “%s”, because it contains no letter that looks like a figure', (number, query) => {
    expect(timesFound({ words: wordsOfNumber(number) }, query)).toBe(1)
  })

  it('is not found by another number with the same beginning', () => {
    expect(timesFound(subject, '7ZK4-M2QX')).toBe(0)
  })
})

describe('an address', () => {
  const subject: Subject = { words: wordsOf('Muster'), email: 'Erika.Muster@xn--mller-kva.example' }

  it.each([
    'Erika.Muster@xn--mller-kva.example',
    ' erika.muster@XN--MLLER-KVA.example ',
    'erika.muster@müller.example',
  ])('is found as “%s”', query => {
    expect(timesFound(subject, query)).toBe(1)
  })

  it.each(['erika@xn--mller-kva.example', 'erika.muster@xn--mller-kva.exampl'])(
    'is not found as “%s”',
    query => {
      expect(timesFound(subject, query)).toBe(0)
    },
  )
})

describe('the word that is looked up', () => {
  const first = (query: string) => {
    const sought = readQuery(query)
    return sought.kind === 'words' ? sought.words[0] : undefined
  }

  it.each([
    ['erika mustermann', 'mustermann'],
    ['Ott GmbH', 'ott'],
    ['Systems International Xu', 'xu'],
    ['GmbH', 'gmbh'],
    ['王 muster', 'muster'],
    ['株式会社 山田', '山田'],
  ])('of “%s” is “%s”: the longest one that few names have', (query, word) => {
    expect(first(query)).toBe(word)
  })

  it('is one of the first eight of a query', () => {
    const sought = readQuery('one two three four five six seven eight nineteen')
    expect(sought).toEqual({ kind: 'words', words: expect.not.arrayContaining(['nineteen']) })
  })
})

describe('entries', () => {
  const subject: Subject = {
    words: allWords(wordsOfNumber('7ZK4-M2QP'), wordsOfPerson({ firstName: 'Erika', lastName: 'Muster' })),
    email: 'erika@muster.example',
  }
  const entries = entriesOf('RFIS', 'rfi_1', subject, testHash)

  it('are one for each word and one for the address', () => {
    expect(entries).toHaveLength(4)
  })

  it('show neither names nor addresses', () => {
    expect(JSON.stringify(entries).toLowerCase()).not.toMatch(/erika|muster|7zk4|m2qp/)
  })

  it('of equal names in two scopes have nothing in common', () => {
    const others = entriesOf('REFERRALS#ptr_1', 'rfi_1', subject, testHash)
    const partsOf = ({ partition, path, roots }: (typeof entries)[number]) => [
      partition.split('#').at(-1) ?? '',
      ...(path.match(/[^~]{4}/g) ?? []),
      ...(roots.match(/.{4}/g) ?? []),
    ]
    const parts = new Set(others.flatMap(partsOf))
    expect(entries.flatMap(partsOf).filter(part => parts.has(part))).toEqual([])
  })

  it('of a name are at most 24; further words complete a query', () => {
    const company = ['Havelland', ...Array.from({ length: 30 }, (_, index) => `word${index}`)].join(' ')
    const long: Subject = { words: wordsOf(company) }
    expect(entriesOf('RFIS', 'rfi_1', long, testHash)).toHaveLength(24)
    expect(timesFound(long, 'havelland word29')).toBe(1)
  })
})

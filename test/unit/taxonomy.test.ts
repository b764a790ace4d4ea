/** Labels of codes, changes of the taxonomy, and validation of codes in requests. */
import { describe, expect, it } from 'vitest'
import { languages } from '../../shared/messaging/language/contract.ts'
import {
  type TaxonomyContent,
  type TaxonomyEntry,
  type TaxonomyList,
  taxonomyOperations,
} from '../../shared/program/taxonomy/contract.ts'
import {
  codeFaults,
  defaultTaxonomy,
  entryOf,
  findTaxonomyFaults,
  labelledFor,
  labelsFor,
  listFaults,
  reasonFaults,
} from '../../shared/program/taxonomy/rules.ts'

const { version: _, changedAt: __, changedBy: ___, ...lists } = defaultTaxonomy
const allEntries = Object.entries(lists) as [TaxonomyList, TaxonomyEntry[]][]

/** Returns the default taxonomy with some entries of a list changed. */
const withEntries = (
  list: TaxonomyList,
  change: (entries: readonly TaxonomyEntry[]) => readonly TaxonomyEntry[],
): TaxonomyContent => ({ ...lists, [list]: change(lists[list]) })

const changing = (code: string, changes: Partial<TaxonomyEntry>) => (entries: readonly TaxonomyEntry[]) =>
  entries.map(entry => (entry.code === code ? { ...entry, ...changes } : entry))

const retiring = (list: TaxonomyList, code: string) => withEntries(list, changing(code, { retired: true }))

describe('the default taxonomy', () => {
  it('is valid input for putTaxonomy', () => {
    expect(taxonomyOperations.putTaxonomy.body.safeParse(defaultTaxonomy).error).toBeUndefined()
    expect(findTaxonomyFaults(defaultTaxonomy, defaultTaxonomy)).toEqual([])
  })

  it('labels each code in each language, without duplicates in a list', () => {
    const others = languages.filter(language => language !== 'en')
    for (const [list, entries] of allEntries) {
      for (const { code, labels = {} } of entries)
        expect(Object.keys(labels), `${list} ${code}`).toEqual(expect.arrayContaining(others))
      for (const language of languages) {
        const labels = entries.map(labelsFor(language))
        expect(new Set(labels).size, `${list} in ${language}`).toBe(labels.length)
      }
    }
  })

  it('marks the neutral decline reasons and the misfit reasons', () => {
    const marked = (list: TaxonomyList, mark: 'neutral' | 'misfit' | 'notesRequired') =>
      (lists[list] as readonly TaxonomyEntry[]).filter(entry => entry[mark]).map(({ code }) => code)
    expect(marked('declineReasons', 'neutral')).toEqual(['not-a-customer', 'misrouted', 'duplicate', 'spam'])
    expect(marked('declineReasons', 'misfit')).toEqual(['not-our-field'])
    expect(marked('lossReasons', 'misfit')).toEqual(['requirements-not-met'])
    expect(marked('declineReasons', 'notesRequired')).toEqual(['other'])
    expect(marked('lossReasons', 'notesRequired')).toEqual(['other'])
  })
})

describe('labels follow the typography of their language', () => {
  const labelsIn = (language: string) => allEntries.flatMap(([, entries]) => entries.map(labelsFor(language)))

  it('French uses narrow no-break spaces, Chinese uses full-width punctuation, German uses no foreign quotes', () => {
    for (const label of labelsIn('fr')) expect(label).not.toMatch(/\d \d|[^\u202f][;:!?»]|['“”„"]/)
    for (const label of labelsIn('zh')) expect(label).not.toMatch(/\p{Script=Han}\s*[,.;:!?()]|["„«»]/u)
    for (const label of labelsIn('de')) expect(label).not.toMatch(/[”"«»‘']/)
  })
})

describe('labelsFor', () => {
  const entry: TaxonomyEntry = {
    code: 'x',
    label: 'Fallback',
    labels: { de: 'Deutsch', 'de-CH': 'Schweiz', 'zh-Hans': '简体', pt: 'Português' },
  }

  it.each([
    ['de-CH', 'Schweiz'],
    ['de-AT', 'Deutsch'],
    ['de', 'Deutsch'],
    ['zh-CN', '简体'],
    ['zh-TW', 'Fallback'],
    ['pt-BR', 'Português'],
    ['en-GB', 'Fallback'],
  ])(
    'returns for %s the label of the locale, or of a language and script that the reader knows: %s',
    (reader, label) => {
      expect(labelsFor(reader)(entry)).toBe(label)
    },
  )

  it('returns a different English label to readers of English', () => {
    expect(labelsFor('en-GB')({ ...entry, labels: { en: 'English' } })).toBe('English')
  })

  it('entryOf returns a label for retired and unknown codes', () => {
    const taxonomy = retiring('products', 'erp')
    expect(entryOf(taxonomy, 'products', 'erp').label).toBe('Enterprise resource planning (ERP)')
    expect(entryOf(taxonomy, 'products', 'abacus')).toEqual({ code: 'abacus', label: 'abacus' })
  })

  it('labelledFor returns each entry with its marks and one label', () => {
    const seen = labelledFor(retiring('declineReasons', 'spam'), 'de-AT')
    expect(taxonomyOperations.getTaxonomy.response.safeParse(seen).error).toBeUndefined()
    expect(seen.declineReasons).toContainEqual({
      code: 'spam',
      label: 'Spam oder Missbrauch',
      neutral: true,
      retired: true,
    })
  })
})

describe('findTaxonomyFaults', () => {
  const errorsOf = (next: TaxonomyContent, present: TaxonomyContent = lists) =>
    findTaxonomyFaults(next, present).map(({ pointer, code }) => [pointer, code])

  it('accepts labels, marks, a new order, retired entries and new entries', () => {
    const next = withEntries('industries', entries => [
      { code: 'mining', label: 'Mining', labels: { 'pt-BR': 'Mineração' } },
      ...changing('media', { label: 'Media', labels: {}, retired: true })(entries).toReversed(),
    ])
    expect(errorsOf(next)).toEqual([])
  })

  it('rejects the removal of a code, names it and suggests to retire it', () => {
    const next = withEntries('products', entries => entries.filter(({ code }) => code !== 'erp'))
    const [error, ...rest] = findTaxonomyFaults(next, lists)
    expect(rest).toEqual([])
    expect(error).toMatchObject({ pointer: '/products', code: 'code-removed' })
    expect(error?.detail).toMatch(/"erp".*"retired": true/)
    expect(errorsOf(next, next)).toEqual([])
  })

  it('rejects the removal of a retired code and accepts its reuse', () => {
    const retired = retiring('products', 'erp')
    expect(errorsOf(lists, retired)).toEqual([])
    expect(errorsOf({ ...retired, products: [] }, retired)).toContainEqual(['/products', 'code-removed'])
  })

  it('rejects a renamed code, because stored data would lose its label', () => {
    expect(errorsOf(withEntries('services', changing('training', { code: 'teaching' })))).toEqual([
      ['/services', 'code-removed'],
    ])
  })

  it('rejects a code that is twice in a list', () => {
    const next = withEntries('lossReasons', entries => [...entries, { code: 'budget', label: 'Money' }])
    expect(errorsOf(next)).toEqual([['/lossReasons/7/code', 'repeated']])
  })

  it('rejects lists without the entries that the program requires', () => {
    const sizes = withEntries('customerSizes', all => all.map(entry => ({ ...entry, retired: true })))
    expect(errorsOf(sizes)).toEqual([['/customerSizes', 'no-size-in-use']])
    expect(errorsOf(retiring('declineReasons', 'other'))).toEqual([
      ['/declineReasons', 'no-reason-with-notes'],
    ])
    expect(errorsOf(retiring('lossReasons', 'other'))).toEqual([['/lossReasons', 'no-reason-with-notes']])
    const instead = (reasons: TaxonomyContent) => ({
      ...reasons,
      lossReasons: [...reasons.lossReasons, { code: 'else', label: 'Something else', notesRequired: true }],
    })
    expect(errorsOf(instead(retiring('lossReasons', 'other')))).toEqual([])
  })

  it('accepts lists of tags without entries in use', () => {
    const tags = ['industries', 'products', 'services', 'solutions'] as const
    const none = Object.fromEntries(
      tags.map(list => [list, lists[list].map(entry => ({ ...entry, retired: true }))]),
    )
    expect(errorsOf({ ...lists, ...none })).toEqual([])
  })

  it('rejects contradictory marks', () => {
    expect(errorsOf(withEntries('declineReasons', changing('misrouted', { misfit: true })))).toEqual([
      ['/declineReasons/7', 'contradictory-marks'],
    ])
  })

  it('accepts marks only in the lists where they have an effect', () => {
    const accepts = (list: TaxonomyList, mark: object) =>
      taxonomyOperations.putTaxonomy.body.safeParse(
        withEntries(list, ([first, ...others]) => [{ ...first, ...mark } as TaxonomyEntry, ...others]),
      ).success
    expect(accepts('declineReasons', { neutral: true })).toBe(true)
    expect(accepts('lossReasons', { misfit: true })).toBe(true)
    expect(accepts('lossReasons', { neutral: true })).toBe(false)
    expect(accepts('products', { misfit: true })).toBe(false)
  })

  it('limits the entries of a list, the languages of a label and the total size', () => {
    const many = (count: number, labels = {}) =>
      Array.from({ length: count }, (_, index) => ({ code: `code-${index}`, label: 'Label', labels }))
    const accepts = (products: readonly TaxonomyEntry[]) =>
      taxonomyOperations.putTaxonomy.body.safeParse({ ...lists, products }).success
    const withProducts = (used: number, retired: number) => ({
      ...lists,
      products: [
        ...lists.products,
        ...many(used - lists.products.length),
        ...Array.from({ length: retired }, (_, index) => ({
          code: `old-${index}`,
          label: 'Old',
          retired: true,
        })),
      ],
    })
    expect(errorsOf(withProducts(500, 100))).toEqual([])
    expect(errorsOf(withProducts(501, 0))).toEqual([['/products', 'too-many-in-use']])
    const tagged = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, index) => [`de-${10000 + index}`, 'Wort']))
    expect([20, 21].map(count => accepts(many(1, tagged(count))))).toEqual([true, false])
    expect(accepts(many(1, { 'not a language': 'x' }))).toBe(false)
    // Otherwise two labels could be for the same language.
    expect(accepts(many(1, { iw: 'x' }))).toBe(false)
    expect(accepts(many(1, { DE: 'x' }))).toBe(false)
    expect(errorsOf({ ...lists, solutions: [...lists.solutions, ...many(480, tagged(20))] })).toEqual([
      ['', 'taxonomy-too-large'],
    ])
  })
})

describe('codeFaults', () => {
  const detailOf = (code: string) => codeFaults(lists, { solutions: [code] }, '/need')[0]?.detail

  it('returns the position of an unknown code', () => {
    const errors = codeFaults(lists, { products: ['erp', 'abacus'], services: ['training'] }, '/need')
    expect(errors).toEqual([
      {
        pointer: '/need/products/1',
        code: 'unknown-code',
        params: { value: 'abacus', list: 'products' },
        detail: 'Unknown code "abacus". Expected a code of the taxonomy list products.',
      },
    ])
  })

  it.each([
    ['complience', 'compliance'],
    ['e-comerce', 'e-commerce'],
    ['backup', 'backup-and-recovery'],
    ['internet-of-thing', 'internet-of-things'],
    ['supply-chains', 'supply-chain'],
  ])('%s is told apart from what was meant: %s', (put, meant) => {
    expect(detailOf(put)).toBe(
      `Unknown code "${put}". Expected a code of the taxonomy list solutions. Did you mean ${meant}?`,
    )
  })

  it('suggests at most three codes, the closest first, and no retired ones', () => {
    const codes = ['data-a', 'data-b', 'data-c', 'data-d', 'dates']
    const taxonomy = { ...lists, products: codes.map(code => ({ code, label: code })) }
    const [error] = codeFaults(taxonomy, { products: ['data'] }, '')
    expect(error?.detail).toMatch(/Did you mean data-a, data-b, or data-c\?$/)
    const [retired] = codeFaults(retiring('products', 'erp'), { products: ['erpp'] }, '')
    expect(retired?.detail).not.toContain('Did you mean')
  })

  it('makes suggestions only for the first three unknown codes, even when there are many codes', () => {
    const many = Array.from(
      { length: 500 },
      (_, index) => `${'x'.repeat(57)}${String(index).padStart(4, '0')}`,
    )
    const taxonomy = { ...lists, products: many.map(code => ({ code, label: code })) }
    const put = Array.from(
      { length: 50 },
      (_, index) => `${'x'.repeat(57)}y${String(index).padStart(3, '0')}`,
    )
    const details = codeFaults(taxonomy, { products: put }, '').map(({ detail }) => detail)
    expect(details).toHaveLength(50)
    expect(details.filter(detail => detail.includes('Did you mean'))).toHaveLength(3)
  })

  it('rejects a retired code unless the stored data already contains it', () => {
    const taxonomy = retiring('products', 'erp')
    const put = { products: ['crm', 'erp'] }
    expect(codeFaults(taxonomy, put, '')).toMatchObject([
      { pointer: '/products/1', code: 'retired-code', params: { value: 'erp', list: 'products' } },
    ])
    expect(codeFaults(taxonomy, put, '', { products: ['erp'] })).toEqual([])
    expect(codeFaults(taxonomy, put, '', { services: ['erp'] })).toHaveLength(1)
  })

  it('listFaults checks the codes of a field with another name', () => {
    const [error] = listFaults(lists, 'industries', ['health', 'helth'], '/preferences/excludedIndustries')
    expect(error).toMatchObject({ pointer: '/preferences/excludedIndustries/1', code: 'unknown-code' })
    expect(error?.detail).toContain('Did you mean health?')
  })
})

describe('reasonFaults', () => {
  it('requires notes for reasons that are marked so', () => {
    expect(reasonFaults(lists, 'lossReasons', { reason: 'other' })[0]?.pointer).toBe('/notes')
    expect(reasonFaults(lists, 'lossReasons', { reason: 'other', notes: 'Moved.' })).toEqual([])
  })

  it('requires a reason of the right list that is not retired', () => {
    const codeOf = (reason: string) =>
      reasonFaults(retiring('declineReasons', 'spam'), 'declineReasons', { reason }).map(({ code }) => code)
    expect(['budget', 'competitor', 'spam'].map(codeOf)).toEqual([[], ['unknown-code'], ['retired-code']])
  })
})

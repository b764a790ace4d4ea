/** What the program's codes are called, which taxonomy may follow on which, and which codes may be put in. */
import { describe, expect, it } from 'vitest'
import { languages } from '../../shared/messaging/language/contract.ts'
import {
  type TaxonomyContent,
  type TaxonomyEntry,
  type TaxonomyList,
  taxonomyOperations,
} from '../../shared/program/taxonomy/contract.ts'
import {
  codeErrors,
  defaultTaxonomy,
  entryOf,
  labelledFor,
  labelsFor,
  listErrors,
  reasonErrors,
  taxonomyErrors,
} from '../../shared/program/taxonomy/rules.ts'

const { version: _, changedAt: __, changedBy: ___, ...lists } = defaultTaxonomy
const allEntries = Object.entries(lists) as [TaxonomyList, TaxonomyEntry[]][]

/** The fresh program's taxonomy with some entries of a list changed. */
const withEntries = (
  list: TaxonomyList,
  change: (entries: readonly TaxonomyEntry[]) => readonly TaxonomyEntry[],
): TaxonomyContent => ({ ...lists, [list]: change(lists[list]) })

const changing = (code: string, changes: Partial<TaxonomyEntry>) => (entries: readonly TaxonomyEntry[]) =>
  entries.map(entry => (entry.code === code ? { ...entry, ...changes } : entry))

const retiring = (list: TaxonomyList, code: string) => withEntries(list, changing(code, { retired: true }))

describe('the taxonomy of a fresh program', () => {
  it('may be put as it is', () => {
    expect(taxonomyOperations.putTaxonomy.body.safeParse(defaultTaxonomy).error).toBeUndefined()
    expect(taxonomyErrors(defaultTaxonomy, defaultTaxonomy)).toEqual([])
  })

  it('labels each code in each language, once', () => {
    const others = languages.filter(language => language !== 'en')
    for (const [list, entries] of allEntries) {
      for (const { code, labels = {} } of entries)
        expect(Object.keys(labels).toSorted(), `${list} ${code}`).toEqual(others.toSorted())
      for (const language of languages) {
        const said = entries.map(labelsFor(language))
        expect(new Set(said).size, `${list} in ${language}`).toBe(said.length)
      }
    }
  })

  it('says which declines say nothing of the partner, and which reasons say that it did not fit', () => {
    const marked = (list: TaxonomyList, mark: 'neutral' | 'misfit' | 'notesRequired') =>
      (lists[list] as readonly TaxonomyEntry[]).filter(entry => entry[mark]).map(({ code }) => code)
    expect(marked('declineReasons', 'neutral')).toEqual(['not-a-customer', 'misrouted', 'duplicate', 'spam'])
    expect(marked('declineReasons', 'misfit')).toEqual(['not-our-field'])
    expect(marked('lossReasons', 'misfit')).toEqual(['requirements-not-met'])
    expect(marked('declineReasons', 'notesRequired')).toEqual(['other'])
    expect(marked('lossReasons', 'notesRequired')).toEqual(['other'])
  })
})

describe('each language has its own signs in labels', () => {
  const said = (language: string) => allEntries.flatMap(([, entries]) => entries.map(labelsFor(language)))

  it('French has a narrow space within numbers, Chinese wide signs, and none has quotes that turn', () => {
    for (const label of said('fr')) expect(label).not.toMatch(/\d \d|[^\u202f][;:!?»]|['“”„"]/)
    for (const label of said('zh')) expect(label).not.toMatch(/\p{Script=Han}\s*[,.;:!?()]|["„«»]/u)
    for (const label of said('de')) expect(label).not.toMatch(/[”"«»‘']/)
  })
})

describe('a label', () => {
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
  ])('for %s is of their locale, else of a language and script that they read: %s', (reader, label) => {
    expect(labelsFor(reader)(entry)).toBe(label)
  })

  it('of English that is not the fallback’s is what readers of English get', () => {
    expect(labelsFor('en-GB')({ ...entry, labels: { en: 'English' } })).toBe('English')
  })

  it('is there for what is retired, and for a code that nobody knows', () => {
    const taxonomy = retiring('products', 'erp')
    expect(entryOf(taxonomy, 'products', 'erp').label).toBe('Enterprise resource planning (ERP)')
    expect(entryOf(taxonomy, 'products', 'abacus')).toEqual({ code: 'abacus', label: 'abacus' })
  })

  it('stands in each entry that anyone sees, beside its marks and without the other languages', () => {
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

describe('a taxonomy that follows on another', () => {
  const errorsOf = (next: TaxonomyContent, present: TaxonomyContent = lists) =>
    taxonomyErrors(next, present).map(({ pointer, code }) => [pointer, code])

  it('may label, mark, order and retire what is there, and add to it', () => {
    const next = withEntries('industries', entries => [
      { code: 'mining', label: 'Mining', labels: { 'pt-BR': 'Mineração' } },
      ...changing('media', { label: 'Media', labels: {}, retired: true })(entries).toReversed(),
    ])
    expect(errorsOf(next)).toEqual([])
  })

  it('may not lose a code: it is named, and can be retired', () => {
    const next = withEntries('products', entries => entries.filter(({ code }) => code !== 'erp'))
    const [error, ...rest] = taxonomyErrors(next, lists)
    expect(rest).toEqual([])
    expect(error).toMatchObject({ pointer: '/products', code: 'code-removed' })
    expect(error?.detail).toMatch(/"erp".*"retired": true/)
    expect(errorsOf(next, next)).toEqual([])
  })

  it('may not lose a retired code either, and may take it up again', () => {
    const retired = retiring('products', 'erp')
    expect(errorsOf(lists, retired)).toEqual([])
    expect(errorsOf({ ...retired, products: [] }, retired)).toContainEqual(['/products', 'code-removed'])
  })

  it('may not rename a code, since what was written with it would lose its label', () => {
    expect(errorsOf(withEntries('services', changing('training', { code: 'teaching' })))).toEqual([
      ['/services', 'code-removed'],
    ])
  })

  it('names each code once in a list', () => {
    const next = withEntries('lossReasons', entries => [...entries, { code: 'budget', label: 'Money' }])
    expect(errorsOf(next)).toEqual([['/lossReasons/7/code', 'repeated']])
  })

  it('keeps what the program cannot do without', () => {
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

  it('may have no tags in use: nobody must be described with any', () => {
    const tags = ['industries', 'products', 'services', 'solutions'] as const
    const none = Object.fromEntries(
      tags.map(list => [list, lists[list].map(entry => ({ ...entry, retired: true }))]),
    )
    expect(errorsOf({ ...lists, ...none })).toEqual([])
  })

  it('contradicts itself in no mark', () => {
    expect(errorsOf(withEntries('declineReasons', changing('misrouted', { misfit: true })))).toEqual([
      ['/declineReasons/7', 'contradictory-marks'],
    ])
  })

  it('marks only what its marks count for', () => {
    const accepts = (list: TaxonomyList, mark: object) =>
      taxonomyOperations.putTaxonomy.body.safeParse(
        withEntries(list, ([first, ...others]) => [{ ...first, ...mark } as TaxonomyEntry, ...others]),
      ).success
    expect(accepts('declineReasons', { neutral: true })).toBe(true)
    expect(accepts('lossReasons', { misfit: true })).toBe(true)
    expect(accepts('lossReasons', { neutral: true })).toBe(false)
    expect(accepts('products', { misfit: true })).toBe(false)
  })

  it('is bounded: entries of a list in use, languages of a label, and bytes in all', () => {
    const many = (count: number, labels = {}) =>
      Array.from({ length: count }, (_, index) => ({ code: `code-${index}`, label: 'Label', labels }))
    const accepts = (products: readonly TaxonomyEntry[]) =>
      taxonomyOperations.putTaxonomy.body.safeParse({ ...lists, products }).success
    const of = (used: number, retired: number) => ({
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
    expect(errorsOf(of(500, 100))).toEqual([])
    expect(errorsOf(of(501, 0))).toEqual([['/products', 'too-many-in-use']])
    const tagged = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, index) => [`de-x-${100 + index}`, 'Wort']))
    expect([20, 21].map(count => accepts(many(1, tagged(count))))).toEqual([true, false])
    expect(accepts(many(1, { 'not a language': 'x' }))).toBe(false)
    expect(errorsOf({ ...lists, solutions: [...lists.solutions, ...many(480, tagged(20))] })).toEqual([
      ['', 'taxonomy-too-large'],
    ])
  })
})

describe('a code that is put in', () => {
  const detailOf = (code: string) => codeErrors(lists, { solutions: [code] }, '/need')[0]?.detail

  it('is named where it stands if there is no such code', () => {
    const errors = codeErrors(lists, { products: ['erp', 'abacus'], services: ['training'] }, '/need')
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

  it('is met with a few suggestions at most, the closest first, and with none that are retired', () => {
    const codes = ['data-a', 'data-b', 'data-c', 'data-d', 'dates']
    const taxonomy = { ...lists, products: codes.map(code => ({ code, label: code })) }
    const [error] = codeErrors(taxonomy, { products: ['data'] }, '')
    expect(error?.detail).toMatch(/Did you mean data-a, data-b, or data-c\?$/)
    const [retired] = codeErrors(retiring('products', 'erp'), { products: ['erpp'] }, '')
    expect(retired?.detail).not.toContain('Did you mean')
  })

  it('is met with suggestions for the first few alone, and at once however many codes there are', () => {
    const many = Array.from(
      { length: 500 },
      (_, index) => `${'x'.repeat(57)}${String(index).padStart(4, '0')}`,
    )
    const taxonomy = { ...lists, products: many.map(code => ({ code, label: code })) }
    const put = Array.from(
      { length: 50 },
      (_, index) => `${'x'.repeat(57)}y${String(index).padStart(3, '0')}`,
    )
    const details = codeErrors(taxonomy, { products: put }, '').map(({ detail }) => detail)
    expect(details).toHaveLength(50)
    expect(details.filter(detail => detail.includes('Did you mean'))).toHaveLength(3)
  })

  it('is refused once it is retired, but where it stands already', () => {
    const taxonomy = retiring('products', 'erp')
    const put = { products: ['crm', 'erp'] }
    expect(codeErrors(taxonomy, put, '')).toMatchObject([
      { pointer: '/products/1', code: 'retired-code', params: { value: 'erp', list: 'products' } },
    ])
    expect(codeErrors(taxonomy, put, '', { products: ['erp'] })).toEqual([])
    expect(codeErrors(taxonomy, put, '', { services: ['erp'] })).toHaveLength(1)
  })

  it('may stand in a field of another name', () => {
    const [error] = listErrors(lists, 'industries', ['health', 'helth'], '/preferences/excludedIndustries')
    expect(error).toMatchObject({ pointer: '/preferences/excludedIndustries/1', code: 'unknown-code' })
    expect(error?.detail).toContain('Did you mean health?')
  })
})

describe('a reason', () => {
  it('that says too little needs notes', () => {
    expect(reasonErrors(lists, 'lossReasons', { reason: 'other' })[0]?.pointer).toBe('/notes')
    expect(reasonErrors(lists, 'lossReasons', { reason: 'other', notes: 'Moved.' })).toEqual([])
  })

  it('must stand in its list, and be in use', () => {
    const codeOf = (reason: string) =>
      reasonErrors(retiring('declineReasons', 'spam'), 'declineReasons', { reason }).map(({ code }) => code)
    expect(['budget', 'competitor', 'spam'].map(codeOf)).toEqual([[], ['unknown-code'], ['retired-code']])
  })
})

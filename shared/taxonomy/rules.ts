/** The taxonomy of a fresh program, and what is wrong with codes that it does not hold. */
import type { FieldError } from '../platform/contract.ts'
import type { Taxonomy, TaxonomyContent, TaxonomyList } from './contract.ts'
import codes from './default.json' with { type: 'json' }

/** The taxonomy of a fresh program. */
export const defaultTaxonomy: Taxonomy = { version: 1, changedAt: null, changedBy: null, ...codes }

type Codes = Partial<Record<TaxonomyList, readonly string[]>>

/**
 * The codes that the taxonomy does not hold, as errors of the fields they stand in.
 * @param at the JSON pointer of the object whose lists are named after the taxonomy's
 */
export const unknownCodes = (taxonomy: TaxonomyContent, codes: Codes, at: string): FieldError[] =>
  (Object.keys(codes) as TaxonomyList[]).flatMap(list =>
    (codes[list] ?? []).flatMap((code, index) =>
      isKnown(taxonomy, list, code) ? [] : [unknownCode(taxonomy, list, code, `${at}/${list}/${index}`)],
    ),
  )

export const isKnown = (taxonomy: TaxonomyContent, list: TaxonomyList, code: string): boolean =>
  taxonomy[list].some(entry => entry.code === code)

export const unknownCode = (
  taxonomy: TaxonomyContent,
  list: TaxonomyList,
  code: string,
  pointer: string,
): FieldError => ({
  pointer,
  code: 'unknown-code',
  detail: `${code} is none of ${taxonomy[list].map(entry => entry.code).join(', ')}`,
})

/** What is wrong with a reason and its notes; `at` is the pointer of the object that holds both. */
export const reasonErrors = (
  taxonomy: TaxonomyContent,
  list: 'declineReasons' | 'lossReasons',
  { reason, notes }: { reason: string; notes?: string | undefined },
): FieldError[] => {
  const entry = taxonomy[list].find(({ code }) => code === reason)
  if (!entry) return [unknownCode(taxonomy, list, reason, '/reason')]
  if (entry.needsNotes && !notes)
    return [{ pointer: '/notes', code: 'required', detail: `the reason ${reason} needs notes` }]
  return []
}

/** Decisions about the taxonomy: the default, errors of a new one, errors of codes, and labels. */
import type { Fault } from '../../kernel/errors.ts'
import { commonFaults, faults } from '../../kernel/faults.ts'
import { checkAll, checkEach, ifValid } from '../../kernel/partial-input.ts'
import { similarWords } from '../../text/edit-distance.ts'
import { type LanguagePreference, nearness, preferredAmong } from '../../text/locale.ts'
import {
  type LabelledTaxonomy,
  type TagList,
  type Taxonomy,
  type TaxonomyContent,
  type TaxonomyEntry,
  type TaxonomyList,
  taxonomyFaults,
} from './contract.ts'
import codes from './default.json' with { type: 'json' }

/** The taxonomy of a new program. */
export const defaultTaxonomy: Taxonomy = { version: 1, changedAt: null, changedBy: null, ...codes }

const lists = Object.keys(codes) as TaxonomyList[]

/** Returns the entries of a list in the widest type: lists differ in the marks of their entries. */
const entriesOf = (taxonomy: TaxonomyContent, list: TaxonomyList): readonly TaxonomyEntry[] => taxonomy[list]

const fault = faults({ ...commonFaults, ...taxonomyFaults })

/** Returns the faults of a taxonomy that replaces another one. Invalid parts of it may be holes. */
export const findTaxonomyFaults = (next: TaxonomyContent, present: TaxonomyContent): Fault[] =>
  checkAll(
    ...lists.flatMap(list => [
      () => tooManyFaults(next, list),
      () => repeatFaults(next, list),
      () => lostFaults(next, present, list),
      () => markFaults(next, list),
    ]),
    () => customerSizeFaults(next),
    () => noReasonFaults(next, 'declineReasons'),
    () => noReasonFaults(next, 'lossReasons'),
    () => sizeFaults(next),
  )

/** Maximum number of entries in use per list. Retired ones do not count. */
const maxInUse = 500

const tooManyFaults = (next: TaxonomyContent, list: TaxonomyList): Fault[] => {
  const actual = entriesOf(next, list).filter(inUse).length
  return actual <= maxInUse ? [] : [fault('too-many-in-use', `/${list}`, { actual, maximum: maxInUse })]
}

const repeatFaults = (next: TaxonomyContent, list: TaxonomyList): Fault[] => {
  const seen = entriesOf(next, list).map(({ code }) => code)
  return seen.flatMap((code, index) =>
    seen.indexOf(code) === index ? [] : [fault('repeated', `/${list}/${index}/code`, { value: code })],
  )
}

/** Codes must not disappear, because profiles, referrals and events keep them. They can be retired. */
const lostFaults = (next: TaxonomyContent, present: TaxonomyContent, list: TaxonomyList): Fault[] => {
  const kept = new Set(entriesOf(next, list).map(({ code }) => code))
  return entriesOf(present, list).flatMap(({ code }) =>
    kept.has(code) ? [] : [fault('code-removed', `/${list}`, { value: code })],
  )
}

const markFaults = (next: TaxonomyContent, list: TaxonomyList): Fault[] =>
  checkEach(entriesOf(next, list), ({ neutral, misfit }, index) =>
    neutral && misfit ? [fault('contradictory-marks', `/${list}/${index}`)] : [],
  )

/** Each customer of an RFI has a size. */
const customerSizeFaults = ({ customerSizes }: TaxonomyContent): Fault[] =>
  customerSizes.some(inUse) ? [] : [fault('no-size-in-use', '/customerSizes')]

/** A partner that declines or loses a referral needs a reason for a case that no list foresees. */
const noReasonFaults = (next: TaxonomyContent, list: 'declineReasons' | 'lossReasons'): Fault[] =>
  next[list].some(reason => inUse(reason) && reason.notesRequired)
    ? []
    : [fault('no-reason-with-notes', `/${list}`)]

/** Maximum size in bytes of JSON: half of DynamoDB's limit for an item, and many times the default taxonomy. */
const largest = 200_000

const sizeFaults = (next: TaxonomyContent): Fault[] => {
  const size = new TextEncoder().encode(JSON.stringify(next)).length
  return size <= largest ? [] : [fault('taxonomy-too-large', '', { actual: size, maximum: largest })]
}

/** Returns the four lists of codes of a profile or need, without its other fields. */
export const tagsIn = <T extends { readonly [L in TagList]: unknown }>({
  industries,
  products,
  services,
  solutions,
}: T): Pick<T, TagList> => ({ industries, products, services, solutions })

export const inUse = ({ retired }: Pick<TaxonomyEntry, 'retired'>): boolean => !retired

type Labelled = Pick<TaxonomyEntry, 'label' | 'labels'>

/**
 * Returns a function that chooses the label of an entry for a reader.
 * @param reader the reader's locale, BCP 47
 */
export const labelsFor = (reader: string): ((entry: Labelled) => string) => {
  const cache = new Map<string, number>()
  const near = (tag: string): number => {
    const value = cache.get(tag) ?? nearness(reader, tag)
    cache.set(tag, value)
    return value
  }
  return ({ label, labels = {} }) => {
    const [best] = Object.keys(labels).toSorted((a, b) => near(b) - near(a))
    return best !== undefined && near(best) > 0 ? (labels[best] ?? label) : label
  }
}

/**
 * Returns the locale of the labels for a reader, so that all labels are in one language. English stands for the labels
 * without a locale.
 */
export const labelLocaleFor = (taxonomy: TaxonomyContent, reader: LanguagePreference): string => {
  const locales = lists.flatMap(list =>
    entriesOf(taxonomy, list).flatMap(({ labels = {} }) => Object.keys(labels)),
  )
  return preferredAmong(reader, [...new Set(['en', ...locales])]) ?? 'en'
}

/** Returns the taxonomy with labels for a reader. @param reader the reader's locale, BCP 47 */
export const labelledFor = (taxonomy: TaxonomyContent, reader: string): LabelledTaxonomy => {
  const labelOf = labelsFor(reader)
  const labelled = lists.map(list => [
    list,
    entriesOf(taxonomy, list).map(({ labels, ...entry }) => ({
      ...entry,
      label: labelOf({ ...entry, labels }),
    })),
  ])
  return Object.fromEntries(labelled)
}

/** Returns the entry of a code. An unknown code gets an entry with the code as label. */
export const entryOf = (taxonomy: TaxonomyContent, list: TaxonomyList, code: string): TaxonomyEntry =>
  find(taxonomy, list, code) ?? { code, label: code }

const find = (taxonomy: TaxonomyContent, list: TaxonomyList, code: string): TaxonomyEntry | undefined =>
  entriesOf(taxonomy, list).find(entry => entry.code === code)

type Codes = Partial<Record<TaxonomyList, readonly string[]>>

/**
 * Returns the faults of codes in input: unknown codes and retired ones.
 * @param at JSON pointer of the object whose lists have the names of the taxonomy's lists
 * @param held codes that are stored already; they are always allowed
 */
export const codeFaults = (taxonomy: TaxonomyContent, put: Codes, at: string, held: Codes = {}): Fault[] =>
  checkAll(...lists.map(list => () => listFaults(taxonomy, list, put[list], `${at}/${list}`, held[list])))

/** Number of unknown codes per list for which similar codes are looked up, to limit the work. */
const maxHinted = 3

/** As `codeFaults`, for one list in a field of any name. */
export const listFaults = (
  taxonomy: TaxonomyContent,
  list: TaxonomyList,
  put: readonly string[] = [],
  pointer: string,
  held: readonly string[] = [],
): Fault[] => {
  let unknown = 0
  return checkEach(put, (code, index) => {
    if (held.includes(code)) return []
    const entry = find(taxonomy, list, code)
    const at = `${pointer}/${index}`
    return entry
      ? retiredError(entry, list, at)
      : unknownError(taxonomy, list, code, at, unknown++ < maxHinted)
  })
}

/** As `codeFaults`, for one code. */
export const codeError = (
  taxonomy: TaxonomyContent,
  list: TaxonomyList,
  code: string,
  pointer: string,
): Fault[] => {
  const entry = find(taxonomy, list, code)
  return entry ? retiredError(entry, list, pointer) : unknownError(taxonomy, list, code, pointer, true)
}

const retiredError = (entry: TaxonomyEntry, list: TaxonomyList, pointer: string): Fault[] =>
  inUse(entry) ? [] : [fault('retired-code', pointer, { value: entry.code, list })]

/** Maximum number of suggested codes. */
const mostClose = 3

const unknownError = (
  taxonomy: TaxonomyContent,
  list: TaxonomyList,
  code: string,
  pointer: string,
  isHinted: boolean,
): Fault[] => {
  const close = isHinted ? similarWords(code, codesInUse(taxonomy, list), mostClose) : []
  const suggestions = close.length > 0 ? close : undefined
  return [fault('unknown-code', pointer, { value: code, list, suggestions })]
}

const codesInUse = (taxonomy: TaxonomyContent, list: TaxonomyList): string[] =>
  entriesOf(taxonomy, list)
    .filter(inUse)
    .map(({ code }) => code)

/** Returns the faults of a reason and its notes. Invalid parts of them may be holes. */
export const reasonFaults = (
  taxonomy: TaxonomyContent,
  list: 'declineReasons' | 'lossReasons',
  given: { reason: string; notes?: string | undefined },
): Fault[] => {
  const reason = ifValid(() => given.reason)
  if (reason === undefined) return []
  const errors = codeError(taxonomy, list, reason, '/reason')
  if (errors.length > 0) return errors
  return checkAll(() =>
    find(taxonomy, list, reason)?.notesRequired && !given.notes
      ? [fault('notes-required', '/notes', { reason })]
      : [],
  )
}

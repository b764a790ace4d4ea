/** Decisions about the taxonomy: the default, errors of a new one, errors of codes, and labels. */
import type { FieldError } from '../../kernel/errors.ts'
import { editDistance } from '../../text/edit-distance.ts'
import { nearness } from '../../text/locale.ts'
import type {
  LabelledTaxonomy,
  TagList,
  Taxonomy,
  TaxonomyContent,
  TaxonomyEntry,
  TaxonomyList,
} from './contract.ts'
import codes from './default.json' with { type: 'json' }

/** The taxonomy of a new program. */
export const defaultTaxonomy: Taxonomy = { version: 1, changedAt: null, changedBy: null, ...codes }

const lists = Object.keys(codes) as TaxonomyList[]

/** Returns the entries of a list in the widest type: lists differ in the marks of their entries. */
const entriesOf = (taxonomy: TaxonomyContent, list: TaxonomyList): readonly TaxonomyEntry[] => taxonomy[list]

const error = (pointer: string, code: string, detail: string): FieldError => ({ pointer, code, detail })

/** Returns the errors of a taxonomy that matches its schema and would replace the present one. */
export const taxonomyErrors = (next: TaxonomyContent, present: TaxonomyContent): FieldError[] => [
  ...lists.flatMap(list => [
    ...tooManyErrors(next, list),
    ...repeatErrors(next, list),
    ...lostErrors(next, present, list),
    ...markErrors(next, list),
  ]),
  ...needErrors(next),
  ...sizeErrors(next),
]

/** Maximum number of entries in use per list. Retired ones do not count. */
const maxInUse = 500

const tooManyErrors = (next: TaxonomyContent, list: TaxonomyList): FieldError[] =>
  entriesOf(next, list).filter(inUse).length <= maxInUse
    ? []
    : [error(`/${list}`, 'too-big', `at most ${maxInUse} can be in use: retire some`)]

const repeatErrors = (next: TaxonomyContent, list: TaxonomyList): FieldError[] => {
  const listCodes = entriesOf(next, list).map(({ code }) => code)
  return listCodes.flatMap((code, index) =>
    listCodes.indexOf(code) === index
      ? []
      : [error(`/${list}/${index}/code`, 'repeated', `there is a code ${code} already`)],
  )
}

/** Codes must not disappear, because profiles, referrals and events keep them. They can be retired. */
const lostErrors = (next: TaxonomyContent, present: TaxonomyContent, list: TaxonomyList): FieldError[] => {
  const kept = new Set(entriesOf(next, list).map(({ code }) => code))
  return entriesOf(present, list).flatMap(({ code }) =>
    kept.has(code)
      ? []
      : [
          error(
            `/${list}`,
            'code-lost',
            `${code} may stand in profiles and referrals: keep it, with retired: true`,
          ),
        ],
  )
}

const markErrors = (next: TaxonomyContent, list: TaxonomyList): FieldError[] =>
  entriesOf(next, list).flatMap(({ neutral, misfit }, index) =>
    neutral && misfit
      ? [error(`/${list}/${index}`, 'contradictory', 'what says nothing of the partner is no misfit')]
      : [],
  )

/**
 * Checks for required entries: a customer size, because every RFI has one, and in each list of reasons one that takes
 * notes, for reasons that the list does not have.
 */
const needErrors = ({ customerSizes, declineReasons, lossReasons }: TaxonomyContent): FieldError[] => [
  ...(customerSizes.some(inUse)
    ? []
    : [error('/customerSizes', 'required', 'every customer has a size: one must be in use')]),
  ...Object.entries({ declineReasons, lossReasons }).flatMap(([list, reasons]) =>
    reasons.some(reason => inUse(reason) && reason.notesRequired)
      ? []
      : [
          error(
            `/${list}`,
            'required',
            'one with notesRequired must be in use, for reasons that no other states',
          ),
        ],
  ),
]

/** Maximum size in bytes of JSON: half of DynamoDB's limit for an item, and many times the default taxonomy. */
const largest = 200_000

const sizeErrors = (next: TaxonomyContent): FieldError[] => {
  const size = new TextEncoder().encode(JSON.stringify(next)).length
  return size <= largest
    ? []
    : [error('', 'too-big', `takes ${size} bytes as JSON, and must take at most ${largest}`)]
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
 * Returns the errors of codes in input: unknown codes and retired ones.
 * @param at JSON pointer of the object whose lists have the names of the taxonomy's lists
 * @param held codes that are stored already; they are always allowed
 */
export const codeErrors = (
  taxonomy: TaxonomyContent,
  put: Codes,
  at: string,
  held: Codes = {},
): FieldError[] => lists.flatMap(list => listErrors(taxonomy, list, put[list], `${at}/${list}`, held[list]))

/** Number of unknown codes per list for which similar codes are looked up, to limit the work. */
const maxHinted = 3

/** As `codeErrors`, for one list in a field of any name. */
export const listErrors = (
  taxonomy: TaxonomyContent,
  list: TaxonomyList,
  put: readonly string[] = [],
  pointer: string,
  held: readonly string[] = [],
): FieldError[] => {
  let unknown = 0
  return put.flatMap((code, index) => {
    if (held.includes(code)) return []
    const entry = find(taxonomy, list, code)
    const at = `${pointer}/${index}`
    return entry ? retiredError(entry, at) : unknownError(taxonomy, list, code, at, unknown++ < maxHinted)
  })
}

/** As `codeErrors`, for one code. */
export const codeError = (
  taxonomy: TaxonomyContent,
  list: TaxonomyList,
  code: string,
  pointer: string,
): FieldError[] => {
  const entry = find(taxonomy, list, code)
  return entry ? retiredError(entry, pointer) : unknownError(taxonomy, list, code, pointer, true)
}

const retiredError = (entry: TaxonomyEntry, pointer: string): FieldError[] =>
  inUse(entry) ? [] : [error(pointer, 'retired-code', `${entry.code} is taken no more: choose another`)]

const unknownError = (
  taxonomy: TaxonomyContent,
  list: TaxonomyList,
  code: string,
  pointer: string,
  isHinted: boolean,
): FieldError[] => {
  const close = isHinted ? closeCodes(taxonomy, list, code) : []
  const hint = close.length > 0 ? `did you mean ${close.join(' or ')}?` : 'GET /v1/taxonomy has them all'
  return [error(pointer, 'unknown-code', `${code} is no code of ${list}: ${hint}`)]
}

/** Maximum number of suggested codes. */
const maxCandidates = 3

/** Returns the codes in use that are similar to an unknown one, closest first: by edit distance, or one contains the other. */
const closeCodes = (taxonomy: TaxonomyContent, list: TaxonomyList, code: string): string[] => {
  const isPart = (other: string) => code.length > 2 && (other.includes(code) || code.includes(other))
  const maxSlips = Math.max(1, Math.floor(code.length / 3))
  return entriesOf(taxonomy, list)
    .filter(inUse)
    .map(entry => ({
      code: entry.code,
      slips: isPart(entry.code) ? 1 : editDistance(code, entry.code, maxSlips),
    }))
    .filter(({ slips }) => slips <= maxSlips)
    .toSorted((a, b) => a.slips - b.slips)
    .slice(0, maxCandidates)
    .map(close => close.code)
}

/** Returns the errors of a reason and its notes. */
export const reasonErrors = (
  taxonomy: TaxonomyContent,
  list: 'declineReasons' | 'lossReasons',
  { reason, notes }: { reason: string; notes?: string | undefined },
): FieldError[] => {
  const errors = codeError(taxonomy, list, reason, '/reason')
  if (errors.length > 0) return errors
  if (find(taxonomy, list, reason)?.notesRequired && !notes)
    return [error('/notes', 'required', `the reason ${reason} needs notes`)]
  return []
}

/** The taxonomy of a fresh program, what another may say, and what is wrong with codes that do not stand in it. */
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

/** The taxonomy of a fresh program. */
export const defaultTaxonomy: Taxonomy = { version: 1, changedAt: null, changedBy: null, ...codes }

const lists = Object.keys(codes) as TaxonomyList[]

/** Of any list: not each has every mark. */
const entriesOf = (taxonomy: TaxonomyContent, list: TaxonomyList): readonly TaxonomyEntry[] => taxonomy[list]

const error = (pointer: string, code: string, detail: string): FieldError => ({ pointer, code, detail })

/** What is wrong with a taxonomy that is well-formed and to follow on another. */
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

/** So many entries of a list can be in use; those that are retired stay beside them. */
const maxInUse = 500

const tooManyErrors = (next: TaxonomyContent, list: TaxonomyList): FieldError[] =>
  entriesOf(next, list).filter(inUse).length <= maxInUse
    ? []
    : [error(`/${list}`, 'too-big', `at most ${maxInUse} can be in use: retire some`)]

const repeatErrors = (next: TaxonomyContent, list: TaxonomyList): FieldError[] => {
  const seen = entriesOf(next, list).map(({ code }) => code)
  return seen.flatMap((code, index) =>
    seen.indexOf(code) === index
      ? []
      : [error(`/${list}/${index}/code`, 'repeated', `there is a code ${code} already`)],
  )
}

/** Profiles, referrals and events hold codes for good. */
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

/** What cannot be done without: an RFI names a size, and whoever declines or loses has a reason that no list foresaw. */
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

/** In bytes of JSON: half of what an item may take, and many times what four languages take. */
const largest = 200_000

const sizeErrors = (next: TaxonomyContent): FieldError[] => {
  const size = new TextEncoder().encode(JSON.stringify(next)).length
  return size <= largest
    ? []
    : [error('', 'too-big', `takes ${size} bytes as JSON, and must take at most ${largest}`)]
}

/** What something is described with, and nothing else of it. */
export const tagsIn = <T extends { readonly [L in TagList]: unknown }>({
  industries,
  products,
  services,
  solutions,
}: T): Pick<T, TagList> => ({ industries, products, services, solutions })

export const inUse = ({ retired }: Pick<TaxonomyEntry, 'retired'>): boolean => !retired

type Labelled = Pick<TaxonomyEntry, 'label' | 'labels'>

/** What entries are called, for a reader of a locale (BCP 47). */
export const labelsFor = (reader: string): ((entry: Labelled) => string) => {
  const known = new Map<string, number>()
  const near = (tag: string): number => {
    const distance = known.get(tag) ?? nearness(reader, tag)
    known.set(tag, distance)
    return distance
  }
  return ({ label, labels = {} }) => {
    const [best] = Object.keys(labels).toSorted((a, b) => near(b) - near(a))
    return best !== undefined && near(best) > 0 ? (labels[best] ?? label) : label
  }
}

/** The taxonomy as a reader of a locale (BCP 47) sees it. */
export const labelledFor = (taxonomy: TaxonomyContent, reader: string): LabelledTaxonomy => {
  const labelOf = labelsFor(reader)
  const shown = lists.map(list => [
    list,
    entriesOf(taxonomy, list).map(({ labels, ...entry }) => ({
      ...entry,
      label: labelOf({ ...entry, labels }),
    })),
  ])
  return Object.fromEntries(shown)
}

/** What a code is called; one that the taxonomy does not hold is its own label. */
export const entryOf = (taxonomy: TaxonomyContent, list: TaxonomyList, code: string): TaxonomyEntry =>
  find(taxonomy, list, code) ?? { code, label: code }

const find = (taxonomy: TaxonomyContent, list: TaxonomyList, code: string): TaxonomyEntry | undefined =>
  entriesOf(taxonomy, list).find(entry => entry.code === code)

type Codes = Partial<Record<TaxonomyList, readonly string[]>>

/**
 * What is wrong with codes that somebody puts in: those that there are not, and those that are retired.
 * @param at the JSON pointer of the object whose lists are named after the taxonomy's
 * @param held what stands there already, and may stay
 */
export const codeErrors = (
  taxonomy: TaxonomyContent,
  put: Codes,
  at: string,
  held: Codes = {},
): FieldError[] => lists.flatMap(list => listErrors(taxonomy, list, put[list], `${at}/${list}`, held[list]))

/** For so many unknown codes of a list it is worked out what may have been meant. */
const maxHinted = 3

/** The same of one list's codes, in a field of another name. */
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

/** The same of one code. */
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

/** So many codes are suggested. */
const maxCandidates = 3

/** The codes in use that somebody may have meant, the closest first: a slip of the keys, or a part of the code. */
const closeCodes = (taxonomy: TaxonomyContent, list: TaxonomyList, code: string): string[] => {
  const isPart = (other: string) => code.length > 2 && (other.includes(code) || code.includes(other))
  const most = Math.max(1, Math.floor(code.length / 3))
  return entriesOf(taxonomy, list)
    .filter(inUse)
    .map(entry => ({
      code: entry.code,
      slips: isPart(entry.code) ? 1 : editDistance(code, entry.code, most),
    }))
    .filter(({ slips }) => slips <= most)
    .toSorted((a, b) => a.slips - b.slips)
    .slice(0, maxCandidates)
    .map(close => close.code)
}

/** What is wrong with a reason and its notes. */
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

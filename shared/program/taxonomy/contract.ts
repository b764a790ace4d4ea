/** The program's codes: what customers, profiles and reasons are described with. Codes are stable, labels are for people. */
import * as z from 'zod/mini'
import { locale, taxonomyCode } from '../../kernel/codes.ts'
import { atMost, text } from '../../kernel/fields.ts'
import { instant } from '../../kernel/instants.ts'
import type { Catalog } from '../../kernel/messages.ts'
import { operations } from '../../kernel/operation.ts'

const label = text(100)
/** By language, BCP 47. */
const labels = z.optional(z.record(locale, label).check(atMost(20)))

/** What customers and profiles are described with. */
const tag = {
  code: taxonomyCode,
  label,
  /** Taken in nothing new; where it stands already it is still right, and labelled. */
  retired: z.optional(z.boolean()),
}

const lossReason = {
  ...tag,
  /** Says too little without words of its own. */
  notesRequired: z.optional(z.boolean()),
  /** Says that the partner did not fit what was asked for. */
  misfit: z.optional(z.boolean()),
}

const declineReason = {
  ...lossReason,
  /** Says nothing of the partner, and does not count for its place. */
  neutral: z.optional(z.boolean()),
}

/** The lists, of entries with some more fields. */
const listsOf = <More extends Record<string, z.ZodMiniType>>(more: More) => {
  const list = <Entry extends Record<string, z.ZodMiniType>>(entry: Entry) =>
    z.array(z.strictObject({ ...entry, ...more })).check(z.maxLength(5000))
  const tags = list(tag)
  return {
    customerSizes: tags,
    industries: tags,
    products: tags,
    services: tags,
    solutions: tags,
    declineReasons: list(declineReason),
    lossReasons: list(lossReason),
  }
}

/** An entry's `label` is for whoever reads none of the languages of its `labels`. */
const content = z.strictObject(listsOf({ labels }))
export type TaxonomyContent = z.infer<typeof content>
export type TaxonomyList = keyof TaxonomyContent

/** The lists that profiles and needs are described with. */
export const tagLists = ['industries', 'products', 'services', 'solutions'] as const satisfies TaxonomyList[]
export type TagList = (typeof tagLists)[number]
export type TaxonomyEntry = TaxonomyContent['declineReasons'][number]

export const taxonomy = z.strictObject({
  version: z.int().check(z.gte(1)),
  /** Null for the taxonomy that the program came with. */
  changedAt: z.nullable(instant),
  /** Who put it in force: the subject of their token. */
  changedBy: z.nullable(z.string()),
  ...content.shape,
})
export type Taxonomy = z.infer<typeof taxonomy>

const { version, changedAt, changedBy } = taxonomy.shape

/** A taxonomy as it was read, changed: what is the program's to set may come along, and is passed over. */
const newTaxonomy = z.strictObject({
  ...content.shape,
  version: z.optional(version),
  changedAt: z.optional(changedAt),
  changedBy: z.optional(changedBy),
})
export type NewTaxonomy = z.infer<typeof newTaxonomy>

/** Each label in the language of whoever asks. */
const labelled = z.strictObject(listsOf({}))
export type LabelledTaxonomy = z.infer<typeof labelled>

/** Faults of a taxonomy, and of codes that stand for its entries. */
export const taxonomyFaults = {
  'unknown-code':
    'Unknown code "{value}". Expected a code of the taxonomy list {list}.[ Did you mean {suggestions}?]',
  'retired-code': 'Retired code "{value}". Expected a code of the taxonomy list {list} that is in use.',
  'notes-required': 'Missing notes. The reason "{reason}" requires notes.',
  'too-many-in-use': 'Too many codes in use: {actual}. Expected at most {maximum}; retire the others.',
  'code-removed':
    'The code "{value}" is missing. Expected it with "retired": true, because profiles and referrals can contain it.',
  'contradictory-marks': 'Both neutral and misfit are true. Expected at most one of them.',
  'no-size-in-use': 'No customer size is in use. Expected at least one, because each customer has a size.',
  'no-reason-with-notes':
    'No reason in use requires notes. Expected at least one, for reasons that no other code describes.',
  'taxonomy-too-large': 'Too large: {actual} bytes as JSON. Expected at most {maximum}.',
} as const satisfies Catalog

export const taxonomyOperations = operations({
  getTaxonomy: {
    summary:
      'The codes of this program, labelled in `locale`, else as `Accept-Language` asks, else in English',
    method: 'GET',
    path: '/v1/taxonomy',
    audience: 'customer',
    access: 'public',
    query: z.strictObject({ locale: z.optional(locale) }),
    status: 200,
    response: labelled,
  },
  getTaxonomyByOperator: {
    summary: 'The taxonomy in force with all its labels, or an earlier version of it',
    method: 'GET',
    path: '/v1/operator/taxonomy',
    audience: 'operator',
    access: ['operator'],
    query: z.strictObject({ version: z.optional(z.coerce.number().check(z.int(), z.gte(1))) }),
    status: 200,
    response: taxonomy,
    versioned: true,
    errors: ['not-found'],
  },
  putTaxonomy: {
    summary: 'Replace the taxonomy; a code stays once it is there, and can be retired',
    method: 'PUT',
    path: '/v1/operator/taxonomy',
    audience: 'operator',
    access: ['operator'],
    body: newTaxonomy,
    status: 200,
    response: taxonomy,
    versioned: true,
    ifMatch: 'required',
  },
})

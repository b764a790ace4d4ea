/** The codes for customers, profiles and reasons. Codes are stable; labels are texts for people. */
import * as z from 'zod/mini'
import { locale, localeName, taxonomyCode } from '../../kernel/codes.ts'
import { describeOperations, describeSchema } from '../../kernel/documentation.ts'
import { atMost, maxLength, text } from '../../kernel/fields.ts'
import { instant } from '../../kernel/instants.ts'
import type { Catalog } from '../../kernel/messages.ts'
import { operations } from '../../kernel/operation.ts'

const label = text(100)
/** Labels by locale (BCP 47). */
const labels = z.optional(z.record(localeName, label).check(atMost(20)))

/** An entry that describes customers and profiles. */
const tagFields = { code: taxonomyCode, label, retired: z.optional(z.boolean()) }
const lossReasonFields = {
  ...tagFields,
  notesRequired: z.optional(z.boolean()),
  misfit: z.optional(z.boolean()),
}
const declineReasonFields = { ...lossReasonFields, neutral: z.optional(z.boolean()) }

const tag = z.strictObject(tagFields)
/* @__PURE__ */ describeSchema(tag, {
  name: 'TaxonomyEntry',
  description: 'A code with its label.',
  properties: {
    code: 'The code. It never changes.',
    label: 'Text for people, in the default language.',
    retired:
      'True if new requests and profiles cannot use the code. It stays valid where it is already used.',
  },
  example: { label: 'Enterprise resource planning' },
})

const lossReason = z.strictObject(lossReasonFields)
/* @__PURE__ */ describeSchema(lossReason, {
  name: 'LossReason',
  description: 'A reason for a lost deal.',
  like: [tag],
  properties: {
    notesRequired: 'True if the reason requires notes.',
    misfit:
      'True if the reason means that the request did not match what the partner does. For reports: no reason affects the visibility of the partner, so that no reason is better than the true one.',
  },
  example: { code: 'competitor', label: 'A competitor won' },
})

const declineReason = z.strictObject(declineReasonFields)
/* @__PURE__ */ describeSchema(declineReason, {
  name: 'DeclineReason',
  description: 'A reason to decline a referral.',
  like: [lossReason],
  properties: {
    neutral:
      'True if the reason says nothing about the partner, such as spam. For reports: every decline counts as an answer.',
  },
  example: { code: 'no-capacity', label: 'No capacity' },
})

const labelsText = 'Labels by locale. Readers with other locales see `label`.'

const tagWithLabels = z.strictObject({ ...tagFields, labels })
/* @__PURE__ */ describeSchema(tagWithLabels, {
  name: 'TaxonomyEntryWithLabels',
  description: 'A code with its labels in all locales.',
  like: [tag],
  properties: { labels: labelsText },
  example: { labels: { de: 'Unternehmensressourcenplanung' } },
})

const lossReasonWithLabels = z.strictObject({ ...lossReasonFields, labels })
/* @__PURE__ */ describeSchema(lossReasonWithLabels, {
  name: 'LossReasonWithLabels',
  description: 'A reason for a lost deal, with its labels in all locales.',
  like: [lossReason],
  properties: { labels: labelsText },
})

const declineReasonWithLabels = z.strictObject({ ...declineReasonFields, labels })
/* @__PURE__ */ describeSchema(declineReasonWithLabels, {
  name: 'DeclineReasonWithLabels',
  description: 'A reason to decline a referral, with its labels in all locales.',
  like: [declineReason],
  properties: { labels: labelsText },
})

const listsOf = <Tag extends z.ZodMiniType, Loss extends z.ZodMiniType, Decline extends z.ZodMiniType>(
  tag: Tag,
  lossReason: Loss,
  declineReason: Decline,
) => {
  const list = <Entry extends z.ZodMiniType>(entry: Entry) => z.array(entry).check(maxLength(5000))
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

const content = z.strictObject(listsOf(tagWithLabels, lossReasonWithLabels, declineReasonWithLabels))
/* @__PURE__ */ describeSchema(content, {
  properties: {
    customerSizes: 'Sizes of customers.',
    industries: 'Industries of customers.',
    products: 'Products that partners sell or work with.',
    services: 'Services of partners.',
    solutions: 'Solutions of partners.',
    declineReasons: 'Reasons to decline a referral.',
    lossReasons: 'Reasons for a lost deal.',
  },
  example: {
    customerSizes: [{ code: '251-1000', label: '251 to 1,000 people' }],
    industries: [{ code: 'manufacturing', label: 'Manufacturing', labels: { de: 'Fertigung' } }],
    products: [{ code: 'erp', label: 'Enterprise resource planning' }],
    services: [{ code: 'deployment', label: 'Deployment and migration' }],
    solutions: [{ code: 'supply-chain', label: 'Supply chain' }],
  },
})
export type TaxonomyContent = z.infer<typeof content>
export type TaxonomyList = keyof TaxonomyContent

/** The lists of codes that describe profiles and needs. */
export const tagLists = ['industries', 'products', 'services', 'solutions'] as const satisfies TaxonomyList[]
export type TagList = (typeof tagLists)[number]
export type TaxonomyEntry = TaxonomyContent['declineReasons'][number]

export const taxonomy = z.strictObject({
  version: z.int().check(z.gte(1)),
  changedAt: z.nullable(instant),
  changedBy: z.nullable(z.string()),
  ...content.shape,
})
/* @__PURE__ */ describeSchema(taxonomy, {
  name: 'Taxonomy',
  description: 'The codes of the program, with their labels in all locales.',
  like: [content],
  properties: {
    version: 'Version of the taxonomy, starting with 1.',
    changedAt: 'Time of the change. Null for the default taxonomy.',
    changedBy: 'Subject of the token of the operator who made the change. Null for the default taxonomy.',
  },
  example: {
    version: 2,
    changedAt: '2026-03-15T09:00:00.000Z',
    changedBy: '7d0a3e9c-2f41-4d5b-8f3a-1c2b3d4e5f60',
  },
})
export type Taxonomy = z.infer<typeof taxonomy>

const { version, changedAt, changedBy } = taxonomy.shape

/** A taxonomy in a request. Read-only fields of a response may be sent back; they are ignored. */
const newTaxonomy = z.strictObject({
  ...content.shape,
  version: z.optional(version),
  changedAt: z.optional(changedAt),
  changedBy: z.optional(changedBy),
})
/* @__PURE__ */ describeSchema(newTaxonomy, {
  name: 'TaxonomyInput',
  description:
    'A new taxonomy. `version`, `changedAt` and `changedBy` are ignored, so that a taxonomy can be sent as it was read.',
  like: [content],
  properties: { version: 'Ignored.', changedAt: 'Ignored.', changedBy: 'Ignored.' },
})
export type NewTaxonomy = z.infer<typeof newTaxonomy>

/** A taxonomy with labels in one locale. */
const labelled = z.strictObject(listsOf(tag, lossReason, declineReason))
/* @__PURE__ */ describeSchema(labelled, {
  name: 'LabelledTaxonomy',
  description: 'The codes of the program, each with one label.',
  like: [content],
  properties: {},
  example: { industries: [{ code: 'manufacturing', label: 'Manufacturing' }] },
})
export type LabelledTaxonomy = z.infer<typeof labelled>

/** Faults of a taxonomy, and of codes that refer to its entries. */
export const taxonomyFaults = {
  'unknown-code':
    'Unknown code "{value}". Expected a code of the taxonomy list {list}.[ Did you mean {suggestions}?]',
  'retired-code': 'Retired code "{value}". Use a code of the taxonomy list {list} that is not retired.',
  'notes-required': 'Missing notes. The reason "{reason}" requires notes.',
  'too-many-in-use': 'Too many codes in use: {actual}. At most {maximum} are possible; retire the others.',
  'code-removed':
    'The code "{value}" is missing. Keep it with "retired": true, because profiles and referrals can contain it.',
  'contradictory-marks': 'Both neutral and misfit are true. At most one of them can be true.',
  'no-size-in-use':
    'No customer size is in use. At least one must not be retired, because each customer has a size.',
  'no-reason-with-notes':
    'No reason in use requires notes. At least one reason that is not retired must have "notesRequired": true, for cases that no other code describes.',
  'taxonomy-too-large': 'Too large: {actual} bytes as JSON. Expected at most {maximum}.',
} as const satisfies Catalog

const localeQuery = z.strictObject({ locale: z.optional(locale) })
/* @__PURE__ */ describeSchema(localeQuery, {
  properties: {
    locale:
      'Locale of the labels. By default the language that `Accept-Language` prefers among those that have labels, or English.',
  },
  example: { locale: 'de' },
})

const versionQuery = z.strictObject({ version: z.optional(z.coerce.number().check(z.int(), z.gte(1))) })
/* @__PURE__ */ describeSchema(versionQuery, {
  properties: { version: 'An earlier version. By default the version in force.' },
  example: { version: 1 },
})

export const taxonomyOperations = operations({
  getTaxonomy: {
    summary: 'List the codes with labels in one locale',
    method: 'GET',
    path: '/v1/taxonomy',
    audience: 'customer',
    access: 'public',
    query: localeQuery,
    status: 200,
    response: labelled,
    negotiatesLanguage: true,
  },
  getTaxonomyByOperator: {
    summary: 'Get the taxonomy with all labels',
    method: 'GET',
    path: '/v1/operator/taxonomy',
    audience: 'operator',
    access: ['operator'],
    query: versionQuery,
    status: 200,
    response: taxonomy,
    versioned: true,
    errors: ['not-found'],
  },
  putTaxonomy: {
    summary: 'Replace the taxonomy',
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

/* @__PURE__ */ describeOperations(taxonomyOperations, {
  getTaxonomy: {
    description:
      'Lists the codes for products, services, solutions, industries, company sizes and reasons. A code without a label for the locale has its default label.',
    returns: 'The codes with their labels.',
  },
  getTaxonomyByOperator: {
    description: 'Returns the taxonomy in force with the labels of all locales, or an earlier version of it.',
    returns: 'The taxonomy.',
  },
  putTaxonomy: {
    description:
      'Puts a new version of the taxonomy in force. A code cannot be removed, because requests and profiles can contain it. Mark it as `retired` instead.',
    returns: 'The new taxonomy.',
  },
})

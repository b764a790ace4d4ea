/** The program's codes: what customers, profiles and reasons are described with. Codes are stable, labels are for people. */
import * as z from 'zod/mini'
import { atMost, instant, locale, operations, taxonomyCode, text } from '../platform/contract.ts'

const label = text(100)

/** A code that customers and profiles are described with. */
const tag = z.strictObject({
  code: taxonomyCode,
  /** For whoever reads none of the languages below. */
  label,
  /** By language, BCP 47. */
  labels: z.optional(z.record(locale, label).check(atMost(20))),
  /** Taken in nothing new; where it stands already it is still right, and labelled. */
  retired: z.optional(z.boolean()),
})

const lossReason = z.strictObject({
  ...tag.shape,
  /** Says too little without words of its own. */
  needsNotes: z.optional(z.boolean()),
  /** Says that the partner did not fit what was asked for. */
  misfit: z.optional(z.boolean()),
})

const declineReason = z.strictObject({
  ...lossReason.shape,
  /** Says nothing of the partner, and does not count for its place. */
  neutral: z.optional(z.boolean()),
})
export type TaxonomyEntry = z.infer<typeof declineReason>

const most = z.maxLength(500)
const tags = z.array(tag).check(most)

const content = z.strictObject({
  customerSizes: tags,
  industries: tags,
  products: tags,
  services: tags,
  solutions: tags,
  declineReasons: z.array(declineReason).check(most),
  lossReasons: z.array(lossReason).check(most),
})
export type TaxonomyContent = z.infer<typeof content>
export type TaxonomyList = keyof TaxonomyContent

const taxonomy = z.strictObject({
  version: z.int().check(z.gte(1)),
  /** Null for the taxonomy that the program came with. */
  changedAt: z.nullable(instant),
  /** Who put it in force: the subject of their token. */
  changedBy: z.nullable(z.string()),
  ...content.shape,
})
export type Taxonomy = z.infer<typeof taxonomy>

export const taxonomyOperations = operations({
  getTaxonomy: {
    summary: 'The codes of this program, with their labels',
    method: 'GET',
    path: '/v1/taxonomy',
    audience: 'customer',
    access: 'public',
    status: 200,
    response: taxonomy,
  },
})

/** The program's codes: what customers, profiles and reasons are described with. Codes are stable, labels are for people. */
import * as z from 'zod/mini'
import { operations, taxonomyCode } from '../platform/contract.ts'

const entry = z.strictObject({
  code: taxonomyCode,
  label: z.string(),
  /** A reason that says too little without words of its own. */
  needsNotes: z.optional(z.literal(true)),
})
const entries = z.array(entry)

const taxonomy = z.strictObject({
  customerSizes: entries,
  industries: entries,
  products: entries,
  services: entries,
  solutions: entries,
  declineReasons: entries,
  lossReasons: entries,
})
export type Taxonomy = z.infer<typeof taxonomy>
export type TaxonomyEntry = z.infer<typeof entry>

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

/** The taxonomy as it is stored. */
import * as z from 'zod/mini'
import { storedInstant } from '../../kernel/instants.ts'
import type { Taxonomy } from './contract.ts'

const mark = z.optional(z.boolean())
const tag = {
  code: z.string(),
  label: z.string(),
  labels: z.optional(z.record(z.string(), z.string())),
  retired: mark,
}
const lossReason = { ...tag, needsNotes: mark, misfit: mark }
const declineReason = { ...lossReason, neutral: mark }
const tags = z.array(z.object(tag))

/** Reads `needsNotes`, the stored name of `notesRequired`. Kept for the previous version of the program. */
const withNotesRequired = <R extends { needsNotes?: boolean | undefined }>({ needsNotes, ...others }: R) => ({
  ...others,
  ...(needsNotes !== undefined && { notesRequired: needsNotes }),
})

export const storedTaxonomy = z.object({
  version: z.int(),
  changedAt: z.nullable(storedInstant),
  changedBy: z.nullable(z.string()),
  customerSizes: tags,
  industries: tags,
  products: tags,
  services: tags,
  solutions: tags,
  declineReasons: z.array(z.pipe(z.object(declineReason), z.transform(withNotesRequired))),
  lossReasons: z.array(z.pipe(z.object(lossReason), z.transform(withNotesRequired))),
})

const storedReasonOf = ({ notesRequired, ...others }: Taxonomy['declineReasons'][number]) => ({
  ...others,
  ...(notesRequired !== undefined && { needsNotes: notesRequired }),
})

/** Returns a taxonomy under the stored names of its fields, so that the previous version of the program can read it. */
export const storedTaxonomyOf = (taxonomy: Taxonomy) => ({
  ...taxonomy,
  declineReasons: taxonomy.declineReasons.map(storedReasonOf),
  lossReasons: taxonomy.lossReasons.map(storedReasonOf),
})

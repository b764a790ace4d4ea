/** The taxonomy as it is stored. */
import * as z from 'zod/mini'
import { storedInstant } from '../../kernel/instants.ts'

const mark = z.optional(z.boolean())
const tag = {
  code: z.string(),
  label: z.string(),
  labels: z.optional(z.record(z.string(), z.string())),
  retired: mark,
}
const lossReason = { ...tag, needsNotes: mark, misfit: mark }
const tags = z.array(z.object(tag))

export const storedTaxonomy = z.object({
  version: z.int(),
  changedAt: z.nullable(storedInstant),
  changedBy: z.nullable(z.string()),
  customerSizes: tags,
  industries: tags,
  products: tags,
  services: tags,
  solutions: tags,
  declineReasons: z.array(z.object({ ...lossReason, neutral: mark })),
  lossReasons: z.array(z.object(lossReason)),
})

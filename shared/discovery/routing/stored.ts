/** Stored form of routing decisions. */
import * as z from 'zod/mini'
import { storedPartnerId, storedRfiId } from '../../kernel/ids.ts'
import { storedInstant } from '../../kernel/instants.ts'
import { storedRanking, storedRouting, storedTags } from '../../program/index.ts'
import { exclusionReasons, type RoutingDecision } from './contract.ts'

const candidateFields = z.object({
  partnerId: storedPartnerId,
  locationId: z.string(),
  parts: z.object({
    relevance: z.partial(storedRanking.shape.relevance),
    visibility: storedRanking.shape.visibility,
  }),
  explored: z.nullable(z.object({ visibility: z.number() })),
  open: z.int(),
  /** Missing in decisions of an early version of the program, which stored each candidate's capacity instead. */
  mostOpen: z._default(z.nullable(z.int()), null),
  score: z.number(),
  chosen: z.boolean(),
})

/** `maxOpen` is stored under an older name, so that the previous version of the program can read a decision. */
const candidate = z.pipe(
  candidateFields,
  z.transform(({ mostOpen: maxOpen, ...others }) => ({ ...others, maxOpen })),
)

export const storedDecision = z.object({
  rfiId: storedRfiId,
  at: storedInstant,
  region: z.string(),
  policyVersion: z.int(),
  ranking: storedRanking,
  routing: storedRouting,
  asked: z.object({ ...storedTags, size: z.string(), language: z.string(), city: z.string() }),
  considered: z.int(),
  candidates: z.array(candidate),
  exclusions: z.record(z.string(), z.int()),
  excluded: z.array(z.object({ partnerId: storedPartnerId, reason: z.enum(exclusionReasons) })),
})

/** Returns a decision under the stored names of its fields. */
export const storedDecisionOf = (decision: RoutingDecision) => ({
  ...decision,
  candidates: decision.candidates.map(({ maxOpen: mostOpen, ...others }) => ({ ...others, mostOpen })),
})

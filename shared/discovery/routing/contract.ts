/** How an RFI that names nobody finds its partners: chosen by the ranking, with a trace of why. */
import * as z from 'zod/mini'
import { countryCode } from '../../kernel/codes.ts'
import { partnerId, rfiId } from '../../kernel/ids.ts'
import { instant } from '../../kernel/instants.ts'
import { operations } from '../../kernel/operation.ts'
import { locationId } from '../../partners/contract.ts'
import { need, ranking, routing } from '../../program/contract.ts'
import { exclusions } from '../../search/contract.ts'

const part = z.number().check(z.gte(0), z.lte(1))

/** What a candidate's place was made of; of relevance, what the need brought up. */
const parts = z.strictObject({
  relevance: z.partial(ranking.shape.relevance),
  visibility: ranking.shape.visibility,
})

const candidate = z.strictObject({
  partnerId,
  locationId,
  parts,
  /** A newcomer that was taken for as good as the best: with their visibility. Else null. */
  explored: z.nullable(z.strictObject({ visibility: part })),
  /** Open referrals at the time; and how many it can have, null where it does not say and the policy does. */
  open: z.int(),
  maxOpen: z.nullable(z.int()),
  /** Relevance × visibility × the share of its load that was free. */
  score: part,
  chosen: z.boolean(),
})
export type Candidate = z.infer<typeof candidate>

/** Why a partner was none; `changed`: the table says otherwise than the directory did. */
export const exclusionReasons = [...exclusions, 'changed'] as const

const decision = z.strictObject({
  rfiId,
  at: instant,
  region: countryCode,
  /** Of the policy that gave the weights, which stand here as they were. */
  policyVersion: z.int(),
  ranking,
  routing,
  /** What was looked for. */
  asked: z.strictObject({
    ...z.pick(need, { industries: true, products: true, services: true, solutions: true }).shape,
    size: z.string(),
    language: z.string(),
    city: z.string(),
  }),
  /** Partners of the region that were looked at. */
  considered: z.int(),
  /** The best, the first of them chosen. */
  candidates: z.array(candidate),
  /** How many were left out, by reason. */
  exclusions: z.record(z.string(), z.int()),
  /** Some of them by name. */
  excluded: z.array(z.strictObject({ partnerId, reason: z.enum(exclusionReasons) })),
})
export type RoutingDecision = z.infer<typeof decision>

/** How evenly referrals would go to the candidates, and how many would be answered. */
const effect = z.strictObject({
  referrals: z.int(),
  /** 0: each candidate gets as many as any other; towards 1: one gets all. */
  gini: z.nullable(part),
  /** Of the referrals: their mean chance of an answer, by what was known of each partner. */
  answerRate: z.nullable(part),
  /** Of the RFIs: the mean chance that at least one partner answers. */
  answeredRfis: z.nullable(part),
})
export type Effect = z.infer<typeof effect>

const dryRun = z.strictObject({
  rfis: z.int(),
  /** There are more in the window than were replayed: the latest were. */
  more: z.boolean(),
  actual: effect,
  replayed: effect,
  /** Who got one, or would get one: by what they would get, most first; the first 200. */
  partners: z.array(
    z.strictObject({
      partnerId,
      name: z.string(),
      actual: z.int(),
      replayed: z.int(),
      actualShare: part,
      replayedShare: part,
    }),
  ),
  /** The RFIs that would go to others, the latest first. */
  changes: z.array(
    z.strictObject({
      rfiId,
      at: instant,
      actual: z.array(partnerId),
      replayed: z.array(partnerId),
    }),
  ),
})
export type DryRun = z.infer<typeof dryRun>

/** What a dry run can change of the ranking: the weights. What parts are made of is in them, and stays as it was. */
const weights = z.pick(ranking, { relevance: true, visibility: true })
export type Weights = z.infer<typeof weights>

const dryRunRequest = z.strictObject({
  from: instant,
  to: instant,
  region: z.optional(countryCode),
  /** In place of those that each decision was made by. */
  weights: z.optional(weights),
  routing: z.optional(routing),
})
export type DryRunRequest = z.infer<typeof dryRunRequest>

const params = z.strictObject({ rfiId })

export const routingOperations = operations({
  getRouting: {
    summary: 'Why an RFI that named nobody went where it went',
    method: 'GET',
    path: '/v1/operator/rfis/{rfiId}/routing',
    audience: 'operator',
    access: ['operator'],
    params,
    status: 200,
    // One for each time that it was routed: each adds a recipient but the first, so they are few.
    response: z.strictObject({ items: z.array(decision) }),
  },
  dryRunRouting: {
    summary: 'Who would have got the routed RFIs of a window under other weights',
    method: 'POST',
    path: '/v1/operator/routing/dry-run',
    audience: 'operator',
    access: ['operator'],
    body: dryRunRequest,
    status: 200,
    response: dryRun,
  },
})

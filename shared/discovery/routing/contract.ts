/** Routing of RFIs that name no partner: the ranking chooses the recipients, and the reasons are stored. */
import * as z from 'zod/mini'
import { countryCode } from '../../kernel/codes.ts'
import { describeOperations, describeSchema } from '../../kernel/documentation.ts'
import { share } from '../../kernel/fields.ts'
import { partnerId, rfiId } from '../../kernel/ids.ts'
import { instant } from '../../kernel/instants.ts'
import { operations } from '../../kernel/operation.ts'
import { locationId } from '../../partners/contract.ts'
import { ranking, routing, tags } from '../../program/contract.ts'
import { exclusions } from '../../search/contract.ts'

/** The parts of a candidate's score. Relevance has only the parts that the need asks for. */
const relevanceParts = z.partial(ranking.shape.relevance)
/* @__PURE__ */ describeSchema(relevanceParts, {
  name: 'RelevanceParts',
  description: 'The parts of the relevance. Parts that the need does not ask for are absent.',
  properties: {
    tags: 'Share of the requested codes that the partner has, reduced for codes that were not requested.',
    text: 'Share of the requested words that the profile has.',
    distance: 'Nearness of the location: 1 at the customer, 0.5 at `distanceHalfKm`.',
    size: 'Match of the company size.',
    language: 'Match of the language.',
  },
  example: { tags: 0.8, distance: 0.7, size: 1, language: 1 },
})

const visibilityParts = ranking.shape.visibility

const parts = z.strictObject({ relevance: relevanceParts, visibility: visibilityParts })
/* @__PURE__ */ describeSchema(parts, {
  name: 'ScoreParts',
  description: 'The parts of the score of a candidate.',
  properties: { relevance: 'Parts of the relevance.', visibility: 'Parts of the visibility.' },
  example: {
    visibility: { speed: 0.8, answerRate: 0.9, followThrough: 0.7, outcome: 0.6, fit: 0.8, quality: 0.9 },
  },
})

const explored = z.strictObject({ visibility: share })
/* @__PURE__ */ describeSchema(explored, {
  description: 'A newcomer that was ranked with the highest visibility of the region.',
  properties: { visibility: 'The visibility that was used for its rank.' },
})

const candidate = z.strictObject({
  partnerId,
  locationId,
  parts,
  explored: z.nullable(explored),
  open: z.int(),
  maxOpen: z.nullable(z.int()),
  score: share,
  chosen: z.boolean(),
})
/* @__PURE__ */ describeSchema(candidate, {
  name: 'RoutingCandidate',
  description: 'A partner that matched the RFI.',
  properties: {
    partnerId: 'Id of the partner.',
    locationId: 'Id of the location.',
    parts: 'The parts of the score.',
    explored:
      'Set for a newcomer that was ranked with the highest visibility of the region. Null for others.',
    open: 'Number of open referrals of the partner at that time.',
    maxOpen: 'Limit of open referrals in the profile. Null if the capacity of the policy applied.',
    score: 'Relevance × visibility × free share of the capacity.',
    chosen: 'True if the RFI went to the partner.',
  },
  example: { explored: null, open: 3, maxOpen: 40, score: 0.61, chosen: true },
})
export type Candidate = z.infer<typeof candidate>

/** Reasons for excluding a partner. `changed`: the profile in the table differs from the older copy in the directory. */
export const exclusionReasons = [...exclusions, 'changed'] as const

const asked = z.strictObject({ ...tags.shape, size: z.string(), language: z.string(), city: z.string() })
/* @__PURE__ */ describeSchema(asked, {
  description: 'The need and the customer, as they were used for the search.',
  like: [tags],
  properties: {
    size: 'Code of the size of the customer.',
    language: 'Language of the customer.',
    city: 'City of the customer.',
  },
  example: { size: '251-1000', language: 'de', city: 'Potsdam' },
})

const excludedPartner = z.strictObject({ partnerId, reason: z.enum(exclusionReasons) })
/* @__PURE__ */ describeSchema(excludedPartner, {
  description: 'An excluded partner.',
  properties: {
    partnerId: 'Id of the partner.',
    reason:
      'Reason. The reasons of the search, or `changed`: the profile was changed after the directory was read.',
  },
  example: { reason: 'full' },
})

const decision = z.strictObject({
  rfiId,
  at: instant,
  region: countryCode,
  policyVersion: z.int(),
  ranking,
  routing,
  asked,
  considered: z.int(),
  candidates: z.array(candidate),
  exclusions: z.record(z.string(), z.int()),
  excluded: z.array(excludedPartner),
})
/* @__PURE__ */ describeSchema(decision, {
  name: 'RoutingDecision',
  description: 'The choice of the partners for an RFI, with its reasons.',
  properties: {
    rfiId: 'Id of the RFI.',
    at: 'Time of the decision.',
    region: 'Region in which partners were searched.',
    policyVersion: 'Version of the policy that was applied.',
    ranking: 'Ranking settings of that version.',
    routing: 'Routing settings of that version.',
    asked: 'Need and customer, as they were used for the search.',
    considered: 'Number of partners of the region.',
    candidates: 'The best candidates. The first ones were chosen.',
    exclusions:
      'Number of partners that were excluded, for each reason. `no-match`: the partner has none of the codes of the need or, for a need without codes, too few of its words. Such partners are not listed in `excluded`.',
    excluded: 'Some of the excluded partners.',
  },
  example: { policyVersion: 3, considered: 48, exclusions: { full: 2, size: 5, 'no-match': 11 } },
})
export type RoutingDecision = z.infer<typeof decision>

/** Gini coefficient of the referrals per partner, and expected answer rates. */
const effect = z.strictObject({
  referrals: z.int(),
  gini: z.nullable(share),
  answerRate: z.nullable(share),
  answeredRfis: z.nullable(share),
})
/* @__PURE__ */ describeSchema(effect, {
  name: 'RoutingEffect',
  description: 'How referrals are spread over the candidates, and how many would be answered.',
  properties: {
    referrals: 'Number of referrals.',
    gini: 'Gini coefficient: 0 if each candidate gets the same number, near 1 if one gets all. Null without candidates.',
    answerRate: 'Mean chance that a referral is answered. Null without referrals.',
    answeredRfis: 'Mean chance that at least one partner of an RFI answers. Null without RFIs.',
  },
  example: { referrals: 120, gini: 0.31, answerRate: 0.82, answeredRfis: 0.97 },
})
export type Effect = z.infer<typeof effect>

const partnerShare = z.strictObject({
  partnerId,
  name: z.string(),
  actual: z.int(),
  replayed: z.int(),
  actualShare: share,
  replayedShare: share,
})
/* @__PURE__ */ describeSchema(partnerShare, {
  name: 'PartnerShare',
  description: 'The referrals of one partner.',
  properties: {
    partnerId: 'Id of the partner.',
    name: 'Name of the partner.',
    actual: 'Number of referrals that it got.',
    replayed: 'Number of referrals that it would have got.',
    actualShare: 'Its share of all referrals.',
    replayedShare: 'The share that it would have got.',
  },
  example: { name: 'Spreewerk Systeme', actual: 14, replayed: 17, actualShare: 0.12, replayedShare: 0.14 },
})

const routingChange = z.strictObject({
  rfiId,
  at: instant,
  actual: z.array(partnerId),
  replayed: z.array(partnerId),
})
/* @__PURE__ */ describeSchema(routingChange, {
  name: 'RoutingChange',
  description: 'An RFI that would have gone to other partners.',
  properties: {
    rfiId: 'Id of the RFI.',
    at: 'Time of the decision.',
    actual: 'Partners that it went to.',
    replayed: 'Partners that it would have gone to.',
  },
})

const dryRun = z.strictObject({
  rfis: z.int(),
  more: z.boolean(),
  actual: effect,
  replayed: effect,
  partners: z.array(partnerShare),
  changes: z.array(routingChange),
})
/* @__PURE__ */ describeSchema(dryRun, {
  name: 'DryRun',
  description: 'Past routing decisions, repeated with other weights or rules.',
  properties: {
    rfis: 'Number of RFIs that were repeated.',
    more: 'True if the time window has more RFIs. Only the latest ones were repeated.',
    actual: 'The referrals as they were.',
    replayed: 'The referrals as they would have been.',
    partners:
      'Referrals of each partner, for at most 200 partners. Partners that would get the most come first.',
    changes: 'RFIs that would have gone to other partners, latest first.',
  },
  example: { rfis: 40, more: false },
})
export type DryRun = z.infer<typeof dryRun>

/** Weights that a dry run can replace. The values of the parts are read from the stored decisions, not computed again. */
const weights = z.pick(ranking, { relevance: true, visibility: true })
/* @__PURE__ */ describeSchema(weights, {
  name: 'RankingWeights',
  description: 'Weights of the parts of relevance and visibility.',
  like: [ranking],
  properties: {},
})
export type Weights = z.infer<typeof weights>

const dryRunRequest = z.strictObject({
  from: instant,
  to: instant,
  region: z.optional(countryCode),
  weights: z.optional(weights),
  routing: z.optional(routing),
})
/* @__PURE__ */ describeSchema(dryRunRequest, {
  name: 'DryRunRequest',
  description: 'A time window of routing decisions, and the weights or rules to repeat them with.',
  properties: {
    from: 'Start of the time window.',
    to: 'End of the time window.',
    region: 'Region. By default all regions.',
    weights: 'Weights in place of those that each decision used.',
    routing: 'Rules in place of those that each decision used.',
  },
  example: {
    from: '2026-03-01T00:00:00.000Z',
    to: '2026-03-31T00:00:00.000Z',
    region: 'DE',
    weights: {
      relevance: { tags: 0.5, text: 0.2, distance: 0.1, size: 0.1, language: 0.1 },
      visibility: { speed: 0.3, answerRate: 0.3, followThrough: 0.1, outcome: 0.1, fit: 0.1, quality: 0.1 },
    },
  },
})
export type DryRunRequest = z.infer<typeof dryRunRequest>

const params = z.strictObject({ rfiId })
/* @__PURE__ */ describeSchema(params, { properties: { rfiId: 'Id of the RFI.' } })

const decisionList = z.strictObject({ items: z.array(decision) })
/* @__PURE__ */ describeSchema(decisionList, {
  name: 'RoutingDecisionList',
  description: 'The routing decisions of an RFI.',
  properties: { items: 'The decisions, oldest first.' },
})

export const routingOperations = operations({
  getRouting: {
    summary: 'Explain the routing of an RFI',
    method: 'GET',
    path: '/v1/operator/rfis/{rfiId}/routing',
    audience: 'operator',
    access: ['operator'],
    params,
    status: 200,
    // Not paginated: an RFI has few decisions, because each one adds a recipient, and recipients are limited.
    response: decisionList,
  },
  dryRunRouting: {
    summary: 'Repeat past routing with other weights',
    method: 'POST',
    path: '/v1/operator/routing/dry-run',
    audience: 'operator',
    access: ['operator'],
    body: dryRunRequest,
    status: 200,
    response: dryRun,
  },
})

/* @__PURE__ */ describeOperations(routingOperations, {
  getRouting: {
    description:
      'Returns the routing decisions of an RFI that named no partner: the candidates with the components of their scores, and the excluded partners. An RFI has one decision for each time that it was routed.',
    returns: 'The decisions.',
  },
  dryRunRouting: {
    description:
      'Repeats the routing decisions of a time window with other weights or rules, and compares the results. It changes no data. Use it before you change the policy. The time window is at most 92 days long. At most the latest 500 decisions are repeated.',
    returns: 'The comparison.',
  },
})

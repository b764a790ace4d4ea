/** What a partner is shown of its place in searches: its own parts, where it stands, and what would move it. */
import * as z from 'zod/mini'
import { countryCode, countryParameter } from '../../kernel/codes.ts'
import { parameters } from '../../kernel/field-error.ts'
import { instant } from '../../kernel/instants.ts'
import type { Catalog } from '../../kernel/messages.ts'
import { operations } from '../../kernel/operation.ts'
import { profileId } from '../../partners/contract.ts'
import { ranking } from '../../program/contract.ts'
import { answerTimes } from '../../search/contract.ts'

const share = z.number().check(z.gte(0), z.lte(1))

/** The parts of visibility, as the policy weighs them. */
const part = z.keyof(ranking.shape.visibility)
export type VisibilityPart = z.infer<typeof part>

/** Quarters of a region's partners by visibility: 1 is the best. Null where there are too few to tell. */
const quarter = z.nullable(z.int().check(z.gte(1), z.lte(4)))

const partView = z.strictObject({
  part,
  value: share,
  /** Its share in the visibility. */
  weight: share,
  /** How many observations it rests on, older ones weighing less; of `quality`, what the profile says: null. */
  observations: z.nullable(z.number()),
  /** Of the region's partners, which few observations are drawn to; null where there are too few to tell. */
  mean: z.nullable(share),
})

/** Effect of advice: another quarter, or another visibility. */
const effect =
  '[ This would move you from quarter {from} to quarter {to} of the partners in {region}.][ This would raise your visibility from {visibility} to {raised}.]'

/** Advice on what would raise the visibility of a profile. */
export const leverAdvice = {
  'answer-faster': `Half of your answers take {medianHours} hours or more. Answer within {goalHours} hours.${effect}`,
  'answer-all': `Some referrals expired without an answer. Accept or decline each referral in time.${effect}`,
  'close-deals': `Some deals are past their estimated close date. Close them as won or lost, or change the date.${effect}`,
  'avoid-misfits': `Some referrals did not fit. Remove the tags, sizes and keywords that bring them.${effect}`,
  'complete-profile': `Your profile in {region} is incomplete. Its review lists what to add.${effect}`,
} as const satisfies Catalog

type LeverCode = keyof typeof leverAdvice

const lever = z.strictObject({
  part,
  code: z.enum(Object.keys(leverAdvice) as [LeverCode, ...LeverCode[]]),
  /** Parameters of the advice. */
  params: parameters,
  /** The advice in English. */
  advice: z.string(),
  /** What it would make of the part, and of the visibility. */
  value: share,
  visibility: share,
  quarter,
})
export type Lever = z.infer<typeof lever>

const visibilityView = z.strictObject({
  profileId,
  region: countryCode,
  /** The weighted mean of the parts; 1 is the best there could be. */
  visibility: share,
  quarter,
  /** Partners of the region that are in the directory. */
  partners: z.int(),
  parts: z.array(partView),
  medianAnswerHours: z.nullable(z.number()),
  answerTime: z.nullable(z.enum(answerTimes)),
  /** Little is known of it yet: it is shown as the best are in some searches, so that it becomes known. */
  newcomer: z.boolean(),
  /** Why it is in no search now, if so. */
  hidden: z.nullable(z.enum(['paused', 'full', 'undeliverable'])),
  /** What would move it, the most first. */
  levers: z.array(lever),
  policyVersion: z.int(),
  asOf: instant,
})
export type VisibilityView = z.infer<typeof visibilityView>

export const insightOperations = operations({
  getVisibility: {
    summary: 'What the place of a profile in searches is made of, and what would move it',
    method: 'GET',
    path: '/v1/insights/visibility',
    audience: 'partner',
    access: ['partner-admin', 'partner-user'],
    query: z.strictObject({ region: countryParameter }),
    status: 200,
    response: visibilityView,
    errors: ['not-found'],
  },
})

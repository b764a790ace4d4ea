/** Insights for a partner: the parts of its visibility, its position in its region, and advice to improve it. */
import * as z from 'zod/mini'
import { countryCode } from '../../kernel/codes.ts'
import { describeOperations, describeSchema } from '../../kernel/documentation.ts'
import { messageFields, messageOf } from '../../kernel/field-error.ts'
import { share } from '../../kernel/fields.ts'
import { instant } from '../../kernel/instants.ts'
import type { Catalog } from '../../kernel/messages.ts'
import { operations } from '../../kernel/operation.ts'
import { profileId } from '../../partners/contract.ts'
import { ranking } from '../../program/contract.ts'
import { answerTimes } from '../../search/contract.ts'

/** The parts of visibility. The policy has a weight for each. */
const part = z.keyof(ranking.shape.visibility)
export type VisibilityPart = z.infer<typeof part>

/** Quarter of the region's partners by visibility: 1 is the best. Null if the region has too few partners. */
const quarter = z.nullable(z.int().check(z.gte(1), z.lte(4)))

const partView = z.strictObject({
  part,
  value: share,
  weight: share,
  observations: z.nullable(z.number()),
  mean: z.nullable(share),
})

/* @__PURE__ */ describeSchema(partView, {
  name: 'VisibilityPart',
  description: 'A part of the visibility.',
  properties: {
    part: 'Name of the part.',
    value:
      'Value of the part. With few observations, it is close to the mean of the region, or for `outcome` and `fit` close to 0.',
    weight: 'Weight of the part in the visibility.',
    observations:
      'Number of observations; older ones count less. Null for `quality`, which comes from the profile.',
    mean: 'Mean of the partners of the region. Null if there are too few partners.',
  },
  example: { part: 'speed', value: 0.8, weight: 0.25, observations: 11.5, mean: 0.6 },
})

/** Effect of an advice: another quarter, or another visibility. */
const effect =
  '[ This would move you from quarter {from} to quarter {to} of the ranking in {region}, where quarter 1 is the best.][ This would raise your visibility from {visibility} to {raised}.]'

/** Advice on what would raise the visibility of a profile. */
export const leverAdvice = {
  'answer-faster': `Your median answer time is {medianHours} h. Answer within {goalHours} h.${effect}`,
  'answer-all': `Some referrals expired without an answer. Accept or decline each referral in time.${effect}`,
  'close-deals': `Some deals are past their estimated close date. Close them as won or lost, or change the date.${effect}`,
  'avoid-misfits': `Some accepted referrals were lost. Decline what does not fit: a decline does not lower your visibility. Remove the codes, sizes and keywords that attract such requests.${effect}`,
  'complete-profile': `Your profile in {region} is incomplete. Its review lists what to add.${effect}`,
} as const satisfies Catalog

const leverMessage = messageOf(leverAdvice)
/* @__PURE__ */ describeSchema(leverMessage, {
  name: 'LeverAdvice',
  description: 'Advice that names the change and its effect.',
  properties: messageFields,
  example: {
    code: 'answer-all',
    params: { from: 2, to: 1, region: 'DE' },
    detail:
      'Some referrals expired without an answer. Accept or decline each referral in time. This would move you from quarter 2 to quarter 1 of the ranking in DE, where quarter 1 is the best.',
  },
})

const lever = z.strictObject({
  part,
  advice: leverMessage,
  value: share,
  visibility: share,
  quarter,
})
/* @__PURE__ */ describeSchema(lever, {
  name: 'Lever',
  description: 'A change that would raise the visibility.',
  properties: {
    part: 'The part of the visibility that would change.',
    advice: 'The advice.',
    value: 'Value of the part after the change.',
    visibility: 'Visibility after the change.',
    quarter: 'Quarter of the region after the change. Null if there are too few partners.',
  },
  example: {
    part: 'answerRate',
    value: 1,
    visibility: 0.81,
    quarter: 1,
  },
})
export type Lever = z.infer<typeof lever>

const visibilityView = z.strictObject({
  profileId,
  region: countryCode,
  visibility: share,
  quarter,
  partners: z.int(),
  parts: z.array(partView),
  medianAnswerHours: z.nullable(z.number()),
  answerTime: z.nullable(z.enum(answerTimes)),
  newcomer: z.boolean(),
  hidden: z.nullable(z.enum(['paused', 'full', 'undeliverable'])),
  learningFrom: instant,
  levers: z.array(lever),
  policyVersion: z.int(),
  asOf: instant,
})
/* @__PURE__ */ describeSchema(visibilityView, {
  name: 'Visibility',
  description: 'How well a partner has answered so far, and what would improve its rank in searches.',
  properties: {
    profileId: 'Id of the profile.',
    region: 'Region of the profile.',
    visibility: 'Weighted mean of the parts.',
    quarter:
      'Quarter of the partners of the region by visibility: 1 is the best. Null if there are too few partners.',
    partners: 'Number of partners of the region in the directory.',
    parts: 'The parts of the visibility.',
    medianAnswerHours:
      'Median time until the partner answers, in hours. Null if the partner has answered too few referrals.',
    answerTime:
      'Typical time until the partner answers, as customers see it. Null if the partner has answered too few referrals.',
    newcomer:
      'True if the partner has too few observations to be judged. In some searches it is then ranked as if it had the highest visibility of the region.',
    hidden:
      'Reason why searches leave out the profile now: `paused`, `full` (no free capacity) or `undeliverable` (no contact can be reached by email). Null if searches show it.',
    learningFrom:
      'End of the first days of the profile. What the partner received before this time counts only if it raises the visibility.',
    levers: 'Changes that would raise the visibility, most effective first.',
    policyVersion: 'Version of the policy that was applied.',
    asOf: 'Time of the calculation.',
  },
  example: {
    visibility: 0.72,
    quarter: 2,
    partners: 48,
    medianAnswerHours: 7.5,
    answerTime: 'within-a-day',
    learningFrom: '2026-04-14T09:00:00.000Z',
    policyVersion: 3,
  },
})
export type VisibilityView = z.infer<typeof visibilityView>

const regionQuery = z.strictObject({ region: countryCode })
/* @__PURE__ */ describeSchema(regionQuery, { properties: { region: 'Region of the profile: a country.' } })

export const insightOperations = operations({
  getVisibility: {
    summary: 'Get the visibility of your profile',
    method: 'GET',
    path: '/v1/insights/visibility',
    audience: 'partner',
    access: ['partner-admin', 'partner-user'],
    query: regionQuery,
    status: 200,
    response: visibilityView,
    errors: ['not-found'],
  },
})

/* @__PURE__ */ describeOperations(insightOperations, {
  getVisibility: {
    description:
      'Explains the rank of your profile in searches: the parts of its visibility, the means of the region, and the changes that would raise it. Data of other individual partners is never shown.',
    returns: 'The visibility and its parts.',
  },
})

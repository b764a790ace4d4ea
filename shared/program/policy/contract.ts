/** The numbers of the program, as versioned data. A referral keeps the policy version that was in force at its receipt. */
import * as z from 'zod/mini'
import { countryCode } from '../../kernel/codes.ts'
import { describeOperations, describeSchema } from '../../kernel/documentation.ts'
import { atMost, maxLength, minLength, share } from '../../kernel/fields.ts'
import { duration, holiday, instant, localTime, timeZone } from '../../kernel/instants.ts'
import type { Catalog } from '../../kernel/messages.ts'
import { money } from '../../kernel/money.ts'
import { operations } from '../../kernel/operation.ts'

const durations = z.array(duration).check(maxLength(5))

const workingHours = z.strictObject({ from: localTime, to: localTime })
/* @__PURE__ */ describeSchema(workingHours, {
  name: 'WorkingHours',
  description: 'Period of work on a working day, in the time zone of the calendar.',
  properties: { from: 'Start of the period.', to: 'End of the period. After `from`.' },
  example: { from: '09:00', to: '17:00' },
})

/** ISO number of a weekday as text, because it is the name of a field. */
const weekday = z.string().check(z.regex(/^[1-7]$/, 'an ISO weekday, from 1 for Monday to 7 for Sunday'))
const periods = z.array(workingHours).check(minLength(1), maxLength(6))

/** Working hours of a region, and the working time that a partner has to answer. */
const calendar = z.strictObject({
  responseTime: duration,
  zone: timeZone,
  workingDays: z.array(z.int().check(z.gte(1), z.lte(7))).check(minLength(1), maxLength(7)),
  workingHours,
  hours: z.optional(z.record(weekday, periods)),
  holidays: z.array(holiday).check(maxLength(120)),
})

/* @__PURE__ */ describeSchema(calendar, {
  name: 'Calendar',
  description:
    'Working time of a region. Response times of its referrals count only working hours, and its partners get reminders and nudges only then.',
  properties: {
    responseTime: 'Response time in working hours. For example, two weeks of 40 hours are `PT80H`.',
    zone: 'Time zone of the working hours and holidays.',
    workingDays: 'Working days as ISO weekdays: 1 is Monday, 7 is Sunday.',
    workingHours: 'Working hours of each working day that is not in `hours`.',
    hours:
      'Working hours of single weekdays, such as a short Friday or a day with a lunch break. The names are ISO weekdays; each day has up to 6 periods, in order and without overlap. Write a night shift as a period until `24:00` and another one from `00:00` on the next day.',
    holidays:
      'Days without working hours: dates, such as `2026-04-06`, and days of every year, such as `12-25`. `npm run holidays` lists the public holidays of a country.',
  },
  example: {
    responseTime: 'PT80H',
    workingDays: [1, 2, 3, 4, 5],
    hours: {
      '5': [
        { from: '09:00', to: '12:00' },
        { from: '13:00', to: '15:00' },
      ],
    },
    holidays: ['2026-04-06', '12-25'],
  },
})

/** Weights of the parts of relevance. Only the parts that a search asks for count; their weights are scaled to a sum of 1. */
const relevanceWeights = z.strictObject({
  tags: share,
  text: share,
  distance: share,
  size: share,
  language: share,
})
const visibilityWeights = z.strictObject({
  speed: share,
  answerRate: share,
  followThrough: share,
  outcome: share,
  fit: share,
  quality: share,
})

/* @__PURE__ */ describeSchema(relevanceWeights, {
  name: 'RelevanceWeights',
  description: 'Weights of the parts of relevance. A search counts only the parts that it asks for.',
  properties: {
    tags: 'Weight of matching codes of industries, products, services and solutions.',
    text: 'Weight of matching words.',
    distance: 'Weight of the distance to the customer.',
    size: 'Weight of a matching company size.',
    language: 'Weight of a matching language.',
  },
  example: { tags: 0.45, text: 0.2, distance: 0.15, size: 0.1, language: 0.1 },
})
/* @__PURE__ */ describeSchema(visibilityWeights, {
  name: 'VisibilityWeights',
  description: 'Weights of the parts of visibility.',
  properties: {
    speed: 'Weight of the time in which the partner answers. It counts mainly in proportion to wins.',
    answerRate: 'Weight of the share of referrals that the partner answers.',
    followThrough: 'Weight of the share of answered referrals without ignored nudges and denied wins.',
    outcome: 'Weight of the share of accepted referrals that were won.',
    fit: 'Weight of wins with the requested codes.',
    quality: 'Weight of the quality of the profile.',
  },
  example: { speed: 0.25, answerRate: 0.3, followThrough: 0.1, outcome: 0.1, fit: 0.1, quality: 0.15 },
})

const exploration = z.strictObject({ share, below: z.int().check(z.gte(0), z.lte(1000)) })
/* @__PURE__ */ describeSchema(exploration, {
  description: 'Rules for ranking newcomers first in some searches.',
  properties: {
    share:
      'Share of searches in which one matching newcomer is ranked with the highest visibility of the region.',
    below: 'A partner with fewer observations of answers than this number is a newcomer.',
  },
  example: { share: 0.1, below: 5 },
})

/** Numbers of the ranking formula, which orders partners in searches, suggestions and routing. See docs/ranking.md. */
export const ranking = z.strictObject({
  relevance: relevanceWeights,
  visibility: visibilityWeights,
  shrinkage: z.number().check(z.gte(0.1), z.lte(1000)),
  halfLife: duration,
  answerHalfTime: duration,
  distanceHalfKm: z.number().check(z.gte(1), z.lte(5000)),
  exploration,
})
/* @__PURE__ */ describeSchema(ranking, {
  name: 'Ranking',
  description:
    'Numbers that order partners in searches, suggestions and routing. docs/ranking.md has the formula.',
  properties: {
    relevance: 'Weights of the parts of relevance.',
    visibility: 'Weights of the parts of visibility.',
    shrinkage:
      'Number of observations of a partner that have the same weight as the value with which it starts: the mean of its region, or 0 for wins.',
    halfLife: 'Time after which the weight of an observation is halved.',
    answerHalfTime: 'Answer time at which an answer counts half as much as an immediate one.',
    distanceHalfKm: 'Distance in kilometres at which a location counts half as much as one at the customer.',
    exploration: 'How often searches rank a newcomer first, and which partners are newcomers.',
  },
  example: { shrinkage: 5, halfLife: 'P180D', answerHalfTime: 'PT24H', distanceHalfKm: 50 },
})
export type Ranking = z.infer<typeof ranking>

/** Numbers for the routing of RFIs that name no partner. */
export const routing = z.strictObject({
  fanOut: z.int().check(z.gte(1), z.lte(20)),
  capacity: z.int().check(z.gte(1), z.lte(10_000)),
})
/* @__PURE__ */ describeSchema(routing, {
  name: 'RoutingRules',
  description: 'Rules for RFIs that name no partner.',
  properties: {
    fanOut: 'Number of partners that routing chooses, at most `maxRecipients`.',
    capacity: 'Maximum number of open referrals of a partner whose profile does not set one.',
  },
  example: { fanOut: 3, capacity: 20 },
})
export type Routing = z.infer<typeof routing>

const reminders = z.strictObject({ afterReceipt: durations, beforeExpiry: durations })
/* @__PURE__ */ describeSchema(reminders, {
  description: 'Times of the reminders about a referral without an answer.',
  properties: {
    afterReceipt: 'Times after the receipt.',
    beforeExpiry: 'Times before the deadline.',
  },
  example: { afterReceipt: ['PT24H'], beforeExpiry: ['P3D'] },
})

const extension = z.strictObject({ time: duration, max: z.int().check(z.gte(0), z.lte(5)) })
/* @__PURE__ */ describeSchema(extension, {
  description: 'Extensions of the time to answer.',
  properties: {
    time: 'Time that one extension adds.',
    max: 'Maximum number of extensions of a referral. 0 turns extensions off.',
  },
  example: { time: 'P7D', max: 1 },
})

const reopening = z.strictObject({ within: duration, responseTime: duration })
/* @__PURE__ */ describeSchema(reopening, {
  description: 'Reopening of expired referrals.',
  properties: {
    within: 'Time after the expiry during which a referral can be reopened.',
    responseTime: 'Time to answer a reopened referral.',
  },
  example: { within: 'PT48H', responseTime: 'PT48H' },
})

const contactDetails = z.strictObject({
  inMail: z.enum(['hot', 'accepted', 'never']),
  beforeAnswer: z.enum(['always', 'on-request', 'hot', 'never']),
})
/* @__PURE__ */ describeSchema(contactDetails, {
  description: 'When partners see name, telephone number and email address of a customer.',
  properties: {
    inMail:
      'Emails with the details. `hot`: the email after acceptance, and emails about hot referrals. `accepted`: only the email after acceptance. `never`: none.',
    beforeAnswer:
      'Details before an answer. `always`: at once. `on-request`: at once for direct contact, otherwise after `show-contact`. `hot`: only for direct contact. `never`: only after acceptance.',
  },
  example: { inMail: 'hot', beforeAnswer: 'on-request' },
})

const choice = z.strictObject({ changeableFor: duration, winQuestionTime: duration })
/* @__PURE__ */ describeSchema(choice, {
  description: 'The choice of a customer between partners.',
  properties: {
    changeableFor: 'Time during which the customer can change the choice.',
    winQuestionTime:
      'Time that the customer has to confirm or deny a reported win. During this time, other partners get no reminders, and their expiries do not count.',
  },
  example: { changeableFor: 'P7D', winQuestionTime: 'P14D' },
})

const suggestedDeal = z.strictObject({ value: money, closesIn: duration })
/* @__PURE__ */ describeSchema(suggestedDeal, {
  description: 'Values that the acceptance form suggests.',
  properties: {
    value: 'Estimated value if the customer named no budget.',
    closesIn: 'Time until the estimated close date.',
  },
  example: { value: { amount: 10_000, currency: 'EUR' }, closesIn: 'P90D' },
})

const customerMails = z.strictObject({
  perDay: z.int().check(z.gte(1), z.lte(100)),
  perRfi: z.int().check(z.gte(2), z.lte(100)),
})
/* @__PURE__ */ describeSchema(customerMails, {
  description: 'Limits of emails to a customer.',
  properties: {
    perDay: 'Maximum number of emails on one day (UTC) that are not urgent.',
    perRfi: 'Maximum number of emails about one RFI.',
  },
  example: { perDay: 1, perRfi: 8 },
})

const content = z.strictObject({
  responseTime: duration,
  maxResponseTime: duration,
  recommendedAnswerTime: duration,
  hotTime: duration,
  reminders,
  escalateAtReminder: z.nullable(z.int().check(z.gte(1), z.lte(20))),
  nudgeInterval: z.nullable(duration),
  maxNudges: z.int().check(z.gte(0), z.lte(100)),
  undoTime: z.nullable(duration),
  contactDetails,
  suggestedDeal,
  choice,
  customerMails,
  extension,
  reopening: z.nullable(reopening),
  maxRecipients: z.int().check(z.gte(1), z.lte(20)),
  maxSuggestions: z.int().check(z.gte(0), z.lte(10)),
  trackingTime: duration,
  digestAbove: z.nullable(z.int().check(z.gte(0), z.lte(100))),
  ranking,
  routing,
  learningGrace: duration,
  contactConfirmationInterval: duration,
  calendars: z.record(countryCode, calendar).check(atMost(100)),
})
/* @__PURE__ */ describeSchema(content, {
  properties: {
    responseTime: 'Time to answer a referral. Without an answer it expires afterwards.',
    maxResponseTime: 'Maximum response time that the operator can set for an RFI.',
    recommendedAnswerTime: 'Time in which partners are advised to answer.',
    hotTime: 'Time during which a referral with direct contact is hot.',
    reminders: 'Times of the reminders about a referral without an answer.',
    nudgeInterval:
      'Interval of the nudges about an active referral whose estimated close date has passed. Null turns nudges off.',
    escalateAtReminder:
      'Number of the reminder from which the administrators of the partner are told too. Null turns this off.',
    maxNudges: 'Maximum number of nudges about one estimated close date.',
    undoTime:
      'Time during which a partner can undo a decline or a reported end. The customer gets an email afterwards. At most PT15M. Null turns undoing off, and the customer gets the email at once.',
    contactDetails: 'When partners see the contact details of a customer.',
    suggestedDeal: 'Values that the acceptance form suggests.',
    choice: 'The choice of a customer between partners.',
    customerMails: 'Limits of emails to a customer.',
    learningGrace:
      'Time after the activation of a profile during which nothing negative counts for the ranking of its partner.',
    extension: 'Extensions of the time to answer.',
    reopening: 'Reopening of expired referrals. Null turns it off.',
    maxRecipients: 'Maximum number of partners that can have one RFI open at the same time.',
    maxSuggestions:
      'Maximum number of further partners that are suggested to a customer after a partner declined or did not answer.',
    trackingTime: 'Time during which a tracking token is valid.',
    digestAbove:
      'Maximum number of single emails with reminders, nudges and news to a contact on one day (UTC), for each region. Further ones are collected in a digest. New referrals are always mailed singly and do not count. Null turns digests off.',
    ranking: 'Numbers that order partners.',
    routing: 'Rules for RFIs that name no partner.',
    contactConfirmationInterval: 'Interval in which partners are asked to confirm the contacts of a profile.',
    calendars:
      'Working time and time zone by region. In other regions, and for direct contact, response times count all hours.',
  },
  example: {
    responseTime: 'P14D',
    maxResponseTime: 'P90D',
    recommendedAnswerTime: 'PT24H',
    hotTime: 'PT72H',
    nudgeInterval: 'P14D',
    escalateAtReminder: 2,
    maxNudges: 3,
    undoTime: 'PT5M',
    learningGrace: 'P30D',
    maxRecipients: 5,
    maxSuggestions: 3,
    trackingTime: 'P400D',
    digestAbove: 10,
    contactConfirmationInterval: 'P90D',
    calendars: {},
  },
})
export type PolicyContent = z.infer<typeof content>
export type RegionCalendar = z.infer<typeof calendar>

export const policy = z.strictObject({
  version: z.int().check(z.gte(1)),
  changedAt: z.nullable(instant),
  changedBy: z.nullable(z.string()),
  ...content.shape,
})
/* @__PURE__ */ describeSchema(policy, {
  name: 'Policy',
  description: 'The numbers of the program. A referral keeps the policy that was in force at its receipt.',
  like: [content],
  properties: {
    version: 'Version of the policy, starting with 1.',
    changedAt: 'Time of the change. Null for the default policy.',
    changedBy: 'Subject of the token of the operator who made the change. Null for the default policy.',
  },
  example: {
    version: 3,
    changedAt: '2026-03-15T09:00:00.000Z',
    changedBy: '7d0a3e9c-2f41-4d5b-8f3a-1c2b3d4e5f60',
  },
})
export type Policy = z.infer<typeof policy>

const { version, changedAt, changedBy } = policy.shape

/** A policy in a request. Read-only fields of a response may be sent back; they are ignored. */
const newPolicy = z.strictObject({
  ...content.shape,
  version: z.optional(version),
  changedAt: z.optional(changedAt),
  changedBy: z.optional(changedBy),
})
/* @__PURE__ */ describeSchema(newPolicy, {
  name: 'PolicyInput',
  description:
    'A new policy. `version`, `changedAt` and `changedBy` are ignored, so that a policy can be sent as it was read.',
  like: [content],
  properties: {
    version: 'Ignored.',
    changedAt: 'Ignored.',
    changedBy: 'Ignored.',
  },
})
export type NewPolicy = z.infer<typeof newPolicy>

export const policyFaults = {
  'no-weight': 'All weights are 0. At least one must be greater than 0.',
  'duration-too-long': 'Too long: {actual}. Expected at most {maximum}[, the value of {field}].',
  'duration-too-short': 'Too short: {actual}. Expected at least {minimum}.',
  'undo-too-long': 'Too long: {actual}. Expected at most {maximum}, the longest time that an email can wait.',
  'tracking-too-short':
    'Too short: {actual}. Expected at least {minimum}, so that the tracking token is valid until the last possible deadline.',
  'reminder-too-late':
    'Too long: {actual}. Expected less than {limit}, the value of responseTime, because a reminder must be sent before the referral expires.',
  'not-a-working-day': 'Weekday {weekday} is not a working day. Add it to workingDays, or remove its hours.',
  overlap: '{actual} is before the end of the period before. Expected {earliest} or later.',
  'days-of-working-time':
    'Days are not allowed in working time: {actual}. Use hours and minutes, such as PT80H, because working days have no fixed length.',
} as const satisfies Catalog

const versionQuery = z.strictObject({ version: z.optional(z.coerce.number().check(z.int(), z.gte(1))) })
/* @__PURE__ */ describeSchema(versionQuery, {
  properties: { version: 'An earlier version. By default the version in force.' },
  example: { version: 1 },
})

export const policyOperations = operations({
  getPolicy: {
    summary: 'Get the policy',
    method: 'GET',
    path: '/v1/operator/policy',
    audience: 'operator',
    access: ['operator'],
    query: versionQuery,
    status: 200,
    response: policy,
    versioned: true,
    errors: ['not-found'],
  },
  putPolicy: {
    summary: 'Replace the policy',
    method: 'PUT',
    path: '/v1/operator/policy',
    audience: 'operator',
    access: ['operator'],
    body: newPolicy,
    status: 200,
    response: policy,
    versioned: true,
    ifMatch: 'required',
  },
})

/* @__PURE__ */ describeOperations(policyOperations, {
  getPolicy: {
    description: 'Returns the policy in force, or an earlier version of it.',
    returns: 'The policy.',
  },
  putPolicy: {
    description:
      'Puts a new version of the policy in force. Response times, reminders and extensions apply to referrals that are received from now on: existing referrals keep their policy. Everything else changes within about 10 seconds.',
    returns: 'The new policy.',
  },
})

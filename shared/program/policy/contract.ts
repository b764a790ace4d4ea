/** The program's numbers, as versioned data. A referral keeps the version of the policy that it was born with. */
import * as z from 'zod/mini'
import { countryCode } from '../../kernel/codes.ts'
import { atMost } from '../../kernel/fields.ts'
import { date, duration, instant, localTime, timeZone } from '../../kernel/instants.ts'
import type { Catalog } from '../../kernel/messages.ts'
import { operations } from '../../kernel/operation.ts'

const durations = z.array(duration).check(z.maxLength(5))

/** When a region works, and how much of that time a partner has to answer. */
const calendar = z.strictObject({
  /** Working time, in hours: with 40 working hours a week, two weeks are PT80H. */
  responseTime: duration,
  zone: timeZone,
  /** ISO weekdays: 1 is Monday, 7 is Sunday. */
  workingDays: z.array(z.int().check(z.gte(1), z.lte(7))).check(z.minLength(1), z.maxLength(7)),
  workingHours: z.strictObject({ from: localTime, to: localTime }),
  holidays: z.array(date).check(z.maxLength(60)),
})

const share = z.number().check(z.gte(0), z.lte(1))

/** How much each part counts: its share of the sum of those that a search brings up. */
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

/** What the place of a partner in searches, suggestions and routing is made of: docs/ranking.md has the formula. */
export const ranking = z.strictObject({
  relevance: relevanceWeights,
  visibility: visibilityWeights,
  /** So many observations of a partner weigh as much as the program's mean. */
  shrinkage: z.number().check(z.gte(0.1), z.lte(1000)),
  /** After this time an observation weighs half. */
  halfLife: duration,
  /** An answer after this time is worth half of one at once. */
  answerHalfTime: duration,
  /** A place this far away is worth half of one next door. */
  distanceHalfKm: z.number().check(z.gte(1), z.lte(5000)),
  /** Newcomers, of whom less is known than `below` observations, are shown as the best are in this share of searches. */
  exploration: z.strictObject({ share, below: z.int().check(z.gte(0), z.lte(1000)) }),
})
export type Ranking = z.infer<typeof ranking>

/** Whom an RFI goes to that names nobody. */
export const routing = z.strictObject({
  /** So many partners, as far as there are, and never more than maxRecipients. */
  fanOut: z.int().check(z.gte(1), z.lte(20)),
  /** So many open referrals at once are a full load, where the profile does not say. */
  capacity: z.int().check(z.gte(1), z.lte(10_000)),
})
export type Routing = z.infer<typeof routing>

const content = z.strictObject({
  /** Within this time a referral must be answered, else it expires. */
  responseTime: duration,
  /** The longest response time that an operator may set on an RFI. */
  maxResponseTime: duration,
  /** The answer time that partners are advised to keep. */
  recommendedAnswerTime: duration,
  /** For this long a request for direct contact is hot. */
  hotTime: duration,
  /** When the partner's contacts are reminded of a referral without an answer. */
  reminders: z.strictObject({ afterReceipt: durations, beforeExpiry: durations }),
  /** How often partners are asked about an active referral whose estimated close date has passed; null: never. */
  nudgeInterval: z.nullable(duration),
  /** How much more time a partner may ask for, and how often; 0: never. */
  extension: z.strictObject({ time: duration, max: z.int().check(z.gte(0), z.lte(5)) }),
  /** How long after its expiry a referral can be reopened, and in what time it must then be answered; null: never. */
  reopening: z.nullable(z.strictObject({ within: duration, responseTime: duration })),
  /** How many partners one RFI may go to. */
  maxRecipients: z.int().check(z.gte(1), z.lte(20)),
  /** How many of the next best partners a customer is shown when one has declined or not answered. */
  maxSuggestions: z.int().check(z.gte(0), z.lte(10)),
  /** For this long a customer's link to its RFI works. */
  trackingTime: duration,
  /** How many mails a day a contact gets one by one; what comes after them waits for the day's digest. Null: no digests. */
  digestAbove: z.nullable(z.int().check(z.gte(0), z.lte(100))),
  ranking,
  routing,
  /** A profile's contacts should be confirmed this often. */
  contactConfirmationInterval: duration,
  /** By region: where response times run in working hours only. Requests for direct contact run by the wall clock. */
  calendars: z.record(countryCode, calendar).check(atMost(100)),
})
export type PolicyContent = z.infer<typeof content>
export type RegionCalendar = z.infer<typeof calendar>

export const policy = z.strictObject({
  version: z.int().check(z.gte(1)),
  /** Null for the policy that the program came with. */
  changedAt: z.nullable(instant),
  /** Who put it in force: the subject of their token. */
  changedBy: z.nullable(z.string()),
  ...content.shape,
})
export type Policy = z.infer<typeof policy>

const { version, changedAt, changedBy } = policy.shape

/** A policy as it was read, changed: what is the program's to set may come along, and is passed over. */
const newPolicy = z.strictObject({
  ...content.shape,
  version: z.optional(version),
  changedAt: z.optional(changedAt),
  changedBy: z.optional(changedBy),
})
export type NewPolicy = z.infer<typeof newPolicy>

export const policyFaults = {
  'no-weight': 'All weights are 0. Expected at least one weight greater than 0.',
  'duration-too-long': 'Too long: {actual}. Expected at most {maximum}[, the value of {field}].',
  'duration-too-short': 'Too short: {actual}. Expected at least {minimum}.',
  'tracking-too-short':
    'Too short: {actual}. Expected at least {minimum}, so that customers can follow a request until its last possible answer.',
  'reminder-too-late':
    'Too long: {actual}. Expected less than {limit}, the value of responseTime: a reminder comes before the expiry.',
  'days-of-working-time':
    'Days of working time: {actual}. Expected hours and minutes, such as PT80H, because working days have no fixed length.',
} as const satisfies Catalog

export const policyOperations = operations({
  getPolicy: {
    summary: 'The policy in force, or an earlier version of it',
    method: 'GET',
    path: '/v1/operator/policy',
    audience: 'operator',
    access: ['operator'],
    query: z.strictObject({ version: z.optional(z.coerce.number().check(z.int(), z.gte(1))) }),
    status: 200,
    response: policy,
    versioned: true,
    errors: ['not-found'],
  },
  putPolicy: {
    summary: 'Replace the policy; referrals that are there already keep theirs',
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

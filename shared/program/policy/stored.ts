/** The policy as it is stored. Numbers that are younger than an item are those that the program comes with. */
import * as z from 'zod/mini'
import { storedDuration, storedInstant } from '../../kernel/instants.ts'
import type { Policy } from './contract.ts'
import { defaultPolicy } from './rules.ts'

const share = z.number()

export const storedRanking = z.object({
  relevance: z.object({ tags: share, text: share, distance: share, size: share, language: share }),
  visibility: z.object({
    speed: share,
    answerRate: share,
    followThrough: share,
    outcome: share,
    fit: share,
    quality: share,
  }),
  shrinkage: z.number(),
  halfLife: storedDuration,
  answerHalfTime: storedDuration,
  distanceHalfKm: z.number(),
  exploration: z.object({ share, below: z.number() }),
})

export const storedRouting = z.object({ fanOut: z.number(), capacity: z.number() })

const calendar = z.object({
  responseTime: storedDuration,
  zone: z.string(),
  workingDays: z.array(z.number()),
  workingHours: z.object({ from: z.string(), to: z.string() }),
  holidays: z.array(z.string()),
})

/** The default of each field is the number that the program comes with. */
const withDefault = <K extends keyof Policy, S extends z.ZodMiniType<Policy[K]>>(field: K, schema: S) =>
  z._default(schema, defaultPolicy[field] as z.core.util.NoUndefined<z.output<S>>)

export const storedPolicy = z.object({
  version: z.int(),
  changedAt: withDefault('changedAt', z.nullable(storedInstant)),
  changedBy: withDefault('changedBy', z.nullable(z.string())),
  responseTime: withDefault('responseTime', storedDuration),
  longestResponseTime: withDefault('longestResponseTime', storedDuration),
  recommendedAnswerTime: withDefault('recommendedAnswerTime', storedDuration),
  urgentTime: withDefault('urgentTime', storedDuration),
  reminders: withDefault(
    'reminders',
    z.object({ afterReceipt: z.array(storedDuration), beforeExpiry: z.array(storedDuration) }),
  ),
  nudgeInterval: withDefault('nudgeInterval', z.nullable(storedDuration)),
  extension: withDefault('extension', z.object({ time: storedDuration, most: z.number() })),
  reopening: withDefault(
    'reopening',
    z.nullable(z.object({ within: storedDuration, responseTime: storedDuration })),
  ),
  mostRecipients: withDefault('mostRecipients', z.number()),
  mostSuggestions: withDefault('mostSuggestions', z.number()),
  trackingTime: withDefault('trackingTime', storedDuration),
  digestAbove: withDefault('digestAbove', z.nullable(z.number())),
  ranking: withDefault('ranking', storedRanking),
  routing: withDefault('routing', storedRouting),
  contactsConfirmedEvery: withDefault('contactsConfirmedEvery', storedDuration),
  calendars: withDefault('calendars', z.record(z.string(), calendar)),
})

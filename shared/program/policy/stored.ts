/** The policy as it is stored. Fields that an older item lacks get the values of the default policy. */
import * as z from 'zod/mini'
import { storedDuration, storedInstant } from '../../kernel/instants.ts'
import { storedMoney } from '../../persistence/index.ts'
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

const hours = z.object({ from: z.string(), to: z.string() })
const calendar = z.object({
  responseTime: storedDuration,
  zone: z.string(),
  workingDays: z.array(z.number()),
  workingHours: hours,
  /** Missing in calendars with the same hours on each working day. The previous version of the program ignores it. */
  hours: z.optional(z.record(z.string(), z.array(hours))),
  holidays: z.array(z.string()),
})

/** Gives a field its value in the default policy as default. */
const withDefault = <K extends keyof Policy, S extends z.ZodMiniType<Policy[K]>>(field: K, schema: S) =>
  z._default(schema, defaultPolicy[field] as z.core.util.NoUndefined<z.output<S>>)

const storedExtensionOf = ({ time, max }: Policy['extension']) => ({ time, most: max })

const storedFields = z.object({
  version: z.int(),
  changedAt: withDefault('changedAt', z.nullable(storedInstant)),
  changedBy: withDefault('changedBy', z.nullable(z.string())),
  responseTime: withDefault('responseTime', storedDuration),
  longestResponseTime: withDefault('maxResponseTime', storedDuration),
  recommendedAnswerTime: withDefault('recommendedAnswerTime', storedDuration),
  urgentTime: withDefault('hotTime', storedDuration),
  reminders: withDefault(
    'reminders',
    z.object({ afterReceipt: z.array(storedDuration), beforeExpiry: z.array(storedDuration) }),
  ),
  escalateAtReminder: withDefault('escalateAtReminder', z.nullable(z.number())),
  nudgeInterval: withDefault('nudgeInterval', z.nullable(storedDuration)),
  maxNudges: withDefault('maxNudges', z.number()),
  undoTime: withDefault('undoTime', z.nullable(storedDuration)),
  contactDetails: withDefault(
    'contactDetails',
    z.object({
      inMail: z.enum(['hot', 'accepted', 'never']),
      beforeAnswer: z.enum(['always', 'on-request', 'hot', 'never']),
    }),
  ),
  suggestedDeal: withDefault('suggestedDeal', z.object({ value: storedMoney, closesIn: storedDuration })),
  choice: withDefault('choice', z.object({ changeableFor: storedDuration, winQuestionTime: storedDuration })),
  customerMails: withDefault('customerMails', z.object({ perDay: z.number(), perRfi: z.number() })),
  extension: z._default(
    z.object({ time: storedDuration, most: z.number() }),
    storedExtensionOf(defaultPolicy.extension),
  ),
  reopening: withDefault(
    'reopening',
    z.nullable(z.object({ within: storedDuration, responseTime: storedDuration })),
  ),
  mostRecipients: withDefault('maxRecipients', z.number()),
  mostSuggestions: withDefault('maxSuggestions', z.number()),
  trackingTime: withDefault('trackingTime', storedDuration),
  digestAbove: withDefault('digestAbove', z.nullable(z.number())),
  ranking: withDefault('ranking', storedRanking),
  routing: withDefault('routing', storedRouting),
  learningGrace: withDefault('learningGrace', storedDuration),
  contactsConfirmedEvery: withDefault('contactConfirmationInterval', storedDuration),
  calendars: withDefault('calendars', z.record(z.string(), calendar)),
})

/** Some stored names are older than those in code. They are kept for the previous version of the program. */
export const storedPolicy = z.pipe(
  storedFields,
  z.transform(
    ({
      longestResponseTime: maxResponseTime,
      urgentTime: hotTime,
      extension: { time, most: max },
      mostRecipients: maxRecipients,
      mostSuggestions: maxSuggestions,
      contactsConfirmedEvery: contactConfirmationInterval,
      ...others
    }) => ({
      ...others,
      maxResponseTime,
      hotTime,
      extension: { time, max },
      maxRecipients,
      maxSuggestions,
      contactConfirmationInterval,
    }),
  ),
)

/** Returns a policy under the stored names of its fields. */
export const storedPolicyOf = ({
  maxResponseTime: longestResponseTime,
  hotTime: urgentTime,
  extension,
  maxRecipients: mostRecipients,
  maxSuggestions: mostSuggestions,
  contactConfirmationInterval: contactsConfirmedEvery,
  ...others
}: Policy) => ({
  ...others,
  longestResponseTime,
  urgentTime,
  extension: storedExtensionOf(extension),
  mostRecipients,
  mostSuggestions,
  contactsConfirmedEvery,
})

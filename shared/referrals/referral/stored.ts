/** Referrals as they are stored, and the part of them that lists project. */
import * as z from 'zod/mini'
import { storedPartnerId, storedProfileId, storedReferralId, storedRfiId } from '../../kernel/ids.ts'
import { storedDuration } from '../../kernel/instants.ts'
import { storedMoney } from '../../persistence/index.ts'
import { storedNeed, storedSource, storedTags } from '../../program/index.ts'
import { statuses } from './contract.ts'

/** Makes a field null where an item lacks it. */
const orNull = <S extends z.ZodMiniType>(schema: S) => z._default(z.nullable(schema), null)

const optionalText = orNull(z.string())
const urgency = orNull(z.enum(['hot', 'cooled']))
const customer = z.object({ company: z.string(), size: z.string(), city: z.string(), country: z.string() })
const span = z.object({ respondBy: z.string(), reminders: z.array(z.string()) })
const reopening = orNull(z.object({ within: storedDuration, responseTime: storedDuration }))

export const storedReferral = z.looseObject({
  id: storedReferralId,
  rfiId: storedRfiId,
  partnerId: storedPartnerId,
  profileId: storedProfileId,
  region: z.string(),
  locationId: z.string(),
  source: storedSource,
  customer,
  need: storedNeed,
  policyVersion: z.int(),
  terms: z._default(z.object({ nudgeInterval: orNull(storedDuration), reopening }), {
    nudgeInterval: null,
    reopening: null,
  }),
  version: z.int(),
  /** The first referrals lack it: see `readReferral`. */
  actedVersion: z.optional(z.int()),
  status: z.enum(statuses),
  receivedAt: z.string(),
  /** The first referrals lack it: see `readReferral`. */
  answerAdvisedBy: z.optional(z.string()),
  respondBy: z.string(),
  remindAt: optionalText,
  laterReminders: z._default(z.array(z.string()), []),
  extensionsLeft: z._default(z.array(span), []),
  extensions: z._default(
    z.array(z.object({ at: z.string(), reason: z.string(), respondBy: z.string() })),
    [],
  ),
  urgentUntil: optionalText,
  urgency,
  nudgeAt: optionalText,
  reopenUntil: optionalText,
  reopened: orNull(z.object({ expiredAt: z.string(), at: z.string() })),
  answeredAt: optionalText,
  closedAt: optionalText,
  updatedAt: z.string(),
  deal: orNull(
    z.object({
      name: z.string(),
      estimatedValue: storedMoney,
      estimatedCloseDate: z.string(),
      notes: optionalText,
      crmId: optionalText,
    }),
  ),
  contacts: z._default(
    z.array(
      z.object({
        id: z.string(),
        firstName: z.string(),
        lastName: z.string(),
        email: z.string(),
        phone: z.string(),
      }),
    ),
    [],
  ),
  decline: orNull(z.object({ reason: z.string(), notes: optionalText })),
  outcome: orNull(
    z.object({
      result: z.enum(['won', 'lost']),
      reason: optionalText,
      notes: optionalText,
      value: orNull(storedMoney),
      closedOn: z.string(),
    }),
  ),
})

export const storedOverview = z.object({
  id: storedReferralId,
  rfiId: storedRfiId,
  partnerId: storedPartnerId,
  status: z.enum(statuses),
  region: z.string(),
  locationId: z.string(),
  source: storedSource,
  customer,
  urgency,
  urgentUntil: optionalText,
  receivedAt: z.string(),
  respondBy: z.string(),
  closedAt: optionalText,
  updatedAt: z.string(),
  summary: z.string(),
  ...storedTags,
  dealName: optionalText,
  value: orNull(storedMoney),
})

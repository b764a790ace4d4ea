/** Stored forms of referrals, and of the part that list indexes project. */
import * as z from 'zod/mini'
import { customerChoices, estimateOrigins } from '../../events/contract.ts'
import { storedPartnerId, storedProfileId, storedReferralId, storedRfiId } from '../../kernel/ids.ts'
import { storedDuration, storedInstant } from '../../kernel/instants.ts'
import { type Condition, storedMoney, storedPerson } from '../../persistence/index.ts'
import { preferredContacts } from '../../program/contract.ts'
import { storedNeed, storedSource, storedTags } from '../../program/index.ts'
import { defaultPolicy } from '../../program/rules.ts'
import { statuses } from './contract.ts'
import type { Referral } from './referral.ts'
import type { ListedReferral } from './rules.ts'

/** Adds null as default, for fields that are missing in older items. */
const orNull = <S extends z.ZodMiniType>(schema: S) => z._default(z.nullable(schema), null)

const optionalText = orNull(z.string())
const optionalInstant = orNull(storedInstant)
const urgency = orNull(z.enum(['hot', 'cooled']))
const customer = z.object({ company: z.string(), size: z.string(), city: z.string(), country: z.string() })
const span = z.object({ respondBy: storedInstant, reminders: z.array(storedInstant) })
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
  preferredContact: orNull(z.enum(preferredContacts)),
  policyVersion: z.int(),
  terms: z.prefault(
    z.object({
      nudgeInterval: orNull(storedDuration),
      maxNudges: z._default(z.number(), defaultPolicy.maxNudges),
      reopening,
      undoTime: z._default(storedDuration, defaultPolicy.undoTime ?? 'PT0S'),
      /** Older referrals showed the contact details at once. */
      contactBeforeAnswer: z._default(z.enum(['always', 'on-request', 'hot', 'never']), 'always'),
    }),
    {},
  ),
  version: z.int(),
  /** Missing in referrals of an early version of the program: see `readReferral`. */
  actedVersion: z.optional(z.int()),
  status: z.enum(statuses),
  receivedAt: storedInstant,
  /** Missing in referrals of an early version of the program: see `readReferral`. */
  answerAdvisedBy: z.optional(storedInstant),
  respondBy: storedInstant,
  remindAt: optionalInstant,
  laterReminders: z._default(z.array(storedInstant), []),
  extensionsLeft: z._default(z.array(span), []),
  extensions: z._default(
    z.array(z.object({ at: storedInstant, reason: z.string(), respondBy: storedInstant })),
    [],
  ),
  urgentUntil: optionalInstant,
  urgency,
  nudgeAt: optionalInstant,
  reopenUntil: optionalInstant,
  reopened: orNull(z.object({ expiredAt: storedInstant, at: storedInstant })),
  answeredAt: optionalInstant,
  closedAt: optionalInstant,
  updatedAt: storedInstant,
  remindersSent: z._default(z.int(), 0),
  nudgesSent: z._default(z.int(), 0),
  contactShownAt: optionalInstant,
  undoUntil: optionalInstant,
  actedBefore: orNull(z.int()),
  isExpiryNeutral: z._default(z.boolean(), false),
  winDeniedAt: optionalInstant,
  isWinTakenBack: z._default(z.boolean(), false),
  customerChoice: orNull(z.enum(customerChoices)),
  acceptedBy: orNull(storedPerson),
  deal: orNull(
    z.object({
      name: z.string(),
      estimatedValue: storedMoney,
      estimatedCloseDate: z.string(),
      estimated: z._default(z.enum(estimateOrigins), 'given'),
      notes: optionalText,
      crmId: optionalText,
    }),
  ),
  contacts: z._default(
    z.array(
      z.object({
        id: z.string(),
        firstName: z.optional(z.string()),
        lastName: z.optional(z.string()),
        email: z.string(),
        phone: z.string(),
      }),
    ),
    [],
  ),
  decline: orNull(
    z.object({ reason: z.string(), notes: optionalText, neutral: z._default(z.boolean(), false) }),
  ),
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

/**
 * Returns the fields of a referral under their stored names. Three of the names are older than those in the code. They are
 * kept so that the previous version of the program can read the item.
 */
export const storedFieldsOf = ({
  recommendedAnswerBy: answerAdvisedBy,
  hotUntil: urgentUntil,
  colleagues: contacts,
  ...others
}: Referral) => ({ ...others, answerAdvisedBy, urgentUntil, contacts })

/** Returns a condition on a referral with the stored names of its fields. */
export const storedCondition = ({ hotUntil, ...others }: Condition): Condition =>
  hotUntil === undefined ? others : { ...others, urgentUntil: hotUntil }

export const storedListItem = z.object({
  id: storedReferralId,
  /** 0 in older items, which no referral has: a change with this version is refused as outdated. */
  version: z._default(z.int(), 0),
  rfiId: storedRfiId,
  partnerId: storedPartnerId,
  status: z.enum(statuses),
  region: z.string(),
  locationId: z.string(),
  source: storedSource,
  customer,
  urgency,
  urgentUntil: optionalInstant,
  receivedAt: storedInstant,
  respondBy: storedInstant,
  answeredAt: optionalInstant,
  closedAt: optionalInstant,
  updatedAt: storedInstant,
  summary: z.string(),
  ...storedTags,
  dealName: optionalText,
  crmId: optionalText,
  estimatedCloseDate: optionalText,
  outcomeValue: orNull(storedMoney),
  /** Estimate of the partner, or before acceptance the budget of the customer. */
  value: orNull(storedMoney),
  /** Missing in items of an early version of the program: see `readListItem`. */
  budget: orNull(storedMoney),
  /** Missing in older items: see `readListItem`. */
  dealValue: z.optional(z.nullable(storedMoney)),
  dealDays: orNull(z.number()),
})

/** Returns the part of a referral that lists show under its stored names. */
export const storedListItemOf = ({ hotUntil: urgentUntil, estimatedValue, ...others }: ListedReferral) => ({
  ...others,
  urgentUntil,
  value: estimatedValue ?? others.budget,
})

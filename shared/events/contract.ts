/** The catalogue of events, for the timeline, the bus and the workers. */
import * as z from 'zod/mini'
import { describeSchema } from '../kernel/documentation.ts'
import { storedPartnerId, storedReferralId, storedRfiId } from '../kernel/ids.ts'
import { instant } from '../kernel/instants.ts'

export const actorKinds = ['partner', 'customer', 'operator', 'timer', 'system'] as const
export type ActorKind = (typeof actorKinds)[number]

/** The commands of a referral's lifecycle that timers run. */
export const deadlineKinds = ['expire', 'cool', 'remind', 'nudge'] as const
export type DeadlineKind = (typeof deadlineKinds)[number]

/** Ends of an RFI that a customer can report. */
export const choiceOutcomes = ['partner', 'elsewhere', 'none'] as const

/**
 * The choice of a customer from the view of one partner: this partner, or another partner, somebody else or nobody. `open`: the
 * customer took the choice back.
 */
export const customerChoices = ['this', 'other', 'open'] as const

/** Origins of the estimated value of a deal: the form's suggestion, or the partner. */
export const estimateOrigins = ['default', 'given'] as const

/** Changes of a reported win by a choice: it no longer counts for the reputation of its partner, or counts again. */
const winChanges = ['taken-back', 'restored'] as const

/** Statuses that an answer creates and that can be undone. */
const undoableStatuses = ['declined', 'won', 'lost'] as const

/** Problems with mail to a contact that its profile shows as a warning, the most serious one last. */
export const warnedProblems = ['misaddressed', 'bounced', 'complained'] as const

/**
 * Problems with mail to a contact, the most serious one last. `undelivered` concerns single mails: they go to the next
 * contacts, and the contact keeps getting other mails.
 */
export const contactProblems = ['undelivered', ...warnedProblems] as const
export type ContactProblem = (typeof contactProblems)[number]

/**
 * Makes an object schema: `z.strictObject` for writing, which refuses unknown fields, or `z.object` for reading, which
 * drops them.
 */
type ObjectSchema = typeof z.object
const strictObject = z.strictObject as ObjectSchema

/**
 * Marks a field that was added to an existing event type. It is required for writing and optional for reading, because
 * events that were stored earlier lack it.
 */
type Added = <S extends z.ZodMiniType>(schema: S) => z.ZodMiniOptional<S>

/** The data of each event type. It contains no personal data, because events are kept forever and leave the program. */
export const eventDataSchemas = (object: ObjectSchema, added: Added) => {
  /** Any currency: events are kept forever, and currencies are withdrawn. */
  const amount = object({ amount: z.number(), currency: z.string() })
  const codes = z.array(z.string())
  const versions = z.array(object({ referralId: storedReferralId, version: z.int() }))
  /** Facts of the referral that are needed to count the event for the reputation. */
  const request = {
    receivedAt: added(instant),
    /** Codes of the need, by list of the taxonomy. */
    tags: added(object({ industries: codes, products: codes, services: codes, solutions: codes })),
  }
  return {
    'rfi.received': object({ recipients: z.int() }),
    /** The RFI was sent on to these further partners. */
    'rfi.recipients-added': object({ partnerIds: z.array(storedPartnerId) }),
    'rfi.withdrawn': object({}),
    /** The customer has chosen a partner, somebody else or nobody. */
    'rfi.chosen': object({ outcome: z.enum(choiceOutcomes), referralId: z.nullable(storedReferralId) }),
    /** Superseded referrals were reinstated, because the customer looks for a partner again. */
    'rfi.reopened': object({ referralIds: z.array(storedReferralId) }),
    /** Mail does not reach the customer. `referrals`: the open referrals, in the versions that they had. */
    'rfi.customer-unreachable': object({ referrals: versions }),
    /** The customer has corrected the address. `referrals`: as for `rfi.customer-unreachable`. */
    'rfi.address-corrected': object({ referrals: versions }),
    'referral.received': object({
      channel: z.string(),
      respondBy: instant,
      urgentUntil: z.nullable(instant),
    }),
    'referral.accepted': object({
      estimatedValue: amount,
      estimatedCloseDate: z.string(),
      /** `default` if the value is the suggestion of the form, which nobody changed. */
      estimated: added(z.enum(estimateOrigins)),
      ...request,
    }),
    'referral.declined': object({
      reason: z.string(),
      /** True if the reason is that mail to the customer is known to bounce, so that the decline counts for nobody. */
      neutral: added(z.boolean()),
      ...request,
    }),
    'referral.expired': object({
      respondBy: instant,
      /** True if the customer was being asked about the win of another partner, so that the expiry counts for nobody. */
      neutral: added(z.boolean()),
    }),
    'referral.extended': object({ respondBy: instant, previously: instant }),
    'referral.reopened': object({
      respondBy: instant,
      expiredAt: instant,
      /** True if the expiry counted for nobody. */
      neutral: added(z.boolean()),
    }),
    'referral.cooled': object({ urgentUntil: instant }),
    /** `due`: the instants of the reminders that this event covers. Several only after an outage. */
    'referral.reminder-due': object({
      due: z.array(instant),
      respondBy: instant,
      /** Number of the reminder since the receipt, starting with 1. */
      number: added(z.int()),
    }),
    'referral.nudge-due': object({ estimatedCloseDate: z.string() }),
    'referral.deal-edited': object({ changed: z.array(z.string()) }),
    'referral.contact-added': object({ contactId: z.string() }),
    'referral.contact-removed': object({ contactId: z.string() }),
    'referral.won': object({
      value: z.nullable(amount),
      closedOn: z.string(),
      /** True if the customer has chosen another end before, so that the win does not count. */
      takenBack: added(z.boolean()),
      ...request,
    }),
    'referral.lost': object({
      reason: z.string(),
      value: z.nullable(amount),
      closedOn: z.string(),
      ...request,
    }),
    'referral.withdrawn': object({
      /** True if the partner had accepted the referral. */
      accepted: added(z.boolean()),
      ...request,
    }),
    /** The customer has chosen another partner. */
    'referral.superseded': object({}),
    /** The customer has chosen this partner (`this`), another end (`other`), or has taken the choice back (`open`). */
    'referral.choice-noted': object({
      choice: z.enum(customerChoices),
      /** Effect on a reported win; null if there is none. */
      win: added(z.nullable(z.enum(winChanges))),
      /** Time of the report; null without an effect on a win. */
      wonAt: added(z.nullable(instant)),
      ...request,
    }),
    /** A superseded referral is new again. */
    'referral.reinstated': object({ respondBy: instant }),
    /** Somebody of the partner has looked at the contact details before the answer. */
    'referral.contact-shown': object({}),
    /** The partner took an answer back before the customer was told. The data allows the learner to reverse its figures. */
    'referral.answer-undone': object({
      undone: z.enum(undoableStatuses),
      answeredAt: instant,
      /** Reason of the decline or loss. */
      reason: z.nullable(z.string()),
      neutral: z.boolean(),
      /** True for a win that did not count any more, because the customer had chosen another end. */
      takenBack: added(z.boolean()),
      ...request,
    }),
    /** The customer says that the reported win is false. `takenBack`: as for `referral.answer-undone`. */
    'referral.win-denied': object({ wonAt: instant, takenBack: added(z.boolean()), ...request }),
    /** The partner works on the deal again after the customer has denied the win. The false report still counts. */
    'referral.resumed': object({}),
    /** The customer confirms a win that was denied before. */
    'referral.win-confirmed': object({ wonAt: instant, ...request }),
    'partner.created': object({}),
    'partner.renamed': object({}),
    /** A mail did not reach a contact, or it reached the wrong person. */
    'contact.failed': object({
      problem: z.enum(contactProblems),
      /** Fingerprint of the address of the contact. */
      contact: z.string(),
      /** True if the same problem was reported for another mail before. */
      known: z.boolean(),
      /** The id of the mail, as in the timeline. */
      mail: z.string(),
      /** The events that the contact got no mail about. `ofRfi`: the event is one of the RFI, and concerns this referral. */
      missed: z.array(
        object({
          referralId: storedReferralId,
          version: z.int(),
          ofRfi: z.optional(z.literal(true)),
        }),
      ),
    }),
  } as const
}

/** Types of the events with `receivedAt` and `tags` in their data. Events that an early version stored lack them. */
const requestEvents = [
  'referral.accepted',
  'referral.declined',
  'referral.won',
  'referral.lost',
  'referral.withdrawn',
  'referral.answer-undone',
  'referral.win-denied',
  'referral.win-confirmed',
] as const satisfies (keyof ReturnType<typeof eventDataSchemas>)[]
export type RequestEvent = (typeof requestEvents)[number]

/** Schemas for writing: every field is required, and unknown fields are refused. */
export const eventData = eventDataSchemas(strictObject, (schema => schema) as Added)
export type EventType = keyof typeof eventData
export const eventTypes = Object.keys(eventData) as [EventType, ...EventType[]]

/** The fields of every event. */
export const eventEnvelope = <T extends z.ZodMiniType<string>>(object: ObjectSchema, type: T) => {
  const deadlines = z.array(object({ kind: z.enum(deadlineKinds), dueAt: instant }))
  return object({
    /** The same in each delivery of the event, so that consumers can recognise repeats. */
    id: z.string(),
    type,
    at: instant,
    actor: object({
      kind: z.enum(actorKinds),
      /** Subject of the token, if the actor is a member. */
      id: z.optional(z.string()),
      /** Id (as in the timeline) of the mail whose link was used. */
      mail: z.optional(z.string()),
    }),
    subject: object({
      /** Required in events of RFIs and referrals: see `missingSubject`. */
      rfiId: z.optional(storedRfiId),
      /** Required in events of referrals. */
      referral: z.optional(
        object({
          id: storedReferralId,
          partnerId: storedPartnerId,
          region: z.string(),
          locationId: z.string(),
        }),
      ),
      /** Required in events about a partner's contacts in a region. */
      profile: z.optional(object({ partnerId: storedPartnerId, region: z.string() })),
      /** Required in events about a partner itself. */
      partner: z.optional(object({ id: storedPartnerId })),
    }),
    /** Version of the subject right after the event. Versions have no gaps. */
    version: z.int(),
    data: z.record(z.string(), z.unknown()),
    /** The deadlines that the event sets, and those that it removes. */
    deadlines: z.optional(object({ set: deadlines, lifted: deadlines })),
  })
}

export const event = eventEnvelope(strictObject, z.enum(eventTypes))
type Envelope = z.infer<typeof event>
export type Actor = Envelope['actor']
export type Deadline = NonNullable<Envelope['deadlines']>['set'][number]

type SubjectPart = keyof Envelope['subject']

/** The required parts of the subject, by family of events. The family is the first word of the type. */
const subjectsOf: Readonly<Record<string, readonly SubjectPart[]>> = {
  rfi: ['rfiId'],
  referral: ['rfiId', 'referral'],
  contact: ['profile'],
  partner: ['partner'],
}

/** Returns the required parts that the subject of an event lacks. */
export const missingSubject = (type: EventType, subject: Envelope['subject']): readonly SubjectPart[] => {
  const [family = ''] = type.split('.')
  return (subjectsOf[family] ?? []).filter(part => subject[part] === undefined)
}

/** An event; `data` is typed by `type`. */
export type Event<T extends EventType = EventType> = {
  [K in T]: Omit<Envelope, 'type' | 'data'> & { type: K; data: z.infer<(typeof eventData)[K]> }
}[T]

/** The results of a mail. */
const mailResults = [
  'sending',
  'sent',
  'delivered',
  'in-digest',
  'delayed',
  'refused',
  'rejected',
  'bounced-temporarily',
  'bounced',
  'complained',
  'misaddressed',
] as const
export type MailResult = (typeof mailResults)[number]

const mailRecipient = z.strictObject({
  role: z.enum(['contact', 'default-contact', 'admin', 'colleague', 'customer']),
  name: z.optional(z.string()),
  email: z.optional(z.string()),
})
/* @__PURE__ */ describeSchema(mailRecipient, {
  description: 'The person who gets an email.',
  properties: {
    role: 'Relation of the person to the referral. `colleague`: a person whom the partner has put on the deal.',
    name: 'Full name. Only for people of the partner.',
    email: 'Email address. Only for people of the partner.',
  },
  example: { role: 'contact', name: 'Sales Berlin', email: 'sales.berlin@spreewerk.example' },
})

/** A mail about an event. The timeline shows it after the event. */
export const mailedItem = z.strictObject({
  type: z.literal('mail'),
  id: z.string(),
  at: instant,
  version: z.int(),
  kind: z.string(),
  to: mailRecipient,
  result: z.enum(mailResults),
})
/* @__PURE__ */ describeSchema(mailedItem, {
  name: 'TimelineMail',
  description: 'An email about an event of the timeline. It follows its event.',
  properties: {
    type: 'Always `mail`.',
    id: 'Id of the email. If somebody uses a link in this email, the event has the id in `actor.mail`.',
    at: 'Time at which the email was composed.',
    version: 'Version of the event that the email is about.',
    kind: 'Kind of the email, such as `new-referral` or `reminder`.',
    to: 'The person who gets the email.',
    result:
      'The state of delivery: `sending`, `sent` (accepted by SES), `delivered`, `in-digest` (part of a digest that is to be sent or was sent), `delayed` (SES still tries to deliver it), `refused` (SES did not accept the address), `rejected` (SES found harmful content), `bounced-temporarily` (SES gave up, for example because the mailbox is full), `bounced` (the address does not work), `complained` or `misaddressed`.',
  },
  example: { id: 'm1_c0_8f3a', kind: 'new-referral', version: 1, result: 'delivered' },
})
export type MailedItem = z.infer<typeof mailedItem>

const timelineEvent = z.omit(event, { id: true, subject: true, deadlines: true })
/* @__PURE__ */ describeSchema(timelineEvent, {
  name: 'TimelineEvent',
  description: 'An event of a referral.',
  properties: {
    type: 'Type of the event.',
    at: 'Time of the event.',
    actor: 'Author of the change.',
    version: 'Version of the referral after the event. Versions have no gaps.',
    data: 'Facts of the event, depending on its type. For example, `respondBy` in `referral.extended`, `estimatedValue` in `referral.accepted` and `reason` in `referral.declined`. They contain no personal data.',
  },
  example: {
    type: 'referral.received',
    version: 1,
    data: { channel: 'search', respondBy: '2026-03-29T09:00:00.000Z', urgentUntil: null },
  },
})
/* @__PURE__ */ describeSchema(event.shape.actor, {
  name: 'Actor',
  description: 'The author of a change.',
  properties: {
    kind: 'Kind of the author.',
    id: 'Subject of the token, if the author is a member.',
    mail: 'Id (as in the timeline) of the email whose link was used for the change.',
  },
  example: { kind: 'customer' },
})

export const timelineItem = z.discriminatedUnion('type', [timelineEvent, mailedItem])
/* @__PURE__ */ describeSchema(timelineItem, {
  name: 'TimelineItem',
  description: 'An event of a referral, or an email about an event.',
  example: {
    type: 'referral.received',
    at: '2026-03-15T09:00:00.000Z',
    actor: { kind: 'customer' },
    version: 1,
    data: { channel: 'search', respondBy: '2026-03-29T09:00:00.000Z', urgentUntil: null },
  },
})
export type TimelineItem = z.infer<typeof timelineItem>

/** Returns whether an event lacks `receivedAt` and `tags`, like events that an early version of the program stored. */
export const lacksRequest = ({ type, data }: Event): boolean =>
  (requestEvents as readonly string[]).includes(type) && !('tags' in data && 'receivedAt' in data)

/** The `source` of the program's events on the bus. */
export const eventSource = 'referral-center'

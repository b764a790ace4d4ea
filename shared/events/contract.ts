/** The catalog of events: what the timeline shows, the bus carries and every worker listens to. */
import * as z from 'zod/mini'
import { instant, money } from '../kernel/contract.ts'

export const actorKinds = ['partner', 'customer', 'operator', 'timer', 'system'] as const
export type ActorKind = (typeof actorKinds)[number]

const actor = z.strictObject({
  kind: z.enum(actorKinds),
  /** A member: the subject of their token. */
  id: z.optional(z.string()),
  /** Whoever answered a mail: which, as the timeline names it. */
  mail: z.optional(z.string()),
})
export type Actor = z.infer<typeof actor>

/** What time does to a referral, whoever else acts: the commands of the lifecycle that are the timer's. */
export const deadlineKinds = ['expire', 'cool', 'remind', 'nudge'] as const
const deadline = z.strictObject({ kind: z.enum(deadlineKinds), dueAt: instant })
export type Deadline = z.infer<typeof deadline>
export type DeadlineKind = Deadline['kind']

/** Reasons why a contact gets no mail, the worst last: it reached the wrong person, it comes back, it is not wanted. */
export const contactProblems = ['misaddressed', 'bounced', 'complained'] as const
export type ContactProblem = (typeof contactProblems)[number]

/** What each event tells beyond its subject. Never personal data: events are kept for good and leave the house. */
export const eventData = {
  'rfi.received': z.strictObject({ recipients: z.int() }),
  /** It was sent on to further partners: which. */
  'rfi.recipients-added': z.strictObject({ partnerIds: z.array(z.string()) }),
  'rfi.withdrawn': z.strictObject({}),
  'referral.received': z.strictObject({
    channel: z.string(),
    respondBy: instant,
    urgentUntil: z.nullable(instant),
  }),
  'referral.accepted': z.strictObject({ estimatedValue: money, estimatedCloseDate: z.string() }),
  'referral.declined': z.strictObject({ reason: z.string() }),
  'referral.expired': z.strictObject({ respondBy: instant }),
  'referral.extended': z.strictObject({ respondBy: instant, previously: instant }),
  'referral.reopened': z.strictObject({ respondBy: instant, expiredAt: instant }),
  'referral.cooled': z.strictObject({ urgentUntil: instant }),
  /** `due`: the reminders that this one stands for, of which there are several only after an outage. */
  'referral.reminder-due': z.strictObject({ due: z.array(instant), respondBy: instant }),
  'referral.nudge-due': z.strictObject({ estimatedCloseDate: z.string() }),
  'referral.deal-edited': z.strictObject({ changed: z.array(z.string()) }),
  'referral.contact-added': z.strictObject({ contactId: z.string() }),
  'referral.contact-removed': z.strictObject({ contactId: z.string() }),
  'referral.won': z.strictObject({ value: z.nullable(money), closedOn: z.string() }),
  'referral.lost': z.strictObject({ reason: z.string(), value: z.nullable(money), closedOn: z.string() }),
  'referral.withdrawn': z.strictObject({}),
  /** Mail does not reach a contact, or reached the wrong one. */
  'contact.failed': z.strictObject({
    problem: z.enum(contactProblems),
    /** Names the contact without its address. */
    contact: z.string(),
    /** That it is the same with others was known before. */
    known: z.boolean(),
    /** Which mail, as the timeline names it. */
    mail: z.string(),
    /** The events of referrals that the contact should have heard of. */
    missed: z.array(z.strictObject({ referralId: z.string(), version: z.int() })),
  }),
} as const
export type EventType = keyof typeof eventData
const eventTypes = Object.keys(eventData) as [EventType, ...EventType[]]

const subject = z.strictObject({
  /** Of an RFI's and a referral's events. */
  rfiId: z.optional(z.string()),
  /** Of a referral's events: whose it is. */
  referral: z.optional(
    z.strictObject({
      id: z.string(),
      partnerId: z.string(),
      region: z.string(),
      locationId: z.string(),
    }),
  ),
  /** Of events about a partner's contacts in a region. */
  profile: z.optional(z.strictObject({ partnerId: z.string(), region: z.string() })),
})

export const event = z.strictObject({
  /** The same for each delivery of the same event: what consumers recognise repeats by. */
  id: z.string(),
  type: z.enum(eventTypes),
  at: instant,
  actor,
  subject,
  /** Of the subject, right after the event; without gaps. */
  version: z.int(),
  data: z.record(z.string(), z.unknown()),
  /** What the event makes fall due, and what will not fall due any more because of it. */
  deadlines: z.optional(z.strictObject({ set: z.array(deadline), lifted: z.array(deadline) })),
})
type Envelope = z.infer<typeof event>

/** An event; `data` is typed by `type`. */
export type Event<T extends EventType = EventType> = {
  [K in T]: Omit<Envelope, 'type' | 'data'> & { type: K; data: z.infer<(typeof eventData)[K]> }
}[T]

/** What has become of a mail. */
const mailResults = [
  'sending',
  'sent',
  'delivered',
  'in-digest',
  'refused',
  'bounced',
  'complained',
  'misaddressed',
] as const
export type MailResult = (typeof mailResults)[number]

/** A mail that told of an event: it stands behind it. */
const mailedItem = z.strictObject({
  type: z.literal('mail'),
  /** What an answer given by this mail names in its `actor`. */
  id: z.string(),
  at: instant,
  /** Of the event that it told of. */
  version: z.int(),
  kind: z.string(),
  to: z.strictObject({
    role: z.enum(['contact', 'default-contact', 'admin', 'customer']),
    /** Of the partner's own people alone. */
    name: z.optional(z.string()),
    email: z.optional(z.string()),
  }),
  result: z.enum(mailResults),
})
export type MailedItem = z.infer<typeof mailedItem>

export const timelineItem = z.discriminatedUnion('type', [
  z.omit(event, { id: true, subject: true, deadlines: true }),
  mailedItem,
])
export type TimelineItem = z.infer<typeof timelineItem>

/** The `source` of our events on the bus. */
export const eventSource = 'referral-center'

/** What a queue behind a rule of the bus holds. */
const delivery = z.looseObject({ detail: event })

/** The event that the bus delivered. @throws ZodError when it is none of the catalog */
export const readDelivery = (body: unknown): Event => delivery.parse(body).detail as Event

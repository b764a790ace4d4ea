/** Decisions about the policy: errors of a new one, and the instants that it sets for a referral. */

import type { Fault } from '../../kernel/errors.ts'
import { commonFaults, faults } from '../../kernel/faults.ts'
import { checkAll, checkEach } from '../../kernel/partial-input.ts'
import {
  type Calendar,
  type Hours,
  hoursOn,
  nextWorkingInstant,
  workingDeadline,
  workingTimeAfter,
} from '../../time/calendar.ts'
import { after, before, type Duration, milliseconds, wholeSecond } from '../../time/duration.ts'
import type { Instant } from '../../time/instant.ts'
import { zoneOfCountry } from '../../time/zones.ts'
import {
  type Policy,
  type PolicyContent,
  policyFaults,
  type Ranking,
  type RegionCalendar,
} from './contract.ts'

/**
 * The policy of a new program. 14 days, 72 hours and 24 hours come from Microsoft Partner Center ("Respond to referrals",
 * May 2019); the other numbers are estimates. Do not change them: existing programs use this policy as version 1.
 */
export const defaultPolicy: Policy = {
  version: 1,
  changedAt: null,
  changedBy: null,
  responseTime: 'P14D',
  maxResponseTime: 'P90D',
  recommendedAnswerTime: 'PT24H',
  hotTime: 'PT72H',
  reminders: { afterReceipt: ['PT24H'], beforeExpiry: ['P3D'] },
  escalateAtReminder: 2,
  nudgeInterval: 'P14D',
  maxNudges: 3,
  undoTime: 'PT5M',
  contactDetails: { inMail: 'hot', beforeAnswer: 'on-request' },
  suggestedDeal: { value: { amount: 10_000, currency: 'EUR' }, closesIn: 'P90D' },
  choice: { changeableFor: 'P7D', winQuestionTime: 'P14D' },
  customerMails: { perDay: 1, perRfi: 8 },
  extension: { time: 'P7D', max: 1 },
  reopening: { within: 'PT48H', responseTime: 'PT48H' },
  maxRecipients: 5,
  maxSuggestions: 3,
  trackingTime: 'P400D',
  digestAbove: 10,
  ranking: {
    relevance: { tags: 0.45, text: 0.2, distance: 0.15, size: 0.1, language: 0.1 },
    visibility: {
      speed: 0.25,
      answerRate: 0.3,
      followThrough: 0.1,
      outcome: 0.1,
      fit: 0.1,
      quality: 0.15,
    },
    shrinkage: 5,
    halfLife: 'P180D',
    answerHalfTime: 'PT24H',
    distanceHalfKm: 50,
    exploration: { share: 0.1, below: 5 },
  },
  routing: { fanOut: 3, capacity: 20 },
  learningGrace: 'P30D',
  contactConfirmationInterval: 'P90D',
  calendars: {},
}

const fault = faults({ ...commonFaults, ...policyFaults })

/** Returns the faults of a policy. Invalid parts of it may be holes. */
export const findPolicyFaults = (policy: PolicyContent): Fault[] =>
  checkAll(
    ...orders.map(order => () => orderFaults(policy, order)),
    () => trackingFaults(policy),
    () => nudgeFaults(policy),
    () => undoFaults(policy),
    () => reminderFaults(policy, 'afterReceipt'),
    () => reminderFaults(policy, 'beforeExpiry'),
    () => weightFaults(policy.ranking, 'relevance'),
    () => weightFaults(policy.ranking, 'visibility'),
    () => calendarsFaults(policy),
  )

/** Weights are divided by their sum, which must not be 0. */
const weightFaults = (ranking: Ranking, part: 'relevance' | 'visibility'): Fault[] =>
  Object.values(ranking[part]).some(weight => weight > 0) ? [] : [fault('no-weight', `/ranking/${part}`)]

type DurationName = 'responseTime' | 'maxResponseTime' | 'recommendedAnswerTime' | 'hotTime'

/** A pair of durations: the first must not be longer than the second. */
type Order = readonly [shorter: DurationName, longer: DurationName]

const orders: readonly Order[] = [
  ['recommendedAnswerTime', 'responseTime'],
  ['hotTime', 'responseTime'],
  ['responseTime', 'maxResponseTime'],
]

const orderFaults = (policy: PolicyContent, [shorter, field]: Order): Fault[] => {
  const [actual, maximum] = [policy[shorter], policy[field]]
  return milliseconds(actual) <= milliseconds(maximum)
    ? []
    : [fault('duration-too-long', `/${shorter}`, { actual, maximum, field })]
}

const dayMs = milliseconds('P1D')

/** Returns the longest time until a referral's answer in milliseconds, with all extensions and a reopening. */
const maxWait = ({ maxResponseTime, extension, reopening }: PolicyContent): number =>
  [
    maxResponseTime,
    ...Array.from({ length: extension.max }, () => extension.time),
    ...(reopening ? [reopening.within, reopening.responseTime] : []),
  ].reduce((sum, duration) => sum + milliseconds(duration), 0)

const trackingFaults = (policy: PolicyContent): Fault[] => {
  const { trackingTime: actual } = policy
  const longest = maxWait(policy)
  const minimum = `P${Math.ceil(longest / dayMs)}D`
  return longest <= milliseconds(actual)
    ? []
    : [fault('tracking-too-short', '/trackingTime', { actual, minimum })]
}

/** The minimum interval between nudges. */
const minNudgeInterval = 'P1D'

const nudgeFaults = ({ nudgeInterval: actual }: PolicyContent): Fault[] =>
  actual && milliseconds(actual) < milliseconds(minNudgeInterval)
    ? [fault('duration-too-short', '/nudgeInterval', { actual, minimum: minNudgeInterval })]
    : []

/** The maximum delay of an SQS message (SQS Developer Guide, “Amazon SQS delay queues”), with which mails wait. */
const maxUndoTime = 'PT15M'

const undoFaults = ({ undoTime: actual }: PolicyContent): Fault[] =>
  actual && milliseconds(actual) > milliseconds(maxUndoTime)
    ? [fault('undo-too-long', '/undoTime', { actual, maximum: maxUndoTime })]
    : []

const reminderFaults = (
  { reminders, responseTime: limit }: PolicyContent,
  kind: 'afterReceipt' | 'beforeExpiry',
): Fault[] =>
  checkEach(reminders[kind], (actual, index) =>
    milliseconds(actual) < milliseconds(limit)
      ? []
      : [fault('reminder-too-late', `/reminders/${kind}/${index}`, { actual, limit })],
  )

const weekMs = milliseconds('P7D')

/** Converts a response time in working hours to elapsed time in milliseconds, for weeks without holidays. */
const wallTime = (calendar: RegionCalendar): number => {
  const minute = (time: string) => Number(time.slice(0, 2)) * 60 + Number(time.slice(3))
  const weekly = calendar.workingDays
    .flatMap(weekday => hoursOn(weekday, calendar))
    .reduce((sum, { from, to }) => sum + (minute(to) - minute(from)) * 60_000, 0)
  return (milliseconds(calendar.responseTime) / weekly) * weekMs
}

const calendarsFaults = ({ calendars, maxResponseTime }: PolicyContent): Fault[] =>
  checkAll(
    ...Object.keys(calendars).map(
      region => () =>
        calendarFaults(`/calendars/${region}`, calendars[region] as RegionCalendar, maxResponseTime),
    ),
  )

/** Returns the faults of a calendar. The last one can be computed only if there is no other. */
const calendarFaults = (at: string, calendar: RegionCalendar, longest: Duration): Fault[] => {
  const errors = checkAll(
    () => repeatFaults(`${at}/workingDays`, calendar.workingDays),
    () => repeatFaults(`${at}/holidays`, calendar.holidays),
    () => (calendar.workingHours ? hoursFaults(`${at}/workingHours/to`, calendar.workingHours) : []),
    () => weekFaults(`${at}/hours`, calendar),
    () => daysFaults(`${at}/responseTime`, calendar.responseTime),
  )
  return errors.length > 0 ? errors : wallTimeFaults(`${at}/responseTime`, calendar, longest)
}

const repeatFaults = (pointer: string, values: readonly (string | number)[]): Fault[] => {
  const value = values.find((one, index) => values.indexOf(one) !== index)
  return value === undefined ? [] : [fault('repeated', pointer, { value })]
}

const hoursFaults = (pointer: string, { from, to }: RegionCalendar['workingHours']): Fault[] =>
  from < to ? [] : [fault('not-after', pointer, { actual: to, after: from })]

/** Returns the faults of the hours of single weekdays. */
const weekFaults = (pointer: string, { hours = {}, workingDays }: RegionCalendar): Fault[] =>
  checkAll(
    ...Object.keys(hours).flatMap(weekday => [
      () =>
        workingDays.includes(Number(weekday))
          ? []
          : [fault('not-a-working-day', `${pointer}/${weekday}`, { weekday })],
      () => periodsFaults(`${pointer}/${weekday}`, hours[weekday] ?? []),
    ]),
  )

const periodsFaults = (pointer: string, periods: readonly Hours[]): Fault[] =>
  checkEach(periods, (period, index) => {
    const errors = hoursFaults(`${pointer}/${index}/to`, period)
    const earliest = periods[index - 1]?.to ?? '00:00'
    const { from: actual } = period
    return actual < earliest
      ? [...errors, fault('overlap', `${pointer}/${index}/from`, { actual, earliest })]
      : errors
  })

const daysFaults = (pointer: string, actual: Duration): Fault[] =>
  /\dD/.test(actual) ? [fault('days-of-working-time', pointer, { actual })] : []

const wallTimeFaults = (pointer: string, calendar: RegionCalendar, longest: Duration): Fault[] =>
  wallTime(calendar) <= milliseconds(longest)
    ? []
    : [
        fault('duration-too-long', pointer, {
          actual: calendar.responseTime,
          maximum: longest,
          field: 'maxResponseTime',
        }),
      ]

/** Local time and working time of a region. */
export interface RegionTime {
  /** IANA time zone. */
  readonly zone: string
  /** Undefined if every hour counts. */
  readonly calendar: Calendar | undefined
}

/** The time of a region without calendar and time zone. */
export const universalTime: RegionTime = { zone: 'UTC', calendar: undefined }

/** Places whose time zone is used in a region without a calendar. */
interface Nearby {
  /** Time zone of the office that got the referral. */
  readonly officeZone?: string | undefined
  readonly readerCountry?: string | undefined
}

/**
 * Returns the time in which people are told instants about a region: of its calendar, else of the office, else of the
 * country of the region, else of the country of the reader, else UTC. A country in which people have several local times
 * has none.
 */
export const regionTime = (
  { calendars }: Pick<Policy, 'calendars'>,
  region: string,
  { officeZone, readerCountry = region }: Nearby = {},
): RegionTime => {
  const calendar = calendars[region]
  const zone = calendar?.zone ?? officeZone ?? zoneOfCountry(region) ?? zoneOfCountry(readerCountry)
  return { zone: zone ?? universalTime.zone, calendar }
}

/** A period for an answer, with the instants of its reminders. */
export interface Span {
  readonly respondBy: Instant
  /** Soonest first. */
  readonly reminders: readonly Instant[]
}

/** Numbers of the policy that a referral keeps from its receipt, because later transitions need them. */
export interface Terms {
  readonly nudgeInterval: Duration | null
  readonly maxNudges: number
  readonly reopening: Policy['reopening']
  readonly undoTime: Duration
  readonly contactBeforeAnswer: Policy['contactDetails']['beforeAnswer']
}

/** The instants and limits that the policy sets for a referral at its receipt. */
interface Plan extends Span {
  readonly policyVersion: number
  readonly recommendedAnswerBy: Instant
  readonly hotUntil: Instant | null
  /** The periods that extensions would lead to, in order. */
  readonly extensionsLeft: readonly Span[]
  readonly terms: Terms
}

interface ReceivedRequest {
  readonly receivedAt: Instant
  readonly region: string
  readonly directContact: boolean
  /** Replaces the policy's response time. It is not rounded to whole seconds. */
  readonly respondBy?: Instant | undefined
}

/** Calculates the instants and limits of a new referral. */
export const planOf = (policy: Policy, receipt: ReceivedRequest): Plan => {
  const { version, nudgeInterval, maxNudges, reopening, undoTime } = policy
  const { recommendedAnswerTime, hotTime, contactDetails } = policy
  // EventBridge Scheduler has no fractions of a second. Deadlines in whole seconds let timers fire exactly when due.
  const start = wholeSecond(receipt.receivedAt)
  const calendar = receipt.directContact ? undefined : policy.calendars[receipt.region]
  const respondBy = receipt.respondBy ?? answerTimeEnd(start, policy, calendar)
  const capped = (duration: Duration) => earlier(after(start, duration), respondBy)
  return {
    policyVersion: version,
    respondBy,
    reminders: reminders(policy, start, respondBy, calendar),
    recommendedAnswerBy: earlier(deadlineIn(calendar, after(start, recommendedAnswerTime)), respondBy),
    hotUntil: receipt.directContact ? capped(hotTime) : null,
    extensionsLeft: extensions(policy, respondBy, calendar),
    terms: {
      nudgeInterval,
      maxNudges,
      reopening,
      undoTime: undoTime ?? 'PT0S',
      contactBeforeAnswer: contactDetails.beforeAnswer,
    },
  }
}

const earlier = (a: Instant, b: Instant): Instant => (a < b ? a : b)

type InRegion = RegionCalendar | undefined

/** Returns the deadline for an answer. Holidays can move it, but not beyond the longest response time. */
const answerTimeEnd = (start: Instant, policy: Policy, calendar: InRegion): Instant =>
  calendar
    ? earlier(workingTimeAfter(start, calendar.responseTime, calendar), after(start, policy.maxResponseTime))
    : after(start, policy.responseTime)

/** Moves the instant of an email into working time. */
export const mailTimeIn = (calendar: Calendar | undefined, instant: Instant): Instant =>
  calendar ? nextWorkingInstant(instant, calendar) : instant

/** Moves a deadline outside working time to the end of the next working period, so that people have time before it. */
export const deadlineIn = (calendar: Calendar | undefined, instant: Instant): Instant =>
  calendar ? workingDeadline(instant, calendar) : instant

const reminders = (policy: Policy, start: Instant, respondBy: Instant, calendar: InRegion): Instant[] => {
  const { afterReceipt, beforeExpiry } = policy.reminders
  const planned = [
    ...afterReceipt.map(duration => after(start, duration)),
    ...beforeExpiry.map(duration => before(respondBy, duration)),
  ]
  return between(start, respondBy, planned, calendar)
}

/** Moves instants into working time and returns those between `start` and `end`, sorted and without repetitions. */
const between = (
  start: Instant,
  end: Instant,
  instants: readonly Instant[],
  calendar: InRegion,
): Instant[] => {
  const moved = instants.filter(instant => instant > start).map(instant => mailTimeIn(calendar, instant))
  return [...new Set(moved)].filter(instant => instant < end).toSorted()
}

const extensions = ({ extension, reminders }: Policy, respondBy: Instant, calendar: InRegion): Span[] => {
  const spans: Span[] = []
  for (let end = respondBy; spans.length < extension.max; ) {
    const start = end
    end = deadlineIn(calendar, after(start, extension.time))
    const planned = reminders.beforeExpiry.map(duration => before(end, duration))
    spans.push({ respondBy: end, reminders: between(start, end, planned, calendar) })
  }
  return spans
}

/** Schedule expressions of EventBridge Scheduler: `at(yyyy-mm-ddThh:mm:ss)` and `rate(value unit)`. */

export type ScheduleExpression =
  | { readonly kind: 'at' /** Epoch milliseconds. */; readonly at: number }
  | { readonly kind: 'rate' /** Milliseconds. */; readonly every: number }

const atPattern = /^at\((\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\)$/
const ratePattern = /^rate\((\d+) (minute|hour|day)s?\)$/
const unitMs = { minute: 60_000, hour: 3_600_000, day: 86_400_000 }

/** Undefined for an expression that AWS does not accept, and for `cron`, which the local cloud does not support. */
export const parseSchedule = (expression: string, timeZone = 'UTC'): ScheduleExpression | undefined => {
  const [, local] = atPattern.exec(expression) ?? []
  if (local) {
    const at = instantIn(timeZone, local)
    return Number.isNaN(at) ? undefined : { kind: 'at', at }
  }
  const [, value, unit] = ratePattern.exec(expression) ?? []
  const every = Number(value) * unitMs[unit as keyof typeof unitMs]
  return every > 0 ? { kind: 'rate', every } : undefined
}

/** Instant of a local time in a time zone; NaN if the time or the zone does not exist. */
const instantIn = (timeZone: string, local: string): number => {
  const asUtc = Date.parse(`${local}Z`)
  // Date.parse reads February 30 as March 2; AWS refuses it.
  if (Number.isNaN(asUtc) || !new Date(asUtc).toISOString().startsWith(local)) return Number.NaN
  try {
    const guess = asUtc - zoneOffset(timeZone, asUtc)
    return asUtc - zoneOffset(timeZone, guess)
  } catch {
    return Number.NaN
  }
}

/** Milliseconds by which a time zone is ahead of UTC at an instant. @throws RangeError for an unknown zone */
const zoneOffset = (timeZone: string, instant: number): number => {
  if (timeZone === 'UTC') return 0
  const format = new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' })
  const name = format.formatToParts(instant).find(({ type }) => type === 'timeZoneName')?.value ?? ''
  const [, sign, hours, minutes] = /^GMT([+-])(\d\d):(\d\d)/.exec(name) ?? []
  return (sign === '-' ? -1 : 1) * (Number(hours ?? 0) * 60 + Number(minutes ?? 0)) * 60_000
}

/** An instant as text, RFC 3339 in UTC. The type keeps ids, dates and durations from being passed by mistake. */
export type Instant = `${number}-${number}-${string}Z`

/** Returns an instant with milliseconds, such as 2026-03-15T09:00:00.000Z. @throws RangeError for an invalid date */
export const instantOf = (date: Date): Instant => date.toISOString() as Instant

/** Returns the instant at which a date, YYYY-MM-DD, begins in UTC. */
export const startOfDay = (date: string): Instant => `${date}T00:00:00.000Z` as Instant

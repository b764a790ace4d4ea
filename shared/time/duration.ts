/** ISO 8601 durations of days, hours, minutes and seconds: lengths of time, never calendar arithmetic. */
const pattern = /^P(?=\d|T\d)(?:(\d+)D)?(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/

/** The duration's length in milliseconds. @throws RangeError when it is not such a duration. */
export const milliseconds = (duration: string): number => {
  const parts = pattern.exec(duration)
  if (!parts) throw new RangeError(`not a duration of days, hours, minutes and seconds: ${duration}`)
  const [days = 0, hours = 0, minutes = 0, seconds = 0] = parts.slice(1).map(part => Number(part ?? 0))
  return (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000
}

/** The instant that lies `duration` after `start` (both RFC 3339, UTC). */
export const after = (start: string, duration: string): string =>
  new Date(Date.parse(start) + milliseconds(duration)).toISOString()

/** The instant that lies `duration` before `end` (both RFC 3339, UTC). */
export const before = (end: string, duration: string): string =>
  new Date(Date.parse(end) - milliseconds(duration)).toISOString()

/** The beginning of the second that an instant lies in. */
export const wholeSecond = (instant: string): string => `${instant.slice(0, 19)}.000Z`

/** ISO 8601 durations of a fixed length: weeks, days, hours, minutes and seconds, but no months or years. */

const pattern = /^P(?!$)(?:(\d+)W)?(?:(\d+)D)?(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/
const unitsMs = [604_800_000, 86_400_000, 3_600_000, 60_000, 1000]

/** Milliseconds, or nothing when the text is not such a duration. */
export const parseDuration = (text: unknown): number | undefined => {
  const match = typeof text === 'string' ? pattern.exec(text) : null
  if (!match) return undefined
  const total = unitsMs.reduce((sum, unit, index) => sum + Number(match[index + 1] ?? 0) * unit, 0)
  return Number.isSafeInteger(Math.round(total)) ? Math.round(total) : undefined
}

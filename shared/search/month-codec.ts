/** Compact encoding of monthly counts: about 15 bytes for each month. */
import type { Month } from './entry.ts'

const counts = ['earlyAnswers', 'silences', 'accepted', 'won', 'deniedWins', 'lost', 'unfollowed'] as const

const firstYear = 2000

/**
 * Encodes months as variable-length integers: seven bits in each byte, lowest bits first; the high bit is set in all bytes
 * except the last. Negative counts are stored as 0, because readers treat them as 0.
 */
export const encodeMonths = (months: readonly Month[]): number[] => {
  const bytes: number[] = []
  const put = (number: number) => {
    let rest = Math.max(0, number)
    for (; rest > 0x7f; rest = Math.floor(rest / 0x80)) bytes.push((rest & 0x7f) | 0x80)
    bytes.push(rest)
  }
  for (const month of months) {
    const [year = firstYear, number = 1] = month.month.split('-').map(Number)
    put((year - firstYear) * 12 + number - 1)
    put(month.answers.length)
    for (const count of month.answers) put(count)
    for (const count of counts) put(month[count])
  }
  return bytes
}

/** Decodes months. For speed it yields one reused object: copy it before keeping a reference. */
export function* decodeMonths(bytes: Uint8Array): Generator<Month> {
  let at = 0
  const take = () => {
    let [number, factor] = [0, 1]
    for (; (bytes[at] as number) > 0x7f; factor *= 0x80) number += ((bytes[at++] as number) & 0x7f) * factor
    return number + (bytes[at++] as number) * factor
  }
  const month = { month: '', answers: [] as number[], ...noCounts }
  while (at < bytes.length) {
    month.month = monthOf(take())
    month.answers.length = take()
    for (let band = 0; band < month.answers.length; band++) month.answers[band] = take()
    for (const count of counts) month[count] = take()
    yield month
  }
}

const noCounts = {
  earlyAnswers: 0,
  silences: 0,
  accepted: 0,
  won: 0,
  deniedWins: 0,
  lost: 0,
  unfollowed: 0,
}

const monthOf = (number: number): string =>
  `${firstYear + Math.floor(number / 12)}-${String((number % 12) + 1).padStart(2, '0')}`

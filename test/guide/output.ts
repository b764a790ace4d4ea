/**
 * Compares the output of a command with the output that a document shows. Every name, status, code, number and the shape
 * must be equal. Values that differ in every run are compared by their kind:
 *
 * - ids: the same id stands for the same thing on the whole page
 * - instants: all of a page are shifted by the same time, within an hour; dates within a day and an hour
 * - numbers with decimals: within 0.1
 * - `…` in the document stands for any text within a line, and alone on a line for any lines
 */

const idPattern = '[a-z]{3}_[0-9A-HJKMNP-TV-Z]{26}(?:_[0-9A-HJKMNP-TV-Z]{6})?'
const instantPattern =
  '\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}(?::\\d{2}(?:\\.\\d+)?)?Z?|(?<!\\d)\\d{8}T\\d{6}(?!\\d)'
const datePattern = '(?<!\\d)\\d{4}-\\d{2}-\\d{2}(?!\\d)'
const decimalPattern = '(?<![\\d.])\\d+\\.\\d+(?![\\d.])'

const kinds = {
  anyLines: '^[ \\t]*…[ \\t]*$',
  anyText: '…',
  id: idPattern,
  instant: instantPattern,
  date: datePattern,
  decimal: decimalPattern,
} as const
type Kind = keyof typeof kinds

const scanner = new RegExp(
  Object.entries(kinds)
    .map(([kind, pattern]) => `(?<${kind}>${pattern})`)
    .join('|'),
  'gm',
)

interface Part {
  /** Absent for text that must be equal. */
  readonly kind?: Kind
  readonly text: string
}

const partsOf = (text: string): Part[] => {
  const parts: Part[] = []
  let end = 0
  for (const match of text.matchAll(scanner)) {
    parts.push({ text: text.slice(end, match.index) })
    const kind = (Object.keys(kinds) as Kind[]).find(name => match.groups?.[name] !== undefined)
    parts.push({ ...(kind && { kind }), text: match[0] })
    end = match.index + match[0].length
  }
  return [...parts, { text: text.slice(end) }]
}

const regexOf = (parts: readonly Part[]): RegExp => {
  const pattern = parts.map(({ kind, text }) => {
    if (kind === undefined) return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
    if (kind === 'anyLines') return '[^]*?'
    if (kind === 'anyText') return '[^\\n]*?'
    return `(${kinds[kind]})`
  })
  return new RegExp(`^${pattern.join('')}$`)
}

const hourMs = 3_600_000
const tolerancesMs = { instant: hourMs, date: 25 * hourMs } as const
const decimalTolerance = 0.1

/** Compares the outputs of one page. It remembers ids and the shift of instants from one output to the next. */
export class OutputComparison {
  readonly #actualOf = new Map<string, string>()
  readonly #expectedOf = new Map<string, string>()
  #shiftMs: number | undefined

  /** Returns the first difference, or undefined. */
  difference(expected: string, actual: string): string | undefined {
    const parts = partsOf(trimmed(expected))
    const match = regexOf(parts).exec(trimmed(actual))
    if (!match) return 'The text differs'
    const values = parts.filter(({ kind }) => kind !== undefined && !kind.startsWith('any'))
    for (const [index, { kind, text }] of values.entries()) {
      const difference = this.#valueDifference(kind, text, match[index + 1] ?? '')
      if (difference !== undefined) return difference
    }
    return undefined
  }

  /**
   * Returns an output with the ids and times of the document, as far as earlier comparisons have found them. A value
   * that the document does not show stays as it is.
   */
  asShown(actual: string): string {
    return partsOf(actual)
      .map(({ kind, text }) => {
        if (kind === 'id') return this.#expectedOf.get(text) ?? text
        if (kind === 'instant' || kind === 'date') return shiftedBack(kind, text, this.#shiftMs ?? 0)
        return text
      })
      .join('')
  }

  #valueDifference(kind: Kind | undefined, expected: string, actual: string): string | undefined {
    if (kind === 'id') return this.#identityDifference(expected, actual)
    if (kind === 'instant' || kind === 'date') return this.#shiftDifference(kind, expected, actual)
    return Math.abs(Number(expected) - Number(actual)) > decimalTolerance
      ? `The document shows ${expected}, the output has ${actual}`
      : undefined
  }

  #identityDifference(expected: string, actual: string): string | undefined {
    if (prefixOf(expected) !== prefixOf(actual))
      return `The document shows ${expected}, the output has ${actual}`
    const known = this.#actualOf.get(expected) ?? actual
    const knownBack = this.#expectedOf.get(actual) ?? expected
    this.#actualOf.set(expected, known)
    this.#expectedOf.set(actual, knownBack)
    if (known !== actual) return `${expected} stood for ${known} before, and now for ${actual}`
    return knownBack === expected
      ? undefined
      : `${actual} was shown as ${knownBack} before, and now as ${expected}`
  }

  #shiftDifference(kind: 'instant' | 'date', expected: string, actual: string): string | undefined {
    const shiftMs = parseInstant(actual) - parseInstant(expected)
    if (kind === 'instant') this.#shiftMs ??= shiftMs
    if (this.#shiftMs === undefined || Math.abs(shiftMs - this.#shiftMs) <= tolerancesMs[kind])
      return undefined
    return `The document shows ${expected}, the output has ${actual}: instants before differ by another time`
  }
}

const prefixOf = (id: string): string => id.slice(0, id.indexOf('_'))

const trimmed = (text: string): string =>
  text
    .split('\n')
    .map(line => line.trimEnd())
    .join('\n')
    .trim()

/** Epoch milliseconds of an instant as it occurs in an output: ISO 8601 (UTC), to the minute, a date, or `20261206T110956`. */
const parseInstant = (text: string): number => {
  const extended = text.replace(
    /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})$/,
    (_, year, month, day, hours, minutes, seconds) =>
      `${year}-${month}-${day}T${hours}:${minutes}:${seconds}`,
  )
  return Date.parse(/[TZ]/.test(extended) && !extended.endsWith('Z') ? `${extended}Z` : extended)
}

/** Moves an instant or date by a time into the past, in the form in which it is written. */
const shiftedBack = (kind: 'instant' | 'date', text: string, shiftMs: number): string => {
  // The middle of the day stands for a date, so that it is rounded to the nearer day.
  const startMs = parseInstant(text) + (kind === 'date' ? 12 * hourMs : 0)
  const digits = new Date(startMs - shiftMs).toISOString().replace(/\D/g, '')
  let position = 0
  return text.replace(/\d/g, () => digits[position++] ?? '0')
}

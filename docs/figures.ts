/**
 * Fills numbers into the documents. A document has `<!-- figure: name -->…<!-- /figure -->` where a number belongs, and
 * `<!-- figures -->` where the table of the main figures belongs. A line must not begin with `<!-- figure: `: Markdown
 * would end the paragraph there.
 */
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { withoutTitle } from '../bench/report.ts'
import { type Results, readResults } from '../bench/results.ts'
import { summaryTable } from '../bench/summary.ts'
import { defaultPolicy } from '../shared/program/rules.ts'

/** Numbers of the bench, by name. */
const measured = ({ operations, bundles, life, timed }: Results): Record<string, string> => ({
  ...named(operations, ({ operation, readUnits, writeUnits, trips }) => ({
    /** Capacity units of one call, read + write. */
    [`units.${operation}`]: `${readUnits} + ${writeUnits}`,
    [`read-units.${operation}`]: `${readUnits}`,
    [`write-units.${operation}`]: `${writeUnits}`,
    /** Sequential round trips to DynamoDB. */
    [`trips.${operation}`]: `${trips}`,
  })),
  ...named(bundles.functions, ({ name, bytes }) => ({
    /** KB of 1000 bytes. */
    [`size.${name}`]: (bytes / 1000).toFixed(0),
  })),
  /** USD for a thousand referrals, from RFI to archive. */
  'cost.referrals': life.usdPerThousandReferrals.toFixed(3),
  'cost.mails': life.mails.usdPerThousandReferrals.toFixed(3),
  'cost.deadlines': life.deadlines.usdPerThousandReferrals.toFixed(3),
  'bench.minutes': minutes(Object.values(timed.durations).reduce((sum, seconds) => sum + seconds, 0)),
})

/** Numbers of the default policy, by name. */
const configured = (): Record<string, string> => {
  const { reminders, extension, reopening, ranking, routing, ...policy } = defaultPolicy
  return {
    'policy.responseTime': inWords(policy.responseTime),
    'policy.hotTime': inWords(policy.hotTime),
    'policy.recommendedAnswerTime': inWords(policy.recommendedAnswerTime),
    'policy.reminderAfterReceipt': reminders.afterReceipt.map(inWords).join(', '),
    'policy.reminderBeforeExpiry': reminders.beforeExpiry.map(inWords).join(', '),
    'policy.nudgeInterval': policy.nudgeInterval === null ? 'never' : inWords(policy.nudgeInterval),
    'policy.undoTime': policy.undoTime === null ? 'none' : inWords(policy.undoTime),
    'policy.extension': inWords(extension.time),
    'policy.extensions': `${extension.max}`,
    'policy.reopening': reopening === null ? 'never' : inWords(reopening.within),
    'policy.maxRecipients': `${policy.maxRecipients}`,
    'policy.maxSuggestions': `${policy.maxSuggestions}`,
    'policy.trackingTime': inWords(policy.trackingTime),
    'policy.digestAbove': `${policy.digestAbove}`,
    'policy.fanOut': `${routing.fanOut}`,
    'policy.capacity': `${routing.capacity}`,
    'policy.contactConfirmationInterval': inWords(policy.contactConfirmationInterval),
    ...prefixed('ranking.relevance', ranking.relevance),
    ...prefixed('ranking.visibility', ranking.visibility),
    'ranking.shrinkage': `${ranking.shrinkage}`,
    'ranking.halfLife': inWords(ranking.halfLife),
    'ranking.answerHalfTime': inWords(ranking.answerHalfTime),
    'ranking.distanceHalfKm': `${ranking.distanceHalfKm}`,
    'ranking.newcomerBelow': `${ranking.exploration.below}`,
  }
}

const named = <T>(items: readonly T[], figuresOf: (item: T) => Record<string, string>) =>
  Object.assign({}, ...items.map(figuresOf)) as Record<string, string>

const prefixed = (prefix: string, weights: Readonly<Record<string, number>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(weights).map(([part, weight]) => [`${prefix}.${part}`, weight.toFixed(2)]),
  )

const minutes = (seconds: number): string => (seconds / 60).toFixed(0)

/** `P14D` as `14 days`, `PT24H` as `24 hours`. Other durations stay as they are. */
const inWords = (duration: string): string =>
  duration
    .replace(/^P(\d+)D$/, '$1 days')
    .replace(/^PT(\d+)H$/, '$1 hours')
    .replace(/^PT(\d+)M$/, '$1 minutes')

/** All figures that a document can name. */
const figures = (): Record<string, string> => ({ ...measured(readResults()), ...configured() })

const root = join(import.meta.dirname, '..')
const marker = /(<!-- figure: (\S+) -->).*?(<!-- \/figure -->)/gs
const tableMarker = /(<!-- figures -->\n).*?(<!-- \/figures -->)/gs

/** Throws when the document names an unknown figure, or when a line begins with a figure. */
export const filled = (markdown: string, values: Readonly<Record<string, string>>): string => {
  const atStart = /^ *<!-- figure: .*/m.exec(markdown)
  if (atStart) throw new Error(`A line must not begin with a figure: ${atStart[0]}`)
  return markdown
    .replace(tableMarker, (_, start, end) => `${start}${withoutTitle(summaryTable(readResults()))}\n${end}`)
    .replace(marker, (_, start, name, end) => {
      const value = values[name]
      if (value === undefined) throw new Error(`Unknown figure "${name}"; docs/figures.ts has all names`)
      return `${start}${value}${end}`
    })
}

/** Documents with figures, by path, filled. */
export const documentsWithFigures = (): Record<string, string> => {
  const values = figures()
  const files = globSync(['*.md', 'docs/**/*.md'], { cwd: root })
  const documents = files.map(file => [file, readFileSync(join(root, file), 'utf8')] as const)
  return Object.fromEntries(
    documents
      .filter(([, markdown]) => /<!-- figures? *[:-]/.test(markdown))
      .map(([file, markdown]) => [file, filled(markdown, values)]),
  )
}

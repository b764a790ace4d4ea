/** The engine computes the numbers of the example in docs/ranking.md. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type LearnedPart, learnedParts } from '../../../shared/search/contract.ts'
import { freeShare, visibilityOf } from '../../../shared/search/ranking.ts'
import {
  context,
  found,
  indexOf,
  listed,
  month,
  now,
  place,
  profileEntry,
  ranking,
  reputationEntry,
} from '../../fixtures/search.ts'

const text = readFileSync(join(import.meta.dirname, '../../../docs/ranking.md'), 'utf8')

const spreewerk = listed({
  name: 'Spreewerk Systeme',
  languages: ['de', 'en'],
  products: ['erp', 'business-applications'],
  services: ['consulting', 'deployment'],
  quality: 0.6,
  locations: [place('main', { coordinates: { latitude: 52.52, longitude: 13.405 } })],
})
const history = month({
  // Eight answers after two to four hours.
  answers: [0, 0, 0, 0, 8],
  silences: 2,
  fits: 6,
  misfits: 1,
  followed: 3,
  unfollowed: 1,
  won: 2,
  lost: 1,
})
const historyOfOthers = month({
  // Ten answers after eight to sixteen hours.
  answers: [0, 0, 0, 0, 0, 0, 10],
  silences: 5,
  fits: 7,
  misfits: 3,
  followed: 4,
  unfollowed: 4,
  won: 2,
  lost: 2,
})
const index = indexOf(
  profileEntry('spreewerk', spreewerk),
  reputationEntry('spreewerk', {
    open: 5,
    months: [history],
    affinity: { 'products/erp': { accepted: 4, declined: 0, won: 2, lost: 1 } },
  }),
  profileEntry('others', listed({ name: 'Isar Cloud' })),
  reputationEntry('others', { months: [historyOfOthers] }),
)
const { hits } = found(index, {
  codes: { products: ['erp'], services: ['deployment'] },
  match: 'any',
  sizes: ['51-250'],
  languages: ['de'],
  near: { latitude: 52.4, longitude: 13.06 },
})
const [hit] = hits
const standing = index.standingOf(hit?.partnerId ?? ('' as never), context)
if (!hit || !standing) throw new Error('the search does not return the partner')
const { relevance, visibility } = hit.parts

const fixed = (value: number, digits = 3): string => value.toFixed(digits)
const row = (...cells: string[]): string => `| ${cells.join(' | ')} |`

/** Returns the sum of value × weight and the sum of the weights. */
const sums = (parts: readonly (readonly [value: number, weight: number])[]) => ({
  products: parts.reduce((sum, [value, weight]) => sum + value * weight, 0),
  weights: parts.reduce((sum, [, weight]) => sum + weight, 0),
})

const relevanceParts = ['tags', 'distance', 'size', 'language'] as const
const relevanceRows = relevanceParts.map(
  part => [relevance[part] ?? Number.NaN, ranking.relevance[part]] as const,
)
const visibilityNames = ['answerRate', 'speed', 'quality', 'followThrough', 'outcome', 'fit'] as const
const visibilityRows = visibilityNames.map(part => [visibility[part], ranking.visibility[part]] as const)

const learnedRow = (part: LearnedPart): string => {
  const { n, sum } = standing.observations[part]
  return row(
    `\`${part}\``,
    `${fixed(sum, 2)} of ${n}`,
    fixed(standing.means[part]),
    fixed(standing.parts[part]),
  )
}

const shown: Readonly<Record<string, readonly string[]>> = {
  'the distance': [`${fixed(hit.distanceKm ?? 0, 1)} km`],
  'the relevance': [
    ...relevanceParts.map((part, index) => {
      const [value, weight] = relevanceRows[index] ?? [0, 0]
      return `| \`${part}\` | ${fixed(value)} | ${fixed(weight, 2)} | ${fixed(value * weight)} |`
    }),
    `| sum | | ${fixed(sums(relevanceRows).weights, 2)} | ${fixed(sums(relevanceRows).products)} |`,
    `relevance = ${fixed(sums(relevanceRows).products)} / ${fixed(sums(relevanceRows).weights, 2)} = **${fixed(sums(relevanceRows).products / sums(relevanceRows).weights)}**`,
  ],
  'the learned parts': learnedParts.map(learnedRow),
  'the fit for the codes': [`(6 + 5 × ${fixed(standing.parts.fit)}) / (7 + 5) = ${fixed(visibility.fit)}`],
  'the visibility': [
    ...visibilityNames.map((part, index) => {
      const [value, weight] = visibilityRows[index] ?? [0, 0]
      return `| \`${part}\` | ${fixed(value)} | ${fixed(weight, 2)} | ${fixed(value * weight)} |`
    }),
    `| sum | | ${fixed(sums(visibilityRows).weights, 2)} | ${fixed(sums(visibilityRows).products)} |`,
    `visibility = **${fixed(visibilityOf(visibility, ranking))}**`,
  ],
  'the score': [
    `score = ${fixed(sums(relevanceRows).products / sums(relevanceRows).weights)} × ${fixed(visibilityOf(visibility, ranking))} = **${fixed(hit.score)}**`,
    `${fixed(hit.score)} × ${fixed(freeShare(hit.open, 20), 2)} = **${fixed(hit.score * freeShare(hit.open, 20))}**`,
  ],
}

describe('the example of docs/ranking.md', () => {
  it('has a date in the first half of a month, when observations of that month have full weight', () => {
    expect(now).toBe('2026-03-15T09:00:00.000Z')
  })

  it.each(Object.entries({ ...ranking.relevance, ...ranking.visibility }))(
    'states the default weight of %s',
    (part, weight) => {
      expect(text).toMatch(new RegExp(`^\\| \`${part}\` \\| ${weight.toFixed(2)} \\|`, 'm'))
    },
  )

  it.each(Object.entries(shown))('states %s as the engine computes it', (_, lines) => {
    for (const line of lines) expect(text).toContain(line)
  })
})

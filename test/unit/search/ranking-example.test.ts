/** The engine computes the numbers of the example in docs/ranking.md. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type LearnedPart, learnedParts } from '../../../shared/search/contract.ts'
import { freeShare, visibilityOf } from '../../../shared/search/ranking.ts'
import {
  type Behaviour,
  type DealEnd,
  entriesOf,
  figuresAfter,
  type Handling,
  partnerNamed,
} from '../../fixtures/partner-behaviour.ts'
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
  accepted: 5,
  won: 2,
  lost: 1,
  unfollowed: 1,
})
const historyOfOthers = month({
  // Ten answers after eight to sixteen hours.
  answers: [0, 0, 0, 0, 0, 0, 10],
  silences: 5,
  accepted: 7,
  won: 3,
  lost: 2,
  unfollowed: 2,
})
const index = indexOf(
  profileEntry('spreewerk', spreewerk),
  reputationEntry('spreewerk', {
    open: 5,
    months: [history],
    affinity: { 'products/erp': { won: 2 } },
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
  const prior = part === 'outcome' || part === 'fit' ? '0' : fixed(standing.means[part])
  return row(`\`${part}\``, `${fixed(sum, 2)} of ${n}`, prior, fixed(standing.parts[part]))
}

const { n: timed, sum: worth } = standing.observations.speed
const speedWithoutFactor = (worth + 5 * standing.means.speed) / (timed + 5)

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
  'the speed': [
    `${fixed(speedWithoutFactor)} × (0.05 + 0.95 × ${fixed(standing.parts.outcome)}) = ${fixed(standing.parts.speed)}`,
  ],
  'the fit for the codes': [`(2 + ${fixed(standing.parts.fit)}) / (2 + 1) = ${fixed(visibility.fit)}`],
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

/** Ten referrals of the same day: four fit, six do not. */
const tenReferrals = Array.from({ length: 10 }, (_, index) => ({
  received: { receivedAt: '2026-03-02T10:00:00.000Z', products: ['erp'] } as const,
  isFitting: index < 4,
  isWon: index < 2,
}))
const declineAfter = (hours: number): Handling => ({ does: 'decline', hours, reason: 'not-our-field' })
const acceptAfter = (hours: number, end: DealEnd, nudges = 0): Handling => ({
  does: 'accept',
  hours,
  nudges,
  end,
})

/** Returns what a partner does that wins two of the four fitting referrals. */
const withOthers = (hours: number, misfits: Handling): Behaviour =>
  tenReferrals.map(({ received, isFitting, isWon }) => {
    if (!isFitting) return [received, misfits]
    return [
      received,
      acceptAfter(hours, isWon ? { result: 'won' } : { result: 'lost', reason: 'competitor' }),
    ]
  })

const behaviours: Readonly<Record<string, Behaviour>> = {
  Choosy: withOthers(3, declineAfter(3)),
  Slow: withOthers(20, declineAfter(20)),
  Greedy: withOthers(3, acceptAfter(3, { result: 'lost', reason: 'requirements-not-met' })),
  Sly: withOthers(3, acceptAfter(3, { result: 'lost', reason: 'competitor' })),
  Careless: withOthers(3, acceptAfter(3, { result: 'open' }, 1)),
  Boastful: withOthers(3, acceptAfter(3, { result: 'denied' })),
  Silent: withOthers(3, { does: 'silent' }),
  Idle: tenReferrals.map(({ received }) => [received, declineAfter(0)]),
}

const comparison = indexOf(
  ...entriesOf('others', { open: 0, months: [historyOfOthers], affinity: {} }),
  ...Object.entries(behaviours).flatMap(([name, behaviour]) => entriesOf(name, figuresAfter(behaviour))),
)
const compared = Object.keys(behaviours).map(name => {
  const found = comparison.standingOf(partnerNamed(name), { ...context, now: '2026-07-15T09:00:00.000Z' })
  if (!found) throw new Error(`no standing of ${name}`)
  return { name, ...found }
})

describe('the comparison of docs/ranking.md', () => {
  it('lists the partners by visibility, Choosy first', () => {
    const names = compared.toSorted((a, b) => b.visibility - a.visibility).map(({ name }) => name)
    const inText = [...text.matchAll(/^\| (?!Partner)(\w+): /gm)].map(([, name]) => name)
    expect(names).toEqual(inText)
    expect(names[0]).toBe('Choosy')
  })

  it.each(compared)(
    'states the parts of $name as the engine computes them',
    ({ name, parts, visibility: all }) => {
      const { answerRate, speed, followThrough, outcome } = parts
      const cells = [answerRate, speed, followThrough, outcome].map(part => fixed(part, 2))
      expect(text).toMatch(
        new RegExp(`^\\| ${name}: .* \\| ${cells.join(' \\| ')} \\| ${fixed(all)} \\|$`, 'm'),
      )
    },
  )

  it('ranks Greedy and Sly the same, because reasons do not count', () => {
    const visibilityOfName = (wanted: string) => compared.find(({ name }) => name === wanted)?.visibility
    expect(visibilityOfName('Greedy')).toBe(visibilityOfName('Sly'))
  })
})

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

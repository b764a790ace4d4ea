import { describe, expect, it } from 'vitest'
import type { ListedProfile } from '../../../shared/search/entry.ts'
import { TextScorer } from '../../../shared/search/text-scorer.ts'
import { listed } from '../../fixtures/search.ts'

const scorerOf = (...profiles: Partial<ListedProfile>[]): TextScorer => {
  const scorer = new TextScorer()
  profiles.forEach((profile, row) => {
    scorer.set(row, listed({ name: '', ...profile }), [])
  })
  return scorer
}

/** Text parts by row, and the words that were found. */
const matchOf = (scorer: TextScorer, text: string, total = 3) =>
  scorer.withMatch(
    text,
    total,
    match =>
      match && {
        parts: Object.fromEntries([...match.rows].map(row => [row, match.partOf(row)])),
        words: match.typed.map(({ word }) => word),
      },
  )

describe('the text part', () => {
  it('depends on the field: name 1, keywords 0.9, names of codes 0.8, headline 0.7', () => {
    const scorer = scorerOf({ name: 'cloud' }, { keywords: ['cloud'] }, {}, { headline: 'cloud' })
    scorer.set(2, listed({ name: '' }), [['cloud']])
    const { parts } = matchOf(scorer, 'cloud') ?? {}
    expect(parts?.[0]).toBe(1)
    expect(parts?.[1]).toBeCloseTo(0.9, 2)
    expect(parts?.[2]).toBeCloseTo(0.8, 2)
    expect(parts?.[3]).toBeCloseTo(0.7, 2)
  })

  it('of a word in two fields is 1 − (1 − one) × (1 − other)', () => {
    const scorer = scorerOf({ keywords: ['cloud'], headline: 'cloud' })
    expect(matchOf(scorer, 'cloud')?.parts[0]).toBeCloseTo(1 - 0.1 * 0.3, 2)
  })

  it('of a prefix is the share of the word that was typed', () => {
    expect(matchOf(scorerOf({ name: 'kubernetes' }), 'kube')?.parts[0]).toBeCloseTo(0.4)
  })

  it('is 0.8 with one mistake, 0.6 with two in a word of seven letters; swapped letters are one', () => {
    const scorer = scorerOf({ name: 'kubernetes' }, { name: 'cloud' })
    expect(matchOf(scorer, 'kubrenetes')?.parts[0]).toBeCloseTo(0.8)
    expect(matchOf(scorer, 'kubrenets')?.parts[0]).toBeCloseTo(0.6)
    expect(matchOf(scorer, 'clodu')?.parts[1]).toBeCloseTo(0.8)
    expect(matchOf(scorer, 'clouxx')?.parts).toEqual({})
  })

  it('weighs rare words more than common ones', () => {
    const scorer = scorerOf({ name: 'cloud' }, { name: 'cloud' }, { name: 'payroll' })
    const { parts } = matchOf(scorer, 'cloud payroll') ?? {}
    expect(parts?.[2]).toBeGreaterThan(parts?.[0] ?? 1)
  })
})

describe('a text', () => {
  const scorer = scorerOf({ name: 'one two three four five six seven eight nine kubernetes' })

  it('without words has no match', () => {
    expect(matchOf(scorer, '!')).toBeUndefined()
    expect(scorer.withMatch(undefined, 1, match => match)).toBeUndefined()
  })

  it('of more than eight words is prose: mistakes are not corrected, and words are not reported', () => {
    const eight = 'one two three four five six seven'
    expect(matchOf(scorer, `${eight} kubernetse`)?.words).toContain('kubernetse')
    expect(matchOf(scorer, `${eight} eight nine`)?.words).toEqual([])
    expect(matchOf(scorer, `${eight} foo bar kubernetse`)?.parts[0]).toBe(1)
  })
})

describe('the shared buffers', () => {
  it('are cleared if the search throws', () => {
    const scorer = scorerOf({ name: 'cloud' }, { name: 'cloud payroll' })
    const expected = matchOf(scorer, 'payroll cloud')
    const failing = () =>
      scorer.withMatch('cloud', 3, () => {
        throw new Error('stopped')
      })
    expect(failing).toThrow('stopped')
    expect(matchOf(scorer, 'payroll cloud')).toEqual(expected)
  })
})

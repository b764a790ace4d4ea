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

/** Returns text scores by row and the words that matched. */
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

describe('the text score', () => {
  it('depends on the field: name 1, keywords 0.9, names of codes 0.8, headline 0.7', () => {
    const scorer = scorerOf({ name: 'cloud' }, { keywords: ['cloud'] }, {}, { headline: 'cloud' })
    scorer.set(2, listed({ name: '' }), [['cloud']])
    const { parts } = matchOf(scorer, 'cloud') ?? {}
    expect(parts?.[0]).toBe(1)
    expect(parts?.[1]).toBeCloseTo(0.9, 2)
    expect(parts?.[2]).toBeCloseTo(0.8, 2)
    expect(parts?.[3]).toBeCloseTo(0.7, 2)
  })

  it('combines matches in two fields as 1 − (1 − first) × (1 − second)', () => {
    const scorer = scorerOf({ keywords: ['cloud'], headline: 'cloud' })
    expect(matchOf(scorer, 'cloud')?.parts[0]).toBeCloseTo(1 - 0.1 * 0.3, 2)
  })

  it('for a prefix is the typed share of the word', () => {
    expect(matchOf(scorerOf({ name: 'kubernetes' }), 'kube')?.parts[0]).toBeCloseTo(0.4)
  })

  it('is 0.8 for one typo and 0.6 for two typos in a word of seven or more letters; swapped letters count as one typo', () => {
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

describe('a search text', () => {
  const scorer = scorerOf({ name: 'one two three four five six seven eight nine kubernetes' })

  it('has no match if it contains no words', () => {
    expect(matchOf(scorer, '!')).toBeUndefined()
    expect(scorer.withMatch(undefined, 1, match => match)).toBeUndefined()
  })

  it('gets no typo correction and reports no words if it has more than eight words', () => {
    const eight = 'one two three four five six seven'
    expect(matchOf(scorer, `${eight} kubernetse`)?.words).toContain('kubernetse')
    expect(matchOf(scorer, `${eight} eight nine`)?.words).toEqual([])
    expect(matchOf(scorer, `${eight} foo bar kubernetse`)?.parts[0]).toBe(1)
  })
})

describe('the shared buffers', () => {
  it('are cleared when the search throws', () => {
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

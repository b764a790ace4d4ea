import { describe, expect, test } from 'vitest'
import { type Rank, viewVisibility } from '../../shared/discovery/insights/rules.ts'
import { asProfileId } from '../../shared/kernel/ids.ts'
import { defaultPolicy } from '../../shared/program/policy/rules.ts'
import { type Month, type Standing, visibilityOf, visibilityParts } from '../../shared/search/index.ts'
import { meansOf, observationsIn } from '../../shared/search/observations.ts'
import { month as aMonth } from '../fixtures/search.ts'

const now = '2026-11-16T09:00:00.000Z'
const { ranking } = defaultPolicy

/** A month with a number of answers that took 16 to 32 hours, and other counts. */
const november = (answers: number, more: Partial<Month> = {}): Month =>
  aMonth({ month: '2026-11', answers: [0, 0, 0, 0, 0, 0, 0, answers], ...more })

const contributors = { speed: 9, answerRate: 9, followThrough: 9, outcome: 9, fit: 9 }

const rankOf = (month: Month, more: Partial<Rank> = {}): Rank => {
  const observations = observationsIn([month], now, ranking)
  const means = meansOf(observationsIn([], now, ranking), ranking)
  const quality = more.quality ?? 1
  const parts = visibilityParts(observations, means, quality, ranking)
  const standing: Standing = {
    visibility: visibilityOf(parts, ranking),
    parts,
    observations,
    means,
    contributors,
    isNewcomer: false,
    answerTime: null,
    open: 0,
    maxOpen: null,
    isDeliverable: true,
  }
  return {
    profileId: asProfileId('ptr_01KJKJ00000000000000000000.DE'),
    region: 'DE',
    standing,
    quality,
    learningFrom: '2026-01-01T00:00:00.000Z',
    months: [month],
    partners: 100,
    quantileOf: visibility => visibility,
    hidden: null,
    ...more,
  }
}

const shown = (month: Month, more: Partial<Rank> = {}) =>
  viewVisibility(rankOf(month, more), defaultPolicy, now)

describe('the visibility parts that a partner sees', () => {
  test('add up to its visibility', () => {
    const { visibility, parts } = shown(november(8, { silences: 2, won: 1 }))
    expect(parts.reduce((sum, { value, weight }) => sum + value * weight, 0)).toBeCloseTo(visibility, 2)
    expect(parts.reduce((sum, { weight }) => sum + weight, 0)).toBeCloseTo(1)
  })

  test('state their number of observations, and null for quality', () => {
    const { parts } = shown(november(8, { silences: 2 }))
    const observations = Object.fromEntries(parts.map(({ part, observations }) => [part, observations]))
    expect(observations.answerRate).toBeCloseTo(10, 0)
    expect(observations.outcome).toBe(0)
    expect(
      shown(november(8, { earlyAnswers: 4 })).parts.find(({ part }) => part === 'answerRate')?.observations,
    ).toBeCloseTo(12, 0)
    expect(observations.quality).toBeNull()
  })
})

describe('levers', () => {
  test('show the visibility and the quarter that faster answers would lead to', () => {
    const month = november(40, { silences: 20, unfollowed: 20, accepted: 30, won: 20 })
    const { visibility: present } = rankOf(month).standing
    const { levers, medianAnswerHours, quarter } = shown(month, {
      quantileOf: visibility => (visibility > present ? 0.6 : 0.3),
    })
    expect(medianAnswerHours).toBeGreaterThan(16)
    const speed = levers.filter(({ part }) => part === 'speed')
    expect(speed.map(({ advice }) => advice.params.goalHours)).toEqual([2, 8])
    expect(speed[0]?.visibility).toBeGreaterThan(speed[1]?.visibility ?? 1)
    expect(quarter).toBe(3)
    expect(speed[0]).toMatchObject({
      quarter: 2,
      advice: {
        code: 'answer-faster',
        params: { from: 3, to: 2, region: 'DE' },
        detail: expect.stringContaining('from quarter 3 to quarter 2 of the ranking in DE'),
      },
    })
  })

  test('name the weak parts, the most effective lever first', () => {
    const { levers } = shown(november(5, { silences: 20, unfollowed: 3, accepted: 3, won: 1, lost: 2 }))
    const parts = levers.map(({ part }) => part)
    expect(parts[0]).toBe('answerRate')
    expect(parts).toEqual(expect.arrayContaining(['followThrough', 'fit']))
    const visibilities = levers.map(({ visibility }) => visibility)
    expect(visibilities).toEqual(visibilities.toSorted((a, b) => b - a))
  })

  test('recommend the profile review when the profile is incomplete', () => {
    const { levers } = shown(november(0), { quality: 0.4 })
    expect(levers).toMatchObject([{ part: 'quality', value: 1 }])
    expect(levers[0]).toMatchObject({ advice: { code: 'complete-profile', params: { region: 'DE' } } })
  })

  test('are empty when no part can improve', () => {
    const atOnce = { ...november(0), answers: [50], accepted: 50, won: 50 }
    expect(shown(atOnce).levers).toEqual([])
  })

  test('always promise a higher visibility than the present one', () => {
    const { visibility, levers } = shown(
      november(30, { silences: 1, unfollowed: 3, accepted: 10, won: 8, lost: 1 }),
    )
    expect(levers.map(({ part }) => part)).toEqual(
      expect.arrayContaining(['speed', 'answerRate', 'followThrough', 'fit']),
    )
    for (const lever of levers) expect(lever.visibility).toBeGreaterThan(visibility)
  })
})

describe('figures of other partners', () => {
  const month = november(3, { silences: 1 })
  const withMean = (answerRate: number, more: Partial<Rank> = {}) => {
    const { standing, ...rank } = rankOf(month, more)
    const means = { ...standing.means, answerRate }
    return viewVisibility({ ...rank, standing: { ...standing, means } }, defaultPolicy, now)
  }

  test('do not influence the view of a partner when there are fewer than 8 partners', () => {
    const seen = withMean(0.2, { partners: 7 })
    expect({ ...withMean(0.9, { partners: 7 }) }).toEqual(seen)
    expect(seen.quarter).toBeNull()
    expect(seen.parts.map(({ mean }) => mean)).toEqual(seen.parts.map(() => null))
    expect(seen.levers.map(lever => lever.quarter)).toEqual(seen.levers.map(() => null))
    const { params, detail } = seen.levers[0]?.advice ?? {}
    expect(params).toMatchObject({ visibility: seen.visibility, raised: seen.levers[0]?.visibility })
    expect(detail).toMatch(/raise your visibility from 0\.\d+ to 0\.\d+\.$/)
  })

  test('are shown as a mean, rounded to hundredths, only if enough partners contribute', () => {
    const meanOf = ({ parts }: ReturnType<typeof withMean>) =>
      parts.find(({ part }) => part === 'answerRate')?.mean
    expect(meanOf(withMean(0.123456))).toBe(0.12)
    const { standing } = rankOf(month)
    const few = { ...standing, contributors: { ...contributors, answerRate: 4 } }
    expect(meanOf(shown(month, { standing: few }))).toBeNull()
  })

  test('cannot be derived from decimals: shares are rounded to hundredths', () => {
    const { visibility, parts } = shown(november(7, { silences: 3, won: 1, lost: 2 }))
    for (const share of [visibility, ...parts.map(({ value }) => value)])
      expect(Math.round(share * 100) / 100).toBe(share)
  })
})

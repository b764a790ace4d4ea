import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { profileOperations } from '../../shared/partners/profile/contract.ts'
import { markdownFaults } from '../../shared/partners/profile/markdown.ts'
import {
  changedFields,
  contentIn,
  type KeptLocation,
  locationsAfter,
  namesAnew,
  qualityOf,
  withoutRemoved,
} from '../../shared/partners/profile/rules.ts'
import { aLocation, aProfile } from '../fixtures/profile.ts'

const ids = ['a', 'b', 'c', 'd'] as const
const someIds = fc.subarray([...ids])

describe('locationsAfter', () => {
  const puts = fc.array(fc.record({ named: someIds, open: someIds }), { maxLength: 12 })

  it('returns the locations of the last put and removed ones that open referrals use', () => {
    fc.assert(
      fc.property(puts, steps => {
        let locations: KeptLocation[] = []
        for (const { named, open } of steps) {
          const before = locations
          const put = named.map(id => aLocation(id))
          locations = locationsAfter(before, put, id => open.some(other => other === id))
          expect(withoutRemoved(locations).map(({ id }) => id)).toEqual(named)
          const removed = locations.filter(({ removed }) => removed).map(({ id }) => id)
          const dropped = before.map(({ id }) => id).filter(id => !named.some(other => other === id))
          expect(removed).toEqual(dropped.filter(id => open.some(other => other === id)))
        }
      }),
    )
  })
})

const field = fc.constantFrom('headline', 'keywords', 'languages', 'products', 'website')
const changes = fc.dictionary(field, fc.array(fc.string(), { maxLength: 3 }), { maxKeys: 3 })

/** Returns the same value with its fields in reverse order, as a table can return it. */
const reversed = <T>(value: T): T =>
  (Array.isArray(value)
    ? value.map(reversed)
    : value && typeof value === 'object'
      ? Object.fromEntries(
          Object.entries(value)
            .reverse()
            .map(([name, inner]) => [name, reversed(inner)]),
        )
      : value) as T

describe('changedFields', () => {
  it('returns exactly the fields that differ, without regard to their order', () => {
    fc.assert(
      fc.property(changes, some => {
        const before = aProfile()
        const after = { ...before, ...some }
        const differ = Object.keys(some).filter(
          name => JSON.stringify(before[name as 'headline']) !== JSON.stringify(some[name]),
        )
        expect(changedFields(reversed(before), after).toSorted()).toEqual(differ.toSorted())
        expect(changedFields(reversed(after), after)).toEqual([])
        expect(namesAnew(reversed(before), before)).toBe(false)
      }),
    )
  })
})

describe('markdownFaults', () => {
  const plain = fc.string({ unit: fc.constantFrom(...'abc äß 中 .,;:!?()/0123456789 %&+'), minLength: 1 })

  it('accepts plain words', () => {
    fc.assert(
      fc.property(plain, text => {
        expect(markdownFaults(text, '/description')).toEqual([])
      }),
    )
  })

  it('rejects HTML elements at any position', () => {
    const opening = fc.constantFrom('<b>', '<img src=x>', '</p>', '<!--', '<?php', '<SVG/onload=x>')
    fc.assert(
      fc.property(plain, opening, plain, (before, element, after) => {
        const errors = markdownFaults(`${before}${element}${after}`, '/description')
        expect(errors.some(({ code }) => code === 'markdown-html')).toBe(true)
      }),
    )
  })

  it('reports a position within the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'<a>!#[](`-=*\\ \n\r') }), text => {
        const lines = text.split(/\r\n?|\n/)
        for (const { params } of markdownFaults(text, '/description')) {
          const { line, column } = params
          expect(Number(column)).toBeLessThanOrEqual((lines[Number(line) - 1] ?? '').length)
        }
      }),
    )
  })
})

describe('a profile', () => {
  it('has the same content when it is put as it was read', () => {
    const body = profileOperations.putProfile.body
    const word = fc.string({ unit: fc.constantFrom(...'abcdef'), minLength: 1, maxLength: 8 })
    const content = fc.record(
      {
        headline: word,
        description: word,
        keywords: fc.uniqueArray(word, { maxLength: 5 }),
        locations: someIds.map(named => named.map(id => aLocation(id))),
        preferences: fc.record(
          { excludedKeywords: fc.uniqueArray(word, { maxLength: 3 }) },
          { requiredKeys: [] },
        ),
      },
      { requiredKeys: [] },
    )
    fc.assert(
      fc.property(content, content => {
        const first = contentIn(body.parse(content), 'en')
        const { partnerName, ...shown } = {
          ...profileWithoutHeadline,
          ...first,
          locations: first.locations.map(readLocation),
        }
        expect(contentIn(body.parse({ ...shown, warnings: [] }), 'en')).toEqual(first)
      }),
    )
  })

  it('has a quality between 0 and 1', () => {
    const list = fc.array(fc.constant('code'), { maxLength: 50 })
    fc.assert(
      fc.property(fc.record({ keywords: list, products: list, languages: list }), content => {
        const quality = qualityOf({ ...aProfile(), ...content })
        expect(quality).toBeGreaterThanOrEqual(0)
        expect(quality).toBeLessThanOrEqual(1)
      }),
    )
  })
})

const { headline: _, ...profileWithoutHeadline } = aProfile()
const readLocation = <L extends object>(place: L) => ({ ...place, resolvedCoordinates: null, removed: false })

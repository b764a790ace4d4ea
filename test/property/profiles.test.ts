import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { profileOperations } from '../../shared/partners/profile/contract.ts'
import { markdownErrors } from '../../shared/partners/profile/markdown.ts'
import {
  changedFields,
  contentIn,
  type KeptLocation,
  locationsAfter,
  namesAnew,
  present,
  qualityOf,
} from '../../shared/partners/profile/rules.ts'
import { aLocation, aProfile } from '../fixtures/profile.ts'

const ids = ['a', 'b', 'c', 'd'] as const
const someIds = fc.subarray([...ids])

describe('the locations of a profile', () => {
  const puts = fc.array(fc.record({ named: someIds, open: someIds }), { maxLength: 12 })

  it('are those that the last put named, and of all others only those that open referrals name', () => {
    fc.assert(
      fc.property(puts, steps => {
        let locations: KeptLocation[] = []
        for (const { named, open } of steps) {
          const before = locations
          const put = named.map(id => aLocation(id))
          locations = locationsAfter(before, put, id => open.some(other => other === id))
          expect(present(locations).map(({ id }) => id)).toEqual(named)
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

/** The same, its fields in another order, as a table may give it back. */
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

describe('the history of a profile', () => {
  it('names exactly the fields that differ, in whichever order the table keeps fields', () => {
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

describe('a description', () => {
  const plain = fc.string({ unit: fc.constantFrom(...'abc äß 中 .,;:!?()/0123456789 %&+'), minLength: 1 })

  it('of plain words is always understood', () => {
    fc.assert(
      fc.property(plain, text => {
        expect(markdownErrors(text, '/description')).toEqual([])
      }),
    )
  })

  it('holds nothing that a browser takes for an element, wherever it stands', () => {
    const opening = fc.constantFrom('<b>', '<img src=x>', '</p>', '<!--', '<?php', '<SVG/onload=x>')
    fc.assert(
      fc.property(plain, opening, plain, (before, element, after) => {
        const errors = markdownErrors(`${before}${element}${after}`, '/description')
        expect(errors.some(({ code }) => code === 'markdown-html')).toBe(true)
      }),
    )
  })

  it('names a place that is there', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'<a>!#[](`-=*\\ \n\r') }), text => {
        const lines = text.split(/\r\n?|\n/)
        for (const { params } of markdownErrors(text, '/description')) {
          const { line, column } = params
          expect(Number(column)).toBeLessThanOrEqual((lines[Number(line) - 1] ?? '').length)
        }
      }),
    )
  })
})

describe('a profile', () => {
  it('says the same when it is put as it was read', () => {
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
      fc.property(content, said => {
        const first = contentIn(body.parse(said))
        const { partnerName, ...shown } = { ...silent, ...first, locations: first.locations.map(placed) }
        expect(contentIn(body.parse({ ...shown, warnings: [] }))).toEqual(first)
      }),
    )
  })

  it('has a quality from 0 to 1, whatever it says', () => {
    const list = fc.array(fc.constant('code'), { maxLength: 50 })
    fc.assert(
      fc.property(fc.record({ keywords: list, products: list, languages: list }), said => {
        const quality = qualityOf({ ...aProfile(), ...said })
        expect(quality).toBeGreaterThanOrEqual(0)
        expect(quality).toBeLessThanOrEqual(1)
      }),
    )
  })
})

const { headline: _, ...silent } = aProfile()
const placed = <L extends object>(place: L) => ({ ...place, resolvedCoordinates: null, removed: false })

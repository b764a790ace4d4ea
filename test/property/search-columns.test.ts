/** Compares compact data structures with plain sets, lists and maps. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Bitset } from '../../shared/search/bitset.ts'
import { InvertedIndex } from '../../shared/search/inverted-index.ts'
import { PackedLists } from '../../shared/search/packed-lists.ts'

const rows = fc.array(fc.nat(200))
const bitsOf = (members: readonly number[]): Bitset => {
  const bits = new Bitset()
  for (const row of members) bits.add(row)
  return bits
}
const membersOf = (bits: Bitset): number[] => {
  const members: number[] = []
  bits.each(row => members.push(row))
  return members
}
const sorted = (members: Iterable<number>): number[] => [...new Set(members)].toSorted((a, b) => a - b)

describe('Bitset', () => {
  it('has the same rows as a set after each operation', () => {
    fc.assert(
      fc.property(rows, rows, (one, other) => {
        const [a, b] = [new Set(one), new Set(other)]
        const both = a.intersection(b)
        expect(membersOf(bitsOf(one))).toEqual(sorted(one))
        expect(membersOf(bitsOf(one).and(bitsOf(other)))).toEqual(sorted(both))
        expect(membersOf(bitsOf(one).or(bitsOf(other)))).toEqual(sorted(a.union(b)))
        expect(membersOf(bitsOf(one).andNot(bitsOf(other)))).toEqual(sorted(a.difference(b)))
        expect(bitsOf(one).countWith(bitsOf(other))).toBe(both.size)
        expect(bitsOf(one).count).toBe(a.size)
        for (const row of other) expect(bitsOf(one).has(row)).toBe(a.has(row))
      }),
    )
  })
})

describe('PackedLists', () => {
  const change = fc.record({ row: fc.nat(5), values: fc.array(fc.nat(1000), { maxLength: 30 }) })

  it('keep their values when lists grow and shrink', () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 60 }), changes => {
        const lists = new PackedLists(new Uint32Array(0))
        const expected = new Map<number, number[]>()
        for (const { row, values } of changes) {
          lists.set(row, values)
          expected.set(row, values)
          for (const [known, list] of expected) expect([...lists.of(known)]).toEqual(list)
        }
      }),
    )
  })

  it('stay sorted when values are inserted and removed', () => {
    const step = fc.record({ row: fc.nat(3), value: fc.nat(20) })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), steps => {
        const lists = new PackedLists(new Uint32Array(0))
        const expected = new Map<number, Set<number>>()
        for (const { row, value } of steps) {
          const known = expected.get(row) ?? new Set()
          expected.set(row, known)
          if (known.delete(value)) lists.removeLowerBound(row, value)
          else {
            known.add(value)
            lists.insertSorted(row, value)
          }
          expect([...lists.of(row)]).toEqual(sorted(known))
        }
      }),
    )
  })

  it('use at most four times the memory of their values', () => {
    const lists = new PackedLists(new Uint32Array(0))
    for (let round = 1; round <= 100; round++)
      for (let row = 0; row < 100; row++) lists.set(row, new Uint32Array(round))
    expect(lists.bytes).toBeLessThan(100 * 100 * 4 * 4)
  })
})

describe('InvertedIndex', () => {
  const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 1, maxLength: 5 })
  const content = fc.record({ row: fc.nat(5), words: fc.uniqueArray(word, { maxLength: 6 }) })

  it('finds the current words of rows and no earlier ones', () => {
    fc.assert(
      fc.property(fc.array(content, { maxLength: 40 }), fc.array(word), (contents, asked) => {
        const index = new InvertedIndex()
        const expected = new Map<number, readonly string[]>()
        for (const [position, { row, words }] of contents.entries()) {
          index.set(row, new Map(words.map(one => [one, 1])))
          expected.set(row, words)
          const searchWord = asked[position]
          if (searchWord === undefined) continue
          const found = new Set<number>()
          index.find(searchWord, false, known => found.add(known))
          const holds = (words: readonly string[]) =>
            words.some(one => one === searchWord || (searchWord.length >= 3 && one.startsWith(searchWord)))
          expect(sorted(found)).toEqual(
            sorted([...expected].flatMap(([known, words]) => (holds(words) ? [known] : []))),
          )
        }
      }),
    )
  })

  it('drops words that no row contains any more', () => {
    const index = new InvertedIndex()
    const find = (searchWord: string) => {
      const found: number[] = []
      index.find(searchWord, true, row => found.push(row))
      return found
    }
    for (let round = 0; round < 20_000; round++) {
      index.set(round % 10, new Map([[`word${round}`, 1]]))
      if (round % 1000 === 0) find('anything')
    }
    expect(find('word19995')).toEqual([5])
    expect(find('word5')).toEqual([])
    expect(index.bytes).toBeLessThan(2_000_000)
  })
})

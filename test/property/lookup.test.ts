/** Lookup: each prefix of a name finds it, and nothing finds a name of another scope. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Subject } from '../../shared/lookup/entries/rules.ts'
import { allWords, wordsOf, wordsOfPerson } from '../../shared/lookup/words/rules.ts'
import { timesFound } from '../fixtures/lookup.ts'

const letters = (from: string, to: string): string[] => {
  const [first = 0, last = 0] = [from.codePointAt(0), to.codePointAt(0)]
  return Array.from({ length: last - first + 1 }, (_, index) => String.fromCodePoint(first + index))
}

const alphabets = [
  letters('a', 'z'),
  [...letters('A', 'Z'), ...'äöüåøßÄÖÜÅØéèçñšžőığİ'],
  letters('а', 'я'),
  letters('α', 'ω'),
  letters('א', 'ת'),
  [...'ابتثجحخدذرزسشصضطظعغفقكلمنهوي'],
]
/** A word of 3 to 12 letters of one alphabet. */
const word = fc
  .constantFrom(...alphabets)
  .chain(alphabet =>
    fc.array(fc.constantFrom(...alphabet), { minLength: 3, maxLength: 12 }).map(chosen => chosen.join('')),
  )
const denseLetters = [...letters('一', '丕'), ...letters('가', '갛'), ...letters('ア', 'ン')]
const denseWord = fc
  .array(fc.constantFrom(...denseLetters), { minLength: 1, maxLength: 8 })
  .map(chosen => chosen.join(''))

const name = fc.record({ firstName: word, lastName: word, company: fc.array(word, { maxLength: 3 }) })

interface NameParts {
  readonly firstName: string
  readonly lastName: string
  readonly company: readonly string[]
}

const subjectOf = ({ firstName, lastName, company }: NameParts): Subject => ({
  words: allWords(wordsOfPerson({ firstName, lastName }), wordsOf(company.join(' '))),
})

it('each prefix of 3 to 8 letters of any word of a name finds it, exactly once', () => {
  fc.assert(
    fc.property(name, fc.nat(), fc.integer({ min: 3, max: 8 }), (parts, chosen, length) => {
      const all = [parts.firstName, parts.lastName, ...parts.company]
      const prefix = [...(all[chosen % all.length] ?? '')].slice(0, length).join('')
      expect(timesFound(subjectOf(parts), prefix)).toBe(1)
    }),
  )
})

it('prefixes of several words of a name find it together, in any order', () => {
  fc.assert(
    fc.property(name, fc.integer({ min: 3, max: 8 }), (parts, length) => {
      const prefixes = [parts.lastName, ...parts.company, parts.firstName].map(part =>
        [...part].slice(0, length).join(''),
      )
      expect(timesFound(subjectOf(parts), prefixes.join(' '))).toBe(1)
    }),
  )
})

it('each part of a name of a dense script finds it, exactly once', () => {
  fc.assert(
    fc.property(denseWord, fc.nat(), fc.integer({ min: 1, max: 8 }), (company, start, length) => {
      const from = start % [...company].length
      const part = [...company].slice(from, from + length).join('')
      expect(timesFound({ words: wordsOf(company) }, part)).toBe(1)
    }),
  )
})

it('no query finds a name of another scope', () => {
  fc.assert(
    fc.property(name, fc.integer({ min: 3, max: 8 }), (parts, length) => {
      const prefix = [...parts.lastName].slice(0, length).join('')
      expect(timesFound(subjectOf(parts), prefix, 'REFERRALS#ptr_1', 'REFERRALS#ptr_2')).toBe(0)
      expect(timesFound(subjectOf(parts), prefix, 'RFIS', 'PARTNERS')).toBe(0)
    }),
  )
})

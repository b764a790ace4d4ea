/** Text matching without an index, as docs/ranking.md describes it: the oracle for the inverted index of the engine. */

import type { CodeList } from '../../shared/search/contract.ts'
import type { ListedProfile } from '../../shared/search/entry.ts'
import { inverseDocumentFrequency } from '../../shared/search/ranking.ts'
import { wordsOf } from '../../shared/text/tokenizer.ts'
import { codesOf, lists, maxTypedWords, type TextIndex, type TextMatches } from './plain-partner-search.ts'

type LabelsOf = (list: CodeList, code: string) => readonly string[]

export class ExactTextIndex implements TextIndex {
  readonly #labelsOf: LabelsOf
  /** Words with their weights, by partner. */
  readonly #words = new Map<string, ReadonlyMap<string, number>>()

  constructor(labelsOf: LabelsOf) {
    this.#labelsOf = labelsOf
  }

  set(partnerId: string, profile: ListedProfile): void {
    this.#words.set(partnerId, weightsOf(profile, this.#labelsOf))
  }

  delete(partnerId: string): void {
    this.#words.delete(partnerId)
  }

  match(text: string): TextMatches | undefined {
    const words = [...new Set(wordsOf(text))].slice(0, 250)
    if (words.length === 0) return undefined
    const isTyped = words.length <= maxTypedWords
    const frequencies = this.#frequencies()
    const sums = new Map<string, number>()
    const found = new Map<string, string[]>()
    let whole = 0
    for (const word of words) {
      const matches = matchesOf(word, frequencies, isTyped)
      const matching = [...this.#words].flatMap(([id, own]) => {
        const weight = Math.max(0, ...[...matches].map(([match, factor]) => (own.get(match) ?? 0) * factor))
        return weight > 0 ? [{ id, weight }] : []
      })
      if (matching.length === 0) continue
      const frequency = inverseDocumentFrequency(matching.length, this.#words.size)
      whole += frequency
      for (const { id, weight } of matching) {
        sums.set(id, (sums.get(id) ?? 0) + frequency * weight)
        if (isTyped) found.set(id, [...(found.get(id) ?? []), word])
      }
    }
    const parts = new Map([...sums].map(([id, sum]) => [id, sum / whole]))
    return { parts, wordsIn: id => found.get(id) ?? [] }
  }

  /** Returns the number of profiles that contain each word. */
  #frequencies(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>()
    for (const own of this.#words.values())
      for (const word of own.keys()) counts.set(word, (counts.get(word) ?? 0) + 1)
    return counts
  }
}

const weightsOf = (profile: ListedProfile, labelsOf: LabelsOf): Map<string, number> => {
  const fields: [string[], number][] = [
    [[profile.name], 1],
    ...profile.keywords.map((keyword): [string[], number] => [[keyword], 0.9]),
    ...lists.flatMap(list =>
      codesOf(profile, list).map((code): [string[], number] => [[code, ...labelsOf(list, code)], 0.8]),
    ),
    [[profile.headline], 0.7],
  ]
  const missing = new Map<string, number>()
  for (const [texts, weight] of fields)
    for (const word of new Set(texts.flatMap(wordsOf)))
      missing.set(word, (missing.get(word) ?? 1) * (1 - weight))
  // The engine stores weights in 8 bits.
  return new Map([...missing].map(([word, rest]) => [word, Math.round((1 - rest) * 255) / 255]))
}

/** Returns the indexed words that match a word of the search, with the factor of each match. */
const matchesOf = (
  searchWord: string,
  frequencies: ReadonlyMap<string, number>,
  allowsTypos: boolean,
): Map<string, number> => {
  const minPrefix = /^\p{sc=Hang}/u.test(searchWord) ? 2 : 3
  const words = [...frequencies.keys()]
  const starting = words.filter(
    word => word === searchWord || (searchWord.length >= minPrefix && word.startsWith(searchWord)),
  )
  if (starting.length > 0) return new Map(starting.map(word => [word, searchWord.length / word.length]))
  if (!allowsTypos || searchWord.length < minPrefix) return new Map()
  const [closest] = words
    .map(word => ({ word, typos: distance(searchWord, word) }))
    .filter(({ typos }) => typos <= (searchWord.length >= 7 ? 2 : 1))
    .toSorted(
      (a, b) =>
        a.typos - b.typos ||
        (frequencies.get(b.word) ?? 0) - (frequencies.get(a.word) ?? 0) ||
        (a.word < b.word ? -1 : 1),
    )
  return new Map(closest ? [[closest.word, [1, 0.8, 0.6][closest.typos] ?? 0]] : [])
}

/** Returns the edit distance, where swapped neighbouring letters count as one edit. */
const distance = (a: string, b: string): number => {
  const table: number[][] = Array.from({ length: a.length + 1 }, (_, i) =>
    Array.from({ length: b.length + 1 }, (_, j) => (i === 0 ? j : j === 0 ? i : 0)),
  )
  const at = (i: number, j: number) => table[i]?.[j] ?? Number.POSITIVE_INFINITY
  for (let i = 1; i <= a.length; i++)
    for (let j = 1; j <= b.length; j++) {
      const options = [at(i - 1, j) + 1, at(i, j - 1) + 1, at(i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1)]
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) options.push(at(i - 2, j - 2) + 1)
      ;(table[i] as number[])[j] = Math.min(...options)
    }
  return at(a.length, b.length)
}

/** Text matching as docs/ranking.md describes it, without an index: the oracle for the engine's inverted index. */

import type { CodeList } from '../../shared/search/contract.ts'
import type { ListedProfile } from '../../shared/search/entry.ts'
import { inverseDocumentFrequency } from '../../shared/search/ranking.ts'
import { wordsOf } from '../../shared/text/tokenizer.ts'
import { codesOf, lists, maxTypedWords, type TextIndex, type TextMatches } from './plain-partner-search.ts'

type LabelsOf = (list: CodeList, code: string) => readonly string[]

export class ExactTextIndex implements TextIndex {
  readonly #labelsOf: LabelsOf
  /** By partner: its words and their worths. */
  readonly #words = new Map<string, ReadonlyMap<string, number>>()

  constructor(labelsOf: LabelsOf) {
    this.#labelsOf = labelsOf
  }

  set(partnerId: string, profile: ListedProfile): void {
    this.#words.set(partnerId, worths(profile, this.#labelsOf))
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
      const meanings = meaningsOf(word, frequencies, isTyped)
      const having = [...this.#words].flatMap(([id, own]) => {
        const worth = Math.max(0, ...[...meanings].map(([meant, factor]) => (own.get(meant) ?? 0) * factor))
        return worth > 0 ? [{ id, worth }] : []
      })
      if (having.length === 0) continue
      const frequency = inverseDocumentFrequency(having.length, this.#words.size)
      whole += frequency
      for (const { id, worth } of having) {
        sums.set(id, (sums.get(id) ?? 0) + frequency * worth)
        if (isTyped) found.set(id, [...(found.get(id) ?? []), word])
      }
    }
    const parts = new Map([...sums].map(([id, sum]) => [id, sum / whole]))
    return { parts, wordsIn: id => found.get(id) ?? [] }
  }

  /** Number of profiles that have each word. */
  #frequencies(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>()
    for (const own of this.#words.values())
      for (const word of own.keys()) counts.set(word, (counts.get(word) ?? 0) + 1)
    return counts
  }
}

const worths = (profile: ListedProfile, labelsOf: LabelsOf): Map<string, number> => {
  const fields: [string[], number][] = [
    [[profile.name], 1],
    ...profile.keywords.map((keyword): [string[], number] => [[keyword], 0.9]),
    ...lists.flatMap(list =>
      codesOf(profile, list).map((code): [string[], number] => [[code, ...labelsOf(list, code)], 0.8]),
    ),
    [[profile.headline], 0.7],
  ]
  const missing = new Map<string, number>()
  for (const [texts, worth] of fields)
    for (const word of new Set(texts.flatMap(wordsOf)))
      missing.set(word, (missing.get(word) ?? 1) * (1 - worth))
  // The engine keeps worths in 8 bits.
  return new Map([...missing].map(([word, rest]) => [word, Math.round((1 - rest) * 255) / 255]))
}

/** Indexed words that a sought word means, and what each match is worth. */
const meaningsOf = (
  sought: string,
  frequencies: ReadonlyMap<string, number>,
  corrects: boolean,
): Map<string, number> => {
  const minPrefix = /^\p{sc=Hang}/u.test(sought) ? 2 : 3
  const words = [...frequencies.keys()]
  const starting = words.filter(
    word => word === sought || (sought.length >= minPrefix && word.startsWith(sought)),
  )
  if (starting.length > 0) return new Map(starting.map(word => [word, sought.length / word.length]))
  if (!corrects || sought.length < minPrefix) return new Map()
  const [closest] = words
    .map(word => ({ word, mistakes: distance(sought, word) }))
    .filter(({ mistakes }) => mistakes <= (sought.length >= 7 ? 2 : 1))
    .toSorted(
      (a, b) =>
        a.mistakes - b.mistakes ||
        (frequencies.get(b.word) ?? 0) - (frequencies.get(a.word) ?? 0) ||
        (a.word < b.word ? -1 : 1),
    )
  return new Map(closest ? [[closest.word, [1, 0.8, 0.6][closest.mistakes] ?? 0]] : [])
}

/** Edit distance with transpositions of neighbouring letters. */
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

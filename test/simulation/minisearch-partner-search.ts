/**
 * PartnerSearch on MiniSearch: text matches come from its index, everything else is computed per search from the
 * profiles.
 */

import MiniSearch from 'minisearch'
import type { ListedProfile } from '../../shared/search/entry.ts'
import type { PartnerSearch, PartnerSearchOptions } from '../../shared/search/partner-search.ts'
import { inverseDocumentFrequency } from '../../shared/search/ranking.ts'
import { wordsOf } from '../../shared/text/tokenizer.ts'
import {
  codesOf,
  lists,
  maxTypedWords,
  PlainPartnerSearch,
  type TextIndex,
  type TextMatches,
} from './plain-partner-search.ts'

export const createMiniSearchPartnerSearch = ({
  labelsOf,
  maxPartners,
}: PartnerSearchOptions): PartnerSearch =>
  new PlainPartnerSearch(new MiniSearchTextIndex(labelsOf), maxPartners)

interface Document {
  readonly id: string
  readonly name: string
  readonly keywords: string
  readonly labels: string
  readonly headline: string
}

const boost = { name: 1, keywords: 0.9, labels: 0.8, headline: 0.7 }

class MiniSearchTextIndex implements TextIndex {
  readonly #labelsOf: PartnerSearchOptions['labelsOf']
  readonly #index = new MiniSearch<Document>({
    fields: Object.keys(boost),
    tokenize: wordsOf,
    // The tokenizer has normalized the words already.
    processTerm: word => word,
    searchOptions: { boost, prefix: word => word.length >= 3 },
  })

  constructor(labelsOf: PartnerSearchOptions['labelsOf']) {
    this.#labelsOf = labelsOf
  }

  set(id: string, profile: ListedProfile): void {
    const codes = lists.flatMap(list =>
      codesOf(profile, list).flatMap(code => [code, ...this.#labelsOf(list, code)]),
    )
    const document: Document = {
      id,
      name: profile.name,
      keywords: profile.keywords.join('\n'),
      labels: codes.join('\n'),
      headline: profile.headline,
    }
    if (this.#index.has(id)) this.#index.replace(document)
    else this.#index.add(document)
  }

  delete(id: string): void {
    if (this.#index.has(id)) this.#index.discard(id)
  }

  /**
   * Searches each word separately, to weigh it by its rarity. The score of a profile for a word is relative to the best
   * score.
   */
  match(text: string): TextMatches | undefined {
    const words = [...new Set(wordsOf(text))]
    if (words.length === 0) return undefined
    const isTyped = words.length <= maxTypedWords
    const sums = new Map<string, number>()
    const found = new Map<string, string[]>()
    let whole = 0
    for (const word of words) {
      const results = this.#find(word, isTyped)
      if (results.length === 0) continue
      const frequency = inverseDocumentFrequency(results.length, this.#index.documentCount)
      const best = Math.max(...results.map(({ score }) => score))
      whole += frequency
      for (const { id, score } of results) {
        sums.set(id, (sums.get(id) ?? 0) + (frequency * score) / best)
        if (isTyped) found.set(id, [...(found.get(id) ?? []), word])
      }
    }
    const parts = new Map([...sums].map(([id, sum]) => [id, sum / whole]))
    return { parts, wordsIn: id => found.get(id) ?? [] }
  }

  /** Allows typos if no word matches exactly or as a prefix. */
  #find(word: string, allowsTypos: boolean) {
    const exact = this.#index.search(word)
    if (exact.length > 0 || !allowsTypos || word.length < 3) return exact
    return this.#index.search(word, { prefix: false, fuzzy: word.length >= 7 ? 2 : 1 })
  }
}

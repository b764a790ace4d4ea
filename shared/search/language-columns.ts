/** Rows by spoken language. */

import { Bitset, getOrCreateSet, rowsOfAny } from './bitset.ts'
import { neutralPart } from './ranking.ts'

/** Returns the primary language of a BCP 47 tag, such as de for de-AT. Variants of a language are treated as equal. */
export const primaryLanguageOf = (tag: string): string => tag.replace(/-.*/, '').toLowerCase()

export class LanguageColumns {
  readonly #rowsByLanguage = new Map<string, Bitset>()
  /** Rows that name no language. */
  readonly #unstated = new Bitset()

  set(row: number, languages: readonly string[]): void {
    this.#unstated.put(row, languages.length === 0)
    for (const language of languages)
      getOrCreateSet(this.#rowsByLanguage, primaryLanguageOf(language)).add(row)
  }

  delete(row: number): void {
    for (const set of [this.#unstated, ...this.#rowsByLanguage.values()]) set.delete(row)
  }

  speaks(row: number, language: string): boolean {
    return this.#rowsByLanguage.get(language)?.has(row) ?? false
  }

  /** Returns the rows that speak one of the primary languages. The caller must not change the set. */
  speaking(languages: readonly string[]): Bitset {
    return rowsOfAny(this.#rowsByLanguage, languages)
  }

  /** Returns the relevance part `language` of a row. @param speaking rows that speak one of the customer's languages */
  partOf(row: number, speaking: Bitset): number {
    if (speaking.has(row)) return 1
    return this.#unstated.has(row) ? neutralPart : 0
  }

  /** Returns the number of rows for each language. */
  countIn(rows: Bitset): [language: string, count: number][] {
    return [...this.#rowsByLanguage].map(([language, having]) => [language, having.countWith(rows)])
  }
}

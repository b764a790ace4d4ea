/** Codes of all rows, as sets of rows by code and as lists of codes by row. */

import { wordsOf } from '../text/tokenizer.ts'
import { Bitset } from './bitset.ts'
import { type CodeList, codeLists } from './contract.ts'
import type { ListedProfile } from './entry.ts'
import { withCapacity } from './growable.ts'
import { Interner } from './interner.ts'
import { PackedLists } from './packed-lists.ts'
import type { Codes, PartnerSearchOptions } from './partner-search.ts'
import { tagsPart } from './ranking.ts'

interface RequestedList {
  readonly list: CodeList
  /** Number of requested codes, and the internal numbers of those that a profile has or had. */
  readonly count: number
  readonly numbers: readonly number[]
}

/** Codes of a search, resolved to numbers. */
export interface RequestedCodes {
  /** Requested codes by list, in the order of `codeLists`. */
  readonly lists: readonly RequestedList[]
  readonly numbers: readonly number[]
  /** 1 for each requested code, by its internal number. */
  readonly isAsked: Uint8Array
  /** Number of requested codes in all lists. */
  readonly count: number
}

export class CodeColumns {
  /** Internal numbers of codes by list and code, such as `products/crm`. */
  readonly interner = new Interner()
  readonly #labelsOf: PartnerSearchOptions['labelsOf']
  readonly #rowsByCode: (Bitset | undefined)[] = []
  /** Internal numbers of the codes of each row. They are below 2^16. */
  readonly #codesOfRow = new PackedLists(new Uint16Array(0))
  /** Number of the profile's codes by row and list, at most 255. */
  #ownCounts = new Uint8Array(0)
  readonly #labels = new Map<number, readonly string[]>()

  constructor(labelsOf: PartnerSearchOptions['labelsOf']) {
    this.#labelsOf = labelsOf
  }

  /** @param labelsOf returns the names of a code */
  set(row: number, profile: ListedProfile): (readonly string[])[] {
    this.#ownCounts = withCapacity(this.#ownCounts, (row + 1) * codeLists.length)
    const numbers = codeLists.flatMap((list, index) => {
      const own = [...new Set(searchableCodes(profile, list))].map(code => this.#numberOf(list, code))
      this.#ownCounts[row * codeLists.length + index] = Math.min(own.length, 255)
      return own
    })
    this.#codesOfRow.set(row, numbers)
    for (const number of numbers) {
      const rows = this.#rowsByCode[number] ?? new Bitset()
      this.#rowsByCode[number] = rows
      rows.add(row)
    }
    return numbers.map(number => this.#labelWords(number))
  }

  delete(row: number): void {
    for (const number of this.#codesOfRow.of(row)) this.#rowsByCode[number]?.delete(row)
    this.#codesOfRow.set(row, [])
  }

  #numberOf(list: CodeList, code: string): number {
    return this.interner.numberOf(`${list}/${code}`)
  }

  #find(list: CodeList, code: string): number | undefined {
    return this.interner.find(`${list}/${code}`)
  }

  /** Returns the words of a code and of its names. */
  #labelWords(number: number): readonly string[] {
    const known = this.#labels.get(number)
    if (known) return known
    const [list = '', code = ''] = this.interner.stringOf(number).split('/')
    const words = [...new Set([code, ...this.#labelsOf(list as CodeList, code)].flatMap(wordsOf))]
    this.#labels.set(number, words)
    return words
  }

  resolve(codes: Codes): RequestedCodes {
    const lists = codeLists.map(list => {
      const requested = [...new Set(codes[list] ?? [])]
      const numbers = requested.flatMap(code => this.#find(list, code) ?? [])
      return { list, count: requested.length, numbers }
    })
    const numbers = lists.flatMap(({ numbers }) => numbers)
    const isAsked = new Uint8Array(this.interner.size)
    for (const number of numbers) isAsked[number] = 1
    return { lists, numbers, isAsked, count: lists.reduce((sum, { count }) => sum + count, 0) }
  }

  has(row: number, list: CodeList, code: string): boolean {
    const number = this.#find(list, code)
    return number !== undefined && (this.#rowsByCode[number]?.has(row) ?? false)
  }

  /** Returns the rows that have at least one of the codes. */
  withAny(numbers: readonly number[]): Bitset {
    return Bitset.union(numbers.map(number => this.#rowsByCode[number]))
  }

  /** Returns the relevance part `tags` of a row. */
  tagsPartOf(row: number, { isAsked, count, lists }: RequestedCodes): number {
    const { pool } = this.#codesOfRow
    const start = this.#codesOfRow.startOf(row)
    const end = start + this.#codesOfRow.lengthOf(row)
    let matched = 0
    for (let index = start; index < end; index++) matched += isAsked[pool[index] as number] as number
    let own = 0
    for (let list = 0; list < codeLists.length; list++)
      if ((lists[list] as RequestedList).count > 0)
        own += this.#ownCounts[row * codeLists.length + list] as number
    return tagsPart(matched, count, own)
  }

  /** Returns the number of rows for each code of a list. */
  countIn(list: CodeList, rows: Bitset): [code: string, count: number][] {
    return this.#rowsByCode.flatMap((having, number): [string, number][] => {
      const [listOfCode = '', code = ''] = this.interner.stringOf(number).split('/')
      return having && listOfCode === list ? [[code, having.countWith(rows)]] : []
    })
  }
}

/** Returns the codes of a profile, without industries that it also excludes. */
const searchableCodes = (profile: ListedProfile, list: CodeList): readonly string[] =>
  list === 'industries'
    ? profile.industries.filter(code => !profile.preferences.excludedIndustries.includes(code))
    : profile[list]

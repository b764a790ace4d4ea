/**
 * Internal numbers of partners and rows of profiles. The number of a partner never changes; it has a row while its profile
 * is active.
 */

import { asPartnerId, type PartnerId } from '../kernel/ids.ts'
import { Bitset } from './bitset.ts'
import type { ListedProfile } from './entry.ts'
import { withCapacity } from './growable.ts'
import { hashOf } from './hash.ts'
import { Interner } from './interner.ts'

const noRow = -1

export class ProfileRows {
  /** Rows in use. */
  readonly listed = new Bitset()
  readonly #maxPartners: number
  readonly #partners = new Interner()
  #rowOfPartner = new Int32Array(0)
  #partnerOfRow = new Uint32Array(0)
  #hashes = new Uint32Array(0)
  readonly #names: string[] = []
  readonly #headlines: string[] = []
  readonly #languages: (readonly string[])[] = []
  #used = 0
  #count = 0
  /** Free rows, of profiles that are no longer active. */
  readonly #freeRows: number[] = []

  constructor(maxPartners: number) {
    this.#maxPartners = maxPartners
  }

  /** Number of active profiles. */
  get count(): number {
    return this.#count
  }

  /** Returns the number of a partner. A new partner is added; undefined if the maximum is reached. */
  addPartner(partnerId: PartnerId): number | undefined {
    const known = this.#partners.find(partnerId)
    if (known !== undefined) return known
    if (this.#partners.size >= this.#maxPartners) return undefined
    const partner = this.#partners.numberOf(partnerId)
    this.#rowOfPartner = withCapacity(this.#rowOfPartner, partner + 1)
    this.#rowOfPartner[partner] = noRow
    return partner
  }

  /** Returns the row of a partner's active profile. */
  rowOf(partner: number): number | undefined {
    const row = this.#rowOfPartner[partner] ?? noRow
    return row === noRow ? undefined : row
  }

  find(partnerId: PartnerId): number | undefined {
    const partner = this.#partners.find(partnerId)
    return partner === undefined ? undefined : this.rowOf(partner)
  }

  /** Stores a profile in the partner's row, or in a free or new one. */
  set(partner: number, { name, headline, languages }: ListedProfile): number {
    const row = this.rowOf(partner) ?? this.#allocate(partner)
    this.listed.add(row)
    this.#names[row] = name
    this.#headlines[row] = headline
    this.#languages[row] = languages
    return row
  }

  #allocate(partner: number): number {
    const row = this.#freeRows.pop() ?? this.#used++
    this.#partnerOfRow = withCapacity(this.#partnerOfRow, row + 1)
    this.#hashes = withCapacity(this.#hashes, row + 1)
    this.#partnerOfRow[row] = partner
    this.#rowOfPartner[partner] = row
    this.#hashes[row] = hashOf(this.#partners.stringOf(partner))
    this.#count++
    return row
  }

  delete(partner: number): void {
    const row = this.rowOf(partner)
    if (row === undefined) return
    this.#rowOfPartner[partner] = noRow
    this.#freeRows.push(row)
    this.#count--
    this.listed.delete(row)
    this.#names[row] = ''
    this.#headlines[row] = ''
    this.#languages[row] = []
  }

  partnerOf(row: number): number {
    return this.#partnerOfRow[row] as number
  }

  partnerIdOf(row: number): PartnerId {
    return asPartnerId(this.#partners.stringOf(this.partnerOf(row)))
  }

  /** Hash of the partner's id. */
  hashOf(row: number): number {
    return this.#hashes[row] as number
  }

  nameOf(row: number): string {
    return this.#names[row] ?? ''
  }

  headlineOf(row: number): string {
    return this.#headlines[row] ?? ''
  }

  languagesOf(row: number): readonly string[] {
    return this.#languages[row] ?? []
  }
}

/** The program's taxonomy in the table. */
import { contentOf, type Item, type Key } from '../platform/item.ts'
import type { Taxonomy } from './contract.ts'
import { defaultTaxonomy } from './rules.ts'

export const taxonomyKey: Key = { pk: 'PROGRAM', sk: 'TAXONOMY' }

/** The taxonomy that an item keeps; of a program that has changed nothing, the one it came with. */
export const readTaxonomy = (item: Item | undefined): Taxonomy =>
  item ? contentOf<Taxonomy>(item) : defaultTaxonomy

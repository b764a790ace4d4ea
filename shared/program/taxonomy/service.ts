/** Reads and replaces the program's taxonomy. Anyone may read it. */

import type { CommandContext } from '../../events/index.ts'
import { type Fault, requireNoFaults } from '../../kernel/errors.ts'
import type { Versioned } from '../../kernel/versioned.ts'
import type { LanguagePreference } from '../../text/locale.ts'
import type { LabelledTaxonomy, NewTaxonomy, Taxonomy } from './contract.ts'
import { findTaxonomyFaults, labelLocaleFor, labelledFor } from './rules.ts'
import { taxonomies } from './store.ts'

/**
 * Returns the taxonomy in force with labels for a reader.
 * @param reader the reader's locale (BCP 47), or the languages that the reader accepts
 */
export const readableTaxonomy = async (reader: string | LanguagePreference): Promise<LabelledTaxonomy> => {
  const { body } = await taxonomies.find()
  return labelledFor(body, typeof reader === 'string' ? reader : labelLocaleFor(body, reader))
}

/** @param version version to read; undefined for the one in force @throws DomainError not-found */
export const getTaxonomy = (version?: number): Promise<Versioned<Taxonomy>> => taxonomies.find(version)

/**
 * Puts a taxonomy into force. Stored codes stay valid, because a new taxonomy must have all codes of the present one.
 * @throws DomainError stale-version; invalid-request with every wrong field and every missing code
 */
export const putTaxonomy = (
  asked: NewTaxonomy,
  { actor, version, now }: CommandContext,
): Promise<Versioned<Taxonomy>> =>
  taxonomies.replace(asked, { by: actor.id ?? actor.kind, version, now }, present => {
    requireNoFaults(findTaxonomyFaults(asked, present))
  })

/** Applies the rules to those parts of a taxonomy that match the schema. @returns the faults */
export const checkTaxonomy = async (given: NewTaxonomy): Promise<Fault[]> =>
  findTaxonomyFaults(given, (await taxonomies.find()).body)

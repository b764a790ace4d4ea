/** The program's taxonomy: shown to anyone, replaced by the operator. */

import type { CommandContext } from '../../events/index.ts'
import { requireNoErrors } from '../../kernel/errors.ts'
import type { Versioned } from '../../kernel/versioned.ts'
import type { LabelledTaxonomy, NewTaxonomy, Taxonomy } from './contract.ts'
import { labelledFor, taxonomyErrors } from './rules.ts'
import { taxonomies } from './store.ts'

/** The taxonomy in force, for a reader of a locale (BCP 47). */
export const readableTaxonomy = async (reader: string): Promise<LabelledTaxonomy> =>
  labelledFor((await taxonomies.find()).body, reader)

/** @param version of an earlier taxonomy; without it, the one in force @throws DomainError not-found */
export const getTaxonomy = (version?: number): Promise<Versioned<Taxonomy>> => taxonomies.find(version)

/**
 * Puts a taxonomy in force. What was written with an earlier one stays as it is, and can be read by the codes.
 * @throws DomainError stale-version; invalid-request, naming each field that is wrong, and each code that would be lost
 */
export const putTaxonomy = (
  asked: NewTaxonomy,
  { actor, version, now }: CommandContext,
): Promise<Versioned<Taxonomy>> =>
  taxonomies.replace(asked, { by: actor.id ?? actor.kind, version, now }, present => {
    requireNoErrors(taxonomyErrors(asked, present))
  })

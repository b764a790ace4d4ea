/** The taxonomy in the table: the one in force and all earlier versions. */
import { versionedData } from '../../persistence/index.ts'
import { defaultTaxonomy } from './rules.ts'
import { storedTaxonomy, storedTaxonomyOf } from './stored.ts'

export const taxonomies = versionedData('taxonomy', defaultTaxonomy, storedTaxonomy, storedTaxonomyOf)
export const { key: taxonomyKey, read: readTaxonomy } = taxonomies

/** Writes the lookup entries of partners. */
import { lookupHash } from '../../crypto/lookup-hash.ts'
import type { PartnerId } from '../../kernel/ids.ts'
import { replaceEntries, type WantedEntries } from '../../lookup/index.ts'
import { entriesOf } from '../../lookup/rules.ts'
import { getAll } from '../../persistence/index.ts'
import { partnerKey, readCompany } from '../partner/store.ts'
import { partnerScope, subjectOfPartner } from './rules.ts'

/** Writes the lookup entries of a partner's present name, and deletes those of an earlier one. @returns number of changes */
export const indexPartner = (partnerId: PartnerId): Promise<number> =>
  replaceEntries(partnerId, async (): Promise<WantedEntries> => {
    const [item] = await getAll([partnerKey(partnerId)])
    if (!item) return { entries: [], state: '' }
    const { name } = readCompany(item)
    return {
      entries: entriesOf(partnerScope, partnerId, subjectOfPartner({ name }), lookupHash),
      state: name,
    }
  })

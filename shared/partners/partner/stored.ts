/** Partners and their administrators as they are stored. */
import * as z from 'zod/mini'
import { storedPartnerId } from '../../kernel/ids.ts'
import { storedInstant } from '../../kernel/instants.ts'
import { storedPerson } from '../../persistence/index.ts'

const company = {
  id: storedPartnerId,
  name: z.string(),
  website: z.nullable(z.string()),
  createdAt: storedInstant,
  updatedAt: storedInstant,
  version: z.int(),
  /** 0 in partners that never had an administrator. For items that lack it see `readPartner`. */
  peopleVersion: z.optional(z.int()),
}

export const storedCompany = z.looseObject(company)

/** The part that the list of partners projects. */
export const storedCompanyOverview = z.object(company)

export const storedAdministrators = z.looseObject({
  partnerId: z.optional(z.string()),
  version: z.int(),
  admins: z.array(storedPerson),
})

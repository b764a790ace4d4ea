/** The health of contacts as it is stored. */
import * as z from 'zod/mini'
import { contactProblems } from '../../events/contract.ts'
import { storedPartnerId } from '../../kernel/ids.ts'
import { storedInstant } from '../../kernel/instants.ts'
import { storedTexts } from '../../persistence/index.ts'

export const storedHealth = z.looseObject({
  partnerId: storedPartnerId,
  region: z.string(),
  version: z.int(),
  troubles: z.array(
    z.object({
      address: z.string(),
      contact: z.string(),
      problem: z.enum(contactProblems),
      since: storedInstant,
      /** The first version of the program stored referrals instead, which are ignored. */
      events: storedTexts,
      temporaryBounces: storedTexts,
    }),
  ),
})

/** The part that the list of unhealthy profiles projects. */
export const storedHealthOverview = z.object({ partnerId: storedPartnerId, region: z.string() })

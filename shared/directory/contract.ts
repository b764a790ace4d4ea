import * as z from 'zod/mini'
import { partnerId } from '../partner/contract.ts'
import { countryCode, operations, page, pageQuery } from '../platform/contract.ts'
import { locationId, profileId } from '../profile/contract.ts'

/** A place where an active profile does business: what an RFI is addressed to. */
const directoryHit = z.strictObject({
  profileId,
  partnerId,
  name: z.string(),
  region: countryCode,
  locationId,
  city: z.string(),
  headline: z.string(),
  languages: z.array(z.string()),
})
export type DirectoryHit = z.infer<typeof directoryHit>

/** A place that an RFI could be sent on to, as its customer is shown it. */
export const suggestion = z.pick(directoryHit, {
  profileId: true,
  partnerId: true,
  locationId: true,
  name: true,
  city: true,
  headline: true,
  languages: true,
})
export type Suggestion = z.infer<typeof suggestion>

export const directoryOperations = operations({
  listDirectory: {
    summary: 'Every active profile and location of a region',
    method: 'GET',
    path: '/v1/directory',
    audience: 'customer',
    access: 'public',
    query: z.strictObject({ region: countryCode, ...pageQuery }),
    status: 200,
    response: page(directoryHit),
  },
})

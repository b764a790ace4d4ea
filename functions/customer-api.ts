/** What customers call: the directory, and their requests for information. */
import { directoryOperations } from '../shared/discovery/contract.ts'
import { directory } from '../shared/discovery/index.ts'
import { taxonomyOperations } from '../shared/program/contract.ts'
import { readableTaxonomy } from '../shared/program/index.ts'
import { rfiOperations } from '../shared/referrals/contract.ts'
import { rfis } from '../shared/referrals/index.ts'
import { api, plain } from './http/api.ts'

const { getTaxonomy } = taxonomyOperations
const { createRfi, getRfi, addRecipients, withdrawRfi } = rfiOperations
const actor = { kind: 'customer' } as const

export const handler = api(
  { ...directoryOperations, getTaxonomy, createRfi, getRfi, addRecipients, withdrawRfi },
  {
    searchDirectory: ({ query, list, now }) =>
      plain(directory.searchDirectory(query, { list, cursor: query.cursor }, now)),
    getDirectoryProfile: ({ params, now }) => plain(directory.getDirectoryProfile(params.profileId, now)),
    getTaxonomy: ({ query: { language }, locale }) => plain(readableTaxonomy(language ?? locale)),
    createRfi: ({ body, attempt, now }) => rfis.createRfi(body, attempt, actor, now),
    getRfi: ({ params, now }) => rfis.getRfi(params.rfiId, now),
    addRecipients: ({ params, body, version, now }) =>
      rfis.addRecipients(params.rfiId, body.recipients, actor, version, now),
    withdrawRfi: ({ params, version, now }) => rfis.withdrawRfi(params.rfiId, actor, version, now),
  },
)

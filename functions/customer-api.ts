/** What customers call: the directory, and their requests for information. */
import { directoryOperations } from '../shared/directory/contract.ts'
import { listDirectory } from '../shared/directory/service.ts'
import { rfiOperations } from '../shared/rfi/contract.ts'
import { createRfi, getRfi, withdrawRfi } from '../shared/rfi/service.ts'
import { taxonomyOperations } from '../shared/taxonomy/contract.ts'
import { defaultTaxonomy } from '../shared/taxonomy/rules.ts'
import { api, plain } from './http/api.ts'

const { listDirectory: list } = directoryOperations
const { getTaxonomy } = taxonomyOperations
const { createRfi: create, getRfi: get, withdrawRfi: withdraw } = rfiOperations
const customer = { kind: 'customer' } as const

export const handler = api(
  { list, getTaxonomy, create, get, withdraw },
  {
    list: ({ query: { region, limit, cursor }, list }) =>
      plain(listDirectory(region, limit, { list, cursor })),
    getTaxonomy: () => plain(defaultTaxonomy),
    create: ({ body, attempt, now }) => createRfi(body, attempt, customer, now),
    get: ({ params, now }) => getRfi(params.rfiId, now),
    withdraw: ({ params, version, now }) => withdrawRfi(params.rfiId, customer, version, now),
  },
)

/** The open API: the OpenAPI document of this program. */
import { apiOperations } from '../shared/api/contract.ts'
import { openApiDocument } from '../shared/api/index.ts'
import { api, plain } from './http/api.ts'

/** Created by the first request, and reused by later ones. */
let document: ReturnType<typeof openApiDocument> | undefined

export const handler = api('open', apiOperations, {
  getOpenApi: () => {
    document ??= openApiDocument()
    return plain(document)
  },
})

/** The open API: this program's description of itself. */
import { apiOperations } from '../shared/api/contract.ts'
import { openApiDocument } from '../shared/api/index.ts'
import { api, plain } from './http/api.ts'

/** Made when it is first asked for, and kept. */
let document: ReturnType<typeof openApiDocument> | undefined

export const handler = api(apiOperations, {
  getOpenApi: () => {
    document ??= openApiDocument()
    return plain(document)
  },
})

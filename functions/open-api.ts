/** The open API: this program's description of itself. */
import { apiOperations } from '../shared/api/contract.ts'
import { openApiDocument } from '../shared/api/openapi.ts'
import { api, plain } from './http/api.ts'

const document = openApiDocument()

export const handler = api(apiOperations, { getOpenApi: () => plain(document) })

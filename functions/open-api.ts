/** The open API: the OpenAPI document of this program. */
import document from '../docs/api/openapi.json' with { type: 'json' }
import { apiOperations } from '../shared/api/contract.ts'
import { api, plain } from './http/api.ts'

// `npm run docs` generates the document, so that no function needs the texts and examples of the contracts.
export const handler = api('open', apiOperations, { getOpenApi: () => plain(document) })

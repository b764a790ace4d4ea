/** The open API: the OpenAPI document of this program, and the answers to requests that match no operation. */
import document from '../docs/api/openapi.json' with { type: 'json' }
import { apiOperations } from '../shared/api/contract.ts'
import { api, plain } from './http/api.ts'
import { resourceAt, unknownRoute } from './http/unknown-route.ts'

// `npm run docs` generates the document, so that no function needs the texts and examples of the contracts.
const answerDocument = api('open', apiOperations, { getOpenApi: () => plain(document) })

const resources = Object.entries(document.paths).map(([path, operations]) =>
  resourceAt(
    path,
    Object.keys(operations).map(method => method.toUpperCase()),
  ),
)
const answerUnknown = unknownRoute(resources)

/** Handles both routes of this function: `$default` has the requests that match no operation. */
export const handler: typeof answerDocument = async (event, context) =>
  event.routeKey === '$default' ? answerUnknown(event) : answerDocument(event, context)

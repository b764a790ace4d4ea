/** Answers to requests that match no operation: unknown paths, unknown methods, and OPTIONS. */
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda'
import { always } from './answer.ts'
import type { ApiEvent } from './call.ts'
import { problemAnswer, RequestError, requestReason } from './problem.ts'

type Response = APIGatewayProxyStructuredResultV2

/** A resource: the pattern of its path, and the methods that it has. */
export interface Resource {
  readonly pattern: RegExp
  readonly methods: readonly string[]
}

/**
 * Returns the resource of a path. HEAD works where GET does, and OPTIONS everywhere.
 * @param path path of an operation, such as `/v1/rfis/{rfiId}`
 * @param methods methods of the operations with this path
 */
export const resourceAt = (path: string, methods: readonly string[]): Resource => {
  const literal = (text: string) => text.replace(/[.*+?^$()|[\]\\]/g, '\\$&')
  const segments = path.split('/').map(segment => (segment.startsWith('{') ? '[^/]+' : literal(segment)))
  return {
    pattern: new RegExp(`^${segments.join('/')}$`),
    methods: [...methods, ...(methods.includes('GET') ? ['HEAD'] : []), 'OPTIONS'],
  }
}

const isAt =
  (path: string) =>
  ({ pattern }: Resource): boolean =>
    pattern.test(path)

/** Returns the known path that the caller may have meant: without a slash at the end, doubled slashes and capitals. */
const suggestionFor = (resources: readonly Resource[], path: string): string | undefined => {
  const single = path.replace(/\/{2,}/g, '/').replace(/(?<=.)\/$/, '')
  return [single, single.toLowerCase()].find(other => other !== path && resources.some(isAt(other)))
}

/**
 * The handler of the `$default` route. A path with a slash at the end is unknown, as for API Gateway: a redirect would
 * repeat tokens in a new address, and lose the body of some clients.
 */
export const unknownRoute = (resources: readonly Resource[]): ((event: ApiEvent) => Response) => {
  const problem = (error: RequestError, { requestContext }: ApiEvent): Response => {
    const answer = problemAnswer(error, requestContext.requestId, representation => representation)
    return requestContext.http.method === 'HEAD' ? { ...answer, body: '' } : answer
  }
  return event => {
    const { method } = event.requestContext.http
    const resource = resources.find(isAt(event.rawPath))
    if (!resource) {
      const suggestion = suggestionFor(resources, event.rawPath)
      return problem(new RequestError('not-found', requestReason('unknown-path', { suggestion })), event)
    }
    const allow = resource.methods.join(', ')
    if (method === 'OPTIONS') return { statusCode: 204, headers: { ...always, allow } }
    const reason = requestReason('unknown-method', { method, allowed: resource.methods })
    return problem(new RequestError('method-not-allowed', reason, { allow }), event)
  }
}

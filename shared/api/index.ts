/** Public interface of the module: the OpenAPI document, the collection of requests and the typed client. */
export * from './client/index.ts'
export { tags } from './introduction.ts'
export { openApiDocument } from './openapi.ts'

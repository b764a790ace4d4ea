/** Public face of the API as a whole: services and stores that other modules may use. */
export { openApiDocument } from './openapi.ts'

/** Public face of server-rendered pages: services and stores that other modules may use. */
export { problemPage } from './page/problem-page.ts'
export * as page from './page/service.ts'

/** Public face of server-rendered pages: pure decisions that other modules may use. */
export { type Page, policy } from './page/layout.ts'

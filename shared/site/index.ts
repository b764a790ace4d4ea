/** Public face of server-rendered pages: services and stores that other modules may use. */
export { showAnswer, submitAnswer } from './answer/service.ts'
export { showMute, submitMute } from './mute/service.ts'
export { problemPage } from './page/problem-page.ts'
export type { PageVisit } from './page/visit.ts'
export { showRequest, submitRequest } from './request/service.ts'

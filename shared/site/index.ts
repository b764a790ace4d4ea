/** Public face of server-rendered pages: services and stores that other modules may use. */
export { problemPage } from './page/problem-page.ts'
export {
  type PageVisit,
  showAnswer,
  showMute,
  showRequest,
  submitAnswer,
  submitMute,
  submitRequest,
} from './page/service.ts'

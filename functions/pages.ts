/** Serves the pages behind links in mails: answer a referral, follow a request, mute mails. */
import { pageOperations } from '../shared/site/contract.ts'
import {
  type PageVisit,
  showAnswer,
  showMute,
  showRequest,
  submitAnswer,
  submitMute,
  submitRequest,
} from '../shared/site/index.ts'
import type { Call } from './http/call.ts'
import { pages } from './http/pages.ts'

type PageCall = Pick<Call<(typeof pageOperations)['getAnswerPage']>, 'query' | 'locale' | 'now'>

const visit = ({ query, locale, now }: PageCall): PageVisit => ({ ...query, locale, now })

export const handler = pages(pageOperations, {
  getAnswerPage: call => showAnswer(visit(call)),
  postAnswer: call => submitAnswer(visit(call), call.body),
  getRequestPage: call => showRequest(visit(call)),
  postRequest: call => submitRequest(visit(call), call.body),
  getMutePage: call => showMute(visit(call)),
  postMute: call => submitMute(visit(call)),
})

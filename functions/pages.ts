/** What people see who follow a link in a mail: pages to answer a referral, to follow a request, to stop mails. */
import { pageOperations } from '../shared/site/contract.ts'
import { page } from '../shared/site/index.ts'
import type { Call } from './http/call.ts'
import { pages } from './http/pages.ts'

type Visited = Pick<Call<(typeof pageOperations)['getAnswerPage']>, 'query' | 'locale' | 'now'>

const visit = ({ query, locale, now }: Visited): page.Visit => ({ ...query, locale, now })

export const handler = pages(pageOperations, {
  getAnswerPage: call => page.showAnswer(visit(call)),
  postAnswer: call => page.giveAnswer(visit(call), call.body),
  getRequestPage: call => page.showRequest(visit(call)),
  postRequest: call => page.changeRequest(visit(call), call.body),
  getMutePage: call => page.showMute(visit(call)),
  postMute: call => page.mute(visit(call)),
})

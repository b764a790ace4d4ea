/**
 * Pages behind links in mails, without sign-in and without script. Opening a page changes nothing; only its form does,
 * because mail scanners follow links.
 */
import * as z from 'zod/mini'
import { operations } from '../../kernel/operation.ts'

/** The token of the link, and the signed outcome of a form. Other parameters, such as click tracking, are ignored. */
const query = z.object({
  token: z.string().check(z.maxLength(2000)),
  done: z.optional(z.string().check(z.maxLength(200))),
})

/** The fields of a form, as browsers send them. */
const form = z.record(z.string().check(z.maxLength(100)), z.string())

const link = { audience: 'reader', access: 'link', query, page: true } as const

export const pageOperations = operations({
  getAnswerPage: {
    summary: 'The page behind a link in an alert, on which a referral can be answered',
    method: 'GET',
    path: '/v1/pages/answer',
    ...link,
    status: 200,
  },
  postAnswer: {
    summary: 'Answer a referral by mail: works once, until the referral’s respond-by',
    method: 'POST',
    path: '/v1/pages/answer',
    ...link,
    body: form,
    status: 303,
  },
  getRequestPage: {
    summary: 'How far an RFI has come, as a page for its customer',
    method: 'GET',
    path: '/v1/pages/request',
    ...link,
    status: 200,
  },
  postRequest: {
    summary: 'Send an RFI on to the next best partner, or withdraw it, from its page',
    method: 'POST',
    path: '/v1/pages/request',
    ...link,
    body: form,
    status: 303,
  },
  getMutePage: {
    summary: 'The page on which a contact can stop its mails',
    method: 'GET',
    path: '/v1/pages/mute',
    ...link,
    status: 200,
  },
  postMute: {
    summary: 'Stop the mails to a contact; mail clients call it with one click (RFC 8058)',
    method: 'POST',
    path: '/v1/pages/mute',
    ...link,
    body: form,
    status: 200,
  },
})

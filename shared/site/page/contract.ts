/**
 * Pages behind links in mails, without sign-in and without script. Opening a page changes nothing, because mail
 * scanners follow links. Only the form of the page changes data.
 */
import * as z from 'zod/mini'
import { describeOperations, describeSchema } from '../../kernel/documentation.ts'
import { maxLength } from '../../kernel/fields.ts'
import { operations } from '../../kernel/operation.ts'

/** The token of the link, and the signed result of a form. Other parameters, such as click tracking, are ignored. */
const query = z.object({
  token: z.string().check(maxLength(2000)),
  done: z.optional(z.string().check(maxLength(200))),
  win: z.optional(z.string().check(maxLength(200))),
})

/* @__PURE__ */ describeSchema(query, {
  properties: {
    token: 'Token of the link.',
    done: 'Signed result of the form, which the program adds when it redirects.',
    win: 'Answer that the page of an RFI offers first when it asks about a reported win: `no`. Other values are ignored.',
  },
  example: { token: 'YW5zd2VyLWxpbms.signature', win: 'no' },
})

/** The fields of a form, as browsers send them. */
const formSchema = () => z.record(z.string().check(maxLength(100)), z.string())

const answerForm = formSchema()
/* @__PURE__ */ describeSchema(answerForm, {
  description:
    'The fields of the form. To accept: `name`, `amount`, `currency`, `estimatedCloseDate`, `crmId`, `notes`, and `suggested`, the value and date that the form suggested. To decline, or to report a loss: `reason`, `notes`. To extend: `why`. To report a win: `amount`, `currency`, `closedOn`. For a new close date: `estimatedCloseDate`. Other answers have no fields. `do` is `show-contact` to see the contact details of the customer, and `undo` to undo the answer.',
  example: { reason: 'no-capacity', notes: 'Booked until summer.' },
})

const requestForm = formSchema()
/* @__PURE__ */ describeSchema(requestForm, {
  description:
    'The fields of the form. `do` is the action, and `version` the version of the RFI on the page. `ask`, to send it on: `profileId`, `locationId`. `withdraw`: `sure`. `choose`: `choice`, a referral id, `elsewhere` or `none`. `deny-win` and `dismiss`: `referralId`. `reopen`: the referral ids in `again-0`, `again-1` and so on.',
  example: { do: 'choose', version: '4', choice: 'elsewhere' },
})

const muteForm = formSchema()
/* @__PURE__ */ describeSchema(muteForm, {
  description: 'The form has no fields. Email clients send `List-Unsubscribe` (RFC 8058).',
  example: { 'List-Unsubscribe': 'One-Click' },
})

const link = { audience: 'reader', access: 'link', query, page: true } as const

export const pageOperations = operations({
  getAnswerPage: {
    summary: 'Show the page to answer a referral',
    method: 'GET',
    path: '/v1/pages/answer',
    ...link,
    status: 200,
  },
  postAnswer: {
    summary: 'Answer a referral from its page',
    method: 'POST',
    path: '/v1/pages/answer',
    ...link,
    body: answerForm,
    status: 303,
  },
  getRequestPage: {
    summary: 'Show the page of an RFI',
    method: 'GET',
    path: '/v1/pages/request',
    ...link,
    status: 200,
  },
  postRequest: {
    summary: 'Change an RFI from its page',
    method: 'POST',
    path: '/v1/pages/request',
    ...link,
    body: requestForm,
    status: 303,
  },
  getMutePage: {
    summary: 'Show the page to turn off email',
    method: 'GET',
    path: '/v1/pages/mute',
    ...link,
    status: 200,
  },
  postMute: {
    summary: 'Turn off email to a contact',
    method: 'POST',
    path: '/v1/pages/mute',
    ...link,
    body: muteForm,
    status: 200,
  },
})

/* @__PURE__ */ describeOperations(pageOperations, {
  getAnswerPage: {
    description:
      'Shows the page behind the links of an email about a referral, with the form for the answer. It changes no data. The contact details of the customer are shown as the policy says in `contactDetails`.',
    returns: 'The page with the form, or with the result if the referral was answered.',
  },
  postAnswer: {
    description:
      'Gives the answer of a link: accepts, declines, extends or reopens a referral, reports its end or a new close date, or reports the wrong contact. A link stops working at the first answer or at its deadline; after a decline or an end, the page can undo the answer for a short time. A form with wrong fields is shown again with status 400.',
    returns: 'A redirect to the page with the result.',
  },
  getRequestPage: {
    description:
      'Shows the customer the status of an RFI and the people who take care of it, with forms to send it on, to choose a partner, to answer a reported win, to dismiss one partner, to ask superseded partners again, and to withdraw it.',
    returns: 'The page.',
  },
  postRequest: {
    description:
      'Executes a form of the page. A form that shows an older version of the RFI changes nothing.',
    returns: 'A redirect to the page with the result.',
  },
  getMutePage: {
    description: 'Shows the page on which a contact can turn off email. It changes no data.',
    returns: 'The page.',
  },
  postMute: {
    description:
      'Turns off email to a contact. Email clients call it with one click (RFC 8058). A repeated request has no further effect.',
    returns: 'The page with the result.',
  },
})

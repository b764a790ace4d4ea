/** A function whose answers are HTML pages, also for problems. */
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda'
import { type OperationsOf, problems } from '../../shared/api/contract.ts'
import { type PageName, pageNames } from '../../shared/messaging/contract.ts'
import { problemPage } from '../../shared/site/index.ts'
import { type Page, policy } from '../../shared/site/rules.ts'
import { render } from '../../shared/text/html.ts'
import { always } from './answer.ts'
import type { ApiEvent, Call } from './call.ts'
import { localeOf } from './locale.ts'
import { pipeline } from './pipeline.ts'

/** A page, or the address of one that shows the result of a form and can be loaded again (Post/Redirect/Get). */
type Shown = Page | { readonly see: string }

type PageHandlers = {
  readonly [Id in keyof OperationsOf<'reader'>]: (call: Call<OperationsOf<'reader'>[Id]>) => Promise<Shown>
}

const headers = {
  ...always,
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': policy,
  // The address of a page holds its token.
  'referrer-policy': 'no-referrer',
  'x-robots-tag': 'noindex',
  // A reader whose own language is not known gets the page in the one of the request.
  vary: 'accept-language',
}

const show = (shown: Shown): APIGatewayProxyStructuredResultV2 =>
  'see' in shown
    ? { statusCode: 303, headers: { ...always, location: shown.see } }
    : {
        statusCode: shown.status ?? 200,
        headers: { ...headers, 'content-language': shown.language },
        body: render(shown.html),
      }

/** Returns the page of a route such as `GET /v1/pages/answer`. */
const pageNameOf = ({ routeKey }: ApiEvent): PageName =>
  pageNames.find(name => routeKey.endsWith(`/pages/${name}`)) ?? 'answer'

/** The Lambda handler of the pages. */
export const pages = (operations: OperationsOf<'reader'>, handlers: PageHandlers) =>
  pipeline<Shown>(
    Object.values(operations),
    handlers as never,
    {},
    {
      success: (_, shown) => show(shown),
      failure: ({ code }, event) =>
        show(problemPage(pageNameOf(event), problems[code].status, localeOf(event))),
    },
  )

/** A function that answers people: with pages, problems included. */
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda'
import { problems } from '../../shared/api/contract.ts'
import type { Operation } from '../../shared/kernel/operation.ts'
import { problemPage } from '../../shared/site/index.ts'
import { type Page, policy } from '../../shared/site/rules.ts'
import { render } from '../../shared/text/html.ts'
import { always } from './answer.ts'
import { serve } from './api.ts'
import { type Call, localeOf } from './call.ts'

/** A page, or where to look for it: what a form has done is shown by a page of its own, which can be loaded again. */
export type Shown = Page | { readonly see: string }

export type PageHandlers<Operations extends Record<string, Operation>> = {
  readonly [Id in keyof Operations]: (call: Call<Operations[Id]>) => Promise<Shown>
}

const headers = {
  ...always,
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': policy,
  // The address of a page holds its token.
  'referrer-policy': 'no-referrer',
  'x-robots-tag': 'noindex',
}

const show = (shown: Shown): APIGatewayProxyStructuredResultV2 =>
  'see' in shown
    ? { statusCode: 303, headers: { ...always, location: shown.see } }
    : { statusCode: shown.status ?? 200, headers, body: render(shown.html) }

/** The Lambda handler of operations that answer with pages. */
export const pages = <Operations extends Record<string, Operation>>(
  operations: Operations,
  handlers: PageHandlers<Operations>,
) =>
  serve<Shown>(
    operations,
    handlers as never,
    (_, shown) => show(shown),
    ({ code }, event) => show(problemPage(problems[code].status, localeOf(event))),
  )

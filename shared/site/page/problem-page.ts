/** Pages for links that do not work, and for errors. */

import type { PageName } from '../../messaging/contract.ts'
import { pageLocalizer } from '../../messaging/index.ts'
import { phrase, type Words } from '../../messaging/rules.ts'
import { html } from '../../text/html.ts'
import { layout, type Page } from './layout.ts'

interface Problem {
  readonly title: Words
  readonly body: Words
}

const problemLayout = (locale: string, status: number, { title, body }: Problem): Page => {
  const content = html`<section><p>${phrase(body)}</p></section>`
  const localizer = pageLocalizer(locale)
  const { language } = localizer
  return { status, language, html: layout(localizer, { title, content, isError: true }) }
}

/** Explains an expired, truncated or invalid link in the terms of the people who get links to this page. */
export const deadLinkPage = (page: PageName, locale: string, status = 404): Page => {
  const localizer = pageLocalizer(locale)
  const body = localizer.text(`dead-link.${page}`)
  return problemLayout(locale, status, { title: localizer.text('dead-link.title'), body })
}

/**
 * Explains why a request to a page failed.
 * @param status HTTP status. 400 and 404 mean that the address is incomplete or wrong.
 */
export const problemPage = (page: PageName, status: number, locale: string): Page => {
  if (status === 400 || status === 404) return deadLinkPage(page, locale, status)
  const localizer = pageLocalizer(locale)
  return problemLayout(locale, status, {
    title: localizer.text('problem.title'),
    body: localizer.text('problem.body'),
  })
}

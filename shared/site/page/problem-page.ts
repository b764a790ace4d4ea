/** Pages for a link that does not work, and for an error. */

import { pageSpeakerOf } from '../../messaging/index.ts'
import { phrase } from '../../messaging/rules.ts'
import { html } from '../../text/html.ts'
import { layout, type Page } from './layout.ts'

export const deadLinkPage = (locale: string): Page => {
  const speaker = pageSpeakerOf(locale)
  const content = html`<section><p>${phrase(speaker.say('answer.dead.why'))}</p></section>`
  return { status: 404, html: layout(speaker, { title: speaker.say('answer.dead'), content }) }
}

/** @param status of HTTP */
export const problemPage = (status: number, locale: string): Page => {
  if (status === 404) return deadLinkPage(locale)
  const speaker = pageSpeakerOf(locale)
  const content = html`<section><p>${phrase(speaker.say('problem.body'))}</p></section>`
  return { status, html: layout(speaker, { title: speaker.say('problem.title'), content }) }
}

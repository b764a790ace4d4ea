/** HTML of the customer's page: the recipients of the RFI with their states, and the possible actions. */

import type { Suggestion } from '../../discovery/contract.ts'
import { foreign, type PageSpeaker, phrase, type Words } from '../../messaging/rules.ts'
import type { RfiView } from '../../referrals/contract.ts'
import { type Content, html } from '../../text/html.ts'
import type { Instant } from '../../time/instant.ts'
import { layout, type Page } from '../page/layout.ts'
import type { RequestOutcome } from './forms.ts'

interface RequestState {
  readonly rfi: RfiView
  /** Sent with the forms, so that a form for an older version changes nothing. */
  readonly version: number
  readonly now: Instant
  /** Outcome of the form that was just submitted. */
  readonly outcome: RequestOutcome | undefined
}

type Recipient = RfiView['recipients'][number]

const stateOf = (speaker: PageSpeaker, { status, respondBy }: Recipient, now: Instant): Words =>
  status === 'new'
    ? speaker.say('request.waiting', {
        respondBy: speaker.instant(respondBy),
        left: speaker.left(respondBy, now),
      })
    : speaker.say('request.state', { status })

const recipients = (speaker: PageSpeaker, { rfi, now }: RequestState): Content =>
  rfi.recipients.length > 0 &&
  html`<section aria-labelledby="partners"><h2 id="partners">${phrase(speaker.say('request.partners'))}</h2><ul>
${rfi.recipients.map(
  recipient =>
    html`<li><strong><bdi>${recipient.name}</bdi></strong><br>${phrase(stateOf(speaker, recipient, now))}</li>`,
)}</ul></section>`

const ask = (speaker: PageSpeaker, version: number, suggestion: Suggestion): Content => {
  const { profileId, locationId, name, city, headline } = suggestion
  return html`<li id="${profileId}"><strong><bdi>${name}</bdi></strong><br><bdi>${headline}</bdi> · <bdi>${city}</bdi>
<form method="post">${hidden({ do: 'ask', profileId, locationId, version: String(version) })}
<button>${phrase(speaker.say('request.ask', { partner: foreign(name) }))}</button></form></li>`
}

const hidden = (values: Readonly<Record<string, string>>): Content =>
  Object.entries(values).map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`)

const next = (speaker: PageSpeaker, { rfi: { suggestions }, version }: RequestState): Content =>
  suggestions.length > 0 &&
  html`<section aria-labelledby="next"><h2 id="next">${phrase(speaker.say('request.next'))}</h2>
<p>${phrase(speaker.say('request.next.intro'))}</p>
<ul>${suggestions.map(suggestion => ask(speaker, version, suggestion))}</ul></section>`

const withdraw = (speaker: PageSpeaker, { rfi: { status }, version }: RequestState): Content =>
  (status === 'open' || status === 'unrouted') &&
  html`<section aria-labelledby="withdraw"><h2 id="withdraw">${phrase(speaker.say('request.withdraw'))}</h2>
<p>${phrase(speaker.say('request.withdraw.intro'))}</p>
<form method="post">${hidden({ do: 'withdraw', version: String(version) })}
<label class="box"><input type="checkbox" name="sure" value="yes" required>${phrase(speaker.say('request.withdraw.sure'))}</label>
<button class="plain">${phrase(speaker.say('request.withdraw'))}</button></form></section>`

const statusOf = (speaker: PageSpeaker, { status }: RfiView): Words => speaker.say(statuses[status])

const statuses = {
  open: 'request.open',
  closed: 'request.over',
  withdrawn: 'request.withdrawn',
  unrouted: 'request.looking',
} as const

/** Outcomes that changed nothing. */
const alerts = {
  unsure: 'request.withdraw.unsure',
  changed: 'request.changed',
  refused: 'request.refused',
} as const

interface Notice {
  readonly note?: Words
  readonly alert?: Words
}

/** Returns the notice for an outcome. A change is confirmed only if the RFI shows it. */
const noticeOf = (speaker: PageSpeaker, { rfi, outcome }: RequestState): Notice => {
  if (!outcome) return {}
  if (outcome.kind === 'withdrawn')
    return rfi.status === 'withdrawn' ? { note: speaker.say('request.withdrawn') } : {}
  if (outcome.kind !== 'sent-on') return { alert: speaker.say(alerts[outcome.kind]) }
  const recipient = rfi.recipients.find(({ partnerId }) => partnerId === outcome.partnerId)
  return recipient ? { note: speaker.say('request.asked', { partner: foreign(recipient.name) }) } : {}
}

export const requestPage = (speaker: PageSpeaker, request: RequestState): Page => {
  const { rfi } = request
  return {
    html: layout(speaker, {
      title: speaker.say('request.title'),
      ...noticeOf(speaker, request),
      content: [
        html`<p class="soft">${phrase(statusOf(speaker, rfi))}</p>`,
        recipients(speaker, request),
        next(speaker, request),
        html`<section aria-labelledby="need"><h2 id="need">${phrase(speaker.say('request.need'))}</h2>
<blockquote dir="auto">${rfi.need.summary}</blockquote></section>`,
        withdraw(speaker, request),
      ],
    }),
  }
}

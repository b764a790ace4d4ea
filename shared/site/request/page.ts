/** HTML of the customer's page: the recipients of the RFI with their states, and the possible actions. */

import type { Suggestion } from '../../discovery/contract.ts'
import { type PageLocalizer, phrase, userText, type Words } from '../../messaging/rules.ts'
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

const stateOf = (localizer: PageLocalizer, { status, respondBy }: Recipient, now: Instant): Words =>
  status === 'new'
    ? localizer.text('request.waiting', {
        respondBy: localizer.instant(respondBy),
        left: localizer.left(respondBy, now),
      })
    : localizer.text('request.state', { status })

const recipients = (localizer: PageLocalizer, { rfi, now }: RequestState): Content =>
  rfi.recipients.length > 0 &&
  html`<section aria-labelledby="partners"><h2 id="partners">${phrase(localizer.text('request.partners'))}</h2><ul>
${rfi.recipients.map(
  recipient =>
    html`<li><strong><bdi>${recipient.name}</bdi></strong><br>${phrase(stateOf(localizer, recipient, now))}</li>`,
)}</ul></section>`

const suggestionForm = (localizer: PageLocalizer, version: number, suggestion: Suggestion): Content => {
  const { profileId, locationId, name, city, headline } = suggestion
  return html`<li id="${profileId}"><strong><bdi>${name}</bdi></strong><br><bdi>${headline}</bdi> · <bdi>${city}</bdi>
<form method="post">${hidden({ do: 'ask', profileId, locationId, version: String(version) })}
<button>${phrase(localizer.text('request.ask', { partner: userText(name) }))}</button></form></li>`
}

const hidden = (values: Readonly<Record<string, string>>): Content =>
  Object.entries(values).map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`)

const suggestionList = (localizer: PageLocalizer, { rfi: { suggestions }, version }: RequestState): Content =>
  suggestions.length > 0 &&
  html`<section aria-labelledby="next"><h2 id="next">${phrase(localizer.text('request.next'))}</h2>
<p>${phrase(localizer.text('request.next.intro'))}</p>
<ul>${suggestions.map(suggestion => suggestionForm(localizer, version, suggestion))}</ul></section>`

const withdraw = (localizer: PageLocalizer, { rfi: { status }, version }: RequestState): Content =>
  (status === 'open' || status === 'unrouted') &&
  html`<section aria-labelledby="withdraw"><h2 id="withdraw">${phrase(localizer.text('request.withdraw'))}</h2>
<p>${phrase(localizer.text('request.withdraw.intro'))}</p>
<form method="post">${hidden({ do: 'withdraw', version: String(version) })}
<label class="box"><input type="checkbox" name="sure" value="yes" required>${phrase(localizer.text('request.withdraw.sure'))}</label>
<button class="plain">${phrase(localizer.text('request.withdraw'))}</button></form></section>`

const statusOf = (localizer: PageLocalizer, { status }: RfiView): Words => localizer.text(statuses[status])

const statuses = {
  open: 'request.open',
  closed: 'request.closed',
  decided: 'request.decided',
  withdrawn: 'request.withdrawn',
  unrouted: 'request.looking',
} as const

/** Messages for forms that were not carried out. */
const warnings = {
  unsure: 'request.withdraw.unsure',
  changed: 'request.changed',
  refused: 'request.refused',
} as const

interface Notice {
  readonly note?: Words
  readonly alert?: Words
}

/** Returns the notice for an outcome. A change is confirmed only if the RFI shows it. */
const noticeOf = (localizer: PageLocalizer, { rfi, outcome }: RequestState): Notice => {
  if (!outcome) return {}
  if (outcome.kind === 'withdrawn')
    return rfi.status === 'withdrawn' ? { note: localizer.text('request.withdrawn') } : {}
  if (outcome.kind !== 'sent-on') return { alert: localizer.text(warnings[outcome.kind]) }
  const recipient = rfi.recipients.find(({ partnerId }) => partnerId === outcome.partnerId)
  return recipient ? { note: localizer.text('request.asked', { partner: userText(recipient.name) }) } : {}
}

export const requestPage = (localizer: PageLocalizer, request: RequestState): Page => {
  const { rfi } = request
  return {
    html: layout(localizer, {
      title: localizer.text('request.title'),
      ...noticeOf(localizer, request),
      content: [
        html`<p class="muted-text">${phrase(statusOf(localizer, rfi))}</p>`,
        recipients(localizer, request),
        suggestionList(localizer, request),
        html`<section aria-labelledby="need"><h2 id="need">${phrase(localizer.text('request.need'))}</h2>
<blockquote dir="auto">${rfi.need.summary}</blockquote></section>`,
        withdraw(localizer, request),
      ],
    }),
  }
}

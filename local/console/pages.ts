/** Pages of the console: HTML without a framework, in light and dark mode, for desktop and phone. */
import { type Content, html, Markup, render } from '../../shared/text/html.ts'
import type { Person } from '../aws/cognito/identity.ts'
import type { Schedule } from '../aws/scheduler/service.ts'
import { type Behaviour, behaviours, type RecipientSettings } from '../aws/ses/recipients.ts'
import type { Delivery, Mail } from '../aws/ses/service.ts'
import type { QueueDepth } from '../aws/sqs/queue.ts'

export interface ConsoleView {
  readonly now: string
  readonly people: readonly Person[]
  readonly mails: readonly Mail[]
  readonly schedules: readonly Schedule[]
  readonly queues: readonly QueueDepth[]
}

/** Maximum rows of long lists on the start page. */
const shownMails = 12
const shownSchedules = 20

const jumps = [
  ['PT1H', '+1 hour'],
  ['P1D', '+1 day'],
  ['PT72H', '+72 hours'],
  ['P14D', '+14 days'],
] as const

/** Sections of the start page, by id. */
const sections = {
  clock: 'Clock',
  mail: 'Mailbox',
  people: 'People you can sign in as',
  schedules: 'Schedules',
  queues: 'Queues',
  scripts: 'Endpoints for scripts',
} as const

const scriptEndpoints = [
  ['POST /_local/token', '{"role": "operator"}'],
  ['POST /_local/clock', '{"advance": "PT72H"}'],
  ['GET /_local/mail?to=', ''],
  ['GET /_local/mail?to=&all=true', ''],
  ['POST /_local/mailbox/behaviour', '{"address": "bob@example.org", "does": "bounce"}'],
  ['GET /_local/mailbox/behaviour', ''],
  ['GET /_local/schedules', ''],
  ['GET /_local/queues', ''],
  ['GET /_local/people', ''],
] as const

export const consolePage = ({ now, people, mails, schedules, queues }: ConsoleView): string =>
  page('Local cloud', [
    html`<nav aria-label="Sections">${Object.entries(sections).map(([id, title]) => html`<a href="#${id}">${title}</a> `)}</nav>`,
    html`<section aria-labelledby="clock">
      <h2 id="clock">${sections.clock}</h2>
      <p class="now"><time data-now="${now}" datetime="${now}">${readable(now)}</time></p>
      <p>${jumps.map(([advance, label]) => html`<button type="button" data-advance="${advance}">${label}</button> `)}
        <span role="status" aria-live="polite" id="advanced"></span></p>
    </section>`,
    section('mail', `${sections.mail} (${mails.length})`, [
      mailTable(mails.slice(0, shownMails)),
      html`<p><a href="/_local/mailbox">All mails</a> · <a href="/_local/previews">Examples of all mails in all languages</a></p>`,
    ]),
    section('people', sections.people, peopleTable(people)),
    section(
      'schedules',
      `${sections.schedules} (${schedules.length})`,
      scheduleTable(schedules.slice(0, shownSchedules)),
    ),
    section('queues', sections.queues, queueTable(queues)),
    section('scripts', sections.scripts, [
      html`<ul>${scriptEndpoints.map(([call, body]) => html`<li><code>${call}</code> <code>${body}</code></li>`)}</ul>`,
      html`<p>The OpenAPI document of the program: <a href="/v1/openapi.json">/v1/openapi.json</a>.</p>`,
    ]),
  ])

export interface MailboxView {
  readonly mails: readonly Mail[]
  /** Address whose mails are shown; undefined shows all mails. */
  readonly to?: string | undefined
  readonly recipients: readonly RecipientSettings[]
}

export const mailboxPage = ({ mails, to = '', recipients }: MailboxView): string =>
  page('Mailbox', [
    html`<p><a href="/_local/">Local cloud</a></p>`,
    section('mail', 'Mailbox', [
      html`<form><label>To <input type="email" name="to" value="${to}"></label> <button>Show</button></form>`,
      mailTable(mails),
    ]),
    section('behaviour', 'Delivery by address', [
      html`<form id="delivery-form">
        <label>Mail to <input type="email" name="address" required value="${to}"></label>
        <label>Delivery <select name="does">${behaviours.map(
          does => html`<option value="${does}">${behaviourLabels[does]}</option>`,
        )}</select></label>
        <button>Save</button>
        <span role="status" aria-live="polite" id="delivery-status"></span>
      </form>`,
      recipientTable(recipients),
      html`<p>Emails to all other addresses are delivered.</p>`,
    ]),
  ])

export const mailPage = (mail: Mail): string =>
  page(mail.subject, [
    html`<p><a href="/_local/mailbox">Mailbox</a></p>
      <h2>${mail.subject}</h2>
      <dl>
        <dt>From</dt><dd>${mail.from}</dd>
        <dt>To</dt><dd>${mail.to.join(', ')}</dd>
        <dt>Sent</dt><dd>${readable(mail.sentAt)}</dd>
        <dt>Delivery</dt><dd>${mail.recipients.map(
          address => html`${address}: ${deliveryMark(mail.deliveries[address])}<br>`,
        )}</dd>
      </dl>`,
    bothForms(mail.html, mail.text),
  ])

/** A mail of the program, rendered with example data. */
export interface MailPreview {
  readonly name: string
  readonly language: string
  readonly subject: string
  readonly html: string
  readonly text: string
}

const previewPath = ({ language, name }: MailPreview) =>
  `/_local/previews/${language}/${encodeURIComponent(name)}`

/** Table with one row per mail and one column per language. */
export const previewsPage = (previews: readonly MailPreview[]): string => {
  const languages = [...new Set(previews.map(({ language }) => language))]
  const byName = Map.groupBy(previews, ({ name }) => name)
  return page('Examples of mails', [
    html`<p><a href="/_local/">Local cloud</a></p>`,
    section(
      'previews',
      'Examples of all mails in all languages',
      table(
        ['Mail', ...languages],
        [...byName].map(([name, ofName]) => [
          name,
          ...languages.map(language => {
            const preview = ofName.find(one => one.language === language)
            return preview
              ? html`<a href="${previewPath(preview)}" lang="${language}">${preview.subject}</a>`
              : ''
          }),
        ]),
      ),
    ),
  ])
}

export const previewPage = ({ name, language, subject, html: asHtml, text }: MailPreview): string =>
  page(subject, [
    html`<p><a href="/_local/previews">Examples of mails</a> · ${name} · ${language}</p><h2 lang="${language}">${subject}</h2>`,
    bothForms(asHtml, text),
  ])

/**
 * A mail as HTML, in two widths, and as text. The sandbox allows no scripts in the mail; `allow-same-origin` lets the script of this page
 * measure its height.
 */
const bothForms = (asHtml: string, text: string): Content => [
  asHtml !== '' && [
    html`<h3>In a wide window</h3>`,
    mailFrame('In a wide window', 'wide-window', asHtml),
    html`<h3>On a phone, 320 px wide</h3>`,
    mailFrame('On a phone', 'phone', asHtml),
  ],
  html`<h3>As text</h3><pre>${text}</pre>`,
]

const mailFrame = (title: string, className: string, asHtml: string): Content =>
  html`<iframe title="${title}" class="${className}" sandbox="allow-same-origin allow-popups allow-popups-to-escape-sandbox" srcdoc="${asHtml.replace('<head>', '<head><base target="_blank">')}"></iframe>`

const section = (id: string, title: string, content: Content) =>
  html`<section aria-labelledby="${id}"><h2 id="${id}">${title}</h2>${content}</section>`

const table = (head: readonly string[], rows: readonly (readonly Content[])[]): Markup => {
  if (rows.length === 0) return html`<p>None.</p>`
  // A table that is wider than the page scrolls, by keyboard too because of the tabindex.
  return html`<div class="wide" tabindex="0" role="region" aria-label="${head.join(', ')}"><table>
    <thead><tr>${head.map(title => html`<th scope="col">${title}</th>`)}</tr></thead>
    <tbody>${rows.map(cells => html`<tr>${cells.map(cell => html`<td>${cell}</td>`)}</tr>`)}</tbody>
  </table></div>`
}

const peopleTable = (people: readonly Person[]) =>
  table(
    ['Person', 'Role', 'Partner id', 'Token'],
    people.map(person => {
      const { role, email, partnerId = '' } = person
      return [
        html`${labelOf(person)}<br><small>${email}</small>`,
        role,
        html`<small>${partnerId}</small>`,
        html`<button type="button" data-token="${JSON.stringify({ role, email, ...(partnerId && { partnerId }) })}"
        aria-label="Copy token of ${labelOf(person)}">Copy token</button>`,
      ]
    }),
  )

/** Label with the partner of a person, such as “Administrator of Isar Cloud”. */
const labelOf = ({ name, partner }: Person): string => (partner ? `${name} of ${partner}` : name)

const mailTable = (mails: readonly Mail[]) =>
  table(
    ['Subject', 'To', 'Sent', 'Delivery'],
    mails.map(({ id, sentAt, to, subject, delivery }) => [
      html`<a href="/_local/mailbox/${encodeURIComponent(id)}">${subject}</a>`,
      to.join(', '),
      readable(sentAt),
      deliveryMark(delivery),
    ]),
  )

/** Emphasizes every delivery result except `delivered`. */
const deliveryMark = (delivery: Delivery = 'delivered') =>
  delivery === 'delivered' ? delivery : html`<strong>${delivery}</strong>`

const behaviourLabels: Record<Behaviour, string> = {
  deliver: 'is delivered',
  bounce: 'bounces permanently',
  'soft-bounce': 'bounces temporarily (full mailbox)',
  'undetermined-bounce': 'bounces for an unknown reason',
  'out-of-office': 'is delivered and answered automatically',
  delay: 'is delayed',
  complain: 'is marked as spam',
  'not-spam': 'is moved out of the spam folder',
  reject: 'is rejected because of a virus',
  refuse: 'is refused by SES',
}

const recipientTable = (recipients: readonly RecipientSettings[]) =>
  table(
    ['Address', 'Mail to it', 'Suppression list', 'Change'],
    recipients.map(({ address, does, suppressed }) => [
      address,
      behaviourLabels[does],
      suppressed === null ? 'not listed' : html`<strong>listed after a ${suppressed.toLowerCase()}</strong>`,
      html`<button type="button" data-behaviour="${JSON.stringify({ address, does: 'deliver' })}"
        aria-label="Deliver again to ${address}">Deliver again</button>`,
    ]),
  )

const scheduleTable = (schedules: readonly Schedule[]) =>
  table(
    ['Next run', 'Schedule', 'Expression'],
    schedules.map(({ dueAt, Name, ScheduleExpression }) => [
      dueAt === null ? 'none' : readable(new Date(dueAt).toISOString()),
      Name,
      html`<code>${ScheduleExpression}</code>`,
    ]),
  )

const queueTable = (queues: readonly QueueDepth[]): Markup => {
  const deadLetterQueues = new Set(queues.map(({ deadLetterQueue }) => deadLetterQueue))
  return table(
    ['Queue', 'Visible', 'In flight', 'Delayed'],
    queues.map(({ name, visible, inFlight, delayed }) => [
      html`<span title="${name}">${
        deadLetterQueues.has(name) && visible > 0
          ? html`<strong>${queueLabel(name)}</strong>`
          : queueLabel(name)
      }</span>`,
      visible,
      inFlight,
      delayed,
    ]),
  )
}

/** Returns the name of a queue without the prefix of its stack and the hash of the CDK. */
const queueLabel = (name: string): string => name.replace(/^[^-]+-/, '').replace(/[0-9A-F]{8}$/, '')

/** Formats an instant as `2026-03-12 19:03 UTC`. */
const readable = (instant: string) => `${instant.slice(0, 16).replace('T', ' ')} UTC`

const page = (title: string, content: Content): string =>
  render(html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · Referral Center</title>
<style>${new Markup(style)}</style>
</head>
<body>
<header><h1><a href="/_local/">Referral Center, local cloud</a></h1></header>
<main>${content}</main>
<script>${new Markup(script)}</script>
</body>
</html>
`)

const style = `
:root { color-scheme: light dark; --line: light-dark(#d9dde3, #3a3f47); --soft: light-dark(#5b6470, #a4adb9);
  --link: light-dark(#0b57d0, #8ab4f8); --panel: light-dark(#fff, #1d2025);
  --shadow: light-dark(#0004, #fff4) }
* { box-sizing: border-box }
body { margin: 0; font: 15px/1.5 system-ui, sans-serif; background: light-dark(#f6f7f9, #14161a) }
header { padding: .75rem 1.25rem; border-bottom: 1px solid var(--line); background: var(--panel) }
h1 { font-size: 1.05rem; margin: 0 } h1 a { color: inherit; text-decoration: none }
h2 { font-size: 1.1rem; margin: 0 0 .5rem } h3 { font-size: 1rem }
main { max-width: 70rem; margin: 0 auto; padding: 1.25rem }
section { background: var(--panel); border: 1px solid var(--line); border-radius: .5rem;
  padding: 1rem 1.25rem; margin-bottom: 1rem }
a { color: var(--link) }
small, dt { color: var(--soft) }
nav { margin-bottom: 1rem } nav a { margin-inline-end: .75rem; white-space: nowrap }
/* Shadows at the edges show that a table scrolls sideways. */
.wide { overflow-x: auto; background:
  linear-gradient(to right, var(--panel) 40%, transparent) local 0 0 / 3rem 100% no-repeat,
  linear-gradient(to left, var(--panel) 40%, transparent) local 100% 0 / 3rem 100% no-repeat,
  linear-gradient(to right, var(--shadow), transparent) 0 0 / 1rem 100% no-repeat,
  linear-gradient(to left, var(--shadow), transparent) 100% 0 / 1rem 100% no-repeat }
table { border-collapse: collapse; width: 100% }
th, td { text-align: start; vertical-align: top; padding-block: .35rem; padding-inline: 0 .75rem; border-top: 1px solid var(--line) }
th { border-top: 0; font-weight: 600; color: var(--soft) }
td { font-variant-numeric: tabular-nums }
@media (max-width: 40rem) { th, td { white-space: nowrap } }
button, input, select { font: inherit; padding: .25rem .7rem; border: 1px solid var(--line); border-radius: .375rem;
  background: light-dark(#f0f2f5, #2a2e35); color: inherit }
button { cursor: pointer } button:disabled { opacity: .5; cursor: progress }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px }
dd { overflow-wrap: anywhere }
.now { font-size: 1.4rem; margin: 0 0 .5rem }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem 1rem } dd { margin: 0 }
section > :last-child { margin-bottom: 0 } form { margin-bottom: .75rem }
iframe { display: block; width: 100%; height: 24rem; border: 1px solid var(--line); border-radius: .5rem; background: #fff }
iframe.phone { width: 322px; max-width: 100% }
pre { white-space: pre-wrap; overflow-wrap: anywhere; border: 1px solid var(--line); border-radius: .5rem; padding: 1rem }
`

const script = `
const post = async (path, body) => {
  const response = await fetch(path, { method: 'POST', body: JSON.stringify(body) })
  const answer = await response.json()
  if (!response.ok) throw new Error(answer.error)
  return answer
}
const buttons = [...document.querySelectorAll('[data-advance]')]
const outcome = document.getElementById('advanced')
for (const button of buttons) {
  button.addEventListener('click', async () => {
    for (const other of buttons) other.disabled = true
    outcome.textContent = 'Advancing the clock…'
    try {
      const { advance } = button.dataset
      const { fired } = await post('/_local/clock', { advance })
      const names = fired.map(({ name }) => name).join(', ')
      sessionStorage.setItem('advanced', JSON.stringify({ advance, text: 'Fired schedules: ' + (names || 'none') }))
      location.reload()
    } catch (error) {
      for (const other of buttons) other.disabled = false
      outcome.textContent = 'Request failed: ' + error.message
    }
  })
}
const advanced = JSON.parse(sessionStorage.getItem('advanced') ?? 'null')
if (advanced && outcome) {
  sessionStorage.removeItem('advanced')
  outcome.textContent = advanced.text
  buttons.find(button => button.dataset.advance === advanced.advance)?.focus()
}
for (const button of document.querySelectorAll('[data-token]')) {
  button.addEventListener('click', async () => {
    const answer = await post('/_local/token', JSON.parse(button.dataset.token)).catch(() => undefined)
    if (!answer) {
      button.textContent = 'Request failed'
      return
    }
    try {
      await navigator.clipboard.writeText(answer.accessToken)
      button.textContent = 'Copied'
    } catch {
      prompt('Token', answer.accessToken)
    }
  })
}
const setBehaviour = async behaviour => {
  try {
    await post('/_local/mailbox/behaviour', behaviour)
    location.reload()
  } catch (error) {
    document.getElementById('delivery-status').textContent = error.message
  }
}
document.getElementById('delivery-form')?.addEventListener('submit', event => {
  event.preventDefault()
  setBehaviour(Object.fromEntries(new FormData(event.target)))
})
for (const button of document.querySelectorAll('[data-behaviour]')) {
  button.addEventListener('click', () => setBehaviour(JSON.parse(button.dataset.behaviour)))
}
for (const frame of document.querySelectorAll('iframe')) {
  const fit = () => {
    const root = frame.contentDocument?.documentElement
    if (!root) return
    frame.style.height = '0'
    frame.style.height = root.scrollHeight + 2 + 'px'
  }
  frame.addEventListener('load', fit)
  addEventListener('resize', fit)
  fit()
}
const clock = document.querySelector('[data-now]')
if (clock) {
  const offset = Date.parse(clock.dataset.now) - Date.now()
  setInterval(() => {
    const now = new Date(Date.now() + offset).toISOString()
    clock.textContent = now.slice(0, 19).replace('T', ' ') + ' UTC'
  }, 1000)
}
`

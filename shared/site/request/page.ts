/** HTML of the customer's page: the recipients of the RFI with their states, and the possible actions. */

import type { Suggestion } from '../../discovery/contract.ts'
import { type PageLocalizer, phrase, userText, type Words } from '../../messaging/rules.ts'
import type { RfiView } from '../../referrals/contract.ts'
import { emailLink, phoneLink } from '../../text/contact-links.ts'
import { type Content, html } from '../../text/html.ts'
import { after } from '../../time/duration.ts'
import type { Instant } from '../../time/instant.ts'
import { layout, type Page } from '../page/layout.ts'
import { againField, otherChoices, type RequestOutcome } from './forms.ts'

export interface RequestState {
  readonly rfi: RfiView
  /** Sent with the forms, so that a form for an older version changes nothing. */
  readonly version: number
  readonly now: Instant
  /** Returns the time zone in which the customer is told instants: about a recipient, or about the request. */
  readonly zoneOf: (recipient?: Recipient) => string
  /** Outcome of the form that was just submitted. */
  readonly outcome: RequestOutcome | undefined
  /** True if the visitor followed the link for "no" in the mail about a reported win. */
  readonly isDenialFirst?: boolean
}

type Recipient = RfiView['recipients'][number]

const partnerOf = ({ name }: Pick<Recipient, 'name'>) => ({ partner: userText(name) })

const can = ({ operations }: Recipient, operation: Recipient['operations'][number]): boolean =>
  operations.includes(operation)

const isChosen = ({ choice }: RfiView, { referralId }: Recipient): boolean =>
  choice?.referralId === referralId

/** Returns the reported wins about which the customer is asked: a customer who has chosen has answered. */
const winsInQuestion = ({ choice, recipients }: RfiView): Recipient[] =>
  choice ? [] : recipients.filter(recipient => can(recipient, 'denyWin'))

const hidden = (values: Readonly<Record<string, string>>): Content =>
  Object.entries(values).map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`)

const form = (action: string, version: number, values: Readonly<Record<string, string>>, content: Content) =>
  html`<form method="post">${hidden({ do: action, ...values, version: String(version) })}
${content}</form>`

const button = (words: Words): Content => html`<button>${phrase(words)}</button>`
const plainButton = (words: Words): Content => html`<button class="plain">${phrase(words)}</button>`

const section = (id: string, title: Words, content: Content, style = ''): Content =>
  html`<section ${style && html`class="${style}"`} aria-labelledby="${id}"><h2 id="${id}">${phrase(title)}</h2>
${content}</section>`

const winQuestion = (
  localizer: PageLocalizer,
  { version, isDenialFirst = false }: RequestState,
  recipient: Recipient,
  index: number,
): Content => {
  const { referralId } = recipient
  const partner = partnerOf(recipient)
  const [firstButton, secondButton] = isDenialFirst ? [plainButton, button] : [button, plainButton]
  const yes = firstButton(localizer.text('request.win.yes', partner))
  const no = secondButton(localizer.text('request.win.no'))
  const confirmation = can(recipient, 'chooseOutcome') && form('choose', version, { choice: referralId }, yes)
  const denial = form('deny-win', version, { referralId }, no)
  return section(
    index === 0 ? 'win' : `win-${index + 1}`,
    localizer.text('request.win', partner),
    html`<p>${phrase(localizer.text(confirmation ? 'request.win.intro' : 'request.win.final', partner))}</p>
<div class="pair">${isDenialFirst ? [denial, confirmation] : [confirmation, denial]}</div>`,
    'question',
  )
}

const need = (localizer: PageLocalizer, { rfi, zoneOf }: RequestState): Content => {
  const { customer, createdAt } = rfi
  return section(
    'need',
    localizer.text('request.need'),
    html`<dl><dt>${phrase(localizer.text('request.date'))}</dt><dd><time datetime="${createdAt}">${localizer.dateOf(createdAt, zoneOf())}</time></dd>
${
  customer !== null &&
  html`<dt>${phrase(localizer.text('request.company'))}</dt><dd><bdi>${customer.company}</bdi></dd>
<dt>${phrase(localizer.text('summary.city'))}</dt><dd><bdi>${customer.city}</bdi>, ${localizer.country(customer.country)}</dd>`
}</dl>
<blockquote dir="auto">${rfi.need.summary}</blockquote>`,
  )
}

/** States of a recipient in addition to the statuses of its referral. */
const stateName = (rfi: RfiView, recipient: Recipient): string => {
  const { status, winDeniedAt } = recipient
  const isOpenOrWon = status === 'active' || status === 'won'
  if (isChosen(rfi, recipient) && isOpenOrWon) return 'chosen'
  return status === 'won' && winDeniedAt !== null ? 'denied' : status
}

const stateOf = (
  localizer: PageLocalizer,
  { rfi, now, zoneOf }: RequestState,
  recipient: Recipient,
): Words => {
  const { status, respondBy } = recipient
  return status === 'new'
    ? localizer.text('request.waiting', {
        respondBy: localizer.instant(respondBy, zoneOf(recipient)),
        left: localizer.left(respondBy, now),
      })
    : localizer.text('request.state', { status: stateName(rfi, recipient) })
}

const contactLines = ({ contacts, office }: Recipient): Content[] =>
  contacts.map(
    ({ name, phone, email }) => html`<p><bdi>${name}</bdi><br>
${phone !== null && html`<a href="${phoneLink(phone, office?.country)}"><bdi>${phone}</bdi></a><br>`}
<a href="${emailLink(email)}"><bdi>${email}</bdi></a></p>`,
  )

const detailsOf = (localizer: PageLocalizer, recipient: Recipient): Content => {
  const { website, office, languages, contacts } = recipient
  const row = (label: Words, value: Content) => html`<dt>${phrase(label)}</dt><dd>${value}</dd>`
  const names = languages.map(tag => userText(localizer.languageName(tag)))
  return html`<dl>
${contacts.length > 0 && row(localizer.text('request.contact', { count: contacts.length }), contactLines(recipient))}
${office !== null && row(localizer.text('request.office'), officeName(office))}
${website !== null && row(localizer.text('request.website'), html`<a href="${website}"><bdi>${hostOf(website)}</bdi></a>`)}
${names.length > 0 && row(localizer.text('request.languages'), phrase(localizer.list(names)))}
</dl>`
}

/** Names the city only if the name of the office does not. */
const officeName = ({ name, city }: NonNullable<Recipient['office']>): Content =>
  name.includes(city) ? html`<bdi>${name}</bdi>` : html`<bdi>${name}</bdi>, <bdi>${city}</bdi>`

const hostOf = (website: string): string => new URL(website).hostname

const recipientActions = (
  localizer: PageLocalizer,
  { rfi, version }: RequestState,
  recipient: Recipient,
): Content => {
  const { referralId } = recipient
  const partner = partnerOf(recipient)
  const isAsked = winsInQuestion(rfi).includes(recipient)
  return [
    can(recipient, 'denyWin') &&
      !isAsked &&
      form(
        'deny-win',
        version,
        { referralId },
        plainButton(
          isChosen(rfi, recipient)
            ? localizer.text('request.win.retract', partner)
            : localizer.text('request.win.no'),
        ),
      ),
    // Two steps, because it cannot be undone.
    can(recipient, 'dismissPartner') &&
      html`<details><summary>${phrase(localizer.text('request.dismiss', partner))}</summary>
<p>${phrase(localizer.text('request.dismiss.intro', partner))}</p>
${form('dismiss', version, { referralId }, plainButton(localizer.text('request.dismiss.sure', partner)))}</details>`,
  ]
}

const recipients = (localizer: PageLocalizer, state: RequestState): Content => {
  const { rfi } = state
  return (
    rfi.recipients.length > 0 &&
    section(
      'partners',
      localizer.text('request.partners'),
      html`<ul>${rfi.recipients.map(
        recipient => html`<li><h3><bdi>${recipient.name}</bdi></h3>
<p>${phrase(stateOf(localizer, state, recipient))}</p>
${detailsOf(localizer, recipient)}
${recipientActions(localizer, state, recipient)}</li>`,
      )}</ul>`,
    )
  )
}

const madeChoice = (localizer: PageLocalizer, { recipients, choice }: RfiView): Words | undefined => {
  if (!choice) return undefined
  const chosen = recipients.find(({ referralId }) => referralId === choice.referralId)
  return localizer.text('request.choice.made', {
    outcome: choice.outcome,
    partner: userText(chosen?.name ?? ''),
  })
}

/** Until when a choice can be changed. Undefined if it can be changed later, because the chosen partner has ended its work. */
const changeNote = (localizer: PageLocalizer, { rfi, now, zoneOf }: RequestState): Words | undefined => {
  const { choice, operations, recipients } = rfi
  if (choice && now < choice.changeableUntil)
    return localizer.text('request.choice.until', {
      until: localizer.instant(choice.changeableUntil, zoneOf()),
    })
  const canChange =
    operations.includes('chooseOutcome') || recipients.some(recipient => can(recipient, 'reopenRfi'))
  return canChange ? undefined : localizer.text('request.choice.final')
}

/** Renders the choice, the partners whose referrals it has ended, and the end of the time for changes. */
const presentChoice = (localizer: PageLocalizer, state: RequestState): Content => {
  const { rfi } = state
  const made = madeChoice(localizer, rfi)
  if (!made || rfi.status === 'withdrawn') return ''
  const ended = rfi.recipients.filter(({ status }) => status === 'superseded')
  const partners = localizer.list(ended.map(({ name }) => userText(name)))
  const note = changeNote(localizer, state)
  return section(
    'choice',
    localizer.text('request.choice'),
    html`<p>${phrase(made)}</p>
${ended.length > 0 && html`<p>${phrase(localizer.text('request.choice.ended', { partners }))}</p>`}
${note && html`<p>${phrase(note)}</p>`}`,
  )
}

const chooseForm = (localizer: PageLocalizer, { rfi, version, now, outcome }: RequestState): Content => {
  const { choice, operations, choiceChangeableFor, newChoiceFirstAt } = rfi
  if (!operations.includes('chooseOutcome')) return ''
  const partners = rfi.recipients.filter(recipient => can(recipient, 'chooseOutcome'))
  const others = otherChoices.filter(other => other !== choice?.outcome)
  const options = [
    ...partners.map(recipient => ({
      value: recipient.referralId as string,
      label: localizer.text('request.choose.partner', partnerOf(recipient)),
    })),
    ...others.map(value => ({ value, label: localizer.text(`request.choose.${value}`) })),
  ]
  const isMissing = outcome?.kind === 'unchosen'
  const attributes = html`aria-labelledby="choose" ${isMissing && html`aria-invalid="true"`}`
  const left = localizer.left(after(newChoiceFirstAt ?? now, choiceChangeableFor), now)
  return section('choose', localizer.text(choice ? 'request.choose.change' : 'request.choose'), [
    !choice && html`<p>${phrase(localizer.text('request.choose.intro', { left }))}</p>`,
    form(
      'choose',
      version,
      {},
      html`<fieldset ${attributes}>
${options.map(
  ({ value, label }) =>
    html`<label class="box"><input type="radio" name="choice" value="${value}" required>${phrase(label)}</label>`,
)}</fieldset>
${button(localizer.text('request.choose.save'))}`,
    ),
  ])
}

const againForm = (localizer: PageLocalizer, { rfi, version }: RequestState): Content => {
  const ended = rfi.recipients.filter(recipient => can(recipient, 'reopenRfi'))
  if (ended.length === 0) return ''
  const lost = rfi.recipients.find(recipient => isChosen(rfi, recipient) && recipient.status === 'lost')
  return section('again', localizer.text('request.again'), [
    lost && html`<p>${phrase(localizer.text('request.again.lost', partnerOf(lost)))}</p>`,
    html`<p>${phrase(localizer.text(rfi.choice ? 'request.again.intro' : 'request.again.open'))}</p>`,
    form(
      'reopen',
      version,
      {},
      html`<fieldset aria-labelledby="again">
${ended.map(
  (recipient, index) =>
    html`<label class="box"><input type="checkbox" name="${againField(index)}" value="${recipient.referralId}">${phrase(
      localizer.text('request.again.partner', partnerOf(recipient)),
    )}</label>`,
)}</fieldset>
${button(localizer.text('request.again.send'))}`,
    ),
  ])
}

const suggestionForm = (localizer: PageLocalizer, version: number, suggestion: Suggestion): Content => {
  const { profileId, locationId, name, city, headline } = suggestion
  return html`<li id="${profileId}"><h3><bdi>${name}</bdi></h3><bdi>${headline}</bdi> · <bdi>${city}</bdi>
${form('ask', version, { profileId, locationId }, button(localizer.text('request.ask', partnerOf({ name }))))}</li>`
}

const suggestionList = (localizer: PageLocalizer, { rfi: { suggestions }, version }: RequestState): Content =>
  suggestions.length > 0 &&
  section(
    'next',
    localizer.text('request.next'),
    html`<p>${phrase(localizer.text('request.next.intro'))}</p>
<ul>${suggestions.map(suggestion => suggestionForm(localizer, version, suggestion))}</ul>`,
  )

/** The form for another address, while mail does not reach the customer. The page does not show the present address. */
const addressForm = (localizer: PageLocalizer, { rfi, version, outcome }: RequestState): Content => {
  if (!rfi.operations.includes('correctAddress')) return ''
  const isInvalid = outcome?.kind === 'invalid-address'
  return section('address', localizer.text('request.address'), [
    html`<p>${phrase(localizer.text('request.address.intro'))}</p>`,
    form(
      'correct-address',
      version,
      {},
      html`<label for="email">${phrase(localizer.text('request.address.field'))}</label>
<input id="email" type="email" name="email" autocomplete="email" maxlength="254" required ${isInvalid && html`aria-invalid="true"`}>
${button(localizer.text('request.address.save'))}`,
    ),
  ])
}

const withdraw = (localizer: PageLocalizer, { rfi: { status }, version }: RequestState): Content =>
  (status === 'open' || status === 'unrouted') &&
  section(
    'withdraw',
    localizer.text('request.withdraw'),
    html`<p>${phrase(localizer.text('request.withdraw.intro'))}</p>
${form(
  'withdraw',
  version,
  {},
  html`<label class="box"><input type="checkbox" name="sure" value="yes" required>${phrase(localizer.text('request.withdraw.sure'))}</label>
${plainButton(localizer.text('request.withdraw'))}`,
)}`,
  )

const statuses = {
  open: 'request.open',
  closed: 'request.closed',
  withdrawn: 'request.withdrawn',
  unrouted: 'request.looking',
} as const

/**
 * Status and number of the request. The section about the choice replaces the status of a decided request, and the question
 * about a win the status of a closed one.
 */
const summary = (localizer: PageLocalizer, rfi: RfiView): Content => {
  const { status, requestNumber } = rfi
  const isReplaced = status === 'decided' || (status === 'closed' && winsInQuestion(rfi).length > 0)
  return html`<p class="muted-text">${!isReplaced && html`${phrase(localizer.text(statuses[status]))}<br>`}
${phrase(localizer.text('summary.request-number'))} <bdi>${requestNumber}</bdi></p>`
}

/** Messages for forms that were not carried out. */
const warnings = {
  unsure: 'request.withdraw.unsure',
  unchosen: 'request.choose.missing',
  unselected: 'request.again.missing',
  'invalid-address': 'request.address.invalid',
  changed: 'request.changed',
  refused: 'request.refused',
} as const

interface Notice {
  readonly note?: Words
  readonly alert?: Words
}

/** Returns the notice for an outcome. A change is confirmed only if the RFI shows it. */
const noticeOf = (localizer: PageLocalizer, { rfi, outcome, zoneOf }: RequestState): Notice => {
  if (!outcome) return {}
  const noteIf = (isShown: boolean, note: Words): Notice => (isShown ? { note } : {})
  const about = rfi.recipients.find(recipient => isAbout(outcome, recipient))
  switch (outcome.kind) {
    case 'withdrawn':
      return noteIf(rfi.status === 'withdrawn', localizer.text('request.withdrawn'))
    case 'chosen':
      return noteIf(rfi.choice !== null, localizer.text('request.decided'))
    case 'reopened':
      return noteIf(rfi.choice === null, localizer.text('request.again.sent'))
    case 'address-saved':
      return noteIf(rfi.customer?.emailStatus !== 'unreachable', localizer.text('request.address.saved'))
    case 'sent-on':
      return about ? { note: localizer.text('request.asked', partnerOf(about)) } : {}
    case 'denied':
      return about?.winDeniedAt ? { note: denialNote(localizer, rfi, about) } : {}
    case 'dismissed':
      return about?.status === 'withdrawn'
        ? { note: localizer.text('request.dismissed', partnerOf(about)) }
        : {}
    case 'final':
      return { alert: finalWarning(localizer, rfi, zoneOf()) }
    default:
      return { alert: localizer.text(warnings[outcome.kind]) }
  }
}

/** Confirms a denial, and says if the page now offers other partners. */
const denialNote = (
  localizer: PageLocalizer,
  { recipients, suggestions }: RfiView,
  about: Recipient,
): Words => {
  const isAnyOffered = suggestions.length > 0 || recipients.some(recipient => can(recipient, 'reopenRfi'))
  return localizer.text(isAnyOffered ? 'request.win.denied.others' : 'request.win.denied', partnerOf(about))
}

const isAbout = (outcome: RequestOutcome, { partnerId, referralId }: Recipient): boolean =>
  outcome.kind === 'sent-on'
    ? outcome.partnerId === partnerId
    : 'referralId' in outcome && outcome.referralId === referralId

const finalWarning = (localizer: PageLocalizer, { choice }: RfiView, zone: string): Words =>
  choice
    ? localizer.text('request.choice.closed', { until: localizer.instant(choice.changeableUntil, zone) })
    : localizer.text('request.refused')

export const requestPage = (localizer: PageLocalizer, request: RequestState): Page => {
  const { rfi } = request
  return {
    language: localizer.language,
    html: layout(localizer, {
      title: localizer.text('request.title'),
      ...noticeOf(localizer, request),
      content: [
        summary(localizer, rfi),
        addressForm(localizer, request),
        winsInQuestion(rfi).map((recipient, index) => winQuestion(localizer, request, recipient, index)),
        presentChoice(localizer, request),
        recipients(localizer, request),
        againForm(localizer, request),
        chooseForm(localizer, request),
        suggestionList(localizer, request),
        need(localizer, request),
        withdraw(localizer, request),
      ],
    }),
  }
}

/** HTML of the parts of the answer page: form fields, facts, contact details of the customer. */

import { nameOf } from '../../kernel/person.ts'
import {
  type CustomerReach,
  callingOf,
  type MessageId,
  type PageLocalizer,
  phrase,
  preferredOf,
  type Words,
} from '../../messaging/rules.ts'
import type { AboutReferral } from '../../partners/rules.ts'
import type { Status } from '../../referrals/contract.ts'
import type { Referral } from '../../referrals/rules.ts'
import { emailLink, phoneLink } from '../../text/contact-links.ts'
import { type Content, html } from '../../text/html.ts'
import type { FieldName, FormInput } from './forms.ts'
import type { CustomerContact } from './rules.ts'

export interface Field {
  readonly name: FieldName
  /** Name of the label and of the error text, if it differs from the name of the field. */
  readonly texts?: 'declineNotes' | 'orderValue'
  /** `in-label`: the label says that some answers require the field. */
  readonly optional?: 'marked' | 'in-label'
  /** Error text for the value that the reader entered; by default that of the field. */
  readonly error?: Words | undefined
  readonly control: (attributes: Content, value: string) => Content
}

export const line =
  (type: string, more: Content = ''): Field['control'] =>
  (attributes, value) =>
    html`<input type="${type}" value="${value}" ${attributes} ${more}>`

export const area: Field['control'] = (attributes, value) => html`<textarea ${attributes}>${value}</textarea>`

export const choice =
  (
    localizer: PageLocalizer,
    options: readonly (readonly [code: string, label: string])[],
  ): Field['control'] =>
  (attributes, value) =>
    html`<select ${attributes}>
<option value="">${phrase(localizer.text('field.choose'))}</option>
${options.map(([code, label]) => html`<option value="${code}" ${code === value && html`selected`}>${label}</option>`)}
</select>`

interface Entered {
  readonly input: FormInput
  readonly wrong: readonly FieldName[]
}

export const fieldOf = (
  localizer: PageLocalizer,
  { input, wrong }: Entered,
  { name, texts, optional, control, error }: Field,
): Content => {
  const isWrong = wrong.includes(name)
  const label = localizer.text(`field.${texts ?? name}`)
  const attributes = html`id="${name}" name="${name}" ${!optional && html`required`} ${
    isWrong && html`aria-invalid="true" aria-describedby="${name}-error"`
  }`
  return html`<label for="${name}">${phrase(optional === 'marked' ? localizer.text('field.optional', { label }) : label)}</label>
${control(attributes, input[name] ?? '')}
${isWrong && html`<p class="error" id="${name}-error">${phrase(error ?? localizer.text(`error.${texts ?? name}`))}</p>`}`
}

/** Lists the wrong fields, with a link to each. */
export const errorSummary = (
  localizer: PageLocalizer,
  fields: readonly Field[],
  wrong: readonly FieldName[],
): Content => {
  const listed = fields.filter(({ name }) => wrong.includes(name))
  if (listed.length === 0) return ''
  return html`<div class="alert" role="alert"><p>${phrase(localizer.text('error.fields', { count: listed.length }))}</p>
<ul>${listed.map(({ name, texts }) => html`<li><a href="#${name}">${phrase(localizer.text(`field.${texts ?? name}`))}</a></li>`)}</ul></div>`
}

/** A form with one button and nothing to enter. */
export const buttonForm = (purpose: 'show-contact' | 'undo', label: Content): Content =>
  html`<form method="post"><input type="hidden" name="do" value="${purpose}"><button class="plain">${label}</button></form>`

type RowId = MessageId &
  (`summary.${string}` | 'field.name' | 'field.estimatedCloseDate' | `contact.${string}`)

const row = (localizer: PageLocalizer, id: RowId, value: Content): Content =>
  html`<dt>${phrase(localizer.text(id as 'summary.customer'))}</dt><dd>${value}</dd>`

/** Renders the facts of the referral, without data of any person. */
export const overview = (localizer: PageLocalizer, about: AboutReferral, status: Status): Content =>
  html`<section><dl>
${row(localizer, 'summary.customer', html`<bdi>${about.company}</bdi>`)}
${row(localizer, 'summary.size', localizer.label(about.size))}
${row(localizer, 'summary.city', html`<bdi>${about.city}</bdi>, ${localizer.country(about.country)}`)}
${about.budget && row(localizer, 'summary.budget', localizer.money(about.budget))}
${status === 'new' && row(localizer, 'summary.answer-by', localizer.instant(about.respondBy, about.zone))}
${about.dealName && row(localizer, 'field.name', html`<bdi>${about.dealName}</bdi>`)}
${about.estimatedCloseDate && row(localizer, 'field.estimatedCloseDate', localizer.date(about.estimatedCloseDate))}
${row(localizer, 'summary.request-number', about.requestNumber)}
</dl><blockquote dir="auto">${about.summary}</blockquote></section>`

/** The contact details of the customer, and the wish for direct contact. */
export interface ContactState extends Pick<Referral, 'status' | 'urgency' | 'hotUntil'> {
  readonly about: Pick<AboutReferral, 'directContact' | 'country' | 'zone'>
  /** Undefined if the page does not mention the contact details. */
  readonly contact: CustomerContact | undefined
  /** True if mail to the customer is known to bounce. */
  readonly isUnreachable: boolean
  readonly hasPhone: boolean
}

const placeOfDetails = {
  shown: 'shown',
  'on-request': 'page',
  'after-acceptance': 'later',
} as const

const reachOf = ({ contact, isUnreachable, hasPhone }: ContactState): CustomerReach | undefined =>
  contact && contact.kind !== 'deleted'
    ? { details: placeOfDetails[contact.kind], isUnreachable, hasPhone }
    : undefined

const unreachableNote = (localizer: PageLocalizer, state: ContactState): Content => {
  const reach = reachOf(state)
  return (
    reach?.isUnreachable &&
    html`<p class="alert">${phrase(localizer.text('contact.unreachable'))} ${phrase(localizer.text('contact.unreachable.do', { phone: callingOf(reach) }))}</p>`
  )
}

const urgencyNote = (localizer: PageLocalizer, state: ContactState): Content => {
  const { about, status, urgency, hotUntil } = state
  const reach = reachOf(state)
  if (!hotUntil || !reach) return ''
  const preferred = preferredOf(about.directContact?.prefersEmail ?? false, reach)
  const until = { hotUntil: localizer.instant(hotUntil, about.zone), preferred }
  if (urgency === 'hot' && (status === 'new' || status === 'active'))
    return html`<p class="alert"><span aria-hidden="true">🔥 </span>${phrase(localizer.text('contact.hot', until))}</p>`
  return (
    urgency !== null && status === 'new' && html`<p>${phrase(localizer.text('contact.cooled', until))}</p>`
  )
}

const contactContent = (
  localizer: PageLocalizer,
  { contact, about: { country }, isUnreachable }: ContactState & { readonly contact: CustomerContact },
): Content => {
  if (contact.kind === 'on-request')
    return html`<p>${phrase(localizer.text('contact.show.intro'))}</p>
${buttonForm('show-contact', phrase(localizer.text('contact.show')))}`
  if (contact.kind !== 'shown') return html`<p>${phrase(localizer.text(`contact.${contact.kind}`))}</p>`
  const { phone, email } = contact.person
  return html`<dl class="person">
${row(localizer, 'contact.name', html`<bdi>${nameOf(contact.person)}</bdi>`)}
${phone && row(localizer, 'contact.phone', html`<a href="${phoneLink(phone, country)}"><bdi>${phone}</bdi></a>`)}
${!isUnreachable && row(localizer, 'contact.email', html`<a href="${emailLink(email)}"><bdi>${email}</bdi></a>`)}
</dl>`
}

/** Renders the contact details of the customer, or how to see them, and until when the referral is hot. */
export const contactSection = (localizer: PageLocalizer, state: ContactState): Content =>
  state.contact &&
  html`<section aria-labelledby="contact"><h2 id="contact">${phrase(localizer.text('contact.title'))}</h2>
${urgencyNote(localizer, state)}
${unreachableNote(localizer, state)}
${contactContent(localizer, { ...state, contact: state.contact })}</section>`

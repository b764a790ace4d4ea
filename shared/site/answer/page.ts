/** HTML of the page on which a contact answers a referral without signing in. */

import { currencies } from '../../kernel/iso.ts'
import type { AnswerAction } from '../../messaging/contract.ts'
import { type MessageId, type PageLocalizer, phrase, userText } from '../../messaging/rules.ts'
import type { AboutReferral } from '../../partners/rules.ts'
import type { TaxonomyEntry } from '../../program/contract.ts'
import { inUse } from '../../program/rules.ts'
import type { Status } from '../../referrals/contract.ts'
import { type Content, html } from '../../text/html.ts'
import type { Instant } from '../../time/instant.ts'
import { layout, type Page } from '../page/layout.ts'
import type { FieldName, FormInput } from './forms.ts'

export interface AnswerForm {
  readonly action: AnswerAction
  readonly about: AboutReferral
  /** Values of the form fields as the reader entered them. */
  readonly input: FormInput
  /** Fields with an error. */
  readonly wrong: readonly FieldName[]
  /** Respond-by if the referral is extended now. */
  readonly extendedTo: Instant
  /** Today in UTC, as YYYY-MM-DD. */
  readonly today: string
  readonly declineReasons: readonly TaxonomyEntry[]
  /** True if the referral was changed at the same time, so that the answer was not saved. */
  readonly changed: boolean
}

interface Field {
  readonly name: FieldName
  /** Name of the label and of the error text, if it differs from the name of the field. */
  readonly texts?: 'declineNotes'
  readonly optional?: true
  readonly control: (attributes: Content, value: string) => Content
}

const line =
  (type: string, more: Content = ''): Field['control'] =>
  (attributes, value) =>
    html`<input type="${type}" value="${value}" ${attributes} ${more}>`
const area: Field['control'] = (attributes, value) => html`<textarea ${attributes}>${value}</textarea>`

const choice =
  (
    localizer: PageLocalizer,
    options: readonly (readonly [code: string, label: string])[],
  ): Field['control'] =>
  (attributes, value) =>
    html`<select ${attributes}>
<option value="">${phrase(localizer.text('field.choose'))}</option>
${options.map(([code, label]) => html`<option value="${code}" ${code === value && html`selected`}>${label}</option>`)}
</select>`

const fieldsOf = (localizer: PageLocalizer, { action, today, declineReasons }: AnswerForm): Field[] => {
  const forms: Readonly<Record<AnswerAction, () => Field[]>> = {
    accept: () => [
      { name: 'name', control: line('text') },
      { name: 'amount', control: line('text', html`inputmode="decimal"`) },
      { name: 'currency', control: choice(localizer, currencyOptions(localizer)) },
      { name: 'estimatedCloseDate', control: line('date', html`min="${today}"`) },
      { name: 'notes', control: area, optional: true },
      { name: 'crmId', control: line('text'), optional: true },
    ],
    decline: () => [
      {
        name: 'reason',
        control: choice(
          localizer,
          declineReasons.filter(inUse).map(reason => [reason.code, localizer.label(reason)]),
        ),
      },
      // Some reasons require notes; the label says so.
      { name: 'notes', texts: 'declineNotes', control: area, optional: true },
    ],
    extend: () => [{ name: 'why', control: area }],
    misaddressed: () => [],
  }
  return forms[action]()
}

const currencyOptions = ({ currency }: PageLocalizer) =>
  [...currencies].map((code): [string, string] => [code, `${code} · ${currency(code)}`])

const fieldOf = (
  localizer: PageLocalizer,
  { input, wrong }: AnswerForm,
  { name, texts, optional, control }: Field,
): Content => {
  const isWrong = wrong.includes(name)
  const label = localizer.text(`field.${texts ?? name}`)
  const isMarkedOptional = optional && texts === undefined
  const attributes = html`id="${name}" name="${name}" ${!optional && html`required`} ${
    isWrong && html`aria-invalid="true" aria-describedby="${name}-error"`
  }`
  return html`<label for="${name}">${phrase(isMarkedOptional ? localizer.text('field.optional', { label }) : label)}</label>
${control(attributes, input[name] ?? '')}
${isWrong && html`<p class="error" id="${name}-error">${phrase(localizer.text(`error.${texts ?? name}`))}</p>`}`
}

const errorSummary = (localizer: PageLocalizer, form: AnswerForm): Content => {
  const wrong = fieldsOf(localizer, form).filter(({ name }) => form.wrong.includes(name))
  if (wrong.length === 0) return ''
  return html`<div class="alert" role="alert"><p>${phrase(localizer.text('error.fields', { count: wrong.length }))}</p>
<ul>${wrong.map(({ name, texts }) => html`<li><a href="#${name}">${phrase(localizer.text(`field.${texts ?? name}`))}</a></li>`)}</ul></div>`
}

/** Renders the facts of the referral, without data of any person. */
const overview = (localizer: PageLocalizer, about: AboutReferral): Content => {
  const row = (
    id: MessageId &
      (
        | 'summary.customer'
        | 'summary.size'
        | 'summary.city'
        | 'summary.budget'
        | 'summary.answer-by'
        | 'summary.request-number'
      ),
    value: Content,
  ) => html`<dt>${phrase(localizer.text(id))}</dt><dd>${value}</dd>`
  return html`<section><dl>
${row('summary.customer', html`<bdi>${about.company}</bdi>`)}
${row('summary.size', localizer.label(about.size))}
${row('summary.city', html`<bdi>${about.city}</bdi>, ${localizer.country(about.country)}`)}
${about.budget && row('summary.budget', localizer.money(about.budget))}
${row('summary.answer-by', localizer.instant(about.respondBy))}
${row('summary.request-number', about.requestNumber)}
</dl><blockquote dir="auto">${about.summary}</blockquote></section>`
}

export const answerPage = (localizer: PageLocalizer, form: AnswerForm): Page => {
  const { action, about, wrong, changed } = form
  const company = userText(about.company)
  const intro = {
    accept: () => localizer.text('answer.accept.intro'),
    decline: () => localizer.text('answer.decline.intro'),
    extend: () => localizer.text('answer.extend.intro', { respondBy: localizer.instant(form.extendedTo) }),
    misaddressed: () => localizer.text('answer.misaddressed.intro', { partner: userText(about.partnerName) }),
  }[action]()
  return {
    status: wrong.length > 0 ? 400 : changed ? 409 : 200,
    html: layout(localizer, {
      title: localizer.text(`answer.${action}`, { company }),
      alert: changed ? localizer.text('answer.changed') : undefined,
      isError: wrong.length > 0,
      content: [
        errorSummary(localizer, form),
        overview(localizer, about),
        html`<form method="post"><p>${phrase(intro)}</p>
${fieldsOf(localizer, form).map(field => fieldOf(localizer, form, field))}
<button>${phrase(localizer.text(`action.${action}`))}</button></form>`,
      ],
    }),
  }
}

interface Answered {
  readonly about: AboutReferral
  readonly status: Status
  readonly respondBy: Instant
  /** The answer that the reader has just given with this link. */
  readonly done: AnswerAction | undefined
}

/** Shows the state of a referral that can no longer be answered with the link. */
export const answeredPage = (
  localizer: PageLocalizer,
  { about, status, respondBy, done }: Answered,
): Page => {
  const company = userText(about.company)
  const isMisaddressed = done === 'misaddressed'
  const note = isMisaddressed
    ? localizer.text('answer.misaddressed.done', { partner: userText(about.partnerName) })
    : localizer.text('answer.saved')
  return {
    html: layout(localizer, {
      title: localizer.text('answer.state', { status, company }),
      note: done && note,
      content: html`<section>
${status === 'new' && html`<p>${phrase(localizer.text('answer.until', { respondBy: localizer.instant(respondBy) }))}</p>`}
${!done && html`<p>${phrase(localizer.text('answer.used'))}</p>`}
<p class="muted-text">${phrase(localizer.text('summary.request-number'))} ${about.requestNumber}</p></section>`,
    }),
  }
}

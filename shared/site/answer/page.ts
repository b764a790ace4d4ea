/** HTML of the page on which a contact answers a referral without signing in. */

import { currencies } from '../../kernel/iso.ts'
import type { AnswerAction } from '../../messaging/contract.ts'
import { type PageLocalizer, phrase, userText, type Words } from '../../messaging/rules.ts'
import type { AboutReferral } from '../../partners/rules.ts'
import type { TaxonomyEntry } from '../../program/contract.ts'
import { inUse } from '../../program/rules.ts'
import type { Referral } from '../../referrals/rules.ts'
import { type Content, html } from '../../text/html.ts'
import type { Instant } from '../../time/instant.ts'
import { layout, type Page } from '../page/layout.ts'
import { amountError } from './amount-error.ts'
import type { FieldName, FormInput } from './forms.ts'
import {
  area,
  buttonForm,
  type ContactState,
  choice,
  contactSection,
  errorSummary,
  type Field,
  fieldOf,
  line,
  overview,
} from './html.ts'

/** The state of a referral, as far as the page shows it. */
export interface ReferralState
  extends ContactState,
    Pick<Referral, 'respondBy' | 'customerChoice' | 'winDeniedAt'> {
  readonly about: AboutReferral
}

/** Reason why a form changed nothing. */
export type Refusal = 'changed' | 'undo-over' | 'customer-decided' | 'rfi-withdrawn' | 'ended'

export interface AnswerForm {
  readonly action: AnswerAction
  readonly state: ReferralState
  /** Values of the form fields: suggested, or as the reader entered them. */
  readonly input: FormInput
  /** Locale in whose notation the reader writes amounts. The page can be in another language, if there are no texts for it. */
  readonly readerLocale: string
  /** Fields with an error. */
  readonly wrong: readonly FieldName[]
  /** Respond-by if the referral is extended or reopened now. */
  readonly newRespondBy: Instant
  /** Estimated close date after `still-open`. */
  readonly newCloseDate: string
  /** Today in the time zone of the region, as YYYY-MM-DD. */
  readonly today: string
  /** Reasons for a decline or a loss. */
  readonly reasons: readonly TaxonomyEntry[]
  /** Pages for the other answers. */
  readonly others?: Answered['next']
  readonly refusal?: Refusal | undefined
  /** Confirmation of another form of the page. */
  readonly done?: 'undone' | 'contact-shown' | undefined
}

const currencyOptions = ({ currency }: PageLocalizer) =>
  [...currencies].map((code): [string, string] => [code, `${code} · ${currency(code)}`])

const fieldsOf = (localizer: PageLocalizer, form: AnswerForm): readonly Field[] => {
  const { action, today, reasons } = form
  const error = amountError(localizer, form)
  const amount = line('text', html`inputmode="decimal"`)
  const currency: Field = { name: 'currency', control: choice(localizer, currencyOptions(localizer)) }
  const closeDate: Field = { name: 'estimatedCloseDate', control: line('date', html`min="${today}"`) }
  const reason: readonly Field[] = [
    {
      name: 'reason',
      control: choice(
        localizer,
        reasons.filter(inUse).map(entry => [entry.code, localizer.label(entry)]),
      ),
    },
    { name: 'notes', texts: 'declineNotes', control: area, optional: 'in-label' },
  ]
  const forms: Readonly<Record<AnswerAction, readonly Field[]>> = {
    accept: [
      { name: 'name', control: line('text') },
      { name: 'amount', control: amount, error },
      currency,
      closeDate,
      { name: 'notes', control: area, optional: 'marked' },
      { name: 'crmId', control: line('text'), optional: 'marked' },
    ],
    decline: reason,
    extend: [{ name: 'why', control: area }],
    misaddressed: [],
    reopen: [],
    win: [
      { name: 'amount', texts: 'orderValue', control: amount, optional: 'marked', error },
      currency,
      { name: 'closedOn', control: line('date') },
    ],
    lose: reason,
    reschedule: [closeDate],
    'still-open': [],
    resume: [],
  }
  return forms[action]
}

const introOf = (
  localizer: PageLocalizer,
  { action, state: { about, isUnreachable }, newRespondBy, newCloseDate }: AnswerForm,
): Words => {
  if (action === 'extend' || action === 'reopen')
    return localizer.text(`answer.${action}.intro`, {
      respondBy: localizer.instant(newRespondBy, about.zone),
    })
  if (action === 'misaddressed')
    return localizer.text('answer.misaddressed.intro', { partner: userText(about.partnerName) })
  if (action === 'still-open')
    return localizer.text('answer.still-open.intro', { date: localizer.date(newCloseDate) })
  if (action === 'accept')
    return localizer.text('answer.accept.intro', { customer: customerOf(isUnreachable) })
  return localizer.text(`answer.${action}.intro`)
}

/** Returns the value for texts about what the customer is told. */
const customerOf = (isUnreachable: boolean) => (isUnreachable ? 'unreachable' : 'told')

/** Renders what the customer has said about a choice or a win. */
const customerNotes = (
  localizer: PageLocalizer,
  { status, customerChoice, winDeniedAt }: ReferralState,
): Content[] => {
  const notes = [
    status === 'won' && winDeniedAt !== null && localizer.text('answer.win-denied'),
    customerChoice !== null &&
      status !== 'superseded' &&
      localizer.text('answer.choice', { choice: customerChoice }),
    (status === 'superseded' || status === 'withdrawn') && localizer.text('answer.nothing-to-do'),
  ]
  return notes.flatMap(note => (note ? [html`<p>${phrase(note)}</p>`] : []))
}

const doneNote = (localizer: PageLocalizer, done: AnswerForm['done']): Words | undefined => {
  if (done === 'undone') return localizer.text('answer.undone')
  return done && localizer.text('contact.shown')
}

const refusalText = (localizer: PageLocalizer, refusal: Refusal | undefined): Words | undefined =>
  refusal && localizer.text(`answer.${refusal}`)

export const answerPage = (localizer: PageLocalizer, form: AnswerForm): Page => {
  const { action, state, wrong, input, refusal } = form
  const fields = fieldsOf(localizer, form)
  const contact = contactSection(localizer, state)
  const facts = overview(localizer, state.about, state.status)
  const notes = customerNotes(localizer, state)
  const answer = html`<form method="post"><p>${phrase(introOf(localizer, form))}</p>
${input.suggested !== undefined && html`<input type="hidden" name="suggested" value="${input.suggested}">`}
${fields.map(field => fieldOf(localizer, form, field))}
<button>${phrase(localizer.text(`action.${action}`))}</button></form>`
  return {
    status: wrong.length > 0 ? 400 : refusal ? 409 : 200,
    language: localizer.language,
    html: layout(localizer, {
      title: localizer.text(`answer.${action}`, { company: userText(state.about.company) }),
      note: refusal || wrong.length > 0 ? undefined : doneNote(localizer, form.done),
      alert: refusalText(localizer, refusal),
      isError: wrong.length > 0,
      content: [
        errorSummary(localizer, fields, wrong),
        notes.length > 0 && html`<section>${notes}</section>`,
        ...inOrder(state, { contact, facts, answer }),
        answerLinks(localizer, 'answer.others', form.others ?? []),
      ],
    }),
  }
}

type Part = 'contact' | 'facts' | 'answer'

/** Returns the parts of the page in the order in which its reader needs them. */
const inOrder = ({ status, contact }: ReferralState, parts: Readonly<Record<Part, Content>>): Content[] => {
  // The reader knows a deal that it works on.
  if (status !== 'new') return [parts.answer, parts.contact, parts.facts]
  // A reader who may call comes to the details at once; others read the request first.
  return contact?.kind === 'shown'
    ? [parts.contact, parts.facts, parts.answer]
    : [parts.facts, parts.contact, parts.answer]
}

interface Answered {
  readonly state: ReferralState
  readonly now: Instant
  /** The answer that the reader has just given with this link. */
  readonly done: AnswerAction | undefined
  readonly refusal?: Refusal | undefined
  /** Instant until which the reader can undo the answer; undefined if this is not possible. */
  readonly undoUntil?: Instant | undefined
  /** Pages for the next answer. */
  readonly next?: readonly { readonly action: AnswerAction; readonly href: string }[]
}

const savedNote = (
  localizer: PageLocalizer,
  done: AnswerAction,
  { about, isUnreachable }: ReferralState,
): Words => {
  if (done === 'misaddressed')
    return localizer.text('answer.misaddressed.done', { partner: userText(about.partnerName) })
  if (done === 'accept') return localizer.text('answer.accept.done', { customer: customerOf(isUnreachable) })
  if (done === 'reschedule' || done === 'still-open')
    return localizer.text('answer.reschedule.done', { date: localizer.date(about.estimatedCloseDate) })
  return localizer.text('answer.saved')
}

/** Statuses that follow from an answer, which spends the links. */
const isAnswer = ({ status }: ReferralState): boolean =>
  !['expired', 'withdrawn', 'superseded'].includes(status)

const undoSection = (localizer: PageLocalizer, undoUntil: Instant, zone: string, now: Instant): Content => {
  const until = { undoUntil: localizer.instant(undoUntil, zone), left: localizer.left(undoUntil, now) }
  return html`<section><p>${phrase(localizer.text('answer.undo.intro', until))}</p>
${buttonForm('undo', phrase(localizer.text('answer.undo')))}</section>`
}

const answerLinks = (
  localizer: PageLocalizer,
  title: 'action.title' | 'answer.others',
  links: NonNullable<Answered['next']>,
): Content =>
  links.length > 0 &&
  html`<p>${phrase(localizer.text(title))}</p>
<ul class="actions">${links.map(({ action, href }) => html`<li><a href="${href}">${phrase(localizer.text(`action.${action}`))}</a></li>`)}</ul>`

/** Shows the state of a referral that can no longer be answered with the link. */
export const answeredPage = (
  localizer: PageLocalizer,
  { state, now, done, refusal, undoUntil, next = [] }: Answered,
): Page => {
  const { about, status, respondBy } = state
  // A concurrent change after which the link is spent is an answer of a colleague.
  const isUsed = !done && (!refusal || refusal === 'changed') && isAnswer(state)
  const notes: Content[] = [
    ...customerNotes(localizer, state),
    status === 'new' &&
      html`<p>${phrase(localizer.text('answer.until', { respondBy: localizer.instant(respondBy, about.zone) }))}</p>`,
    isUsed && html`<p>${phrase(localizer.text('answer.used'))}</p>`,
    answerLinks(localizer, 'action.title', next),
  ].filter(note => note !== false)
  return {
    status: refusal ? 409 : 200,
    language: localizer.language,
    html: layout(localizer, {
      title: localizer.text('answer.state', { status, company: userText(about.company) }),
      note: done && savedNote(localizer, done, state),
      alert: refusal === 'changed' ? undefined : refusalText(localizer, refusal),
      isError: refusal !== undefined,
      content: [
        undoUntil && undoSection(localizer, undoUntil, about.zone, now),
        contactSection(localizer, state),
        notes.length > 0 && html`<section>${notes}</section>`,
        html`<p class="muted-text">${phrase(localizer.text('summary.request-number'))} ${about.requestNumber}</p>`,
      ],
    }),
  }
}

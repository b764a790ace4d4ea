/** The page behind an answer link. Opening it changes nothing; only its forms change the referral. */

import { DomainError, isDomainError } from '../../kernel/errors.ts'
import { type AnswerAction, answerActions } from '../../messaging/contract.ts'
import { answerToken, pageLocalizer } from '../../messaging/index.ts'
import type { PageLocalizer } from '../../messaging/rules.ts'
import { aboutReferral, officeZoneOf } from '../../partners/rules.ts'
import { type RegionTime, regionTime } from '../../program/rules.ts'
import { allows, effective, reopenedRespondBy } from '../../referrals/rules.ts'
import { dateIn } from '../../time/calendar.ts'
import { type Instant, instantOf } from '../../time/instant.ts'
import type { Page } from '../page/layout.ts'
import { deadLinkPage } from '../page/problem-page.ts'
import { outcomeOf, type PageVisit, redirectWithOutcome, type Shown } from '../page/visit.ts'
import { readAnswer, showContact, undo } from './commands.ts'
import {
  type FieldName,
  type FormInput,
  orderValueInput,
  purposeOf,
  suggestedInput,
  wrongFields,
} from './forms.ts'
import { commandOf, type OpenedLink, openLink } from './load.ts'
import { answeredPage, answerPage, type ReferralState, type Refusal } from './page.ts'
import { contactFor, dateAfter, reschedulingTime, suggestDeal } from './rules.ts'

export const showAnswer = async (visit: PageVisit): Promise<Page> => {
  const opened = await openLink(visit)
  return opened ? pageOf(opened, visit) : deadLinkPage('answer', visit.locale)
}

/** The values of a form that is shown again, and the reason. */
interface FormState {
  readonly input?: FormInput
  readonly wrong?: readonly FieldName[]
  readonly refusal?: Refusal | undefined
}

/** Answers after which the link can be used again, so that their confirmation replaces the form. */
const repeatable: readonly AnswerAction[] = ['reschedule', 'still-open']

/** Pages that need no contact details: the reader passes the referral on, or it has expired. */
const withoutContact: readonly AnswerAction[] = ['misaddressed', 'reopen']

const stateOf = (opened: OpenedLink, now: Instant): ReferralState => {
  const { referral, customer, isUnreachable, isConcerned, isOpen, link } = opened
  const seen = effective(referral, now)
  const isShown = isConcerned && !(isOpen && withoutContact.includes(link.action))
  const contact = isShown ? contactFor(seen, customer, now) : undefined
  return {
    status: seen.status,
    respondBy: seen.respondBy,
    urgency: seen.urgency,
    hotUntil: seen.hotUntil,
    customerChoice: seen.customerChoice,
    winDeniedAt: seen.winDeniedAt,
    about: aboutReferral(seen, opened),
    isUnreachable,
    hasPhone: Boolean(customer?.contact.phone),
    // A spent link cannot ask for the contact details.
    contact: isOpen || contact?.kind === 'shown' || contact?.kind === 'deleted' ? contact : undefined,
  }
}

const pageOf = (opened: OpenedLink, visit: PageVisit, form: FormState = {}): Page => {
  const { link, reader, taxonomy, undoUntil } = opened
  const localizer = pageLocalizer(reader.locale)
  const now = instantOf(visit.now)
  const state = stateOf(opened, now)
  const outcome = form.refusal ? undefined : outcomeOf(visit)
  const done = answerActions.find(action => action === outcome)
  if (!opened.isOpen || (done && repeatable.includes(done) && !form.wrong)) {
    const next = done ? nextAnswers(opened, done, now) : []
    const refusal = form.refusal ?? opened.notNeeded
    return answeredPage(localizer, { state, now, done, undoUntil, next, refusal })
  }
  const { action } = link
  return answerPage(localizer, {
    action,
    state,
    wrong: form.wrong ?? [],
    refusal: form.refusal,
    done: outcome === 'undone' || outcome === 'contact-shown' ? outcome : undefined,
    input: { ...suggestedFor(opened, localizer, now), ...form.input },
    readerLocale: reader.locale,
    newRespondBy: newRespondBy(opened, now),
    newCloseDate: dateAfter(now, reschedulingTime, timeOf(opened)),
    today: dateIn(timeOf(opened).zone, now),
    others: otherAnswers(opened, now),
    reasons: action === 'lose' ? taxonomy.lossReasons : taxonomy.declineReasons,
  })
}

/** Returns the local time and working time of the referral's region. */
const timeOf = ({ policy, referral, profileContacts }: OpenedLink): RegionTime =>
  regionTime(policy, referral.region, { officeZone: officeZoneOf(profileContacts, referral) })

/** Returns the respond-by after the referral is reopened or extended. */
const newRespondBy = (opened: OpenedLink, now: Instant): Instant => {
  const { link, referral } = opened
  const reopened = link.action === 'reopen' && reopenedRespondBy(referral.terms, timeOf(opened), now)
  if (reopened) return reopened
  return referral.extensionsLeft[0]?.respondBy ?? referral.respondBy
}

/** Returns the values with which the form of the link begins. */
const suggestedFor = (opened: OpenedLink, localizer: PageLocalizer, now: Instant): FormInput => {
  const { link, referral } = opened
  if (link.action === 'accept') {
    const { taxonomy, policy } = opened
    const labelOf = localizer.label
    return suggestedInput(suggestDeal(referral, { taxonomy, policy, labelOf, now }), localizer.locale)
  }
  if (link.action === 'win') {
    return { ...orderValueInput(referral.deal, localizer.locale), closedOn: dateIn(timeOf(opened).zone, now) }
  }
  if (link.action !== 'reschedule') return {}
  return { estimatedCloseDate: dateAfter(now, reschedulingTime, timeOf(opened)) }
}

/** Answers to the same question, each with a page of its own. */
const alternatives: readonly (readonly AnswerAction[])[] = [
  ['accept', 'decline', 'extend', 'misaddressed'],
  ['win', 'lose', 'reschedule', 'still-open'],
]

/** Returns links for the other answers that the reader can give instead. They expire with the link of the page. */
const otherAnswers = ({ link, referral }: OpenedLink, now: Instant) => {
  const group = alternatives.find(actions => actions.includes(link.action)) ?? []
  const possible = group.filter(
    action =>
      action !== link.action && (action === 'misaddressed' || allows(commandOf[action], referral, now)),
  )
  return possible.map(action => {
    const token = answerToken({ ...link, action })
    return { action, href: `?${new URLSearchParams({ token })}` }
  })
}

/** Answers that make or keep the referral new, and spend the links of earlier mails. */
const continued: readonly AnswerAction[] = ['reopen', 'extend']

/** Returns links for the next answer, for a reader who has just reopened or extended the referral. */
const nextAnswers = ({ link, referral }: OpenedLink, done: AnswerAction, now: Instant) => {
  if (!continued.includes(done)) return []
  const { version, respondBy: until } = referral
  const actions = (['accept', 'decline'] as const).filter(name => allows(name, referral, now))
  return actions.map(action => {
    const token = answerToken({ ...link, action, version, until })
    return { action, href: `?${new URLSearchParams({ token })}` }
  })
}

/** Executes the form of a page once. */
export const submitAnswer = async (visit: PageVisit, input: FormInput): Promise<Shown> => {
  const opened = await openLink(visit)
  if (!opened) return deadLinkPage('answer', visit.locale)
  const purpose = purposeOf(input)
  const isPossible = purpose === 'undo' ? opened.undoUntil !== undefined : opened.isOpen
  if (!isPossible) {
    const form: FormState = { refusal: refusalOf(opened, purpose, instantOf(visit.now)) }
    return { ...pageOf(opened, { ...visit, done: undefined }, form), status: 409 }
  }
  const outcome = await submit[purpose](opened, input, visit.now)
  if (outcome.kind === 'done') return redirectWithOutcome(visit, outcome.outcome)
  if (outcome.kind === 'wrong') return pageOf(opened, visit, { input, wrong: outcome.fields })
  const present = (await openLink(visit)) ?? opened
  return pageOf(present, visit, { input, refusal: outcome.refusal })
}

/** Returns the reason why a form that is no longer on its page changed nothing, if the page does not show it anyway. */
const refusalOf = (
  { referral, isOpen, notNeeded }: OpenedLink,
  purpose: ReturnType<typeof purposeOf>,
  now: Instant,
): Refusal | undefined => {
  // The answer of an open link was undone before, for example by a second click.
  if (purpose === 'undo') return isOpen ? undefined : 'undo-over'
  if (purpose !== 'answer' || notNeeded) return notNeeded
  const { status } = effective(referral, now)
  if (status === 'superseded') return 'customer-decided'
  return status === 'withdrawn' ? 'ended' : undefined
}

type Submitted =
  | { readonly kind: 'done'; readonly outcome: AnswerAction | 'undone' | 'contact-shown' }
  | { readonly kind: 'wrong'; readonly fields: readonly FieldName[] }
  | { readonly kind: 'refused'; readonly refusal: Refusal }

type Submit = (opened: OpenedLink, input: FormInput, now: Date) => Promise<Submitted>

const submit: Readonly<Record<ReturnType<typeof purposeOf>, Submit>> = {
  answer: (opened, input, now) => {
    const answer = readAnswer(opened, input, now)
    if ('wrong' in answer) return Promise.resolve({ kind: 'wrong', fields: answer.wrong })
    return outcomeAfter(answer.value(), opened.link.action)
  },
  'show-contact': (opened, _, now) => outcomeAfter(showContact(opened, now), 'contact-shown'),
  undo: (opened, _, now) => outcomeAfter(undo(opened, now), 'undone'),
}

/** Refusals by the code of their reason. Others are due to a concurrent change. */
const refusals: Readonly<Record<string, Refusal>> = {
  'not-undoable': 'undo-over',
  'customer-decided': 'customer-decided',
  'rfi-withdrawn': 'rfi-withdrawn',
}

/** @throws DomainError for a reason other than the form, the state of the referral or a concurrent change */
const outcomeAfter = async (
  execution: Promise<unknown>,
  outcome: Extract<Submitted, { kind: 'done' }>['outcome'],
): Promise<Submitted> => {
  try {
    await execution
    return { kind: 'done', outcome }
  } catch (error) {
    if (!(error instanceof DomainError)) throw error
    const fields = isDomainError(error, 'invalid-request') ? wrongFields(error.data.errors) : []
    if (fields.length > 0) return { kind: 'wrong', fields }
    if (error.code !== 'stale-version' && error.code !== 'state-conflict') throw error
    return { kind: 'refused', refusal: refusals[error.reason?.code ?? ''] ?? 'changed' }
  }
}

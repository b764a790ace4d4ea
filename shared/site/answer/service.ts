/** The page behind an answer link. Opening it changes nothing; only its form changes the referral. */

import { DomainError, isDomainError } from '../../kernel/errors.ts'
import type { Person } from '../../kernel/person.ts'
import { answerActions } from '../../messaging/contract.ts'
import {
  type AnswerLink,
  mailIdOf,
  pageLocalizer,
  readAnswerLink,
  recordResult,
  referralMailKey,
} from '../../messaging/index.ts'
import { loadProfileContacts, reportContactProblem } from '../../partners/index.ts'
import { aboutReferral, addressOf, allPeople, mayAnswer, type ProfileContacts } from '../../partners/rules.ts'
import type { Taxonomy } from '../../program/contract.ts'
import { readTaxonomy, taxonomyKey } from '../../program/index.ts'
import {
  acceptCommand,
  declineCommand,
  executeCommand,
  readReferral,
  referralKey,
} from '../../referrals/index.ts'
import { allows, type Command, effective, isAnsweredAfter, type Referral } from '../../referrals/rules.ts'
import { instantOf } from '../../time/instant.ts'
import type { Page } from '../page/layout.ts'
import { deadLinkPage } from '../page/problem-page.ts'
import { hasFingerprint, outcomeOf, type PageVisit, redirectWithOutcome, type Shown } from '../page/visit.ts'
import {
  type FieldName,
  type FormInput,
  type ReadForm,
  readAcceptance,
  readExtension,
  readRefusal,
  wrongFields,
} from './forms.ts'
import { answeredPage, answerPage } from './page.ts'

interface OpenedLink {
  readonly link: AnswerLink
  readonly profileContacts: ProfileContacts
  readonly reader: Person
  readonly referral: Referral
  readonly taxonomy: Taxonomy
  /** True if the answer of the link can still be given. */
  readonly isOpen: boolean
}

/** @returns undefined if the link is invalid or expired, or if the reader is no longer a contact */
const openLink = async ({ token, now }: PageVisit): Promise<OpenedLink | undefined> => {
  const link = readAnswerLink(token)
  if (!link || link.until <= instantOf(now)) return undefined
  const { partnerId, region, referralId } = link
  const { profileContacts, found } = await loadProfileContacts(partnerId, region, {
    referrals: [referralKey(partnerId, referralId)],
    taxonomies: [taxonomyKey],
  })
  const reader = profileContacts && allPeople(profileContacts.contacts).find(hasFingerprint(link.reader))
  if (!found.referrals[0] || !reader) return undefined
  const referral = readReferral(found.referrals[0])
  const taxonomy = readTaxonomy(found.taxonomies[0])
  return {
    link,
    profileContacts,
    reader,
    referral,
    taxonomy,
    isOpen: isOpen(link, referral, profileContacts, reader, now),
  }
}

/** Checks that the referral was not answered since the mail was written. Therefore each link works once. */
const isOpen = (
  { action, version }: AnswerLink,
  referral: Referral,
  { health }: ProfileContacts,
  reader: Person,
  now: Date,
): boolean => {
  const nowInstant = instantOf(now)
  // A reader who reported to be the wrong person cannot answer this referral.
  if (!mayAnswer(addressOf(reader), health, referral.id) || isAnsweredAfter(referral, version)) return false
  return action === 'misaddressed'
    ? effective(referral, nowInstant).status === 'new'
    : allows(action, referral, nowInstant)
}

export const showAnswer = async (visit: PageVisit): Promise<Page> => {
  const opened = await openLink(visit)
  return opened ? pageOf(opened, visit) : deadLinkPage('answer', visit.locale)
}

/** The values of a form that is shown again, and the reason. */
interface FormState {
  readonly input: FormInput
  readonly wrong: readonly FieldName[]
  /** True if the referral was changed at the same time. */
  readonly changed: boolean
}
const newForm: FormState = { input: {}, wrong: [], changed: false }

const pageOf = (opened: OpenedLink, visit: PageVisit, form: FormState = newForm): Page => {
  const { link, profileContacts, reader, referral, taxonomy } = opened
  const localizer = pageLocalizer(reader.locale)
  const about = aboutReferral(referral, { profileContacts, taxonomy })
  const seen = effective(referral, instantOf(visit.now))
  if (!opened.isOpen) {
    const done = answerActions.find(action => action === outcomeOf(visit))
    return answeredPage(localizer, { about, status: seen.status, respondBy: seen.respondBy, done })
  }
  return answerPage(localizer, {
    about,
    action: link.action,
    wrong: form.wrong,
    changed: form.changed,
    input: { currency: referral.need.budget?.currency, ...form.input },
    extendedTo: referral.extensionsLeft[0]?.respondBy ?? referral.respondBy,
    today: visit.now.toISOString().slice(0, 10),
    declineReasons: taxonomy.declineReasons,
  })
}

/** Gives the answer of a link, once. The actor of the event is the mail with the link. */
export const submitAnswer = async (visit: PageVisit, input: FormInput): Promise<Shown> => {
  const opened = await openLink(visit)
  if (!opened) return deadLinkPage('answer', visit.locale)
  const { link } = opened
  if (!opened.isOpen) return { ...pageOf(opened, visit), status: 409 }
  const outcome = await answer(opened, input, visit.now)
  if (outcome.kind === 'given') return redirectWithOutcome(visit, link.action)
  if (outcome.kind === 'wrong') return pageOf(opened, visit, { input, wrong: outcome.fields, changed: false })
  const present = (await openLink(visit)) ?? opened
  return pageOf(present, visit, { input, wrong: [], changed: true })
}

type AnswerOutcome =
  | { readonly kind: 'given' }
  | { readonly kind: 'wrong'; readonly fields: readonly FieldName[] }
  /** The referral was changed at the same time. */
  | { readonly kind: 'changed' }

/** @throws DomainError for a reason other than the form or a concurrent change */
const answer = async (opened: OpenedLink, input: FormInput, now: Date): Promise<AnswerOutcome> => {
  try {
    if (opened.link.action === 'misaddressed') {
      await reportWrongPerson(opened, now)
      return { kind: 'given' }
    }
    const command = readCommand(opened.link, input, now)
    if ('wrong' in command) return { kind: 'wrong', fields: command.wrong }
    await execute(opened, command.value, now)
    return { kind: 'given' }
  } catch (error) {
    if (!(error instanceof DomainError)) throw error
    const fields = isDomainError(error, 'invalid-request') ? wrongFields(error.data.errors) : []
    if (fields.length > 0) return { kind: 'wrong', fields }
    if (error.code !== 'stale-version' && error.code !== 'state-conflict') throw error
    return { kind: 'changed' }
  }
}

const readCommand = ({ action }: AnswerLink, input: FormInput, now: Date): ReadForm<Command> => {
  if (action === 'accept') return mapForm(readAcceptance(input), body => acceptCommand(body, now))
  if (action === 'decline') return mapForm(readRefusal(input), declineCommand)
  return mapForm(readExtension(input), request => ({ name: 'extend', request }))
}

const mapForm = <T>(form: ReadForm<T>, make: (body: T) => Command): ReadForm<Command> =>
  'value' in form ? { value: make(form.value) } : form

const mailOf = ({ partnerId, referralId, mail: [version, part] }: AnswerLink) => {
  const key = referralMailKey({ partnerId, referralId, version, part })
  return { key, id: mailIdOf(key) }
}

const execute = async ({ link, referral }: OpenedLink, command: Command, now: Date): Promise<void> => {
  const { partnerId, referralId } = link
  const actor = { kind: 'partner', mail: mailOf(link).id } as const
  await executeCommand({ partnerId, referralId }, command, { actor, version: referral.version, now })
}

/** Reports the contact as the wrong person. The event of this report causes a mail to the next contact. */
const reportWrongPerson = async (
  { link, profileContacts, reader, referral }: OpenedLink,
  now: Date,
): Promise<void> => {
  const { key, id } = mailOf(link)
  const [version] = link.mail
  await reportContactProblem(
    {
      partnerId: profileContacts.partnerId,
      region: profileContacts.region,
      email: reader.email,
      data: { problem: 'misaddressed', mail: id, missed: [{ referralId: referral.id, version }] },
    },
    { kind: 'partner', mail: id },
    now,
  )
  await recordResult(key, 'misaddressed', now)
}

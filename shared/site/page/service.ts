/** What is shown to, and done for, those who follow a link in a mail. Showing changes nothing; only forms do. */

import { DomainError, isDomainError } from '../../kernel/errors.ts'
import type { Person } from '../../kernel/person.ts'
import { answerActions } from '../../messaging/contract.ts'
import {
  type AnswerLink,
  doneMark,
  type MuteLink,
  mailIdOf,
  pageSpeakerOf,
  readAnswerLink,
  readDoneMark,
  readMuteLink,
  recordResult,
  referralMailKey,
} from '../../messaging/index.ts'
import { addressDigest, loadDesk, muteContact, report } from '../../partners/index.ts'
import { aboutReferral, addressOf, type Desk, everybody, isReachable } from '../../partners/rules.ts'
import { get } from '../../persistence/index.ts'
import type { Taxonomy } from '../../program/contract.ts'
import { readTaxonomy, taxonomyKey } from '../../program/index.ts'
import {
  acceptCommand,
  addRecipients,
  customerKey,
  declineCommand,
  executeCommand,
  getRfi,
  readCapability,
  readCustomer,
  readReferral,
  referralKey,
  withdrawRfi,
} from '../../referrals/index.ts'
import { allows, type Command, effective, isAnsweredAfter, type Referral } from '../../referrals/rules.ts'
import { answeredPage, answerPage, type FieldName, type Given } from './answer-page.ts'
import { type Read, readAcceptance, readExtension, readRefusal, wrongFields } from './forms.ts'
import type { Page } from './layout.ts'
import { mutePage } from './mute-page.ts'
import { deadLinkPage } from './problem-page.ts'
import { requestPage } from './request-page.ts'

/** Somebody at a page. */
export interface PageVisit {
  readonly token: string
  /** The mark of what the form has just done. */
  readonly done?: string | undefined
  /** What their browser would like to read, where we know nothing better. */
  readonly locale: string
  readonly now: Date
}

/** A page, or where to go on. */
export type Shown = Page | { readonly see: string }

/** The same page again, telling what was done. The address is relative, and so holds wherever the pages stand. */
const seeDone = ({ token }: PageVisit, done: string): Shown => ({
  see: `?${new URLSearchParams({ token, done: doneMark(token, done) })}`,
})

const doneBy = ({ token, done }: PageVisit): string | undefined =>
  done === undefined ? undefined : readDoneMark(token, done)

interface Answering {
  readonly link: AnswerLink
  readonly desk: Desk
  readonly reader: Person
  readonly referral: Referral
  readonly taxonomy: Taxonomy
  /** Whether the link may (still) do what it is for. */
  readonly isOpen: boolean
}

/** Undefined for a link that is not ours, has run out, or belongs to somebody who is no contact any more. */
const openAnswer = async ({ token, now }: PageVisit): Promise<Answering | undefined> => {
  const link = readAnswerLink(token)
  if (!link || link.until <= now.toISOString()) return undefined
  const { partnerId, region, referralId } = link
  const { desk, found } = await loadDesk(partnerId, region, {
    referrals: [referralKey(partnerId, referralId)],
    taxonomies: [taxonomyKey],
  })
  const reader = desk && everybody(desk.contacts).find(isNamed(link.reader))
  if (!found.referrals[0] || !reader) return undefined
  const referral = readReferral(found.referrals[0])
  const taxonomy = readTaxonomy(found.taxonomies[0])
  return { link, desk, reader, referral, taxonomy, isOpen: isOpen(link, referral, desk, reader, now) }
}

const isNamed =
  (digest: string) =>
  (person: Person): boolean =>
    addressDigest(addressOf(person)) === digest

/** A link is open until somebody answers after its mail was written, so each link works once. */
const isOpen = (
  { action, version }: AnswerLink,
  referral: Referral,
  { health }: Desk,
  reader: Person,
  now: Date,
): boolean => {
  const at = now.toISOString()
  // A reader who is the wrong person has answered, which health records.
  if (!isReachable(addressOf(reader), health, referral.id) || isAnsweredAfter(referral, version)) return false
  return action === 'misaddressed' ? effective(referral, at).status === 'new' : allows(action, referral, at)
}

export const showAnswer = async (visit: PageVisit): Promise<Page> => {
  const answering = await openAnswer(visit)
  return answering ? pageOf(answering, visit) : deadLinkPage(visit.locale)
}

interface Put {
  readonly given: Given
  readonly wrong: readonly FieldName[]
  readonly changed: boolean
}
const untouched: Put = { given: {}, wrong: [], changed: false }

const pageOf = (answering: Answering, visit: PageVisit, put: Put = untouched): Page => {
  const { link, desk, reader, referral, taxonomy } = answering
  const speaker = pageSpeakerOf(reader.locale)
  const about = aboutReferral(referral, { desk, taxonomy })
  const seen = effective(referral, visit.now.toISOString())
  if (!answering.isOpen) {
    const done = answerActions.find(action => action === doneBy(visit))
    return answeredPage(speaker, { about, status: seen.status, respondBy: seen.respondBy, done })
  }
  return answerPage(speaker, {
    about,
    action: link.action,
    ...put,
    given: { currency: referral.need.budget?.currency, ...put.given },
    extendedTo: referral.extensionsLeft[0]?.respondBy ?? referral.respondBy,
    today: visit.now.toISOString().slice(0, 10),
    declineReasons: taxonomy.declineReasons,
  })
}

/** Does what a link is for, once; what was done says through which mail. */
export const submitAnswer = async (visit: PageVisit, given: Given): Promise<Shown> => {
  const answering = await openAnswer(visit)
  if (!answering) return deadLinkPage(visit.locale)
  const { link } = answering
  if (!answering.isOpen) return { ...pageOf(answering, visit), status: 409 }
  try {
    const wrong =
      link.action === 'misaddressed'
        ? await passOn(answering, visit.now)
        : await answer(answering, readCommand(link, given, visit.now), visit.now)
    if (wrong.length > 0) return pageOf(answering, visit, { given, wrong, changed: false })
  } catch (error) {
    if (!(error instanceof DomainError)) throw error
    const wrong = isDomainError(error, 'invalid-request') ? wrongFields(error.data.errors) : []
    if (wrong.length > 0) return pageOf(answering, visit, { given, wrong, changed: false })
    if (error.code !== 'stale-version' && error.code !== 'state-conflict') throw error
    const present = (await openAnswer(visit)) ?? answering
    return pageOf(present, visit, { given, wrong: [], changed: true })
  }
  return seeDone(visit, link.action)
}

const readCommand = ({ action }: AnswerLink, given: Given, now: Date): Read<Command> => {
  if (action === 'accept') return command(readAcceptance(given), body => acceptCommand(body, now))
  if (action === 'decline') return command(readRefusal(given), declineCommand)
  return command(readExtension(given), request => ({ name: 'extend', request }))
}

const command = <T>(read: Read<T>, make: (body: T) => Command): Read<Command> =>
  'value' in read ? { value: make(read.value) } : read

const mailOf = ({ partnerId, referralId, mail: [version, part] }: AnswerLink) => {
  const key = referralMailKey({ partnerId, referralId, version, part })
  return { key, id: mailIdOf(key) }
}

/** @returns the fields that are wrong @throws DomainError as `executeCommand` */
const answer = async (
  { link, referral }: Answering,
  read: Read<Command>,
  now: Date,
): Promise<readonly FieldName[]> => {
  if ('wrong' in read) return read.wrong
  const { partnerId, referralId } = link
  const actor = { kind: 'partner', mail: mailOf(link).id } as const
  const context = { actor, version: referral.version, now }
  await executeCommand({ partnerId, referralId }, read.value, context)
  return []
}

/** The alert goes on to the next contact, by the event that this makes. */
const passOn = async ({ link, desk, reader, referral }: Answering, now: Date): Promise<[]> => {
  const { key, id } = mailOf(link)
  const [version] = link.mail
  await report(
    {
      partnerId: desk.partnerId,
      region: desk.region,
      email: reader.email,
      data: { problem: 'misaddressed', mail: id, missed: [{ referralId: referral.id, version }] },
    },
    { kind: 'partner', mail: id },
    now,
  )
  await recordResult(key, 'misaddressed', now)
  return []
}

/** @returns the RFI that the token is good for, and its customer's locale */
const openRequest = async ({ token, now, locale }: PageVisit) => {
  const rfiId = readCapability(token, now)
  if (!rfiId) return undefined
  const [{ body: rfi, version }, customer] = await Promise.all([getRfi(rfiId, now), get(customerKey(rfiId))])
  return { rfi, version, locale: readCustomer(customer)?.contact.locale ?? locale }
}

export const showRequest = async (visit: PageVisit): Promise<Page> => {
  const opened = await openRequest(visit)
  if (!opened) return deadLinkPage(visit.locale)
  const { locale, ...request } = opened
  return requestPage(pageSpeakerOf(locale), { ...request, now: visit.now.toISOString(), done: doneBy(visit) })
}

/** Sends the request on to one more partner, or withdraws it; nothing else can be changed from the page. */
export const submitRequest = async (visit: PageVisit, given: Given): Promise<Shown> => {
  const rfiId = readCapability(visit.token, visit.now)
  if (!rfiId) return deadLinkPage(visit.locale)
  try {
    return seeDone(visit, await change(rfiId, given, visit.now))
  } catch (error) {
    if (!(error instanceof DomainError)) throw error
    return seeDone(visit, error.code === 'stale-version' ? 'changed' : 'refused')
  }
}

const customer = { kind: 'customer' } as const

const change = async (rfiId: string, given: Given, now: Date): Promise<string> => {
  const context = { actor: customer, version: Number(given.version), now }
  if (given.do === 'withdraw') {
    if (given.sure !== 'yes') return 'unsure'
    await withdrawRfi(rfiId, context)
    return 'withdrawn'
  }
  const { profileId = '', locationId = '' } = given
  if (given.do !== 'ask' || !profileId) return 'refused'
  await addRecipients(rfiId, [{ profileId, locationId }], context)
  return profileId.split('.')[0] ?? ''
}

/** The contact that a link is for, if it still is one. */
const openMute = async ({ token }: PageVisit) => {
  const link = readMuteLink(token)
  if (!link) return undefined
  const { desk } = await loadDesk(link.partnerId, link.region)
  const reader = desk && everybody(desk.contacts).find(isNamed(link.reader))
  return reader && { link, desk, reader }
}

const muteOf = ({ desk, reader }: { desk: Desk; reader: Person }, isMuted: boolean): Page => {
  const { partnerName, region } = desk
  return mutePage(pageSpeakerOf(reader.locale), { address: reader.email, partnerName, region, isMuted })
}

export const showMute = async (visit: PageVisit): Promise<Page> => {
  const opened = await openMute(visit)
  return opened ? muteOf(opened, false) : deadLinkPage(visit.locale)
}

/** Stops a contact's mails. Who calls again, or is no contact any more, has what they wanted. */
export const submitMute = async (visit: PageVisit): Promise<Page> => {
  const opened = await openMute(visit)
  if (!opened) return { ...deadLinkPage(visit.locale), status: 200 }
  await muteOnce(opened.link, visit.now)
  return muteOf(opened, true)
}

const muteOnce = ({ partnerId, region, reader }: MuteLink, now: Date) =>
  muteContact({ partnerId, region }, address => addressDigest(address) === reader, now)

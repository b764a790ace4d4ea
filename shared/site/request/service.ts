/** The customer's page of an RFI. Opening it changes nothing; only its forms change the RFI. */

import { DomainError } from '../../kernel/errors.ts'
import type { RfiId } from '../../kernel/ids.ts'
import { pageLocalizer } from '../../messaging/index.ts'
import { ownerOf } from '../../partners/rules.ts'
import { getAll } from '../../persistence/index.ts'
import { policyKey, readPolicy } from '../../program/index.ts'
import { regionTime } from '../../program/rules.ts'
import {
  addRecipients,
  chooseOutcome,
  correctAddress,
  customerKey,
  denyWin,
  dismissPartner,
  getRfi,
  readCapability,
  readCustomer,
  reopenRfi,
  withdrawRfi,
} from '../../referrals/index.ts'
import { instantOf } from '../../time/instant.ts'
import type { Page } from '../page/layout.ts'
import { deadLinkPage } from '../page/problem-page.ts'
import { outcomeOf, type PageVisit, redirectWithOutcome, type Shown } from '../page/visit.ts'
import {
  type RequestInput,
  type RequestOutcome,
  readOutcome,
  readRequestForm,
  writeOutcome,
} from './forms.ts'
import { type RequestState, requestPage } from './page.ts'

/** Loads the RFI of a link and the customer's locale; undefined for an invalid link. */
const openRequest = async ({ token, now, locale }: PageVisit) => {
  const rfiId = readCapability(token, now)
  if (!rfiId) return undefined
  const [{ body: rfi, version }, [customerItem, policyItem]] = await Promise.all([
    getRfi(rfiId, now),
    getAll([customerKey(rfiId), policyKey]),
  ])
  const [customer, policy] = [readCustomer(customerItem), readPolicy(policyItem)]
  const readerCountry = customer?.address.country ?? ''
  const zoneOf: RequestState['zoneOf'] = recipient => {
    if (!recipient) return regionTime(policy, readerCountry).zone
    const officeZone = recipient.office?.timeZone ?? undefined
    return regionTime(policy, ownerOf(recipient.profileId).region, { officeZone, readerCountry }).zone
  }
  return { rfi, version, locale: customer?.contact.locale ?? locale, zoneOf }
}

export const showRequest = async (visit: PageVisit): Promise<Page> => {
  const opened = await openRequest(visit)
  if (!opened) return deadLinkPage('request', visit.locale)
  const { rfi, version, locale, zoneOf } = opened
  const outcome = readOutcome(outcomeOf(visit))
  const isDenialFirst = visit.win === 'no'
  return requestPage(pageLocalizer(locale), {
    rfi,
    version,
    now: instantOf(visit.now),
    zoneOf,
    outcome,
    isDenialFirst,
  })
}

/** Executes the form of the page, and redirects to the page with the outcome. */
export const submitRequest = async (visit: PageVisit, input: RequestInput): Promise<Shown> => {
  const rfiId = readCapability(visit.token, visit.now)
  if (!rfiId) return deadLinkPage('request', visit.locale)
  return redirectWithOutcome(visit, writeOutcome(await execute(rfiId, input, visit.now)))
}

const execute = async (rfiId: RfiId, input: RequestInput, now: Date): Promise<RequestOutcome> => {
  try {
    return await change(rfiId, input, now)
  } catch (error) {
    if (!(error instanceof DomainError)) throw error
    return { kind: refusalOf(error) }
  }
}

const refusalOf = ({ code, reason }: DomainError): 'changed' | 'final' | 'refused' => {
  if (code === 'stale-version') return 'changed'
  return reason?.code === 'choice-final' ? 'final' : 'refused'
}

const change = async (rfiId: RfiId, input: RequestInput, now: Date): Promise<RequestOutcome> => {
  const form = readRequestForm(input)
  if (form.kind === 'unknown') return { kind: 'refused' }
  const context = { actor: { kind: 'customer' }, version: form.version, now } as const
  switch (form.kind) {
    case 'send-on':
      await addRecipients(rfiId, [form.recipient], context)
      return { kind: 'sent-on', partnerId: ownerOf(form.recipient.profileId).partnerId }
    case 'withdraw':
      if (!form.isSure) return { kind: 'unsure' }
      await withdrawRfi(rfiId, context)
      return { kind: 'withdrawn' }
    case 'choose':
      if (!form.choice) return { kind: 'unchosen' }
      await chooseOutcome(rfiId, form.choice, context)
      return { kind: 'chosen' }
    case 'deny-win':
      await denyWin(rfiId, form.referralId, context)
      return { kind: 'denied', referralId: form.referralId }
    case 'dismiss':
      await dismissPartner(rfiId, form.referralId, context)
      return { kind: 'dismissed', referralId: form.referralId }
    case 'reopen':
      if (form.referralIds.length === 0) return { kind: 'unselected' }
      await reopenRfi(rfiId, form.referralIds, context)
      return { kind: 'reopened' }
    case 'correct-address':
      if (form.email === undefined) return { kind: 'invalid-address' }
      await correctAddress(rfiId, { email: form.email }, context)
      return { kind: 'address-saved' }
  }
}

/** The customer's page of an RFI. Opening it changes nothing; only its forms change the RFI. */

import { DomainError } from '../../kernel/errors.ts'
import type { RfiId } from '../../kernel/ids.ts'
import { pageLocalizer } from '../../messaging/index.ts'
import { ownerOf } from '../../partners/rules.ts'
import { get } from '../../persistence/index.ts'
import {
  addRecipients,
  customerKey,
  getRfi,
  readCapability,
  readCustomer,
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
import { requestPage } from './page.ts'

/** Loads the RFI of a link and the customer's locale; undefined for an invalid link. */
const openRequest = async ({ token, now, locale }: PageVisit) => {
  const rfiId = readCapability(token, now)
  if (!rfiId) return undefined
  const [{ body: rfi, version }, customer] = await Promise.all([getRfi(rfiId, now), get(customerKey(rfiId))])
  return { rfi, version, locale: readCustomer(customer)?.contact.locale ?? locale }
}

export const showRequest = async (visit: PageVisit): Promise<Page> => {
  const opened = await openRequest(visit)
  if (!opened) return deadLinkPage('request', visit.locale)
  const { rfi, version, locale } = opened
  const outcome = readOutcome(outcomeOf(visit))
  return requestPage(pageLocalizer(locale), { rfi, version, now: instantOf(visit.now), outcome })
}

/** Sends the RFI on to one more partner, or withdraws it. */
export const submitRequest = async (visit: PageVisit, input: RequestInput): Promise<Shown> => {
  const rfiId = readCapability(visit.token, visit.now)
  if (!rfiId) return deadLinkPage('request', visit.locale)
  return redirectWithOutcome(visit, writeOutcome(await change(rfiId, input, visit.now)))
}

const customer = { kind: 'customer' } as const

const change = async (rfiId: RfiId, input: RequestInput, now: Date): Promise<RequestOutcome> => {
  const form = readRequestForm(input)
  try {
    switch (form.kind) {
      case 'send-on': {
        const { profileId, locationId, version } = form
        await addRecipients(rfiId, [{ profileId, locationId }], { actor: customer, version, now })
        return { kind: 'sent-on', partnerId: ownerOf(profileId).partnerId }
      }
      case 'withdraw':
        if (!form.isSure) return { kind: 'unsure' }
        await withdrawRfi(rfiId, { actor: customer, version: form.version, now })
        return { kind: 'withdrawn' }
      case 'unknown':
        return { kind: 'refused' }
    }
  } catch (error) {
    if (!(error instanceof DomainError)) throw error
    return { kind: error.code === 'stale-version' ? 'changed' : 'refused' }
  }
}

/** What the mails about an event are written from, in one trip to the table, or two for an RFI's. */

import type { Event } from '../../events/contract.ts'
import { loadDesk, partnerKey, readCompany } from '../../partners/index.ts'
import { findPerson } from '../../partners/rules.ts'
import { getGroups, type Item } from '../../persistence/index.ts'
import { policyKey, readPolicy, readTaxonomy, taxonomyKey } from '../../program/index.ts'
import {
  capabilityToken,
  customerKey,
  readCustomer,
  readReferral,
  readRfi,
  referralKey,
  rfiKey,
} from '../../referrals/index.ts'
import { requestUrl } from '../links/links.ts'
import type { SuggestedPartner } from './contract.ts'
import { type Addressed, type Facts, stillSuggested } from './rules.ts'
import type { MailTask } from './task.ts'

type Found = Item | undefined

/** The keys of what a program is run by, whatever the event. */
const programKeys = { policies: [policyKey], taxonomies: [taxonomyKey] }
type Program = Readonly<Record<keyof typeof programKeys, readonly Found[]>>

const nobodysFacts = ({ policies, taxonomies }: Program, now: Date): Facts => ({
  now: now.toISOString(),
  policy: readPolicy(policies[0]),
  taxonomy: readTaxonomy(taxonomies[0]),
  customer: null,
  trackingUrl: '',
  addressed: [],
  suggestions: [],
})

export const factsOf = ({ event, suggestions }: MailTask, now: Date): Promise<Facts> => {
  const { referral, profile } = event.subject
  if (referral) return factsOfReferral(event, referral, suggestions, now)
  return profile ? factsOfContact(event, profile, now) : factsOfRfi(event.subject.rfiId ?? '', now)
}

const factsOfReferral = async (
  event: Event,
  { id, partnerId, region }: NonNullable<Event['subject']['referral']>,
  suggestions: readonly SuggestedPartner[],
  now: Date,
): Promise<Facts> => {
  const { rfiId = '' } = event.subject
  const { desk, found } = await loadDesk(partnerId, region, {
    ...programKeys,
    rfis: [rfiKey(rfiId)],
    customers: [customerKey(rfiId)],
    referrals: [referralKey(partnerId, id)],
  })
  const [rfiItem, referralItem] = [found.rfis[0], found.referrals[0]]
  if (!rfiItem || !referralItem) throw new Error(`there is no ${id}`)
  const rfi = readRfi(rfiItem)
  const customer = readCustomer(found.customers[0])
  const facts = nobodysFacts(found, now)
  const referral = readReferral(referralItem)
  return {
    ...facts,
    customer,
    trackingUrl: requestUrl(capabilityToken(rfiId, rfi.trackedUntil)),
    addressed: [{ partnerId, partnerName: desk?.partnerName ?? '', referral }],
    desk,
    suggestions: stillSuggested(suggestions, rfi),
  }
}

const factsOfRfi = async (rfiId: string, now: Date): Promise<Facts> => {
  const { rfis, customers, ...program } = await getGroups({
    rfis: [rfiKey(rfiId)],
    customers: [customerKey(rfiId)],
    ...programKeys,
  })
  if (!rfis[0]) throw new Error(`there is no ${rfiId}`)
  const rfi = readRfi(rfis[0])
  const { referrals, partners } = await getGroups({
    referrals: rfi.recipients.map(({ partnerId, referralId }) => referralKey(partnerId, referralId)),
    partners: rfi.recipients.map(({ partnerId }) => partnerKey(partnerId)),
  })
  const addressed = rfi.recipients.flatMap(({ partnerId }, index): Addressed[] => {
    const [referral, partner] = [referrals[index], partners[index]]
    if (!referral || !partner) return []
    return [{ partnerId, partnerName: readCompany(partner).name, referral: readReferral(referral) }]
  })
  return {
    ...nobodysFacts(program, now),
    customer: readCustomer(customers[0]),
    trackingUrl: requestUrl(capabilityToken(rfiId, rfi.trackedUntil)),
    addressed,
  }
}

const factsOfContact = async (
  { data }: Event,
  { partnerId, region }: NonNullable<Event['subject']['profile']>,
  now: Date,
): Promise<Facts> => {
  const { desk, found } = await loadDesk(partnerId, region, programKeys)
  const facts: Facts = { ...nobodysFacts(found, now), desk }
  if (!desk || !('problem' in data)) return facts
  const { troubles } = desk.health
  const trouble = troubles.find(({ contact }) => contact === data.contact)
  const person = trouble && findPerson(desk.contacts, trouble.address)
  return person ? { ...facts, failed: { person, problem: data.problem } } : facts
}

/**
 * Loads the data for the mails about an event: one round trip to the table, or two for an event of an RFI and for mails that
 * depend on the other recipients.
 */

import type { Event } from '../../events/contract.ts'
import { asRfiId, type RfiId } from '../../kernel/ids.ts'
import { optionalSetting } from '../../kernel/settings.ts'
import { loadProfileContacts, partnerKey, readCompany } from '../../partners/index.ts'
import { findPerson } from '../../partners/rules.ts'
import { getGroups, type Item } from '../../persistence/index.ts'
import { policyKey, readPolicy, readTaxonomy, taxonomyKey } from '../../program/index.ts'
import {
  capabilityToken,
  customerKey,
  readCustomerRecord,
  readReferral,
  readRfi,
  referralKey,
  rfiKey,
} from '../../referrals/index.ts'
import type { Rfi } from '../../referrals/rules.ts'
import { instantOf } from '../../time/instant.ts'
import type { Addressed } from '../customer-mail/news.ts'
import { requestUrl } from '../links/links.ts'
import { type Mailbox, mailsCustomer } from './contract.ts'
import { type MailContext, type RfiNews, stillSuggested } from './rules.ts'
import type { MailTask } from './task.ts'

type FoundItem = Item | undefined

/** Keys of the program's policy and taxonomy, which every mail needs. */
const programKeys = { policies: [policyKey], taxonomies: [taxonomyKey] }
type Program = Readonly<Record<keyof typeof programKeys, readonly FoundItem[]>>

const emptyContext = ({ policies, taxonomies }: Program, now: Date): MailContext => ({
  now: instantOf(now),
  policy: readPolicy(policies[0]),
  taxonomy: readTaxonomy(taxonomies[0]),
  customer: null,
  trackingUrl: '',
  rfi: undefined,
  addressed: [],
  siblings: [],
  suggestions: [],
  support: supportMailbox(),
})

const supportMailbox = (): Mailbox | undefined => {
  const address = optionalSetting('SUPPORT_ADDRESS')
  return address === undefined ? undefined : { name: '', address }
}

export const loadMailContext = (task: MailTask, now: Date): Promise<MailContext> => {
  const { event } = task
  const { referral, profile } = event.subject
  if (referral) return loadReferralContext(task, referral, now)
  return profile
    ? loadContactContext(event, profile, now)
    : loadRequestContext(event.subject.rfiId ?? asRfiId(''), now)
}

const loadReferralContext = async (
  { event, suggestions }: MailTask,
  { id, partnerId, region }: NonNullable<Event['subject']['referral']>,
  now: Date,
): Promise<MailContext> => {
  const { rfiId = asRfiId('') } = event.subject
  const { profileContacts, found } = await loadProfileContacts(partnerId, region, {
    ...programKeys,
    rfis: [rfiKey(rfiId)],
    customers: [customerKey(rfiId)],
    referrals: [referralKey(partnerId, id)],
  })
  const [rfiItem, referralItem] = [found.rfis[0], found.referrals[0]]
  if (!rfiItem || !referralItem) throw new Error(`not found: ${id}`)
  const rfi = readRfi(rfiItem)
  const record = readCustomerRecord(found.customers[0])
  const referral = readReferral(referralItem)
  const others = needsSiblings(event.type) ? rfi.recipients.filter(({ referralId }) => referralId !== id) : []
  return {
    ...emptyContext(found, now),
    customer: record?.customer ?? null,
    isCustomerUnreachable: record?.emailStatus === 'unreachable',
    trackingUrl: requestUrl(capabilityToken(rfiId, rfi.trackedUntil)),
    rfi,
    siblings: await loadAddressed(others),
    addressed: [{ partnerId, partnerName: profileContacts?.partnerName ?? '', referral }],
    profileContacts,
    suggestions: stillSuggested(suggestions, rfi),
  }
}

/** Loads the data for the mails about an event of an RFI. */
export const loadRequestContext = async (rfiId: RfiId, now: Date): Promise<MailContext> => {
  const { rfis, customers, ...program } = await getGroups({
    rfis: [rfiKey(rfiId)],
    customers: [customerKey(rfiId)],
    ...programKeys,
  })
  if (!rfis[0]) throw new Error(`not found: ${rfiId}`)
  const rfi = readRfi(rfis[0])
  const record = readCustomerRecord(customers[0])
  return {
    ...emptyContext(program, now),
    customer: record?.customer ?? null,
    isCustomerUnreachable: record?.emailStatus === 'unreachable',
    trackingUrl: requestUrl(capabilityToken(rfiId, rfi.trackedUntil)),
    rfi,
    addressed: await loadAddressed(rfi.recipients),
  }
}

/** Tests if the mails about an event depend on the other recipients of the RFI. */
const needsSiblings = (type: Event['type']): boolean =>
  mailsCustomer(type) || type === 'referral.reminder-due'

/** Loads recipients in one round trip. Those without a partner or referral are left out. */
const loadAddressed = async (recipients: Rfi['recipients']): Promise<Addressed[]> => {
  if (recipients.length === 0) return []
  const { referrals, partners } = await getGroups({
    referrals: recipients.map(({ partnerId, referralId }) => referralKey(partnerId, referralId)),
    partners: recipients.map(({ partnerId }) => partnerKey(partnerId)),
  })
  return recipients.flatMap(({ partnerId }, index): Addressed[] => {
    const [referral, partner] = [referrals[index], partners[index]]
    if (!referral || !partner) return []
    return [{ partnerId, partnerName: readCompany(partner).name, referral: readReferral(referral) }]
  })
}

/**
 * Loads the contacts of the open referrals that an event of an RFI concerns, in one more round trip for each. There is no news
 * that is outdated: the customer has corrected the address that mail did not reach, or was erased.
 */
export const loadRfiNews = async (event: Event, context: MailContext): Promise<RfiNews[]> => {
  const { type, data, subject, version: rfiVersion } = event
  if (type !== 'rfi.customer-unreachable' && type !== 'rfi.address-corrected') return []
  const isOutdated = type === 'rfi.customer-unreachable' && !context.isCustomerUnreachable
  if (!context.customer || isOutdated) return []
  const concerned = data.referrals.flatMap(({ referralId, version }) => {
    const addressed = context.addressed.find(({ referral }) => referral.id === referralId)
    return addressed ? [{ addressed, version }] : []
  })
  return Promise.all(
    concerned.map(async ({ addressed, version }) => {
      const { id, partnerId, region, locationId } = addressed.referral
      const { profileContacts } = await loadProfileContacts(partnerId, region)
      const referral = { id, partnerId, region, locationId }
      return {
        event: { ...event, subject: { ...subject, referral }, version },
        context: { ...context, addressed: [addressed], profileContacts },
        rfiVersion,
      }
    }),
  )
}

const loadContactContext = async (
  { data }: Event,
  { partnerId, region }: NonNullable<Event['subject']['profile']>,
  now: Date,
): Promise<MailContext> => {
  const { profileContacts, found } = await loadProfileContacts(partnerId, region, programKeys)
  const context: MailContext = { ...emptyContext(found, now), profileContacts }
  if (!profileContacts || !('problem' in data)) return context
  const { troubles } = profileContacts.health
  const trouble = troubles.find(({ contact }) => contact === data.contact)
  const person = trouble && findPerson(profileContacts.contacts, trouble.address)
  return person ? { ...context, failed: { person, problem: data.problem } } : context
}

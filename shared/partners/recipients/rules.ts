/** The contacts of a partner's profile, and the part of a referral that mails and pages show them. */

import { type PartnerId, type ReferralId, referenceOf, rfiIdOf } from '../../kernel/ids.ts'
import type { Money } from '../../kernel/money.ts'
import type { Policy, TaxonomyContent, TaxonomyEntry } from '../../program/contract.ts'
import { entryOf, regionTime } from '../../program/rules.ts'
import type { Instant } from '../../time/instant.ts'
import { zoneOfCountry } from '../../time/zones.ts'
import type { Contacts, Health } from '../contact/rules.ts'

/** The contacts of a profile and the admins of its partner, with the health of each. */
export interface ProfileContacts {
  readonly partnerId: PartnerId
  readonly partnerName: string
  /** Website of the profile, or else of the partner. */
  readonly website?: string | undefined
  readonly region: string
  readonly contacts: Contacts
  readonly health: Health
}

/** The part of a referral that contacts see before the answer: enough to decide, and no personal data. */
export interface AboutReferral {
  readonly partnerName: string
  readonly locationName: string
  readonly requestNumber: string
  readonly company: string
  readonly size: TaxonomyEntry
  readonly city: string
  readonly country: string
  readonly summary: string
  readonly budget: Money | undefined
  readonly respondBy: Instant
  readonly answerWithinHours: number
  readonly directContact: DirectContact | null
  readonly receivedAt: Instant
  /** Instant until which an expired referral can be reopened. */
  readonly reopenUntil: Instant | null
  readonly dealName: string
  readonly estimatedCloseDate: string
  /** Time zone of all its instants for people. */
  readonly zone: string
}

/** The wish of a customer to be contacted before the partner decides. */
export interface DirectContact {
  /** `cooled` after `until`, and after the hot time of a reopened referral. */
  readonly state: 'hot' | 'cooled'
  readonly until: Instant
  readonly askedAt: Instant
  readonly prefersEmail: boolean
}

/** The fields of a referral from which `AboutReferral` is made. */
export interface ReferralSummary {
  readonly id: ReferralId
  readonly region: string
  readonly locationId: string
  readonly customer: {
    readonly company: string
    readonly size: string
    readonly city: string
    readonly country: string
  }
  readonly need: { readonly summary: string; readonly budget?: Money | undefined }
  readonly receivedAt: Instant
  readonly recommendedAnswerBy: Instant
  readonly respondBy: Instant
  readonly reopenUntil: Instant | null
  readonly urgency: 'hot' | 'cooled' | null
  readonly hotUntil: Instant | null
  readonly preferredContact: 'phone' | 'email' | null
  readonly deal: { readonly name: string; readonly estimatedCloseDate: string } | null
}

interface SummaryContext {
  readonly profileContacts?: ProfileContacts | undefined
  readonly taxonomy: TaxonomyContent
  readonly policy: Pick<Policy, 'calendars'>
}

const hourMs = 3_600_000

export const aboutReferral = (
  referral: ReferralSummary,
  { profileContacts, taxonomy, policy }: SummaryContext,
): AboutReferral => {
  const { customer, need, respondBy, receivedAt, recommendedAnswerBy, deal } = referral
  return {
    company: customer.company,
    city: customer.city,
    country: customer.country,
    summary: need.summary,
    budget: need.budget,
    respondBy,
    requestNumber: referenceOf(rfiIdOf(referral.id)),
    size: entryOf(taxonomy, 'customerSizes', customer.size),
    partnerName: profileContacts?.partnerName ?? '',
    locationName: locationNameOf(profileContacts, referral),
    answerWithinHours: Math.ceil((Date.parse(recommendedAnswerBy) - Date.parse(receivedAt)) / hourMs),
    directContact: directContactOf(referral),
    receivedAt,
    reopenUntil: referral.reopenUntil,
    dealName: deal?.name ?? '',
    estimatedCloseDate: deal?.estimatedCloseDate ?? '',
    zone: regionTime(policy, referral.region, { officeZone: officeZoneOf(profileContacts, referral) }).zone,
  }
}

const directContactOf = ({
  urgency: state,
  hotUntil: until,
  receivedAt: askedAt,
  preferredContact,
}: ReferralSummary): DirectContact | null =>
  state && until ? { state, until, askedAt, prefersEmail: preferredContact === 'email' } : null

/** Returns the time zone of a referral's location: the one in the profile, or that of its country. */
export const officeZoneOf = (
  profileContacts: Pick<ProfileContacts, 'contacts'> | undefined,
  { locationId }: Pick<ReferralSummary, 'locationId'>,
): string | undefined => {
  const office = profileContacts?.contacts.locations.find(({ id }) => id === locationId)
  return office?.timeZone ?? zoneOfCountry(office?.address?.country ?? '')
}

/** Returns the name of a referral's location, or its id if the profile no longer has the location. */
export const locationNameOf = (
  profileContacts: ProfileContacts | undefined,
  { locationId }: Pick<ReferralSummary, 'locationId'>,
): string => profileContacts?.contacts.locations.find(({ id }) => id === locationId)?.name ?? locationId

/** A partner's desk in a region: whose contacts hear of its referrals, and what of one they are told. */

import type { PartnerId, ReferralId } from '../../kernel/ids.ts'
import type { Money } from '../../kernel/money.ts'
import type { TaxonomyContent, TaxonomyEntry } from '../../program/contract.ts'
import { entryOf } from '../../program/rules.ts'
import type { Instant } from '../../time/instant.ts'
import type { Contacts, Health } from '../contact/rules.ts'

export interface Desk {
  readonly partnerId: PartnerId
  readonly partnerName: string
  readonly region: string
  readonly contacts: Contacts
  readonly health: Health
}

/** What a desk is told of a referral, by mail or before it answers: enough to judge interest, and no person's data. */
export interface AboutReferral {
  readonly partnerName: string
  readonly locationName: string
  readonly referralId: ReferralId
  readonly company: string
  readonly size: TaxonomyEntry
  readonly city: string
  readonly country: string
  readonly summary: string
  readonly budget: Money | undefined
  readonly respondBy: Instant
  readonly answerWithinHours: number
  readonly isHot: boolean
  readonly dealName: string
  readonly estimatedCloseDate: string
}

/** The part of a referral that a partner is told before it answers. */
export interface ReferralSummary {
  readonly id: ReferralId
  readonly locationId: string
  readonly customer: {
    readonly company: string
    readonly size: string
    readonly city: string
    readonly country: string
  }
  readonly need: { readonly summary: string; readonly budget?: Money | undefined }
  readonly receivedAt: Instant
  readonly answerAdvisedBy: Instant
  readonly respondBy: Instant
  readonly urgency: 'hot' | 'cooled' | null
  readonly deal: { readonly name: string; readonly estimatedCloseDate: string } | null
}

interface Known {
  readonly desk?: Desk | undefined
  readonly taxonomy: TaxonomyContent
}

const hourMs = 3_600_000

export const aboutReferral = (referral: ReferralSummary, { desk, taxonomy }: Known): AboutReferral => {
  const { customer, need, respondBy, receivedAt, answerAdvisedBy, deal } = referral
  return {
    company: customer.company,
    city: customer.city,
    country: customer.country,
    summary: need.summary,
    budget: need.budget,
    respondBy,
    referralId: referral.id,
    size: entryOf(taxonomy, 'customerSizes', customer.size),
    partnerName: desk?.partnerName ?? '',
    locationName: locationNameOf(desk, referral),
    answerWithinHours: Math.ceil((Date.parse(answerAdvisedBy) - Date.parse(receivedAt)) / hourMs),
    isHot: referral.urgency === 'hot',
    dealName: deal?.name ?? '',
    estimatedCloseDate: deal?.estimatedCloseDate ?? '',
  }
}

/** A location that the profile names no more is called by its id. */
export const locationNameOf = (
  desk: Desk | undefined,
  { locationId }: Pick<ReferralSummary, 'locationId'>,
): string => desk?.contacts.locations.find(({ id }) => id === locationId)?.name ?? locationId

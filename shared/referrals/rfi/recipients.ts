/** Checks if an RFI can be sent to recipients. Their items are read together with other items of the request. */

import type { Candidate } from '../../discovery/contract.ts'
import { readReputation, reputationKey } from '../../discovery/index.ts'
import type { Availability, RequestFacts } from '../../discovery/rules.ts'
import type { Fault } from '../../kernel/errors.ts'
import type { PartnerId } from '../../kernel/ids.ts'
import { checkEach, ifValid } from '../../kernel/partial-input.ts'
import { partnerKey, profileKey, readCompany, readPublicProfile } from '../../partners/index.ts'
import { ownerOf, type PublicProfile, profileIdOf } from '../../partners/rules.ts'
import { type Item, readRows } from '../../persistence/index.ts'
import { zoneOfCountry } from '../../time/zones.ts'
import type { Recipient } from './contract.ts'
import { type RecipientDetails, recipientFaults } from './rules.ts'

/** Returns the keys of the items on which the availability of recipients depends. */
export const recipientKeys = (recipients: readonly Pick<Recipient, 'profileId'>[]) => {
  const owners = recipients.map(({ profileId }) => ownerOf(profileId))
  return {
    profiles: owners.map(({ partnerId, region }) => profileKey(partnerId, region)),
    partners: owners.map(({ partnerId }) => partnerKey(partnerId)),
    reputations: owners.map(({ partnerId, region }) => reputationKey(partnerId, region)),
  }
}

/** Items in the order of the recipients. */
export type RecipientItems = Readonly<
  Record<keyof ReturnType<typeof recipientKeys>, readonly (Item | undefined)[]>
>

interface Occasion {
  readonly asked: RequestFacts
  readonly now: Date
}

const openAt = ({ profileId }: Recipient, reputation: Item | undefined): number => {
  const { partnerId, region } = ownerOf(profileId)
  return readReputation(reputation, partnerId, region).open
}

/** A recipient with its index in the list of the request. */
export interface ListedRecipient {
  readonly recipient: Recipient
  readonly index: number
}

/** Returns the recipients with valid profile ids. */
export const readableRecipients = (recipients: readonly Recipient[]): ListedRecipient[] =>
  Array.from({ length: recipients.length }, (_, index) => index).flatMap(index => {
    const recipient = ifValid(() => recipients[index])
    return recipient && ifValid(() => recipient.profileId) ? [{ recipient, index }] : []
  })

/** @param position index of the recipient's items in the lists of items */
const errorsOf = (
  { recipient, index }: ListedRecipient,
  position: number,
  found: RecipientItems,
  { asked, now }: Occasion,
): Fault[] => {
  const profile = found.partners[position] && found.profiles[position]
  const present = {
    open: openAt(recipient, found.reputations[position]),
    today: now.toISOString().slice(0, 10),
  }
  return recipientFaults(recipient, profile && readPublicProfile(profile), asked, present, index)
}

/**
 * Returns a fault for each recipient that is not available. The number of a partner's open referrals is some seconds old, so
 * a partner can get slightly more than its limit.
 */
export const unavailable = (
  recipients: readonly ListedRecipient[],
  found: RecipientItems,
  occasion: Occasion,
): Fault[] => checkEach(recipients, (listed, position) => errorsOf(listed, position, found, occasion))

/** Returns the availability and the number of open referrals by partner. */
export const knownOf = (
  recipients: readonly Recipient[],
  found: RecipientItems,
  occasion: Occasion,
): ReadonlyMap<PartnerId, Availability> =>
  new Map(
    recipients.map((recipient, index) => [
      ownerOf(recipient.profileId).partnerId,
      {
        isAvailable: errorsOf({ recipient, index }, index, found, occasion).length === 0,
        open: openAt(recipient, found.reputations[index]),
      },
    ]),
  )

/** Items of the partner and the profile of a recipient. */
type DetailItems = Readonly<Record<'partner' | 'profile', Item | undefined>>

/** Reads what a partner and its profile state in public. A profile that cannot be read is logged and left out. */
export const detailsOf = (locationId: string, { partner, profile }: DetailItems): RecipientDetails => {
  const company = partner && readCompany(partner)
  const [stated] = readRows(profile ? [profile] : [], readPublicProfile)
  const office = stated?.locations.find(({ id }) => id === locationId)
  return {
    name: company?.name ?? '',
    website: stated?.website ?? company?.website ?? null,
    office: office ? officeOf(office) : null,
    languages: stated?.languages ?? [],
  }
}

const officeOf = ({ name, address: { city, country }, timeZone }: PublicProfile['locations'][number]) => ({
  name,
  city,
  country,
  timeZone: timeZone ?? zoneOfCountry(country) ?? null,
})

/** Returns the details of recipients. @param all recipients for which the items were loaded, in their order */
export const detailsIn = (
  recipients: readonly Recipient[],
  all: readonly Recipient[],
  { partners, profiles }: Pick<RecipientItems, 'partners' | 'profiles'>,
): RecipientDetails[] =>
  recipients.map(({ profileId, locationId }) => {
    const index = all.findIndex(other => other.profileId === profileId)
    return detailsOf(locationId, { partner: partners[index], profile: profiles[index] })
  })

/** Converts candidates of a routing decision to recipients. */
export const placesOf = (
  candidates: readonly Pick<Candidate, 'partnerId' | 'locationId'>[],
  region: string,
): Recipient[] =>
  candidates.map(({ partnerId, locationId }) => ({ profileId: profileIdOf(partnerId, region), locationId }))

/** What a profile needs before customers can be referred to it. */
import type { Contact } from '../contact/contract.ts'
import { addressOf } from '../contact/rules.ts'
import type { FieldError } from '../platform/contract.ts'
import type { Taxonomy } from '../taxonomy/contract.ts'
import { unknownCodes } from '../taxonomy/rules.ts'
import type { ProfileContent, ProfileView } from './contract.ts'

/** A business profile as it is kept. */
export interface Profile extends Omit<ProfileView, 'warnings'> {
  readonly version: number
}

/** Both halves of a profile's id: its partner and its region. */
export const profileIdOf = (partnerId: string, region: string): string => `${partnerId}.${region}`
export const ownerOf = (profileId: string): { partnerId: string; region: string } => {
  const [partnerId = '', region = ''] = profileId.split('.')
  return { partnerId, region }
}

/** What is wrong with a profile's content, draft or not. */
export const contentErrors = (content: ProfileContent, taxonomy: Taxonomy): FieldError[] => {
  const { industries, products, services, solutions, customerSizes } = content
  return [
    ...unknownCodes(taxonomy, { industries, products, services, solutions, customerSizes }, ''),
    ...repeatedLocations(content),
  ]
}

const repeatedLocations = ({ locations }: ProfileContent): FieldError[] => {
  const ids = locations.map(({ id }) => id)
  return ids.flatMap((id, index) =>
    ids.indexOf(id) === index
      ? []
      : [
          {
            pointer: `/locations/${index}/id`,
            code: 'repeated',
            detail: `there is a location ${id} already`,
          },
        ],
  )
}

/** A profile's contacts with some of them muted; the same content where that changes nothing. */
export const withMuted = <C extends Pick<ProfileContent, 'locations' | 'defaultContacts'>>(
  content: C,
  isMeant: (address: string) => boolean,
): C => {
  const all = [...content.locations.flatMap(({ contacts }) => contacts), ...content.defaultContacts]
  const meant = all.filter(contact => !contact.muted && isMeant(addressOf(contact)))
  if (meant.length === 0) return content
  const mute = (contacts: readonly Contact[]) =>
    contacts.map(contact => (meant.includes(contact) ? { ...contact, muted: true } : contact))
  const locations = content.locations.map(location => ({ ...location, contacts: mute(location.contacts) }))
  return { ...content, locations, defaultContacts: mute(content.defaultContacts) }
}

/** What an active profile lacks; nothing, if it may be active. */
export const missing = (content: ProfileContent): FieldError[] => {
  const required = (pointer: string, detail: string) => ({ pointer, code: 'required', detail })
  return [
    ...(content.headline ? [] : [required('/headline', 'customers see it in the directory')]),
    ...(content.locations.length > 0 ? [] : [required('/locations', 'customers are referred to a location')]),
    ...content.locations.flatMap(({ contacts }, index) =>
      contacts.length + content.defaultContacts.length > 0
        ? []
        : [required(`/locations/${index}/contacts`, 'somebody must hear of its referrals')],
    ),
  ]
}

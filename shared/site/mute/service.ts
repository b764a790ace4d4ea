/** The page on which a contact stops its mails. */

import type { Person } from '../../kernel/person.ts'
import { type MuteLink, pageLocalizer, readMuteLink } from '../../messaging/index.ts'
import { addressFingerprint, loadProfileContacts, muteContact } from '../../partners/index.ts'
import { allPeople, type ProfileContacts } from '../../partners/rules.ts'
import type { Page } from '../page/layout.ts'
import { deadLinkPage } from '../page/problem-page.ts'
import { hasFingerprint, type PageVisit } from '../page/visit.ts'
import { mutePage } from './page.ts'

interface OpenedLink {
  readonly link: MuteLink
  readonly profileContacts: ProfileContacts
  readonly reader: Person
}

/** @returns undefined if the link is invalid, or if the reader is no longer a contact */
const openLink = async ({ token }: PageVisit): Promise<OpenedLink | undefined> => {
  const link = readMuteLink(token)
  if (!link) return undefined
  const { profileContacts } = await loadProfileContacts(link.partnerId, link.region)
  const reader = profileContacts && allPeople(profileContacts.contacts).find(hasFingerprint(link.reader))
  return reader && { link, profileContacts, reader }
}

const pageOf = ({ profileContacts, reader }: OpenedLink, isMuted: boolean): Page => {
  const { partnerName, region } = profileContacts
  return mutePage(pageLocalizer(reader.locale), { address: reader.email, partnerName, region, isMuted })
}

export const showMute = async (visit: PageVisit): Promise<Page> => {
  const opened = await openLink(visit)
  return opened ? pageOf(opened, false) : deadLinkPage('mute', visit.locale)
}

/** Stops a contact's mails. Safe to repeat; it also succeeds for a reader who is no longer a contact. */
export const submitMute = async (visit: PageVisit): Promise<Page> => {
  const opened = await openLink(visit)
  if (!opened) return { ...deadLinkPage('mute', visit.locale), status: 200 }
  const { partnerId, region, reader } = opened.link
  await muteContact({ partnerId, region }, address => addressFingerprint(address) === reader, visit.now)
  return pageOf(opened, true)
}

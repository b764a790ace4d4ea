/** The page on which a contact stops its mails. */

import type { Person } from '../../kernel/person.ts'
import { type MuteLink, pageSpeakerOf, readMuteLink } from '../../messaging/index.ts'
import { addressDigest, loadDesk, muteContact } from '../../partners/index.ts'
import { type Desk, everybody } from '../../partners/rules.ts'
import type { Page } from '../page/layout.ts'
import { deadLinkPage } from '../page/problem-page.ts'
import { hasDigest, type PageVisit } from '../page/visit.ts'
import { mutePage } from './page.ts'

interface OpenedLink {
  readonly link: MuteLink
  readonly desk: Desk
  readonly reader: Person
}

/** @returns undefined for an invalid link, and for a reader who is no contact any more */
const openLink = async ({ token }: PageVisit): Promise<OpenedLink | undefined> => {
  const link = readMuteLink(token)
  if (!link) return undefined
  const { desk } = await loadDesk(link.partnerId, link.region)
  const reader = desk && everybody(desk.contacts).find(hasDigest(link.reader))
  return reader && { link, desk, reader }
}

const pageOf = ({ desk, reader }: OpenedLink, isMuted: boolean): Page => {
  const { partnerName, region } = desk
  return mutePage(pageSpeakerOf(reader.locale), { address: reader.email, partnerName, region, isMuted })
}

export const showMute = async (visit: PageVisit): Promise<Page> => {
  const opened = await openLink(visit)
  return opened ? pageOf(opened, false) : deadLinkPage(visit.locale)
}

/** Stops a contact's mails; safe to repeat. It also succeeds for a reader who is no contact any more. */
export const submitMute = async (visit: PageVisit): Promise<Page> => {
  const opened = await openLink(visit)
  if (!opened) return { ...deadLinkPage(visit.locale), status: 200 }
  const { partnerId, region, reader } = opened.link
  await muteContact({ partnerId, region }, address => addressDigest(address) === reader, visit.now)
  return pageOf(opened, true)
}

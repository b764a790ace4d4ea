/** Mails at work: who must hear of an event is claimed, sent and recorded, one mail at a time. */
import { createHash } from 'node:crypto'
import type { Event } from '../event/contract.ts'
import { partnerKey, readPartner } from '../partner/store.ts'
import type { Item } from '../platform/item.ts'
import { setting } from '../platform/settings.ts'
import { get, getGroups } from '../platform/table.ts'
import { profileKey, readProfile } from '../profile/store.ts'
import { readReferral, referralKey } from '../referral/store.ts'
import { capabilityToken } from '../rfi/capability.ts'
import { customerKey, readCustomer, readRfi, rfiKey } from '../rfi/store.ts'
import { defaultTaxonomy } from '../taxonomy/rules.ts'
import type { Mail } from './contract.ts'
import { language } from './messages.ts'
import { renderMessage } from './render.ts'
import { type Facts, mailsOf } from './rules.ts'
import { MailRefused, send } from './ses.ts'
import { claim, recordSent, release } from './store.ts'

/** Another worker holds the claim on a mail: let the queue bring the event again. */
class MailBusy extends Error {}

/**
 * Sends the mails that an event calls for, each at least once: what was sent is not sent again, unless the record of
 * it, or SES's answer, was lost. One that fails does not hold up the others.
 * @returns how many were sent now
 * @throws MailBusy, MailRefused or what else failed first, once all were tried
 */
export const mailEvent = async (event: Event, now: Date): Promise<number> => {
  const mails = mailsOf(event, await factsOf(event))
  const outcomes = await Promise.allSettled(mails.map(mail => sendOnce(mail, now)))
  const failed = outcomes.find(outcome => outcome.status === 'rejected')
  if (failed) throw failed.reason
  return outcomes.filter(outcome => outcome.status === 'fulfilled' && outcome.value).length
}

/** @returns whether it was sent now, and not before */
const sendOnce = async ({ key, to, message }: Mail, now: Date): Promise<boolean> => {
  // The key holds an address; only its digest is kept.
  const claimKey = createHash('sha256').update(key).digest('base64url')
  const state = await claim(claimKey, now)
  if (state === 'sent') return false
  if (state === 'busy') throw new MailBusy('another worker is sending this mail')
  const messageId = await handOver(to, message, () => release(claimKey, now))
  await recordSent(claimKey, messageId, now)
  return true
}

const handOver = async (to: Mail['to'], message: Mail['message'], giveBack: () => Promise<void>) => {
  try {
    return await send(to, renderMessage(message, language))
  } catch (error) {
    // Whoever refuses has not sent. After silence one cannot know, and the claim runs out by itself.
    if (error instanceof MailRefused) await giveBack()
    throw error
  }
}

const factsOf = async (event: Event): Promise<Facts> => {
  const { rfiId } = event.subject
  const rfiItem = await get(rfiKey(rfiId))
  if (!rfiItem) throw new Error(`there is no ${rfiId}`)
  const rfi = readRfi(rfiItem)
  const partnerId = event.subject.referral?.partnerId
  const recipients = rfi.recipients.filter(recipient => !partnerId || recipient.partnerId === partnerId)
  const found = await getGroups({
    customers: [customerKey(rfiId)],
    referrals: recipients.map(({ partnerId, referralId }) => referralKey(partnerId, referralId)),
    profiles: recipients.map(({ partnerId, region }) => profileKey(partnerId, region)),
    partners: recipients.map(({ partnerId }) => partnerKey(partnerId)),
  })
  const referrals = read(found.referrals, readReferral)
  return {
    customer: readCustomer(found.customers[0]),
    referral: referrals[0],
    profile: read(found.profiles, readProfile)[0],
    partnerNames: read(found.partners, readPartner).map(({ name }) => name),
    respondBy: referrals
      .map(({ respondBy }) => respondBy)
      .toSorted()
      .at(-1),
    trackingUrl: `${setting('PUBLIC_URL')}/v1/rfis/${rfiId}?token=${capabilityToken(rfiId, rfi.trackedUntil)}`,
    taxonomy: defaultTaxonomy,
  }
}

const read = <T>(items: readonly (Item | undefined)[], reader: (item: Item) => T): T[] =>
  items.flatMap(item => (item ? [reader(item)] : []))

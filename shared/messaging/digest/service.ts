/** Digests at work: each contact's, once its day is over. */

import type { MailedItem } from '../../events/contract.ts'
import { faultOf, logger } from '../../kernel/logger.ts'
import { addressDigest, loadDesk } from '../../partners/index.ts'
import {
  type AboutReferral,
  aboutReferral,
  addressOf,
  type Desk,
  findPerson,
  isReachable,
  type Reader,
  readersOf,
} from '../../partners/rules.ts'
import { getAll, type Key } from '../../persistence/index.ts'
import type { Policy } from '../../program/contract.ts'
import { policyKey, readPolicy, readTaxonomy, taxonomyKey } from '../../program/index.ts'
import { readReferral, referralKey } from '../../referrals/index.ts'
import { mailSpeakerOf } from '../language/mails.ts'
import { muteUrl } from '../links/links.ts'
import { post } from '../mail/deliver.ts'
import * as messages from '../mail/messages.ts'
import { digestKindOf, type Facts, footingOf, isStillTold, nameOf } from '../mail/rules.ts'
import { eventsOf, tellAgain } from '../mail/service.ts'
import { MailRefused } from '../mail/ses.ts'
import { behind, mailIdOf } from '../mail/store.ts'
import type { Day } from './rules.ts'
import { dayKey, getDay, listDue, putDay } from './store.ts'

/** Counts of digests. */
export interface Sent {
  readonly sent: number
  /** That could not be seen to now; the next round comes by again, or not, if it cannot be known whether they went out. */
  readonly failed: number
}

/** Sends the digests that are due, one after the other. */
export const sendDigests = async (now: Date): Promise<Sent> => {
  let [sent, failed] = [0, 0]
  for await (const keys of listDue(now)) {
    for (const key of keys) {
      try {
        if (await sendDigest(key, now)) sent++
      } catch (error) {
        logger.error('a digest was not sent', { fault: faultOf(error) })
        failed++
      }
    }
  }
  return { sent, failed }
}

/** A digest shows so many entries, that no client clips it (Gmail: 102 KB) even if each escapes; the inbox has all. */
const mostShown = 38

/** Sends a contact's digest at most once. @returns whether one was handed over now */
const sendDigest = async (key: Key, now: Date): Promise<boolean> => {
  const day = await getDay(key)
  if (!day || day.state === 'sent') return false
  const { partnerId, region, address } = day
  const { desk, found } = await loadDesk(partnerId, region, {
    policies: [policyKey],
    taxonomies: [taxonomyKey],
  })
  const reader = desk && readerAt(desk, address)
  const facts = desk && { desk, taxonomy: readTaxonomy(found.taxonomies[0]), now: now.toISOString() }
  const entries = facts && reader ? await entriesOf(day, facts) : await passOn(day, now)
  // At most once: whoever crashes from here on has sent it, as far as anybody can know.
  const gone: Day = { ...day, state: 'sent', version: day.version + 1 }
  await putDay(gone)
  if (!desk || !reader || entries.length === 0) return false
  try {
    const outgoing = outgoingOf(day, desk, reader, entries, readPolicy(found.policies[0]), now)
    return (await post(outgoing, now)) === 'sent'
  } catch (error) {
    // Refused is not sent: the next round may try again.
    if (error instanceof MailRefused) await putDay({ ...day, version: gone.version + 1 })
    throw error
  }
}

/** Whoever reads mail at an address, if they (still) are a contact, and can be reached. */
const readerAt = ({ contacts, health }: Desk, address: string): Reader | undefined => {
  const person = findPerson(contacts, address)
  if (!person || !isReachable(address, health, '')) return undefined
  const everywhere = contacts.locations.map(({ id }) => id)
  const readers = everywhere.flatMap(locationId =>
    readersOf(contacts, health, { locationId, referralId: '' }),
  )
  const known = readers.find(candidate => addressOf(candidate.person) === address)
  if (known) return known
  // Who muted the mails since leaves them to the others.
  return 'muted' in person && person.muted ? undefined : { person, role: 'contact', isMutable: false }
}

/** What waited for somebody who cannot be reached any more goes to the next in the order, mail by mail. */
const passOn = async ({ partnerId, held }: Day, now: Date): Promise<[]> => {
  await tellAgain(await eventsOf(partnerId, held), now)
  return []
}

interface Entry {
  readonly kind: messages.DigestKind
  readonly about: AboutReferral
}

const entriesOf = async (
  { partnerId, held }: Day,
  facts: Pick<Facts, 'desk' | 'taxonomy' | 'now'>,
): Promise<Entry[]> => {
  const shown = held.slice(0, mostShown)
  const [events, items] = await Promise.all([
    eventsOf(partnerId, shown),
    getAll(shown.map(({ referralId }) => referralKey(partnerId, referralId))),
  ])
  const referrals = new Map(
    items.flatMap(item => (item ? [readReferral(item)] : [])).map(one => [one.id, one]),
  )
  return events.flatMap(event => {
    const referral = referrals.get(event.subject.referral?.id ?? '')
    const kind = digestKindOf(event)
    if (!referral || !kind || !isStillTold(event, referral, facts.now)) return []
    return [{ kind, about: aboutReferral(referral, facts) }]
  })
}

const outgoingOf = (
  day: Day,
  desk: Desk,
  reader: Reader,
  entries: readonly Entry[],
  { digestAbove }: Policy,
  now: Date,
) => {
  const { partnerId, region, address } = day
  const at = behind(dayKey(day), 'digest', address)
  const { person } = reader
  const mute = () => muteUrl({ partnerId, region, reader: addressDigest(address) })
  const timelineItem: MailedItem = {
    type: 'mail',
    id: mailIdOf(at),
    at: now.toISOString(),
    version: 0,
    kind: 'digest',
    to: { role: reader.role, name: nameOf(person), email: person.email },
    result: 'sending',
  }
  const message = messages.digest(mailSpeakerOf(person.locale), {
    footing: footingOf(desk, reader, { mute }),
    entries,
    more: day.more + Math.max(0, day.held.length - mostShown),
    limit: digestAbove ?? 0,
  })
  return {
    at,
    to: person,
    message,
    record: { subject: { profile: { partnerId, region } }, timelineItem },
    thread: `digest.${partnerId}.${region}`,
    muteUrl: reader.isMutable ? mute() : undefined,
  }
}

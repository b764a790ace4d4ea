/** Sends the digests that are due. */

import type { MailedItem } from '../../events/contract.ts'
import { loggableError, logger } from '../../kernel/logger.ts'
import { nameOf } from '../../kernel/person.ts'
import { addressFingerprint, loadProfileContacts } from '../../partners/index.ts'
import {
  addressOf,
  findPerson,
  isReachable,
  type ProfileContacts,
  type Reader,
  readersOf,
} from '../../partners/rules.ts'
import type { Key } from '../../persistence/index.ts'
import type { Policy } from '../../program/contract.ts'
import { policyKey, readPolicy } from '../../program/index.ts'
import { instantOf } from '../../time/instant.ts'
import { sendCustomerDigest } from '../customer-mail/send-customer-digest.ts'
import { rfiOfKey } from '../customer-mail/store.ts'
import { mailLocalizer } from '../language/mails.ts'
import type { AnswerAction } from '../links/contract.ts'
import { muteUrl } from '../links/links.ts'
import * as compose from '../mail/compose.ts'
import { deliver } from '../mail/deliver.ts'
import { loadMailContext } from '../mail/load-context.ts'
import { loadEvents, mailEventsAgain, urlsOf } from '../mail/mail-event.ts'
import { digestEntryOf, footingOf } from '../mail/rules.ts'
import { MailRefused } from '../mail/ses.ts'
import { mailIdOf, mailKey, mailKeyBelow } from '../mail/store.ts'
import type { Day } from './rules.ts'
import { dayKey, getDay, listDue, putDay } from './store.ts'

/** Result of one run, as numbers of digests. */
export interface DigestCounts {
  readonly sent: number
  /** Digests that failed. The next run tries them again, except those that may have been sent. */
  readonly failed: number
}

/** Sends the digests that are due, one after the other. */
export const sendDigests = async (now: Date): Promise<DigestCounts> => {
  let [sent, failed] = [0, 0]
  for await (const keys of listDue(now)) {
    for (const key of keys) {
      try {
        if (await sendDueDigest(key, now)) sent++
      } catch (error) {
        logger.error('digest not sent', { error: loggableError(error) })
        failed++
      }
    }
  }
  return { sent, failed }
}

/** Sends the digest of an item of the due index: of a customer, or of a contact. */
const sendDueDigest = (key: Key, now: Date): Promise<boolean> => {
  const rfiId = rfiOfKey(key)
  return rfiId ? sendCustomerDigest(rfiId, now) : sendDigest(key, now)
}

/** Answers whose page a line of a digest links to. The page has links to the other answers. */
const digestAnswers: Partial<Readonly<Record<compose.DigestKind, AnswerAction>>> = {
  'new-referral': 'accept',
  reminder: 'accept',
  nudge: 'still-open',
  'win-denied': 'resume',
}

/** Maximum number of entries. 28 entries of the longest texts stay below 102 KB, above which Gmail clips a mail. */
const maxShown = 28

/** Sends a contact's digest at most once. @returns true if SES accepted it now */
const sendDigest = async (key: Key, now: Date): Promise<boolean> => {
  const day = await getDay(key)
  if (!day || day.state === 'sent') return false
  const { partnerId, region, address } = day
  const { profileContacts, found } = await loadProfileContacts(partnerId, region, {
    policies: [policyKey],
  })
  const reader = profileContacts && readerAt(profileContacts, address)
  const entries = reader ? await entriesOf(day, now) : await passOn(day, now)
  // Recorded before sending: a crash after this point can lose the digest, but cannot send it twice.
  const recorded: Day = { ...day, state: 'sent', version: day.version + 1 }
  await putDay(recorded)
  if (!profileContacts || !reader || entries.length === 0) return false
  try {
    const outgoing = outgoingOf(day, profileContacts, reader, entries, readPolicy(found.policies[0]), now)
    return (await deliver(outgoing, now)) === 'sent'
  } catch (error) {
    // SES did not accept the digest, so the next run may try again.
    if (error instanceof MailRefused) await putDay({ ...day, version: recorded.version + 1 })
    throw error
  }
}

/** Returns the contact with an address, if it is still a reachable contact. */
const readerAt = ({ contacts, health }: ProfileContacts, address: string): Reader | undefined => {
  const person = findPerson(contacts, address)
  if (!person || !isReachable(address, health, '')) return undefined
  const everywhere = contacts.locations.map(({ id }) => id)
  const readers = everywhere.flatMap(locationId =>
    readersOf(contacts, health, { locationId, referralId: '' }),
  )
  const known = readers.find(candidate => addressOf(candidate.person) === address)
  if (known) return known
  // A contact who has muted mails since then gets no digest; other contacts get their own.
  if ('muted' in person && person.muted) return undefined
  const isAdmin = contacts.admins.some(admin => addressOf(admin) === address)
  return { person, role: isAdmin ? 'admin' : 'contact', isMutable: false }
}

/**
 * Mails the held events one by one to the next contacts in order, because the contact of the digest can no longer be
 * reached.
 */
const passOn = async ({ partnerId, held }: Day, now: Date): Promise<[]> => {
  await mailEventsAgain(await loadEvents(partnerId, held), now)
  return []
}

/** Returns the lines of a digest, without mails that are outdated by now. */
const entriesOf = async (
  { partnerId, held, address }: Day,
  now: Date,
): Promise<readonly compose.DigestEntry[]> => {
  const shown = held.slice(0, maxShown)
  const mailIds = new Set(shown.map(({ mailId }) => mailId))
  const events = await loadEvents(partnerId, shown)
  const entries = await Promise.all(
    events.map(async event => {
      const isHeld = (kind: compose.DigestKind) => mailIds.has(mailIdOf(mailKey(event, kind, address)))
      const context = await loadMailContext({ event, suggestions: [] }, now)
      const entry = digestEntryOf(event, isHeld, context)
      const action = entry && digestAnswers[entry.kind]
      if (!action) return entry
      const at = mailKey(event, entry.kind, address)
      return { ...entry, href: urlsOf(event, address, at, context).answer(action) }
    }),
  )
  return entries.filter(entry => entry !== undefined)
}

const outgoingOf = (
  day: Day,
  profileContacts: ProfileContacts,
  reader: Reader,
  entries: readonly compose.DigestEntry[],
  { digestAbove }: Policy,
  now: Date,
) => {
  const { partnerId, region, address } = day
  const at = mailKeyBelow(dayKey(day), 'digest', address)
  const { person } = reader
  const mute = () => muteUrl({ partnerId, region, reader: addressFingerprint(address) })
  const timelineItem: MailedItem = {
    type: 'mail',
    id: mailIdOf(at),
    at: instantOf(now),
    version: 0,
    kind: 'digest',
    to: { role: reader.role, name: nameOf(person), email: person.email },
    result: 'sending',
  }
  const message = compose.digest(mailLocalizer(person.locale), {
    footing: footingOf(profileContacts, reader, { mute }),
    entries,
    more: day.more + Math.max(0, day.held.length - maxShown),
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

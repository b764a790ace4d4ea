/**
 * Prepares the mails to customers about the end of a referral for send-mail: finds the next best partners, because send-mail
 * does not search, and delays mails about answers that the partner can still undo.
 */

import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import type { Event, EventType } from '../../events/contract.ts'
import { asRfiId } from '../../kernel/ids.ts'
import { setting } from '../../kernel/settings.ts'
import { timeouts } from '../../kernel/timeouts.ts'
import { getAll, getGroups } from '../../persistence/index.ts'
import { policyKey, readPolicy } from '../../program/index.ts'
import {
  customerKey,
  readCustomer,
  readReferral,
  readRfi,
  referralKey,
  rfiKey,
  suggestionsFor,
} from '../../referrals/index.ts'
import { instantOf } from '../../time/instant.ts'
import { secondsUntilFinal } from '../customer-mail/rules.ts'
import { eventsWithSuggestions, type SuggestedPartner, undoableEvents } from './contract.ts'
import { writeMailTask } from './task.ts'

const queue = new SQSClient({ requestHandler: timeouts })

interface Prepared {
  readonly suggestions: number
  readonly delaySeconds: number
}

/**
 * Queues an event for send-mail, with the partners that its mail suggests, and with a delay until the answer can no longer be
 * undone. A second message about the same event sends nothing, because the mail is claimed once per event.
 */
export const prepareMail = async (event: Event, now: Date): Promise<Prepared> => {
  const [suggestions, delaySeconds] = await Promise.all([suggestionsOf(event, now), delayOf(event, now)])
  const message = {
    QueueUrl: setting('MAIL_QUEUE_URL'),
    MessageBody: writeMailTask({ event, suggestions }),
    DelaySeconds: delaySeconds,
  }
  await queue.send(new SendMessageCommand(message))
  return { suggestions: suggestions.length, delaySeconds }
}

/** Returns the time until an answer can no longer be undone; 0 for events that cannot be undone. */
const delayOf = async ({ type, version, subject: { referral } }: Event, now: Date): Promise<number> => {
  if (!referral || !(undoableEvents as readonly EventType[]).includes(type)) return 0
  const [item] = await getAll([referralKey(referral.partnerId, referral.id)])
  if (!item) throw new Error(`not found: ${referral.id}`)
  return secondsUntilFinal(readReferral(item), version, instantOf(now))
}

/** Returns no suggestions if the customer was erased, because then no mail is sent. */
const suggestionsOf = async ({ type, subject }: Event, now: Date): Promise<SuggestedPartner[]> => {
  if (!(eventsWithSuggestions as readonly EventType[]).includes(type)) return []
  const { rfiId = asRfiId('') } = subject
  const found = await getGroups({
    rfis: [rfiKey(rfiId)],
    customers: [customerKey(rfiId)],
    policies: [policyKey],
  })
  if (!found.rfis[0]) throw new Error(`not found: ${rfiId}`)
  const customer = readCustomer(found.customers[0])
  if (!customer) return []
  const suggestions = await suggestionsFor(
    readRfi(found.rfis[0]),
    customer,
    readPolicy(found.policies[0]),
    now,
  )
  return suggestions.map(({ profileId, partnerId, name, city, headline }) => ({
    profileId,
    partnerId,
    name,
    city,
    headline,
  }))
}

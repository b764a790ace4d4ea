/** Finds the next best partners for the mail about an event, and hands both on to send-mail, which never searches. */

import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import type { Event } from '../../events/contract.ts'
import { asRfiId } from '../../kernel/ids.ts'
import { setting } from '../../kernel/settings.ts'
import { timeouts } from '../../kernel/timeouts.ts'
import { getGroups } from '../../persistence/index.ts'
import { policyKey, readPolicy } from '../../program/index.ts'
import { customerKey, readCustomer, readRfi, rfiKey, suggestionsFor } from '../../referrals/index.ts'
import type { SuggestedPartner } from './contract.ts'
import { writeMailTask } from './task.ts'

const queue = new SQSClient({ requestHandler: timeouts })

/**
 * Queues an event for send-mail with the partners that its mail suggests. Queueing it twice is harmless: the claim on the
 * mail is by event, so that the second message sends nothing.
 * @returns the number of suggestions
 */
export const addSuggestions = async (event: Event, now: Date): Promise<number> => {
  const suggestions = await suggestionsOf(event, now)
  const message = { QueueUrl: setting('MAIL_QUEUE_URL'), MessageBody: writeMailTask({ event, suggestions }) }
  await queue.send(new SendMessageCommand(message))
  return suggestions.length
}

/** Empty when the customer was erased: their mail is not sent either. */
const suggestionsOf = async ({ subject }: Event, now: Date): Promise<SuggestedPartner[]> => {
  const { rfiId = asRfiId('') } = subject
  const found = await getGroups({
    rfis: [rfiKey(rfiId)],
    customers: [customerKey(rfiId)],
    policies: [policyKey],
  })
  if (!found.rfis[0]) throw new Error(`there is no ${rfiId}`)
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

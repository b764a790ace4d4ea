/** Finds the next best partners for the mail about an event, and queues both for send-mail, which does not search. */

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
 * Queues an event for send-mail, with the partners that its mail suggests. A second message about the same event sends
 * nothing, because the mail is claimed once per event.
 * @returns the number of suggestions
 */
export const addSuggestions = async (event: Event, now: Date): Promise<number> => {
  const suggestions = await suggestionsOf(event, now)
  const message = { QueueUrl: setting('MAIL_QUEUE_URL'), MessageBody: writeMailTask({ event, suggestions }) }
  await queue.send(new SendMessageCommand(message))
  return suggestions.length
}

/** Returns no suggestions if the customer was erased, because then no mail is sent. */
const suggestionsOf = async ({ subject }: Event, now: Date): Promise<SuggestedPartner[]> => {
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

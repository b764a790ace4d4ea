/** Messages in the queue of send-mail. */
import * as z from 'zod/mini'
import type { Event } from '../../events/contract.ts'
import { readDelivery } from '../../events/index.ts'
import { type SuggestedPartner, suggestedPartner } from './contract.ts'

/** An event, with the partners that its mail suggests. */
export interface MailTask {
  readonly event: Event
  readonly suggestions: readonly SuggestedPartner[]
}

/** Events that come directly from the bus have no suggestions. */
const enrichment = z.object({ suggestions: z._default(z.array(suggestedPartner), []) })

/**
 * Reads an event that was delivered by the bus or by suggest-partners; undefined for an unknown type.
 * @throws UnreadableEvent; ZodError if the body is not a delivery
 */
export const readMailTask = (body: unknown): MailTask | undefined => {
  const event = readDelivery(body)
  return event && { event, suggestions: enrichment.parse(body).suggestions }
}

/** Writes the body of a message that `readMailTask` reads. */
export const writeMailTask = ({ event, suggestions }: MailTask): string =>
  JSON.stringify({ detail: event, suggestions })

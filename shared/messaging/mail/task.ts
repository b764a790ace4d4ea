/** Messages of send-mail's queue. */
import * as z from 'zod/mini'
import type { Event } from '../../events/contract.ts'
import { readDelivery } from '../../events/index.ts'
import { type SuggestedPartner, suggestedPartner } from './contract.ts'

/** An event, and the partners that suggest-partners found for its mail. */
export interface MailTask {
  readonly event: Event
  readonly suggestions: readonly SuggestedPartner[]
}

/** The bus delivers events without suggestions. */
const enrichment = z.object({ suggestions: z._default(z.array(suggestedPartner), []) })

/**
 * Reads an event that was delivered by the bus or by suggest-partners; undefined for an unknown type.
 * @throws UnreadableEvent; ZodError for no delivery
 */
export const readMailTask = (body: unknown): MailTask | undefined => {
  const event = readDelivery(body)
  return event && { event, suggestions: enrichment.parse(body).suggestions }
}

/** The body of a message, as `readMailTask` reads it. */
export const writeMailTask = ({ event, suggestions }: MailTask): string =>
  JSON.stringify({ detail: event, suggestions })

/** Describes how a person of a partner can reach the customer, so that texts ask only for what the reader can do. */

export interface CustomerReach {
  /** Place of the contact details. `page`: behind an answer link. `later`: hidden until the partner accepts. */
  readonly details: 'shown' | 'page' | 'later'
  /** True if mail to the customer is known to bounce. */
  readonly isUnreachable: boolean
  readonly hasPhone: boolean
}

/** Returns the way to call the customer, as the texts name it. */
export const callingOf = ({ details, hasPhone }: CustomerReach): CustomerReach['details'] | 'none' =>
  hasPhone ? details : 'none'

/** Returns the contact that texts about a wish for direct contact ask for. */
export const preferredOf = (prefersEmail: boolean, reach: CustomerReach) => {
  if (reach.details === 'later') return 'wait'
  if (reach.isUnreachable) return reach.hasPhone ? 'call' : 'none'
  return prefersEmail ? 'email' : 'any'
}

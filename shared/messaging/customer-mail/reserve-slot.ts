/** Decides for each mail to the customer of an RFI if it is sent, gathered for the next day, or not sent. */

import { retryOnConflict } from '../../persistence/index.ts'
import { dueAtOf } from '../digest/rules.ts'
import type { CustomerContext } from './news.ts'
import { acceptancesOf, assignSlot, type PendingNews, type SlotTime } from './rules.ts'
import { getCustomerMails, putCustomerMails } from './store.ts'

type Reserved = Omit<ReturnType<typeof assignSlot>, 'mails'>

const notMailed: Reserved = { slot: 'none', tells: [], isLast: false }

/**
 * Stores the decision in the item that counts the mails about the RFI. News keep their slot when their event is delivered
 * again.
 */
export const reserveCustomerSlot = async (news: PendingNews, context: CustomerContext): Promise<Reserved> => {
  const { rfi } = context
  if (!rfi) return notMailed
  return retryOnConflict(async () => {
    const known = await getCustomerMails(rfi.id)
    const { mails, ...reserved } = assignSlot(known, news, slotTime(context))
    if (mails !== known) await putCustomerMails(mails)
    return reserved
  })
}

/** Gathered news are sent after the end of the day (UTC), in the working hours of the customer's country if it has a calendar. */
export const slotTime = ({ now, policy, customer, addressed, siblings }: CustomerContext): SlotTime => ({
  now,
  limits: policy.customerMails,
  acceptances: acceptancesOf(
    [...addressed, ...siblings].map(({ referral }) => referral),
    now,
  ),
  nextDue: dueAtOf(now.slice(0, 10), customer?.address.country ?? '', policy),
})

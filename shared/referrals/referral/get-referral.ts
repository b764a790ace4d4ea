/** Reads of one referral and of its timeline. */
import type { ActorKind, TimelineItem } from '../../events/contract.ts'
import { notFound } from '../../kernel/errors.ts'
import type { Page } from '../../kernel/page.ts'
import type { Versioned } from '../../kernel/versioned.ts'
import type { CursorScope } from '../../persistence/index.ts'
import type { ReferralView } from './contract.ts'
import { loadReferral, loadRfiOf, represent } from './load.ts'
import { whyCustomerIsGone } from './reopen-referral.ts'
import { type Address, timeline } from './store.ts'
import { transitions } from './transitions.ts'

/** @throws DomainError not-found */
export const getReferral = async (
  address: Address,
  viewer: ActorKind,
  now: Date,
): Promise<Versioned<ReferralView>> => {
  const loaded = await loadReferral(address)
  const shown = represent(loaded, viewer, now)
  if (!shown.body.reopenUntil) return shown
  const reason = await whyCustomerIsGone(loaded.referral, await loadRfiOf(address.referralId))
  return reason ? { ...shown, body: withoutReopening(shown.body) } : shown
}

/** Removes the offer to reopen, which would be refused because the customer is gone. */
const withoutReopening = (body: ReferralView): ReferralView => ({
  ...body,
  reopenUntil: null,
  actions: body.actions.filter(({ name }) => name !== transitions.reopen.action.name),
})

/** Returns a page of a referral's events and mails, oldest first. @throws DomainError not-found */
export const getTimeline = async (
  { partnerId, referralId }: Address,
  limit: number,
  scope: CursorScope,
): Promise<Page<TimelineItem>> => {
  const page = await timeline(partnerId, referralId, limit, scope)
  if (!page) throw notFound()
  return page
}

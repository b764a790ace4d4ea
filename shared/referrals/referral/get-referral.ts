/** Reads one referral and its timeline. */
import type { ActorKind, TimelineItem } from '../../events/contract.ts'
import { notFound } from '../../kernel/errors.ts'
import type { Page } from '../../kernel/page.ts'
import type { Versioned } from '../../kernel/versioned.ts'
import type { CursorScope } from '../../persistence/index.ts'
import { instantOf } from '../../time/instant.ts'
import type { ReferralView } from './contract.ts'
import { loadReferral, loadRfiOf, represent } from './load.ts'
import { isRevivalOffered } from './revive-referral.ts'
import { type Address, timeline } from './store.ts'
import { type Revival, revivalOf, transitions } from './transitions.ts'

/** Returns a referral. Reopening and undo are offered only if the customer still needs the partner. @throws DomainError not-found */
export const getReferral = async (
  address: Address,
  viewer: ActorKind,
  now: Date,
): Promise<Versioned<ReferralView>> => {
  const loaded = await loadReferral(address)
  const view = represent(loaded, viewer, now)
  const revival = revivalOf(loaded.referral, instantOf(now))
  if (!revival) return view
  const isOffered = await isRevivalOffered(revival, loaded.referral, await loadRfiOf(address.referralId))
  return isOffered ? view : { ...view, body: withoutRevival(view.body, revival) }
}

/** Removes the action that makes the referral open again, because the command would be rejected. */
const withoutRevival = (body: ReferralView, revival: Revival): ReferralView => ({
  ...body,
  reopenUntil: null,
  undoUntil: null,
  actions: body.actions.filter(({ name }) => name !== transitions[revival].action.name),
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

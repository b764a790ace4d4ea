/** Reads one referral and its timeline. */
import type { ActorKind, TimelineItem } from '../../events/contract.ts'
import { notFound } from '../../kernel/errors.ts'
import type { Page } from '../../kernel/page.ts'
import type { Versioned } from '../../kernel/versioned.ts'
import type { CursorScope } from '../../persistence/index.ts'
import type { ReferralView } from './contract.ts'
import { loadReferral, loadRfiOf, represent } from './load.ts'
import { isReopeningOffered } from './reopen-referral.ts'
import { type Address, timeline } from './store.ts'
import { transitions } from './transitions.ts'

/** Returns a referral. Reopening is offered only if the customer still needs a partner. @throws DomainError not-found */
export const getReferral = async (
  address: Address,
  viewer: ActorKind,
  now: Date,
): Promise<Versioned<ReferralView>> => {
  const loaded = await loadReferral(address)
  const view = represent(loaded, viewer, now)
  if (!view.body.reopenUntil) return view
  const isOffered = await isReopeningOffered(loaded.referral, await loadRfiOf(address.referralId))
  return isOffered ? view : { ...view, body: withoutReopening(view.body) }
}

/** Removes the action `reopen`, because the command would be rejected. */
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

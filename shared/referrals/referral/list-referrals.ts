/** Lists of a partner's referrals. */
import type { PartnerId } from '../../kernel/ids.ts'
import type { Page } from '../../kernel/page.ts'
import type { CursorScope } from '../../persistence/index.ts'
import { instantOf } from '../../time/instant.ts'
import type { Alert, ReferralOverview } from './contract.ts'
import { viewOverview } from './rules.ts'
import { type ListOptions, list, listHot, listHotFirst } from './store.ts'

/**
 * Returns a page of a stage's list. A referral whose stage has changed by time since it was listed is left out, so that a
 * page may be short or empty.
 */
export const listReferrals = async (
  partnerId: PartnerId,
  options: ListOptions,
  scope: CursorScope,
  now: Date,
): Promise<Page<ReferralOverview>> => {
  const at = instantOf(now)
  const isHotFirst =
    options.sort === 'hot-first' && options.stage === 'inbox' && (options.status ?? 'new') === 'new'
  const { items, nextCursor } = isHotFirst
    ? await listHotFirst(partnerId, options, scope, at)
    : await list(partnerId, options, scope)
  const seen = items.map(overview => viewOverview(overview, at))
  return { items: seen.filter(({ stage }) => stage === options.stage), nextCursor }
}

/** Upper bound of the count shown in the alert. */
const mostCounted = 100

/** Returns a partner's hot referrals, in one query. */
export const getAlert = async (partnerId: PartnerId, now: Date): Promise<Alert> => {
  const at = instantOf(now)
  const { items, next } = await listHot(partnerId, at, mostCounted)
  return { count: items.length, more: next !== undefined, items: items.map(item => viewOverview(item, at)) }
}

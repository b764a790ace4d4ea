/** Lists of a partner's referrals. */
import type { PartnerId } from '../../kernel/ids.ts'
import type { Page } from '../../kernel/page.ts'
import type { CursorScope } from '../../persistence/index.ts'
import { instantOf } from '../../time/instant.ts'
import type { Alert, ReferralListItem } from './contract.ts'
import { viewListItem } from './rules.ts'
import { type ListOptions, listByStage, listHot, listHotFirst } from './store.ts'

/**
 * Returns a page of a stage's list. A referral whose effective status belongs to another stage, because its timer is late,
 * is left out, so a page can be short or empty.
 */
export const listReferrals = async (
  partnerId: PartnerId,
  options: ListOptions,
  scope: CursorScope,
  now: Date,
): Promise<Page<ReferralListItem>> => {
  const nowInstant = instantOf(now)
  const isHotFirst =
    options.sort === 'hot-first' && options.stage === 'inbox' && (options.status ?? 'new') === 'new'
  const { items, nextCursor } = isHotFirst
    ? await listHotFirst(partnerId, options, scope, nowInstant)
    : await listByStage(partnerId, options, scope)
  const effective = items.map(listed => viewListItem(listed, nowInstant))
  return { items: effective.filter(({ stage }) => stage === options.stage), nextCursor }
}

/** Upper bound of the count shown in the alert. */
const maxCounted = 100

/** Returns a partner's hot referrals, in one query. */
export const getAlert = async (partnerId: PartnerId, now: Date): Promise<Alert> => {
  const nowInstant = instantOf(now)
  const { items, next } = await listHot(partnerId, nowInstant, maxCounted)
  return {
    count: items.length,
    hasMore: next !== undefined,
    items: items.map(item => viewListItem(item, nowInstant)),
  }
}

/** Lists of the referrals of a partner, and of all partners. */
import type { ActorKind } from '../../events/contract.ts'
import type { PartnerId } from '../../kernel/ids.ts'
import type { Page } from '../../kernel/page.ts'
import type { CursorScope } from '../../persistence/index.ts'
import { type Instant, instantOf } from '../../time/instant.ts'
import type { Alert, ReferralListItem } from './contract.ts'
import { type ChosenList, chooseList, type ListOptions, partnerLists, programLists } from './lists.ts'
import { type ListedReferral, viewListItem } from './rules.ts'
import { listHot, listOfPartner, listOfProgram } from './store.ts'

type PageOptions = ListOptions & { readonly limit: number }

/**
 * Returns a page of a partner's referrals. A referral whose effective status does not belong to the list, because its timer
 * is late, is left out, so a page can be short or empty.
 * @throws DomainError invalid-request for a combination of stage, order and filters that no index serves
 */
export const listReferrals = async (
  partnerId: PartnerId,
  asked: PageOptions,
  scope: CursorScope,
  viewer: ActorKind,
  now: Date,
): Promise<Page<ReferralListItem>> => {
  const options = withStoredInstants(asked)
  const list = chooseList(partnerLists, options)
  const nowInstant = instantOf(now)
  const page = await listOfPartner(partnerId, list, options, scope, nowInstant)
  return viewPage(page, list, viewer, nowInstant)
}

/** Returns a page of the referrals of all partners, as `listReferrals` does. @throws DomainError invalid-request */
export const listAllReferrals = async (
  asked: PageOptions,
  scope: CursorScope,
  now: Date,
): Promise<Page<ReferralListItem>> => {
  const options = withStoredInstants(asked)
  const list = chooseList(programLists, options)
  const page = await listOfProgram(list, options, scope)
  return viewPage(page, list, 'operator', instantOf(now))
}

/** Stored instants have milliseconds, and are compared as text. */
const stored = (instant: Instant | undefined): Instant | undefined => instant && instantOf(new Date(instant))

const withStoredInstants = (asked: PageOptions): PageOptions => ({
  ...asked,
  dueBefore: stored(asked.dueBefore),
  updatedSince: stored(asked.updatedSince),
  receivedSince: stored(asked.receivedSince),
  receivedBefore: stored(asked.receivedBefore),
})

const viewPage = (
  { items, nextCursor }: Page<ListedReferral>,
  { statuses }: ChosenList,
  viewer: ActorKind,
  now: Instant,
): Page<ReferralListItem> => {
  const rows = items.map(listed => viewListItem(listed, viewer, now))
  return { items: rows.filter(({ status }) => statuses.includes(status)), nextCursor }
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
    items: items.map(item => viewListItem(item, 'partner', nowInstant)),
  }
}

/** Finds the partner's deals that are similar to a referral. */
import type { PartnerId } from '../../kernel/ids.ts'
import { roundShare } from '../../kernel/round.ts'
import { getAll, readRows } from '../../persistence/index.ts'
import type { Tags } from '../../program/contract.ts'
import { instantOf } from '../../time/instant.ts'
import type { SimilarDeal, Status } from './contract.ts'
import { loadReferral } from './load.ts'
import type { Referral } from './referral.ts'
import { type ListedReferral, listedReferralOf, mostSimilar, sharedTags } from './rules.ts'
import { effective } from './status.ts'
import { type Address, listByStatus, readReferral, referralKey } from './store.ts'

/** Maximum number of active deals, and of deals that have ended, that are compared. */
const maxCompared = 100
const maxShown = 10

/** Maximum number of pages to read. The limit matters when few of the withdrawn referrals are deals. */
const maxPages = 5

/** Statuses after an acceptance, except `active`. Of these, a withdrawn referral can lack a deal. */
const ended: readonly Status[] = ['won', 'lost', 'withdrawn']

/** Returns the partner's latest deals with some statuses, newest first. */
const latestDeals = async (partnerId: PartnerId, statuses: readonly Status[]): Promise<ListedReferral[]> => {
  const options = { statuses, sort: 'newest', limit: maxCompared } as const
  const deals: ListedReferral[] = []
  let cursor: string | undefined
  for (let page = 0; page < maxPages && deals.length < maxCompared; page++) {
    const { items, nextCursor } = await listByStatus(partnerId, options, { list: 'similar', cursor })
    deals.push(...items.filter(({ dealName }) => dealName !== null))
    if (!nextCursor) break
    cursor = nextCursor
  }
  return deals
}

/**
 * Returns the deals that are similar to a referral, most similar first, usually in two round trips. Deals that cannot be read
 * are logged and left out.
 * @throws DomainError not-found
 */
export const getSimilar = async (address: Address, now: Date): Promise<{ items: SimilarDeal[] }> => {
  const { partnerId } = address
  const [{ referral }, active, archived] = await Promise.all([
    loadReferral(address),
    latestDeals(partnerId, ['active']),
    latestDeals(partnerId, ended),
  ])
  const ranked = mostSimilar(listedReferralOf(referral), [...active, ...archived], maxShown)
  const items = await getAll(ranked.map(({ listed }) => referralKey(partnerId, listed.id)))
  const similar = readRows(ranked, ({ similarity }, index) => {
    const item = items[index]
    return item && viewSimilar(readReferral(item), referral.need, similarity, now)
  })
  return { items: similar.filter(deal => deal !== undefined) }
}

const viewSimilar = (other: Referral, need: Tags, similarity: number, now: Date): SimilarDeal => {
  const { id: referralId, customer, deal, outcome, answeredAt, closedAt } = other
  const { status } = effective(other, instantOf(now))
  return {
    referralId,
    similarity: roundShare(similarity),
    shared: sharedTags(other.need, need),
    status,
    customer,
    outcome,
    answeredAt,
    closedAt,
    deal: deal && {
      name: deal.name,
      estimatedValue: deal.estimatedValue,
      estimatedCloseDate: deal.estimatedCloseDate,
    },
  }
}

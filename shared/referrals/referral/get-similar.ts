/** Finds the partner's deals that are similar to a referral. */
import type { PartnerId } from '../../kernel/ids.ts'
import { getAll, readRows } from '../../persistence/index.ts'
import type { Tags } from '../../program/contract.ts'
import { instantOf } from '../../time/instant.ts'
import type { SimilarDeal } from './contract.ts'
import { loadReferral } from './load.ts'
import type { Referral } from './referral.ts'
import { type ListedReferral, listedReferralOf, mostSimilar, sharedTags } from './rules.ts'
import { effective } from './status.ts'
import { type Address, listByStage, readReferral, referralKey } from './store.ts'

/** Maximum number of deals per stage that are compared. */
const maxCompared = 100
const maxShown = 10

/** Maximum number of pages to read per stage. The limit matters when few referrals of the archive are deals. */
const maxPages = 5

/** Returns the partner's latest deals of a stage, newest first. */
const latestDeals = async (partnerId: PartnerId, stage: 'active' | 'archived'): Promise<ListedReferral[]> => {
  const options = { stage, sort: 'newest', limit: maxCompared } as const
  const deals: ListedReferral[] = []
  let cursor: string | undefined
  for (let page = 0; page < maxPages && deals.length < maxCompared; page++) {
    const { items, nextCursor } = await listByStage(partnerId, options, { list: 'similar', cursor })
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
    latestDeals(partnerId, 'active'),
    latestDeals(partnerId, 'archived'),
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
    similarity,
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

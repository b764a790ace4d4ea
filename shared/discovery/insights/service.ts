/** Insights: a partner's own place in searches. */

import { notFound } from '../../kernel/errors.ts'
import type { PartnerId } from '../../kernel/ids.ts'
import { profileKey, readPublicProfile } from '../../partners/index.ts'
import { profileIdOf, qualityOf } from '../../partners/rules.ts'
import { getAll } from '../../persistence/index.ts'
import { whyExcluded } from '../../search/index.ts'
import { instantOf } from '../../time/instant.ts'
import { snapshotOf } from '../directory/snapshot.ts'
import { readReputation, reputationKey } from '../reputation/store.ts'
import type { VisibilityView } from './contract.ts'
import { viewVisibility } from './rules.ts'

/**
 * What the place of a partner's profile is made of, among its region's as they were at most ten seconds ago.
 * @throws DomainError not-found for a profile that is not in the directory
 */
export const getVisibility = async (
  partnerId: PartnerId,
  region: string,
  now: Date,
): Promise<VisibilityView> => {
  const [[profileItem, reputationItem], { index, policy }] = await Promise.all([
    getAll([profileKey(partnerId, region), reputationKey(partnerId, region)]),
    snapshotOf(region, now),
  ])
  const at = instantOf(now)
  const as = { now: at, ranking: policy.ranking }
  const standing = index.standingOf(partnerId, as)
  if (!profileItem || !standing) throw notFound()
  const profile = readPublicProfile(profileItem)
  const { months, open } = readReputation(reputationItem, partnerId, region)
  // Of nobody in particular: what keeps it away from everybody.
  const why = whyExcluded(profile, { industries: [] }, { open, today: at.slice(0, 10) })
  const hidden = why === 'paused' || why === 'full' ? why : null
  return viewVisibility(
    {
      region,
      standing,
      months,
      profileId: profileIdOf(partnerId, region),
      quality: qualityOf(profile),
      partners: index.size,
      quantileOf: visibility => index.quantileOf(visibility, as),
      hidden: hidden ?? (standing.isDeliverable ? null : 'undeliverable'),
    },
    policy,
    at,
  )
}

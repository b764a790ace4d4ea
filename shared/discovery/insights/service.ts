/** Insights: a partner's own rank in searches. */

import { notFound } from '../../kernel/errors.ts'
import type { PartnerId } from '../../kernel/ids.ts'
import { profileKey, readLearningFrom, readPublicProfile } from '../../partners/index.ts'
import { profileIdOf, qualityOf } from '../../partners/rules.ts'
import { getAll } from '../../persistence/index.ts'
import { whyExcluded } from '../../search/index.ts'
import { instantOf } from '../../time/instant.ts'
import { snapshotOf } from '../directory/snapshot.ts'
import { readReputation, reputationKey } from '../reputation/store.ts'
import type { VisibilityView } from './contract.ts'
import { viewVisibility } from './rules.ts'

/**
 * Returns a partner's visibility in a region with its calculation. The data of the region's other partners is at most ten
 * seconds old.
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
  const nowInstant = instantOf(now)
  const context = { now: nowInstant, ranking: policy.ranking }
  const standing = index.standingOf(partnerId, context)
  if (!profileItem || !standing) throw notFound()
  const profile = readPublicProfile(profileItem)
  const { months, open } = readReputation(reputationItem, partnerId, region)
  // Without industries, the only possible reasons are those that hide the partner from every request.
  const why = whyExcluded(profile, { industries: [] }, { open, today: nowInstant.slice(0, 10) })
  const hidden = why === 'paused' || why === 'full' ? why : null
  return viewVisibility(
    {
      region,
      standing,
      months,
      profileId: profileIdOf(partnerId, region),
      quality: qualityOf(profile),
      partners: index.size,
      learningFrom: readLearningFrom(profileItem),
      quantileOf: visibility => index.quantileOf(visibility, context),
      hidden: hidden ?? (standing.isDeliverable ? null : 'undeliverable'),
    },
    policy,
    nowInstant,
  )
}

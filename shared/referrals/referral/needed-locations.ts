/** Finds the locations of a profile that referrals still need. */
import type { PartnerId } from '../../kernel/ids.ts'
import { getAll, readRows } from '../../persistence/index.ts'
import type { Policy } from '../../program/contract.ts'
import { before, type Duration, milliseconds } from '../../time/duration.ts'
import type { Instant } from '../../time/instant.ts'
import { listExpired, listOpen, readReferral, referralKey } from './store.ts'
import { allows } from './transitions.ts'

/** Maximum number of referrals read per list (inbox, active, archive): about one DynamoDB page, in one query. */
const maxInspected = 1000

/**
 * Assumed maximum time for reopening. An earlier policy, which still applies to its referrals, can have allowed more than
 * today's.
 */
const maxReopening: Duration = 'P30D'

const longer = (one: Duration, other: Duration): Duration =>
  milliseconds(one) < milliseconds(other) ? other : one

/**
 * Returns those locations of a profile that an open or reopenable referral names. If the partner has more referrals than
 * are read here, or an unreadable one, all given locations count as needed.
 */
export const neededLocations = async (
  { partnerId, region }: { readonly partnerId: PartnerId; readonly region: string },
  locationIds: readonly string[],
  { reopening }: Policy,
  now: Instant,
): Promise<ReadonlySet<string>> => {
  const since = before(now, longer(maxReopening, reopening?.within ?? maxReopening))
  const [open, expired] = await Promise.all([
    listOpen(partnerId, maxInspected),
    listExpired(partnerId, since, maxInspected),
  ])
  if (!open.isAll || !expired.isAll) return new Set(locationIds)
  const [openHere, expiredHere] = [open, expired].map(({ items }) =>
    items.filter(referral => referral.region === region && locationIds.includes(referral.locationId)),
  ) as [typeof open.items, typeof expired.items]
  const items = await getAll(expiredHere.map(({ id }) => referralKey(partnerId, id)))
  const existing = items.filter(item => item !== undefined)
  const referrals = readRows(existing, readReferral)
  if (referrals.length < existing.length) return new Set(locationIds)
  const reopenable = referrals.filter(referral => allows('reopen', referral, now))
  return new Set([...openHere, ...reopenable].map(({ locationId }) => locationId))
}

/** Loads the other referrals of an RFI. */
import { rfiIdOf } from '../../kernel/ids.ts'
import { get, getAll, getGroups, type Item, readRows } from '../../persistence/index.ts'
import type { Policy } from '../../program/contract.ts'
import { policyKey, readPolicy } from '../../program/index.ts'
import type { Rfi } from '../rfi/rules.ts'
import { readRfi, rfiKey } from '../rfi/store.ts'
import type { Referral } from './referral.ts'
import { readReferral, referralKey } from './store.ts'

export const referralItems = async ({ recipients }: Pick<Rfi, 'recipients'>): Promise<Item[]> => {
  const keys = recipients.map(({ partnerId, referralId }) => referralKey(partnerId, referralId))
  return (await getAll(keys)).filter(item => item !== undefined)
}

interface Siblings {
  readonly rfi: Rfi
  /** The other referrals of the RFI. Those that cannot be read are logged and left out. */
  readonly referrals: readonly Referral[]
  readonly policy: Policy
}

/**
 * Loads the other referrals of an RFI in two round trips, or only the RFI in one if there are none.
 * @returns undefined if the RFI has no other recipients
 */
export const siblingsOf = async ({ id }: Pick<Referral, 'id'>): Promise<Siblings | undefined> => {
  const item = await get(rfiKey(rfiIdOf(id)))
  const rfi = item && readRfi(item)
  const others = rfi?.recipients.filter(({ referralId }) => referralId !== id) ?? []
  if (!rfi || others.length === 0) return undefined
  const { referrals, policies } = await getGroups({
    referrals: others.map(({ partnerId, referralId }) => referralKey(partnerId, referralId)),
    policies: [policyKey],
  })
  const found = referrals.filter(one => one !== undefined)
  return { rfi, referrals: readRows(found, readReferral), policy: readPolicy(policies[0]) }
}

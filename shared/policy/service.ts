/** The program's policy: shown and replaced by the operator. */
import type { Versioned } from '../platform/contract.ts'
import { invalid, notFound } from '../platform/problem.ts'
import { get, transact } from '../platform/table.ts'
import { lostRace, requireVersion } from '../platform/version.ts'
import type { NewPolicy, Policy } from './contract.ts'
import { defaultPolicy, policyErrors } from './rules.ts'
import * as store from './store.ts'

const shown = (policy: Policy): Versioned<Policy> => ({ body: policy, version: policy.version })

const inForce = async (): Promise<Policy> => store.readPolicy(await get(store.policyKey))

/** @param version of an earlier policy; without it, the one in force @throws Problem not-found */
export const getPolicy = async (version?: number): Promise<Versioned<Policy>> => {
  if (version === undefined) return shown(await inForce())
  const item = await get(store.policyVersionKey(version))
  if (!item && version !== defaultPolicy.version) throw notFound()
  return shown(store.readPolicy(item))
}

/**
 * Puts a policy in force for the referrals that are received from now on.
 * @throws Problem invalid-request, naming each field that is wrong; stale-version
 */
export const putPolicy = async (
  asked: NewPolicy,
  operatorId: string,
  version: number,
  now: Date,
): Promise<Versioned<Policy>> => {
  const errors = policyErrors(asked)
  if (errors.length > 0) throw invalid(...errors)
  const present = await inForce()
  requireVersion(shown(present), version)
  const next: Policy = { ...asked, version: version + 1, changedAt: now.toISOString(), changedBy: operatorId }
  const isFirst = version === defaultPolicy.version
  try {
    await transact(store.putPolicy(next, isFirst ? { pk: 'absent' } : { version }))
  } catch (error) {
    throw lostRace(error, item => shown(store.readPolicy(item)))
  }
  return shown(next)
}

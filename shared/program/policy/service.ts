/** The program's policy: shown and replaced by the operator. */
import type { Versioned } from '../../kernel/contract.ts'
import { refuse } from '../../kernel/problem.ts'
import type { NewPolicy, Policy } from './contract.ts'
import { policyErrors } from './rules.ts'
import { policies } from './store.ts'

/** @param version of an earlier policy; without it, the one in force @throws Problem not-found */
export const getPolicy = (version?: number): Promise<Versioned<Policy>> => policies.find(version)

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
  refuse(policyErrors(asked))
  return policies.replace(asked, { by: operatorId, version, now })
}

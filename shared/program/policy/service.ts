/** The program's policy: shown and replaced by the operator. */

import type { CommandContext } from '../../events/index.ts'
import { requireNoErrors } from '../../kernel/errors.ts'
import type { Versioned } from '../../kernel/versioned.ts'
import type { NewPolicy, Policy } from './contract.ts'
import { policyErrors } from './rules.ts'
import { policies } from './store.ts'

/** @param version of an earlier policy; without it, the one in force @throws DomainError not-found */
export const getPolicy = (version?: number): Promise<Versioned<Policy>> => policies.find(version)

/**
 * Puts a policy in force for the referrals that are received from now on.
 * @throws DomainError invalid-request, naming each field that is wrong; stale-version
 */
export const putPolicy = async (
  asked: NewPolicy,
  { actor, version, now }: CommandContext,
): Promise<Versioned<Policy>> => {
  requireNoErrors(policyErrors(asked))
  return policies.replace(asked, { by: actor.id ?? actor.kind, version, now })
}

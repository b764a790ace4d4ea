/** Reads and replaces the program's policy. */

import type { CommandContext } from '../../events/index.ts'
import { type Fault, requireNoFaults } from '../../kernel/errors.ts'
import type { Versioned } from '../../kernel/versioned.ts'
import type { NewPolicy, Policy } from './contract.ts'
import { findPolicyFaults } from './rules.ts'
import { policies } from './store.ts'

/** @param version version to read; undefined for the one in force @throws DomainError not-found */
export const getPolicy = (version?: number): Promise<Versioned<Policy>> => policies.find(version)

/**
 * Puts a policy into force for new referrals. Existing ones keep theirs.
 * @throws DomainError invalid-request with every wrong field; stale-version
 */
export const putPolicy = async (
  asked: NewPolicy,
  { actor, version, now }: CommandContext,
): Promise<Versioned<Policy>> => {
  requireNoFaults(findPolicyFaults(asked))
  return policies.replace(asked, { by: actor.id ?? actor.kind, version, now })
}

/** Returns the faults in the valid parts of a policy. */
export const checkPolicy = (given: NewPolicy): Fault[] => findPolicyFaults(given)

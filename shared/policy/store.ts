/** The policy in the table: the one in force, and each version that there was. */
import { type Condition, contentOf, type Item, type Key, key, type Write } from '../platform/item.ts'
import type { Policy } from './contract.ts'
import { defaultPolicy } from './rules.ts'

/** Of the policy in force. */
export const policyKey: Key = { pk: 'PROGRAM', sk: 'POLICY' }

/** Zero-padded, so that sort keys sort as versions do. */
export const policyVersionKey = (version: number): Key => ({
  pk: policyKey.pk,
  sk: key(policyKey.sk, String(version).padStart(8, '0')),
})

/**
 * The policy that an item keeps; of a program that has changed nothing, the one it came with. What policies did not yet
 * say when the item was put is as it comes.
 */
export const readPolicy = (item: Item | undefined): Policy => ({
  ...defaultPolicy,
  ...(item && contentOf<Policy>(item)),
})

const putVersion = (policy: Policy): Write => ({
  put: { ...policy, ...policyVersionKey(policy.version), entity: 'policy-version' },
  when: { pk: 'absent' },
})

/** The writes of a change of policy: the policy in force is the first of them. The first change keeps the default too. */
export const putPolicy = (policy: Policy, when: Condition): Write[] => [
  { put: { ...policy, ...policyKey, entity: 'policy' }, when },
  putVersion(policy),
  ...(policy.version === defaultPolicy.version + 1 ? [putVersion(defaultPolicy)] : []),
]

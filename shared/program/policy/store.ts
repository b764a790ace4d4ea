/** The policy in the table: the one in force and all earlier versions. */
import { versionedData } from '../../persistence/index.ts'
import { defaultPolicy } from './rules.ts'
import { storedPolicy, storedPolicyOf } from './stored.ts'

export const policies = versionedData('policy', defaultPolicy, storedPolicy, storedPolicyOf)
export const { key: policyKey, read: readPolicy } = policies

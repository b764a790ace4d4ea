/**
 * Takes the place of `@aws-sdk/credential-provider-node` in bundles. A Lambda's credentials are always in its
 * environment, so its bundle need not carry a fifth of its size in ways to find them elsewhere.
 */
import { fromEnv } from '@aws-sdk/credential-provider-env'

export const defaultProvider = () => fromEnv()

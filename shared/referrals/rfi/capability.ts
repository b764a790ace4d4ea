/** Tracking tokens. With a token, a customer can follow, send on and withdraw one RFI until the token expires. */
import { sign, verify } from '../../crypto/signature.ts'
import type { RfiId } from '../../kernel/ids.ts'
import { type Instant, instantOf } from '../../time/instant.ts'

interface Capability {
  readonly rfiId: RfiId
  readonly expiresAt: Instant
}

/** Returns a token. It is deterministic, so that a repeated creation returns the same one. */
export const capabilityToken = (rfiId: RfiId, expiresAt: Instant): string =>
  sign('rfi', { rfiId, expiresAt } satisfies Capability)

/** Returns the id of a token's RFI; undefined for an invalid or expired token. */
export const readCapability = (token: string, now: Date): RfiId | undefined => {
  const capability = verify('rfi', token) as Capability | undefined
  return capability && instantOf(now) < capability.expiresAt ? capability.rfiId : undefined
}

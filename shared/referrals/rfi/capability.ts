/** What a customer's link can do: follow and withdraw one RFI, until it ends. */
import { sign, verify } from '../../crypto/signature.ts'

interface Capability {
  readonly rfiId: string
  readonly expiresAt: string
}

/** The same token each time for the same RFI, so that an answer can be given again. */
export const capabilityToken = (rfiId: string, expiresAt: string): string =>
  sign('rfi', { rfiId, expiresAt } satisfies Capability)

/** The RFI that a token is good for now, if any. */
export const readCapability = (token: string, now: Date): string | undefined => {
  const capability = verify('rfi', token) as Capability | undefined
  return capability && now.toISOString() < capability.expiresAt ? capability.rfiId : undefined
}

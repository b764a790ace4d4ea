/** Reads members from the claims of a verified token. */

import { asPartnerId, partnerIdPattern } from '../kernel/ids.ts'
import type { OperatorPrincipal, PartnerPrincipal, Role } from '../kernel/principal.ts'

/** Names of the claims with the roles and the partner id of a member. The defaults are the claims of Cognito. */
interface ClaimNames {
  readonly roles?: string | undefined
  readonly partner?: string | undefined
}

type Claims = Readonly<Record<string, unknown>>

/**
 * Returns the role in a claim; undefined if the claim has several roles or is ambiguous.
 *
 * API Gateway flattens an array claim to text: `["a", "b"]` arrives as `[a b]`, and so does `["a b"]`. Several
 * roles look the same as one role with a space in its name, so a text is accepted only if it is a single role, such as
 * `operator` or `[operator]`.
 */
const roleIn = (claim: unknown): string | undefined => {
  const only = Array.isArray(claim) && claim.length === 1 ? claim[0] : claim
  if (typeof only !== 'string') return undefined
  const [, inBrackets, bare] = /^(?:\[([^\s,[\]]+)\]|([^\s,[\]]+))$/.exec(only) ?? []
  return inBrackets ?? bare
}

/**
 * Returns the member that verified claims describe, or undefined if they give no right to an operation of the `wanted`
 * roles: no such role, an ambiguous role, or a partner's role without a valid partner id.
 */
export const memberOf = (
  claims: Claims,
  wanted: readonly Role[],
  names: ClaimNames = {},
): PartnerPrincipal | OperatorPrincipal | undefined => {
  const held = roleIn(claims[names.roles ?? 'cognito:groups'])
  const role = wanted.find(candidate => candidate === held)
  const { sub: id } = claims
  if (!role || typeof id !== 'string' || !id) return undefined
  if (role === 'operator') return { kind: 'operator', id, role }
  const partnerId = claims[names.partner ?? 'custom:partnerId']
  if (typeof partnerId !== 'string' || !partnerIdPattern.test(partnerId)) return undefined
  return { kind: 'partner', id, role, partnerId: asPartnerId(partnerId) }
}

import type { Role } from './contract.ts'

/** Who calls. A partner's id comes from its token alone, and is the partition that it can reach. */
export type Principal =
  | { readonly kind: 'anonymous' }
  | { readonly kind: 'customer'; readonly rfiId: string }
  | { readonly kind: 'partner'; readonly id: string; readonly role: Role; readonly partnerId: string }
  | { readonly kind: 'operator'; readonly id: string; readonly role: Role }

export type PartnerPrincipal = Extract<Principal, { kind: 'partner' }>
export type OperatorPrincipal = Extract<Principal, { kind: 'operator' }>
export type CustomerPrincipal = Extract<Principal, { kind: 'customer' }>

type Claims = Readonly<Record<string, unknown>>

/** API Gateway hands an array claim over as the text `[a b]`. */
const list = (claim: unknown): string[] =>
  String(claim ?? '')
    .replace(/^\[|\]$/g, '')
    .split(/[\s,]+/)
    .filter(Boolean)

/**
 * The member that verified claims make for an operation of these roles, or undefined if they make none: no such role,
 * or a partner's role without a partner. Claim names are Cognito's unless PARTNER_CLAIM and ROLES_CLAIM say otherwise.
 */
export const memberOf = (
  claims: Claims,
  wanted: readonly Role[],
): PartnerPrincipal | OperatorPrincipal | undefined => {
  const held = list(claims[process.env.ROLES_CLAIM ?? 'cognito:groups'])
  const role = wanted.find(candidate => held.includes(candidate))
  const id = String(claims.sub ?? '')
  if (!role || !id) return undefined
  if (role === 'operator') return { kind: 'operator', id, role }
  const partnerId = claims[process.env.PARTNER_CLAIM ?? 'custom:partnerId']
  return typeof partnerId === 'string' && partnerId ? { kind: 'partner', id, role, partnerId } : undefined
}

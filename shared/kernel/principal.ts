/** Roles of members, and principals. */
import type { PartnerId, RfiId } from './ids.ts'

export const roles = ['partner-admin', 'partner-user', 'operator'] as const
export type Role = (typeof roles)[number]

/** The caller of an operation. A partner's id comes from its token only, and selects the partitions that it can access. */
export type Principal =
  | { readonly kind: 'anonymous' }
  | { readonly kind: 'customer'; readonly rfiId: RfiId }
  | { readonly kind: 'partner'; readonly id: string; readonly role: Role; readonly partnerId: PartnerId }
  | { readonly kind: 'operator'; readonly id: string; readonly role: Role }

export type PartnerPrincipal = Extract<Principal, { kind: 'partner' }>
export type OperatorPrincipal = Extract<Principal, { kind: 'operator' }>

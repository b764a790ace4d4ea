/** The caller of an operation, by its token. */
import { memberOf } from '../../shared/identity/index.ts'
import { notFound } from '../../shared/kernel/errors.ts'
import type { RfiId } from '../../shared/kernel/ids.ts'
import type { Operation } from '../../shared/kernel/operation.ts'
import type { Principal } from '../../shared/kernel/principal.ts'
import { readCapability } from '../../shared/referrals/index.ts'
import type { ApiEvent } from './call.ts'
import { RequestError, requestReason } from './problem.ts'

/** @throws RequestError forbidden, or unauthenticated for a capability token that is missing or void */
export const callerOf = ({ access }: Operation, event: ApiEvent, now: Date): Principal => {
  // The service behind a page reads the token of its link.
  if (access === 'public' || access === 'link') return { kind: 'anonymous' }
  if (access === 'capability') return customerOf(event, now)
  const member = memberOf(event.requestContext.authorizer?.jwt?.claims ?? {}, access, {
    roles: process.env.ROLES_CLAIM,
    partner: process.env.PARTNER_CLAIM,
  })
  if (member) return member
  const isForPartners = access.some(role => role !== 'operator')
  throw new RequestError(
    'forbidden',
    requestReason('role-required', {
      roles: access,
      partnerClaim: isForPartners ? (process.env.PARTNER_CLAIM ?? 'custom:partnerId') : undefined,
    }),
  )
}

const customerOf = (event: ApiEvent, now: Date): Principal => {
  const [, bearer] = /^Bearer (.+)$/i.exec(event.headers.authorization ?? '') ?? []
  const token = bearer ?? event.queryStringParameters?.token
  const rfiId = token && readCapability(token, now)
  if (rfiId) return { kind: 'customer', rfiId }
  throw new RequestError('unauthenticated', requestReason('tracking-token-required'))
}

/** A capability token is good for one RFI. @throws DomainError not-found for another one */
export const requireOwnRfi = (principal: Principal, params: unknown): void => {
  const { rfiId } = (params ?? {}) as { rfiId?: RfiId }
  if (principal.kind === 'customer' && principal.rfiId !== rfiId) throw notFound()
}

/** Returns what tells anonymous callers apart; undefined for callers with an id, and operations that need no such scope. */
export const callerScope = (
  { callerIn }: Operation,
  principal: Principal,
  body: unknown,
): string | undefined => (principal.kind === 'anonymous' ? callerIn?.(body as never) : undefined)

/** Separates callers: for partners the company, so that its members share keys and cursors. */
export const callerId = (principal: Principal): string => {
  if (principal.kind === 'anonymous') return 'customer'
  if (principal.kind === 'customer') return principal.rfiId
  return principal.kind === 'partner' ? principal.partnerId : principal.id
}

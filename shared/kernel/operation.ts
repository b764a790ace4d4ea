/** Declarations of operations: the one source of the routes, the router, the OpenAPI document and the tests. */
import type * as z from 'zod/mini'
import type { ErrorCode } from './errors.ts'
import type { Role } from './principal.ts'

/** Names the function that an operation belongs to; a `reader` follows a link in a mail. */
export type Audience = 'customer' | 'partner' | 'operator' | 'open' | 'reader'

/** Right to call: anyone, the holder of an RFI's capability token or of a signed link, or members with one of these roles. */
export type Access = 'public' | 'capability' | 'link' | readonly Role[]

/** First segment of a path, one per wire format: another format stands beside the program's own under a prefix of its own. */
export type Prefix = 'v1' | 'odata'

export interface Operation {
  readonly id: string
  readonly summary: string
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly path: `/${Prefix}/${string}`
  readonly audience: Audience
  readonly access: Access
  readonly params?: z.ZodMiniObject
  readonly query?: z.ZodMiniObject
  readonly body?: z.ZodMiniType
  readonly status: 200 | 201 | 204 | 303
  readonly response?: z.ZodMiniType
  /** Answers people with a page, also for problems. The body is the page's form. */
  readonly page?: true
  /** The answer has an ETag. */
  readonly versioned?: true
  /** A write to an existing thing: `required`, or `if-exists` where the same call also creates it. */
  readonly ifMatch?: 'required' | 'if-exists'
  /** A POST that creates: needs an Idempotency-Key. */
  readonly idempotent?: true
  /** Errors beyond those that follow from the fields above. */
  readonly errors?: readonly ErrorCode[]
}

/** Adds the ids, and keeps the literal types, so that handlers are checked against them. */
export const operations = <const T extends Record<string, Omit<Operation, 'id'>>>(
  declared: T,
): { [K in keyof T]: T[K] & { readonly id: K & string } } =>
  Object.fromEntries(Object.entries(declared).map(([id, operation]) => [id, { id, ...operation }])) as never

/** Declarations of operations. Routes, router, OpenAPI document and tests are derived from them. */
import type * as z from 'zod/mini'
import type { ErrorCode } from './errors.ts'
import type { Role } from './principal.ts'

/** The group of callers, which is also the function that serves the operation. A `reader` follows a link in a mail. */
export type Audience = 'customer' | 'partner' | 'operator' | 'open' | 'reader'

/** Right to call: anyone, the holder of an RFI's capability token or of a signed link, or members with one of these roles. */
export type Access = 'public' | 'capability' | 'link' | readonly Role[]

/** First segment of a path, one per wire format. */
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
  /** Set on writes to an existing resource: `required`, or `if-exists` if the same call can also create it. */
  readonly ifMatch?: 'required' | 'if-exists'
  /** Set on a POST that creates; it needs an Idempotency-Key. */
  readonly idempotent?: true
  /**
   * Tells anonymous callers of an idempotent operation apart by the body, so that the same Idempotency-Key of two callers
   * stands for two requests.
   */
  readonly callerIn?: (body: never) => string
  /** The language of the answer is the one that `Accept-Language` prefers. */
  readonly negotiatesLanguage?: true
  /** Errors beyond those that follow from the fields above. */
  readonly errors?: readonly ErrorCode[]
}

/** Adds the ids, and keeps the literal types, so that handlers are checked against them. */
export const operations = <const T extends Record<string, Omit<Operation, 'id'>>>(
  declared: T,
): { [K in keyof T]: T[K] & { readonly id: K & string } } =>
  Object.fromEntries(Object.entries(declared).map(([id, operation]) => [id, { id, ...operation }])) as never

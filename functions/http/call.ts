/** A request as a handler gets it: parsed by the schemas of its operation, from a known caller. */
import type { APIGatewayProxyEventV2 } from 'aws-lambda'
import type * as z from 'zod/mini'
import type { Operation } from '../../shared/kernel/operation.ts'
import type { Principal, Role } from '../../shared/kernel/principal.ts'
import type { Attempt } from '../../shared/persistence/index.ts'
import type { LanguagePreference } from '../../shared/text/locale.ts'

export type ApiEvent = APIGatewayProxyEventV2 & {
  requestContext: { authorizer?: { jwt?: { claims?: Record<string, unknown> } } }
}

type Parsed<S> = S extends z.ZodMiniType ? z.output<S> : undefined

/** The caller that the access of an operation admits; for members, the one of its audience. */
type PrincipalOf<O extends Operation> = O['access'] extends 'public' | 'link'
  ? Extract<Principal, { kind: 'anonymous' }>
  : O['access'] extends 'capability'
    ? Extract<Principal, { kind: 'customer' }>
    : Extract<Principal, { kind: O['audience']; role: Role }>

export interface Call<O extends Operation> {
  readonly principal: PrincipalOf<O>
  readonly params: Parsed<O['params']>
  readonly query: Parsed<O['query']>
  readonly body: Parsed<O['body']>
  /** The version that the caller read, from If-Match. */
  readonly version: O['ifMatch'] extends 'required' ? number : number | undefined
  readonly attempt: O['idempotent'] extends true ? Attempt : undefined
  /** Names the list that a cursor of this call belongs to. */
  readonly list: string
  /** The languages that the request accepts. */
  readonly languages: LanguagePreference
  /** The locale in which to answer: the most preferred one in which the program has texts, by default English. */
  readonly locale: string
  readonly now: Date
}

/** Types of calls, derived from the contracts. No schema is needed at run time. */
import type * as z from 'zod/mini'
import type { Operation } from '../../kernel/operation.ts'
import type { Catalog } from '../catalog/contract.ts'

/** Operations with JSON responses. Pages are for browsers. */
export type OperationId = {
  [Id in keyof Catalog]: Catalog[Id] extends { readonly page: true } ? never : Id
}[keyof Catalog]

export type OperationOf<Id extends OperationId> = Catalog[Id]

/** Removes the brands of ids, so that callers can pass plain strings. */
type Unbranded<T> = T extends string & z.core.$brand<PropertyKey>
  ? string
  : T extends readonly (infer Item)[]
    ? readonly Unbranded<Item>[]
    : T

type RequiredKeys<T> = { [K in keyof T]-?: object extends Pick<T, K> ? never : K }[keyof T]

/** Query parameters as values. Lists are sent as codes separated by commas. */
type QueryOf<Q extends z.ZodMiniObject> = {
  readonly [K in keyof z.output<Q> & RequiredKeys<z.input<Q>>]: Unbranded<z.output<Q>[K]>
} & { readonly [K in keyof z.output<Q>]?: Unbranded<z.output<Q>[K]> | undefined }

type Params<O> = O extends { readonly params: infer P extends z.ZodMiniObject }
  ? { readonly params: Readonly<z.input<P>> }
  : unknown

type Query<O> = O extends { readonly query: infer Q extends z.ZodMiniObject }
  ? object extends QueryOf<Q>
    ? { readonly query?: QueryOf<Q> }
    : { readonly query: QueryOf<Q> }
  : unknown

type Body<O> = O extends { readonly body: infer B extends z.ZodMiniType }
  ? { readonly body: z.input<B> }
  : unknown

type IfMatch<O> = O extends { readonly ifMatch: 'required' }
  ? { readonly ifMatch: string }
  : O extends { readonly ifMatch: 'if-exists' }
    ? { readonly ifMatch?: string | undefined }
    : unknown

/** Settings of a single call. */
export interface CallSettings {
  /** Replaces the token of the client. */
  readonly token?: string | undefined
  /** By default each call has a new key. To repeat a call that got no response, pass its key again. */
  readonly idempotencyKey?: string | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly signal?: AbortSignal | undefined
}

export type CallInput<O extends Operation> = Params<O> & Query<O> & Body<O> & IfMatch<O> & CallSettings

/** Arguments of a call. The input is optional if the operation requires nothing. */
export type CallArguments<O extends Operation> =
  object extends CallInput<O> ? [input?: CallInput<O>] : [input: CallInput<O>]

export type ResponseBody<O extends Operation> = O extends { readonly response: infer R extends z.ZodMiniType }
  ? z.output<R>
  : undefined

export interface CallResponse<T> {
  readonly status: number
  /** Version of the representation, for `ifMatch`; empty if it has none. */
  readonly etag: string
  readonly headers: Headers
  readonly body: T
}

/** Operations whose responses are pages of a list. */
export type ListOperationId = {
  [Id in OperationId]: ResponseBody<Catalog[Id]> extends { readonly nextCursor: string | null } ? Id : never
}[OperationId]

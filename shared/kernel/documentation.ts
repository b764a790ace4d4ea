/**
 * Documentation of schemas and operations, beside their declarations. The OpenAPI document, the API reference and the
 * collection of requests are made from it.
 *
 * Contracts call these functions with a `@__PURE__` annotation, so that bundles of functions leave the texts out.
 */
import type * as z from 'zod/mini'

type KeysOf<S> = S extends z.ZodMiniObject<infer Shape> ? keyof Shape : never

type Descriptions<S, B extends readonly z.ZodMiniObject[]> =
  S extends z.ZodMiniObject<infer Shape>
    ? { readonly [K in Exclude<keyof Shape, KeysOf<B[number]>>]: string } & {
        readonly [K in keyof Shape]?: string
      }
    : never

/** An object may leave out fields whose own schemas have examples. */
type ExampleOf<S extends z.ZodMiniType> = S extends z.ZodMiniObject ? Partial<z.input<S>> : z.input<S>

interface Common {
  /** Name of the component in the OpenAPI document. A schema without a name is inlined. */
  readonly name?: string
  readonly description?: string
  /** Format of a text in JSON Schema, such as `email`, for a text that a function reads. */
  readonly format?: string
}

/** An object schema has a description for each field that `like` does not describe. */
export type Documentation<S extends z.ZodMiniType, B extends readonly z.ZodMiniObject[]> = Common &
  (S extends z.ZodMiniObject
    ? {
        /** Documented object schemas whose fields this one repeats. */
        readonly like?: B
        readonly properties: Descriptions<S, B>
        readonly example?: ExampleOf<S>
      }
    : { readonly example?: ExampleOf<S> })

/** The documentation of any schema. */
export interface SchemaDocumentation extends Common {
  readonly like?: readonly z.ZodMiniType[]
  readonly properties?: Readonly<Record<string, string | undefined>>
  readonly example?: unknown
}

const schemas = new Map<z.ZodMiniType, SchemaDocumentation>()

/** Describes a schema. Every field of an object schema needs a description: a missing one does not compile. */
export const describeSchema = <S extends z.ZodMiniType, const B extends readonly z.ZodMiniObject[] = []>(
  schema: S,
  documentation: Documentation<S, B>,
): void => {
  schemas.set(schema, documentation as SchemaDocumentation)
}

/** Every described schema. */
export const describedSchemas: ReadonlyMap<z.ZodMiniType, SchemaDocumentation> = schemas

export interface OperationDocumentation {
  /** Markdown: the effect, the callers, mails and events that follow, and conflicts. */
  readonly description: string
  /** Describes the body of the successful response. */
  readonly returns: string
  /** Fields of the example response that differ from the example of its schema. */
  readonly example?: Readonly<Record<string, unknown>>
}

const operations = new Map<string, OperationDocumentation>()

/** Describes each operation of a group. */
export const describeOperations = <T extends Readonly<Record<string, { readonly id: string }>>>(
  group: T,
  documentation: { readonly [Id in keyof T]: OperationDocumentation },
): void => {
  for (const { id } of Object.values(group))
    operations.set(id, documentation[id as keyof T] as OperationDocumentation)
}

/** The documentation of operations, by operation id. */
export const describedOperations: ReadonlyMap<string, OperationDocumentation> = operations

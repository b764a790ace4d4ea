/** The internals of zod schemas that code reads to follow their structure. */
import type * as z from 'zod/mini'

export interface SchemaDefinition {
  readonly type: string
  readonly shape?: Readonly<Record<string, z.ZodMiniType>>
  readonly element?: z.ZodMiniType
  readonly valueType?: z.ZodMiniType
  readonly innerType?: z.ZodMiniType
  readonly in?: z.ZodMiniType
  readonly options?: readonly z.ZodMiniType[]
  readonly discriminator?: string
  readonly entries?: Readonly<Record<string, string>>
  readonly values?: readonly unknown[]
  readonly defaultValue?: unknown
}

export const definitionOf = (schema: z.ZodMiniType): SchemaDefinition =>
  schema._zod.def as unknown as SchemaDefinition

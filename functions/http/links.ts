/** Links in representations: adds method and path to the operations that a caller can call next. */
import type { OfferedAction } from '../../shared/kernel/offered-action.ts'
import type { Operation } from '../../shared/kernel/operation.ts'

/** A representation without links: each action names its operation. */
export type WithOperationNames<T> = T extends { readonly actions: unknown }
  ? Omit<T, 'actions'> & { readonly actions: readonly OfferedAction[] }
  : T

/** Turns each action of a representation into a link, and returns anything else as it is. */
export type AddLinks = <T>(representation: T) => T

const hasActions = (value: unknown): value is { readonly actions: readonly OfferedAction[] } =>
  typeof value === 'object' && value !== null && 'actions' in value && Array.isArray(value.actions)

/** Returns a path, or a URI template (RFC 6570) if the caller must choose some of its parameters. */
const hrefOf = ({ path }: Operation, params: OfferedAction['params']): string =>
  path.replace(/\{(\w+)\}/g, (variable, name: string) => params[name] ?? variable)

/**
 * @param operations operations of one audience; actions with other operations are left out, because the caller cannot call
 *   them
 */
export const linksTo = (operations: readonly Operation[]): AddLinks => {
  const byId = new Map(operations.map(operation => [operation.id, operation]))
  const link = ({ name, operation: id, params, requires }: OfferedAction) => {
    const operation = byId.get(id)
    return operation ? [{ name, method: operation.method, href: hrefOf(operation, params), requires }] : []
  }
  return representation =>
    hasActions(representation)
      ? { ...representation, actions: representation.actions.flatMap(link) }
      : representation
}

/** Links in representations: modules name the operations that a caller may call next, and links say how over HTTP. */
import type { OfferedAction } from '../../shared/kernel/offered-action.ts'
import type { Operation } from '../../shared/kernel/operation.ts'

/** A representation as modules return it, with the names of operations in place of links. */
export type Unlinked<T> = T extends { readonly actions: unknown }
  ? Omit<T, 'actions'> & { readonly actions: readonly OfferedAction[] }
  : T

/** Turns each action of a representation into a link, and returns anything else as it is. */
export type AddLinks = <T>(representation: T) => T

const hasActions = (value: unknown): value is { readonly actions: readonly OfferedAction[] } =>
  typeof value === 'object' && value !== null && 'actions' in value && Array.isArray(value.actions)

/** A URI template (RFC 6570) where the path has parameters that the caller has yet to choose. */
const hrefOf = ({ path }: Operation, params: OfferedAction['params']): string =>
  path.replace(/\{(\w+)\}/g, (variable, name: string) => params[name] ?? variable)

/** @param operations those of one audience: actions of another one are left out, since the caller may not call them */
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

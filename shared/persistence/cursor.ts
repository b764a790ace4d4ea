import { seal, unseal } from '../crypto/signature.ts'
import { invalid } from '../kernel/errors.ts'

/**
 * Where a list goes on. A cursor is bound to its list (the operation, the caller and the filters), and sealed,
 * so that it can neither be made up, nor read, nor carried to another list.
 */
export interface CursorScope {
  readonly list: string
  readonly cursor?: string | undefined
}

export const writeCursor = (scope: CursorScope, position: object | undefined): string | null =>
  position ? seal('cursor', { list: scope.list, position }) : null

/** @throws DomainError invalid-request, for a cursor that is not one of this list's. */
export const readCursor = <T extends object>(scope: CursorScope): T | undefined => {
  if (scope.cursor === undefined) return undefined
  const content = unseal('cursor', scope.cursor) as { list: string; position: T } | undefined
  if (content?.list === scope.list) return content.position
  throw invalid({
    pointer: 'query/cursor',
    code: 'cursor',
    detail: 'is not a cursor of this list; start again without it',
  })
}

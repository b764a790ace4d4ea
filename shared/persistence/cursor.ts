import { seal, unseal } from '../crypto/signature.ts'
import { invalid } from '../kernel/errors.ts'

/**
 * Names the list that a cursor belongs to: the operation, the caller and the filters. Cursors are sealed, so that clients
 * can neither read nor forge them, nor use them for another list.
 */
export interface CursorScope {
  readonly list: string
  readonly cursor?: string | undefined
}

export const writeCursor = (scope: CursorScope, position: object | undefined): string | null =>
  position ? seal('cursor', { list: scope.list, position }) : null

/** Returns the position to go on from; undefined for the first page. @throws DomainError invalid-request for a cursor of another list */
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

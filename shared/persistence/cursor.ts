import { seal, unseal } from '../crypto/signature.ts'
import { invalid } from '../kernel/errors.ts'
import { fault } from '../kernel/faults.ts'

/** The list that a request pages through. Cursors are sealed: clients can neither read nor forge them. */
export interface CursorScope {
  /** Identifies the list: operation, caller and filters. A cursor of another list is refused. */
  readonly list: string
  /** The cursor that the client sent; undefined for the first page. */
  readonly cursor?: string | undefined
}

/** Tests for a cursor of this program, of any list. */
export const isCursor = (text: string): boolean => unseal('cursor', text) !== undefined

export const writeCursor = (scope: CursorScope, position: object | undefined): string | null =>
  position ? seal('cursor', { list: scope.list, position }) : null

/** Returns the position to continue from; undefined for the first page. @throws DomainError invalid-request for a cursor of another list */
export const readCursor = <T extends object>(scope: CursorScope): T | undefined => {
  if (scope.cursor === undefined) return undefined
  const content = unseal('cursor', scope.cursor) as { list: string; position: T } | undefined
  if (content?.list === scope.list) return content.position
  throw invalid(fault('wrong-cursor', 'query/cursor'))
}

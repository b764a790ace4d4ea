/** An operation that a caller may call next, with its path parameters. */
export interface OfferedAction {
  readonly name: string
  /** Id of the operation. */
  readonly operation: string
  readonly params: Readonly<Record<string, string>>
  /** Fields that the body must have. */
  readonly requires: readonly string[]
}

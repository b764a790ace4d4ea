import type { Actor } from './contract.ts'

/** The circumstances of a command. */
export interface CommandContext<Version = number> {
  readonly actor: Actor
  /** The version that the caller has read. */
  readonly version: Version
  readonly now: Date
}

import type { Actor } from './contract.ts'

/** Actor and time of a command, and the version that it changes. */
export interface CommandContext<Version = number> {
  readonly actor: Actor
  /** The version that the caller has read. */
  readonly version: Version
  readonly now: Date
}

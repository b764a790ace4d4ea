/** How many times as many random cases as in `npm test` are tried: `npm run test:all` tries more. */
import { inject } from 'vitest'

declare module 'vitest' {
  interface ProvidedContext {
    depth: number
  }
}

export const depth = inject('depth')

/** The numbers of the rounds in which a long test is repeated, so that no round comes near the time limit of a test. */
export const rounds: readonly number[] = Array.from({ length: depth }, (_, index) => index + 1)

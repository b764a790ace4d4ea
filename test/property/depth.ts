/** Factor by which the number of random cases exceeds that of `npm test`. `npm run test:all` uses a higher one. */
import { inject } from 'vitest'

declare module 'vitest' {
  interface ProvidedContext {
    depth: number
  }
}

export const depth = inject('depth')

/** Numbers of the rounds in which a long test is repeated, so that no round reaches the time limit of a test. */
export const rounds: readonly number[] = Array.from({ length: depth }, (_, index) => index + 1)

/** Pauses between the attempts of a retry. */
const baseMs = 10
/** Number of doublings after which the pause stops growing, at 160 ms. */
const maxDoublings = 4

/**
 * Waits before retry number 1, 2, 3, …: a random time below 20, 40, 80 and from then on 160 ms. The random part keeps
 * competing callers from meeting again.
 */
export const backOff = (retry: number, doublings = maxDoublings): Promise<void> =>
  new Promise(resolve => setTimeout(resolve, 2 ** Math.min(retry, doublings) * baseMs * Math.random()))

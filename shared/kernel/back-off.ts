/** Pauses between the attempts of a retry. */
const baseMs = 10

/** Waits before retry number 1, 2, 3 …: a random time that doubles with each retry, from 20 ms on. */
export const backOff = (retry: number): Promise<void> =>
  new Promise(resolve => setTimeout(resolve, 2 ** retry * baseMs * Math.random()))

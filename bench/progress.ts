/** Prints the progress: the current part, the elapsed time, the estimated time left, and first figures. */

/** Prints a line below the current part. */
export type Report = (line: string) => void

export interface PlannedPart {
  readonly name: string
  readonly title: string
  /** Duration in an earlier run, in seconds. */
  readonly expectedSeconds: number
}

const clockText = (seconds: number): string =>
  `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, '0')}`

export const durationText = (seconds: number): string =>
  seconds < 90 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`

/**
 * Estimates the time left in seconds: the durations of an earlier run, scaled by the speed of this run so far.
 * @param done parts that have ended, with their durations in this run
 */
const remainingSeconds = (
  done: readonly (PlannedPart & { readonly seconds: number })[],
  left: readonly PlannedPart[],
): number => {
  const expected = done.reduce((sum, { expectedSeconds }) => sum + expectedSeconds, 0)
  const taken = done.reduce((sum, { seconds }) => sum + seconds, 0)
  const pace = expected > 0 ? taken / expected : 1
  return pace * left.reduce((sum, { expectedSeconds }) => sum + expectedSeconds, 0)
}

/** Runs parts one after the other and prints the progress. */
export class Progress {
  readonly #parts: readonly PlannedPart[]
  readonly #startedAt = performance.now()
  readonly #done: (PlannedPart & { seconds: number })[] = []

  constructor(parts: readonly PlannedPart[]) {
    this.#parts = parts
  }

  /** Seconds by part, for the parts that have ended. */
  get durations(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#done.map(({ name, seconds }) => [name, Math.round(seconds)]))
  }

  readonly report: Report = line => this.#print(`  ${line}`)

  async run<T>(name: string, work: () => Promise<T>): Promise<T> {
    const index = this.#parts.findIndex(part => part.name === name)
    const part = this.#parts[index]
    if (!part) throw new Error(`unknown part ${name}`)
    const rest = remainingSeconds(this.#done, this.#parts.slice(index))
    this.#print(
      `${name} (${index + 1} of ${this.#parts.length}): ${part.title}. About ${durationText(rest)} left.`,
    )
    const startedAt = performance.now()
    const result = await work()
    const seconds = (performance.now() - startedAt) / 1000
    this.#done.push({ ...part, seconds })
    this.#print(`${name} took ${durationText(seconds)}`)
    return result
  }

  #print(line: string): void {
    const elapsed = (performance.now() - this.#startedAt) / 1000
    console.log(`[${clockText(elapsed).padStart(5)}] ${line}`)
  }
}

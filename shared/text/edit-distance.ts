/** Edit distance between words (optimal string alignment): inserted, deleted and changed letters, and swapped neighbours. */

/**
 * Table of edit distances between a sought word and the prefixes of another word. Words that are compared in sequence share
 * the rows of their common prefix.
 */
export class DistanceTable {
  readonly #sought: string
  readonly #width: number
  #cells: Uint8Array
  #word = ''

  /** @param longest length of the longest word that is compared, in code units, 255 at most */
  constructor(sought: string, longest: number) {
    this.#sought = sought
    this.#width = sought.length + 1
    this.#cells = Uint8Array.from({ length: this.#width * (longest + 1) }, (_, column) =>
      Math.min(column, 255),
    )
  }

  /** Returns the distance to the prefix of this length. */
  distance(depth: number): number {
    return this.#cells[depth * this.#width + this.#width - 1] as number
  }

  /**
   * Computes the rows of a word. It stops early once every word with the same prefix has more than `most` mistakes.
   * @param shared length of the prefix whose rows are in the table already
   * @returns length of the prefix that was computed
   */
  compute(word: string, shared: number, most: number): number {
    this.#word = word
    for (let depth = shared + 1; depth <= word.length; depth++)
      if (this.#computeRow(depth) > most) return depth
    return word.length
  }

  /** @returns the lowest distance in the row */
  #computeRow(depth: number): number {
    const [cells, width, sought, word] = [this.#cells, this.#width, this.#sought, this.#word]
    const [here, above] = [depth * width, (depth - 1) * width]
    const letter = word.charCodeAt(depth - 1)
    cells[here] = depth
    let least = depth
    for (let column = 1; column < width; column++) {
      const other = sought.charCodeAt(column - 1)
      let value = Math.min(
        (cells[here + column - 1] as number) + 1,
        (cells[above + column] as number) + 1,
        (cells[above + column - 1] as number) + (letter === other ? 0 : 1),
      )
      const areSwapped =
        depth > 1 &&
        column > 1 &&
        letter === sought.charCodeAt(column - 2) &&
        word.charCodeAt(depth - 2) === other
      if (areSwapped) value = Math.min(value, (cells[above - width + column - 2] as number) + 1)
      cells[here + column] = value
      if (value < least) least = value
    }
    return least
  }
}

/** Returns the edit distance of two words, or infinity once it is certain to be more than `most`. */
export const editDistance = (from: string, to: string, most = Number.POSITIVE_INFINITY): number => {
  if (Math.abs(from.length - to.length) > most) return Number.POSITIVE_INFINITY
  const table = new DistanceTable(from, to.length)
  const reached = table.compute(to, 0, most)
  return reached < to.length ? Number.POSITIVE_INFINITY : table.distance(reached)
}

/** Returns the singular of a regular English plural, such as `industry`. */
const singularOf = (word: string): string => word.replace(/ies$/, 'y').replace(/s$/, '')

/**
 * Returns similar words, closest first: words that differ in case or number, by few mistakes (one in three
 * letters, at least one), or in that one contains the other.
 * @param max number of words that are returned at most
 */
export const similarWords = (word: string, candidates: readonly string[], max: number): string[] => {
  const sought = word.toLowerCase()
  const most = Math.max(1, Math.floor(sought.length / 3))
  const mistakesIn = (candidate: string): number => {
    const other = candidate.toLowerCase()
    if (singularOf(other) === singularOf(sought)) return 0
    const contains =
      Math.min(sought.length, other.length) > 2 && (other.includes(sought) || sought.includes(other))
    return contains ? 1 : editDistance(sought, other, most)
  }
  return candidates
    .map(candidate => ({ candidate, mistakes: mistakesIn(candidate) }))
    .filter(({ mistakes }) => mistakes <= most)
    .toSorted((a, b) => a.mistakes - b.mistakes)
    .slice(0, max)
    .map(({ candidate }) => candidate)
}

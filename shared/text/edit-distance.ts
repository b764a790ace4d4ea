/** How far words are from one another: letters to insert, to delete, to change, or to swap with the next. */

/** Edit distances between a sought word and the beginnings of another; two letters that changed places are one mistake. */
export class DistanceTable {
  readonly #sought: string
  readonly #width: number
  #cells: Uint8Array
  #beginning = ''

  /** @param longest of the words that it is compared with, in code units; none is longer than 255 */
  constructor(sought: string, longest: number) {
    this.#sought = sought
    this.#width = sought.length + 1
    this.#cells = Uint8Array.from({ length: this.#width * (longest + 1) }, (_, column) =>
      Math.min(column, 255),
    )
  }

  /** The distance to the beginning of that length. */
  distance(depth: number): number {
    return this.#cells[depth * this.#width + this.#width - 1] as number
  }

  /**
   * Fills the table for a word of which a beginning is in it already.
   * @returns how much of the word is in it now: less than all if every continuation has more than `most` mistakes
   */
  go(word: string, shared: number, most: number): number {
    this.#beginning = word
    for (let depth = shared + 1; depth <= word.length; depth++) if (this.#fill(depth) > most) return depth
    return word.length
  }

  /** @returns the least of the row. */
  #fill(depth: number): number {
    const [cells, width, sought, word] = [this.#cells, this.#width, this.#sought, this.#beginning]
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

/** How many mistakes make one word of another; infinitely many, if it is certain to be more than `most`. */
export const editDistance = (from: string, to: string, most = Number.POSITIVE_INFINITY): number => {
  if (Math.abs(from.length - to.length) > most) return Number.POSITIVE_INFINITY
  const table = new DistanceTable(from, to.length)
  const reached = table.go(to, 0, most)
  return reached < to.length ? Number.POSITIVE_INFINITY : table.distance(reached)
}

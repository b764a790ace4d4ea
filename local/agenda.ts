/** What falls due when: thousands of entries, of which the next is known at once and each change costs little. */

interface Entry {
  readonly id: string
  /** Epoch milliseconds. */
  readonly due: number
  readonly number: number
}

/** Whether one comes before another: the one that is due sooner, or was entered first. */
const precedes = (one: Entry, other: Entry): boolean =>
  one.due < other.due || (one.due === other.due && one.number < other.number)

export class Agenda {
  /** A binary heap: each entry precedes the two below it, at twice its index plus 1 and 2. */
  readonly #heap: Entry[] = []
  /** The entries that hold; what is not here was struck out, and stays in the heap until it comes up. */
  readonly #entries = new Map<string, Entry>()
  #count = 0

  /** Enters what falls due, in place of what was entered under this id. */
  enter(id: string, due: number): void {
    const entry = { id, due, number: this.#count++ }
    this.#entries.set(id, entry)
    this.#raise(entry)
  }

  strike(id: string): void {
    this.#entries.delete(id)
  }

  /** When the next entry falls due. */
  next(): number | undefined {
    return this.#first()?.due
  }

  /** Takes out the ids of all that is due at or before an instant, in order. */
  take(until: number): string[] {
    const taken: string[] = []
    for (let entry = this.#first(); entry && entry.due <= until; entry = this.#first()) {
      this.#entries.delete(entry.id)
      taken.push(entry.id)
    }
    return taken
  }

  #first(): Entry | undefined {
    for (let top = this.#heap[0]; top; top = this.#heap[0]) {
      if (this.#entries.get(top.id) === top) return top
      this.#dropTop()
    }
    return undefined
  }

  /** From the end of the heap up to its place. */
  #raise(entry: Entry): void {
    let index = this.#heap.length
    while (index > 0) {
      const above = (index - 1) >> 1
      const parent = this.#heap[above] as Entry
      if (precedes(parent, entry)) break
      this.#heap[index] = parent
      index = above
    }
    this.#heap[index] = entry
  }

  /** The last entry takes the top's place, and sinks to its own. */
  #dropTop(): void {
    const entry = this.#heap.pop()
    if (!entry || this.#heap.length === 0) return
    let index = 0
    for (;;) {
      const below = this.#childOf(index)
      const child = this.#heap[below]
      if (!child || precedes(entry, child)) break
      this.#heap[index] = child
      index = below
    }
    this.#heap[index] = entry
  }

  /** The index of the first of the two entries below. */
  #childOf(index: number): number {
    const [left, right] = [2 * index + 1, 2 * index + 2]
    const [one, other] = [this.#heap[left], this.#heap[right]]
    return one && other && precedes(other, one) ? right : left
  }
}

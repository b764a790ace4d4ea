/** What falls due when: thousands of entries, of which the next is known at once and each change costs little. */
import TinyQueue from 'tinyqueue'

interface Entry {
  readonly id: string
  /** Epoch milliseconds. */
  readonly due: number
  /** In the order in which they were entered. */
  readonly number: number
}

export class Agenda {
  readonly #queue = new TinyQueue<Entry>([], (one, other) => one.due - other.due || one.number - other.number)
  /** The entries that hold; what is not here was struck out, and stays in the queue until it comes up. */
  readonly #entries = new Map<string, Entry>()
  #count = 0

  /** Enters what falls due, in place of what was entered under this id. */
  enter(id: string, due: number): void {
    const entry = { id, due, number: this.#count++ }
    this.#entries.set(id, entry)
    this.#queue.push(entry)
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
    for (let top = this.#queue.peek(); top; top = this.#queue.peek()) {
      if (this.#entries.get(top.id) === top) return top
      this.#queue.pop()
    }
    return undefined
  }
}

/** Priority queue of due instants: the next entry is known in O(1), a change costs O(log n). */
import TinyQueue from 'tinyqueue'

interface AgendaEntry {
  readonly id: string
  /** Epoch milliseconds. */
  readonly due: number
  /** Order of entry, which decides between equal instants. */
  readonly number: number
}

export class Agenda {
  readonly #queue = new TinyQueue<AgendaEntry>(
    [],
    (one, other) => one.due - other.due || one.number - other.number,
  )
  /** The valid entries. A removed entry stays in the queue until it reaches the top. */
  readonly #entries = new Map<string, AgendaEntry>()
  #count = 0

  /** Replaces an entry with the same id. */
  set(id: string, due: number): void {
    const entry = { id, due, number: this.#count++ }
    this.#entries.set(id, entry)
    this.#queue.push(entry)
  }

  delete(id: string): void {
    this.#entries.delete(id)
  }

  /** Instant of the next entry. */
  next(): number | undefined {
    return this.#first()?.due
  }

  /** Removes all entries that are due at or before an instant; returns their ids in order. */
  take(until: number): string[] {
    const taken: string[] = []
    for (let entry = this.#first(); entry && entry.due <= until; entry = this.#first()) {
      this.#entries.delete(entry.id)
      taken.push(entry.id)
    }
    return taken
  }

  #first(): AgendaEntry | undefined {
    for (let top = this.#queue.peek(); top; top = this.#queue.peek()) {
      if (this.#entries.get(top.id) === top) return top
      this.#queue.pop()
    }
    return undefined
  }
}

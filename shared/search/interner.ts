/** Maps strings to consecutive numbers, from 0, and back. */
export class Interner {
  readonly #numbers = new Map<string, number>()
  readonly #strings: string[] = []

  /** Returns the number of a string. A new string is added. */
  numberOf(string: string): number {
    const known = this.#numbers.get(string)
    if (known !== undefined) return known
    this.#numbers.set(string, this.#strings.length)
    return this.#strings.push(string) - 1
  }

  find(string: string): number | undefined {
    return this.#numbers.get(string)
  }

  stringOf(number: number): string {
    return this.#strings[number] ?? ''
  }

  get size(): number {
    return this.#strings.length
  }
}

/**
 * Durable collections: a value is in SQLite before `set` returns, and survives a killed process.
 * Values are plain JSON. To change a value, set a new one; do not modify a value that was read.
 */
import { DatabaseSync, type StatementSync } from 'node:sqlite'

export interface Collection<T> {
  get(key: string): T | undefined
  set(key: string, value: T): void
  delete(key: string): boolean
  /** In the order in which the keys were first set. */
  values(): T[]
  readonly size: number
}

interface Statements {
  readonly load: StatementSync
  readonly set: StatementSync
  readonly delete: StatementSync
}

class DurableCollection<T> implements Collection<T> {
  readonly #name: string
  readonly #statements: Statements
  readonly #values: Map<string, T>

  constructor(name: string, statements: Statements) {
    this.#name = name
    this.#statements = statements
    const rows = statements.load.all(name) as { key: string; value: string }[]
    this.#values = new Map(rows.map(({ key, value }) => [key, JSON.parse(value) as T]))
  }

  get(key: string): T | undefined {
    return this.#values.get(key)
  }

  set(key: string, value: T): void {
    this.#statements.set.run(this.#name, key, JSON.stringify(value))
    this.#values.set(key, value)
  }

  delete(key: string): boolean {
    if (!this.#values.delete(key)) return false
    this.#statements.delete.run(this.#name, key)
    return true
  }

  values(): T[] {
    return [...this.#values.values()]
  }

  get size(): number {
    return this.#values.size
  }
}

export class State {
  readonly #database: DatabaseSync
  readonly #statements: Statements
  readonly #collections = new Map<string, Collection<unknown>>()

  /**
   * @param file path of the SQLite file, made when absent, or ':memory:'
   * @throws when another process holds the file
   */
  constructor(file: string) {
    this.#database = new DatabaseSync(file)
    // The lock is exclusive: two local clouds on one state would overwrite each other's values.
    // A write reaches the operating system before it returns: it survives a killed process, but not a power cut.
    this.#database.exec(`
      PRAGMA locking_mode = EXCLUSIVE;
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = NORMAL;
      CREATE TABLE IF NOT EXISTS item (
        id INTEGER PRIMARY KEY,
        collection TEXT NOT NULL,
        key TEXT NOT NULL,
        value TEXT NOT NULL,
        UNIQUE (collection, key)
      )`)
    this.#statements = {
      load: this.#database.prepare('SELECT key, value FROM item WHERE collection = ? ORDER BY id'),
      set: this.#database.prepare(
        `INSERT INTO item (collection, key, value) VALUES (?, ?, ?)
         ON CONFLICT (collection, key) DO UPDATE SET value = excluded.value`,
      ),
      delete: this.#database.prepare('DELETE FROM item WHERE collection = ? AND key = ?'),
    }
  }

  /** Returns the same object for the same name. */
  collection<T>(name: string): Collection<T> {
    const known = this.#collections.get(name)
    if (known) return known as Collection<T>
    const collection = new DurableCollection<T>(name, this.#statements)
    this.#collections.set(name, collection)
    return collection
  }

  isEmpty(): boolean {
    return this.#database.prepare('SELECT 1 FROM item LIMIT 1').get() === undefined
  }

  /** Deletes all values. Must be called before the first collection is opened. */
  clear(): void {
    this.#database.exec('DELETE FROM item')
  }

  close(): void {
    this.#database.close()
  }
}

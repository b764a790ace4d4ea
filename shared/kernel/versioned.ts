/** A representation with the version of what it shows. */
export interface Versioned<T> {
  readonly body: T
  readonly version: number
}

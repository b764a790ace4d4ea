/** A representation, and the version of the thing that it shows. */
export interface Versioned<T> {
  readonly body: T
  readonly version: number
}

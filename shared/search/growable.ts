/** Typed arrays that grow. */

type TypedArray = Uint8Array | Uint16Array | Uint32Array | Int32Array | Float32Array | Float64Array

/** Returns a capacity a quarter above the needed one, so that the cost of growth is constant per element. */
export const roomFor = (needed: number): number => Math.ceil(needed * 1.25) + 16

/** Returns the array if it is long enough, otherwise a longer copy. */
export const withCapacity = <A extends TypedArray>(array: A, needed: number): A => {
  if (needed <= array.length) return array
  const larger = new (array.constructor as new (length: number) => A)(roomFor(needed))
  larger.set(array)
  return larger
}

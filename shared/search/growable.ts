/** Typed arrays that grow. */

type TypedArray = Uint8Array | Uint16Array | Uint32Array | Int32Array | Float32Array | Float64Array

/** A quarter more than is needed, so that the cost of growing is constant per element. */
export const roomFor = (needed: number): number => Math.ceil(needed * 1.25) + 16

/** The same array if it is long enough, or else a longer copy. */
export const grown = <A extends TypedArray>(array: A, needed: number): A => {
  if (needed <= array.length) return array
  const larger = new (array.constructor as new (length: number) => A)(roomFor(needed))
  larger.set(array)
  return larger
}

/** 32-bit hashes for tie-breakers and random choices. They are the same in all processes; they are not cryptographic. */

/** Returns the FNV-1a hash of a text, finalized with `mix`. */
export const hashOf = (text: string): number => {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index++)
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  return mix(hash)
}

/** Finalizer of MurmurHash3: maps similar numbers to unrelated ones. */
export const mix = (number: number): number => {
  let hash = number
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

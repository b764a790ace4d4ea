import { createHash } from 'node:crypto'

/**
 * Returns a one-way id of some content: the first 128 bits of its SHA-256, as 22 characters of base64url. Equal parts give
 * equal ids; collisions are practically impossible.
 */
export const fingerprint = (...parts: readonly string[]): string =>
  createHash('sha256').update(parts.join('\n')).digest('base64url').slice(0, 22)

/** Returns the SHA-256 of a text in base64, the form for hashes in a Content-Security-Policy. */
export const sha256 = (text: string): string => createHash('sha256').update(text).digest('base64')

import { createHash } from 'node:crypto'

/**
 * Names something by what it is made of, where that is too long to stand or must not: always alike, and not to be read
 * back. 22 characters of base64url hold 128 bits and more: enough that no two things are taken for one another.
 */
export const fingerprint = (...parts: readonly string[]): string =>
  createHash('sha256').update(parts.join('\n')).digest('base64url').slice(0, 22)

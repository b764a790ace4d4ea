import { createHash } from 'node:crypto'

/**
 * Names something by its content, where the content is too long or must not be readable: the same for the same parts. 22
 * characters of base64url hold 128 bits, so that two different contents do not get the same name.
 */
export const fingerprint = (...parts: readonly string[]): string =>
  createHash('sha256').update(parts.join('\n')).digest('base64url').slice(0, 22)

/** In base64, as a Content-Security-Policy names a style. */
export const sha256 = (text: string): string => createHash('sha256').update(text).digest('base64')

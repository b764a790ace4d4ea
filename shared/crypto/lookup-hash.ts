/** Keyed hashes for keys that must not show the text from which they are made. */
import { createHmac } from 'node:crypto'
import { setting } from '../kernel/settings.ts'

/**
 * Returns the keyed hash of a text (HMAC-SHA-256), as 43 characters of base64url. The key has this purpose alone, and only the
 * functions that write or read lookup entries have it.
 */
export const lookupHash = (text: string): string =>
  createHmac('sha256', setting('LOOKUP_SECRET')).update(text).digest('base64url')

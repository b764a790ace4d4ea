/** Detects text that mail clients turn into links. */

/** `@`, a slash, a backslash or a colon: parts of addresses, such as `mailto:x@evil.example` or `bit.ly/x`. */
const addressSign = /[@/\\:]/u

/** A dot, also in its forms in domain names (RFC 3490, section 3.1), before two letters: `evil.example`, but not `J.R.R. Tolkien`. */
const domain = /[\p{L}\p{N}-][.\u3002\uff0e\uff61][\p{L}\p{N}]{2}/u

/**
 * Tests if a mail client may show a part of the text as a link. Clients link web addresses, mail addresses and bare domains,
 * also without a protocol.
 */
export const mayBecomeLink = (text: string): boolean => {
  const folded = text.normalize('NFKC')
  return [text, folded].some(form => addressSign.test(form) || domain.test(form))
}

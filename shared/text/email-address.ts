/** Reads email addresses as people type and paste them. */
import { asciiDomain } from './domain-name.ts'
import { foldMachineText } from './folding.ts'
import type { Reading } from './reading.ts'

/** Maximum length of an address: a path of 256 octets without its angle brackets (RFC 5321 §4.5.3.1.3). */
const maxLength = 254

/**
 * Words of `atext` joined by single dots (RFC 5322 §3.2.3). Its length is not limited to the 64 octets of RFC 5321
 * §4.5.3.1.1, because SES delivers to longer ones (github.com/alphagov/notifications-utils/pull/630).
 */
const dotAtom = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/

/** Removes what surrounds a pasted address: `mailto:`, a name with angle brackets, and a sign of the sentence behind it. */
const addressIn = (text: string): string => {
  const [, bracketed = text] = /^[^<>]*<([^<>]*)>$/.exec(text) ?? []
  const [, linked = bracketed] = /^mailto:([^?]*)(?:\?.*)?$/i.exec(bracketed.trim()) ?? []
  return linked
    .replace(/ ?@ ?/, '@')
    .trim()
    .replace(/[.,;]$/, '')
}

/**
 * Removes quotes that are not needed: both forms mean the same mailbox, and senders should use the shorter one (RFC 5321
 * §4.1.2).
 */
const unquoted = (local: string): string => {
  const [, quoted] = /^"(.*)"$/.exec(local) ?? []
  if (quoted === undefined) return local
  const plain = quoted.replace(/\\(.)/g, '$1')
  return dotAtom.test(plain) ? plain : local
}

const noAddress = { fault: 'invalid-format', params: { format: 'email' } } as const

type EmailFault = 'invalid-format' | 'email-not-ascii' | 'email-quoted' | 'wrong-domain' | 'too-long'

/**
 * Returns the address with its domain in lower case and ASCII. The part before the @ keeps its case, which can have a meaning
 * (RFC 5321 §2.4).
 *
 * Some valid addresses are refused, because mail from SES cannot reach them: a part before the @ that is not ASCII (SES has no
 * SMTPUTF8: docs.aws.amazon.com/ses/latest/APIReference/API_Destination.html) or that needs quotes (SES reports control
 * characters and spaces as an invalid parameter, and RFC 5321 §4.1.2 tells hosts not to use it), IP addresses, and domains
 * of one label.
 */
export const readEmail = (typed: string): Reading<EmailFault> => {
  const text = addressIn(foldMachineText(typed))
  const at = text.lastIndexOf('@')
  const local = unquoted(text.slice(0, Math.max(at, 0)))
  if (local === '' || at === text.length - 1) return noAddress
  if (/[^ -~]/.test(local)) return { fault: 'email-not-ascii' }
  if (/^".*"$/.test(local)) return { fault: 'email-quoted' }
  if (!dotAtom.test(local)) return noAddress
  const domain = asciiDomain(text.slice(at + 1))
  if (domain === undefined) return { fault: 'wrong-domain', params: { domain: text.slice(at + 1) } }
  const stored = `${local}@${domain}`
  return stored.length > maxLength
    ? { fault: 'too-long', params: { actual: stored.length, maximum: maxLength } }
    : { stored }
}

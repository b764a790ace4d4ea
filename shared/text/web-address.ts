/** Reads web addresses as people type and paste them. */
import { asciiDomain } from './domain-name.ts'
import { foldMachineText, withoutHidden } from './folding.ts'
import type { Reading } from './reading.ts'

/** The scheme with its slashes, the user and host with the port, and the rest. */
const parts = /^((?:[^/?#@:.]*:)?\/\/)?([^/?#]*)(.*)$/su

/** A second address, or a control character, behind the host. Spaces are encoded. */
const unfitRest = /\s[^/?#\s]*:\/\/|\p{Cc}/u

type WebFault = 'invalid-format' | 'wrong-domain' | 'credentials' | 'too-long'

/** Maximum length of a stored address, in ASCII. */
const maxLength = 500

/**
 * Returns a web address in normalized form, which has no characters that could end an HTML attribute or open an element.
 *
 * A missing scheme means https, as in the address bars of browsers. Only scheme and host are folded: in a path, other letters,
 * digits and dashes lead to other pages. Hosts are stored in ASCII form, also those of top-level domains of other scripts
 * (RFC 5890). IP addresses and hosts of one label are refused, because people outside of a network cannot open them.
 * @param schemes permitted schemes
 * @param format name of the format that faults give
 */
export const readWebAddress =
  (schemes: readonly ('http' | 'https')[], format: 'web-address' | 'secure-web-address') =>
  (typed: string): Reading<WebFault> => {
    const wrong = { fault: 'invalid-format', params: { format } } as const
    const line = withoutHidden(typed)
      .trim()
      .replace(/^([^/?#]*[:：])?[/／]{2}/u, opening => foldMachineText(opening))
    const [, opening = '', host = '', rest = ''] = parts.exec(line) ?? []
    const scheme = opening === '' || opening === '//' ? 'https' : opening.slice(0, -3).toLowerCase()
    const authority = foldMachineText(host)
    // `mailto:` and `javascript:` have no slashes; `partner.example:8080` is a host with its port.
    if (opening === '' && /^[a-z][a-z0-9+.-]*:(?!\d)/i.test(authority)) return wrong
    if (!schemes.some(allowed => allowed === scheme) || /[\s\\]/.test(authority) || unfitRest.test(rest))
      return wrong
    // A user name can look like a host, and hide where the address leads.
    if (authority.includes('@')) return { fault: 'credentials' }
    const [, name = '', port = ''] = /^([^:]*?)\.?((?::\d{1,5})?)$/.exec(authority) ?? []
    if (name === '') return wrong
    const domain = asciiDomain(name)
    if (domain === undefined) return { fault: 'wrong-domain', params: { domain: name } }
    const url = `${scheme}://${domain}${port}${rest}`
    if (!URL.canParse(url)) return wrong
    const stored = new URL(url).href
    return stored.length > maxLength
      ? { fault: 'too-long', params: { actual: stored.length, maximum: maxLength } }
      : { stored }
  }

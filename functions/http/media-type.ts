/** Media types of bodies (RFC 9110, section 8.3.1). */

export interface MediaType {
  /** Type and subtype in lower case, such as `application/json`. */
  readonly type: string
  /** Values by name in lower case, without quotes. */
  readonly parameters: ReadonlyMap<string, string>
}

const token = "[!#$%&'*+.^_`|~0-9A-Za-z-]+"
const typePattern = new RegExp(`^[ \\t]*(${token}/${token})[ \\t]*`)
const parameterPattern = new RegExp(
  `;[ \\t]*(?:(${token})=(?:(${token})|"((?:[^"\\\\]|\\\\.)*)"))?[ \\t]*`,
  'y',
)

/** Returns undefined if the header is malformed, also for a parameter with two values. */
export const readMediaType = (header: string): MediaType | undefined => {
  const [matched = '', type] = typePattern.exec(header) ?? []
  if (type === undefined) return undefined
  const parameters = new Map<string, string>()
  parameterPattern.lastIndex = matched.length
  while (parameterPattern.lastIndex < header.length) {
    const parameter = parameterPattern.exec(header)
    if (!parameter) return undefined
    const [, name, bare, quoted = ''] = parameter
    if (name === undefined) continue
    const key = name.toLowerCase()
    const value = bare ?? quoted.replace(/\\(.)/g, '$1')
    if ((parameters.get(key) ?? value) !== value) return undefined
    parameters.set(key, value)
  }
  return { type: type.toLowerCase(), parameters }
}

/** UTF-8 by its registered name, and by the name that many clients send. A missing charset is UTF-8 (RFC 8259, 8.1). */
export const isUtf8 = ({ parameters }: MediaType): boolean =>
  /^utf-?8$/i.test(parameters.get('charset') ?? 'utf-8')

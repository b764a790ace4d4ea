/** Strict HTML parser for tests: throws on markup that a browser would have to repair. */

export interface Element {
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
  readonly children: (Element | string)[]
}

const elementsWithoutEnd = new Set(['meta', 'br', 'input'])
const token =
  /<!doctype html>|<(?<end>\/?)(?<name>[a-z][a-z0-9]*)(?<attributes>(?:\s+[a-z-]+(?:="[^"<>]*")?)*)\s*>|(?<text>[^<>]+)/y
const entities: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#39;': "'",
}

const decoded = (text: string): string =>
  text.replace(/&[^&;]{0,6};?/g, entity => {
    const character = entities[entity]
    if (character === undefined) throw new Error(`unescaped character in: ${text}`)
    return character
  })

const attributesOf = (text: string): Record<string, string> => {
  const attributes: Record<string, string> = {}
  for (const [, name = '', value = ''] of text.matchAll(/\s([a-z-]+)(?:="([^"]*)")?/g)) {
    if (name in attributes) throw new Error(`duplicate attribute ${name} in: ${text}`)
    attributes[name] = decoded(value)
  }
  return attributes
}

/**
 * @returns the root element; its only child element is `html` @throws Error on an unclosed element or an unescaped
 * character
 */
export const parse = (markup: string): Element => {
  const root: Element = { name: '', attributes: {}, children: [] }
  const open = [root]
  token.lastIndex = 0
  while (token.lastIndex < markup.length) {
    const from = token.lastIndex
    const { end, name, attributes = '', text } = token.exec(markup)?.groups ?? {}
    if (token.lastIndex <= from) throw new Error(`invalid HTML: ${markup.slice(from, from + 100)}`)
    const parent = open.at(-1) ?? root
    if (text !== undefined) parent.children.push(decoded(text))
    else if (end === '/') {
      if (open.pop()?.name !== name) throw new Error(`unexpected end tag </${name}>`)
    } else if (name) {
      const element: Element = { name, attributes: attributesOf(attributes), children: [] }
      parent.children.push(element)
      if (!elementsWithoutEnd.has(name)) open.push(element)
    }
  }
  if (open.length > 1) throw new Error(`<${open.at(-1)?.name}> is not closed`)
  return root
}

/** Returns the element and its descendants in document order. */
export const elements = (within: Element): Element[] => [
  within,
  ...within.children.flatMap(child => (typeof child === 'string' ? [] : elements(child))),
]

export const named = (within: Element, ...names: readonly string[]): Element[] =>
  elements(within).filter(({ name }) => names.includes(name))

/** Returns the text content; `br` becomes a line break. */
export const textOf = ({ name, children }: Element): string =>
  name === 'br' ? '\n' : children.map(child => (typeof child === 'string' ? child : textOf(child))).join('')

/** Returns each text node with its ancestor elements, outermost first. */
export const texts = (within: Element, path: readonly Element[] = []): [string, readonly Element[]][] =>
  within.children.flatMap(child =>
    typeof child === 'string' ? [[child, [...path, within]]] : texts(child, [...path, within]),
  )

/** An id of the program, such as one of a partner or a referral. */
export const internalId = /\b(ptr|rfi|ref|con|mem|evt)_[0-9A-Z]{6,}/

/** Returns the addresses of all links to pages. */
export const links = (within: Element): string[] =>
  named(within, 'a')
    .map(({ attributes }) => attributes.href ?? '')
    .filter(href => !/^(tel|mailto):/.test(href))

/** Returns true if a text with this ancestor path is isolated from the text direction around it. */
export const isDirectionIsolated = (path: readonly Element[]): boolean =>
  path.some(
    ({ name, attributes }) =>
      name === 'bdi' ||
      name === 'title' ||
      (name === 'span' && attributes.dir === 'auto') ||
      (name === 'blockquote' && attributes.dir !== undefined),
  )

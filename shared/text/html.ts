/** HTML as a tagged template. Values are escaped, except markup. */

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

export const escapeHtml = (text: string): string =>
  text.replace(/[&<>"']/g, character => entities[character] ?? character)

/** HTML that is escaped already. */
export class Markup {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

/** A value of a template. `false` and `undefined` render as nothing, for optional parts. */
export type Content = Markup | string | number | false | undefined | readonly Content[]

export const render = (content: Content): string => {
  if (content instanceof Markup) return content.text
  if (typeof content === 'object') return content.map(render).join('')
  return content === false || content === undefined ? '' : escapeHtml(String(content))
}

export const html = (parts: TemplateStringsArray, ...values: readonly Content[]): Markup =>
  new Markup(String.raw({ raw: parts }, ...values.map(render)))

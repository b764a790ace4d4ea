/** HTML as a tagged template: whatever is put into it is escaped, unless it is markup already. */

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

export const escapeHtml = (text: string): string =>
  text.replace(/[&<>"']/g, character => entities[character] ?? character)

/** Markup that needs no more escaping. */
export class Markup {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

/** `false` and `undefined` leave no trace, so that parts can be optional. */
export type Content = Markup | string | number | false | undefined | readonly Content[]

export const render = (content: Content): string => {
  if (content instanceof Markup) return content.text
  if (typeof content === 'object') return content.map(render).join('')
  return content === false || content === undefined ? '' : escapeHtml(String(content))
}

export const html = (parts: TemplateStringsArray, ...values: readonly Content[]): Markup =>
  new Markup(String.raw({ raw: parts }, ...values.map(render)))

/** What is said, as HTML. */
import { type Content, html } from '../../text/html.ts'
import { Foreign, type Words } from './rules.ts'

/**
 * What others wrote may run from right to left, and is kept apart.
 * @param textOf makes content of each piece's text
 */
export const phrase = (words: Words, textOf: (text: string) => Content = text => text): Content =>
  words.map(piece => (piece instanceof Foreign ? html`<bdi>${textOf(piece.text)}</bdi>` : textOf(piece)))

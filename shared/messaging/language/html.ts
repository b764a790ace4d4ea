/** Words as HTML. */
import { type Content, html } from '../../text/html.ts'
import { Foreign, type Words } from './rules.ts'

/**
 * Text of other people may run from right to left, so `<bdi>` isolates it.
 * @param textOf makes content of the text of each piece
 */
export const phrase = (words: Words, textOf: (text: string) => Content = text => text): Content =>
  words.map(piece => (piece instanceof Foreign ? html`<bdi>${textOf(piece.text)}</bdi>` : textOf(piece)))

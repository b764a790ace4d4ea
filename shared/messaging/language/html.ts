/** Renders words as HTML. */
import { type Content, html } from '../../text/html.ts'
import { UserText, type Words } from './rules.ts'

/**
 * Renders words as HTML. Text that people entered may run from right to left, so `<bdi>` isolates it.
 * @param textOf renders the text of each piece
 */
export const phrase = (words: Words, textOf: (text: string) => Content = text => text): Content =>
  words.map(piece => (piece instanceof UserText ? html`<bdi>${textOf(piece.text)}</bdi>` : textOf(piece)))

/** Renders words as HTML. */
import { type Content, html } from '../../text/html.ts'
import { UserText, type Words } from './rules.ts'

/**
 * Renders words as HTML. Text that people entered may run from right to left, so an element with `dir="auto"` isolates it. Many
 * mail clients remove `bdi` and keep `dir` (https://www.caniemail.com/features/html-bdi and html-dir).
 * @param textOf renders the text of each piece
 */
export const phrase = (words: Words, textOf: (text: string) => Content = text => text): Content =>
  words.map(piece =>
    piece instanceof UserText ? html`<span dir="auto">${textOf(piece.text)}</span>` : textOf(piece),
  )

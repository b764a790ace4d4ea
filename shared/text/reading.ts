/** Results of functions that read what people typed into a field. */

/** The text to store, or the code of the fault with its parameters. */
export type Reading<Code extends string> =
  | { readonly stored: string }
  | { readonly fault: Code; readonly params?: Readonly<Record<string, string | number>> }

/** Maximum length of what is read, in UTF-16 code units. Longer input is refused before it is folded. */
export const maxTyped = 2_000

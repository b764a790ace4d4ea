/**
 * Parses and formats the subset of ICU MessageFormat that the texts use: variables, `select`, and `plural` with `#`. A
 * parser of the whole format adds 33 KB to a bundle; tests compare this one with it.
 */

export type ParsedMessage = readonly Part[]
type Part =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'variable'; readonly name: string }
  /** `#`: the number of the enclosing plural. */
  | { readonly kind: 'number'; readonly name: string }
  | { readonly kind: Choice; readonly name: string; readonly options: ReadonlyMap<string, ParsedMessage> }
type Choice = 'select' | 'plural'

class Reader {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  get isAtEnd(): boolean {
    return this.#at === this.#text.length
  }

  /** @param counted variable of the enclosing plural; `#` is replaced by its value */
  message(counted?: string): ParsedMessage {
    const parts: Part[] = []
    for (;;) {
      const text = this.#take(counted ? /[^{}#]+/y : /[^{}]+/y)
      if (text) parts.push({ kind: 'text', text })
      else if (counted && this.#take(/#/y)) parts.push({ kind: 'number', name: counted })
      else if (this.#take(/\{\s*/y)) parts.push(this.#argument())
      else return parts
    }
  }

  #argument(): Part {
    const name = this.#need(/\w+/y)
    if (this.#take(/\s*\}/y)) return { kind: 'variable', name }
    this.#need(/\s*,\s*/y)
    const kind = this.#need(/select|plural/y) as Choice
    this.#need(/\s*,\s*/y)
    return { kind, name, options: this.#options(kind === 'plural' ? name : undefined) }
  }

  #options(counted: string | undefined): ReadonlyMap<string, ParsedMessage> {
    const options = new Map<string, ParsedMessage>()
    while (!this.#take(/\}/y)) {
      const option = this.#need(/=?[\w-]+/y)
      this.#need(/\s*\{/y)
      options.set(option, this.message(counted))
      this.#need(/\}\s*/y)
    }
    if (!options.has('other')) this.#fail()
    return options
  }

  /** @param pattern a sticky pattern, matched at the present position */
  #take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at
    const [taken] = pattern.exec(this.#text) ?? []
    this.#at += taken?.length ?? 0
    return taken
  }

  #need(pattern: RegExp): string {
    return this.#take(pattern) ?? this.#fail()
  }

  #fail(): never {
    throw new Error(`invalid message: ${this.#text.slice(0, this.#at)} ⚠ ${this.#text.slice(this.#at)}`)
  }
}

/** @throws Error for a text outside the subset */
export const readMessage = (text: string): ParsedMessage => {
  const reader = new Reader(text)
  const message = reader.message()
  if (!reader.isAtEnd) throw new Error(`invalid message: ${text}`)
  return message
}

/** Plural rules and number format of a language. */
export interface Grammar {
  readonly plurals: Intl.PluralRules
  readonly numbers: Intl.NumberFormat
}

type Variables<T> = Readonly<Record<string, string | number | T>>

/**
 * Fills in the variables of a message. Values other than text and numbers stay separate pieces.
 * @throws Error for a missing variable
 */
export const pieces = <T>(
  message: ParsedMessage,
  variables: Variables<T>,
  grammar: Grammar,
): (string | T)[] =>
  message.flatMap(part => {
    if (part.kind === 'text') return [part.text]
    const value = variables[part.name]
    if (value === undefined) throw new Error(`missing message variable "${part.name}"`)
    if (part.kind === 'variable') return [typeof value === 'number' ? String(value) : value]
    if (part.kind === 'number') return [grammar.numbers.format(Number(value))]
    return pieces(chosen(part.kind, part.options, value, grammar), variables, grammar)
  })

const chosen = (
  kind: Choice,
  options: ReadonlyMap<string, ParsedMessage>,
  value: unknown,
  { plurals }: Grammar,
): ParsedMessage => {
  const names = kind === 'select' ? [String(value)] : [`=${value}`, plurals.select(Number(value))]
  const name = [...names, 'other'].find(option => options.has(option)) ?? ''
  return options.get(name) ?? []
}

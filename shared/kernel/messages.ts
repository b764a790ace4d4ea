/**
 * Catalogues of messages for people. A message is data: a stable code, and an English text that names its parameters in
 * braces. A part in square brackets is left out if one of its parameters is not given. Clients translate a message by its
 * code and parameters.
 */

export type Parameter = string | number | boolean | readonly (string | number | boolean)[]
type Parameters = Readonly<Record<string, Parameter>>

export interface Message {
  /** Stable name of the message. */
  readonly code: string
  /** Values of the parameters, by name. Strings are cut after 100 characters. */
  readonly params: Parameters
  /** The message in English. */
  readonly detail: string
}

/** The texts of a catalogue, by code. */
export type Catalog = Readonly<Record<string, string>>

/** English words for values that are codes: by message, parameter and value. */
export type Terms = Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, string>>>>>>

type NamesIn<Text extends string> = Text extends `${string}{${infer Name}}${infer Rest}`
  ? Name | NamesIn<Rest>
  : never

type OptionalPartsOf<Text extends string> = Text extends `${string}[${infer Part}]${infer Rest}`
  ? Part | OptionalPartsOf<Rest>
  : never

type WithoutOptionalParts<Text extends string> = Text extends `${infer Before}[${infer _}]${infer Rest}`
  ? `${Before}${WithoutOptionalParts<Rest>}`
  : Text

/** The parameters that a text names: those in square brackets are optional. */
export type ParametersOf<Text extends string> = {
  readonly [Name in NamesIn<WithoutOptionalParts<Text>>]: Parameter
} & { readonly [Name in NamesIn<OptionalPartsOf<Text>>]?: Parameter | undefined }

/** The last argument of a builder: absent for a text without parameters. */
export type ParameterArguments<Text extends string> = [NamesIn<Text>] extends [never]
  ? []
  : [NamesIn<WithoutOptionalParts<Text>>] extends [never]
    ? [params?: ParametersOf<Text>]
    : [params: ParametersOf<Text>]

type Given = Readonly<Record<string, Parameter | undefined>>

/**
 * Returns a function that builds the messages of a catalogue. A missing parameter does not compile.
 * @param terms words for values that are codes; other values are shown as they are
 */
export const messages =
  <const C extends Catalog>(catalog: C, terms: Terms = {}) =>
  <Code extends keyof C & string>(code: Code, ...[given]: ParameterArguments<C[Code]>): Message =>
    render(code, catalog[code] ?? '', given ?? {}, terms[code])

/** Characters of a string parameter that are kept: values of a request can be as long as its body. */
const maxCharacters = 100

const cut = (value: Parameter): Parameter => {
  if (typeof value !== 'string' || value.length <= maxCharacters) return value
  const characters = [...value.slice(0, 2 * maxCharacters)]
  return characters.length > maxCharacters || value.length > 2 * maxCharacters
    ? `${characters.slice(0, maxCharacters).join('')}…`
    : value
}

const render = (code: string, text: string, given: Given, terms: Terms[string] = {}): Message => {
  const params = Object.fromEntries(
    Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [[name, cut(value)]])),
  )
  const isComplete = (part: string) =>
    [...part.matchAll(/\{(\w+)\}/g)].every(([, name = '']) => params[name] !== undefined)
  const detail = text
    .replace(/\[([^\]]*)\]/g, (_, part: string) => (isComplete(part) ? part : ''))
    .replace(/\{(\w+)\}/g, (_, name: string) => inWords(params[name], terms[name]))
  return { code, params, detail }
}

const inWords = (value: Parameter | undefined, terms: Readonly<Record<string, string>> = {}): string => {
  // A map, because a value of a request can be the name of a property of every object, such as `constructor`.
  const words: ReadonlyMap<string, string> = new Map(Object.entries(terms))
  const wordOf = (one: unknown) => words.get(String(one)) ?? String(one)
  if (!Array.isArray(value)) return wordOf(value)
  if (value.length === 0) return 'none'
  return new Intl.ListFormat('en', { type: 'disjunction' }).format(value.map(wordOf))
}

/** Checks the files of a language, which an operator can add, against the catalogue and the English texts. */
import { similarWords } from '../../text/edit-distance.ts'
import { canonicalTag } from '../../text/language-tag.ts'
import { type MessageId, mailMessages, messages, pageMessages } from './catalog.ts'
import type { TextSet } from './contract.ts'
import englishMails from './mails/en.json' with { type: 'json' }
import { type ParsedMessage, readMessage } from './message-format.ts'
import englishPages from './pages/en.json' with { type: 'json' }

const english: Readonly<Record<MessageId, string>> = { ...englishPages, ...englishMails }
const idsOf: Readonly<Record<TextSet, readonly string[]>> = {
  pages: Object.keys(pageMessages),
  mails: Object.keys(mailMessages),
}

/** Returns the faults of the tag that a file is named after. */
export const tagFaults = (tag: string): string[] => {
  const canonical = canonicalTag(tag)
  if (tag === 'en')
    return ['English cannot be replaced, because it is the fallback. Expected a file of another language.']
  if (canonical === tag) return []
  return [
    canonical === undefined
      ? `"${tag}" is no language tag. Expected a BCP 47 tag as the name of the file, such as es.json or pt-BR.json.`
      : `"${tag}" is not in canonical form. Expected the name ${canonical}.json.`,
  ]
}

/** Returns the faults of a file, each with the id of the message. @param content the parsed JSON of the file */
export const textFaults = (set: TextSet, language: string, content: unknown): string[] => {
  if (typeof content !== 'object' || content === null || Array.isArray(content))
    return ['The file holds no object. Expected an object with the texts by message id.']
  const texts = content as Readonly<Record<string, unknown>>
  const ids = idsOf[set]
  const missing = ids.filter(id => !Object.hasOwn(texts, id))
  return [
    ...missing.map(id => `${id}: missing. Expected a translation of “${english[id as MessageId]}”.`),
    ...Object.entries(texts).flatMap(([id, text]) =>
      ids.includes(id)
        ? messageFaults(language, id as MessageId, text).map(fault => `${id}: ${fault}`)
        : [`${id}: unknown id.${suggestionFor(id, set, missing)}`],
    ),
  ]
}

const suggestionFor = (id: string, set: TextSet, missing: readonly string[]): string => {
  const other = set === 'pages' ? 'mails' : 'pages'
  if (idsOf[other].includes(id)) return ` Expected it in the file in ${other}/.`
  const [similar] = similarWords(id, missing, 1)
  return similar === undefined ? ` Expected an id of ${set}/en.json.` : ` Did you mean ${similar}?`
}

const messageFaults = (language: string, id: MessageId, text: unknown): string[] => {
  if (typeof text !== 'string') return ['no text. Expected a string.']
  const parsed = parse(text)
  if (typeof parsed === 'string') return [parsed]
  return [
    ...formFaults(text),
    ...variableFaults(parsed, messages[id]),
    ...selectFaults(parsed, parse(english[id])),
    ...pluralFaults(parsed, language),
  ]
}

const parse = (text: string): ParsedMessage | string => {
  try {
    return readMessage(text)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return `${reason}. Expected variables as {name}, and plural or select with an option “other”.`
  }
}

const formFaults = (text: string): string[] => [
  ...(/^\S(?:.*\S)?$/u.test(text)
    ? []
    : ['empty, with a line break, or with blanks at an end. Expected one line.']),
  ...(/[\p{Cc}\u00ad\u200b\ufeff\ufffd]/u.test(text)
    ? ['a hidden or replacement character, such as U+200B or U+FFFD. Expected visible characters in UTF-8.']
    : []),
  ...(/[<>']|&\w+;/.test(text)
    ? ["markup or the apostrophe '. Expected plain text, with ’ as the apostrophe."]
    : []),
]

/** Returns all parts of a message, with those of nested options. */
const partsOf = (message: ParsedMessage): readonly ParsedMessage[number][] =>
  message.flatMap(part =>
    part.kind === 'select' || part.kind === 'plural'
      ? [part, ...[...part.options.values()].flatMap(partsOf)]
      : [part],
  )

const listed = (names: readonly string[]): string =>
  names.length === 0 ? 'no variables' : names.map(name => `{${name}}`).join(', ')

const variableFaults = (parsed: ParsedMessage, expected: readonly string[]): string[] => {
  const used = new Set(partsOf(parsed).flatMap(part => (part.kind === 'text' ? [] : [part.name])))
  const isComplete = used.size === expected.length && expected.every(name => used.has(name))
  return isComplete ? [] : [`wrong variables: ${listed([...used])}. Expected ${listed(expected)}.`]
}

/** Returns the variables that a message selects by, each with its options. */
const selectsOf = (message: ParsedMessage): ReadonlyMap<string, string> =>
  new Map(
    partsOf(message).flatMap(part =>
      part.kind === 'select' ? [[part.name, [...part.options.keys()].toSorted().join(', ')] as const] : [],
    ),
  )

const selectFaults = (parsed: ParsedMessage, source: ParsedMessage | string): string[] => {
  if (typeof source === 'string') return []
  const [given, expected] = [selectsOf(parsed), selectsOf(source)]
  return [...new Set([...given.keys(), ...expected.keys()])].flatMap(name => {
    const [is, should] = [given.get(name), expected.get(name)]
    if (is === should) return []
    if (should === undefined) return [`select by {${name}}, which English does not have. Expected none.`]
    return [`select by {${name}} with the options ${is ?? '(none)'}. Expected the options ${should}.`]
  })
}

/** Numbers that mails can contain. Larger ones have a category of their own in some languages, such as “many” in French. */
const countable = Array.from({ length: 201 }, (_, count) => count)

/** In the order of UTS #35. */
const categories = ['zero', 'one', 'two', 'few', 'many', 'other'] as const

const pluralFaults = (parsed: ParsedMessage, language: string): string[] => {
  const rules = new Intl.PluralRules(language)
  const { pluralCategories } = rules.resolvedOptions()
  const counted = new Set<string>([...countable.map(count => rules.select(count)), 'other'])
  const known: readonly string[] = categories.filter(category => pluralCategories.includes(category))
  const needed: readonly string[] = categories.filter(category => counted.has(category))
  return partsOf(parsed).flatMap(part => {
    if (part.kind !== 'plural') return []
    const options = [...part.options.keys()]
    const missing = needed.filter(category => !options.includes(category))
    const unknown = options.filter(option => !option.startsWith('=') && !known.includes(option))
    return [
      ...(missing.length > 0
        ? [
            `plural of {${part.name}} without ${missing.join(', ')}. Expected the categories ${needed.join(', ')}.`,
          ]
        : []),
      ...unknown.map(
        option => `unknown plural category “${option}”. Expected ${known.join(', ')}, or a number as =1.`,
      ),
    ]
  })
}

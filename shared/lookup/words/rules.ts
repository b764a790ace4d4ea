/**
 * Words of names, and words of queries. Both are folded in the same way, so that case, accents, width and hidden characters do
 * not matter. A query matches if each of its words is the beginning of a word of the names.
 */
import { email } from '../../kernel/person.ts'
import { inOneCase, withoutAccents } from '../../text/folding.ts'

/** Scripts whose words have few letters and whose text has few or no spaces. Their words are found by one letter. */
const dense = '\\p{scx=Han}\\p{scx=Hira}\\p{scx=Kana}\\p{sc=Hangul}'
/** Alphabetic scripts without spaces between words. */
const unspaced = '\\p{sc=Thai}\\p{sc=Lao}\\p{sc=Khmer}\\p{sc=Myanmar}'

const isDense = new RegExp(`^[${dense}]`, 'u')
const isUnspaced = new RegExp(`^[${unspaced}]`, 'u')
const runs = new RegExp(`[${dense}]+|[${unspaced}]+|[^${dense}${unspaced}]+`, 'gu')

const apostrophes = /[\u2018\u2019\u02bc\u02b9\u2032\uff07\u00b4`]/g
const dashes = /[\u2010-\u2015\u2212]/g

/** Words with a sign between them and no space: `O'Brien`, `Jean-Pierre`, `AT&T`, `S.A.` */
const compounds = /[\p{L}\p{N}\p{M}]+(?:['.&-][\p{L}\p{N}\p{M}]+)*/gu
const connector = /['.&-]/

/** Letters that German, Danish, Norwegian and Swedish also write as two letters. Folding removes only the accent. */
const twoLetters = new Map(Object.entries({ ä: 'ae', ö: 'oe', ü: 'ue', å: 'aa', ø: 'oe' }))
const hasTwoLetters = /[äöüåø]/gi
/** The same letters, written as two. `ue` after `a`, `e` or `q` is no `ü`, as in Bauer and Quelle. */
const twoAsOne = /ae|oe|(?<![aeq])ue|aa/g

/** Letters by which a name is found: longer words of a query are compared with the loaded name. */
export const maxPrefix = 8
/** Letters that a prefix of a word needs at least. Shorter words are found as a whole. */
const minPrefix = 3

/** Limits of one name, in UTF-16 code units, in words, and in positions at which a text without spaces can be found. */
const maxText = 400
const maxWords = 24
const maxStarts = 16
/** Maximum number of words of a query. Further ones are ignored. */
const maxQueryWords = 8

/** Returns the number of letters of the shortest prefix by which a word is found. */
export const rootLength = (word: string): number => (isDense.test(word) ? 1 : minPrefix)

const fold = (text: string): string =>
  inOneCase(withoutAccents(text.slice(0, maxText).replace(apostrophes, "'").replace(dashes, '-')))

const compoundsIn = (text: string): string[] => fold(text).match(compounds) ?? []

const runsOf = (word: string): string[] => word.match(runs) ?? []

/** Returns the words of a run. Text without spaces has a word at each of its letters. */
const startsOf = (run: string): string[] => {
  if (!isDense.test(run) && !isUnspaced.test(run)) return [run]
  const letters = [...run]
  const count = isDense.test(run) ? letters.length : Math.max(1, letters.length - minPrefix + 1)
  return Array.from({ length: Math.min(count, maxStarts) }, (_, start) => letters.slice(start).join(''))
}

/** Returns the words of a text: the parts of each compound, and the compound without its signs. */
const wordsIn = (text: string): string[] =>
  compoundsIn(text).flatMap(compound => {
    const parts = compound.split(connector)
    const joined = parts.length > 1 ? [parts.join('')] : []
    return [...parts, ...joined].flatMap(runsOf).flatMap(startsOf)
  })

const withTwoLetters = (text: string): string =>
  text.normalize('NFC').replace(hasTwoLetters, letter => twoLetters.get(letter.toLowerCase()) ?? letter)

/** The words of a name or of several names. */
export interface Words {
  /** Words with an entry. */
  readonly indexed: readonly string[]
  /** Words that only complete a query whose other words have found the name. */
  readonly further: readonly string[]
}

const distinct = (words: readonly string[]): string[] => [...new Set(words)]

/**
 * Returns the words by which texts are found, the most important texts first: at most 24, because each has an entry. A word
 * with `ä`, `ö`, `ü`, `å` or `ø`, or with two letters that can stand for one of them, is also found in its other spelling.
 */
export const wordsOf = (...texts: readonly string[]): Words => {
  const words = texts.flatMap(wordsIn)
  const spelled = texts.map(withTwoLetters).flatMap(wordsIn)
  const others = words.map(word => word.replace(twoAsOne, ([first = '']) => first))
  const all = distinct([...words, ...spelled, ...others])
  return { indexed: all.slice(0, maxWords), further: all.slice(maxWords) }
}

/** Returns the words of several names as one. */
export const allWords = (...parts: readonly Words[]): Words => {
  const all = distinct(parts.flatMap(({ indexed }) => indexed))
  return {
    indexed: all.slice(0, maxWords),
    further: distinct([...all.slice(maxWords), ...parts.flatMap(({ further }) => further)]),
  }
}

/**
 * Returns the words of a person's name. A name of a dense script is one word, family name first, because such names are written
 * without a space.
 */
export const wordsOfPerson = ({
  firstName = '',
  lastName = '',
}: {
  readonly firstName?: string | undefined
  readonly lastName?: string | undefined
}): Words => {
  const isOneWord = isDense.test(firstName.trim()) && isDense.test(lastName.trim())
  return isOneWord ? wordsOf(`${lastName.trim()}${firstName.trim()}`) : wordsOf(lastName, firstName)
}

/** Returns the words of a request number, such as `7ZK4-M2QP`: the number without its dash, and its second half. */
export const wordsOfNumber = (requestNumber: string): Words => {
  const [first = '', second = ''] = requestNumber.toLowerCase().split('-')
  return { indexed: [`${first}${second}`], further: [second] }
}

/** A request number with its dash. It has no I, L, O and U, so that these letters stand for digits. */
const typedNumber = /^[0-9a-z]{4}-[0-9a-z]{4}$/

const readNumber = (text: string): string =>
  typedNumber.test(text) && /\d/.test(text) ? text.replaceAll('o', '0').replace(/[il]/g, '1') : text

/**
 * Words that many names contain, most of them legal forms. They are looked up only if a query has no other word, because a
 * lookup by them reads many entries.
 */
const common = new Set(
  'gmbh mbh kg kgaa ag ohg gbr ug se ev eg inc corp corporation company co ltd limited llc llp plc sa sas sarl srl spa snc bv nv ab oy oyj as aps sp zoo sl group gruppe holding international deutschland und and the of von van der den de la le di da el al bin abu services service solutions systems systeme technik 公司 有限公司 株式会社 주식회사'.split(
    ' ',
  ),
)

/** A query: the address of a customer, or words. */
export type Sought =
  | { readonly kind: 'email'; readonly address: string }
  | { readonly kind: 'words'; readonly words: readonly string[] }

/** Returns the form of an address by which it is found. The program treats addresses without regard to case. */
export const foldAddress = (address: string): string => address.trim().normalize('NFKC').toLowerCase()

/** Reads a query. The word that is looked up comes first: the longest one that is not common. */
export const readQuery = (text: string): Sought => {
  const address = email.safeParse(text)
  if (address.success) return { kind: 'email', address: foldAddress(address.data) }
  const words = distinct(
    readNumber(fold(text.trim()))
      .match(compounds)
      ?.flatMap(compound => compound.split(connector))
      .flatMap(runsOf) ?? [],
  )
  const length = (word: string): number => [...word].length / rootLength(word) - (common.has(word) ? 100 : 0)
  return { kind: 'words', words: words.slice(0, maxQueryWords).toSorted((a, b) => length(b) - length(a)) }
}

/** Tests if each word of a query is the beginning of a word. */
export const matches = ({ indexed, further }: Words, words: readonly string[]): boolean =>
  words.every(sought => indexed.some(startsWith(sought)) || further.some(startsWith(sought)))

const startsWith = (sought: string) => (word: string) => word.startsWith(sought)

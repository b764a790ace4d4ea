/** Text as words that can be found however they were written: case, accents, width, hidden characters, look-alikes. */
import { inOneCase, withoutAccents } from './folding.ts'

/** Of a longer text the rest is passed over, and so is the rest of a longer word: nobody searches for that. */
const mostCharacters = 5_000
export const longestWord = 40

/** Scripts that put no space between words. */
const unspaced = '\\p{scx=Han}\\p{scx=Hira}\\p{scx=Kana}\\p{sc=Thai}\\p{sc=Lao}\\p{sc=Khmer}\\p{sc=Myanmar}'
const runs = new RegExp(`[${unspaced}]+|[^${unspaced}]+`, 'gu')
const isUnspaced = new RegExp(`^[${unspaced}]`, 'u')

/** C#, F#, C++: a sign that makes another word of a letter. */
const words = /(?<![\p{L}\p{N}])\p{L}(?:#|\+\+)(?![\p{L}\p{N}])|[\p{L}\p{N}\p{M}]+/gu
/** Not a net, and not the end of a sentence. */
const dotNet = /\.net(?![\p{L}\p{N}])/giu

const isLatin = /\p{sc=Latin}/u
const isLookalike = /[\p{sc=Cyrillic}\p{sc=Greek}]/gu
/** Letters of Cyrillic and Greek, and the Latin ones that they look like. */
const lookalikes = new Map(
  (
    [
      ['АВЕКМНОРСТУХЅІЈ', 'ABEKMHOPCTYXSIJ'],
      ['авекмнорстухѕіј', 'abekmhopctyxsij'],
      ['ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ', 'ABEZHIKMNOPTYX'],
      ['αγηικνορτυχ', 'aynikvoptux'],
    ] as const
  ).flatMap(([letters, latin]) => [...letters].map((letter, index) => [letter, latin[index] ?? ''] as const)),
)

/** A word that mixes alphabets is Latin in disguise; one that does not is taken as it is. */
const undisguised = (word: string): string =>
  isLatin.test(word) ? word.replace(isLookalike, letter => lookalikes.get(letter) ?? letter) : word

/** Words as they stand between spaces and signs, folded. */
const spacedWords = (text: string): string[] => {
  const plain = withoutAccents(text.slice(0, mostCharacters))
  return (plain.replace(dotNet, ' dotnet ').match(words) ?? []).map(word => inOneCase(undisguised(word)))
}

const pairs = (run: string): string[] => {
  const letters = [...run]
  return letters.length < 2 ? letters : letters.slice(1).map((letter, index) => `${letters[index]}${letter}`)
}

const split = (text: string, unspacedWords: (run: string) => string[]): string[] =>
  spacedWords(text).flatMap(word =>
    (word.match(runs) ?? []).flatMap(run =>
      isUnspaced.test(run) ? unspacedWords(run) : [run.slice(0, longestWord)],
    ),
  )

/**
 * The words of a text, as search keeps them and looks for them. Scripts without spaces come as pairs of letters, each
 * overlapping the next: no dictionary has to agree with another about where a word ends. Time is linear in the text.
 */
export const wordsOf = (text: string): string[] => split(text, pairs)

/** The words of a text one after the other, letter by letter where a script has no spaces: to find phrases in. */
const sequenceOf = (text: string): string[] => split(text, run => [...run])

/** A phrase as its words, one space between two. */
export const phraseOf = (text: string): string => sequenceOf(text).join(' ')

/** Says of a phrase whether its words stand in the text next to each other and in their order. */
export const phrasesIn = (text: string): ((phrase: string) => boolean) => {
  const sequence = ` ${phraseOf(text)} `
  return phrase => {
    const sought = phraseOf(phrase)
    return sought.length > 0 && sequence.includes(` ${sought} `)
  }
}

/**
 * Calls with each phrase of the text that could be one that is known.
 * @param lengthsOf how many words the known phrases have that begin with a word
 */
export const eachPhrase = (
  text: string,
  lengthsOf: (word: string) => Iterable<number>,
  take: (phrase: string) => void,
): void => {
  const sequence = sequenceOf(text)
  sequence.forEach((word, index) => {
    for (const length of lengthsOf(word))
      if (index + length <= sequence.length) take(sequence.slice(index, index + length).join(' '))
  })
}

/** Tokenizer: splits text into folded words, so that all spellings of a word are equal. */
import { inOneCase, withoutAccents } from './folding.ts'

/** Limits, in UTF-16 code units: longer texts and words are cut. */
const maxCharacters = 5_000
export const maxWordLength = 40

/** Scripts without spaces between words. */
const unspaced = '\\p{scx=Han}\\p{scx=Hira}\\p{scx=Kana}\\p{sc=Thai}\\p{sc=Lao}\\p{sc=Khmer}\\p{sc=Myanmar}'
const runs = new RegExp(`[${unspaced}]+|[^${unspaced}]+`, 'gu')
const isUnspaced = new RegExp(`^[${unspaced}]`, 'u')

/** Matches words, including names of a letter and signs: C#, F#, C++. */
const words = /(?<![\p{L}\p{N}])\p{L}(?:#|\+\+)(?![\p{L}\p{N}])|[\p{L}\p{N}\p{M}]+/gu
/** Matches the name .NET, which would otherwise become the word net. */
const dotNet = /\.net(?![\p{L}\p{N}])/giu

const isLatin = /\p{sc=Latin}/u
const isLookalike = /[\p{sc=Cyrillic}\p{sc=Greek}]/gu
/** Cyrillic and Greek letters, and the Latin letters that they look like. */
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

/** Replaces look-alikes in words that mix alphabets, because such words are usually Latin. */
const withoutLookalikes = (word: string): string =>
  isLatin.test(word) ? word.replace(isLookalike, letter => lookalikes.get(letter) ?? letter) : word

/** Returns the folded words between spaces and signs. */
const spacedWords = (text: string): string[] => {
  const plain = withoutAccents(text.slice(0, maxCharacters))
  return (plain.replace(dotNet, ' dotnet ').match(words) ?? []).map(word =>
    inOneCase(withoutLookalikes(word)),
  )
}

const pairs = (run: string): string[] => {
  const letters = [...run]
  return letters.length < 2 ? letters : letters.slice(1).map((letter, index) => `${letters[index]}${letter}`)
}

const split = (text: string, unspacedWords: (run: string) => string[]): string[] =>
  spacedWords(text).flatMap(word =>
    (word.match(runs) ?? []).flatMap(run =>
      isUnspaced.test(run) ? unspacedWords(run) : [run.slice(0, maxWordLength)],
    ),
  )

/**
 * Returns the words of a text, for indexing and searching. Scripts without spaces yield overlapping pairs of letters
 * (bigrams), which need no dictionary. Takes linear time.
 */
export const wordsOf = (text: string): string[] => split(text, pairs)

/** Returns the words of a text in order, for finding phrases. Scripts without spaces yield single letters. */
const sequenceOf = (text: string): string[] => split(text, run => [...run])

/** Returns the words of a phrase, joined by single spaces. */
export const phraseOf = (text: string): string => sequenceOf(text).join(' ')

/** Returns a function that tests if the words of a phrase occur in the text next to each other and in order. */
export const phrasesIn = (text: string): ((phrase: string) => boolean) => {
  const sequence = ` ${phraseOf(text)} `
  return phrase => {
    const sought = phraseOf(phrase)
    return sought.length > 0 && sequence.includes(` ${sought} `)
  }
}

/**
 * Calls `take` with each sequence of words in the text that has the first word and the length of a known phrase.
 * @param lengthsOf lengths, in words, of the known phrases that start with a word
 */
export const forEachPhrase = (
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

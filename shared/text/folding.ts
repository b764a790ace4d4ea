/** Folding: one form for spellings that differ in case, accents, width or hidden characters. */

/** Version of the folding. Keys that are made from folded text contain it, and are made again when it changes. */
export const foldVersion = 1

const hidden = /[\p{Cf}\p{Default_Ignorable_Code_Point}]/gu

/** Optional accents and vowel points (Latin, Greek, Cyrillic, Hebrew, Arabic). Marks of other scripts are letters. */
const accents = /[\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670]/g

/** Letters without a Unicode decomposition, and the final sigma. */
const undecomposed = new Map(
  Object.entries({
    ß: 'ss',
    æ: 'ae',
    œ: 'oe',
    ø: 'o',
    ł: 'l',
    đ: 'd',
    ð: 'd',
    þ: 'th',
    ı: 'i',
    ħ: 'h',
    ς: 'σ',
  }),
)
const isUndecomposed = new RegExp(`[${[...undecomposed.keys()].join('')}]`, 'g')

/** Removes accents, width and hidden characters. The result is decomposed (NFKD); `inOneCase` composes it again. */
export const withoutAccents = (text: string): string =>
  text.normalize('NFKD').replace(hidden, '').replace(accents, '')

/** Lower case, composed (NFC). Accents are removed again, because the lower case of İ has one. @param text without accents */
export const inOneCase = (text: string): string =>
  text
    .toLowerCase()
    .replace(accents, '')
    .replace(isUndecomposed, letter => undecomposed.get(letter) ?? letter)
    .normalize('NFC')

/** Letters however they are written: what spellings have in common that differ by case, accents, width alone. */

const hidden = /[\p{Cf}\p{Default_Ignorable_Code_Point}]/gu

/** Accents and vowel points of the alphabets that can do without; vowel signs and sound marks of others are letters. */
const accents = /[\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670]/g

/** Letters that Unicode does not take apart, as they are written without their marks; and a sigma that ends a word. */
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

/** Without accents, width and hidden characters: in Unicode's compatibility decomposition, for `inOneCase` to finish. */
export const withoutAccents = (text: string): string =>
  text.normalize('NFKD').replace(hidden, '').replace(accents, '')

/** @param text without accents; an İ has one again in lower case */
export const inOneCase = (text: string): string =>
  text
    .toLowerCase()
    .replace(accents, '')
    .replace(isUndecomposed, letter => undecomposed.get(letter) ?? letter)
    .normalize('NFC')

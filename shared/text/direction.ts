/** Direction of text: from left to right, or from right to left. */

export type Direction = 'ltr' | 'rtl'

/** Scripts that run from right to left (ISO 15924). */
const rtlScripts = ['Adlm', 'Arab', 'Hebr', 'Mand', 'Mend', 'Nkoo', 'Rohg', 'Samr', 'Syrc', 'Thaa'] as const

/** Returns the direction in which a language (BCP 47) is written, such as `rtl` for ar, he, fa and ur. */
export const directionOfLanguage = (tag: string): Direction => {
  const { script } = new Intl.Locale(tag).maximize()
  return rtlScripts.some(rtl => rtl === script) ? 'rtl' : 'ltr'
}

const rtlLetter = new RegExp(`[\\u200f${rtlScripts.map(script => `\\p{Script=${script}}`).join('')}]`, 'u')
const ltrLetter = new RegExp(
  `\\u200e|(?![${rtlScripts.map(script => `\\p{Script=${script}}`).join('')}])\\p{L}`,
  'u',
)

/** Returns the direction of the first letter, as `dir="auto"` of HTML does; `ltr` for text without letters. */
export const directionOfText = (text: string): Direction => {
  const [rtl, ltr] = [text.search(rtlLetter), text.search(ltrLetter)]
  return rtl >= 0 && (ltr < 0 || rtl < ltr) ? 'rtl' : 'ltr'
}

/** Returns true if a text has letters that run against a direction. */
export const runsAgainst = (direction: Direction, text: string): boolean =>
  (direction === 'ltr' ? rtlLetter : ltrLetter).test(text)

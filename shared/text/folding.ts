/**
 * Folding: one form for spellings that differ in case, accents, width, hidden characters, digits, dashes or spaces.
 *
 * Input is folded before it is checked. Each kind of field has one fold:
 *
 * | Fold | Fields | Effect |
 * | --- | --- | --- |
 * | `foldMachineText` | email, telephone, hosts, codes, ids, postal codes, dates, numbers in queries | NFKC, digits and dashes in ASCII, one kind of space, no hidden characters |
 * | `foldLine` | names, companies, cities and other text of one line | NFC, single spaces, no hidden characters; letters, digits, dashes and no-break spaces stay as typed |
 * | `foldProse` | text of several lines | as `foldLine`, but spaces stay as typed, and every kind of line break becomes `\n` |
 * | `withoutAccents`, `inOneCase` | comparison of words in searches; never stored | NFKD, lower case, no accents |
 *
 * Folding is idempotent. A folded text is checked in the same way as a typed one, so folding accepts nothing that is not
 * accepted in its folded form.
 */

/**
 * Version of the folds. Keys that are derived from folded text carry it, and a change of a fold raises it: keys of an older
 * version are then still found by the older fold.
 *
 * `addressFingerprint` has no version, because version 1 leaves every email address unchanged that the program accepted
 * before there were versions. A property test checks this.
 */
export const foldVersion = 1

const hidden = /[\p{Cf}\p{Default_Ignorable_Code_Point}]/gu

/** Scripts in which a zero-width joiner or non-joiner changes how a word is written (ISO 15924). */
const joiningScripts = `
  Adlm Arab Bali Beng Deva Gran Gujr Guru Java Khmr Knda Kthi Lepc Limb Mand Mlym Mong Mymr Newa Nkoo Orya Phag Rohg Sinh Sund
  Sylo Syrc Taml Telu Tibt Tirh`
  .trim()
  .split(/\s+/)

/** A visible letter or mark. Variation selectors and fillers are in these categories too, but hidden. */
const letter = '(?=[\\p{L}\\p{M}])(?!\\p{Default_Ignorable_Code_Point})'

const joining = joiningScripts.map(script => `\\p{scx=${script}}`).join('')

/** A joiner after a letter of such a script. A non-joiner at the end of a word has no effect. */
const joiner = `(?<=${letter}[${joining}])(?:\\u200d|\\u200c${letter})`

/** Hidden characters that change how their neighbours look: in emoji sequences, and selectors of variants of a character. */
const shaping = [
  joiner,
  // Emoji ZWJ sequences (UTS #51), such as a woman and a laptop.
  '(?<=[\\p{Extended_Pictographic}\\p{Emoji_Modifier}]\\ufe0f?)\\u200d(?=\\p{Extended_Pictographic})',
  // Variation selectors: emoji or text style, and variants of Han characters in names.
  '(?<=[^\\p{Default_Ignorable_Code_Point}\\p{M}\\p{Z}\\p{C}])[\\ufe00-\\ufe0f\\u{e0100}-\\u{e01ef}]',
  '(?<=(?=\\p{L})\\p{scx=Mong})[\\u180b-\\u180d\\u180f]',
  // Flags of regions, such as Scotland: a black flag and at most 7 tag characters.
  '(?<=\\u{1f3f4}[\\u{e0020}-\\u{e007e}]{0,6})[\\u{e0020}-\\u{e007f}]',
].join('|')

/** Matches hidden characters. The group contains those that stay. Arabic and Egyptian signs of the category Cf are visible. */
const hiddenInText = new RegExp(`(${shaping})|[\\p{Default_Ignorable_Code_Point}\\ufff9-\\ufffb]`, 'gu')
const hiddenInMachineText = new RegExp(`(${joiner})|[\\p{Cf}\\p{Default_Ignorable_Code_Point}]`, 'gu')

/** Removes hidden characters that do not change how the text looks, such as direction marks and byte order marks. */
export const withoutHidden = (text: string): string => text.replace(hiddenInText, '$1')

const isDigit = /^\p{Nd}$/u

/** Returns the value of a decimal digit of any script. Unicode encodes the ten digits of a script one after the other. */
const digitValue = (digit: string): string => {
  const codePoint = digit.codePointAt(0) ?? 0
  let before = 0
  while (before < 9 && isDigit.test(String.fromCodePoint(codePoint - before - 1))) before++
  return String(before)
}

/** Maximum number of rounds after which all hidden characters go, so that no input makes folding slow. */
const maxRounds = 4

/**
 * Removes combining marks beyond 30 in a row, the limit of the Stream-Safe Text Format (UAX #15, section 13). No language needs
 * more, and the time to sort marks in a normalization grows with the square of their number.
 */
const withoutLongMarks = (text: string): string => text.replace(/(\p{M}{30})\p{M}+/gu, '$1')

/**
 * Removes hidden characters and normalizes, until nothing changes: removing a character can bring marks together that
 * normalization then reorders, so that another hidden character stands behind a different one.
 */
const normalized = (text: string, form: 'NFC' | 'NFKC', hiddenHere: RegExp): string => {
  let [before, after] = [text, text]
  for (let round = 0; round < maxRounds; round++) {
    before = after
    after = withoutLongMarks(before.replace(hiddenHere, '$1')).normalize(form)
    if (after === before) return after
  }
  return withoutLongMarks(after.replace(hidden, '')).normalize(form)
}

/** Folds text for machines, such as `+４９‑٣٠` to `+49-30`. Letters keep their case. */
export const foldMachineText = (text: string): string =>
  normalized(text, 'NFKC', hiddenInMachineText)
    .replace(/(?![0-9])\p{Nd}/gu, digitValue)
    .replace(/[\p{Pd}\u2212]/gu, '-')
    .replace(/\s+/gu, ' ')
    .trim()

/** Folds text of one line. Line breaks inside of the text stay, so that the schema refuses them. */
export const foldLine = (text: string): string =>
  normalized(text, 'NFC', hiddenInText)
    .replace(/[\t\p{Zs}]{2,}|(?![\u00a0\u202f])[\t\p{Zs}]/gu, ' ')
    .trim()

/** Folds text of several lines. */
export const foldProse = (text: string): string =>
  normalized(text, 'NFC', hiddenInText)
    .replace(/\r\n?|[\v\f\u0085\u2028\u2029]/gu, '\n')
    .trim()

/** Tests for a character that people can see. Private-use characters look different in each font. U+2800 has no dots. */
export const isVisible = (text: string): boolean =>
  /[^\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{M}\p{Z}\p{Default_Ignorable_Code_Point}\u2800]/u.test(text)

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
  withoutLongMarks(text).normalize('NFKD').replace(hidden, '').replace(accents, '')

/** Lower case, composed (NFC). Accents are removed again, because the lower case of İ has one. @param text without accents */
export const inOneCase = (text: string): string =>
  text
    .toLowerCase()
    .replace(accents, '')
    .replace(isUndecomposed, letter => undecomposed.get(letter) ?? letter)
    .normalize('NFC')

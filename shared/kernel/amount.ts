/** Reads amounts of money as people write them in forms, and writes them in the notation of a locale. */
import { foldMachineText } from '../text/folding.ts'
import { currencies, decimalsOf, successors } from './iso.ts'
import { maxAmount } from './money.ts'

/** Reason why a text is not an amount. */
export type AmountFault =
  /** A point or comma before three digits that can separate thousands or decimals: `1.234`. */
  | { readonly kind: 'ambiguous'; readonly whole: number; readonly fraction: number }
  | { readonly kind: 'negative' | 'too-precise' | 'too-big' | 'other-currency' }
  /** Words or abbreviations, such as `2k` or `1.5 million`. */
  | { readonly kind: 'words' }
  /** Wrong or inconsistent separators, such as `1.2.3`. */
  | { readonly kind: 'malformed' }

export type ParsedAmount = { readonly amount: number } | { readonly fault: AmountFault }

const failed = (kind: Exclude<AmountFault['kind'], 'ambiguous'>): ParsedAmount => ({ fault: { kind } })

/** Characters of the longest text that is read, with currency and separators. */
const maxLength = 60

/** Separator that can only be one of decimals: U+066B. */
const pureDecimal = '\u066b'

/** Apostrophes and similar signs between thousands, as in Switzerland, and the Arabic separator of thousands. */
const apostrophes = /['’‘ʼ′`´＇\u066c]/gu

/** Folds a text to western digits, the separators `.`, `,` and U+066B, and one space for each other separator of thousands. */
const fold = (text: string): string => foldMachineText(text.replace(apostrophes, ' '))

interface Separators {
  readonly groups: ReadonlySet<string>
  readonly decimals: ReadonlySet<string>
}

/** The part of a locale that decides about notation: extensions, such as other digits, are ignored. */
const baseOf = (locale: string): string => new Intl.Locale(locale).baseName

/** Returns the separators of a locale, in plain numbers and in amounts: in some locales they differ. */
const separatorsOf = (locale: string): Separators => {
  const base = baseOf(locale)
  const parts = [
    new Intl.NumberFormat(base),
    new Intl.NumberFormat(base, { numberingSystem: 'latn' }),
    new Intl.NumberFormat(base, { style: 'currency', currency: 'EUR' }),
  ].flatMap(format => format.formatToParts(12_345_678.9))
  const valuesOf = (type: 'group' | 'decimal') =>
    new Set(parts.filter(part => part.type === type).map(({ value }) => fold(` ${value} `) || ' '))
  return { groups: valuesOf('group'), decimals: valuesOf('decimal') }
}

/** Names of currencies in everyday use that `Intl` lacks. */
const everydayNames: Readonly<Record<string, readonly string[]>> = {
  AUD: ['A$'],
  CAD: ['C$'],
  CHF: ['Fr', 'SFr'],
  CNY: ['元', 'RMB'],
  CZK: ['Kč'],
  HKD: ['元'],
  INR: ['Rs'],
  JPY: ['円'],
  KRW: ['원'],
  NPR: ['Rs'],
  PKR: ['Rs'],
  RUB: ['руб'],
  SGD: ['S$'],
  TRY: ['TL'],
  TWD: ['元', 'NT$'],
}

const withoutDots = (name: string): string => fold(name).toLowerCase().replace(/[\s.]/g, '')

/** Returns the code, signs and names of a currency in a locale and in English, of each also the first and the last word. */
const namesOf = (currency: string, locale: string): ReadonlySet<string> => {
  const names = [baseOf(locale), 'en'].flatMap(tag =>
    (['code', 'symbol', 'narrowSymbol', 'name'] as const).flatMap(currencyDisplay => {
      const format = new Intl.NumberFormat(tag, { style: 'currency', currency, currencyDisplay })
      return [1, 2, 5].flatMap(count =>
        format
          .formatToParts(count)
          .filter(({ type }) => type === 'currency')
          .map(({ value }) => value),
      )
    }),
  )
  const words = names.map(name => name.split(/[\s-]+/u)).filter(({ length }) => length > 1)
  const ends = words.flatMap(all => [all.at(0) ?? '', all.at(-1) ?? '']).filter(word => word.length > 3)
  // The sign of a dollar with its country, such as US$.
  const signs = names.some(name => name.endsWith('$')) ? [`${currency.slice(0, 2)}$`] : []
  return new Set([...names, ...ends, ...signs, ...(everydayNames[currency] ?? [])].map(withoutDots))
}

/** Tests for the code of a currency, or for a sign, which only for dollars can have letters: `NT$`. */
const isOfCurrency = (text: string): boolean => {
  const code = text.toUpperCase()
  return currencies.has(code) || successors.has(code) || /^(?:\p{Sc}|\p{L}{1,3}\$)$/u.test(text)
}

/** Returns the fault of the text before or after the number, which can only be the currency. */
const faultOfWords = (
  text: string,
  locale: string,
  currency: string | undefined,
): ParsedAmount | undefined => {
  if (text === '') return undefined
  if (/^[.,\u066b]+$/.test(text)) return failed('malformed')
  if (currency !== undefined && namesOf(currency, locale).has(withoutDots(text))) return undefined
  if (!isOfCurrency(text)) return failed('words')
  return currency === undefined ? undefined : failed('other-currency')
}

/** Groups of three digits, or as in India of two and at last three. */
const isGrouped = (groups: readonly string[]): boolean =>
  /^[1-9]\d{0,2}( \d{3})+$|^[1-9]\d?( \d{2})+ \d{3}$/.test(groups.join(' '))

interface Separated {
  /** The digits, with one kind of separator between thousands. */
  readonly whole: string
  readonly group: string | undefined
  readonly decimals: string
}

type Reading = Separated | { readonly fault: AmountFault }

/** Decides if the only point or comma of a number separates thousands or decimals. */
const readSingle = (body: string, separator: string, given: Separators, maxDecimals: number): Reading => {
  const [before = '', after = ''] = body.split(separator)
  const asGroup: Separated = { whole: body, group: separator, decimals: '' }
  const asDecimal: Separated = { whole: before, group: undefined, decimals: after }
  const canGroup = after.length === 3 && before.length <= 3 && !before.startsWith('0')
  // `45.0000` and `045.000` are slips in a number of thousands rather than decimals that are all zero.
  const isSlip =
    after.length > 2 &&
    before !== '0' &&
    (after.length > maxDecimals || before.startsWith('0')) &&
    /^0*$/.test(after.slice(maxDecimals))
  if (!canGroup) return isSlip ? { fault: { kind: 'malformed' } } : asDecimal
  const [isGroup, isDecimal] = [given.groups.has(separator), given.decimals.has(separator)]
  if (isGroup && !isDecimal) return asGroup
  if (isDecimal && !isGroup && maxDecimals >= 3) return asDecimal
  return {
    fault: {
      kind: 'ambiguous',
      whole: Number(before + after),
      fraction: Number(`${before}.${after}`),
    },
  }
}

const readSeparators = (body: string, isWhole: boolean, given: Separators, maxDecimals: number): Reading => {
  const used = body.match(/\D/g) ?? []
  const [first] = used
  const last = used.at(-1)
  if (first === undefined || last === undefined) return { whole: body, group: undefined, decimals: '' }
  const isUniform = used.every(separator => separator === first)
  if (isUniform && (isWhole || first === ' ')) return { whole: body, group: first, decimals: '' }
  if (isUniform && used.length === 1 && last !== pureDecimal)
    return readSingle(body, last, given, maxDecimals)
  if (isUniform && last !== pureDecimal) return { whole: body, group: first, decimals: '' }
  const others = used.slice(0, -1)
  const isConsistent = others.every(separator => separator === first) && !others.includes(last)
  if (isWhole || last === ' ' || !isConsistent) return { fault: { kind: 'malformed' } }
  const at = body.lastIndexOf(last)
  return {
    whole: body.slice(0, at),
    group: others.length > 0 ? first : undefined,
    decimals: body.slice(at + 1),
  }
}

/**
 * Parses an amount as people write it: in the notation of their locale, or in any other that has only one meaning. The
 * currency may stand before or after the number.
 * @param locale BCP 47
 * @param currency undefined if it is not known
 */
export const parseAmount = (text: string, locale: string, currency: string | undefined): ParsedAmount => {
  // Other numbers than decimal digits, such as ½ or ², would be changed by the folding.
  if (text.trim().length > maxLength || /[\p{No}\p{Nl}]/u.test(text)) return failed('words')
  const [, before = '', body, after = ''] = /^(\D*)(\d(?:[\d., \u066b]*\d)?)(\D*)$/.exec(fold(text)) ?? []
  if (body === undefined) return failed('words')
  // `45,-` and the Indian `45/-` have no decimals.
  const [ending = ''] = /^(?:[.,] ?-{1,2}|\/-)/.exec(after) ?? []
  const [prefix, suffix] = [before.trim(), after.slice(ending.length).trim()]
  if (/[-(]/.test(prefix) || /[-)]/.test(suffix)) return failed('negative')
  const wrong = faultOfWords(prefix, locale, currency) ?? faultOfWords(suffix, locale, currency)
  if (wrong) return wrong
  const maxDecimals = currency === undefined ? 2 : decimalsOf(currency)
  const reading = readSeparators(body, ending !== '', separatorsOf(locale), maxDecimals)
  if ('fault' in reading) return reading
  const { whole, group, decimals } = reading
  if (group !== undefined && !isGrouped(whole.split(group))) return failed('malformed')
  const amount = Number(`${whole.replace(/\D/g, '')}.${decimals}`)
  if (amount > maxAmount) return failed('too-big')
  return decimals.replace(/0+$/, '').length > maxDecimals ? failed('too-precise') : { amount }
}

/** Writes an amount in the notation of a locale, so that `parseAmount` returns the same amount. */
export const writeAmount = (amount: number, locale: string, currency: string): string => {
  const decimals = Number.isInteger(amount) ? 0 : decimalsOf(currency)
  const digits = { minimumFractionDigits: decimals, maximumFractionDigits: decimals }
  const notations = [true, false].map(useGrouping =>
    new Intl.NumberFormat(baseOf(locale), { ...digits, useGrouping }).format(amount),
  )
  const isRead = (text: string): boolean => {
    const parsed = parseAmount(text, locale, currency)
    return 'amount' in parsed && parsed.amount === amount
  }
  return notations.find(isRead) ?? String(amount)
}

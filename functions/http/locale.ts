/** Reads the languages that a request asks for. */
import { programLanguages } from '../../shared/program/index.ts'
import { canonicalTag } from '../../shared/text/language-tag.ts'
import { type LanguagePreference, namedOnly, preferredAmong } from '../../shared/text/locale.ts'
import type { ApiEvent } from './call.ts'

type Headers = Pick<ApiEvent, 'headers'>

/** Maximum number of language ranges that are read, to limit the work. Browsers send at most a dozen. */
const maxRanges = 50

/**
 * A language range with its weight (RFC 9110 §12.5.4): `language-range [ OWS ";" OWS "q=" qvalue ]`. Ranges are basic (RFC
 * 4647 §2.1). Weights may have more than the three decimals of RFC 9110 §12.4.2, which some clients send.
 */
const weighted = /^([a-z]{1,8}(?:-[a-z\d]{1,8})*|\*)(?:[ \t]*;[ \t]*q=(0(?:\.\d*)?|1(?:\.0*)?))?$/i

const readRange = (part: string): { readonly range: string; readonly weight: number }[] => {
  const [, range = '', weight = '1'] = weighted.exec(part.trim()) ?? []
  const tag = range === '*' ? range : canonicalTag(range)
  return tag === undefined ? [] : [{ range: tag, weight: Number(weight) }]
}

/** Returns the languages of `Accept-Language`. Malformed parts are skipped. Of equal weights, the first is preferred. */
export const languagesOf = ({ headers }: Headers): LanguagePreference => {
  const ranges = (headers['accept-language'] ?? '').split(',').slice(0, maxRanges).flatMap(readRange)
  const accepted = ranges.filter(({ weight }) => weight > 0).toSorted((a, b) => b.weight - a.weight)
  return {
    accepted: accepted.map(({ range }) => range),
    refused: ranges.filter(({ weight }) => weight === 0).map(({ range }) => range),
  }
}

/** Returns the locale in which to answer a request: English if it accepts no language of the program (RFC 9110 §12.5.4). */
export const localeOf = (request: Headers, available: readonly string[] = programLanguages()): string =>
  preferredAmong(languagesOf(request), available) ?? 'en'

/** Returns the locale that a preference names; undefined if it names no language of the program. `*` names none. */
export const namedLocale = (preference: LanguagePreference): string | undefined =>
  preferredAmong(namedOnly(preference), programLanguages())

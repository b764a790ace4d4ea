import type { ApiEvent } from './call.ts'

/** The language that a browser asks for first, BCP 47; English if it asks for none. */
export const localeOf = ({ headers }: Pick<ApiEvent, 'headers'>): string => {
  const [first = ''] = (headers['accept-language'] ?? '').split(/[,;]/)
  if (!first) return 'en'
  try {
    return Intl.getCanonicalLocales(first.trim())[0] ?? 'en'
  } catch {
    return 'en'
  }
}

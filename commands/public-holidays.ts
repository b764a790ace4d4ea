/** Public holidays of a country, from the package `date-holidays`, as `holidays` of a calendar in the policy. */
import Holidays from 'date-holidays'

/** Maximum number of holidays of a calendar. */
const maxHolidays = 120

const dayMs = 86_400_000

/**
 * Returns the local dates of a holiday, which can take several days; none for half a day, on which people work for some hours.
 * The times of the package are local without a zone, so that a day can have 23 or 25 hours.
 */
const datesOf = ({ date, start, end }: { date: string; start: Date; end: Date }): string[] => {
  const days = Math.floor((end.getTime() - start.getTime()) / dayMs + 0.1)
  const first = Date.parse(date.slice(0, 10))
  return Array.from({ length: days }, (_, index) =>
    new Date(first + index * dayMs).toISOString().slice(0, 10),
  )
}

/** Notes of the package on holidays of some people only, such as “Women” or “For Muslim”. */
const ofSomePeople = /women|youth|children|military|muslim|islam|orthodox/i

/** The types of the package lack its field `note`. */
const noteOn = (holiday: object): string => ('note' in holiday ? String(holiday.note) : '')

/**
 * Returns the dates of the public holidays of some years, in order. Those on a Saturday or Sunday are included, because these
 * are working days in some countries.
 * @param country ISO 3166-1 alpha-2
 * @param subdivision second part of an ISO 3166-2 code, such as BY for Bavaria; undefined for holidays of the whole country
 * @throws RangeError for an unknown country or subdivision, and for more dates than a calendar can have
 */
export const publicHolidays = (
  country: string,
  subdivision: string | undefined,
  years: readonly number[],
): string[] => {
  const known = new Holidays()
  if (!known.getCountries()?.[country])
    throw new RangeError(`unknown country ${country}, expected an ISO 3166-1 code such as DE`)
  const states = Object.keys(known.getStates(country) ?? {})
  if (subdivision !== undefined && !states.includes(subdivision))
    throw new RangeError(
      `unknown subdivision ${subdivision}, expected one of ${states.join(', ') || '(none)'}`,
    )
  const source = subdivision === undefined ? new Holidays(country) : new Holidays(country, subdivision)
  const dates = years
    .flatMap(year => source.getHolidays(year))
    .filter(holiday => holiday.type === 'public' && !ofSomePeople.test(noteOn(holiday)))
    .flatMap(datesOf)
  const holidays = [...new Set(dates)].toSorted()
  if (holidays.length > maxHolidays)
    throw new RangeError(`${holidays.length} holidays, expected at most ${maxHolidays}; give fewer years`)
  return holidays
}

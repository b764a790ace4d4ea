import { describe, expect, it } from 'vitest'
import { countries } from '../../shared/kernel/iso.ts'
import { defaultPolicy, regionTime } from '../../shared/program/rules.ts'
import { zoneOfCountry } from '../../shared/time/zones.ts'

const offsetIn = (timeZone: string, at: number): string | undefined =>
  new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' })
    .formatToParts(at)
    .find(({ type }) => type === 'timeZoneName')?.value

/** Zones of a country in CLDR. The method replaces the property in newer versions of Node.js. */
const zonesOf = (country: string): readonly string[] => {
  const locale = new Intl.Locale(`und-${country}`) as Intl.Locale & {
    readonly timeZones?: readonly string[]
    getTimeZones?(): readonly string[]
  }
  return locale.getTimeZones?.() ?? locale.timeZones ?? []
}

const noons = Array.from({ length: 12 }, (_, month) => Date.UTC(2026, month, 15, 12))

/** Countries of the table whose people do not all have the same local time by CLDR: see `zones.ts`. */
const exceptions = ['CN', 'NZ', 'UA']

describe('the time zone of a country', () => {
  it.each([...countries].filter(country => !exceptions.includes(country)))(
    'is known if and only if all clocks of the country are equal: %s',
    country => {
      const zones = zonesOf(country)
      const hasOneTime =
        zones.length > 0 && noons.every(noon => new Set(zones.map(zone => offsetIn(zone, noon))).size === 1)
      const zone = zoneOfCountry(country)
      expect(zone !== undefined).toBe(hasOneTime)
      if (zone) for (const noon of noons) expect(offsetIn(zone, noon)).toBe(offsetIn(zones[0] ?? '', noon))
    },
  )

  it.each([
    ['CN', 'Asia/Shanghai'],
    ['NZ', 'Pacific/Auckland'],
    ['UA', 'Europe/Kiev'],
    ['DE', 'Europe/Berlin'],
    ['US', undefined],
    ['', undefined],
  ])('of "%s" is %s', (country, zone) => {
    expect(zoneOfCountry(country)).toBe(zone)
  })
})

describe('the time of a region', () => {
  const calendar = {
    responseTime: 'PT80H',
    zone: 'America/Chicago',
    workingDays: [1],
    workingHours: { from: '09:00', to: '17:00' },
    holidays: [],
  } as const

  it.each([
    [
      'of its calendar',
      { US: { ...calendar, workingDays: [1], holidays: [] } },
      'US',
      { officeZone: 'Asia/Tokyo', readerCountry: 'DE' },
      'America/Chicago',
    ],
    [
      'of the office without a calendar',
      {},
      'US',
      { officeZone: 'America/Denver', readerCountry: 'DE' },
      'America/Denver',
    ],
    ['of its country without a calendar', {}, 'FR', { readerCountry: 'DE' }, 'Europe/Paris'],
    ['of the reader’s country if its own has several', {}, 'US', { readerCountry: 'DE' }, 'Europe/Berlin'],
    ['UTC if both have several', {}, 'US', { readerCountry: 'CA' }, 'UTC'],
  ])('is %s', (_, calendars, region, nearby, zone) => {
    expect(regionTime({ ...defaultPolicy, calendars }, region, nearby).zone).toBe(zone)
  })
})

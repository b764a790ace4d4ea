import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { compile, compiled } from '../../shared/discovery/gazetteer/compile.ts'
import { locate as locateWithoutFile, openGazetteer } from '../../shared/discovery/gazetteer/store.ts'

interface Row {
  readonly name: string
  readonly ascii?: string
  readonly others?: string
  readonly at?: readonly [latitude: number, longitude: number]
  readonly country?: string
  readonly population?: number
}

/** Formats a row as a tab-separated line of GeoNames. */
const line = ({ name, ascii = name, others = '', at = [1, 1], country = 'DE', population = 5000 }: Row) =>
  ['1', name, ascii, others, ...at, 'P', 'PPL', country, '', '', '', '', '', population, '', '', '', ''].join(
    '\t',
  )

const newFile = () => join(mkdtempSync(join(tmpdir(), 'gazetteer-')), 'gazetteer.bin')
const contents = (...rows: readonly Row[]) => compile(rows.map(line).join('\n'))

const gazetteer = (...rows: readonly Row[]) => {
  const file = newFile()
  writeFileSync(file, contents(...rows))
  return openGazetteer(file)
}

describe('the gazetteer', () => {
  const munich = { latitude: 48.137, longitude: 11.575 }
  const locate = openGazetteer(compiled())

  it.each([
    ['München', 'DE'],
    ['MÜNCHEN', 'DE'],
    ['Muenchen', 'DE'],
    ['Munchen', 'DE'],
    ['Munich', 'DE'],
    ['慕尼黑', 'DE'],
    ['80331 München', 'DE'],
    ['München (Bogenhausen)', 'DE'],
    ['München / Schwabing', 'DE'],
  ])('finds %s', (city, country) => {
    expect(locate(city, country)).toEqual(munich)
  })

  it.each([
    ['St. Gallen', 'CH', 47.4, 9.4],
    ['genève', 'CH', 46.2, 6.1],
    ['Den Haag', 'NL', 52.1, 4.3],
    ['Aarhus', 'DK', 56.2, 10.2],
    ['上海', 'CN', 31.2, 121.5],
    ['Saint Etienne', 'FR', 45.4, 4.4],
    ['İstanbul', 'TR', 41, 29],
    ['Portland, Oregon', 'US', 45.5, -122.7],
  ])('finds %s in %s in any spelling', (city, country, latitude, longitude) => {
    const found = locate(city, country)
    expect(found?.latitude).toBeCloseTo(latitude, 0)
    expect(found?.longitude).toBeCloseTo(longitude, 0)
  })

  it.each([
    ['மதுரை', 'IN', 9.9, 78.1],
    ['パース', 'AU', -32, 115.9],
    ['ﾊﾞｰｽ', 'GB', 51.4, -2.4],
    ['バース', 'GB', 51.4, -2.4],
    ['Αθήνα', 'GR', 38, 23.7],
    ['ירושלים', 'IL', 31.8, 35.2],
  ])('finds %s in %s, whose script uses combining marks', (city, country, latitude, longitude) => {
    const found = locate(city, country)
    expect(found?.latitude).toBeCloseTo(latitude, 0)
    expect(found?.longitude).toBeCloseTo(longitude, 0)
  })

  it('does not confuse names that differ only in a combining mark', () => {
    const locate = gazetteer({ name: 'Madurai', others: 'மதுரை' }, { name: 'Bath', others: 'バース' })
    expect(locate('மதுரை', 'DE')).toBeDefined()
    expect(locate('மதுரா', 'DE')).toBeUndefined()
    expect(locate('バース', 'DE')).toBeDefined()
    expect(locate('パース', 'DE')).toBeUndefined()
  })

  it.each([
    ['Nowhere at all', 'DE'],
    ['München', 'FR'],
    ['München', 'ZZ'],
    ['-', 'DE'],
    ['|', 'DE'],
    ['', 'DE'],
  ])('does not find “%s” in %s', (city, country) => {
    expect(locate(city, country)).toBeUndefined()
  })

  it('chooses the most populous of several cities with the same name', () => {
    const found = gazetteer(
      { name: 'Neustadt', at: [1, 2], population: 9000 },
      { name: 'Neustadt', at: [3, 4], population: 50_000 },
      { name: 'Neustadt', at: [5, 6], population: 2000 },
    )('Neustadt', 'DE')
    expect(found).toEqual({ latitude: 3, longitude: 4 })
  })

  it('prefers an exact main name to an alternative name of a larger city, unless that city is far larger', () => {
    const locate = gazetteer(
      { name: 'Frisco', at: [33, -97], country: 'US', population: 150_000 },
      { name: 'San Francisco', others: 'Frisco,SF', at: [38, -122], country: 'US', population: 860_000 },
      { name: 'Kiev', at: [47, 34], country: 'UA', population: 1100 },
      { name: 'Kyiv', others: 'Kiev', at: [50, 31], country: 'UA', population: 2_800_000 },
    )
    expect(locate('Frisco', 'US')).toEqual({ latitude: 33, longitude: -97 })
    expect(locate('SF', 'US')).toEqual({ latitude: 38, longitude: -122 })
    expect(locate('Kiev', 'UA')).toEqual({ latitude: 50, longitude: 31 })
  })

  it('matches whole names only', () => {
    const locate = gazetteer({ name: 'Bernau' }, { name: 'Bern', at: [2, 2] })
    expect(locate('Bern', 'DE')).toEqual({ latitude: 2, longitude: 2 })
    expect(locate('Berna', 'DE')).toBeUndefined()
  })

  it('compiles to a small file', () => {
    expect(contents({ name: 'Bern' }, { name: 'Rom', country: 'IT' }).length).toBeLessThan(150)
  })

  it('returns undefined for every city when its file is missing', () => {
    expect(locateWithoutFile('Berlin', 'DE')).toBeUndefined()
    expect(locateWithoutFile('Berlin', 'DE')).toBeUndefined()
  })

  it('does not read again after its file was missing', () => {
    const file = newFile()
    const locate = openGazetteer(file)
    expect(locate('Bern', 'DE')).toBeUndefined()
    writeFileSync(file, contents({ name: 'Bern' }))
    expect(locate('Bern', 'DE')).toBeUndefined()
  })

  it.each([
    ['at all', (whole: Buffer) => whole.subarray(0, 10)],
    ['to the end', (whole: Buffer) => whole.subarray(0, -5)],
  ])('reads the file again after it was %s', (_, part) => {
    const file = newFile()
    const whole = contents({ name: 'Bern' })
    writeFileSync(file, part(whole))
    const locate = openGazetteer(file)
    expect(locate('Bern', 'DE')).toBeUndefined()
    writeFileSync(file, whole)
    expect(locate('Bern', 'DE')).toEqual({ latitude: 1, longitude: 1 })
  })
})

/** Coordinates of cities, read from the gazetteer file in the function's bundle, one country at a time. */
import { closeSync, openSync, readSync } from 'node:fs'
import { join } from 'node:path'
import { brotliDecompressSync } from 'node:zlib'
import { logger } from '../../kernel/logger.ts'
import { type Contents, fileName, mark, readings, readPosition, sizeBytes } from './rules.ts'

interface Position {
  readonly latitude: number
  readonly longitude: number
}

/** @returns degrees north and east; undefined for an unknown city */
type Locate = (city: string, country: string) => Position | undefined

/**
 * Opens a gazetteer. A country is read on first use and kept in memory as text, in which names are searched (decision 28 has
 * the times). If the file does not exist, every city is unknown. After another error, the next call reads again.
 */
export const openGazetteer = (file: string): Locate => {
  const texts = new Map<string, Buffer>()
  let contents: { readonly countries: Contents; readonly end: number } | undefined
  let fileExists = true

  const textOf = (country: string): Buffer => {
    const cached = texts.get(country)
    if (cached) return cached
    const text = readFrom(file, read => {
      contents ??= contentsIn(read)
      const [offset = 0, length = 0] = contents.countries[country] ?? []
      return length === 0 ? Buffer.alloc(0) : brotliDecompressSync(read(contents.end + offset, length))
    })
    texts.set(country, text)
    return text
  }

  const find: Locate = (city, country) => {
    const text = textOf(country)
    for (const name of readings(city)) {
      const index = text.indexOf(mark(name))
      if (index >= 0) return readPosition(positionBehind(text, index))
    }
    return undefined
  }

  return (city, country) => {
    if (!fileExists) return undefined
    try {
      return find(city, country)
    } catch (error) {
      fileExists = !isMissingFile(error)
      logger.warn('cannot read the gazetteer, so the city counts as unknown', { error: String(error) })
      return undefined
    }
  }
}

const isMissingFile = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ENOENT'

type ReadBytes = (offset: number, length: number) => Buffer

const readFrom = <T>(file: string, take: (read: ReadBytes) => T): T => {
  const descriptor = openSync(file, 'r')
  try {
    return take((offset, length) => {
      const bytes = Buffer.alloc(length)
      readSync(descriptor, bytes, 0, length, offset)
      return bytes
    })
  } finally {
    closeSync(descriptor)
  }
}

const contentsIn = (read: ReadBytes) => {
  const length = read(0, sizeBytes).readUInt32BE()
  const countries = JSON.parse(read(sizeBytes, length).toString()) as Contents
  return { countries, end: sizeBytes + length }
}

/** Returns the coordinates at the end of the line that contains an index. */
const positionBehind = (text: Buffer, at: number): string => {
  const end = text.indexOf('\n', at)
  return text.toString('utf8', text.lastIndexOf('|', end) + 1, end)
}

/**
 * Returns the coordinates of a city by any of its names, with or without accents, in any script. If several cities have the
 * name, the most populous one counts. Without the file of `compile.ts` in the bundle every city is unknown.
 */
export const locate: Locate = openGazetteer(join(import.meta.dirname, fileName))

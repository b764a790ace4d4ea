/** Languages of mails and pages: those of the program, and those that the operator adds in a folder. */
import { existsSync, readdirSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { languages } from '../shared/program/contract.ts'

const root = join(import.meta.dirname, '..')

/**
 * Returns the operator's folder.
 * @param setting the context value `languagesFolder`, relative to the repository
 * @throws Error if the setting names a folder that does not exist. Without the setting, the folder can be missing.
 */
export const languagesFolder = (setting: unknown): string => {
  if (typeof setting !== 'string') return resolve(root, 'languages')
  const folder = resolve(root, setting)
  if (existsSync(folder)) return folder
  throw new Error(`languagesFolder: ${folder} does not exist. Expected a folder with pages/ and mails/`)
}

/**
 * Returns all languages, those of the operator last. The bundling of the functions checks the operator's files
 * (shared/messaging/language/compile.ts).
 */
export const allLanguages = (folder: string): string[] => {
  const pages = join(folder, 'pages')
  const added = existsSync(pages)
    ? readdirSync(pages).flatMap(name => (name.endsWith('.json') ? [basename(name, '.json')] : []))
    : []
  return [...new Set([...languages, ...added.toSorted()])]
}

/** Functions that write to people, and the sets of texts that each needs. */
export const textSetsOf = {
  pages: ['pages'],
  'send-mail': ['pages', 'mails'],
  'send-digests': ['pages', 'mails'],
} as const

/** Localizers for pages. */
import { programLanguages } from '../../program/index.ts'
import type { PageMessageId, Texts } from './catalog.ts'
import english from './pages/en.json' with { type: 'json' }
import { localizers } from './rules.ts'
import { readTexts } from './store.ts'

/** Returns the texts of pages in a language; undefined if its file cannot be read. */
export const pageTexts = (language: string): Texts<PageMessageId> | undefined =>
  language === 'en' ? english : (readTexts('pages', language) as Texts<PageMessageId> | undefined)

export const pageLocalizer = localizers<never>(programLanguages(), english, pageTexts)

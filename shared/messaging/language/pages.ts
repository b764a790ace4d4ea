/** Localizers for pages. */
import type { PageMessageId, Texts } from './catalog.ts'
import type { Language } from './contract.ts'
import de from './pages/de.json' with { type: 'json' }
import en from './pages/en.json' with { type: 'json' }
import fr from './pages/fr.json' with { type: 'json' }
import zhHans from './pages/zh-Hans.json' with { type: 'json' }
import { localizers } from './rules.ts'

export const pageTexts: Readonly<Record<Language, Texts<PageMessageId>>> = { en, de, fr, 'zh-Hans': zhHans }

export const pageLocalizer = localizers<never>(pageTexts)

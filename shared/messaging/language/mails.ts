/** Localizers for mails. They include the texts of pages. */
import { programLanguages } from '../../program/index.ts'
import type { MailMessageId, MessageId, Texts } from './catalog.ts'
import english from './mails/en.json' with { type: 'json' }
import englishPages from './pages/en.json' with { type: 'json' }
import { pageTexts } from './pages.ts'
import { localizers } from './rules.ts'
import { readTexts } from './store.ts'

const allEnglish: Texts<MessageId> = { ...englishPages, ...english }

/** Returns all texts in a language; undefined if a file cannot be read. */
export const allTexts = (language: string): Texts<MessageId> | undefined => {
  if (language === 'en') return allEnglish
  const pages = pageTexts(language)
  const mails = readTexts('mails', language) as Texts<MailMessageId> | undefined
  return pages && mails && { ...pages, ...mails }
}

export const mailLocalizer = localizers<MailMessageId>(programLanguages(), allEnglish, allTexts)

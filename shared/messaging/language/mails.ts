/** Localizers for mails. They include the texts of pages. */
import type { MailMessageId, MessageId, Texts } from './catalog.ts'
import type { Language } from './contract.ts'
import de from './mails/de.json' with { type: 'json' }
import en from './mails/en.json' with { type: 'json' }
import fr from './mails/fr.json' with { type: 'json' }
import zhHans from './mails/zh-Hans.json' with { type: 'json' }
import { pageTexts } from './pages.ts'
import { localizers } from './rules.ts'

const allTexts = (language: Language, texts: Texts<MailMessageId>): Texts<MessageId> => ({
  ...pageTexts[language],
  ...texts,
})

export const texts: Readonly<Record<Language, Texts<MessageId>>> = {
  en: allTexts('en', en),
  de: allTexts('de', de),
  fr: allTexts('fr', fr),
  'zh-Hans': allTexts('zh-Hans', zhHans),
}

export const mailLocalizer = localizers<MailMessageId>(texts)

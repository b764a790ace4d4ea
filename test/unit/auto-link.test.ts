import { describe, expect, it } from 'vitest'
import { mailLocalizer } from '../../shared/messaging/language/mails.ts'
import { plain } from '../../shared/messaging/language/rules.ts'
import { greeting } from '../../shared/messaging/mail/compose.ts'
import { mayBecomeLink } from '../../shared/text/auto-link.ts'

const links = [
  'WIN 1000€ at www.evil.example now',
  'bit.ly/xyz',
  'evil.example',
  'https:/evil.example',
  'mailto:x@evil.example',
  'x@evil',
  'evil\u3002example',
  'evil\uff0eexample',
  'пример.рф',
]
const names = ['Ada Lovelace', 'J.R.R. Tolkien', 'Dr. Ann Müller', 'O’Brien-Smith Jr.', '王 小明', 'A. B.']

describe('mayBecomeLink', () => {
  it.each(links)('is true for %j', text => expect(mayBecomeLink(text)).toBe(true))
  it.each(names)('is false for %j', text => expect(mayBecomeLink(text)).toBe(false))
})

describe('the greeting of a mail', () => {
  const greet = (name: string, locale: string): string => {
    const block = greeting(mailLocalizer(locale), name)
    return block.kind === 'paragraph' ? plain(block.words) : ''
  }

  it.each(['en', 'de', 'fr', 'zh-Hans'])('holds no name that becomes a link (%s)', locale => {
    for (const name of links) expect(greet(name, locale)).not.toContain(name)
    for (const name of names) expect(greet(name, locale)).toContain(name)
  })
})

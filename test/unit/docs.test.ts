import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { filled } from '../../docs/figures.ts'
import { generated } from '../../docs/generated.ts'
import { previews } from '../fixtures/mail-previews.ts'

it.each(Object.entries(generated()))('%s is up to date with the code (npm run docs)', (file, content) => {
  expect(readFileSync(join(import.meta.dirname, '../..', file), 'utf8')).toBe(content)
})

it('docs/mail.md shows the mail about a hot referral with its present text', () => {
  const hot = previews().find(
    ({ language, name }) => language === 'en' && name === 'new referral with direct contact',
  )
  const page = readFileSync(join(import.meta.dirname, '../../docs/mail.md'), 'utf8')
  expect(page).toContain(`Subject: **${hot?.subject}**\n\n\`\`\`text\n${hot?.text}\`\`\``)
})

describe('filled', () => {
  it('replaces the number between the markers of a figure', () => {
    const text = 'It takes <!-- figure: bench.minutes -->1<!-- /figure --> minutes'
    expect(filled(text, { 'bench.minutes': '15' })).toBe(
      'It takes <!-- figure: bench.minutes -->15<!-- /figure --> minutes',
    )
  })

  it('refuses an unknown figure', () => {
    expect(() => filled('It has <!-- figure: size.nothing --><!-- /figure -->', {})).toThrow(
      'Unknown figure "size.nothing"',
    )
  })

  it('refuses a figure at the start of a line, which would end the paragraph', () => {
    expect(() => filled('a\n<!-- figure: b -->1<!-- /figure -->', { b: '1' })).toThrow(
      'A line must not begin with a figure',
    )
  })
})

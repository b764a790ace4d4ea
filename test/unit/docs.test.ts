import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { generated } from '../../docs/generated.ts'
import { previews } from '../fixtures/mail-previews.ts'

it.each(Object.entries(generated()))('%s says what the code says (npm run docs)', (file, content) => {
  expect(readFileSync(join(import.meta.dirname, '../..', file), 'utf8')).toBe(content)
})

it('docs/mail.md shows the mail about a hot referral as it is sent', () => {
  const hot = previews().find(
    ({ language, name }) => language === 'en' && name === 'new referral, direct contact asked for',
  )
  const page = readFileSync(join(import.meta.dirname, '../../docs/mail.md'), 'utf8')
  expect(page).toContain(`Subject: **${hot?.subject}**\n\n\`\`\`text\n${hot?.text}\`\`\``)
})

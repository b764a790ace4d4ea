import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { generated } from '../../docs/generated.ts'

it.each(Object.entries(generated()))('%s says what the code says (npm run docs)', (file, content) => {
  expect(readFileSync(join(import.meta.dirname, '../..', file), 'utf8')).toBe(content)
})

/** Compares docs/guide/troubleshooting.md with the messages and codes of the program. */
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { problems } from '../../shared/api/contract.ts'

const root = join(import.meta.dirname, '../..')
const read = (file: string) => readFileSync(join(root, file), 'utf8')
const guide = read('docs/guide/troubleshooting.md')

/** Messages that npm, Node.js, the shell and API Gateway print. */
const foreign = [
  'EBADENGINE',
  'Cannot find package',
  'jq: command not found',
  '{"message":"Unauthorized"}',
  '401',
]

const symptoms = [...guide.matchAll(/^\| ([^|]*`[^|]*) \|/gm)].flatMap(([, cell = '']) =>
  [...cell.matchAll(/`([^`]+)`/g)].map(([, text = '']) => text),
)
const quoted = symptoms.filter(text => !foreign.includes(text))
const ofProblem = /^(\d{3}) ([a-z-]+)$/

describe('troubleshooting guide', () => {
  it.each(quoted.filter(text => ofProblem.test(text)))('names a problem of the API: %s', text => {
    const [, status, code = ''] = ofProblem.exec(text) ?? []
    expect(problems).toHaveProperty(code, expect.objectContaining({ status: Number(status) }))
  })

  it.each(quoted.filter(text => !ofProblem.test(text)))('quotes a message of the program: %s', text => {
    const program = globSync(['local/*.{ts,js}', 'local/**/*.ts'], { cwd: root }).map(read).join('\n')
    const pattern = text
      .replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
      .replaceAll(/ \d+|state\\\.db/g, '[^\\n]{1,20}')
    expect(new RegExp(pattern).test(program)).toBe(true)
  })
})

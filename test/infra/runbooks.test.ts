/** The runbooks describe every alarm and name only existing resources. */
import { globSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { synthesize } from './synthesis.ts'

const { resources, ofType } = synthesize()
const root = join(import.meta.dirname, '../..')
const folder = join(root, 'docs/runbooks')
const pages = readdirSync(folder)
const textOf = (page: string): string => readFileSync(join(folder, page), 'utf8')

/** Returns the start of the logical id of a resource: its path in the stack without slashes. CDK appends a hash. */
const logicalIdOf = ({ path }: { readonly path: string }): string => path.replaceAll('/', '')

const quoted = (text: string): string[] => [...text.matchAll(/`([^`]+)`/g)].map(([, name]) => String(name))

interface Row {
  readonly names: (alarm: string) => boolean
  readonly page: string
}

/** Rows of the table of alarms. `A`, `B` with `C` matches the alarms that contain A or B, and C. */
const rows: Row[] = [...textOf('README.md').matchAll(/^\| (.*`.*) \| \[.+\]\((.+\.md)\) \|$/gm)].map(
  ([, names = '', page = '']) => {
    const groups = names.split(';').map(group => group.split(' with ').map(quoted))
    const isIn = (alarm: string) => (parts: string[]) => parts.some(part => alarm.includes(part))
    return { names: alarm => groups.some(group => group.every(isIn(alarm))), page }
  },
)

it.each(ofType('AWS::CloudWatch::Alarm').map(logicalIdOf))(
  'the list of alarms has one page for %s',
  alarm => {
    expect(rows.filter(({ names }) => names(alarm))).toHaveLength(1)
  },
)

describe.each([...new Set(rows.map(({ page }) => page))])('the page %s of an alarm', page => {
  it('has the sections of a runbook, in order', () => {
    expect([...textOf(page).matchAll(/^## (.+)$/gm)].map(([, section]) => section)).toEqual([
      'Symptom',
      'Effect on users',
      'Check',
      'Fix',
      'Redrive',
    ])
  })
})

/** Messages that Lambda itself logs. */
const platformMessages = ['Task timed out']

/** The code without comments, with `…` in place of values in texts. */
const sources = globSync('{functions,shared}/**/*.ts', { cwd: root })
  .map(file => readFileSync(join(root, file), 'utf8'))
  .map(code => code.replaceAll(/\/\*.*?\*\/|^\s*\/\/.*$/gms, '').replaceAll(/\$\{[^}]*\}/g, '…'))
  .join('\n')

it('quotes only log messages that the program writes', () => {
  const messages = pages.flatMap(page => {
    const [, table = ''] = /^\| Log \|.*\n((?:\|.*\n)+)/m.exec(textOf(page)) ?? []
    const cells = table.split('\n').map(row => row.split('|')[1] ?? '')
    const texts = cells.flatMap(quoted)
    return texts.filter(text => text.includes(' ') && !platformMessages.includes(text))
  })
  expect(messages.length).toBeGreaterThan(5)
  const isWritten = (message: string) =>
    message.split('…').every(part => sources.includes(part.replace(/(rfi|ref)_$/, '').replace(/: \w+$/, '')))
  expect(messages.filter(message => !isWritten(message))).toEqual([])
})

const functionType = 'AWS::Lambda::Function'
const queueType = 'AWS::SQS::Queue'
const typeOf: Readonly<Record<string, string>> = {
  errors_of: functionType,
  function_name: functionType,
  log_group: functionType,
  queue_url: queueType,
  queue_arn: queueType,
  dead: queueType,
  queue: queueType,
}

/** Returns the resources in the commands of a page, as type and start of the logical id. */
const namedIn = (text: string): [type: string, id: string][] => [
  ...[...text.matchAll(/physical (AWS::\S+) (\w+)/g)].map(([, type = '', id = '']): [string, string] => [
    type,
    id,
  ]),
  ...[...text.matchAll(/\b(\w+)[ =]([A-Z]\w+(?:Lambda|Queue|DeadLetters))\b/g)].flatMap(
    ([, word = '', id = '']): [string, string][] => {
      const type = typeOf[word]
      return type ? [[type, id]] : []
    },
  ),
  ...quoted(text).flatMap((name): [string, string][] => {
    if (/^[A-Z]\w+Lambda$/.test(name)) return [[functionType, name]]
    return /^[A-Z]\w+(Queue|DeadLetters)$/.test(name) ? [[queueType, name]] : []
  }),
]

it.each(pages)('%s names only resources of the template', page => {
  for (const [type, id] of namedIn(textOf(page)))
    expect(
      resources.filter(resource => resource.type === type && logicalIdOf(resource).startsWith(id)),
      id,
    ).not.toEqual([])
})

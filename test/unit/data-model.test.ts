/** The JSON blocks of docs/data-model.md match what the program stores. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { disconnect } from '../simulation/aws.ts'
import { type Example, runExample } from '../simulation/example.ts'

// A deterministic generator gives the same ids in each run.
vi.mock('ulid', async original => {
  const real = await original<typeof import('ulid')>()
  let state = 20_260_302
  const random = () => {
    state = (state * 48_271) % 2_147_483_647
    return state / 2_147_483_647
  }
  return { ...real, ulid: (time?: number) => real.ulid(time, random) }
})

const text = readFileSync(join(import.meta.dirname, '../../docs/data-model.md'), 'utf8')

type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json }

/** Parses JSON with `//` comments. A comment starts its line or follows a blank. */
const parse = (block: string): Json => JSON.parse(block.replaceAll(/(^|\s)\/\/ .*$/gm, ''))

const blocks = [...text.matchAll(/<!-- (\w+)(?:: (\w+))? -->\n```jsonc\n(.+?)```/gs)].map(
  ([, kind = '', moment = '', block = '']) => ({ kind, moment, block }),
)

const matches = (actual: string, pattern: string): boolean => {
  const parts = pattern.split('…')
  const [first = ''] = parts
  const last = parts.at(-1) ?? ''
  return parts.length === 1 ? actual === pattern : actual.startsWith(first) && actual.endsWith(last)
}

/** Lists the paths where `actual` differs from the block. `…` stands for any text or for the rest of a list. */
const missing = (actual: Json | undefined, shown: Json, path = ''): string[] => {
  if (typeof shown === 'string')
    return typeof actual === 'string' && matches(actual, shown) ? [] : [`${path}: ${JSON.stringify(actual)}`]
  if (Array.isArray(shown)) {
    const isCut = shown.at(-1) === '…'
    const items = isCut ? shown.slice(0, -1) : shown
    if (!Array.isArray(actual) || (!isCut && actual.length !== items.length))
      return [`${path}: different length`]
    return items.flatMap((item, index) => missing(actual[index], item, `${path}/${index}`))
  }
  if (typeof shown === 'object' && shown !== null)
    return Object.entries(shown).flatMap(([name, value]) =>
      missing((actual as Record<string, Json> | undefined)?.[name], value, `${path}/${name}`),
    )
  return actual === shown ? [] : [`${path}: ${JSON.stringify(actual)}`]
}

/** Replaces the generated ids by the short ids of the document. */
const shorten = (example: Example): Example => {
  const rfi = example.received.find(({ entity }) => entity === 'rfi') as unknown as {
    id: string
    recipients: { partnerId: string; referralId: string }[]
  }
  const aliases = rfi.recipients.flatMap(({ partnerId, referralId }, index) => [
    [referralId, `ref_F_${index + 1}`] as const,
    [partnerId, `ptr_${'ABC'[index]}`] as const,
  ])
  const shortened = [...aliases, [rfi.id, 'rfi_F'] as const].reduce(
    (json, [id, alias]) => json.replaceAll(id, alias),
    JSON.stringify(example),
  )
  return JSON.parse(shortened)
}

let example: Example
beforeAll(async () => {
  example = shorten(await runExample())
})
afterAll(disconnect)

it('contains blocks of each kind', () => {
  expect([...new Set(blocks.map(({ kind }) => kind))].sort()).toEqual(['schedule', 'stored', 'timeline'])
  expect(text.match(/```jsonc/g)).toHaveLength(blocks.length)
})

describe.each(blocks)('$kind $moment $block', ({ kind, moment, block }) => {
  it('matches what the program stores', () => {
    const shown = parse(block)
    if (kind === 'timeline') return expect(missing(example.timeline as Json, shown)).toEqual([])
    const candidates = (
      kind === 'schedule' ? example.schedules : example[moment as 'received']
    ) as readonly Json[]
    const names = kind === 'schedule' ? ['Name'] : ['pk', 'sk']
    const keyOf = (value: Json) =>
      Object.fromEntries(names.map(name => [name, (value as Record<string, Json>)[name] ?? '']))
    const found = candidates.filter(candidate => missing(candidate, keyOf(shown)).length === 0)
    expect(found).toHaveLength(1)
    expect(missing(found[0], shown)).toEqual([])
  })
})

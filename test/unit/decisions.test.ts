import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const folder = join(import.meta.dirname, '../../docs/decisions')
const files = readdirSync(folder).filter(file => /^\d{4}-.+\.md$/.test(file))
const textOf = (file: string): string => readFileSync(join(folder, file), 'utf8')
const index = textOf('README.md')

interface Header {
  readonly number: string
  readonly title: string
  readonly date: string
  readonly status: string
}

const headerOf = (file: string): Header => {
  const { number = '', title = '' } = /^# (?<number>\d+)\. (?<title>.+)\n/.exec(textOf(file))?.groups ?? {}
  const field = (name: string) => new RegExp(`^- ${name}: (.+)$`, 'm').exec(textOf(file))?.[1] ?? ''
  return { number, title, date: field('Date'), status: field('Status') }
}

/** Returns the numbers of the decisions that follow `word` in a status, such as `amended by [12]`. */
const referencesIn = (status: string, word: string): string[] => {
  const [, list = ''] = new RegExp(`${word} ([^;]+)`).exec(status) ?? []
  return [...list.matchAll(/\[(\d+)\]/g)].map(([, number]) => String(number))
}

describe.each(files)('decision %s', file => {
  const { number, title, date, status } = headerOf(file)

  it('has the number of its file name, a date and a status', () => {
    expect(Number(number)).toBe(Number(file.slice(0, 4)))
    expect(date).toMatch(/^\d{4}-\d{2}-\d{2}$/)
    expect(status).toMatch(
      /^(accepted|superseded by \[\d+\]\(.+?\))(; (amended by|amends|extended by|extends) .+)?$/,
    )
  })

  it('has the sections of a decision, in order', () => {
    expect([...textOf(file).matchAll(/^## (.+)$/gm)].map(([, section]) => section)).toEqual([
      'Context',
      'Decision',
      'Alternatives considered',
      'Consequences',
    ])
  })

  it('is listed in the index with its title, date and status', () => {
    expect(index).toContain(`| ${number} | [${title}](${file}) | ${date} | ${status} |`)
  })

  it.each([
    ['amended by', 'amends'],
    ['amends', 'amended by'],
    ['extended by', 'extends'],
    ['extends', 'extended by'],
  ])('is named in return by each decision that it names (%s)', (word, opposite) => {
    for (const other of referencesIn(status, word)) {
      const otherFile = files.find(name => Number(name.slice(0, 4)) === Number(other))
      expect(referencesIn(headerOf(otherFile ?? '').status, opposite)).toContain(number)
    }
  })
})

/**
 * Runs every `bash` block of the README and the guide against the local cloud with the demo, one session per page, and
 * compares each output with the `text` block below it. `npm run guide` writes the outputs into the pages instead,
 * except into blocks that are shortened with `…`.
 */
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { type Command, codeBlocksIn, commandsIn } from './code-blocks.ts'
import { type DemoClouds, prepareDemoClouds } from './demo-cloud.ts'
import { OutputComparison } from './output.ts'
import { type CommandResult, missingTools, runSession } from './shell-session.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Write outputs into the pages instead of comparing them: `npm run guide`. */
    writesOutputs: boolean
  }
}

const root = join(import.meta.dirname, '../..')
const pages = ['README.md', ...globSync('docs/guide/*.md', { cwd: root }).sort()]
  .map(name => ({ name, markdown: readFileSync(join(root, name), 'utf8') }))
  .filter(({ markdown }) => commandsIn(markdown).length > 0)

const documentedUrl = 'http://localhost:3000'

/** Continuous integration has the tools of the guide. A reader who lacks one can still run all other tests. */
const isRunnable = missingTools().length === 0 || process.env.CI !== undefined

describe.runIf(isRunnable)('guide', () => {
  let clouds: DemoClouds

  beforeAll(async () => {
    clouds = await prepareDemoClouds()
  })

  afterAll(() => clouds?.remove())

  it.each(pages)('$name prints what the program answers', async ({ name, markdown }) => {
    const commands = commandsIn(markdown)
    const results: CommandResult[] = []
    await clouds.withDemo(async ({ url }) => {
      const atUrl = (text: string) => text.replaceAll(documentedUrl, url)
      const session = await runSession(commands.map(({ content }) => atUrl(content)))
      results.push(
        ...session.map(result => ({ ...result, output: result.output.replaceAll(url, documentedUrl) })),
      )
    })
    if (inject('writesOutputs')) writeFileSync(join(root, name), withOutputs(markdown, commands, results))
    else expect(differences(name, commands, results)).toEqual([])
  })
})

it('README.md shows the text that npm start prints', () => {
  const program = readFileSync(join(root, 'local/main.ts'), 'utf8')
  const printed = program
    .replaceAll(/\$\{cloud\.url\}/g, documentedUrl)
    .replace(/\$\{relative\(.*?\)\}/, '.local/logs')
  const shown = codeBlocksIn(readFileSync(join(root, 'README.md'), 'utf8')).find(({ content }) =>
    content.startsWith('Referral Center is running.'),
  )
  expect(printed).toContain(shown?.content.trim())
})

it('README.md has at most 200 lines', () => {
  expect(readFileSync(join(root, 'README.md'), 'utf8').trim().split('\n').length).toBeLessThanOrEqual(200)
})

it('typed-client.md shows the program that it runs', () => {
  const read = (name: string) => readFileSync(join(root, 'docs/guide', name), 'utf8')
  const shown = codeBlocksIn(read('typed-client.md')).filter(({ language }) => language === 'ts')
  expect(shown.map(({ content }) => content).join('\n')).toBe(read('first-referral.ts'))
})

const differences = (
  name: string,
  commands: readonly Command[],
  results: readonly CommandResult[],
): string[] => {
  const comparison = new OutputComparison()
  return commands.flatMap(({ line, output }, index) => {
    const at = `${name}:${line}`
    const result = results[index]
    if (!result) return [`${at}: the session ended before this block`]
    const { errors, exitCode } = result
    if (errors.trim() || exitCode !== 0) return [`${at}: exit code ${exitCode}\n${errors}${result.output}`]
    const difference = comparison.difference(output?.content ?? '', result.output)
    return difference === undefined
      ? []
      : [`${at}: ${difference}\nshown:\n${output?.content ?? ''}\nprinted:\n${result.output}`]
  })
}

/** Replaces the shown outputs by the printed ones, from the last block to the first, so that line numbers stay valid. */
const withOutputs = (
  markdown: string,
  commands: readonly Command[],
  results: readonly CommandResult[],
): string => {
  const lines = markdown.split('\n')
  for (const [index, { output }] of [...commands.entries()].reverse()) {
    if (!output || output.content.includes('…')) continue
    const { output: printed = '', errors = '' } = results[index] ?? {}
    const length = output.content.split('\n').length - 1
    lines.splice(output.line, length, ...`${printed}${errors}`.trimEnd().split('\n'))
  }
  return lines.join('\n')
}

/**
 * Runs every `bash` block of the README and the guide against the local cloud with the demo, one session per page, and
 * compares each output with the `text` block below it. `npm run guide` writes the outputs that differ into the pages,
 * except into blocks that are shortened with `…`. All other blocks keep their ids and times.
 */
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { type CodeBlock, type Command, codeBlocksIn, commandsIn } from './code-blocks.ts'
import { type DemoClouds, prepareDemoClouds } from './demo-cloud.ts'
import { OutputComparison } from './output.ts'
import { type CommandResult, missingTools, runSession } from './shell-session.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Write outputs that differ into the pages: `npm run guide`. */
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
    const found = differences(commands, results)
    const written = inject('writesOutputs') ? found.filter(({ isWritable }) => isWritable) : []
    if (written.length > 0) writeFileSync(join(root, name), withOutputs(markdown, written))
    expect(
      found.filter(difference => !written.includes(difference)).map(({ text }) => `${name}:${text}`),
      'If the printed outputs are right, run: npm run guide. Blocks that are shortened with … must be edited by hand',
    ).toEqual([])
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

interface Difference {
  /** Line of the command, the reason and both outputs. */
  readonly text: string
  /** True if `npm run guide` can replace the shown output: the command succeeds, and the block is not shortened. */
  readonly isWritable: boolean
  readonly shown: CodeBlock | undefined
  /** Lines of the printed output, with the ids and times of the page. */
  readonly lines: readonly string[]
}

const differences = (commands: readonly Command[], results: readonly CommandResult[]): Difference[] => {
  const comparison = new OutputComparison()
  // All blocks are compared first, because each one that matches shows which ids and times of the page stand for others.
  const found = commands.flatMap(({ line, output: shown }, index) => {
    const result = results[index]
    const failed = { isWritable: false, shown, printed: '' }
    if (!result) return [{ ...failed, text: `${line}: the session ended before this block` }]
    const { output: printed, errors, exitCode } = result
    if (errors.trim() || exitCode !== 0)
      return [{ ...failed, text: `${line}: exit code ${exitCode}\n${errors}${printed}` }]
    const content = shown?.content ?? ''
    const reason = comparison.difference(content, printed)
    if (reason === undefined) return []
    const isWritable = shown !== undefined && !content.includes('…')
    const text = `${line}: ${reason}\nshown:\n${content}\nprinted:\n${printed}`
    return [{ text, isWritable, shown, printed }]
  })
  return found.map(({ printed, ...difference }) => ({
    ...difference,
    lines: comparison.asShown(printed).trimEnd().split('\n'),
  }))
}

/** Replaces shown outputs, from the last block to the first, so that line numbers stay valid. */
const withOutputs = (markdown: string, written: readonly Difference[]): string => {
  const lines = markdown.split('\n')
  for (const { shown, lines: printed } of written.toReversed())
    if (shown) lines.splice(shown.line, shown.content.split('\n').length - 1, ...printed)
  return lines.join('\n')
}

/**
 * Mutation tests: `npm run mutation` runs all groups of test/mutation/groups.ts, `npm run mutation -- policy` some. Fails
 * when a group has a score below the minimum. Reports are in reports/mutation/.
 */
import { spawnSync } from 'node:child_process'
import { readFileSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { type GroupName, groupNames, groups } from '../test/mutation/groups.ts'

/** Minimum share of killed mutants, in percent. */
const minScore = 90

const root = join(import.meta.dirname, '..')

interface Mutant {
  readonly status: string
  readonly mutatorName: string
  readonly replacement?: string
  readonly location: { readonly start: { readonly line: number } }
}

/** A report as StrykerJS writes it. */
export interface Report {
  readonly files: Readonly<Record<string, { readonly source: string; readonly mutants: readonly Mutant[] }>>
}

const killedStatuses = ['Killed', 'Timeout']
const survivedStatuses = ['Survived', 'NoCoverage']

/**
 * Returns the share of killed mutants, in percent. Mutants with compile errors, and mutants that a comment ignores, are not
 * counted. A report without mutants has the score 0: nothing was tested.
 */
export const scoreOf = ({ files }: Report): number => {
  const statuses = Object.values(files).flatMap(({ mutants }) => mutants.map(({ status }) => status))
  const killed = statuses.filter(status => killedStatuses.includes(status)).length
  const counted = killed + statuses.filter(status => survivedStatuses.includes(status)).length
  return counted === 0 ? 0 : (100 * killed) / counted
}

/** Returns a line for each mutant that survived. */
export const survivorsOf = ({ files }: Report): string[] =>
  Object.entries(files).flatMap(([file, { source, mutants }]) => {
    const lines = source.split('\n')
    return mutants
      .filter(({ status }) => survivedStatuses.includes(status))
      .map(({ location: { start }, mutatorName, replacement = '' }) => {
        const line = lines[start.line - 1]?.trim() ?? ''
        return `${file}:${start.line} ${mutatorName}: ${line}  =>  ${replacement.split('\n')[0]}`
      })
  })

const run = (name: GroupName): Report => {
  const { status } = spawnSync(
    'stryker',
    ['run', 'test/mutation/stryker.config.json', '--mutate', groups[name].mutate.join(',')],
    {
      cwd: root,
      stdio: 'inherit',
      env: { ...process.env, MUTATION_GROUP: name },
    },
  )
  if (status !== 0) throw new Error(`StrykerJS failed on ${name}`)
  const reports = join(root, 'reports/mutation')
  renameSync(join(reports, 'mutation.html'), join(reports, `${name}.html`))
  renameSync(join(reports, 'mutation.json'), join(reports, `${name}.json`))
  return JSON.parse(readFileSync(join(reports, `${name}.json`), 'utf8'))
}

const isGroup = (name: string): name is GroupName => groupNames.includes(name as GroupName)

if (import.meta.main) {
  const names = process.argv.slice(2)
  const unknown = names.filter(name => !isGroup(name))
  if (unknown.length > 0)
    throw new Error(`Unknown group ${unknown.join(', ')}. Expected ${groupNames.join(', ')}.`)
  const scores = (names.length > 0 ? names.filter(isGroup) : groupNames).map(name => {
    const report = run(name)
    return { name, score: scoreOf(report), survivors: survivorsOf(report) }
  })
  for (const { name, score, survivors } of scores)
    process.stdout.write([...survivors, `${name}: ${score.toFixed(1)} %\n`].join('\n'))
  if (scores.some(({ score }) => score < minScore)) process.exitCode = 1
}

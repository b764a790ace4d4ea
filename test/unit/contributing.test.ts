/** Holds the files for contributors against the scripts and settings that they name. */
import { spawnSync } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { violationOf } from '../../.ci/commits.ts'
import { isAllowed, rowsOf, violationsOf } from '../../.ci/licences.ts'
import { type Report, scoreOf, survivorsOf } from '../../.ci/mutation.ts'
import { groups } from '../mutation/groups.ts'

const root = join(import.meta.dirname, '../..')
const read = (file: string): string => readFileSync(join(root, file), 'utf8')
const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }

/** Names of the scripts that a text calls, as in `npm run check`. */
const scriptsIn = (text: string): string[] =>
  [...text.matchAll(/\bnpm (?:run (?:-s )?([\w:-]+)|(test|start)\b)/g)].map(
    ([, named, short]) => named ?? short ?? '',
  )

interface Step {
  readonly uses?: string
  readonly run?: string
}
interface Workflow {
  readonly on: object
  readonly permissions: object
  readonly jobs: Readonly<Record<string, { readonly 'timeout-minutes': number; readonly steps: Step[] }>>
}

const workflowFiles = globSync('.github/workflows/*.yml', { cwd: root })
const stepsOf = (file: string): Step[] =>
  Object.values((parse(read(file)) as Workflow).jobs).flatMap(({ steps }) => steps)
const actionFile = '.github/actions/setup/action.yml'
const allSteps = (): Step[] => [...workflowFiles.flatMap(stepsOf), ...parse(read(actionFile)).runs.steps]

describe('the workflows', () => {
  it('run scripts that package.json has', () => {
    const called = allSteps().flatMap(({ run = '' }) => scriptsIn(run))
    expect(called).toEqual(expect.arrayContaining(['check', 'coverage', 'test:all', 'mutation', 'bench']))
    expect(called.filter(name => !(name in scripts))).toEqual([])
  })

  it('name actions by a version, or by a folder that is there', () => {
    for (const { uses } of allSteps()) {
      if (uses?.startsWith('./')) expect(existsSync(join(root, uses, 'action.yml'))).toBe(true)
      else if (uses) expect(uses).toMatch(/^[\w-]+\/[\w-]+@(v\d+|[0-9a-f]{40})$/)
    }
  })

  it.each(workflowFiles)('%s may only read the repository, and every job has a time limit', file => {
    const { permissions, jobs } = parse(read(file)) as Workflow
    expect(permissions).toEqual({ contents: 'read' })
    for (const job of Object.values(jobs)) expect(job['timeout-minutes']).toBeGreaterThan(0)
  })

  it('run every project of the tests', () => {
    const { jobs } = parse(read('.github/workflows/ci.yml'))
    const projects = [...read('vitest.config.ts').matchAll(/name: '(\w+)'/g)].map(([, name]) => name)
    expect([...jobs.test.strategy.matrix.project, 'sweeps'].toSorted()).toEqual(projects.toSorted())
  })
})

describe('the documents for contributors', () => {
  const documents = ['CONTRIBUTING.md', 'SECURITY.md', 'SUPPORT.md', 'CODE_OF_CONDUCT.md', 'CHANGELOG.md']

  it.each(documents)('%s names scripts that package.json has', file => {
    expect(scriptsIn(read(file)).filter(name => !(name in scripts))).toEqual([])
  })

  it.each(documents)('%s links to files that are there', file => {
    const links = [...read(file).matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, link = '']) => link)
    expect(links.filter(link => !existsSync(join(root, link)))).toEqual([])
  })

  it('CONTRIBUTING.md names files of the repository that are there', () => {
    const paths = [...read('CONTRIBUTING.md').matchAll(/`((?:[\w.-]+\/)+[\w.-]+\.\w+)`/g)].map(
      ([, path = '']) => path,
    )
    expect(paths.length).toBeGreaterThan(30)
    expect(paths.filter(path => globSync(path, { cwd: root }).length === 0)).toEqual([])
  })

  it('the issue forms are valid YAML with a field that must be filled in', () => {
    for (const form of ['bug', 'feature']) {
      const { body } = parse(read(`.github/ISSUE_TEMPLATE/${form}.yml`)) as {
        body: { validations?: { required: boolean } }[]
      }
      expect(body.some(({ validations }) => validations?.required)).toBe(true)
    }
  })
})

it('.editorconfig has the format of Biome', () => {
  const { formatter } = JSON.parse(read('biome.json'))
  const settings = read('.editorconfig')
  expect(settings).toContain(`indent_style = ${formatter.indentStyle}\n`)
  expect(settings).toContain(`indent_size = ${formatter.indentWidth ?? 2}\n`)
  expect(settings).toContain(`max_line_length = ${formatter.lineWidth}\n`)
})

it('.nvmrc has the Node of the functions', () => {
  const { devDependencies } = JSON.parse(read('package.json'))
  expect(devDependencies.node).toMatch(new RegExp(`^${read('.nvmrc').trim()}\\.`))
})

describe('the check of commit subjects', () => {
  it.each([
    'feat(referrals): extend a referral twice',
    'fix: read items without a region',
    'refactor(mail,site)!: name the sender',
  ])('accepts "%s"', subject => expect(violationOf(subject)).toBeUndefined())

  it.each([
    'Extend a referral twice',
    'feat(referrals): Extend a referral twice',
    'feat(referrals): extend a referral twice.',
    'feature: extend a referral twice',
    'feat:extend a referral twice',
    `fix: ${'a'.repeat(68)}`,
  ])('refuses "%s"', subject => expect(violationOf(subject)).toMatch(/expected/))
})

describe('the check of licences', () => {
  it('allows copyleft of single files in tools only, and the allowed alternative of several', () => {
    expect(isAllowed('MIT', false)).toBe(true)
    expect(isAllowed('MPL-2.0', true)).toBe(true)
    expect(isAllowed('MPL-2.0', false)).toBe(false)
    expect(isAllowed('(MIT OR GPL-3.0-or-later)', false)).toBe(true)
    expect(isAllowed('MIT AND GPL-3.0-only', true)).toBe(false)
  })

  it('names packages whose licence is unknown or not allowed', () => {
    const rows = rowsOf({
      '': {},
      'node_modules/a': { version: '1.0.0', license: 'MIT' },
      'node_modules/b': { version: '2.0.0' },
      'node_modules/a/node_modules/@c/d': { version: '3.0.0', license: 'GPL-3.0-only', dev: true },
    })
    expect(rows.map(({ name }) => name)).toEqual(['@c/d', 'a', 'b'])
    expect(violationsOf(rows)).toEqual([
      '@c/d 3.0.0: the licence GPL-3.0-only is not allowed in tools (.ci/licences.ts)',
      'b 2.0.0: the licence unknown is not allowed in functions (.ci/licences.ts)',
    ])
  })

  it('allows every package of the lockfile', () => {
    expect(violationsOf(rowsOf(JSON.parse(read('package-lock.json')).packages))).toEqual([])
  })
})

describe('the mutation tests', () => {
  const report = (...statuses: string[]): Report => ({
    files: {
      'a.ts': {
        source: 'one\n  two\n',
        mutants: statuses.map(status => ({
          status,
          mutatorName: 'EqualityOperator',
          replacement: 'a <= b',
          location: { start: { line: 2 } },
        })),
      },
    },
  })

  it('name files that are there', () => {
    const files = Object.values(groups).flatMap(({ mutate, tests }) => [...mutate, ...tests])
    expect(files.filter(file => !existsSync(join(root, file)))).toEqual([])
  })

  it('score the mutants that tests notice among those that run', () => {
    expect(scoreOf(report('Killed', 'Timeout', 'Survived', 'NoCoverage'))).toBe(50)
    expect(scoreOf(report('Killed', 'Ignored', 'RuntimeError', 'CompileError'))).toBe(100)
    expect(scoreOf(report('Ignored'))).toBe(0)
  })

  it('print the line of each survivor', () => {
    expect(survivorsOf(report('Killed', 'Survived'))).toEqual(['a.ts:2 EqualityOperator: two  =>  a <= b'])
  })
})

describe('npm start', () => {
  const start = (...args: string[]) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, ['local/start.js', ...args], {
      cwd: root,
      encoding: 'utf8',
    })
    return { status, stdout, stderr }
  }

  it('names the command that installs missing packages', () => {
    const folder = mkdtempSync(join(tmpdir(), 'referral-center-start-'))
    mkdirSync(join(folder, 'local'))
    copyFileSync(join(root, 'local/start.js'), join(folder, 'local/start.js'))
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
    const { status, stderr } = spawnSync(process.execPath, ['local/start.js'], {
      cwd: folder,
      encoding: 'utf8',
    })
    rmSync(folder, { recursive: true })
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: 'The packages are not installed. Run: npm ci\n',
    })
  })

  it.each(['--help', '-h'])('%s prints the options', option => {
    const { status, stdout } = start(option)
    expect(status).toBe(0)
    for (const name of ['--port', '--fresh', '--migrate', '--no-demo']) expect(stdout).toContain(name)
  })

  it.each([
    [['--prot', '4000'], 'Unknown option --prot. Did you mean --port? All options: npm start -- --help\n'],
    [['--verbose'], 'Unknown option --verbose. All options: npm start -- --help\n'],
    [['4000'], 'Unknown option 4000. All options: npm start -- --help\n'],
    [['--port'], '--port needs a value. Expected: --port <number>\n'],
    [['--port', 'abc'], 'Invalid port "abc". Expected a number from 0 to 65535.\n'],
    [['--port=70000'], 'Invalid port "70000". Expected a number from 0 to 65535.\n'],
    [['--fresh', '--migrate'], '--fresh and --migrate cannot be combined. Expected one of them.\n'],
  ])('refuses %j in one line', (args, message) => {
    expect(start(...args)).toEqual({ status: 1, stdout: '', stderr: message })
  })
})

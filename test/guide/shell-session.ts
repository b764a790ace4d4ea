/** Runs the commands of a page one after the other in one bash session, as a reader does who copies them. */
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'

export interface CommandResult {
  readonly output: string
  readonly errors: string
  readonly exitCode: number
}

const root = join(import.meta.dirname, '../..')

/** Returns the tools of the guide that this machine lacks. */
export const missingTools = (): string[] =>
  ['bash', 'curl', 'jq'].filter(tool => spawnSync(tool, ['--version']).error !== undefined)

/**
 * The session begins in the root of the repository. Temporary directories that commands make are removed.
 * @returns one result per command; fewer if the session ends early
 */
export const runSession = async (commands: readonly string[]): Promise<CommandResult[]> => {
  const directory = mkdtempSync(join(tmpdir(), 'referral-center-guide-'))
  try {
    const script = join(directory, 'session.sh')
    writeFileSync(script, commands.map((command, index) => recorded(command, directory, index)).join('\n'))
    await run(script, directory)
    return commands.flatMap((_, index) => resultOf(directory, index) ?? [])
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

const fileOf = (directory: string, index: number, kind: 'output' | 'errors' | 'exit-code') =>
  join(directory, `${index}.${kind}`)

const recorded = (command: string, directory: string, index: number): string => `
exec > '${fileOf(directory, index, 'output')}' 2> '${fileOf(directory, index, 'errors')}'
${command}
echo $? > '${fileOf(directory, index, 'exit-code')}'`

const run = (script: string, temporary: string): Promise<void> =>
  new Promise((resolve, reject) => {
    const bash = spawn('bash', [script], {
      cwd: root,
      stdio: 'ignore',
      env: {
        ...process.env,
        PATH: [join(root, 'node_modules/.bin'), process.env.PATH].join(delimiter),
        TMPDIR: temporary,
        NODE_NO_WARNINGS: '1',
        NPM_CONFIG_UPDATE_NOTIFIER: 'false',
      },
    })
    bash.once('error', reject)
    bash.once('close', () => resolve())
  })

const resultOf = (directory: string, index: number): CommandResult | undefined => {
  try {
    const read = (kind: Parameters<typeof fileOf>[2]) => readFileSync(fileOf(directory, index, kind), 'utf8')
    return { output: read('output'), errors: read('errors'), exitCode: Number(read('exit-code')) }
  } catch {
    return undefined
  }
}

import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, it } from 'vitest'

const root = join(import.meta.dirname, '../..')

const migrate = (...options: string[]) =>
  spawnSync(process.execPath, ['commands/migrate.ts', ...options], {
    cwd: root,
    encoding: 'utf8',
    // Without a table, so that nothing is read or written.
    env: { PATH: process.env.PATH, AWS_REGION: 'us-east-1' },
  })

it.each([['--wirte'], ['write'], ['--write=yes'], ['-w'], ['--no-write']])(
  'migrate refuses %s in one line, with exit code 2',
  option => {
    const { status, stderr, stdout } = migrate(option)
    expect(stderr).toMatch(
      new RegExp(`^Unknown option: ${option.replace(/=.*/, '')}\\. Expected --write\\.\n$`),
    )
    expect(stdout).toBe('')
    expect(status).toBe(2)
  },
)

it('migrate refuses to run without the name of a table, in one line, with exit code 1', () => {
  const { status, stderr } = migrate('--write')
  expect(stderr).toMatch(/^Error: .*TABLE_NAME.*\n$/)
  expect(status).toBe(1)
})

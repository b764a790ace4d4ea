import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, it } from 'vitest'

const root = join(import.meta.dirname, '../..')

const migrate = (...options: string[]) =>
  spawnSync(process.execPath, ['commands/migrate.ts', ...options], {
    cwd: root,
    encoding: 'utf8',
    // Without TABLE_NAME, so that no table is read or written.
    env: { PATH: process.env.PATH, AWS_REGION: 'us-east-1' },
  })

it.each([['--wirte'], ['write'], ['--write=yes'], ['-w'], ['--no-write']])(
  'migrate rejects %s with a one-line message and exit code 2',
  option => {
    const { status, stderr, stdout } = migrate(option)
    expect(stderr).toMatch(
      new RegExp(`^Unknown option: ${option.replace(/=.*/, '')}\\. Expected --write\\.\n$`),
    )
    expect(stdout).toBe('')
    expect(status).toBe(2)
  },
)

it('migrate without TABLE_NAME exits with code 1 and a one-line message', () => {
  const { status, stderr } = migrate('--write')
  expect(stderr).toMatch(/^Error: .*TABLE_NAME.*\n$/)
  expect(status).toBe(1)
})

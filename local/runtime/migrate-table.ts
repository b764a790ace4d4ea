/** Runs the migration of the program, as an operator would, on a table of the local cloud. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { StartError } from './start-error.ts'

const root = resolve(import.meta.dirname, '../..')

interface TablePlace {
  readonly tableName: string
  readonly endpointUrl: string
  readonly region: string
}

/** Shows the output of the command. @throws StartError if it failed or left an item */
export const migrateTable = async ({ tableName, endpointUrl, region }: TablePlace): Promise<void> => {
  const command = ['--disable-warning=ExperimentalWarning', 'commands/migrate.ts', '--write']
  const child = spawn(process.execPath, command, {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    // The user's own AWS settings, such as a profile or another endpoint, must not reach the command.
    env: {
      PATH: process.env.PATH,
      TABLE_NAME: tableName,
      AWS_ENDPOINT_URL: endpointUrl,
      AWS_REGION: region,
      AWS_ACCESS_KEY_ID: 'migration',
      AWS_SECRET_ACCESS_KEY: 'migration',
    },
  })
  const [exitCode] = await once(child, 'exit')
  if (exitCode === 0) return
  throw new StartError(
    'The migration did not move all items of the state. It can be run again: npm start -- --migrate\n' +
      'Start without the state: npm start -- --fresh',
  )
}

/**
 * `npm run migrate -- [--write]`: moves the items of a table from the first layout of keys to the present one. Without
 * `--write` it counts them. docs/upgrading.md says what else belongs to an upgrade.
 *
 * It runs with the rights of its caller (Scan, PutItem, DeleteItem), on the table that TABLE_NAME names; the SDK's own
 * variables say where that is (AWS_REGION, AWS_PROFILE; for another endpoint AWS_ENDPOINT_URL).
 * Ends with 1 when items were left, or are to be moved and `--write` is not given.
 */
import { parseArgs } from 'node:util'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import { setting } from '../shared/kernel/settings.ts'
import { migrate, type Progress } from './migration.ts'

const { values: options } = parseArgs({ options: { write: { type: 'boolean', default: false } } })

const say = (line: string): void => {
  process.stdout.write(`${line}\n`)
}

const summary = ({ read, moved, conflicts }: Progress): string =>
  `${read} items read, ${moved} ${options.write ? 'moved' : 'to be moved'}, ${conflicts} left`

try {
  const { moved, conflicts } = await migrate({
    client: DynamoDBDocumentClient.from(new DynamoDBClient()) as unknown as Parameters<
      typeof migrate
    >[0]['client'],
    tableName: setting('TABLE_NAME'),
    isWriting: options.write,
    report: progress => say(summary(progress)),
    conflict: key => say(`left: ${key} changed meanwhile, or is there in both layouts`),
  })
  if (conflicts > 0 || (moved > 0 && !options.write)) process.exitCode = 1
} catch (error) {
  process.stderr.write(`${String(error)}\n`)
  process.exitCode = 1
}

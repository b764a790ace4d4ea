/**
 * `npm run migrate -- [--write]`: moves the items of a table from an earlier key layout to the current one. Without
 * `--write` it only counts them. docs/upgrading.md describes the whole upgrade.
 *
 * It runs with the rights of its caller (Scan, GetItem, PutItem, DeleteItem), on the table in the variable TABLE_NAME. The SDK's
 * variables select account and region (AWS_REGION, AWS_PROFILE; for another endpoint AWS_ENDPOINT_URL).
 * Exit code: 0 if no item has to be moved any more; 1 if items were not moved or are to be moved, or if the command failed; 2
 * for an unknown argument.
 */
import { parseArgs } from 'node:util'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import { setting } from '../shared/kernel/settings.ts'
import { migrate, type Progress, type SkipReason } from './migration.ts'

const explanations: Record<SkipReason, string> = {
  'in both layouts': 'the item exists in both layouts',
  'changed meanwhile': 'the item changed during the move; run the command again',
  unknown: 'unknown kind of item',
  unreadable: 'the program cannot read the item',
}

const print = (line: string): void => {
  process.stdout.write(`${line}\n`)
}

const fail = (line: string, exitCode: number): void => {
  process.stderr.write(`${line}\n`)
  process.exitCode = exitCode
}

const run = async (isWriting: boolean): Promise<void> => {
  const summary = ({ read, moved, skipped }: Progress): string =>
    `${read} items read, ${moved} ${isWriting ? 'moved' : 'to be moved'}, ${skipped} not moved`
  const { moved, skipped } = await migrate({
    client: DynamoDBDocumentClient.from(new DynamoDBClient()) as unknown as Parameters<
      typeof migrate
    >[0]['client'],
    tableName: setting('TABLE_NAME'),
    isWriting,
    report: progress => print(summary(progress)),
    reportSkipped: (key, reason) => print(`not moved: ${key}: ${explanations[reason]}`),
  })
  if (skipped > 0 || (moved > 0 && !isWriting)) process.exitCode = 1
}

const { tokens } = parseArgs({ strict: false, tokens: true, options: { write: { type: 'boolean' } } })
const unknown = tokens.flatMap(token => {
  if (token.kind === 'option') return token.rawName === '--write' && !token.value ? [] : [token.rawName]
  return token.kind === 'positional' ? [token.value] : []
})

if (unknown.length > 0) fail(`Unknown option: ${unknown.join(' ')}. Expected --write.`, 2)
else await run(tokens.some(({ kind }) => kind === 'option')).catch((error: unknown) => fail(String(error), 1))

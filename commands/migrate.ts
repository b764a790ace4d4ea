/**
 * `npm run migrate -- [--write]`: moves the items of a table from the first layout of keys to the present one. Without
 * `--write` it counts them. docs/upgrading.md says what else belongs to an upgrade.
 *
 * It runs with the rights of its caller (Scan, GetItem, PutItem, DeleteItem), on the table that TABLE_NAME names; the SDK's
 * own variables say where that is (AWS_REGION, AWS_PROFILE; for another endpoint AWS_ENDPOINT_URL).
 * Ends with 1 when items were left, or are to be moved and `--write` is not given, and with 2 for an unknown argument.
 */
import { parseArgs } from 'node:util'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import { setting } from '../shared/kernel/settings.ts'
import { type LeftReason, migrate, type Progress } from './migration.ts'

const explanations: Record<LeftReason, string> = {
  'in both layouts': 'it is there in both layouts',
  'changed meanwhile': 'it changed meanwhile',
  unknown: 'no place in the present layout is known for it',
}

const say = (line: string): void => {
  process.stdout.write(`${line}\n`)
}

const fail = (line: string, exitCode: number): void => {
  process.stderr.write(`${line}\n`)
  process.exitCode = exitCode
}

const run = async (isWriting: boolean): Promise<void> => {
  const summary = ({ read, moved, left }: Progress): string =>
    `${read} items read, ${moved} ${isWriting ? 'moved' : 'to be moved'}, ${left} left`
  const { moved, left } = await migrate({
    client: DynamoDBDocumentClient.from(new DynamoDBClient()) as unknown as Parameters<
      typeof migrate
    >[0]['client'],
    tableName: setting('TABLE_NAME'),
    isWriting,
    report: progress => say(summary(progress)),
    reportLeft: (key, reason) => say(`left: ${key}: ${explanations[reason]}`),
  })
  if (left > 0 || (moved > 0 && !isWriting)) process.exitCode = 1
}

const { tokens } = parseArgs({ strict: false, tokens: true, options: { write: { type: 'boolean' } } })
const unknown = tokens.flatMap(token => {
  if (token.kind === 'option') return token.rawName === '--write' && !token.value ? [] : [token.rawName]
  return token.kind === 'positional' ? [token.value] : []
})

if (unknown.length > 0) fail(`unknown option ${unknown.join(' ')}, expected --write`, 2)
else await run(tokens.some(({ kind }) => kind === 'option')).catch((error: unknown) => fail(String(error), 1))

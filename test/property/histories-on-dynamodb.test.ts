/** Runs random histories on DynamoDB Local and on the in-memory table. Both must store the same items. */
import { deepEqual } from 'node:assert/strict'
import fc from 'fast-check'
import { afterAll, beforeAll, it } from 'vitest'
import { DynamoDbLocal } from '../simulation/dynamodb-local.ts'
import { MemoryTable } from '../simulation/table.ts'
import { rounds } from './depth.ts'
import { history } from './history-generator.ts'
import { runHistory } from './history-runner.ts'

let dynamodb: DynamoDbLocal

beforeAll(async () => {
  dynamodb = await DynamoDbLocal.start()
})
afterAll(() => dynamodb.stop())

it.each(rounds)(
  '200 random histories store the same items on DynamoDB Local as in memory, round %i',
  async () => {
    const property = fc.asyncProperty(history(10), async history => {
      const inMemory = await runHistory(history, new MemoryTable(), false)
      const onDynamoDb = await runHistory(history, await dynamodb.table(), false)
      deepEqual(onDynamoDb, JSON.parse(JSON.stringify(inMemory)))
    })
    await fc.assert(property, { numRuns: 200 })
  },
)

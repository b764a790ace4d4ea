/** Histories on DynamoDB Local: what holds in memory holds there, and the table in memory is a table. */
import { deepEqual } from 'node:assert/strict'
import fc from 'fast-check'
import { afterAll, beforeAll, it } from 'vitest'
import { DynamoDbLocal } from '../simulation/dynamodb-local.ts'
import { MemoryTable } from '../simulation/table.ts'
import { history } from './history.ts'
import { rehearse } from './rehearsal.ts'

let dynamodb: DynamoDbLocal

beforeAll(async () => {
  dynamodb = await DynamoDbLocal.start()
})
afterAll(() => dynamodb.stop())

it('lives two hundred histories on DynamoDB Local, to the same items as in memory', async () => {
  const lived = fc.asyncProperty(history(10), async history => {
    const inMemory = await rehearse(history, new MemoryTable(), false)
    const onDynamoDb = await rehearse(history, await dynamodb.table(), false)
    deepEqual(onDynamoDb, JSON.parse(JSON.stringify(inMemory)))
  })
  await fc.assert(lived, { numRuns: 200 })
}, 180_000)

import { describe, expect, it } from 'vitest'
import { BatchDelivery, type StreamRecord } from '../../../local/aws/lambda/stream-delivery.ts'
import { VirtualClock } from '../../../local/runtime/clock.ts'
import type { InvocationResult } from '../../../local/runtime/execution-environment.ts'

const record = (sequence: number, partition = 'a'): StreamRecord => ({
  eventID: String(sequence),
  eventName: 'INSERT',
  awsRegion: 'us-east-1',
  dynamodb: {
    Keys: { pk: { S: partition } },
    SequenceNumber: String(sequence),
    ApproximateCreationDateTime: Date.now() / 1000,
  },
})
const records = (count: number) => Array.from({ length: count }, (_, index) => record(index + 1))

type Invoke = (numbers: string[]) => InvocationResult
const failed: InvocationResult = { ok: false, errorType: 'Error', errorMessage: 'no' }
const handled: InvocationResult = { ok: true, payload: { batchItemFailures: [] } }

const delivery = (properties: Record<string, unknown>, invoke: Invoke) => {
  const clock = new VirtualClock()
  const batches: string[][] = []
  const givenUp: string[] = []
  const target = {
    clock,
    invoke: async (event: unknown) => {
      const numbers = (event as { Records: StreamRecord[] }).Records.map(
        ({ dynamodb }) => dynamodb.SequenceNumber,
      )
      batches.push(numbers)
      return invoke(numbers)
    },
    giveUp: (lost: readonly StreamRecord[]) =>
      givenUp.push(...lost.map(({ dynamodb }) => dynamodb.SequenceNumber)),
  }
  return { deliver: new BatchDelivery(properties, target), batches, givenUp }
}

describe('BatchDelivery', () => {
  it('delivers batches in order', async () => {
    const { deliver, batches } = delivery({ BatchSize: 2 }, () => handled)
    await deliver.deliver(records(5))
    expect(batches).toEqual([['1', '2'], ['3', '4'], ['5']])
  })

  it('retries from the first failure that the function reports', async () => {
    let first = true
    const properties = { MaximumRetryAttempts: 3, FunctionResponseTypes: ['ReportBatchItemFailures'] }
    const { deliver, batches, givenUp } = delivery(properties, () => {
      if (!first) return handled
      first = false
      return { ok: true, payload: { batchItemFailures: [{ itemIdentifier: '2' }] } }
    })
    await deliver.deliver(records(3))
    expect(batches).toEqual([
      ['1', '2', '3'],
      ['2', '3'],
    ])
    expect(givenUp).toEqual([])
  })

  it('bisects a failing batch so that only the failing record is given up', async () => {
    const properties = { BisectBatchOnFunctionError: true, MaximumRetryAttempts: 2 }
    const { deliver, givenUp } = delivery(properties, numbers => (numbers.includes('3') ? failed : handled))
    await deliver.deliver(records(4))
    expect(givenUp).toEqual(['3'])
  })

  it('gives up after the allowed attempts and continues with the next batch', async () => {
    const properties = { BatchSize: 1, MaximumRetryAttempts: 1 }
    const { deliver, batches, givenUp } = delivery(properties, ([number]) =>
      number === '1' ? failed : handled,
    )
    await deliver.deliver(records(2))
    expect(batches).toEqual([['1'], ['1'], ['2']])
    expect(givenUp).toEqual(['1'])
  })

  it('keeps the order of records with the same partition key across parallel lanes', async () => {
    const mixed = Array.from({ length: 12 }, (_, index) => record(index + 1, `p${index % 3}`))
    const { deliver, batches } = delivery({ BatchSize: 2, ParallelizationFactor: 4 }, () => handled)
    await deliver.deliver(mixed)
    const order = batches.flat().map(Number)
    for (const rest of [0, 1, 2]) {
      const ofKey = order.filter(number => (number - 1) % 3 === rest)
      expect(ofKey).toEqual(ofKey.toSorted((left, right) => left - right))
    }
    expect(order).toHaveLength(12)
  })
})

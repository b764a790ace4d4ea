/** Direct access to the table of a local cloud, without functions. */
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb'
import type { Cloud } from '../local/runtime/cloud.ts'
import type { Item, Key, Write } from '../shared/persistence/item.ts'

/** Limits of DynamoDB for one BatchWriteItem and one BatchGetItem. */
const writeLimit = 25
const readLimit = 100
const parallel = 4

const tableName = ({ template }: Cloud): string => template.ofType('AWS::DynamoDB::GlobalTable')[0]?.ref ?? ''

const chunksOf = <T>(all: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(all.length / size) }, (_, index) =>
    all.slice(index * size, (index + 1) * size),
  )

/** Runs a few chunks in parallel. Results are in the order of the chunks. */
const inChunks = async <T, R>(
  all: readonly T[],
  size: number,
  work: (chunk: T[]) => Promise<R>,
): Promise<R[]> => {
  const results: R[] = []
  for (const side of chunksOf(chunksOf(all, size), parallel))
    results.push(...(await Promise.all(side.map(work))))
  return results
}

/** Puts the items of writes without their conditions, and wakes the stream readers. */
export const writeItems = async (cloud: Cloud, writes: readonly Write[]): Promise<void> => {
  const table = tableName(cloud)
  await inChunks(writes, writeLimit, async chunk => {
    const requests = chunk.map(({ put }) => ({
      PutRequest: { Item: marshall(put, { removeUndefinedValues: true }) },
    }))
    await cloud.dynamodb.request('BatchWriteItem', { RequestItems: { [table]: requests } })
    cloud.dynamodb.onWrite?.()
  })
}

/** Reads the items that exist. */
export const readItems = async (cloud: Cloud, keys: readonly Key[]): Promise<Item[]> => {
  const table = tableName(cloud)
  const answers = await inChunks(keys, readLimit, async chunk => {
    const { Responses } = await cloud.dynamodb.request<{
      Responses: Record<string, Parameters<typeof unmarshall>[0][]>
    }>('BatchGetItem', { RequestItems: { [table]: { Keys: chunk.map(key => marshall(key)) } } })
    return Responses[table] ?? []
  })
  return answers.flat().map(item => unmarshall(item) as Item)
}

/** Stops and restarts a local cloud while referrals are open. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DynamoDbProcess } from '../../local/aws/dynamodb/process.ts'
import { demoHistoryMs, seedDemo } from '../../local/demo/seed.ts'
import { type Cloud, startCloud } from '../../local/runtime/cloud.ts'
import { tableSchema } from '../../shared/persistence/schema.ts'
import { templateDir, timeLimitFactor } from './cloud.ts'

const stateDir = mkdtempSync(join(tmpdir(), 'referral-center-'))
const options = { templateDir, stateDir, timeLimitFactor }
let cloud: Cloud
let token: string

beforeAll(async () => {
  cloud = await startCloud({ ...options, port: 0, historyMs: demoHistoryMs })
  await seedDemo(cloud)
})

afterAll(async () => {
  await cloud.stop()
  rmSync(stateDir, { recursive: true, force: true })
})

const read = async <T>(path: string, init: RequestInit = {}): Promise<T> => {
  const response = await fetch(cloud.url + path, {
    ...init,
    headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
  })
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
  return (await response.json()) as T
}

const signIn = async (partner: string) => {
  const person = cloud.people.values().find(({ email }) => email === `admin@${partner}.example`)
  token = ''
  const body = JSON.stringify({ role: person?.role, email: person?.email, partnerId: person?.partnerId })
  token = (await read<{ accessToken: string }>('/_local/token', { method: 'POST', body })).accessToken
}

const listed = async (stage: string) =>
  (await read<{ items: { id: string; status: string }[] }>(`/v1/referrals?stage=${stage}`)).items

it('the demo program has partners in five countries, referrals in every status and empty dead-letter queues', async () => {
  const partners = cloud.people.values().filter(({ role }) => role === 'partner-admin')
  expect(partners.length).toBeGreaterThanOrEqual(12)
  const states = new Set<string>()
  for (const { email } of partners) {
    await signIn(email.slice('admin@'.length, -'.example'.length))
    for (const stage of ['inbox', 'active', 'archived'])
      for (const { status } of await listed(stage)) states.add(status)
  }
  expect([...states].toSorted()).toEqual(['active', 'declined', 'expired', 'lost', 'new', 'withdrawn', 'won'])
  const queues = await read<{ name: string; visible: number }[]>('/_local/queues')
  expect(queues.filter(({ visible }) => visible > 0)).toEqual([])
  // The history ends at the present time. The clock can be behind by the duration of the last step.
  expect(Math.abs(cloud.clock.offset)).toBeLessThan(3_600_000)
})

it('a restart keeps referrals, mails, schedules, sign-ins and the time, and deadlines still pass', async () => {
  await signIn('isar-cloud')
  await cloud.clock.advance(3_600_000)
  const before = {
    inbox: await listed('inbox'),
    mails: await read<unknown[]>('/_local/mail'),
    schedules: await read<unknown[]>('/_local/schedules'),
    offset: cloud.clock.offset,
  }
  expect(before.inbox).not.toEqual([])
  await cloud.stop()
  cloud = await startCloud({ ...options, port: Number(new URL(cloud.url).port) })

  expect(cloud.fresh).toBe(false)
  expect(cloud.clock.offset).toBe(before.offset)
  expect(await listed('inbox')).toEqual(before.inbox)
  expect(await read('/_local/mail')).toEqual(before.mails)
  expect(await read('/_local/schedules')).toEqual(before.schedules)

  await cloud.clock.advance(14 * 86_400_000)
  expect(await listed('inbox')).toEqual([])
  const archived = await listed('archived')
  expect(archived.filter(({ id }) => before.inbox.some(item => item.id === id))).toEqual(
    before.inbox.map(({ id }) => expect.objectContaining({ id, status: 'expired' })),
  )
})

it('a start with the state of an earlier table layout fails and names the option to discard it', async () => {
  const [table] = cloud.template.ofType('AWS::DynamoDB::GlobalTable')
  await cloud.dynamodb.request('UpdateTable', {
    TableName: table?.ref,
    GlobalSecondaryIndexUpdates: [{ Delete: { IndexName: 'hot' } }],
  })
  // DynamoDB Local deletes an index after its answer.
  const description = async () =>
    JSON.stringify(await cloud.dynamodb.request('DescribeTable', { TableName: table?.ref }))
  await expect.poll(description, { timeout: 60_000 }).not.toContain('"IndexName":"hot"')
  await cloud.stop()
  const names = Object.keys(tableSchema.indexes).sort()
  const kept = names.filter(name => name !== 'hot')
  await expect(startCloud({ ...options, port: 0 })).rejects.toThrow(
    `its table has the indexes ${kept.join(', ')}, and not ${names.join(', ')}.\nStart without it: npm start -- --fresh`,
  )
  cloud = await startCloud({ ...options, port: 0, fresh: true })
})

describe('a start with items in an earlier layout', () => {
  const earlierSweep = { pk: { S: 'PROGRAM' }, sk: { S: 'SWEEP' } }
  const unknownItem = { pk: { S: 'PARTNER#ptr_1' }, sk: { S: 'NOTE#1' } }
  const table = () => {
    const [resource] = cloud.template.ofType('AWS::DynamoDB::GlobalTable')
    return { TableName: resource?.ref }
  }
  const isStored = async (Key: object): Promise<boolean> =>
    'Item' in (await cloud.dynamodb.request<object>('GetItem', { ...table(), Key }))

  beforeAll(async () => {
    for (const item of [earlierSweep, unknownItem])
      await cloud.dynamodb.request('PutItem', { ...table(), Item: item })
    await cloud.dynamodb.request('DeleteItem', {
      ...table(),
      Key: { pk: { S: 'SWEEP' }, sk: { S: 'SWEEP' } },
    })
    await cloud.stop()
    const database = new DatabaseSync(join(stateDir, 'state.db'))
    database.exec(`DELETE FROM item WHERE collection = 'layouts'`)
    database.close()
  })

  const refusal =
    /are in layout 1, and not 3\.\nMove them .*: npm start -- --migrate\nStart without them: npm start -- --fresh$/

  it('fails and names the options to migrate or discard them', async () => {
    await expect(startCloud({ ...options, port: 0 })).rejects.toThrow(refusal)
  })

  it('with --migrate fails if an item cannot be migrated, and so does the next start', async () => {
    await expect(startCloud({ ...options, port: 0, migrate: true })).rejects.toThrow(
      /^The migration did not move all items/,
    )
    await expect(startCloud({ ...options, port: 0 })).rejects.toThrow(refusal)
  })

  it('with --migrate migrates them, and the next start needs no option', async () => {
    await deleteUnknownItem()
    cloud = await startCloud({ ...options, port: 0, migrate: true })
    expect(await isStored(earlierSweep)).toBe(false)
    await cloud.stop()
    cloud = await startCloud({ ...options, port: 0 })
    expect(cloud.fresh).toBe(false)
  })

  /** Deletes the item while no cloud runs on the state. */
  const deleteUnknownItem = async (): Promise<void> => {
    const emulator = await DynamoDbProcess.start(join(stateDir, 'dynamodb'), () => {})
    await emulator.send('DynamoDB_20120810.DeleteItem', JSON.stringify({ ...table(), Key: unknownItem }))
    await emulator.stop()
  }
})

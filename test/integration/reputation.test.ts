/** Reputation: how it is updated by events, and how the command `reputation` counts it again. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb'
import { DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb'
import { beforeAll, describe, expect, inject, it } from 'vitest'
import { referralOperations } from '../../shared/referrals/referral/contract.ts'
import type { ReputationEntry } from '../../shared/search/index.ts'
import {
  acceptance,
  advance,
  enqueue,
  enroll,
  eventsOf,
  execute,
  type Partner,
  referralOf,
  sendRfi,
  settle,
  signedIn,
} from './program.ts'

/** Credentials of an operator, which belong to no function. */
const credentials = { accessKeyId: 'tester', secretAccessKey: 'tester' }
let dynamodb: DynamoDBDocumentClient
let TableName: string

beforeAll(async () => {
  const client = new DynamoDBClient({ endpoint: inject('url'), region: 'us-east-1', credentials })
  const { TableNames } = await client.send(new ListTablesCommand({}))
  TableName = TableNames?.[0] ?? ''
  dynamodb = DynamoDBDocumentClient.from(client)
})

const itemOf = async ({ id }: Partner) => {
  const Key = { pk: `REPUTATION#${id}`, sk: 'REPUTATION#DE' }
  const { Item } = await dynamodb.send(new GetCommand({ TableName, Key, ConsistentRead: true }))
  return Item && { ...Item, entry: JSON.parse(Item.entry) as ReputationEntry }
}
const reputationOf = async (partner: Partner) => {
  await settle()
  return (await itemOf(partner))?.entry
}

const root = join(import.meta.dirname, '../..')
/** Runs the command as an operator does. */
const recount = async (partner: Partner, ...options: string[]): Promise<{ code: number; output: string }> => {
  const env = {
    ...process.env,
    AWS_ENDPOINT_URL: inject('url'),
    AWS_REGION: 'us-east-1',
    TABLE_NAME: TableName,
    AWS_ACCESS_KEY_ID: 'tester',
    AWS_SECRET_ACCESS_KEY: 'tester',
  }
  const command = ['commands/reputation.ts', '--partner', partner.id, ...options]
  try {
    const { stdout } = await promisify(execFile)(join(root, 'node_modules/.bin/node'), command, {
      env,
      cwd: root,
    })
    return { code: 0, output: stdout }
  } catch (error) {
    const { code, stdout } = error as { code: number; stdout: string }
    return { code, output: stdout }
  }
}

const { acceptReferral, declineReferral, reopenReferral, closeReferral } = referralOperations

describe('the reputation of a partner', () => {
  it('contains answer times, results and the number of open referrals', async () => {
    let partner = await enroll()
    const answered = referralOf(await sendRfi([partner]), partner)
    await execute(partner, acceptReferral, answered, acceptance)
    const misrouted = referralOf(await sendRfi([partner]), partner)
    await execute(partner, declineReferral, misrouted, { reason: 'misrouted' })
    const silent = referralOf(await sendRfi([partner]), partner)
    const accepted = { accepted: 1, declined: 0, won: 0, lost: 0 }
    const atFirst = await reputationOf(partner)
    expect(atFirst).toMatchObject({ open: 2, affinity: { 'products/erp': accepted } })
    expect(atFirst?.months).toMatchObject([{ answers: [1], silences: 0, fits: 1, misfits: 0 }])

    await advance('P14DT1H')
    partner = await signedIn(partner)
    const afterSilence = await reputationOf(partner)
    expect(afterSilence?.open).toBe(1)
    expect(sum(afterSilence, 'silences')).toBe(1)

    await execute(partner, reopenReferral, silent)
    await execute(partner, declineReferral, silent, { reason: 'not-our-field' })
    await execute(partner, closeReferral, answered, { result: 'won' })
    const atLast = await reputationOf(partner)
    expect(atLast?.open).toBe(0)
    expect(['silences', 'fits', 'misfits', 'followed', 'won'].map(name => sum(atLast, name))).toEqual([
      0, 1, 1, 1, 1,
    ])
    expect(atLast?.affinity['products/erp']).toEqual({ accepted: 1, declined: 1, won: 1, lost: 0 })
  })

  it('counts each event once, even if it is delivered several times', async () => {
    const partner = await enroll()
    const referralId = referralOf(await sendRfi([partner]), partner)
    await execute(partner, acceptReferral, referralId, acceptance)
    const once = await reputationOf(partner)
    const deliveries = (await eventsOf(partner, referralId)).map(detail => ({ detail }))
    await enqueue('UpdateReputation', ...deliveries, ...deliveries.toReversed(), ...deliveries)
    expect(await reputationOf(partner)).toEqual(once)
  })

  it('is complete after many concurrent referrals to one partner', async () => {
    const partner = await enroll()
    const senders = Array.from({ length: 8 }, async () => {
      for (let sent = 0; sent < 4; sent++) await sendRfi([partner])
    })
    await Promise.all(senders)
    expect((await reputationOf(partner))?.open).toBe(32)
  })
})

const sum = (entry: ReputationEntry | undefined, name: string): number =>
  (entry?.months ?? []).reduce(
    (total, month) => total + Number((month as unknown as Record<string, number>)[name]),
    0,
  )

describe('the command reputation', () => {
  it('reports differences, and corrects them with --write', async () => {
    const partner = await enroll()
    const referralId = referralOf(await sendRfi([partner]), partner)
    await execute(partner, acceptReferral, referralId, acceptance)
    const right = await reputationOf(partner)
    expect(await recount(partner)).toEqual({
      code: 0,
      output: 'partners checked: 1, with wrong figures: 0\n',
    })

    const item = await itemOf(partner)
    const entry = { ...item?.entry, open: 7 }
    await dynamodb.send(new PutCommand({ TableName, Item: { ...item, entry: JSON.stringify(entry) } }))
    const found = await recount(partner)
    expect(found.code).toBe(1)
    expect(found.output).toContain(`${partner.id} DE open: 7 stored, 1 counted`)
    expect((await itemOf(partner))?.entry.open).toBe(7)

    expect((await recount(partner, '--write')).code).toBe(0)
    expect((await itemOf(partner))?.entry).toEqual({ ...right, version: (right?.version ?? 0) + 1 })
  })
})

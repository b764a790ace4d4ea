/** Reputation: how it is updated by events, and how the command `reputation` counts it again. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb'
import { DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb'
import { beforeAll, describe, expect, inject, it } from 'vitest'
import { readEntry } from '../../shared/partners/listing/store.ts'
import { storedEntryOf } from '../../shared/partners/listing/stored.ts'
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
  if (!Item) return undefined
  return { ...Item, entry: readEntry(Item as never) as ReputationEntry }
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
    await advance('P31D')
    partner = await signedIn(partner)
    const answered = referralOf(await sendRfi([partner]), partner)
    await execute(partner, acceptReferral, answered, acceptance)
    const misrouted = referralOf(await sendRfi([partner]), partner)
    await execute(partner, declineReferral, misrouted, { reason: 'misrouted' })
    const silent = referralOf(await sendRfi([partner]), partner)
    const atFirst = await reputationOf(partner)
    expect(atFirst).toMatchObject({ open: 2, affinity: {} })
    expect(counts(atFirst)).toMatchObject({ answers: 2, silences: 0, accepted: 1, won: 0 })

    await advance('P14DT1H')
    partner = await signedIn(partner)
    const afterSilence = await reputationOf(partner)
    expect(afterSilence?.open).toBe(1)
    expect(counts(afterSilence).silences).toBe(1)

    await execute(partner, reopenReferral, silent)
    await execute(partner, declineReferral, silent, { reason: 'not-our-field' })
    await execute(partner, closeReferral, answered, { result: 'won' })
    const atLast = await reputationOf(partner)
    expect(atLast?.open).toBe(0)
    expect(counts(atLast)).toMatchObject({ answers: 3, earlyAnswers: 0, silences: 0, accepted: 1, won: 1 })
    expect(atLast?.affinity['products/erp']).toEqual({ won: 1 })
  })

  it('contains nothing negative from the first days of the partner', async () => {
    let partner = await enroll()
    const [silent, lost, won] = [
      referralOf(await sendRfi([partner]), partner),
      referralOf(await sendRfi([partner]), partner),
      referralOf(await sendRfi([partner]), partner),
    ]
    await execute(partner, acceptReferral, lost, acceptance)
    await execute(partner, acceptReferral, won, acceptance)
    await advance('P14DT1H')
    partner = await signedIn(partner)
    expect((await eventsOf(partner, silent)).map(({ type }) => type)).toContain('referral.expired')
    await execute(partner, closeReferral, lost, { result: 'lost', reason: 'competitor' })
    await execute(partner, closeReferral, won, { result: 'won' })
    expect(counts(await reputationOf(partner))).toEqual({
      answers: 0,
      earlyAnswers: 2,
      silences: 0,
      accepted: 1,
      won: 1,
      deniedWins: 0,
      lost: 0,
      unfollowed: 0,
    })
    expect(await recount(partner)).toMatchObject({ code: 0 })
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

/** Returns the counts of all months together. */
const counts = (entry: ReputationEntry | undefined) => {
  const total = {
    answers: 0,
    earlyAnswers: 0,
    silences: 0,
    accepted: 0,
    won: 0,
    deniedWins: 0,
    lost: 0,
    unfollowed: 0,
  }
  for (const { month: _, answers, ...others } of entry?.months ?? []) {
    total.answers += answers.reduce((all, count) => all + count, 0)
    for (const [name, count] of Object.entries(others)) total[name as keyof typeof others] += count
  }
  return total
}

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
    const entry = { ...storedEntryOf(item?.entry as ReputationEntry), open: 7 }
    await dynamodb.send(new PutCommand({ TableName, Item: { ...item, entry: JSON.stringify(entry) } }))
    const found = await recount(partner)
    expect(found.code).toBe(1)
    expect(found.output).toContain(`${partner.id} DE open: 7 stored, 1 counted`)
    expect((await itemOf(partner))?.entry.open).toBe(7)

    expect((await recount(partner, '--write')).code).toBe(0)
    expect((await itemOf(partner))?.entry).toEqual({ ...right, version: (right?.version ?? 0) + 1 })
  })
})

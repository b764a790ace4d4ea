/** Lets many clients act on one referral at once: the first wins, and the others are told the current state. */
import { randomUUID } from 'node:crypto'
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb'
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { DynamoDBDocumentClient, QueryCommand } from '@aws-sdk/lib-dynamodb'
import { beforeAll, describe, expect, inject, it } from 'vitest'
import type { Event } from '../../shared/events/contract.ts'
import { referralOperations } from '../../shared/referrals/referral/contract.ts'
import { type CreatedRfi, rfiOperations } from '../../shared/referrals/rfi/contract.ts'
import { type Answer, call, fetchLocal, type Problem, turnedAway } from './client.ts'
import {
  acceptance,
  advance,
  ask,
  enroll,
  get,
  type Partner,
  referralOf,
  rfiBody,
  type Schedule,
  schedulesOf,
  settle,
  tokenOf,
} from './program.ts'

const { acceptReferral, declineReferral, extendReferral, reopenReferral, addColleague, withdrawReferral } =
  referralOperations
const { createRfiByOperator, getRfi, withdrawRfi } = rfiOperations

const client = () => ({
  endpoint: inject('url'),
  region: 'us-east-1',
  credentials: { accessKeyId: 'tester', secretAccessKey: 'tester' },
})

let partner: Partner
let operator: string
let sqs: SQSClient
let readLog: (referralId: string) => Promise<Event[]>

beforeAll(async () => {
  partner = await enroll()
  operator = await tokenOf('operator')
  sqs = new SQSClient(client())
  const dynamodb = new DynamoDBClient(client())
  const { TableNames } = await dynamodb.send(new ListTablesCommand({}))
  const documents = DynamoDBDocumentClient.from(dynamodb)
  readLog = async referralId => {
    const { Items = [] } = await documents.send(
      new QueryCommand({
        TableName: TableNames?.[0],
        ConsistentRead: true,
        KeyConditionExpression: 'pk = :pk AND begins_with(sk, :sk)',
        ExpressionAttributeValues: {
          ':pk': `REFERRALS#${partner.id}`,
          ':sk': `REFERRAL#${referralId}#EVENT#`,
        },
      }),
    )
    return Items.flatMap(({ event }) => (event ? [event as Event] : []))
  }
})

/** One of the requests that are sent at once. */
type Rival = (etag: string) => Promise<Answer<unknown>>

const colleague = () => ({
  firstName: 'Key',
  lastName: 'Account',
  phone: '+49 30 1234',
  email: `${randomUUID()}@partner.example`,
})

const partnersRival =
  (operation: (typeof referralOperations)[keyof typeof referralOperations], body: () => object | undefined) =>
  (referralId: string): Rival =>
  ifMatch =>
    turnedAway(operation, { token: partner.user, params: { referralId }, ifMatch, body: body() })

// Each body differs, so that no request is a repeat of another.
const accepts = partnersRival(acceptReferral, () => ({ ...acceptance, name: randomUUID() }))
const declines = partnersRival(declineReferral, () => ({ reason: 'budget', notes: randomUUID() }))
const extend = partnersRival(extendReferral, () => ({ reason: randomUUID() }))
const adds = partnersRival(addColleague, colleague)
const reopens = partnersRival(reopenReferral, () => undefined)
const withdraws =
  (referralId: string): Rival =>
  ifMatch =>
    turnedAway(withdrawReferral, { token: operator, params: { referralId }, ifMatch })

const customers = async ({ id, trackingToken: token }: CreatedRfi) => {
  const { etag } = await call(getRfi, { token, params: { rfiId: id } })
  return () => turnedAway(withdrawRfi, { token, params: { rfiId: id }, ifMatch: etag })
}

const endings = ['declined', 'expired', 'won', 'lost', 'withdrawn'].map(name => `referral.${name}`)

/** Checks the rules that hold for every log. @returns the types of its events */
const judge = (log: readonly Event[], version: number, stage: string): string[] => {
  const types = log.map(({ type }) => type)
  expect(log.map(event => event.version)).toEqual(log.map((_, index) => index + 1))
  expect(version).toBe(log.length)
  const ended = types.filter(type => endings.includes(type)).length
  const reopened = types.filter(type => type === 'referral.reopened').length
  expect(ended - reopened, types.join()).toBe(stage === 'archived' ? 1 : 0)
  expect(reopened).toBeLessThanOrEqual(1)
  types.forEach((type, index) => {
    if (type === 'referral.reopened') expect(types[index - 1]).toBe('referral.expired')
    else if (index > 0) expect(endings, types.join()).not.toContain(types[index - 1])
  })
  return types
}

const statusAfter: Readonly<Record<string, string>> = {
  'referral.accepted': 'active',
  'referral.reopened': 'new',
  ...Object.fromEntries(endings.map(type => [type, type.replace('referral.', '')])),
}
/** The statuses of the referral, in order. */
const statusesIn = (log: readonly Event[]) => ['new', ...log.flatMap(({ type }) => statusAfter[type] ?? [])]

/** Checks that a refused request was told a state that the referral, or its RFI, had. */
const expectTruth = ({ status, etag, body }: Answer<unknown>, log: readonly Event[]): void => {
  const { currentStatus, current } = body as Problem
  expect([409, 412], JSON.stringify(body)).toContain(status)
  if (status === 409) expect([...statusesIn(log), 'closed']).toContain(currentStatus)
  const shown = log.filter(({ at }) => at === current?.updatedAt).map(({ version }) => `"${version}"`)
  if (current?.id.startsWith('ref_')) expect(shown).toContain(etag)
}

describe('clients on one referral', () => {
  it('succeed one at a time until it is archived', async () => {
    for (let round = 0; round < 6; round++) {
      const rfi = await ask([partner], { directContact: true })
      const referralId = referralOf(rfi, partner)
      for (let step = 0; step < 5; step++) {
        const before = await get(partner, referralId)
        if (before.body.stage === 'archived') break
        const withdrawsAll = await customers(rfi)
        const rivals = [accepts, declines, extend, adds, withdraws, accepts, adds].map(rival =>
          rival(referralId),
        )
        // A different order in each round.
        const [first = withdrawsAll, ...others] = rivals
          .slice(round % rivals.length)
          .concat(rivals.slice(0, round))
        const answers = await Promise.all(
          [first, ...others, withdrawsAll, first].map(rival => rival(before.etag)),
        )
        const { body, etag } = await get(partner, referralId)
        const log = await readLog(referralId)
        judge(log, Number(etag.slice(1, -1)), body.stage)
        const won = answers.filter(({ status }) => status < 300)
        expect(won, JSON.stringify(answers.map(({ status }) => status))).toHaveLength(1)
        expect(log).toHaveLength(Number(before.etag.slice(1, -1)) + 1)
        for (const answer of answers) if (!won.includes(answer)) expectTruth(answer, log)
      }
    }
  })

  it('leave it either open or withdrawn when some reopen it while the customer withdraws', async () => {
    for (let round = 0; round < 6; round++) {
      const { rfi, referralId } = await receive()
      await advance('PT55S')
      const { etag } = await get(partner, referralId)
      const withdrawsAll = await customers(rfi)
      const reopen = reopens(referralId)
      const rivals = [() => reopen(etag), withdrawsAll, () => reopen(etag), () => reopen(etag)]
      const answers = await Promise.all((round % 2 ? rivals : rivals.toReversed()).map(rival => rival()))
      const { body, etag: after } = await get(partner, referralId)
      const log = await readLog(referralId)
      judge(log, Number(after.slice(1, -1)), body.stage)
      const request = await call(getRfi, { token: rfi.trackingToken, params: { rfiId: rfi.id } })
      expect(request.body.status === 'withdrawn').toBe(body.status === 'expired')
      expect(answers.filter(({ status }) => status === 200).length).toBeGreaterThan(0)
      for (const answer of answers) if (answer.status !== 200) expectTruth(answer, log)
    }
  })

  it('end it once when they and its timers act at the instant of its expiry', async () => {
    const queue = await timersQueue()
    const held = await Promise.all(Array.from({ length: 4 }, receive))
    const firstExpiry = Math.min(...held.map(({ respondBy }) => Date.parse(respondBy)))
    const ahead = Math.floor((firstExpiry - (await now())) / 1000) - 1
    if (ahead > 0) await advance(`PT${ahead}S`)
    await Promise.all(
      held.map(async ({ referralId, respondBy }) => {
        const expiresAt = Date.parse(respondBy)
        const timer = { kind: 'expire', partnerId: partner.id, referralId, dueAt: respondBy }
        const rings: Rival = async () => {
          const MessageBody = JSON.stringify(timer)
          if ((await now()) >= expiresAt)
            await sqs.send(new SendMessageCommand({ QueueUrl: queue, MessageBody }))
          return { status: 200, etag: '', headers: new Headers(), body: undefined }
        }
        const lost: Answer<unknown>[] = []
        /** Repeats requests from before the expiry until a second after it. */
        const hammer = async (choices: readonly Rival[]) => {
          for (let turn = 0; (await now()) < expiresAt + 1000; turn++) {
            const { etag } = await get(partner, referralId)
            const answer = await (choices[turn % choices.length] as Rival)(etag)
            if (answer.status >= 400) lost.push(answer)
          }
        }
        await Promise.all([
          hammer([adds(referralId), reopens(referralId), reopens(referralId)]),
          hammer([reopens(referralId)]),
          hammer([rings]),
          hammer([rings, rings, reopens(referralId), rings]),
        ])
        await settle()
        const { body, etag } = await get(partner, referralId)
        const log = await readLog(referralId)
        const types = judge(log, Number(etag.slice(1, -1)), body.stage)
        expect(types).toContain('referral.expired')
        const expired = log.find(({ type }) => type === 'referral.expired')
        expect(expired && expired.at >= respondBy).toBe(true)
        for (const answer of lost) expectTruth(answer, log)
      }),
    )
  })
})

/** Creates a referral that expires in 50 s: a busy machine creates it in time, and its timer is a delayed message. */
const receive = async () => {
  const end = Math.ceil((await now()) / 1000 + 50) * 1000
  const respondBy = new Date(end).toISOString()
  const body = {
    ...rfiBody([partner], { directContact: true }),
    source: { channel: 'sales-agent' },
    respondBy,
  }
  const created = await call(createRfiByOperator, { token: operator, body, idempotencyKey: randomUUID() })
  return { rfi: created.body, referralId: referralOf(created.body, partner), respondBy }
}

/** The time of the virtual clock. */
const now = async (): Promise<number> => Date.parse((await fetchLocal<{ now: string }>('/_local/clock')).now)

const timersQueue = async (): Promise<string> => {
  const referralId = referralOf(await ask([partner]), partner)
  await settle()
  const [{ target }] = (await schedulesOf(referralId)) as [Schedule]
  return `${inject('url')}/${target.split(':').slice(4).join('/')}`
}

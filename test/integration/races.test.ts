/** Concurrent commands on one referral: the first succeeds, and the others get the current state. */
import { randomUUID } from 'node:crypto'
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb'
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { DynamoDBDocumentClient, QueryCommand } from '@aws-sdk/lib-dynamodb'
import { beforeAll, describe, expect, inject, it } from 'vitest'
import type { Event } from '../../shared/events/contract.ts'
import { referralOperations } from '../../shared/referrals/referral/contract.ts'
import { type CreatedRfi, rfiOperations } from '../../shared/referrals/rfi/contract.ts'
import { type Answer, call, callUnchecked, fetchLocal, type Problem } from './client.ts'
import {
  acceptance,
  advance,
  enroll,
  execute,
  get,
  type Partner,
  referralOf,
  rfiBody,
  type Schedule,
  schedulesOf,
  sendRfi,
  settle,
  signedIn,
  tokenOf,
  versionIn,
} from './program.ts'

const {
  acceptReferral,
  addColleague,
  closeReferral,
  declineReferral,
  extendReferral,
  reopenReferral,
  undoAnswer,
  withdrawReferral,
} = referralOperations
const { addRecipients, chooseOutcome, createRfiByOperator, denyWin, getRfi, reopenRfi, withdrawRfi } =
  rfiOperations

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

/** One of several concurrent requests. */
type ConcurrentRequest = (etag: string) => Promise<Answer<unknown>>

const colleague = () => ({
  firstName: 'Key',
  lastName: 'Account',
  phone: '+49 30 1234',
  email: `${randomUUID()}@partner.example`,
})

const requestOfPartner =
  (operation: (typeof referralOperations)[keyof typeof referralOperations], body: () => object | undefined) =>
  (referralId: string): ConcurrentRequest =>
  ifMatch =>
    callUnchecked(operation, { token: partner.user, params: { referralId }, ifMatch, body: body() })

// Each body differs, so that no request is a repeat of another.
const acceptRequest = requestOfPartner(acceptReferral, () => ({ ...acceptance, name: randomUUID() }))
const declineRequest = requestOfPartner(declineReferral, () => ({ reason: 'budget', notes: randomUUID() }))
const extendRequest = requestOfPartner(extendReferral, () => ({ reason: randomUUID() }))
const addColleagueRequest = requestOfPartner(addColleague, colleague)
const reopenRequest = requestOfPartner(reopenReferral, () => undefined)
const withdrawRequest =
  (referralId: string): ConcurrentRequest =>
  ifMatch =>
    callUnchecked(withdrawReferral, { token: operator, params: { referralId }, ifMatch })

const withdrawRequestOfCustomer = async ({ id, trackingToken: token }: CreatedRfi) => {
  const { etag } = await call(getRfi, { token, params: { rfiId: id } })
  return () => callUnchecked(withdrawRfi, { token, params: { rfiId: id }, ifMatch: etag })
}

const endings = ['declined', 'expired', 'won', 'lost', 'withdrawn', 'superseded'].map(
  name => `referral.${name}`,
)
/** Events that make a referral open again. */
const revivals = ['reopened', 'answer-undone', 'reinstated', 'resumed'].map(name => `referral.${name}`)
/** Events that can follow an ending and keep the status. */
const remarks = ['choice-noted', 'win-denied', 'win-confirmed'].map(name => `referral.${name}`)

/** Checks the rules that apply to every list of events. @returns the event types, without remarks of the customer */
const checkEvents = (log: readonly Event[], version: number, stage: string): string[] => {
  const types: string[] = log.map(({ type }) => type).filter(type => !remarks.includes(type))
  expect(log.map(event => event.version)).toEqual(log.map((_, index) => index + 1))
  expect(version).toBe(log.length)
  const ended = types.filter(type => endings.includes(type)).length
  const revived = types.filter(type => revivals.includes(type)).length
  expect(ended - revived, types.join()).toBe(stage === 'archived' ? 1 : 0)
  expect(types.filter(type => type === 'referral.reopened').length).toBeLessThanOrEqual(1)
  types.forEach((type, index) => {
    if (type === 'referral.reopened') expect(types[index - 1]).toBe('referral.expired')
    else if (index > 0 && !revivals.includes(type))
      expect(endings, types.join()).not.toContain(types[index - 1])
  })
  return types
}

const statusAfter: Readonly<Record<string, string>> = {
  'referral.accepted': 'active',
  'referral.reopened': 'new',
  ...Object.fromEntries(endings.map(type => [type, type.replace('referral.', '')])),
}
/** Returns the statuses of the referral in order. */
const statusesIn = (log: readonly Event[]) => ['new', ...log.flatMap(({ type }) => statusAfter[type] ?? [])]

/** Expects a rejected request to contain a state that the referral or its RFI had. */
const expectPastState = ({ status, etag, body }: Answer<unknown>, log: readonly Event[]): void => {
  const { currentStatus, current } = body as Problem
  expect([409, 412], JSON.stringify(body)).toContain(status)
  if (status === 409) expect([...statusesIn(log), 'closed']).toContain(currentStatus)
  const shown = log.filter(({ at }) => at === current?.updatedAt).map(({ version }) => version)
  if (current?.id.startsWith('ref_')) expect(shown).toContain(versionIn(etag))
}

describe('concurrent requests on one referral', () => {
  it('succeed one at a time until the referral is archived', async () => {
    for (let round = 0; round < 6; round++) {
      const rfi = await sendRfi([partner], { directContact: true })
      const referralId = referralOf(rfi, partner)
      for (let step = 0; step < 5; step++) {
        const before = await get(partner, referralId)
        if (before.body.stage === 'archived') break
        const withdrawsAll = await withdrawRequestOfCustomer(rfi)
        const rivals = [
          acceptRequest,
          declineRequest,
          extendRequest,
          addColleagueRequest,
          withdrawRequest,
          acceptRequest,
          addColleagueRequest,
        ].map(rival => rival(referralId))
        // Each round has a different order.
        const [first = withdrawsAll, ...others] = rivals
          .slice(round % rivals.length)
          .concat(rivals.slice(0, round))
        const answers = await Promise.all(
          [first, ...others, withdrawsAll, first].map(rival => rival(before.etag)),
        )
        const { body, etag } = await get(partner, referralId)
        const log = await readLog(referralId)
        checkEvents(log, versionIn(etag), body.stage)
        const won = answers.filter(({ status }) => status < 300)
        expect(won, JSON.stringify(answers.map(({ status }) => status))).toHaveLength(1)
        expect(log).toHaveLength(versionIn(before.etag) + 1)
        for (const answer of answers) if (!won.includes(answer)) expectPastState(answer, log)
      }
    }
  })

  it('to reopen and to withdraw leave it either reopened or withdrawn', async () => {
    for (let round = 0; round < 6; round++) {
      const { rfi, referralId } = await receive()
      await advance('PT55S')
      const { etag } = await get(partner, referralId)
      const withdrawsAll = await withdrawRequestOfCustomer(rfi)
      const reopen = reopenRequest(referralId)
      const rivals = [() => reopen(etag), withdrawsAll, () => reopen(etag), () => reopen(etag)]
      const answers = await Promise.all((round % 2 ? rivals : rivals.toReversed()).map(rival => rival()))
      const { body, etag: after } = await get(partner, referralId)
      const log = await readLog(referralId)
      checkEvents(log, versionIn(after), body.stage)
      const request = await call(getRfi, { token: rfi.trackingToken, params: { rfiId: rfi.id } })
      expect(request.body.status === 'withdrawn').toBe(body.status === 'expired')
      expect(answers.filter(({ status }) => status === 200).length).toBeGreaterThan(0)
      for (const answer of answers) if (answer.status !== 200) expectPastState(answer, log)
    }
  })

  it('end it once when commands and timers run at the instant of its expiry', async () => {
    const queue = await timersQueue()
    const held = await Promise.all(Array.from({ length: 4 }, () => receive()))
    const firstExpiry = Math.min(...held.map(({ respondBy }) => Date.parse(respondBy)))
    const ahead = Math.floor((firstExpiry - (await now())) / 1000) - 1
    if (ahead > 0) await advance(`PT${ahead}S`)
    await Promise.all(
      held.map(async ({ referralId, respondBy }) => {
        const expiresAt = Date.parse(respondBy)
        const timer = { kind: 'expire', partnerId: partner.id, referralId, dueAt: respondBy }
        const sendTimer: ConcurrentRequest = async () => {
          const MessageBody = JSON.stringify(timer)
          if ((await now()) >= expiresAt)
            await sqs.send(new SendMessageCommand({ QueueUrl: queue, MessageBody }))
          return { status: 200, etag: '', headers: new Headers(), body: undefined }
        }
        const lost: Answer<unknown>[] = []
        /** Repeats requests until one second after the expiry. */
        const repeatRequests = async (choices: readonly ConcurrentRequest[]) => {
          for (let turn = 0; (await now()) < expiresAt + 1000; turn++) {
            const { etag } = await get(partner, referralId)
            const answer = await (choices[turn % choices.length] as ConcurrentRequest)(etag)
            if (answer.status >= 400) lost.push(answer)
          }
        }
        await Promise.all([
          repeatRequests([
            addColleagueRequest(referralId),
            reopenRequest(referralId),
            reopenRequest(referralId),
          ]),
          repeatRequests([reopenRequest(referralId)]),
          repeatRequests([sendTimer]),
          repeatRequests([sendTimer, sendTimer, reopenRequest(referralId), sendTimer]),
        ])
        await settle()
        const { body, etag } = await get(partner, referralId)
        const log = await readLog(referralId)
        const types = checkEvents(log, versionIn(etag), body.stage)
        expect(types).toContain('referral.expired')
        const expired = log.find(({ type }) => type === 'referral.expired')
        expect(expired && expired.at >= respondBy).toBe(true)
        for (const answer of lost) expectPastState(answer, log)
      }),
    )
  })
})

describe('a choice of the customer', () => {
  let chosen: Partner
  beforeAll(async () => {
    chosen = await enroll()
    partner = await signedIn(partner)
    operator = await tokenOf('operator')
  })

  /** Creates an RFI with a partner that works on it, and another one. It expires in 50 seconds if `isShort`. */
  const receiveTwo = async (isShort: boolean) => {
    const rfi = isShort ? (await receive([partner, chosen])).rfi : await sendRfi([partner, chosen])
    const customer = { token: rfi.trackingToken, params: { rfiId: rfi.id } }
    await execute(chosen, acceptReferral, referralOf(rfi, chosen), acceptance)
    const own = (
      operation: typeof undoAnswer | typeof closeReferral | typeof acceptReferral,
      body?: object,
    ) => {
      const params = { referralId: referralOf(rfi, partner) }
      return async () => {
        const { etag: ifMatch } = await get(partner, params.referralId)
        return callUnchecked(operation, { token: partner.user, params, ifMatch, body })
      }
    }
    return { rfi, customer, own, referralId: referralOf(rfi, partner) }
  }
  type Two = Awaited<ReturnType<typeof receiveTwo>>

  const clockMoves = (by: string) => async (): Promise<Answer<unknown>> => {
    await advance(by)
    return { status: 200, etag: '', headers: new Headers(), body: undefined }
  }
  /** Reads the RFI before the race: a customer who reads it after the choice may deny the win and take the choice back. */
  const ofCustomer = async (
    operation: typeof addRecipients | typeof denyWin,
    { customer }: Two,
    body: object,
  ) => {
    const { etag: ifMatch } = await call(getRfi, customer)
    return () => callUnchecked(operation, { ...customer, ifMatch, body })
  }

  /** Concurrent actions of a race. Each call prepares the action and returns it. */
  const rivals: Readonly<Record<string, (two: Two) => Promise<() => Promise<Answer<unknown>>>>> = {
    'an acceptance': async ({ own }) => own(acceptReferral, acceptance),
    'the undo of a decline': async ({ own, referralId }) => {
      await execute(partner, declineReferral, referralId, { reason: 'budget' })
      return own(undoAnswer)
    },
    'a win': async ({ own, referralId }) => {
      await execute(partner, acceptReferral, referralId, acceptance)
      return own(closeReferral, { result: 'won' })
    },
    'a sending on': async two => {
      const further = await enroll()
      const recipients = [{ profileId: further.profileId, locationId: 'main' }]
      return ofCustomer(addRecipients, two, { recipients })
    },
    'the denial of its win': async two => {
      const referralId = referralOf(two.rfi, chosen)
      await execute(chosen, closeReferral, referralId, { result: 'won' })
      return ofCustomer(denyWin, two, { referralId })
    },
    'a reopening': async ({ referralId }) => {
      await advance('PT55S')
      const { etag } = await get(partner, referralId)
      return () => reopenRequest(referralId)(etag)
    },
    'an expiry': async () => clockMoves('PT55S'),
    'a reminder': async () => clockMoves('PT24H'),
  }
  const shortRivals = ['a reopening', 'an expiry']

  it.each(Object.entries(rivals))(
    'at the same time as %s has one consistent outcome',
    async (name, rivalOf) => {
      for (let round = 0; round < 4; round++) {
        partner = await signedIn(partner)
        chosen = await signedIn(chosen)
        operator = await tokenOf('operator')
        const two = await receiveTwo(shortRivals.includes(name))
        const rival = await rivalOf(two)
        const { etag: ifMatch } = await call(getRfi, two.customer)
        const body = { referralId: referralOf(two.rfi, chosen) }
        const choose = () => callUnchecked(chooseOutcome, { ...two.customer, ifMatch, body })
        const both = round % 2 ? [rival, choose] : [choose, rival]
        const answers = await Promise.all(both.map(one => one()))
        for (const { status } of answers) expect([200, 409, 412]).toContain(status)
        expect(answers.map(({ status }) => status)).toContain(200)
        await settle()
        partner = await signedIn(partner)
        const present = await call(getRfi, two.customer)
        const referral = await get(partner, two.referralId)
        const log = await readLog(two.referralId)
        checkEvents(log, versionIn(referral.etag), referral.body.stage)
        const isChosen = answers[both.indexOf(choose)]?.status === 200
        expect(present.body.status === 'decided').toBe(isChosen)
        if (isChosen) {
          const statuses = present.body.recipients.map(({ status }) => status)
          expect(statuses).not.toContain('new')
          const deal = present.body.recipients.find(({ referralId }) => referralId === body.referralId)
          expect(deal?.winDeniedAt).toBeNull()
          if (['active', 'won'].includes(referral.body.status))
            expect(referral.body.customerChoice).toBe('other')
        }
      }
    },
  )

  it('is taken back once by two requests at the same time', async () => {
    const two = await receiveTwo(false)
    const { etag: before } = await call(getRfi, two.customer)
    const body = { referralId: referralOf(two.rfi, chosen) }
    const { etag: ifMatch } = await call(chooseOutcome, { ...two.customer, ifMatch: before, body })
    const again = { ...two.customer, ifMatch, body: { referralIds: [two.referralId] } }
    const answers = await Promise.all([callUnchecked(reopenRfi, again), callUnchecked(reopenRfi, again)])
    expect(answers.map(({ status }) => status)).toContain(200)
    const log = await readLog(two.referralId)
    expect(log.map(({ type }) => type)).toEqual([
      'referral.received',
      'referral.superseded',
      'referral.reinstated',
    ])
  })
})

/**
 * Creates a referral that expires in 50 seconds. This is enough on a busy machine, and short enough that its timer is a
 * delayed message.
 */
const receive = async (partners: readonly Partner[] = [partner]) => {
  const end = Math.ceil((await now()) / 1000 + 50) * 1000
  const respondBy = new Date(end).toISOString()
  const body = {
    ...rfiBody(partners, { directContact: true }),
    source: { channel: 'sales-agent' },
    respondBy,
  }
  const created = await call(createRfiByOperator, { token: operator, body, idempotencyKey: randomUUID() })
  return { rfi: created.body, referralId: referralOf(created.body, partner), respondBy }
}

/** Returns the time of the virtual clock in milliseconds. */
const now = async (): Promise<number> => Date.parse((await fetchLocal<{ now: string }>('/_local/clock')).now)

const timersQueue = async (): Promise<string> => {
  const referralId = referralOf(await sendRfi([partner]), partner)
  await settle()
  const [{ target }] = (await schedulesOf(referralId)) as [Schedule]
  return `${inject('url')}/${target.split(':').slice(4).join('/')}`
}

/** An RFI that one partner does not take, and what its customer can do about it: send it on to the next best. */
import { randomUUID } from 'node:crypto'
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb'
import { DeleteCommand, DynamoDBDocumentClient, QueryCommand } from '@aws-sdk/lib-dynamodb'
import { beforeAll, describe, expect, inject, it } from 'vitest'
import { type Event, event as eventSchema } from '../../shared/events/contract.ts'
import { profileOperations } from '../../shared/partners/profile/contract.ts'
import { policyOperations } from '../../shared/program/policy/contract.ts'
import { referralOperations } from '../../shared/referrals/referral/contract.ts'
import { type CreatedRfi, rfiOperations } from '../../shared/referrals/rfi/contract.ts'
import { call, type Input, refused, turnedAway } from './client.ts'
import {
  acceptance,
  act,
  advance,
  armed,
  ask,
  awaitMail,
  enroll,
  get,
  type Partner,
  profileContent,
  referralOf,
  rfiBody,
  settle,
  timelineTypes,
  tokenOf,
} from './program.ts'

const { acceptReferral, declineReferral, listReferrals, reopenReferral, withdrawReferral } =
  referralOperations
const { createRfiByOperator, getRfi, getRfiByOperator, withdrawRfi } = rfiOperations
const { addRecipients, addRecipientsByOperator } = rfiOperations

/** Of which nobody else's profiles are in the directory. */
const region = 'LI'

let decliner: Partner
let second: Partner
/** Sells what is asked for. */
let fitting: Partner
let operator: string
let documents: DynamoDBDocumentClient
let TableName: string | undefined

beforeAll(async () => {
  const partners = await Promise.all(['Alp', 'Berg', 'Tal'].map(name => enroll(name, region)))
  ;[decliner, second, fitting] = partners as [Partner, Partner, Partner]
  const params = { region }
  const { etag } = await call(profileOperations.getProfile, { token: fitting.admin, params })
  const body = { ...profileContent(fitting.contactOf), products: ['erp'] }
  await call(profileOperations.putProfile, { token: fitting.admin, params, body, ifMatch: etag })
  operator = await tokenOf('operator')
  const credentials = { accessKeyId: 'tester', secretAccessKey: 'tester' }
  const dynamodb = new DynamoDBClient({ endpoint: inject('url'), region: 'us-east-1', credentials })
  documents = DynamoDBDocumentClient.from(dynamodb)
  TableName = (await dynamodb.send(new ListTablesCommand({}))).TableNames?.[0]
})

const place = ({ profileId }: Partner, locationId = 'main') => ({ profileId, locationId })
const inputOf = ({ id, trackingToken }: CreatedRfi): Input => ({
  token: trackingToken,
  params: { rfiId: id },
})
const seen = (rfi: CreatedRfi) => call(getRfi, inputOf(rfi))

/** What sends an RFI on to partners, as it is now. */
const sendingOn = async (rfi: CreatedRfi, partners: readonly Partner[]) => {
  const { etag } = await seen(rfi)
  return { ...inputOf(rfi), ifMatch: etag, body: { recipients: partners.map(partner => place(partner)) } }
}

const declined = async (by = decliner): Promise<CreatedRfi> => {
  const rfi = await ask([by])
  await act(by, declineReferral, referralOf(rfi, by), { reason: 'no-capacity' })
  return rfi
}

const eventsOf = async ({ id }: CreatedRfi): Promise<Event[]> => {
  const { Items = [] } = await documents.send(
    new QueryCommand({
      TableName,
      ConsistentRead: true,
      KeyConditionExpression: 'pk = :pk AND begins_with(sk, :sk)',
      ExpressionAttributeValues: { ':pk': `RFI#${id}`, ':sk': 'RFI#EVENT#' },
    }),
  )
  // Behind an event may stand the mails that told of it.
  return Items.flatMap(({ event }) => (event ? [eventSchema.parse(event) as Event] : []))
}

const inboxOf = async (partner: Partner): Promise<string[]> => {
  const { body } = await call(listReferrals, { token: partner.user, query: { limit: 100 } })
  return body.items.map(({ rfiId }) => rfiId)
}

describe('an RFI that a partner has declined', () => {
  it('is sent on to the next best in one call, and stays the same RFI', async () => {
    const rfi = await ask([decliner], { directContact: true })
    expect(rfi.suggestions).toEqual([])
    expect((await seen(rfi)).body.suggestions).toEqual([])
    await act(decliner, declineReferral, referralOf(rfi, decliner), { reason: 'no-capacity' })

    const { body, etag } = await seen(rfi)
    expect(body.status).toBe('closed')
    expect(body.suggestions.map(({ name }) => name)).toEqual(['Tal', 'Berg'])
    const [{ profileId, locationId } = { profileId: '', locationId: '' }] = body.suggestions
    expect(body.suggestions[0]).toEqual({
      profileId: fitting.profileId,
      partnerId: fitting.id,
      locationId: 'main',
      name: 'Tal',
      city: 'Berlin',
      headline: 'We do it',
      languages: ['en'],
    })
    expect((await seen(rfi)).body).toEqual(body)

    const recipients = [{ profileId, locationId }]
    const sent = await call(addRecipients, { ...inputOf(rfi), ifMatch: etag, body: { recipients } })
    expect(sent.etag).not.toBe(etag)
    expect(sent.body.status).toBe('open')
    expect(sent.body.recipients.map(({ name, status }) => [name, status])).toEqual([
      ['Alp', 'declined'],
      ['Tal', 'new'],
    ])
    expect(sent.body.suggestions.map(({ name }) => name)).toEqual(['Berg'])
    expect(sent.body.trackedUntil > rfi.trackedUntil).toBe(true)
    const now = await seen(rfi)
    expect(now.body).toEqual(sent.body)
    expect(now.etag).toBe(sent.etag)

    expect(await inboxOf(fitting)).toContain(rfi.id)
    const { body: referral } = await get(fitting, referralOf({ ...rfi, ...sent.body }, fitting))
    expect(referral).toMatchObject({
      rfiId: rfi.id,
      status: 'new',
      need: rfi.need,
      source: { channel: 'search' },
      directContact: { state: 'hot' },
      customer: { company: 'Havelland Getriebe' },
    })
    await awaitMail(fitting.contactOf('main'))
    await settle()
    expect(await armed(referral.id)).toEqual(['remind', 'cool', 'expire'])
    expect((await eventsOf(rfi)).map(({ type, version, data }) => ({ type, version, data }))).toEqual([
      { type: 'rfi.received', version: 1, data: { recipients: 1 } },
      { type: 'rfi.recipients-added', version: 2, data: { partnerIds: [fitting.id] } },
    ])
  })

  it('is sent on once, however often and however late that is asked for', async () => {
    const rfi = await declined()
    const input = await sendingOn(rfi, [second, fitting])
    const first = await call(addRecipients, input)
    const again = await call(addRecipients, input)
    expect(again.body).toEqual(first.body)
    expect(again.etag).toBe(first.etag)
    await act(second, acceptReferral, referralOf({ ...rfi, ...first.body }, second), acceptance)
    const later = await call(addRecipients, input)
    expect(later.body.recipients.map(({ status }) => status)).toEqual(['declined', 'active', 'new'])
    expect(later.body).toEqual((await seen(rfi)).body)
    expect(await eventsOf(rfi)).toHaveLength(2)
  })

  it('is sent on with what the customer knows, or not at all', async () => {
    const rfi = await declined()
    const input = await sendingOn(rfi, [second])
    const stale = await refused(addRecipients, { ...input, ifMatch: '"1"' })
    expect(stale.body).toMatchObject({ code: 'stale-version', current: { recipients: [{ name: 'Alp' }] } })
    expect(stale.body.current).toEqual((await seen(rfi)).body)
    expect(stale.etag).toBe(input.ifMatch)
    const { ifMatch: _, ...unread } = input
    expect((await refused(addRecipients, unread)).status).toBe(428)
    expect((await seen(rfi)).body.recipients).toHaveLength(1)
  })

  it('is sent on by nobody else', async () => {
    const [rfi, foreign] = [await declined(), await ask([second])]
    const input = await sendingOn(rfi, [second])
    expect((await refused(addRecipients, { ...input, token: foreign.trackingToken })).status).toBe(404)
    expect((await refused(addRecipients, { ...input, token: second.user })).status).toBe(401)
    const { token, ...bare } = input
    expect((await refused(addRecipients, bare)).status).toBe(401)
    expect((await refused(addRecipientsByOperator, { ...input, token: second.admin })).status).toBe(403)
    const params = { rfiId: 'rfi_00000000000000000000000000' }
    expect((await refused(addRecipientsByOperator, { ...input, token: operator, params })).status).toBe(404)
    const { body } = await call(addRecipients, { ...bare, query: { token: token ?? '' } })
    expect(body.recipients).toHaveLength(2)
  })

  it('is sent on by the operator too', async () => {
    const rfi = await declined()
    const input = await sendingOn(rfi, [second])
    const { body } = await call(addRecipientsByOperator, { ...input, token: operator })
    const params = { rfiId: rfi.id }
    expect((await call(getRfiByOperator, { token: operator, params })).body).toEqual(body)
    const referralId = referralOf({ ...rfi, ...body }, second)
    const timeline = await call(referralOperations.getTimelineByOperator, {
      token: operator,
      params: { referralId },
    })
    expect(timeline.body.items[0]).toMatchObject({ type: 'referral.received', actor: { kind: 'operator' } })
    expect((await eventsOf(rfi)).map(({ actor }) => actor.kind)).toEqual(['customer', 'operator'])
  })

  it('keeps its channel and need, while the deadline is that of the policy', async () => {
    const { now } = await settle()
    const respondBy = new Date(Date.parse(now) + 2 * 86_400_000).toISOString()
    const source = { channel: 'campaign', campaignId: 'spring' }
    const { body: rfi } = await call(createRfiByOperator, {
      token: operator,
      body: { ...rfiBody([decliner]), source, respondBy },
      idempotencyKey: randomUUID(),
    })
    await act(decliner, declineReferral, referralOf(rfi, decliner), { reason: 'budget' })
    const { body } = await call(addRecipients, await sendingOn(rfi, [second]))
    const referral = (await get(second, referralOf({ ...rfi, ...body }, second))).body
    expect(referral).toMatchObject({ source, need: rfi.need })
    expect(Date.parse(referral.respondBy) - Date.parse(referral.receivedAt)).toBeGreaterThan(13 * 86_400_000)
  })

  it('goes to partners that are there to be had, once each', async () => {
    const rfi = await declined()
    const asleep = await enroll('Schlaf', 'SM')
    const params = { region: 'SM' }
    const { etag } = await call(profileOperations.getProfile, { token: asleep.admin, params })
    await call(profileOperations.deactivateProfile, { token: asleep.admin, params, ifMatch: etag })
    const input = await sendingOn(rfi, [])
    for (const [recipients, errors] of [
      [[], ['/recipients too-few']],
      [[{ profileId: second.profileId }], ['/recipients/0/locationId required']],
      [[place(decliner, 'branch')], ['/recipients/0 repeated-partner']],
      [[place(second), place(decliner)], ['/recipients/1 repeated-partner']],
      [[place(second), place(second, 'branch')], ['/recipients/1 repeated-partner']],
      [[place(second, 'moon')], ['/recipients/0/locationId unknown-location']],
      [[place(second), place(asleep)], ['/recipients/1/profileId not-available']],
      [Array.from({ length: 21 }, () => place(second)), ['/recipients too-many']],
    ] as const) {
      const { body } = await refused(addRecipients, { ...input, body: { recipients } })
      expect(body).toMatchObject({ code: 'invalid-request' })
      expect(body.errors?.map(({ pointer, code }) => `${pointer} ${code}`)).toEqual(errors)
    }
    expect((await seen(rfi)).etag).toBe(input.ifMatch)
  })

  it('goes to no more partners at a time than the policy has', async () => {
    const others = await Promise.all(Array.from({ length: 5 }, () => enroll(undefined, 'SM')))
    const rfi = await declined()
    const [last = second, ...first] = others
    const tooMany = await refused(addRecipients, await sendingOn(rfi, [...others, second]))
    expect(tooMany.body.errors?.map(({ pointer, code }) => [pointer, code])).toEqual([
      ['/recipients', 'too-many-open'],
    ])
    await call(addRecipients, await sendingOn(rfi, first))
    const full = await call(addRecipients, await sendingOn(rfi, [last]))
    expect(full.body.suggestions).toEqual([])
    expect((await refused(addRecipients, await sendingOn(rfi, [second]))).body.errors?.[0]?.code).toBe(
      'too-many-open',
    )
    await act(last, declineReferral, referralOf({ ...rfi, ...full.body }, last), { reason: 'budget' })
    const { body } = await call(addRecipients, await sendingOn(rfi, [second]))
    expect(body.recipients).toHaveLength(7)
  })

  it('has no suggestions where the policy wants none', async () => {
    const rfi = await declined()
    const change = async (maxSuggestions: number) => {
      const { body, etag } = await call(policyOperations.getPolicy, { token: operator })
      const input = { token: operator, ifMatch: etag, body: { ...body, maxSuggestions } }
      await call(policyOperations.putPolicy, input)
      return body.maxSuggestions
    }
    const before = await change(0)
    expect((await seen(rfi)).body.suggestions).toEqual([])
    await change(1)
    expect((await seen(rfi)).body.suggestions.map(({ name }) => name)).toEqual(['Tal'])
    await change(before)
  })
})

describe('an RFI that cannot be sent on', () => {
  it('is one that was withdrawn', async () => {
    const rfi = await ask([decliner, second])
    await act(decliner, declineReferral, referralOf(rfi, decliner), { reason: 'budget' })
    const input = await sendingOn(rfi, [fitting])
    const { body, etag } = await call(withdrawRfi, { ...inputOf(rfi), ifMatch: input.ifMatch })
    expect(body.suggestions).toEqual([])
    expect((await seen(rfi)).body.suggestions).toEqual([])
    for (const ifMatch of [input.ifMatch, etag])
      expect((await refused(addRecipients, { ...input, ifMatch })).body).toMatchObject({
        code: 'state-conflict',
        currentStatus: 'withdrawn',
        reason: 'rfi-withdrawn',
      })
  })

  it('is one whose customer was erased', async () => {
    const rfi = await declined()
    const input = await sendingOn(rfi, [second])
    await documents.send(new DeleteCommand({ TableName, Key: { pk: `RFI#${rfi.id}`, sk: 'CUSTOMER' } }))
    expect((await seen(rfi)).body.suggestions).toEqual([])
    const { body } = await refused(addRecipients, input)
    expect(body).toMatchObject({ code: 'state-conflict', currentStatus: 'closed' })
    expect(body.detail).toMatch(/erased/)
  })
})

describe('an RFI that was let expire', () => {
  it('can be sent on at once, and then no longer be taken up by whom it had expired for', async () => {
    const rfi = await ask([decliner])
    expect((await seen(rfi)).body.suggestions).toEqual([])
    await advance('P14D')
    const { body } = await seen(rfi)
    expect(body.recipients[0]?.status).toBe('expired')
    expect(body.suggestions.map(({ name }) => name)).toEqual(['Tal', 'Berg'])
    await call(addRecipients, await sendingOn(rfi, [fitting]))
    const referralId = referralOf(rfi, decliner)
    const { etag } = await get(decliner, referralId)
    const answer = await refused(reopenReferral, {
      token: decliner.user,
      params: { referralId },
      ifMatch: etag,
    })
    expect(answer.body.reason).toBe('customer-decided')
  })

  it('is either sent on or taken up again by those who do so at once, and the loser is told', async () => {
    for (let round = 0; round < 4; round++) {
      const rfi = await ask([decliner])
      await advance('P14D')
      const referralId = referralOf(rfi, decliner)
      const { etag } = await get(decliner, referralId)
      const input = await sendingOn(rfi, [second])
      const sends = () => turnedAway(addRecipients, input)
      const reopens = () =>
        turnedAway(reopenReferral, { token: decliner.user, params: { referralId }, ifMatch: etag })
      const rivals = round % 2 ? [sends, reopens] : [reopens, sends]
      const answers = await Promise.all(rivals.map(rival => rival()))
      const { recipients } = (await seen(rfi)).body
      expect(answers.map(({ status }) => status).toSorted()[0]).toBe(200)
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
      expect(['expired,new', 'new']).toContain(recipients.map(({ status }) => status).join())
    }
  })
})

describe('customers who send an RFI on twice at once', () => {
  it('send it once', async () => {
    const rfi = await declined()
    const input = await sendingOn(rfi, [second])
    const [first, ...others] = await Promise.all([1, 2, 3, 4].map(() => call(addRecipients, input)))
    for (const { body, etag } of others) expect([body, etag]).toEqual([first?.body, first?.etag])
    expect(first?.body.recipients).toHaveLength(2)
    const referralId = referralOf({ ...rfi, ...(first as NonNullable<typeof first>).body }, second)
    const types = await timelineTypes(second, referralId)
    expect(types.filter(type => type.startsWith('referral.'))).toEqual(['referral.received'])
    expect(await eventsOf(rfi)).toHaveLength(2)
  })

  it('to different partners are told of each other', async () => {
    const rfi = await declined()
    const inputs = [await sendingOn(rfi, [second]), await sendingOn(rfi, [fitting])]
    const answers = await Promise.all(inputs.map(input => turnedAway(addRecipients, input)))
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 412])
    const { body } = await seen(rfi)
    expect(body.recipients).toHaveLength(2)
    const lost = answers.find(({ status }) => status === 412)
    expect(lost?.body).toMatchObject({ code: 'stale-version', current: { recipients: body.recipients } })
  })
})

describe('a customer who sends an RFI on and withdraws it at once', () => {
  it('does the one or the other', async () => {
    for (let round = 0; round < 4; round++) {
      const rfi = await ask([decliner, second])
      await act(decliner, declineReferral, referralOf(rfi, decliner), { reason: 'budget' })
      const input = await sendingOn(rfi, [fitting])
      const sends = () => turnedAway(addRecipients, input)
      const withdraws = () => turnedAway(withdrawRfi, { ...inputOf(rfi), ifMatch: input.ifMatch })
      const rivals = round % 2 ? [sends, withdraws] : [withdraws, sends]
      const answers = await Promise.all(rivals.map(rival => rival()))
      const { body } = await seen(rfi)
      const isWithdrawn = body.status === 'withdrawn'
      expect(body.recipients.map(({ status }) => status)).toEqual(
        isWithdrawn ? ['declined', 'withdrawn'] : ['declined', 'new', 'new'],
      )
      // Who reads while the other writes is told that it changed, and on the next try that it was withdrawn.
      const [won, lost] = answers.map(({ status }) => status).toSorted()
      expect(won).toBe(200)
      expect(isWithdrawn ? [409, 412] : [412]).toContain(lost)
      if (isWithdrawn) expect((await refused(addRecipients, input)).status).toBe(409)
    }
  })
})

describe('a referral that the operator takes back', () => {
  it('calls for nobody else', async () => {
    const rfi = await ask([decliner])
    const referralId = referralOf(rfi, decliner)
    await call(withdrawReferral, { token: operator, params: { referralId }, ifMatch: '"1"' })
    const { body } = await seen(rfi)
    expect(body).toMatchObject({ status: 'closed', suggestions: [] })
    const sent = await call(addRecipients, await sendingOn(rfi, [second]))
    expect(sent.body.status).toBe('open')
  })
})

/** Sending an RFI to further partners after a recipient has declined it or let it expire. */
import { randomUUID } from 'node:crypto'
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb'
import { DeleteCommand, DynamoDBDocumentClient, QueryCommand } from '@aws-sdk/lib-dynamodb'
import { beforeAll, describe, expect, inject, it } from 'vitest'
import { type Event, event as eventSchema } from '../../shared/events/contract.ts'
import { profileOperations } from '../../shared/partners/profile/contract.ts'
import { policyOperations } from '../../shared/program/policy/contract.ts'
import { referralOperations } from '../../shared/referrals/referral/contract.ts'
import { type CreatedRfi, rfiOperations } from '../../shared/referrals/rfi/contract.ts'
import { call, callUnchecked, expectProblem, type Input } from './client.ts'
import {
  acceptance,
  advance,
  awaitMail,
  enroll,
  execute,
  get,
  type Partner,
  profileContent,
  referralOf,
  rfiBody,
  scheduledKinds,
  sendRfi,
  settle,
  timelineTypes,
  tokenOf,
} from './program.ts'

const { acceptReferral, declineReferral, listReferrals, reopenReferral, withdrawReferral } =
  referralOperations
const { createRfiByOperator, getRfi, getRfiByOperator, withdrawRfi } = rfiOperations
const { addRecipients, addRecipientsByOperator } = rfiOperations

/** No other test has profiles in this region. */
const region = 'LI'

let decliner: Partner
let second: Partner
/** Offers the requested product. */
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

const recipientOf = ({ profileId }: Partner, locationId = 'main') => ({ profileId, locationId })
const inputOf = ({ id, trackingToken }: CreatedRfi): Input => ({
  token: trackingToken,
  params: { rfiId: id },
})
const readRfi = (rfi: CreatedRfi) => call(getRfi, inputOf(rfi))

/** Returns the input of addRecipients with the current ETag of the RFI. */
const sendingOn = async (rfi: CreatedRfi, partners: readonly Partner[]) => {
  const { etag } = await readRfi(rfi)
  return {
    ...inputOf(rfi),
    ifMatch: etag,
    body: { recipients: partners.map(partner => recipientOf(partner)) },
  }
}

const declinedRfi = async (by = decliner): Promise<CreatedRfi> => {
  const rfi = await sendRfi([by])
  await execute(by, declineReferral, referralOf(rfi, by), { reason: 'no-capacity' })
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
  // Mail records follow events in the same partition; skip them.
  return Items.flatMap(({ event }) => (event ? [eventSchema.parse(event) as Event] : []))
}

const inboxOf = async (partner: Partner): Promise<string[]> => {
  const { body } = await call(listReferrals, { token: partner.user, query: { limit: 100 } })
  return body.items.map(({ rfiId }) => rfiId)
}

describe('addRecipients', () => {
  it('sends an RFI to the first suggestion in one call', async () => {
    const rfi = await sendRfi([decliner], { directContact: true })
    expect(rfi.suggestions).toEqual([])
    expect((await readRfi(rfi)).body.suggestions).toEqual([])
    await execute(decliner, declineReferral, referralOf(rfi, decliner), { reason: 'no-capacity' })

    const { body, etag } = await readRfi(rfi)
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
    expect((await readRfi(rfi)).body).toEqual(body)

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
    const now = await readRfi(rfi)
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
    expect(await scheduledKinds(referral.id)).toEqual(['remind', 'cool', 'expire'])
    expect((await eventsOf(rfi)).map(({ type, version, data }) => ({ type, version, data }))).toEqual([
      { type: 'rfi.received', version: 1, data: { recipients: 1 } },
      { type: 'rfi.recipients-added', version: 2, data: { partnerIds: [fitting.id] } },
    ])
  })

  it('returns the first response for a repeated request, also after later changes', async () => {
    const rfi = await declinedRfi()
    const input = await sendingOn(rfi, [second, fitting])
    const first = await call(addRecipients, input)
    const again = await call(addRecipients, input)
    expect(again.body).toEqual(first.body)
    expect(again.etag).toBe(first.etag)
    await execute(second, acceptReferral, referralOf({ ...rfi, ...first.body }, second), acceptance)
    const later = await call(addRecipients, input)
    expect(later.body.recipients.map(({ status }) => status)).toEqual(['declined', 'active', 'new'])
    expect(later.body).toEqual((await readRfi(rfi)).body)
    expect(await eventsOf(rfi)).toHaveLength(2)
  })

  it('requires a current If-Match', async () => {
    const rfi = await declinedRfi()
    const input = await sendingOn(rfi, [second])
    const stale = await expectProblem(addRecipients, { ...input, ifMatch: '"1"' })
    expect(stale.body).toMatchObject({ code: 'stale-version', current: { recipients: [{ name: 'Alp' }] } })
    expect(stale.body.current).toEqual((await readRfi(rfi)).body)
    expect(stale.etag).toBe(input.ifMatch)
    const { ifMatch: _, ...unread } = input
    expect((await expectProblem(addRecipients, unread)).status).toBe(428)
    expect((await readRfi(rfi)).body.recipients).toHaveLength(1)
  })

  it('rejects tokens of others', async () => {
    const [rfi, foreign] = [await declinedRfi(), await sendRfi([second])]
    const input = await sendingOn(rfi, [second])
    expect((await expectProblem(addRecipients, { ...input, token: foreign.trackingToken })).status).toBe(404)
    expect((await expectProblem(addRecipients, { ...input, token: second.user })).status).toBe(401)
    const { token, ...bare } = input
    expect((await expectProblem(addRecipients, bare)).status).toBe(401)
    expect((await expectProblem(addRecipientsByOperator, { ...input, token: second.admin })).status).toBe(403)
    const params = { rfiId: 'rfi_00000000000000000000000000' }
    expect((await expectProblem(addRecipientsByOperator, { ...input, token: operator, params })).status).toBe(
      404,
    )
    const { body } = await call(addRecipients, { ...bare, query: { token: token ?? '' } })
    expect(body.recipients).toHaveLength(2)
  })

  it('is also possible for the operator', async () => {
    const rfi = await declinedRfi()
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

  it('keeps source and need, and uses the deadline of the policy', async () => {
    const { now } = await settle()
    const respondBy = new Date(Date.parse(now) + 2 * 86_400_000).toISOString()
    const source = { channel: 'campaign', campaignId: 'spring' }
    const { body: rfi } = await call(createRfiByOperator, {
      token: operator,
      body: { ...rfiBody([decliner]), source, respondBy },
      idempotencyKey: randomUUID(),
    })
    await execute(decliner, declineReferral, referralOf(rfi, decliner), { reason: 'budget' })
    const { body } = await call(addRecipients, await sendingOn(rfi, [second]))
    const referral = (await get(second, referralOf({ ...rfi, ...body }, second))).body
    expect(referral).toMatchObject({ source, need: rfi.need })
    expect(Date.parse(referral.respondBy) - Date.parse(referral.receivedAt)).toBeGreaterThan(13 * 86_400_000)
  })

  it('rejects invalid, repeated and unavailable recipients', async () => {
    const rfi = await declinedRfi()
    const inactive = await enroll('Schlaf', 'SM')
    const params = { region: 'SM' }
    const { etag } = await call(profileOperations.getProfile, { token: inactive.admin, params })
    await call(profileOperations.deactivateProfile, { token: inactive.admin, params, ifMatch: etag })
    const input = await sendingOn(rfi, [])
    for (const [recipients, errors] of [
      [[], ['/recipients too-few']],
      [[{ profileId: second.profileId }], ['/recipients/0/locationId required']],
      [[recipientOf(decliner, 'branch')], ['/recipients/0 repeated-partner']],
      [[recipientOf(second), recipientOf(decliner)], ['/recipients/1 repeated-partner']],
      [[recipientOf(second), recipientOf(second, 'branch')], ['/recipients/1 repeated-partner']],
      [[recipientOf(second, 'moon')], ['/recipients/0/locationId unknown-location']],
      [[recipientOf(second), recipientOf(inactive)], ['/recipients/1/profileId not-available']],
      [Array.from({ length: 21 }, () => recipientOf(second)), ['/recipients too-many']],
    ] as const) {
      const { body } = await expectProblem(addRecipients, { ...input, body: { recipients } })
      expect(body).toMatchObject({ code: 'invalid-request' })
      expect(body.errors?.map(({ pointer, code }) => `${pointer} ${code}`)).toEqual(errors)
    }
    expect((await readRfi(rfi)).etag).toBe(input.ifMatch)
  })

  it('limits the number of open recipients to maxRecipients', async () => {
    const others = await Promise.all(Array.from({ length: 5 }, () => enroll(undefined, 'SM')))
    const rfi = await declinedRfi()
    const [last = second, ...first] = others
    const tooMany = await expectProblem(addRecipients, await sendingOn(rfi, [...others, second]))
    expect(tooMany.body.errors?.map(({ pointer, code }) => [pointer, code])).toEqual([
      ['/recipients', 'too-many-open'],
    ])
    await call(addRecipients, await sendingOn(rfi, first))
    const full = await call(addRecipients, await sendingOn(rfi, [last]))
    expect(full.body.suggestions).toEqual([])
    expect((await expectProblem(addRecipients, await sendingOn(rfi, [second]))).body.errors?.[0]?.code).toBe(
      'too-many-open',
    )
    await execute(last, declineReferral, referralOf({ ...rfi, ...full.body }, last), { reason: 'budget' })
    const { body } = await call(addRecipients, await sendingOn(rfi, [second]))
    expect(body.recipients).toHaveLength(7)
  })

  it('offers as many suggestions as maxSuggestions allows', async () => {
    const rfi = await declinedRfi()
    const change = async (maxSuggestions: number) => {
      const { body, etag } = await call(policyOperations.getPolicy, { token: operator })
      const input = { token: operator, ifMatch: etag, body: { ...body, maxSuggestions } }
      await call(policyOperations.putPolicy, input)
      return body.maxSuggestions
    }
    const before = await change(0)
    expect((await readRfi(rfi)).body.suggestions).toEqual([])
    await change(1)
    expect((await readRfi(rfi)).body.suggestions.map(({ name }) => name)).toEqual(['Tal'])
    await change(before)
  })
})

describe('addRecipients returns state-conflict', () => {
  it('for a withdrawn RFI', async () => {
    const rfi = await sendRfi([decliner, second])
    await execute(decliner, declineReferral, referralOf(rfi, decliner), { reason: 'budget' })
    const input = await sendingOn(rfi, [fitting])
    const { body, etag } = await call(withdrawRfi, { ...inputOf(rfi), ifMatch: input.ifMatch })
    expect(body.suggestions).toEqual([])
    expect((await readRfi(rfi)).body.suggestions).toEqual([])
    for (const ifMatch of [input.ifMatch, etag])
      expect((await expectProblem(addRecipients, { ...input, ifMatch })).body).toMatchObject({
        code: 'state-conflict',
        currentStatus: 'withdrawn',
        reason: 'rfi-withdrawn',
      })
  })

  it('for an RFI whose customer was erased', async () => {
    const rfi = await declinedRfi()
    const input = await sendingOn(rfi, [second])
    await documents.send(new DeleteCommand({ TableName, Key: { pk: `RFI#${rfi.id}`, sk: 'CUSTOMER' } }))
    expect((await readRfi(rfi)).body.suggestions).toEqual([])
    const { body } = await expectProblem(addRecipients, input)
    expect(body).toMatchObject({ code: 'state-conflict', currentStatus: 'closed' })
    expect(body.detail).toMatch(/personal data of the customer was deleted/)
  })
})

describe('an expired referral', () => {
  it('has suggestions at once, and cannot be reopened after its RFI was sent on', async () => {
    const rfi = await sendRfi([decliner])
    expect((await readRfi(rfi)).body.suggestions).toEqual([])
    await advance('P14D')
    const { body } = await readRfi(rfi)
    expect(body.recipients[0]?.status).toBe('expired')
    expect(body.suggestions.map(({ name }) => name)).toEqual(['Tal', 'Berg'])
    await call(addRecipients, await sendingOn(rfi, [fitting]))
    const referralId = referralOf(rfi, decliner)
    const { etag } = await get(decliner, referralId)
    const answer = await expectProblem(reopenReferral, {
      token: decliner.user,
      params: { referralId },
      ifMatch: etag,
    })
    expect(answer.body.reason).toBe('customer-decided')
  })

  it('is either reopened or sent on by concurrent requests, and the other request is rejected', async () => {
    for (let round = 0; round < 4; round++) {
      const rfi = await sendRfi([decliner])
      await advance('P14D')
      const referralId = referralOf(rfi, decliner)
      const { etag } = await get(decliner, referralId)
      const input = await sendingOn(rfi, [second])
      const sendRequest = () => callUnchecked(addRecipients, input)
      const reopens = () =>
        callUnchecked(reopenReferral, { token: decliner.user, params: { referralId }, ifMatch: etag })
      const rivals = round % 2 ? [sendRequest, reopens] : [reopens, sendRequest]
      const answers = await Promise.all(rivals.map(rival => rival()))
      const { recipients } = (await readRfi(rfi)).body
      expect(answers.map(({ status }) => status).toSorted()[0]).toBe(200)
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
      expect(['expired,new', 'new']).toContain(recipients.map(({ status }) => status).join())
    }
  })
})

describe('concurrent requests to send an RFI on', () => {
  it('have one effect if they are identical', async () => {
    const rfi = await declinedRfi()
    const input = await sendingOn(rfi, [second])
    const [first, ...others] = await Promise.all([1, 2, 3, 4].map(() => call(addRecipients, input)))
    for (const { body, etag } of others) expect([body, etag]).toEqual([first?.body, first?.etag])
    expect(first?.body.recipients).toHaveLength(2)
    const referralId = referralOf({ ...rfi, ...(first as NonNullable<typeof first>).body }, second)
    const types = await timelineTypes(second, referralId)
    expect(types.filter(type => type.startsWith('referral.'))).toEqual(['referral.received'])
    expect(await eventsOf(rfi)).toHaveLength(2)
  })

  it('are rejected with stale-version if another partner was added', async () => {
    const rfi = await declinedRfi()
    const inputs = [await sendingOn(rfi, [second]), await sendingOn(rfi, [fitting])]
    const answers = await Promise.all(inputs.map(input => callUnchecked(addRecipients, input)))
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 412])
    const { body } = await readRfi(rfi)
    expect(body.recipients).toHaveLength(2)
    const lost = answers.find(({ status }) => status === 412)
    expect(lost?.body).toMatchObject({ code: 'stale-version', current: { recipients: body.recipients } })
  })
})

describe('concurrent requests to send an RFI on and to withdraw it', () => {
  it('have the effect of one of them', async () => {
    for (let round = 0; round < 4; round++) {
      const rfi = await sendRfi([decliner, second])
      await execute(decliner, declineReferral, referralOf(rfi, decliner), { reason: 'budget' })
      const input = await sendingOn(rfi, [fitting])
      const sendRequest = () => callUnchecked(addRecipients, input)
      const withdraws = () => callUnchecked(withdrawRfi, { ...inputOf(rfi), ifMatch: input.ifMatch })
      const rivals = round % 2 ? [sendRequest, withdraws] : [withdraws, sendRequest]
      const answers = await Promise.all(rivals.map(rival => rival()))
      const { body } = await readRfi(rfi)
      const isWithdrawn = body.status === 'withdrawn'
      expect(body.recipients.map(({ status }) => status)).toEqual(
        isWithdrawn ? ['declined', 'withdrawn'] : ['declined', 'new', 'new'],
      )
      // The loser gets 412 when it read the version before the other write, and 409 when it read it afterwards.
      const [won, lost] = answers.map(({ status }) => status).toSorted()
      expect(won).toBe(200)
      expect(isWithdrawn ? [409, 412] : [412]).toContain(lost)
      if (isWithdrawn) expect((await expectProblem(addRecipients, input)).status).toBe(409)
    }
  })
})

describe('a referral that the operator withdraws', () => {
  it('causes no suggestions, but its RFI can be sent on', async () => {
    const rfi = await sendRfi([decliner])
    const referralId = referralOf(rfi, decliner)
    await call(withdrawReferral, { token: operator, params: { referralId }, ifMatch: '"1"' })
    const { body } = await readRfi(rfi)
    expect(body).toMatchObject({ status: 'closed', suggestions: [] })
    const sent = await call(addRecipients, await sendingOn(rfi, [second]))
    expect(sent.body.status).toBe('open')
  })
})

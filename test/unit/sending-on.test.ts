/** Concurrent commands on one RFI. The second command runs right before the write of the first. */

import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { forgetRegions } from '../../shared/discovery/directory/snapshot.ts'
import type { Actor } from '../../shared/events/contract.ts'
import { partnerOperations } from '../../shared/partners/partner/contract.ts'
import { createPartner } from '../../shared/partners/partner/service.ts'
import { profileOperations } from '../../shared/partners/profile/contract.ts'
import { putProfile } from '../../shared/partners/profile/put-profile.ts'
import { setActive } from '../../shared/partners/profile/set-active.ts'
import { attempt } from '../../shared/persistence/idempotency.ts'
import type { Item } from '../../shared/persistence/item.ts'
import { executeCommand } from '../../shared/referrals/referral/execute-command.ts'
import { reopenReferral } from '../../shared/referrals/referral/revive-referral.ts'
import { addRecipients } from '../../shared/referrals/rfi/add-recipients.ts'
import { type CreatedRfi, type Recipient, rfiOperations } from '../../shared/referrals/rfi/contract.ts'
import { createRfi } from '../../shared/referrals/rfi/create-rfi.ts'
import { getRfi } from '../../shared/referrals/rfi/load.ts'
import { withdrawRfi } from '../../shared/referrals/rfi/withdraw-rfi.ts'
import { profileContext } from '../fixtures/profile-context.ts'
import { commands } from '../fixtures/referral.ts'
import { anRfiBody } from '../fixtures/rfi.ts'
import { day, later, receivedAt } from '../fixtures/time.ts'
import { type Call, connect, disconnect } from '../simulation/aws.ts'
import { MemoryTable } from '../simulation/table.ts'

const customer: Actor = { kind: 'customer' }
const partner: Actor = { kind: 'partner' }
const soon = new Date(later(1000))
const expiry = new Date(later(14 * day))

let operations: string[]
/** Runs once, right before the next transaction. */
let meanwhile: (() => Promise<unknown>) | undefined
/** Runs once, while the next BatchGet reads: it returns the first referral as it is after, and all other items as before. */
let duringRead: (() => Promise<unknown>) | undefined
let first: Recipient
let second: Recipient
let third: Recipient

const enroll = async (number: number, products: string[] = []): Promise<Recipient> => {
  const at = new Date(receivedAt)
  const asked = partnerOperations.createPartner.body.parse({ name: `Partner ${number}` })
  const once = attempt('operator', `partner ${number}`, 'createPartner', asked)
  const { body } = await createPartner(asked, { attempt: once, actor: { kind: 'operator' }, now: at })
  const contacts = [{ firstName: 'Desk', lastName: 'Sales', email: 'sales@partner.example' }]
  const content = profileOperations.putProfile.body.parse({
    headline: 'We do it',
    products,
    locations: [{ id: 'main', name: 'Berlin', address: { city: 'Berlin', country: 'DE' }, contacts }],
  })
  const owner = { partnerId: body.id, region: 'DE' }
  const writing = { actor: { kind: 'partner' }, now: at } as const
  const { version } = await putProfile(owner, content, { ...writing, version: undefined }, profileContext)
  const { body: profile } = await setActive(owner, true, { ...writing, version })
  return { profileId: profile.id, locationId: 'main' }
}

let requests = 0
const createRfiTo = async (recipient: Recipient): Promise<CreatedRfi> => {
  const asked = rfiOperations.createRfi.body.parse(anRfiBody([recipient.profileId]))
  const once = attempt('customer', `request ${++requests}`, 'createRfi', asked)
  return (await createRfi(asked, { attempt: once, actor: customer, now: new Date(receivedAt) })).body
}

interface BatchResult {
  readonly Responses: { readonly Table: readonly Item[] }
}

/** DynamoDB reads the items of a BatchGet one by one, so that a transaction can be visible in some of them. */
const readDuring = async (call: Call, change: () => Promise<unknown>): Promise<BatchResult> => {
  duringRead = undefined
  const before = ((await table.handle(call)) as BatchResult).Responses.Table
  await change()
  const after = ((await table.handle(call)) as BatchResult).Responses.Table
  const torn = before.findIndex(({ entity }) => entity === 'referral')
  return {
    Responses: { Table: before.map((item, index) => (index === torn ? (after[index] ?? item) : item)) },
  }
}

let table: MemoryTable
beforeEach(async () => {
  table = new MemoryTable()
  forgetRegions()
  operations = []
  meanwhile = undefined
  duringRead = undefined
  connect(async call => {
    if (call.operation === 'TransactWrite' && meanwhile) {
      const action = meanwhile
      meanwhile = undefined
      await action()
    }
    operations.push(call.operation)
    return call.operation === 'BatchGet' && duringRead ? readDuring(call, duringRead) : table.handle(call)
  })
  first = await enroll(1)
  second = await enroll(2)
  third = await enroll(3, ['erp'])
})
afterAll(disconnect)

const addressOf = ({ recipients: [recipient] }: CreatedRfi) => {
  if (!recipient) throw new Error('the RFI has no recipient')
  return recipient
}
const decline = (rfi: CreatedRfi) =>
  executeCommand(addressOf(rfi), commands.decline, { actor: partner, version: 1, now: soon })
const statusesOf = async ({ id }: CreatedRfi, now: Date) =>
  (await getRfi(id, now)).body.recipients.map(({ status }) => status)

describe('sending an RFI on', () => {
  it('conflicts with reopening at the same moment', async () => {
    const reopen = (rfi: CreatedRfi) =>
      reopenReferral(addressOf(rfi), { actor: partner, version: 1, now: expiry })
    const sendOn = ({ id }: CreatedRfi, version: number) =>
      addRecipients(id, [second], { actor: customer, version, now: expiry })

    const reopened = await createRfiTo(first)
    const { version } = await getRfi(reopened.id, expiry)
    meanwhile = () => reopen(reopened)
    const late = sendOn(reopened, version)
    await expect(late).rejects.toMatchObject({
      code: 'stale-version',
      data: { current: { recipients: [{ status: 'new' }] } },
    })
    expect(await statusesOf(reopened, expiry)).toEqual(['new'])

    const sent = await createRfiTo(first)
    const seen = await getRfi(sent.id, expiry)
    meanwhile = () => sendOn(sent, seen.version)
    await expect(reopen(sent)).rejects.toMatchObject({ code: 'state-conflict' })
  })

  it('conflicts with withdrawing at the same moment: the second command is rejected', async () => {
    const sent = await createRfiTo(first)
    const context = { actor: customer, version: 2, now: soon }
    const sendOn = ({ id }: CreatedRfi) => addRecipients(id, [second], context)
    const withdraw = ({ id }: CreatedRfi) => withdrawRfi(id, context)
    meanwhile = () => sendOn(sent)
    await expect(withdraw(sent)).rejects.toMatchObject({ code: 'stale-version' })
    expect(await statusesOf(sent, soon)).toEqual(['new', 'new'])

    const withdrawn = await createRfiTo(first)
    meanwhile = () => withdraw(withdrawn)
    await expect(sendOn(withdrawn)).rejects.toMatchObject({
      code: 'state-conflict',
      data: { currentStatus: 'withdrawn' },
    })
    expect(await statusesOf(withdrawn, soon)).toEqual(['withdrawn'])
  })

  it('happens once for two identical requests, and returns stale-version when a concurrent request names another partner', async () => {
    const rfi = await createRfiTo(first)
    const context = { actor: customer, version: 2, now: soon }
    const sendOn = (recipient: Recipient) => addRecipients(rfi.id, [recipient], context)
    meanwhile = () => sendOn(second)
    const { body } = await sendOn(second)
    expect(body.recipients.map(({ name }) => name)).toEqual(['Partner 1', 'Partner 2'])

    const next = await createRfiTo(first)
    const sendNextOn = (recipient: Recipient) => addRecipients(next.id, [recipient], context)
    meanwhile = () => sendNextOn(second)
    await expect(sendNextOn(third)).rejects.toMatchObject({ code: 'stale-version' })
    expect(await statusesOf(next, soon)).toEqual(['new', 'new'])
  })
})

describe('withdrawing an RFI', () => {
  it('succeeds if another request withdraws it while its referrals are read', async () => {
    const { id } = await createRfiTo(first)
    await addRecipients(id, [second], { actor: customer, version: 2, now: soon })
    const { version } = await getRfi(id, soon)
    const withdraw = () => withdrawRfi(id, { actor: customer, version, now: soon })
    duringRead = withdraw
    expect((await withdraw()).body.status).toBe('withdrawn')
    expect(duringRead).toBeUndefined()
  })
})

describe('an RFI', () => {
  it('is read in two round trips, also with suggestions', async () => {
    const rfi = await createRfiTo(first)
    operations = []
    await getRfi(rfi.id, soon)
    expect(operations).toEqual(['Get', 'BatchGet'])
    await decline(rfi)
    const { body } = await getRfi(rfi.id, soon)
    expect(body.suggestions.map(({ name }) => name)).toEqual(['Partner 3', 'Partner 2'])
    operations = []
    expect((await getRfi(rfi.id, soon)).body).toEqual(body)
    expect(operations, 'once the region is in memory').toEqual(['Get', 'BatchGet'])
  })

  it('is read with the people of an office only if the office is in charge, in one more round trip', async () => {
    const rfi = await createRfiTo(first)
    const { accept } = commands
    await executeCommand(addressOf(rfi), accept, { actor: partner, version: 1, now: soon })
    operations = []
    await getRfi(rfi.id, soon)
    expect(operations).toEqual(['Get', 'BatchGet'])

    const next = await createRfiTo(first)
    const byNobody = { ...accept, colleagues: [] }
    await executeCommand(addressOf(next), byNobody, { actor: partner, version: 1, now: soon })
    operations = []
    const [recipient] = (await getRfi(next.id, soon)).body.recipients
    expect(operations).toEqual(['Get', 'BatchGet', 'BatchGet'])
    expect(recipient?.contacts).toEqual([{ name: 'Desk Sales', phone: null, email: 'sales@partner.example' }])
  })
})

describe('partners with the same score', () => {
  it('have an order that is stable for one RFI and differs between RFIs', async () => {
    for (let number = 4; number < 12; number++) await enroll(number)
    const orders = []
    for (let count = 0; count < 5; count++) {
      const rfi = await createRfiTo(first)
      await decline(rfi)
      const { suggestions } = (await getRfi(rfi.id, soon)).body
      expect((await getRfi(rfi.id, soon)).body.suggestions).toEqual(suggestions)
      expect(suggestions[0]?.name).toBe('Partner 3')
      orders.push(suggestions.map(({ name }) => name).join())
    }
    expect(new Set(orders).size).toBeGreaterThan(1)
  })
})

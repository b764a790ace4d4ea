/** Two who act on one RFI, with the second coming in right before the first one's write; and what is read for it. */

import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { forgetRegions } from '../../shared/discovery/directory/snapshot.ts'
import type { Actor } from '../../shared/events/contract.ts'
import { partnerOperations } from '../../shared/partners/partner/contract.ts'
import { createPartner } from '../../shared/partners/partner/service.ts'
import { profileOperations } from '../../shared/partners/profile/contract.ts'
import { putProfile, setActive } from '../../shared/partners/profile/service.ts'
import { attempt } from '../../shared/persistence/idempotency.ts'
import { execute, reopen } from '../../shared/referrals/referral/service.ts'
import { type CreatedRfi, type Recipient, rfiOperations } from '../../shared/referrals/rfi/contract.ts'
import { addRecipients, createRfi, getRfi, withdrawRfi } from '../../shared/referrals/rfi/service.ts'
import { profileContext } from '../fixtures/profile-context.ts'
import { connect, disconnect } from '../simulation/aws.ts'
import { MemoryTable } from '../simulation/table.ts'
import { commands, day, later, receipt, receivedAt } from './referral.ts'

const customer: Actor = { kind: 'customer' }
const partner: Actor = { kind: 'partner' }
const soon = new Date(later(1000))
const expiry = new Date(later(14 * day))

let operations: string[]
/** What happens right before the next transaction. */
let meanwhile: (() => Promise<unknown>) | undefined
let first: Recipient
let second: Recipient
let third: Recipient

const enroll = async (number: number, products: string[] = []): Promise<Recipient> => {
  const at = new Date(receivedAt)
  const asked = partnerOperations.createPartner.body.parse({ name: `Partner ${number}` })
  const once = attempt('operator', `partner ${number}`, 'createPartner', asked)
  const { body } = await createPartner(asked, once, at)
  const contacts = [{ firstName: 'Desk', lastName: 'Sales', email: 'sales@partner.example' }]
  const content = profileOperations.putProfile.body.parse({
    headline: 'We do it',
    products,
    locations: [{ id: 'main', name: 'Berlin', address: { city: 'Berlin', country: 'DE' }, contacts }],
  })
  const owner = { partnerId: body.id, region: 'DE' }
  const writing = { by: { kind: 'partner' }, now: at } as const
  const { version } = await putProfile(owner, content, { ...writing, version: undefined }, profileContext)
  const { body: profile } = await setActive(owner, true, { ...writing, version })
  return { profileId: profile.id, locationId: 'main' }
}

let requests = 0
const ask = async (recipient: Recipient): Promise<CreatedRfi> => {
  const asked = rfiOperations.createRfi.body.parse({
    customer: receipt(false).customer,
    need: { summary: 'An ERP.', products: ['erp'] },
    recipients: [recipient],
    consent: { contact: true, share: true },
  })
  const once = attempt('customer', `request ${++requests}`, 'createRfi', asked)
  return (await createRfi(asked, once, customer, new Date(receivedAt))).body
}

beforeEach(async () => {
  const table = new MemoryTable()
  forgetRegions()
  operations = []
  meanwhile = undefined
  connect(async call => {
    if (call.operation === 'TransactWrite' && meanwhile) {
      const act = meanwhile
      meanwhile = undefined
      await act()
    }
    operations.push(call.operation)
    return table.handle(call)
  })
  first = await enroll(1)
  second = await enroll(2)
  third = await enroll(3, ['erp'])
})
afterAll(disconnect)

const addressOf = ({ recipients: [recipient] }: CreatedRfi) => {
  if (!recipient) throw new Error('nobody was asked')
  return recipient
}
const decline = (rfi: CreatedRfi) => execute(addressOf(rfi), commands.decline, partner, 1, soon)
const statusesOf = async ({ id }: CreatedRfi, now: Date) =>
  (await getRfi(id, now)).body.recipients.map(({ status }) => status)

describe('an RFI is sent on', () => {
  it('or reopened at the same moment, and never both', async () => {
    const takesUp = (rfi: CreatedRfi) => reopen(addressOf(rfi), partner, 1, expiry)
    const sends = ({ id }: CreatedRfi, version: number) =>
      addRecipients(id, [second], customer, version, expiry)

    const reopened = await ask(first)
    const { version } = await getRfi(reopened.id, expiry)
    meanwhile = () => takesUp(reopened)
    const late = sends(reopened, version)
    await expect(late).rejects.toMatchObject({
      code: 'stale-version',
      data: { current: { recipients: [{ status: 'new' }] } },
    })
    expect(await statusesOf(reopened, expiry)).toEqual(['new'])

    const sent = await ask(first)
    const seen = await getRfi(sent.id, expiry)
    meanwhile = () => sends(sent, seen.version)
    await expect(takesUp(sent)).rejects.toMatchObject({ code: 'state-conflict' })
  })

  it('or withdrawn at the same moment, and the second is told', async () => {
    const sent = await ask(first)
    const sends = ({ id }: CreatedRfi) => addRecipients(id, [second], customer, 2, soon)
    const withdraws = ({ id }: CreatedRfi) => withdrawRfi(id, customer, 2, soon)
    meanwhile = () => sends(sent)
    await expect(withdraws(sent)).rejects.toMatchObject({ code: 'stale-version' })
    expect(await statusesOf(sent, soon)).toEqual(['new', 'new'])

    const withdrawn = await ask(first)
    meanwhile = () => withdraws(withdrawn)
    await expect(sends(withdrawn)).rejects.toMatchObject({
      code: 'state-conflict',
      data: { currentStatus: 'withdrawn' },
    })
    expect(await statusesOf(withdrawn, soon)).toEqual(['withdrawn'])
  })

  it('once by who asks twice at the same moment, and to others only by who knows of it', async () => {
    const rfi = await ask(first)
    const sends = (recipient: Recipient) => addRecipients(rfi.id, [recipient], customer, 2, soon)
    meanwhile = () => sends(second)
    const { body } = await sends(second)
    expect(body.recipients.map(({ name }) => name)).toEqual(['Partner 1', 'Partner 2'])

    const next = await ask(first)
    const sendsNext = (recipient: Recipient) => addRecipients(next.id, [recipient], customer, 2, soon)
    meanwhile = () => sendsNext(second)
    await expect(sendsNext(third)).rejects.toMatchObject({ code: 'stale-version' })
    expect(await statusesOf(next, soon)).toEqual(['new', 'new'])
  })
})

describe('what is read', () => {
  it('for suggestions is read where there may be some, and nowhere else', async () => {
    const rfi = await ask(first)
    operations = []
    await getRfi(rfi.id, soon)
    expect(operations).toEqual(['Get', 'BatchGet'])
    await decline(rfi)
    const { body } = await getRfi(rfi.id, soon)
    expect(body.suggestions.map(({ name }) => name)).toEqual(['Partner 3', 'Partner 2'])
    operations = []
    expect((await getRfi(rfi.id, soon)).body).toEqual(body)
    expect(operations, 'once the region is in memory').toEqual(['Get', 'BatchGet', 'BatchGet'])
  })
})

describe('partners that fit alike', () => {
  it('come in an order that is the same for one RFI, and not for all', async () => {
    for (let number = 4; number < 12; number++) await enroll(number)
    const orders = []
    for (let count = 0; count < 5; count++) {
      const rfi = await ask(first)
      await decline(rfi)
      const { suggestions } = (await getRfi(rfi.id, soon)).body
      expect((await getRfi(rfi.id, soon)).body.suggestions).toEqual(suggestions)
      expect(suggestions[0]?.name).toBe('Partner 3')
      orders.push(suggestions.map(({ name }) => name).join())
    }
    expect(new Set(orders).size).toBeGreaterThan(1)
  })
})

/** Lookup on the table: what the operator and partners find, and how entries follow their requests and partners. */
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { forgetRegions } from '../../shared/discovery/directory/snapshot.ts'
import {
  asPartnerId,
  asReferralId,
  type PartnerId,
  type RfiId,
  referenceOf,
} from '../../shared/kernel/ids.ts'
import { indexPartner } from '../../shared/partners/lookup/index-partner.ts'
import { findPartners } from '../../shared/partners/lookup/look-up.ts'
import { partnerOperations } from '../../shared/partners/partner/contract.ts'
import { createPartner, editPartner } from '../../shared/partners/partner/service.ts'
import { profileOperations } from '../../shared/partners/profile/contract.ts'
import { putProfile } from '../../shared/partners/profile/put-profile.ts'
import { setActive } from '../../shared/partners/profile/set-active.ts'
import { attempt } from '../../shared/persistence/idempotency.ts'
import type { Item } from '../../shared/persistence/item.ts'
import { get, transact } from '../../shared/persistence/table.ts'
import { forgetCustomer, indexRfi } from '../../shared/referrals/lookup/index-rfi.ts'
import { findReferrals, lookUpProgram } from '../../shared/referrals/lookup/look-up.ts'
import { acceptCommand } from '../../shared/referrals/referral/commands.ts'
import { executeCommand } from '../../shared/referrals/referral/execute-command.ts'
import { addRecipients } from '../../shared/referrals/rfi/add-recipients.ts'
import { type CreatedRfi, type Recipient, rfiOperations } from '../../shared/referrals/rfi/contract.ts'
import { createRfi } from '../../shared/referrals/rfi/create-rfi.ts'
import { customerKey, putChangedCustomer, readCustomerRecord } from '../../shared/referrals/rfi/store.ts'
import { profileContext } from '../fixtures/profile-context.ts'
import { anRfiBody } from '../fixtures/rfi.ts'
import { receivedAt } from '../fixtures/time.ts'
import { type Call, connect, disconnect } from '../simulation/aws.ts'
import { MemoryTable } from '../simulation/table.ts'

const now = new Date(receivedAt)
const operator = { kind: 'operator', id: 'operator' } as const

let table: MemoryTable
let calls: Call[]
/** Runs once, right before the next call that it accepts. */
let meanwhile: { readonly before: (call: Call) => boolean; readonly run: () => Promise<unknown> } | undefined
/** Number of the call that fails, counted from 1. */
let failing: number | undefined

beforeEach(() => {
  table = new MemoryTable()
  forgetRegions()
  calls = []
  meanwhile = undefined
  failing = undefined
  connect(async call => {
    calls.push(call)
    if (calls.length === failing) throw new Error('injected failure')
    if (meanwhile?.before(call)) {
      const { run } = meanwhile
      meanwhile = undefined
      await run()
    }
    return table.handle(call)
  })
})
afterAll(disconnect)

/** Creates a partner with an active profile. */
const enroll = async (name: string): Promise<Recipient & { readonly partnerId: PartnerId }> => {
  const asked = partnerOperations.createPartner.body.parse({ name })
  const once = attempt('operator', name, 'createPartner', asked)
  const { body } = await createPartner(asked, { attempt: once, actor: operator, now })
  const contacts = [{ firstName: 'Desk', lastName: 'Sales', email: 'sales@partner.example' }]
  const content = profileOperations.putProfile.body.parse({
    headline: 'We do it',
    locations: [{ id: 'main', name: 'Berlin', address: { city: 'Berlin', country: 'DE' }, contacts }],
  })
  const owner = { partnerId: body.id, region: 'DE' }
  const writing = { actor: { kind: 'partner' }, now } as const
  const { version } = await putProfile(owner, content, { ...writing, version: undefined }, profileContext)
  const { body: profile } = await setActive(owner, true, { ...writing, version })
  await indexPartner(body.id)
  return { profileId: profile.id, locationId: 'main', partnerId: asPartnerId(body.id) }
}

interface Asked {
  readonly firstName?: string
  readonly lastName?: string
  readonly email?: string
  readonly company?: string
  readonly at?: Date
}

let requests = 0
const request = async (
  partners: readonly Recipient[],
  {
    firstName = 'Erika',
    lastName = 'Muster',
    email = 'erika@muster.example',
    company = 'Havelland Getriebe',
    at = now,
  }: Asked = {},
): Promise<CreatedRfi> => {
  const body = anRfiBody(partners.map(({ profileId }) => profileId))
  const customer = {
    ...body.customer,
    company,
    contact: { ...body.customer.contact, firstName, lastName, email },
  }
  const asked = rfiOperations.createRfi.body.parse({ ...body, customer })
  const once = attempt('customer', `request ${++requests}`, 'createRfi', asked)
  return (await createRfi(asked, { attempt: once, actor: { kind: 'customer' }, now: at })).body
}

const scope = { list: 'list', cursor: undefined }
const lookUp = (q: string) => lookUpProgram({ q, limit: 25 }, scope, now)
const rfisFor = async (q: string): Promise<RfiId[]> => (await lookUp(q)).rfis.map(({ id }) => id)
const partnersFor = async (q: string): Promise<string[]> => (await lookUp(q)).partners.map(({ name }) => name)
const ownFor = async ({ partnerId }: { partnerId: PartnerId }, q: string): Promise<RfiId[]> =>
  (await findReferrals(partnerId, { q, limit: 25 }, scope, now)).items.map(({ rfiId }) => rfiId)

const entries = async (): Promise<Item[]> =>
  (await table.items()).filter(({ entity }) => entity === 'lookup-entry')
const entriesOf = async (id: string): Promise<Item[]> =>
  (await entries()).filter(({ pk }) => pk === `LOOKUP#${id}`)
const keysOf = (items: readonly Item[]): string[] => items.map(({ sk, roots }) => `${sk} ${roots}`).toSorted()

const changeCustomer = async (
  rfiId: RfiId,
  change: { readonly email?: string; readonly lastName?: string },
) => {
  const record = readCustomerRecord(await get(customerKey(rfiId)))
  if (!record) throw new Error('the customer is missing')
  const { customer } = record
  const next = { ...record, customer: { ...customer, contact: { ...customer.contact, ...change } } }
  await transact([putChangedCustomer(rfiId, record, next)])
}

const eraseCustomer = (rfiId: RfiId) =>
  table.handle({
    service: 'dynamodb',
    operation: 'Delete',
    command: {
      input: {
        Key: customerKey(rfiId),
        ConditionExpression: '(#n0 = :v0)',
        ExpressionAttributeNames: { '#n0': 'entity' },
        ExpressionAttributeValues: { ':v0': 'customer' },
      },
    },
  } as never)

describe('the operator', () => {
  it('finds a request by the address, names, company and number of its customer, and by ids', async () => {
    const partner = await enroll('Spreewerk Systeme')
    const { id, recipients } = await request([partner])
    await indexRfi(id)
    const queries = [
      'Erika@Muster.example',
      'muster',
      'Erika Muster',
      'havel',
      'getriebe muster',
      referenceOf(id),
      id,
      recipients[0]?.referralId ?? '',
    ]
    for (const q of queries) expect(await rfisFor(q), q).toEqual([id])
    for (const q of ['other@muster.example', 'musterfrau', 'erika other', 'rfi_01HZX3V8N4Q5R6S7T8V9W0X1Y2'])
      expect(await rfisFor(q), q).toEqual([])
  })

  it('sees what became of the request: its status, its referrals and their partners', async () => {
    const partner = await enroll('Spreewerk Systeme')
    const { id, recipients } = await request([partner])
    await indexRfi(id)
    const [found] = (await lookUp('muster')).rfis
    expect(found).toMatchObject({
      id,
      requestNumber: referenceOf(id),
      status: 'open',
      customer: { company: 'Havelland Getriebe', name: 'Erika Muster', email: 'erika@muster.example' },
      referrals: [{ id: recipients[0]?.referralId, partnerName: 'Spreewerk Systeme', status: 'new' }],
    })
  })

  it('finds partners by words of their names and by id', async () => {
    const { partnerId } = await enroll('Isar Müller Systeme')
    await enroll('Spreewerk Systeme')
    for (const q of ['isar', 'mueller', 'systeme isar', partnerId])
      expect(await partnersFor(q), q).toEqual(['Isar Müller Systeme'])
    expect((await partnersFor('systeme')).toSorted()).toEqual(['Isar Müller Systeme', 'Spreewerk Systeme'])
    const page = await findPartners('isar', 25, scope)
    expect(page).toMatchObject({ items: [{ id: partnerId, admins: [] }], nextCursor: null })
  })

  it('gets whole words before longer ones, and the latest first', async () => {
    const partner = await enroll('Spreewerk')
    const at = (minute: number) => new Date(now.getTime() + minute * 60_000)
    const longer = await request([partner], { lastName: 'Mustermann', at: at(3) })
    const early = await request([partner], { at: at(1) })
    const late = await request([partner], { at: at(2) })
    for (const { id } of [early, late, longer]) await indexRfi(id)
    expect(await rfisFor('muster')).toEqual([late.id, early.id, longer.id])
  })

  it('pages through all results; each page takes one query of requests and one of partners', async () => {
    const partner = await enroll('Spreewerk')
    const ids: RfiId[] = []
    for (let minute = 0; minute < 23; minute++) {
      const at = new Date(now.getTime() + minute * 60_000)
      const { id } = await request([partner], { firstName: 'Muster', lastName: `Muster${minute % 3}`, at })
      await indexRfi(id)
      ids.push(id)
    }
    const found: RfiId[] = []
    let cursor: string | null = null
    do {
      calls = []
      const page: Awaited<ReturnType<typeof lookUp>> = await lookUpProgram(
        { q: 'must', limit: 5 },
        { list: 'list', cursor: cursor ?? undefined },
        now,
      )
      expect(calls.filter(({ operation }) => operation === 'Query').length).toBeLessThanOrEqual(2)
      found.push(...page.rfis.map(({ id }) => id))
      cursor = page.nextCursor
    } while (cursor)
    expect(found).toEqual(ids.toReversed())
  })

  it('gets a result although the words of many other names begin with the same letters', async () => {
    const partner = await enroll('Spreewerk')
    const at = (minute: number) => new Date(now.getTime() + minute * 60_000)
    const sought = await request([partner], { lastName: 'Firmian', company: 'Havelland', at: at(0) })
    await indexRfi(sought.id)
    for (let minute = 1; minute <= 9; minute++) {
      const { id } = await request([partner], { lastName: 'Firmin', company: 'Havelland', at: at(minute) })
      await indexRfi(id)
    }
    const { rfis } = await lookUpProgram({ q: 'havelland firmian', limit: 3 }, scope, now)
    expect(rfis.map(({ id }) => id)).toEqual([sought.id])
  })

  it('does not find a name before its entries are written, nor by entries that no longer fit', async () => {
    const partner = await enroll('Spreewerk')
    const { id } = await request([partner])
    expect(await rfisFor('muster')).toEqual([])
    await indexRfi(id)
    await changeCustomer(id, { lastName: 'Beispiel' })
    expect(await rfisFor('muster')).toEqual([])
  })
})

describe('a partner', () => {
  it('finds its own referrals only', async () => {
    const own = await enroll('Spreewerk')
    const other = await enroll('Isar')
    const mine = await request([own])
    const foreign = await request([other])
    for (const { id } of [mine, foreign]) await indexRfi(id)
    for (const q of ['havelland', 'getr havel', referenceOf(mine.id), mine.recipients[0]?.referralId ?? ''])
      expect(await ownFor(own, q), q).toEqual([mine.id])
    for (const q of [referenceOf(foreign.id), foreign.recipients[0]?.referralId ?? ''])
      expect(await ownFor(own, q), q).toEqual([])
  })

  it('finds a person by name only when it sees the contact details', async () => {
    const own = await enroll('Spreewerk')
    const { id, recipients } = await request([own])
    await indexRfi(id)
    expect(await ownFor(own, 'muster')).toEqual([])
    const referralId = asReferralId(recipients[0]?.referralId ?? '')
    const { partnerId } = own
    const accept = acceptCommand(
      {
        name: 'ERP',
        estimatedValue: { amount: 1, currency: 'EUR' },
        estimatedCloseDate: '2099-01-01',
        colleagues: [],
      },
      now,
    )
    await executeCommand({ partnerId, referralId }, accept, { actor: { kind: 'partner' }, version: 1, now })
    expect(await ownFor(own, 'muster')).toEqual([id])
  })

  it('does not look up addresses', async () => {
    const own = await enroll('Spreewerk')
    const { id } = await request([own])
    await indexRfi(id)
    expect(await ownFor(own, 'erika@muster.example')).toEqual([])
  })

  it('finds a request that was sent on to it, after the event about it', async () => {
    const first = await enroll('Spreewerk')
    const second = await enroll('Isar')
    const { id } = await request([first])
    await indexRfi(id)
    const { profileId, locationId } = second
    await addRecipients(id, [{ profileId, locationId }], { actor: { kind: 'customer' }, version: 2, now })
    expect(await ownFor(second, 'havelland')).toEqual([])
    await indexRfi(id)
    expect(await ownFor(second, 'havelland')).toEqual([id])
  })
})

describe('the entries of a request', () => {
  it('contain no name, number or address', async () => {
    const partner = await enroll('Spreewerk')
    const { id } = await request([partner])
    await indexRfi(id)
    const text = JSON.stringify(
      (await entriesOf(id)).map(({ pk, sk, lookupPk, lookupSk, ...rest }) =>
        [sk, lookupPk, lookupSk, JSON.stringify(rest)].join(' ').replaceAll(id.slice(4), ''),
      ),
    ).toLowerCase()
    expect(text).not.toMatch(/erika|muster|havelland|getriebe/)
    expect(text).not.toContain(referenceOf(id).replace('-', '').toLowerCase())
  })

  it('are not written again by a repeated event', async () => {
    const partner = await enroll('Spreewerk')
    const { id } = await request([partner])
    expect(await indexRfi(id)).toBe(11)
    calls = []
    expect(await indexRfi(id)).toBe(0)
    expect(calls.map(({ operation }) => operation)).toEqual(['BatchGet', 'Query'])
  })

  it('of an address that was corrected are deleted', async () => {
    const partner = await enroll('Spreewerk')
    const { id } = await request([partner])
    await indexRfi(id)
    const before = keysOf(await entriesOf(id))
    await changeCustomer(id, { email: 'other@muster.example' })
    await indexRfi(id)
    const after = keysOf(await entriesOf(id))
    expect(after).toHaveLength(before.length)
    expect(after.filter(key => !before.includes(key))).toHaveLength(1)
    expect(await rfisFor('erika@muster.example')).toEqual([])
    expect(await rfisFor('other@muster.example')).toEqual([id])
  })

  it.each(['Put', 'Query', 'BatchGet'])(
    'are those of the last state, if another worker writes them before a %s of the first',
    async operation => {
      const partner = await enroll('Spreewerk')
      const { id } = await request([partner])
      await changeCustomer(id, { email: 'first@muster.example', lastName: 'Erstling' })
      let hasLoaded = false
      meanwhile = {
        before: call => {
          const wasLoaded = hasLoaded
          hasLoaded ||= call.operation === 'BatchGet'
          return wasLoaded && call.operation === operation
        },
        run: async () => {
          await changeCustomer(id, { email: 'last@muster.example', lastName: 'Letzter' })
          await indexRfi(id)
        },
      }
      await indexRfi(id)
      const interleaved = keysOf(await entriesOf(id))
      expect(await rfisFor('last@muster.example')).toEqual([id])
      for (const entry of await entries()) if (entry.pk === `LOOKUP#${id}`) await deleteItem(entry)
      await indexRfi(id)
      expect(interleaved).toEqual(keysOf(await entriesOf(id)))
    },
  )

  it('are complete after a failure of any call and a repeat', async () => {
    const partner = await enroll('Spreewerk')
    const { id } = await request([partner])
    await indexRfi(id)
    await changeCustomer(id, { email: 'other@muster.example', lastName: 'Beispiel' })
    const before = await entriesOf(id)
    const reset = async () => {
      for (const entry of await entriesOf(id)) await deleteItem(entry)
      table.fill(before)
      calls = []
    }
    await reset()
    await indexRfi(id)
    const count = calls.length
    const expected = keysOf(await entriesOf(id))
    for (let call = 1; call <= count; call++) {
      await reset()
      failing = call
      await expect(indexRfi(id)).rejects.toThrow('injected failure')
      failing = undefined
      await indexRfi(id)
      expect(keysOf(await entriesOf(id)), `failure of call ${call}`).toEqual(expected)
    }
  })

  it('of a customer who was erased are deleted, except those of the request number', async () => {
    const partner = await enroll('Spreewerk')
    const { id } = await request([partner])
    await indexRfi(id)
    await eraseCustomer(id)
    await forgetCustomer(id)
    expect(await entriesOf(id)).toHaveLength(2)
    for (const q of ['muster', 'havelland', 'erika@muster.example']) {
      expect(await rfisFor(q), q).toEqual([])
      expect(await ownFor(partner, q), q).toEqual([])
    }
    expect((await lookUp(referenceOf(id))).rfis).toMatchObject([{ id, customer: null }])
    expect(await ownFor(partner, referenceOf(id))).toEqual([id])
    expect(await indexRfi(id), 'a late event writes nothing').toBe(0)
  })

  it('of a customer who is erased while a worker writes them are deleted', async () => {
    const partner = await enroll('Spreewerk')
    const { id } = await request([partner])
    meanwhile = {
      before: ({ operation }) => operation === 'Put',
      run: async () => {
        await eraseCustomer(id)
        await forgetCustomer(id)
      },
    }
    await indexRfi(id)
    expect(await entriesOf(id)).toHaveLength(2)
  })
})

describe('the entries of a partner', () => {
  it('follow its name', async () => {
    const { partnerId } = await enroll('Spreewerk Systeme')
    await editPartner(partnerId, { name: 'Havelwerk Systeme' }, { actor: operator, version: 1, now })
    await indexPartner(partnerId)
    expect(await entriesOf(partnerId)).toHaveLength(2)
    expect(await partnersFor('spreewerk')).toEqual([])
    expect(await partnersFor('havelwerk')).toEqual(['Havelwerk Systeme'])
  })

  it('are announced by events about its creation and its new name, not about other changes', async () => {
    const { partnerId } = await enroll('Spreewerk Systeme')
    await editPartner(
      partnerId,
      { website: 'https://spreewerk.example/' },
      { actor: operator, version: 1, now },
    )
    await editPartner(partnerId, { name: 'Havelwerk' }, { actor: operator, version: 2, now })
    const events = (await table.items()).flatMap(({ pk, event }) =>
      pk === `LISTING#${partnerId}` && event ? [event as { type: string; version: number }] : [],
    )
    expect(events.map(({ type, version }) => `${type} ${version}`)).toEqual([
      'partner.created 1',
      'partner.renamed 3',
    ])
  })
})

describe('the command lookup', () => {
  it('writes the entries of all partners and RFIs, also of RFIs without partners, and deletes others', async () => {
    const partner = await enroll('Spreewerk')
    const routed = await request([partner])
    const body = { ...anRfiBody([]), recipients: undefined, region: 'FR', source: { channel: 'sales-agent' } }
    const asked = rfiOperations.createRfiByOperator.body.parse(body)
    const once = attempt('operator', 'unrouted', 'createRfi', asked)
    const unrouted = (await createRfi(asked, { attempt: once, actor: operator, now })).body
    for (const entry of await entries()) await deleteItem(entry)
    const pk = `LOOKUP#${routed.id}`
    table.fill([{ pk, sk: 'stale', entity: 'lookup-entry', lookupPk: 'x', lookupSk: 'x#x', roots: '' }])
    const written: string[] = []
    const print = vi.spyOn(process.stdout, 'write').mockImplementation(text => written.push(String(text)) > 0)
    try {
      await import('../../commands/lookup.ts')
    } finally {
      print.mockRestore()
    }
    expect(written.at(-1)).toMatch(/^partners: 1, RFIs: 2, entries written or deleted: \d+\n$/)
    expect(process.exitCode).toBeUndefined()
    expect(await rfisFor('muster')).toEqual([routed.id])
    expect(await rfisFor(referenceOf(unrouted.id))).toEqual([unrouted.id])
    expect(await partnersFor('spreewerk')).toEqual(['Spreewerk'])
    expect((await entriesOf(routed.id)).filter(({ sk }) => sk === 'stale')).toEqual([])
  })
})

const deleteItem = ({ pk, sk }: Item) =>
  table.handle({
    service: 'dynamodb',
    operation: 'Delete',
    command: {
      input: {
        Key: { pk, sk },
        ConditionExpression: '(#n0 = :v0)',
        ExpressionAttributeNames: { '#n0': 'entity' },
        ExpressionAttributeValues: { ':v0': 'lookup-entry' },
      },
    },
  } as never)

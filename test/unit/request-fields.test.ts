/**
 * Sends an RFI with every field set through the table, and compares each field with the views that have it. A field that
 * `compose`, `receiveAt`, a stored schema or a view drops fails here.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type * as z from 'zod/mini'
import { asProfileId } from '../../shared/kernel/ids.ts'
import { newId } from '../../shared/kernel/new-id.ts'
import { defaultPolicy } from '../../shared/program/policy/rules.ts'
import type { Customer, Need } from '../../shared/program/request/contract.ts'
import { referralOperations } from '../../shared/referrals/referral/contract.ts'
import { viewListItem, viewReferral } from '../../shared/referrals/referral/rules.ts'
import { listByStatus, readReferral } from '../../shared/referrals/referral/store.ts'
import { compose } from '../../shared/referrals/rfi/compose-rfi.ts'
import { rfiOperations } from '../../shared/referrals/rfi/contract.ts'
import { viewRfi } from '../../shared/referrals/rfi/rules.ts'
import { readCustomerRecord, readRfi } from '../../shared/referrals/rfi/store.ts'
import { day, later, receivedAt } from '../fixtures/time.ts'
import { connect, disconnect } from '../simulation/aws.ts'
import { MemoryTable } from '../simulation/table.ts'

/** `T` with every optional field set. */
type Complete<T> = { readonly [K in keyof T]-?: Exclude<T[K], undefined> }

type RfiRequest = z.output<typeof rfiOperations.createRfiByOperator.body>

const need: Complete<Need> = {
  summary: 'An ERP for two plants.',
  industries: ['manufacturing'],
  products: ['erp'],
  services: ['deployment'],
  solutions: ['supply-chain'],
  budget: { amount: 180_000, currency: 'EUR' },
}

const customer: Complete<Customer> = {
  company: 'Havelland Getriebe',
  size: '51-250',
  address: {
    line1: 'Gleis 1',
    line2: 'Hof',
    city: 'Potsdam',
    state: 'Brandenburg',
    postalCode: '14467',
    country: 'DE',
  },
  contact: {
    firstName: 'IT',
    lastName: 'Purchasing',
    email: 'it@customer.example',
    phone: '+49 331 000000',
    locale: 'de',
  },
}

/** The body of an RFI with every field. A new field of the contract does not compile without a value here. */
const request: Complete<RfiRequest> = {
  customer,
  need,
  recipients: [{ profileId: asProfileId('ptr_01KJKJ00000000000000000000.DE'), locationId: 'main' }],
  directContact: true,
  preferredContact: 'phone',
  consent: { contact: true, share: true },
  region: 'DE',
  source: { channel: 'sales-agent', agent: 'Inside sales' },
  respondBy: later(10 * day),
}

/** Fields of the request that no view has: they are stored for proof and for routing. */
const notInViews = ['consent']

const { summary, budget, ...tags } = need
const { company, size, address } = customer
const { region, recipients, ...others } = request

/** The fields that each view must have, and their values. */
const expected = {
  RFI: {
    schema: rfiOperations.getRfi.response,
    fields: {
      ...others,
      customer: { company, city: address.city, country: address.country, emailStatus: 'unknown' },
      channel: request.source.channel,
      recipients: [expect.objectContaining({ ...recipients[0], respondBy: request.respondBy })],
    },
  },
  referral: {
    schema: referralOperations.getReferral.response,
    fields: {
      ...others,
      customer: { ...customer, emailStatus: 'unknown' },
      region,
      locationId: recipients[0]?.locationId,
      directContact: expect.objectContaining({ state: 'hot' }),
    },
  },
  'list item': {
    schema: referralOperations.listReferrals.response.shape.items._zod.def.element,
    fields: {
      ...others,
      region,
      locationId: recipients[0]?.locationId,
      customer: { company, size, city: address.city, country: address.country },
      summary,
      ...tags,
      budget,
      directContact: expect.objectContaining({ state: 'hot' }),
    },
  },
} as const
type View = keyof typeof expected

const fieldsOf = (view: View): [string, unknown][] =>
  Object.entries(expected[view].fields).filter(([field]) => field in expected[view].schema.shape)

it('the request has a value for each field of the contract', () => {
  expect(
    Object.keys(rfiOperations.createRfiByOperator.body.shape).filter(field => !(field in request)),
    'Fields of the contract have no value in `request` of this test. Add one to each',
  ).toEqual([])
})

describe('an RFI with every field', () => {
  const views: Record<string, Record<string, unknown>> = {}

  beforeAll(async () => {
    const id = newId('rfi', new Date(receivedAt))
    const reception = { policy: defaultPolicy, actor: { kind: 'operator' }, now: receivedAt } as const
    const { writes } = compose({ ...request, customer, id, place: undefined }, reception)
    const items = writes.flatMap(write => ('put' in write ? [write.put] : []))
    const table = new MemoryTable()
    connect(call => table.handle(call))
    table.fill(items)
    const itemOf = (entity: string) => {
      const item = items.find(other => other.entity === entity)
      if (!item) throw new Error(`No item of the entity "${entity}" was written. Expected one.`)
      return item
    }
    const referral = readReferral(itemOf('referral'))
    const stored = readCustomerRecord(itemOf('customer'))
    const options = { statuses: ['new'], sort: 'newest', limit: 25 } as const
    const { items: listed } = await listByStatus(referral.partnerId, options, { list: 'test' })
    const listItem = listed.map(one => viewListItem(one, 'partner', receivedAt))[0]
    const rfi = readRfi(itemOf('rfi'))
    const shown = { rfi, referrals: [referral], details: [], customer: stored, policy: defaultPolicy }
    views.RFI = { ...viewRfi(shown, receivedAt) }
    const viewed = stored && { ...stored.customer, emailStatus: stored.emailStatus }
    views.referral = { ...viewReferral(referral, viewed, 'partner', receivedAt) }
    views['list item'] = { ...listItem }
  })
  afterAll(disconnect)

  it.each(
    (Object.keys(expected) as View[]).flatMap(view =>
      fieldsOf(view).map(([field, value]) => ({ view, field, value })),
    ),
  )('has $field in the $view', ({ view, field, value }) => {
    expect(views[view]?.[field], `The ${view} does not show the field "${field}" of the request`).toEqual(
      value,
    )
  })

  it.each(Object.keys(request).filter(field => !notInViews.includes(field)))(
    'has %s in at least one view',
    field => {
      const shown = (Object.keys(expected) as View[]).filter(view => field in expected[view].schema.shape)
      expect(
        shown,
        `No view has the field "${field}" of the request. Add it to a view, or to notInViews`,
      ).not.toEqual([])
    },
  )
})

import { describe, expect, it } from 'vitest'
import * as z from 'zod/mini'
import { inContractOrder } from '../../functions/http/field-order.ts'

const money = z.strictObject({ amount: z.number(), currency: z.string() })
const source = z.discriminatedUnion('channel', [
  z.strictObject({ channel: z.literal('search') }),
  z.strictObject({ channel: z.literal('campaign'), campaignId: z.string() }),
])
const schema = z.strictObject({
  id: z.string(),
  source,
  budget: z.nullable(money),
  parts: z._default(z.array(money), []),
  byRegion: z.record(z.string(), money),
  note: z.optional(z.string()),
})

describe('inContractOrder', () => {
  const value = {
    byRegion: { DE: { currency: 'EUR', amount: 1 } },
    parts: [{ currency: 'EUR', amount: 2 }],
    budget: { currency: 'EUR', amount: 3 },
    source: { campaignId: 'autumn', channel: 'campaign' },
    id: 'a',
  } as const

  it('puts fields into the order of the schema, at any depth', () => {
    expect(JSON.stringify(inContractOrder(schema, value))).toBe(
      JSON.stringify({
        id: 'a',
        source: { channel: 'campaign', campaignId: 'autumn' },
        budget: { amount: 3, currency: 'EUR' },
        parts: [{ amount: 2, currency: 'EUR' }],
        byRegion: { DE: { amount: 1, currency: 'EUR' } },
      }),
    )
  })

  it('keeps fields that the schema does not have, behind the others', () => {
    const loose = z.looseObject({ id: z.string() })
    expect(JSON.stringify(inContractOrder(loose, { more: 1, id: 'a' }))).toBe('{"id":"a","more":1}')
  })

  it('keeps null, and values of another type than the schema says', () => {
    expect(inContractOrder(schema, { ...value, budget: null, parts: 'none' })).toMatchObject({
      budget: null,
      parts: 'none',
    })
  })

  it('returns the value unchanged without a schema', () => {
    expect(inContractOrder(undefined, value)).toBe(value)
  })
})

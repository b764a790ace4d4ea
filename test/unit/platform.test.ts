import { beforeEach, describe, expect, it, vi } from 'vitest'
import { readCursor, writeCursor } from '../../shared/platform/cursor.ts'
import { after, milliseconds } from '../../shared/platform/duration.ts'
import { newId, newReferralId, rfiIdOf } from '../../shared/platform/ids.ts'
import { ConditionFailed } from '../../shared/platform/item.ts'
import { faultOf } from '../../shared/platform/logger.ts'
import { memberOf } from '../../shared/platform/principal.ts'
import { seal, sign, unseal, verify } from '../../shared/platform/signature.ts'
import { capabilityToken, readCapability } from '../../shared/rfi/capability.ts'

beforeEach(() => {
  vi.stubEnv('SIGNING_SECRET', 'a secret')
})

describe('a duration', () => {
  it.each([
    ['P14D', 14 * 86_400_000],
    ['PT72H', 72 * 3_600_000],
    ['P1DT2H3M4S', 93_784_000],
    ['PT0S', 0],
  ])('%s is %d ms', (text, expected) => {
    expect(milliseconds(text)).toBe(expected)
  })

  it.each(['', 'P', 'PT', 'P1M', '14D', 'P1.5D', '-P1D'])('%j is none', text => {
    expect(() => milliseconds(text)).toThrow(RangeError)
  })

  it('is a length of time, also across a change of clocks', () => {
    expect(after('2026-03-28T12:00:00.000Z', 'P1D')).toBe('2026-03-29T12:00:00.000Z')
  })
})

describe('a signed token', () => {
  it('gives back what was signed', () => {
    expect(verify('test', sign('test', { a: 'ü' }))).toEqual({ a: 'ü' })
  })

  it('is void for another purpose, under another secret, and when a bit of it is changed', () => {
    const token = sign('test', { a: 1 })
    expect(verify('other', token)).toBeUndefined()
    for (const index of [0, token.indexOf('.') + 1]) {
      const changed = token[index] === 'A' ? 'B' : 'A'
      expect(verify('test', token.slice(0, index) + changed + token.slice(index + 1))).toBeUndefined()
    }
    for (const broken of ['', '.', 'a', `${token}.x`, `${token}A`])
      expect(verify('test', broken)).toBeUndefined()
    vi.stubEnv('SIGNING_SECRET', 'another secret')
    expect(verify('test', token)).toBeUndefined()
  })

  it('of an RFI works until it ends, and is the same each time', () => {
    const end = '2027-02-05T00:00:00.000Z'
    const token = capabilityToken('rfi_1', end)
    expect(capabilityToken('rfi_1', end)).toBe(token)
    expect(readCapability(token, new Date(Date.parse(end) - 1))).toBe('rfi_1')
    expect(readCapability(token, new Date(end))).toBeUndefined()
  })
})

describe('a sealed token', () => {
  it('gives back what was sealed, and shows nothing of it', () => {
    const token = seal('test', { partner: 'ptr_1' })
    expect(unseal('test', token)).toEqual({ partner: 'ptr_1' })
    expect(Buffer.from(token, 'base64url').toString('latin1')).not.toContain('ptr_1')
  })

  it('is void for another purpose, under another secret, and when any byte of it is changed', () => {
    const token = seal('test', { a: 1 })
    const bytes = Buffer.from(token, 'base64url')
    for (let index = 0; index < bytes.length; index++) {
      const changed = Buffer.from(bytes)
      changed[index] = (changed[index] ?? 0) ^ 1
      expect(unseal('test', changed.toString('base64url'))).toBeUndefined()
    }
    expect(unseal('other', token)).toBeUndefined()
    for (const broken of ['', 'x', '.', token.slice(0, 20)]) expect(unseal('test', broken)).toBeUndefined()
    vi.stubEnv('SIGNING_SECRET', 'another secret')
    expect(unseal('test', token)).toBeUndefined()
  })
})

describe('a cursor', () => {
  it('goes on in its own list only', () => {
    const cursor = writeCursor({ list: 'a' }, { pk: 'x' })
    expect(readCursor({ list: 'a', cursor: cursor ?? '' })).toEqual({ pk: 'x' })
    expect(() => readCursor({ list: 'b', cursor: cursor ?? '' })).toThrow('not valid')
    expect(readCursor({ list: 'a' })).toBeUndefined()
    expect(writeCursor({ list: 'a' }, undefined)).toBeNull()
  })
})

const members = ['partner-admin', 'partner-user'] as const

describe('a member', () => {
  const claims = { sub: 'm1', 'custom:partnerId': 'ptr_1' }

  it('has its role from the groups, as a list or as API Gateway writes one', () => {
    const expected = { kind: 'partner', id: 'm1', role: 'partner-user', partnerId: 'ptr_1' }
    expect(memberOf({ ...claims, 'cognito:groups': '[staff partner-user]' }, members)).toEqual(expected)
    expect(memberOf({ ...claims, 'cognito:groups': ['partner-user'] }, members)).toEqual(expected)
    expect(memberOf({ sub: 'm1', 'cognito:groups': '[partner-admin operator]' }, ['operator'])).toEqual({
      kind: 'operator',
      id: 'm1',
      role: 'operator',
    })
  })

  it('is nobody without a role, without a partner, without a subject', () => {
    expect(memberOf(claims, members)).toBeUndefined()
    expect(memberOf({ ...claims, 'cognito:groups': '[not-partner-admin]' }, members)).toBeUndefined()
    expect(memberOf({ sub: 'm1', 'cognito:groups': '[partner-admin]' }, members)).toBeUndefined()
    expect(
      memberOf({ 'custom:partnerId': 'ptr_1', 'cognito:groups': '[partner-admin]' }, members),
    ).toBeUndefined()
  })

  it('may come from an issuer with claims of its own', () => {
    vi.stubEnv('ROLES_CLAIM', 'roles')
    vi.stubEnv('PARTNER_CLAIM', 'org')
    expect(memberOf({ sub: 'm1', roles: '[partner-admin]', org: 'ptr_2' }, members)).toMatchObject({
      partnerId: 'ptr_2',
    })
  })
})

describe('an id', () => {
  it('of a referral names its RFI, and tells nothing of the others', () => {
    const rfiId = newId('rfi', new Date())
    const ids = Array.from({ length: 100 }, () => newReferralId(rfiId))
    expect(new Set(ids).size).toBe(100)
    for (const id of ids) expect(rfiIdOf(id)).toBe(rfiId)
  })
})

it('a logged fault carries no item of the table', () => {
  const error = new ConditionFailed([{ index: 0, found: { pk: 'a', sk: 'b', email: 'it@customer.example' } }])
  expect(JSON.stringify(faultOf(error))).not.toContain('customer.example')
})

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { seal, sign, unseal, verify } from '../../shared/crypto/signature.ts'
import { memberOf } from '../../shared/identity/claims.ts'
import { asRfiId, referenceOf, rfiIdOf } from '../../shared/kernel/ids.ts'
import { loggableError } from '../../shared/kernel/logger.ts'
import { newId, newReferralId } from '../../shared/kernel/new-id.ts'
import { email, nameOf, newPerson, person, secureAddress, webAddress } from '../../shared/kernel/person.ts'
import type { Role } from '../../shared/kernel/principal.ts'
import { readCursor, writeCursor } from '../../shared/persistence/cursor.ts'
import { ConditionFailed } from '../../shared/persistence/item.ts'
import { retryOnConflict } from '../../shared/persistence/retry-on-conflict.ts'
import { capabilityToken, readCapability } from '../../shared/referrals/rfi/capability.ts'
import { escapeHtml, html, Markup, render } from '../../shared/text/html.ts'

beforeEach(() => {
  vi.stubEnv('SIGNING_SECRET', 'a secret')
})

describe('a signed token', () => {
  it('verify returns the signed content', () => {
    expect(verify('test', sign('test', { a: 'ü' }))).toEqual({ a: 'ü' })
  })

  it('is invalid for another purpose, with another secret, or after any change', () => {
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

  it('is valid for its RFI until its end, and identical each time', () => {
    const end = '2027-02-05T00:00:00.000Z'
    const token = capabilityToken(asRfiId('rfi_1'), end)
    expect(capabilityToken(asRfiId('rfi_1'), end)).toBe(token)
    expect(readCapability(token, new Date(Date.parse(end) - 1))).toBe('rfi_1')
    expect(readCapability(token, new Date(end))).toBeUndefined()
  })
})

describe('a sealed token', () => {
  it('unseal returns the sealed content, which cannot be read from the token', () => {
    const token = seal('test', { partner: 'ptr_1' })
    expect(unseal('test', token)).toEqual({ partner: 'ptr_1' })
    expect(Buffer.from(token, 'base64url').toString('latin1')).not.toContain('ptr_1')
  })

  it('is invalid for another purpose, with another secret, or after a change of any byte', () => {
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
  it('continues only the list that it was written for', () => {
    const cursor = writeCursor({ list: 'a' }, { pk: 'x' })
    expect(readCursor({ list: 'a', cursor: cursor ?? '' })).toEqual({ pk: 'x' })
    expect(() => readCursor({ list: 'b', cursor: cursor ?? '' })).toThrow('invalid-request')
    expect(readCursor({ list: 'a' })).toBeUndefined()
    expect(writeCursor({ list: 'a' }, undefined)).toBeNull()
  })
})

const members = ['partner-admin', 'partner-user'] as const

describe('memberOf', () => {
  const partnerId = 'ptr_01KJKJ00000000000000000000'
  const claims = { sub: 'm1', 'custom:partnerId': partnerId }
  const member = (groups: unknown, roles: readonly Role[] = members) =>
    memberOf({ ...claims, 'cognito:groups': groups }, roles)

  it.each(['partner-user', '[partner-user]', ['partner-user']])(
    'reads the role from the claim %j',
    groups => {
      expect(member(groups)).toEqual({ kind: 'partner', id: 'm1', role: 'partner-user', partnerId })
    },
  )

  it('returns an operator without a partner', () => {
    expect(memberOf({ sub: 'm1', 'cognito:groups': '[operator]' }, ['operator'])).toEqual({
      kind: 'operator',
      id: 'm1',
      role: 'operator',
    })
  })

  it.each([
    '[not operator]',
    '[operator not]',
    'not operator',
    '[x,operator]',
    'x,operator',
    '[operator operator]',
    '[staff operator]',
    '[[operator]]',
    '[operator',
    'operator]',
    '[ operator ]',
    '[operator\u00a0]',
    '["operator"]',
    '{"operator":true}',
    'Operator',
    '[OPERATOR]',
    '[operators]',
    '[]',
    '',
    null,
    undefined,
    { operator: true },
    ['not operator'],
    ['x,operator'],
    [['operator']],
    ['staff', 'operator'],
    ['operator', 'partner-user'],
  ])('returns undefined for the groups claim %j, which is ambiguous or names another role', groups => {
    expect(member(groups, ['operator'])).toBeUndefined()
  })

  it.each([
    undefined,
    '',
    '0',
    'null',
    'ptr_1',
    ` ${partnerId}`,
    partnerId.toLowerCase(),
    `${partnerId}#STAGE#inbox`,
    `[${partnerId} ptr_01KJKJ00000000000000000001]`,
    'x'.repeat(3000),
    [partnerId],
  ])('returns undefined for the partner claim %j', claim => {
    const groups = { 'cognito:groups': '[partner-admin]' }
    expect(memberOf({ sub: 'm1', 'custom:partnerId': claim, ...groups }, members)).toBeUndefined()
  })

  it.each([undefined, '', {}, 7])('returns undefined for the subject %j', sub => {
    expect(memberOf({ ...claims, sub, 'cognito:groups': '[partner-admin]' }, members)).toBeUndefined()
  })

  it('requires a role and a subject', () => {
    expect(memberOf(claims, members)).toBeUndefined()
    expect(
      memberOf({ 'custom:partnerId': partnerId, 'cognito:groups': '[partner-admin]' }, members),
    ).toBeUndefined()
  })

  it('reads the claim names of another issuer', () => {
    const claims = { sub: 'm1', roles: '[partner-admin]', org: partnerId }
    expect(memberOf(claims, members, { roles: 'roles', partner: 'org' })).toMatchObject({ partnerId })
  })
})

describe('newReferralId', () => {
  it('contains the RFI id and differs for each referral of the RFI', () => {
    const rfiId = newId('rfi', new Date())
    const ids = Array.from({ length: 100 }, () => newReferralId(rfiId))
    expect(new Set(ids).size).toBe(100)
    for (const id of ids) expect(rfiIdOf(id)).toBe(rfiId)
  })
})

describe('referenceOf', () => {
  it('is the end of the RFI id in two groups, the same for each referral of the RFI', () => {
    const rfiId = asRfiId('rfi_01KB0A1B2C3D4E5F6G7ZK4M2QP')
    expect(referenceOf(rfiId)).toBe('7ZK4-M2QP')
    expect(referenceOf(rfiIdOf(newReferralId(rfiId)))).toBe('7ZK4-M2QP')
  })

  it('differs between RFIs of the same time, and has no letters that are mistaken for others', () => {
    const now = new Date()
    const numbers = Array.from({ length: 1000 }, () => referenceOf(newId('rfi', now)))
    expect(new Set(numbers).size).toBe(1000)
    for (const number of numbers) expect(number).toMatch(/^[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}$/)
  })
})

it('loggableError omits the items of the table from the logged error', () => {
  const error = new ConditionFailed([{ index: 0, found: { pk: 'a', sk: 'b', email: 'it@customer.example' } }])
  expect(JSON.stringify(loggableError(error))).not.toContain('customer.example')
})

describe('html', () => {
  it('escapes inserted text', () => {
    const text = `<b class="x">'&amp;'</b>`
    expect(render(html`<p title="${text}">${text}</p>`)).toBe(
      `<p title="${escapeHtml(text)}">${escapeHtml(text)}</p>`,
    )
    expect(escapeHtml(text)).toBe('&lt;b class=&quot;x&quot;&gt;&#39;&amp;amp;&#39;&lt;/b&gt;')
  })

  it('inserts markup unchanged and joins lists', () => {
    const items = ['a', '<'].map(item => html`<li>${item}</li>`)
    expect(render(html`<ul>${items}</ul>${new Markup('<br>')}`)).toBe('<ul><li>a</li><li>&lt;</li></ul><br>')
    expect(render([[['a'], '&'], html`<i>${['b', [1]]}</i>`])).toBe('a&amp;<i>b1</i>')
  })

  it('omits false, undefined and empty lists, and renders 0 and NaN', () => {
    expect(render(html`<p ${false}>${undefined}${[]}${[false, undefined]}</p>`)).toBe('<p ></p>')
    expect(render(html`${0}${''}${Number.NaN}`)).toBe('0NaN')
  })

  it('does not interpret replacement patterns or escapes in the result', () => {
    expect(render('$& $1 \\n')).toBe('$&amp; $1 \\n')
    expect(render(html`a\n${'\\u003cb>'}`)).toBe('a\n\\u003cb&gt;')
  })
})

describe('retryOnConflict', () => {
  const conflict = new ConditionFailed([{ index: 0, found: undefined }])

  /** Makes pauses end at once and returns the maximum length of each, in milliseconds. */
  const longestPauses = (): number[] => {
    const pauses: number[] = []
    vi.spyOn(Math, 'random').mockReturnValue(1)
    vi.spyOn(globalThis, 'setTimeout').mockImplementation(((done: () => void, ms: number) => {
      pauses.push(ms)
      done()
    }) as never)
    return pauses
  }

  afterEach(() => {
    vi.restoreAllMocks()
  })

  it('repeats the work until it meets no conflict', async () => {
    const work = vi.fn().mockRejectedValueOnce(conflict).mockRejectedValueOnce(conflict)
    work.mockResolvedValue('done')
    expect(await retryOnConflict(work)).toBe('done')
    expect(work).toHaveBeenCalledTimes(3)
  })

  it('fails with the code busy after the last attempt', async () => {
    const work = vi.fn().mockRejectedValue(conflict)
    await expect(retryOnConflict(work)).rejects.toMatchObject({
      code: 'busy',
      data: { retryAfterSeconds: 1 },
    })
    expect(work).toHaveBeenCalledTimes(5)
  })

  it('repeats at once first, and then after random pauses below a limit that doubles up to 160 ms', async () => {
    const pauses = longestPauses()
    await expect(retryOnConflict(vi.fn().mockRejectedValue(conflict), 7)).rejects.toThrow('busy')
    expect(pauses).toEqual([20, 40, 80, 160, 160])
  })

  it('does not repeat after other errors', async () => {
    const work = vi.fn().mockRejectedValue(new Error('no'))
    await expect(retryOnConflict(work)).rejects.toThrow('no')
    expect(work).toHaveBeenCalledTimes(1)
  })
})

describe('the email schema', () => {
  const read = (address: string) => email.safeParse(address).data

  it.each([
    ['desk@partner.example', 'desk@partner.example'],
    [' \tdesk@partner.example\r\n', 'desk@partner.example'],
    ['Desk.Sales+erp@Partner.EXAMPLE', 'Desk.Sales+erp@partner.example'],
    ["o'neil_1@mail.partner.example", "o'neil_1@mail.partner.example"],
  ])('trims whitespace and lower-cases the domain: %j', (written, address) => {
    expect(read(written)).toBe(address)
  })

  it.each([
    ['desk@münchen.example', 'desk@xn--mnchen-3ya.example'],
    ['desk@MÜNCHEN.example', 'desk@xn--mnchen-3ya.example'],
    ['desk@例え.example', 'desk@xn--r8jz45g.example'],
    ['desk@почта.рф', 'desk@xn--80a1acny.xn--p1ai'],
    ['desk@公司.中国', 'desk@xn--55qx5d.xn--fiqs8s'],
    ['desk@xn--mnchen-3ya.example', 'desk@xn--mnchen-3ya.example'],
  ])('converts an internationalized domain to punycode: %s', (written, address) => {
    expect(read(written)).toBe(address)
    expect(read(address)).toBe(address)
  })

  it.each([
    '',
    '@',
    'desk',
    'desk@',
    '@partner.example',
    'desk@partner',
    'a@b@partner.example',
    'desk@part ner.example',
    'desk@.example',
    'desk@partner..example',
    'Desk <desk@partner.example> x',
    '"de sk"@partner.example',
    'desk@partner.example,x@y.example',
    'desk@[127.0.0.1]',
    'desk@127.0.0.1',
    `${'x'.repeat(250)}@partner.example`,
  ])('rejects %j', written => {
    expect(read(written)).toBeUndefined()
  })

  it.each([
    'desk@partner.example\r\nBcc: x@y.example',
    'x\r\nBcc: desk@partner.example',
    'desk@partner.example\r\nBcc',
    'desk@partner.example\nx.example',
    'desk@part\tner.example',
    'desk@partner.example\u0000',
  ])('rejects line breaks and control characters instead of removing them: %j', written => {
    expect(read(written)).toBeUndefined()
  })

  it.each(['/x', '?x', '#x', ':8080', '\\x', '%2Fx'])(
    'rejects web addresses instead of repairing them: desk@partner.example%s',
    more => {
      expect(read(`desk@partner.example${more}`)).toBeUndefined()
      expect(read(`desk@p%61rtner.example${more}`)).toBeUndefined()
    },
  )
})

describe('the web address schema', () => {
  const read = (address: string) => webAddress.safeParse(address).data
  const codesOf = (address: string) =>
    webAddress
      .safeParse(address)
      .error?.issues.map(issue => (issue.code === 'custom' ? issue.params?.code : issue.code))

  it.each([
    ['https://partner.example', 'https://partner.example/'],
    ['HTTP://Partner.Example:80/About us?q=ü#Top', 'http://partner.example/About%20us?q=%C3%BC#Top'],
    ['https://bücher.example/', 'https://xn--bcher-kva.example/'],
    ['https://x.example/"><script>', 'https://x.example/%22%3E%3Cscript%3E'],
    ['https://x.example/?"><script>#"><b>', 'https://x.example/?%22%3E%3Cscript%3E#%22%3E%3Cb%3E'],
  ])('normalizes %j as browsers do', (address, kept) => {
    expect(read(address)).toBe(kept)
    expect(read(kept)).toBe(kept)
  })

  it.each([
    'https://user:pw@evil.example/',
    'https://partner.example@evil.example',
    'https://:pw@evil.example',
  ])('rejects credentials in %j', address => {
    expect(codesOf(address)).toEqual(['credentials'])
  })

  it.each([
    'javascript:alert(1)',
    'ftp://partner.example',
    'https://localhost:x',
    'https://x.example\\@evil.example',
  ])('rejects %j', address => {
    expect(new Set(codesOf(address))).toEqual(new Set(['invalid-format']))
  })

  it('secureAddress requires https', () => {
    expect(secureAddress.safeParse('http://partner.example/logo.png').success).toBe(false)
    expect(secureAddress.safeParse('https://partner.example/logo.png').success).toBe(true)
  })
})

it.each([
  [{ firstName: 'Ada', lastName: 'Lovelace' }, 'Ada Lovelace'],
  [{ firstName: 'Sukarno' }, 'Sukarno'],
  [{ lastName: 'Plato' }, 'Plato'],
  [{ firstName: '', lastName: 'Plato' }, 'Plato'],
])('the full name of %j is %s', (person, name) => {
  expect(nameOf(person)).toBe(name)
})

describe('the person schema', () => {
  const ada = { firstName: 'Ada', lastName: 'Lovelace', email: 'ada@partner.example' }

  it('has a locale, which a request can leave out', () => {
    expect(person.safeParse(ada).error?.issues.map(({ path }) => path)).toEqual([['locale']])
    expect(newPerson.parse(ada).locale).toBeUndefined()
    expect(newPerson.parse({ ...ada, locale: 'zh-Hans' }).locale).toBe('zh-Hans')
    expect(newPerson.safeParse({ ...ada, locale: 'x' }).success).toBe(false)
  })

  it.each(['https://evil.example', 'Ada\r\nBcc: x', '\u200B', '', 'x'.repeat(101)])(
    'rejects the first name %j',
    firstName => {
      expect(newPerson.safeParse({ ...ada, firstName }).success).toBe(false)
    },
  )
})

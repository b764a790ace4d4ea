/** Links in API responses and problem documents. */
import { describe, expect, it } from 'vitest'
import { linksTo } from '../../functions/http/links.ts'
import { problemAnswer, RequestError, requestReason } from '../../functions/http/problem.ts'
import { DomainError } from '../../shared/kernel/errors.ts'
import type { OfferedAction } from '../../shared/kernel/offered-action.ts'
import { referralOperations } from '../../shared/referrals/referral/contract.ts'

const { acceptReferral, removeColleague } = referralOperations
const addLinks = linksTo([acceptReferral, removeColleague])

const accept: OfferedAction = {
  name: 'accept',
  operation: 'acceptReferral',
  params: { referralId: 'ref_1' },
  requires: ['name'],
}
const acceptLink = {
  name: 'accept',
  method: 'POST',
  href: '/v1/referrals/ref_1/accept',
  requires: ['name'],
}

const answerTo = (error: DomainError | RequestError) => {
  const { statusCode, headers, body = '' } = problemAnswer(error, 'r1', addLinks)
  return { statusCode, headers, body: JSON.parse(body) }
}

describe('linksTo', () => {
  it('replaces actions by links in the same position', () => {
    const linked = addLinks({ id: 'ref_1', actions: [accept], status: 'new' })
    expect(JSON.stringify(linked)).toBe(JSON.stringify({ id: 'ref_1', actions: [acceptLink], status: 'new' }))
  })

  it('produces a URI template when the caller chooses a parameter', () => {
    const remove = {
      ...accept,
      name: 'remove-colleague',
      operation: 'removeColleague',
      requires: ['colleagueId'],
    }
    expect(addLinks({ actions: [remove] }).actions).toEqual([
      {
        name: 'remove-colleague',
        method: 'DELETE',
        href: '/v1/referrals/ref_1/colleagues/{colleagueId}',
        requires: ['colleagueId'],
      },
    ])
  })

  it('omits actions of another audience', () => {
    const withdraw = { ...accept, name: 'withdraw', operation: 'withdrawReferral' }
    expect(addLinks({ actions: [withdraw] })).toEqual({ actions: [] })
  })

  it('returns values without actions unchanged', () => {
    for (const value of [undefined, null, 'text', [1], { items: [] }, { actions: null }])
      expect(addLinks(value)).toBe(value)
  })
})

describe('problemAnswer', () => {
  it('includes links to the allowed actions for state-conflict', () => {
    const data = { currentStatus: 'new', actions: [accept] }
    const reason = { code: 'wrong-status', params: { status: 'new' }, detail: 'The status is new.' }
    expect(answerTo(new DomainError('state-conflict', data, reason))).toMatchObject({
      statusCode: 409,
      body: {
        code: 'state-conflict',
        currentStatus: 'new',
        actions: [acceptLink],
        detail: 'The status is new.',
        reason: 'wrong-status',
        params: { status: 'new' },
      },
    })
  })

  it('includes the current representation with links and its ETag for stale-version', () => {
    const data = { current: { id: 'ref_1', actions: [accept] }, currentVersion: 3 }
    const { statusCode, headers, body } = answerTo(new DomainError('stale-version', data))
    expect({ statusCode, etag: headers?.etag }).toEqual({
      statusCode: 412,
      etag: expect.stringMatching(/^"3\.[0-9a-f]{12}"$/),
    })
    expect(body.current).toEqual({ id: 'ref_1', actions: [acceptLink] })
    expect(body).not.toHaveProperty('currentVersion')
  })

  it('includes Retry-After for busy', () => {
    const { statusCode, headers, body } = answerTo(new DomainError('busy', { retryAfterSeconds: 1 }))
    expect({ statusCode, after: headers?.['retry-after'] }).toEqual({ statusCode: 503, after: '1' })
    expect(body).toEqual({
      type: 'urn:referral-center:problem:busy',
      title: 'Too many simultaneous changes; try again',
      status: 503,
      code: 'busy',
      requestId: 'r1',
    })
  })

  it('includes WWW-Authenticate for unauthenticated', () => {
    expect(
      answerTo(new RequestError('unauthenticated', requestReason('tracking-token-required'))),
    ).toMatchObject({
      statusCode: 401,
      headers: { 'www-authenticate': 'Bearer' },
      body: { reason: 'tracking-token-required', detail: expect.stringMatching(/^Missing, invalid/) },
    })
  })

  it('asks for If-Match for precondition-required', () => {
    expect(answerTo(new DomainError('precondition-required', { existing: 'profile' }))).toMatchObject({
      statusCode: 428,
      body: {
        reason: 'if-match-for-existing',
        params: { existing: 'profile' },
        detail: expect.stringContaining('The profile exists already'),
      },
    })
  })
})

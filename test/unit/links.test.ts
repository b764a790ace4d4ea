/** Links in representations and problems. */
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

describe('actions', () => {
  it('become links, in the place that they had', () => {
    const linked = addLinks({ id: 'ref_1', actions: [accept], status: 'new' })
    expect(JSON.stringify(linked)).toBe(JSON.stringify({ id: 'ref_1', actions: [acceptLink], status: 'new' }))
  })

  it('become URI templates where the caller has yet to choose', () => {
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

  it('of another audience are left out', () => {
    const withdraw = { ...accept, name: 'withdraw', operation: 'withdrawReferral' }
    expect(addLinks({ actions: [withdraw] })).toEqual({ actions: [] })
  })

  it('are all that is changed', () => {
    for (const value of [undefined, null, 'text', [1], { items: [] }, { actions: null }])
      expect(addLinks(value)).toBe(value)
  })
})

describe('a problem', () => {
  it('of a state links what can be done instead', () => {
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

  it('of a stale version has the present representation with its links, and its ETag', () => {
    const data = { current: { id: 'ref_1', actions: [accept] }, currentVersion: 3 }
    const { statusCode, headers, body } = answerTo(new DomainError('stale-version', data))
    expect({ statusCode, etag: headers?.etag }).toEqual({ statusCode: 412, etag: '"3"' })
    expect(body.current).toEqual({ id: 'ref_1', actions: [acceptLink] })
    expect(body).not.toHaveProperty('currentVersion')
  })

  it('of too many changes says when to come again', () => {
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

  it('of a missing token names the scheme', () => {
    expect(
      answerTo(new RequestError('unauthenticated', requestReason('tracking-token-required'))),
    ).toMatchObject({
      statusCode: 401,
      headers: { 'www-authenticate': 'Bearer' },
      body: { reason: 'tracking-token-required', detail: expect.stringMatching(/^Missing, invalid/) },
    })
  })

  it('of a change without a version tells to send If-Match', () => {
    expect(answerTo(new DomainError('precondition-required', { existing: 'profile' }))).toMatchObject({
      statusCode: 428,
      body: {
        reason: 'if-match-for-existing',
        params: { existing: 'profile' },
        detail: expect.stringContaining('the profile exists'),
      },
    })
  })
})

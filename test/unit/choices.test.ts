/** The choice of a customer: until when it can be changed, and whose silence counts while a win is in question. */
import { describe, expect, it } from 'vitest'
import { asReferralId } from '../../shared/kernel/ids.ts'
import { defaultPolicy } from '../../shared/program/policy/rules.ts'
import type { Status } from '../../shared/referrals/referral/contract.ts'
import {
  firstChoiceAt,
  hasRoomFor,
  isChoiceChangeable,
  isChoosable,
  isReopenable,
  isWinAskedAt,
  type Rfi,
  revivableIn,
  statusOf,
  unsettledIn,
  withoutChoice,
} from '../../shared/referrals/rfi/rules.ts'
import { inStatus } from '../fixtures/referral.ts'
import { anRfi } from '../fixtures/rfi.ts'
import { day, hour, later, minute } from '../fixtures/time.ts'

const { choice: policy } = defaultPolicy
const other = asReferralId('ref_01KJKJ00000000000000000000_OTHERS')
const inState = (status: Status) => ({ ...inStatus(status).referral, id: other })
const choiceOf = (referralId: Rfi['id'] | typeof other | null) =>
  ({
    outcome: 'partner',
    referralId: referralId as typeof other,
    firstAt: later(day),
    at: later(day),
  }) as const
const asker = inStatus('new').referral

describe('a choice', () => {
  const choice = choiceOf(other)
  const isChangeable = (status: Status, ms: number) =>
    isChoiceChangeable({ choice }, [inState(status)], policy, later(ms))

  it('can be changed for the time that the policy sets', () => {
    expect(isChangeable('active', 8 * day - 1)).toBe(true)
    expect(isChangeable('active', 8 * day)).toBe(false)
    expect(isChoiceChangeable({}, [], policy, later(day))).toBe(false)
  })

  it.each(['lost', 'withdrawn'] as const)(
    'can be changed at any time after the chosen partner is %s',
    status => {
      expect(isChangeable(status, 100 * day)).toBe(true)
      expect(isReopenable({ ...anRfi(), choice }, [inState(status)], policy, later(100 * day))).toBe(true)
    },
  )

  it('cannot be taken back after a withdrawal of the RFI', () => {
    const rfi: Rfi = { ...anRfi(), status: 'withdrawn', choice }
    expect(isReopenable(rfi, [inState('lost')], policy, later(2 * day))).toBe(false)
  })

  it('does not have to exist to ask superseded partners again', () => {
    expect(isReopenable(anRfi(), [inState('superseded')], policy, later(100 * day))).toBe(true)
    expect(isReopenable({ ...anRfi(), status: 'withdrawn' }, [], policy, later(day))).toBe(false)
  })

  it('can be changed for one time in all, even if it is taken back in between', () => {
    const takenBack = withoutChoice({ ...anRfi(), choice })
    expect(takenBack.choice).toBeUndefined()
    expect(withoutChoice(takenBack)).toEqual(takenBack)
    for (const rfi of [{ choice }, takenBack])
      expect(firstChoiceAt(rfi, policy, later(8 * day - 1))).toBe(later(day))
  })

  it('can be changed for the whole time again if it is made after the end of that time', () => {
    for (const rfi of [{ choice }, withoutChoice({ ...anRfi(), choice }), {}])
      expect(firstChoiceAt(rfi, policy, later(8 * day))).toBe(later(8 * day))
  })

  it('is possible for a partner that works on the request or reports a win', () => {
    const statuses = [
      'new',
      'active',
      'won',
      'lost',
      'declined',
      'expired',
      'withdrawn',
      'superseded',
    ] as const
    expect(statuses.filter(status => isChoosable(inState(status)))).toEqual(['active', 'won'])
  })

  it('makes the RFI decided, unless it was withdrawn', () => {
    expect(statusOf({ ...anRfi(), choice }, [inState('active')], later(day))).toBe('decided')
    expect(statusOf({ ...anRfi(), status: 'withdrawn', choice }, [], later(day))).toBe('withdrawn')
  })
})

it('hasRoomFor counts the partners that have the request open', () => {
  const two = { ...defaultPolicy, maxRecipients: 2 }
  const referrals = [inState('active'), inState('declined'), inState('superseded')]
  expect(hasRoomFor(1, referrals, two, later(hour))).toBe(true)
  expect(hasRoomFor(2, referrals, two, later(hour))).toBe(false)
})

describe('isWinAskedAt', () => {
  const won = inState('won')
  const isAsked = (choice: Rfi['choice'], ms: number) =>
    isWinAskedAt(asker, { choice }, [asker, won], policy, later(ms))

  it('is true while a reported win of another partner is in question', () => {
    expect(isAsked(undefined, hour - 1)).toBe(false)
    expect(isAsked(undefined, 2 * hour)).toBe(true)
    expect(isAsked(undefined, 15 * day)).toBe(false)
  })

  it('is false after the instant of a choice, which answers the question', () => {
    expect(isAsked(choiceOf(null), day)).toBe(true)
    expect(isAsked(choiceOf(null), day + 1)).toBe(false)
  })

  it('does not ask about the own win of a partner', () => {
    expect(isWinAskedAt(won, {}, [won], policy, later(2 * hour))).toBe(false)
  })
})

describe('referrals that can change without their RFI', () => {
  const now = later(hour + minute)
  const list = (['new', 'active', 'won', 'lost', 'declined', 'withdrawn', 'superseded'] as const).map(
    status => inStatus(status).referral,
  )
  const statusesOf = (referrals: typeof list) => referrals.map(({ status }) => status)

  it('can become open again while an answer can be undone or an expiry reopened', () => {
    expect(statusesOf(revivableIn(list, now))).toEqual(['won', 'lost', 'declined'])
    expect(revivableIn(list, later(2 * hour))).toEqual([])
    const { referral: expired, now: end } = inStatus('expired')
    expect(revivableIn([expired], end)).toEqual([expired])
  })

  it('are those that are open, won, or can become open again', () => {
    expect(statusesOf(unsettledIn(list, now))).toEqual(['new', 'active', 'won', 'lost', 'declined'])
    expect(statusesOf(unsettledIn(list, later(2 * hour)))).toEqual(['new', 'active', 'won'])
  })
})

/** The representation of an RFI: the operations that are possible now, and the people who take care of it. */
import { describe, expect, it } from 'vitest'
import { asReferralId, referenceOf } from '../../shared/kernel/ids.ts'
import { defaultPolicy } from '../../shared/program/policy/rules.ts'
import type { EmailStatus } from '../../shared/program/request/contract.ts'
import { statuses } from '../../shared/referrals/referral/contract.ts'
import type { Referral } from '../../shared/referrals/referral/referral.ts'
import { isOfficeInCharge, type Rfi, viewRfi } from '../../shared/referrals/rfi/rules.ts'
import { inStatus } from '../fixtures/referral.ts'
import { aCustomer, aPerson } from '../fixtures/request.ts'
import { anRfi } from '../fixtures/rfi.ts'
import { day, hour, later } from '../fixtures/time.ts'

const now = later(2 * hour)

const referralIn = (status: (typeof statuses)[number], name: string, more: Partial<Referral> = {}) => ({
  ...inStatus(status).referral,
  id: asReferralId(`ref_${name}`),
  ...more,
})

interface View {
  readonly referrals: readonly Referral[]
  readonly rfi?: Rfi
  readonly at?: typeof now
  readonly officeContacts?: NonNullable<Parameters<typeof viewRfi>[2]>['officeContacts']
  readonly emailStatus?: EmailStatus
}

const viewOf = ({
  referrals,
  rfi = anRfi(),
  at = now,
  officeContacts = new Map(),
  emailStatus = 'unknown',
}: View) => {
  const customer = { customer: aCustomer(), emailStatus }
  return viewRfi({ rfi, referrals, details: [], customer, policy: defaultPolicy }, at, { officeContacts })
}

const operationsOn = (view: View) => viewOf(view).recipients.map(({ operations }) => operations)

const chose = (referralId: 'ref_a' | null, outcome: 'partner' | 'elsewhere' = 'partner') =>
  anRfi({
    choice: { outcome, referralId: referralId && asReferralId(referralId), firstAt: now, at: now },
  })

/** After the time in which a choice can be changed. */
const afterwards = later(8 * day)

describe('the operations for one recipient', () => {
  it('before a choice follow from the status of the referral', () => {
    const possible = statuses.map(status => {
      const { referral, now: at } = inStatus(status)
      return [status, operationsOn({ referrals: [referral], at })[0]]
    })
    expect(Object.fromEntries(possible)).toEqual({
      new: ['dismissPartner'],
      active: ['chooseOutcome', 'dismissPartner'],
      won: ['chooseOutcome', 'denyWin'],
      lost: [],
      declined: [],
      expired: [],
      withdrawn: [],
      superseded: ['reopenRfi'],
    })
  })

  it('let the customer take the denial of a win back, and not deny it twice', () => {
    const denied = referralIn('won', 'a', { winDeniedAt: now })
    expect(operationsOn({ referrals: [denied] })).toEqual([['chooseOutcome']])
  })

  it('after a choice let the customer choose others only in time, and dismiss also the chosen partner', () => {
    const referrals = [
      referralIn('active', 'a'),
      referralIn('won', 'b'),
      referralIn('active', 'c'),
      referralIn('superseded', 'd'),
    ]
    expect(operationsOn({ referrals, rfi: chose('ref_a') })).toEqual([
      ['dismissPartner'],
      ['chooseOutcome', 'denyWin'],
      ['chooseOutcome', 'dismissPartner'],
      ['reopenRfi'],
    ])
    expect(operationsOn({ referrals, rfi: chose('ref_a'), at: afterwards })).toEqual([
      ['dismissPartner'],
      ['denyWin'],
      ['dismissPartner'],
      [],
    ])
  })

  it('let the customer deny a confirmed win while the choice can be changed', () => {
    const referrals = [referralIn('won', 'a')]
    expect(operationsOn({ referrals, rfi: chose('ref_a') })).toEqual([['denyWin']])
    expect(operationsOn({ referrals, rfi: chose('ref_a'), at: afterwards })).toEqual([[]])
  })

  it('let the customer ask superseded partners again once the chosen partner has lost the deal', () => {
    const referrals = [referralIn('lost', 'a'), referralIn('superseded', 'b')]
    expect(operationsOn({ referrals, rfi: chose('ref_a'), at: afterwards })).toEqual([[], ['reopenRfi']])
    expect(operationsOn({ referrals, rfi: chose(null, 'elsewhere'), at: afterwards })).toEqual([[], []])
  })

  it('let the customer ask the other superseded partners again after the choice was taken back', () => {
    const referrals = [referralIn('lost', 'a'), referralIn('new', 'b'), referralIn('superseded', 'c')]
    expect(operationsOn({ referrals })).toEqual([[], ['dismissPartner'], ['reopenRfi']])
    const full = [...Array(defaultPolicy.maxRecipients).fill(referralIn('active', 'x')), referrals[2]]
    expect(operationsOn({ referrals: full }).at(-1)).toEqual([])
  })

  it.each(['lost', 'withdrawn'] as const)(
    'let the customer choose anew if the chosen referral is %s',
    status => {
      const referrals = [referralIn(status, 'a'), referralIn('active', 'b')]
      const rfi = chose('ref_a')
      expect(operationsOn({ referrals, rfi, at: afterwards })[1]).toContain('chooseOutcome')
      expect(viewOf({ referrals, rfi, at: afterwards }).operations).toContain('chooseOutcome')
    },
  )

  it('do not include a choice for a withdrawn request', () => {
    const rfi = anRfi({ status: 'withdrawn' })
    const referrals = [referralIn('won', 'a'), referralIn('superseded', 'b')]
    expect(operationsOn({ referrals, rfi })).toEqual([['denyWin'], []])
  })
})

describe('the operations for the whole request', () => {
  const operationsOf = (view: View) => viewOf(view).operations

  it('include the correction of the address only while mail does not reach the customer', () => {
    const referrals = [referralIn('lost', 'a')]
    const statusesWithCorrection = (rfi: Rfi) =>
      (['unknown', 'reachable', 'unreachable'] as const).filter(emailStatus =>
        operationsOf({ referrals, rfi, emailStatus }).includes('correctAddress'),
      )
    expect(statusesWithCorrection(anRfi())).toEqual(['unreachable'])
    expect(statusesWithCorrection(anRfi({ status: 'withdrawn' }))).toEqual([])
  })

  it('are a choice and the withdrawal while a partner has it open', () => {
    const both = ['chooseOutcome', 'withdrawRfi']
    expect(operationsOf({ referrals: [referralIn('new', 'a')] })).toEqual(both)
    expect(operationsOf({ referrals: [referralIn('lost', 'a')] })).toEqual(['chooseOutcome'])
    expect(operationsOf({ referrals: [], rfi: anRfi({ recipients: [] }) })).toEqual(['withdrawRfi'])
  })

  it('include another choice only while it can be changed', () => {
    const referrals = [referralIn('won', 'a')]
    expect(operationsOf({ referrals, rfi: chose('ref_a') })).toEqual(['chooseOutcome'])
    expect(operationsOf({ referrals, rfi: chose('ref_a'), at: afterwards })).toEqual([])
  })

  it('are none after a withdrawal', () => {
    expect(operationsOf({ referrals: [], rfi: anRfi({ status: 'withdrawn' }) })).toEqual([])
  })
})

describe('the contacts of a recipient', () => {
  const acceptedBy = aPerson({ firstName: 'Grace', lastName: 'Hopper', email: 'grace@partner.example' })
  const office = [aPerson({ firstName: 'Desk', lastName: 'Main', email: 'desk@partner.example' })]
  const namesOf = (referral: Referral): string[] => {
    const officeContacts = new Map([[referral.id, office]])
    const [recipient] = viewOf({ referrals: [referral], officeContacts }).recipients
    return recipient?.contacts.map(({ name }) => name) ?? []
  }

  it.each(['active', 'won'] as const)(
    'are the colleagues, else who accepted, else the office, while it is %s',
    status => {
      const named = referralIn(status, 'a', { acceptedBy })
      expect(namesOf(named)).toEqual(named.colleagues.map(() => 'Key Account'))
      expect(namesOf({ ...named, colleagues: [] })).toEqual(['Grace Hopper'])
      expect(namesOf({ ...named, colleagues: [], acceptedBy: null })).toEqual(['Desk Main'])
    },
  )

  it.each(statuses.filter(status => status !== 'active' && status !== 'won'))(
    'are none while it is %s',
    status => {
      for (const colleagues of [undefined, []])
        expect(namesOf(referralIn(status, 'a', colleagues ? { colleagues } : {}))).toEqual([])
    },
  )

  it('are those of the office only if the referral names nobody', () => {
    const active = referralIn('active', 'a', { colleagues: [] })
    expect(isOfficeInCharge(active)).toBe(true)
    expect(isOfficeInCharge({ ...active, acceptedBy })).toBe(false)
    expect(isOfficeInCharge(referralIn('active', 'a'))).toBe(false)
    expect(isOfficeInCharge(referralIn('new', 'a', { colleagues: [] }))).toBe(false)
  })
})

it('a request shows its number, the company without personal data, and until when a choice can be changed', () => {
  const view = viewOf({ referrals: [], rfi: chose(null, 'elsewhere') })
  expect(view.requestNumber).toBe(referenceOf(view.id))
  const { company, address } = aCustomer()
  expect(view.customer).toEqual({
    company,
    city: address.city,
    country: address.country,
    emailStatus: 'unknown',
  })
  expect(view.choiceChangeableFor).toBe('P7D')
  expect(view.choice?.changeableUntil).toBe(later(7 * day + 2 * hour))
  expect(view.newChoiceFirstAt).toBeNull()
})

it('a request shows from when the time for changes counts after a choice was taken back', () => {
  const rfi = anRfi({ firstChosenAt: now })
  expect(viewOf({ referrals: [], rfi }).newChoiceFirstAt).toBe(now)
  expect(viewOf({ referrals: [], rfi, at: afterwards }).newChoiceFirstAt).toBeNull()
})

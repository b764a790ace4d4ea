/** Limits of mails to customers, and the questions in them, for random histories of an RFI with several partners. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Event } from '../../shared/events/contract.ts'
import { asPartnerId, asReferralId } from '../../shared/kernel/ids.ts'
import {
  type Addressed,
  type CustomerContext,
  type CustomerDraft,
  draftToCustomer,
} from '../../shared/messaging/customer-mail/news.ts'
import {
  acceptancesOf,
  assignSlot,
  beginDigest,
  type CustomerMailKind,
  type CustomerMails,
  endDigest,
  noMails,
  type SlotTime,
} from '../../shared/messaging/customer-mail/rules.ts'
import { undoableEvents } from '../../shared/messaging/mail/contract.ts'
import { defaultPolicy } from '../../shared/program/policy/rules.ts'
import { decide } from '../../shared/referrals/referral/effects.ts'
import type { Command, CommandName, Referral } from '../../shared/referrals/referral/referral.ts'
import { effective, isWinInQuestion } from '../../shared/referrals/referral/status.ts'
import { allows, transitions } from '../../shared/referrals/referral/transitions.ts'
import type { Rfi } from '../../shared/referrals/rfi/rules.ts'
import { after } from '../../shared/time/duration.ts'
import { type Instant, instantOf, startOfDay } from '../../shared/time/instant.ts'
import { aMailContext } from '../fixtures/mail-context.ts'
import { anAcceptRequest, aReferralRequest, commands, received } from '../fixtures/referral.ts'
import { anRfi } from '../fixtures/rfi.ts'
import { day, hour, receivedAt } from '../fixtures/time.ts'

const policy = { ...defaultPolicy, customerMails: { perDay: 1, perRfi: 8 } }
const { winQuestionTime } = policy.choice

/** Tests if a customer can still answer the question about a win. A denial answers it, also at its own instant. */
const isUnanswered = (referral: Referral, at: Instant): boolean =>
  referral.winDeniedAt === null && isWinInQuestion(referral, winQuestionTime, at)

interface Step {
  readonly do: CommandName | 'choose' | 'withdraw-all'
  readonly partner: number
  /** Time before the step. */
  readonly waitMs: number
  /** True if the events of the step are delivered twice. */
  readonly isRepeated: boolean
}

/** A mail that the customer got, with the state of the RFI at that time. */
interface Mailed {
  readonly at: Instant
  readonly kind: CustomerMailKind
  readonly isUrgent: boolean
  readonly news: readonly string[]
  readonly questions: readonly ('win' | 'choice')[]
  readonly isLast: boolean
  readonly rfi: Pick<Rfi, 'status' | 'choice'>
  readonly referrals: readonly Referral[]
  /** Referral of the event; undefined for a digest. */
  readonly referral: Referral | undefined
}

interface Pending {
  readonly event: Event
  readonly at: Instant
}

/** Runs steps on an RFI and its referrals, and delivers the events to the rules of mails, some of them twice. */
class Run {
  now: Instant = receivedAt
  rfi: Rfi
  readonly referrals: Referral[]
  readonly mailed: Mailed[] = []
  mails: CustomerMails
  #pending: Pending[] = []

  readonly #limits: SlotTime['limits']

  /** @param perRfi maximum number of mails, one of which is the receipt if `hasReceipt` */
  constructor(partners: number, perRfi = 8, hasReceipt = false) {
    this.#limits = { perDay: 1, perRfi }
    this.referrals = Array.from({ length: partners }, (_, index) => {
      const id = asReferralId(`ref_01KJKJ00000000000000000000_${index}`)
      return received({ ...aReferralRequest(), id, partnerId: `ptr_${index}` }, { policy }).referral
    })
    this.rfi = anRfi({ createdAt: receivedAt })
    const receipt = { id: 'receipt', day: receivedAt.slice(0, 10), isUrgent: true, tells: [] }
    this.mails = { ...noMails(this.rfi.id), sent: hasReceipt ? [receipt] : [] }
  }

  step(step: Step): void {
    this.#advance(instantOf(new Date(Date.parse(this.now) + step.waitMs)))
    const { do: name, partner, isRepeated } = step
    if (name === 'choose') this.#choose(partner)
    else if (name === 'withdraw-all') this.#withdraw()
    else this.#execute(partner % this.referrals.length, this.#commandOf(name), isRepeated)
  }

  #withdraw(): void {
    this.rfi = { ...this.rfi, status: 'withdrawn' }
    for (const index of this.referrals.keys()) this.#execute(index, { name: 'withdraw' }, false)
  }

  finish(): void {
    this.#advance(after(this.now, 'P40D'))
  }

  #commandOf(name: CommandName): Command {
    const closesOn = after(this.now, 'P2D').slice(0, 10)
    const request = anAcceptRequest({ estimatedCloseDate: closesOn })
    return name === 'accept' ? { name, request, colleagues: [] } : commands[name]
  }

  #execute(index: number, command: Command, isRepeated: boolean): void {
    const referral = this.referrals[index]
    if (!referral || !allows(command.name, referral, this.now)) return
    // After a choice, no other referral of the RFI can be accepted.
    if (this.rfi.choice && ['accept', 'reopen', 'reinstate'].includes(command.name)) return
    const [kind] = transitions[command.name].by
    const { next, events } = decide(referral, command, { kind }, this.now)
    this.referrals[index] = next
    for (const event of events) {
      const isUndoable = (undoableEvents as readonly string[]).includes(event.type)
      const at = isUndoable && next.undoUntil ? next.undoUntil : this.now
      this.#pending.push({ event, at })
      if (isRepeated) this.#pending.push({ event, at: after(at, 'PT20M') })
    }
  }

  #choose(partner: number): void {
    if (this.rfi.status === 'withdrawn' || this.rfi.choice) return
    const chosen = this.referrals[partner]
    if (chosen && chosen.status !== 'active' && chosen.status !== 'won') return
    const outcome = chosen ? 'partner' : 'none'
    this.rfi = {
      ...this.rfi,
      choice: { outcome, referralId: chosen?.id ?? null, firstAt: this.now, at: this.now },
    }
    for (const [index, { id }] of this.referrals.entries())
      if (id !== chosen?.id) this.#execute(index, { name: 'supersede' }, false)
  }

  /** Delivers what becomes due until an instant. Digests are late, as if the customer's country had working hours. */
  #advance(until: Instant): void {
    for (;;) {
      const next = this.#pending.toSorted((a, b) => (a.at < b.at ? -1 : 1))[0]
      const digestAt = this.mails.dueAt && after(this.mails.dueAt, 'PT9H30M')
      const at = [next?.at, digestAt].filter(instant => instant).toSorted()[0]
      if (!at || at > until) break
      this.now = at > this.now ? at : this.now
      if (next?.at === at) {
        this.#pending = this.#pending.filter(one => one !== next)
        this.#deliver(next.event)
      } else this.#sendDigest()
    }
    this.now = until
  }

  get #time(): SlotTime {
    const nextDue = after(startOfDay(this.now.slice(0, 10)), 'P1D')
    const acceptances = acceptancesOf(this.referrals, this.now)
    return { now: this.now, limits: this.#limits, nextDue, acceptances }
  }

  #contextOf(referralId: string): CustomerContext {
    const all = this.referrals.map(
      (referral, index): Addressed => ({
        partnerId: asPartnerId(`ptr_${index}`),
        partnerName: `Partner ${index}`,
        referral,
      }),
    )
    return aMailContext({
      now: this.now,
      policy,
      rfi: this.rfi,
      addressed: all.filter(({ referral }) => referral.id === referralId),
      siblings: all.filter(({ referral }) => referral.id !== referralId),
    })
  }

  #draftOf(event: Event): CustomerDraft | undefined {
    return draftToCustomer(event, this.#contextOf(event.subject.referral?.id ?? ''))
  }

  readonly #events = new Map<string, Event>()

  #deliver(event: Event): void {
    const draft = this.#draftOf(event)
    if (!draft) return
    const { news, kind } = draft
    this.#events.set(news.id, event)
    const wasSent = this.mails.sent.some(({ id }) => id === news.id)
    const { mails, slot, tells, isLast } = assignSlot(this.mails, news, this.#time)
    this.mails = mails
    // A mail is claimed by its event, so that a repeated delivery does not send it again.
    if (slot !== 'single' || wasSent) return
    this.#log(kind, [news.id, ...tells], {
      isLast,
      isUrgent: mails.sent.find(({ id }) => id === news.id)?.isUrgent ?? false,
      event,
      questions: [news.question],
    })
  }

  #sendDigest(): void {
    const draftOf = (id: string) => {
      const event = this.#events.get(id)
      const draft = event && this.#draftOf(event)
      return draft?.news.id === id ? draft : undefined
    }
    this.mails = beginDigest(this.mails, ({ id }) => draftOf(id) !== undefined, this.#time)
    const { digest } = this.mails
    if (!digest) return
    const ids = digest.news.map(({ id }) => id)
    const isLast = this.mails.sent.length === this.#limits.perRfi
    const questions = ids.map(id => draftOf(id)?.news.question ?? null)
    this.#log('customer-digest', ids, { isLast, isUrgent: false, event: undefined, questions })
    this.mails = endDigest(this.mails, this.#time)
  }

  #log(
    kind: CustomerMailKind,
    news: readonly string[],
    {
      event,
      questions,
      isUrgent,
      isLast,
    }: {
      readonly event: Event | undefined
      readonly questions: readonly ('win' | 'choice' | null)[]
      readonly isUrgent: boolean
      readonly isLast: boolean
    },
  ): void {
    const referrals = this.referrals.map(referral => effective(referral, this.now))
    const referral = referrals.find(({ id }) => id === event?.subject.referral?.id)
    const asked = questions.filter(question => question !== null)
    const { now: at, rfi } = this
    this.mailed.push({ at, kind, isUrgent, news, questions: asked, isLast, rfi, referrals, referral })
  }
}

const names: readonly CommandName[] = [
  'accept',
  'decline',
  'extend',
  'expire',
  'reopen',
  'undo-decline',
  'undo-close',
  'win',
  'lose',
  'nudge',
  'deny-win',
]
const waits = [0, 1000, 60_000, 6 * 60_000, hour, 5 * hour, day, 3 * day, 14 * day, 31 * day]
const waitMs = fc.constantFrom(...waits)
const command: fc.Arbitrary<Step> = fc.record({
  do: fc.constantFrom(...names),
  partner: fc.nat(4),
  waitMs,
  isRepeated: fc.boolean(),
})
const rareStep: fc.Arbitrary<Step> = fc.record({
  do: fc.constantFrom('choose' as const, 'choose' as const, 'withdraw-all' as const),
  partner: fc.nat(4),
  waitMs,
  isRepeated: fc.constant(false),
})
const steps = fc.array(fc.oneof({ weight: 15, arbitrary: command }, { weight: 1, arbitrary: rareStep }), {
  maxLength: 40,
  size: 'max',
})
/** Steps with several accepted deals, which cause questions. */
const acceptedFirst = (more: readonly Step[]): Step[] => [
  ...[0, 1, 2].map(partner => ({ do: 'accept', partner, waitMs: 0, isRepeated: false }) as const),
  ...more,
]
const dealSteps = fc.array(
  fc.record<Step>({
    do: fc.constantFrom('win', 'nudge', 'nudge', 'nudge', 'undo-close', 'lose', 'deny-win'),
    partner: fc.nat(2),
    waitMs: fc.constantFrom(0, 1000, 60_000, 4 * day, 15 * day),
    isRepeated: fc.boolean(),
  }),
  { maxLength: 12, size: 'max' },
)
const allSteps = fc.oneof(steps, steps.map(acceptedFirst), dealSteps.map(acceptedFirst))

const finished = (run: Run, taken: readonly Step[]): Run => {
  for (const step of taken) run.step(step)
  run.finish()
  return run
}

const mailsIn = (partners: number, taken: readonly Step[]): Mailed[] =>
  finished(new Run(partners), taken).mailed

/** Checks the mails of random histories. */
const check = (holds: (mailed: Mailed[]) => void): void =>
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5 }), allSteps, (partners, taken) =>
      holds(mailsIn(partners, taken)),
    ),
  )

describe('for random histories of an RFI', () => {
  it('a customer gets at most one mail a day that is not urgent', () => {
    check(mailed => {
      const days = mailed.filter(({ isUrgent }) => !isUrgent).map(({ at }) => at.slice(0, 10))
      expect(new Set(days).size).toBe(days.length)
    })
  })

  it('a customer gets at most eight mails, and only the eighth says that it is the last one', () => {
    check(mailed => {
      expect(mailed.length).toBeLessThanOrEqual(8)
      for (const [index, { isLast }] of mailed.entries()) expect(isLast).toBe(index === 7)
    })
  })

  it('each acceptance is mailed if two mails are left for the receipt and a question', () => {
    const partners = fc.integer({ min: 1, max: 5 })
    const perRfi = fc.integer({ min: 2, max: 9 })
    fc.assert(
      fc.property(partners, perRfi, allSteps, (count, limit, taken) => {
        const { mailed, referrals } = finished(new Run(count, limit, true), taken)
        expect(mailed.length).toBeLessThan(limit)
        const accepted = referrals.filter(({ deal }) => deal !== null).length
        const told = mailed.filter(({ kind }) => kind === 'accepted').length
        if (accepted <= limit - 2) expect(told).toBe(accepted)
      }),
    )
  })

  it('the first question about a win is mailed at once if the acceptances leave a mail', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5 }), steps, (count, taken) => {
        const run = new Run(count, 7, true)
        const won: Step = { do: 'win', partner: 0, waitMs: day, isRepeated: false }
        finished(run, [...taken.filter(one => one.do !== 'choose' && one.do !== 'win' && one.do !== 'nudge')])
        if (run.referrals[0]?.status !== 'active' || run.rfi.status === 'withdrawn') return
        const before = run.mailed.length
        finished(run, [won])
        expect(run.mailed.slice(before).map(({ kind }) => kind)).toContain('win-question')
      }),
    )
  })

  it('no news is told twice, even if its event is delivered twice', () => {
    check(mailed => {
      const told = mailed.flatMap(({ news }) => news)
      expect(new Set(told).size).toBe(told.length)
    })
  })

  it('two partners that expire at the same instant cause one mail if nobody is left', () => {
    check(mailed => {
      const ended = mailed.filter(({ kind, isUrgent }) => isUrgent && kind === 'expired')
      const instants = ended.map(({ referral }) => referral?.closedAt)
      expect(new Set(instants).size).toBe(instants.length)
    })
  })

  it('a customer is asked for a choice at most once in 30 days, and not soon after another question', () => {
    check(mailed => {
      const questions = mailed.flatMap(({ at, questions }) => questions.map(question => ({ at, question })))
      for (const [index, { at, question }] of questions.entries()) {
        const before = questions[index - 1]
        if (before && question === 'choice') expect(at >= after(before.at, 'P30D')).toBe(true)
      }
    })
  })

  it('a customer is not asked for a choice while a reported win is in question', () => {
    check(mailed => {
      for (const { at, questions, referrals } of mailed)
        if (questions.includes('choice')) expect(referrals.filter(one => isUnanswered(one, at))).toEqual([])
    })
  })

  it('at most one question about a win is open', () => {
    check(mailed => {
      const asked = mailed.filter(({ questions }) => questions.includes('win'))
      for (const [index, mail] of asked.entries()) {
        expect(mail.questions.filter(question => question === 'win')).toHaveLength(1)
        const before = asked[index - 1]?.referral
        const present = mail.referrals.find(({ id }) => id === before?.id)
        if (!before || !present || present.closedAt !== before.closedAt) continue
        expect(isUnanswered(present, mail.at)).toBe(false)
      }
    })
  })

  it('a customer who has chosen or withdrawn is asked nothing, and not told who declined or expired', () => {
    const kinds: readonly CustomerMailKind[] = ['declined', 'expired', 'win-question', 'choice-question']
    check(mailed => {
      for (const { kind, questions, rfi } of mailed)
        if (kinds.includes(kind) || questions.length > 0) {
          expect(rfi.choice).toBeUndefined()
          expect(rfi.status).toBe('open')
        }
    })
  })

  it('no mail reports an answer that was undone or can still be undone', () => {
    const statusOf = { declined: 'declined', lost: 'lost', 'win-question': 'won', expired: 'expired' }
    check(mailed => {
      for (const { kind, referral, at } of mailed)
        if (kind in statusOf) {
          expect(referral?.status).toBe(statusOf[kind as keyof typeof statusOf])
          expect((referral?.undoUntil ?? '') <= at).toBe(true)
        }
    })
  })

  it('each kind of mail occurs', () => {
    const seen = new Set<string>()
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5 }), allSteps, (partners, taken) => {
        for (const { kind } of mailsIn(partners, taken)) seen.add(kind)
      }),
      { seed: 1, numRuns: 300 },
    )
    expect([...seen].toSorted()).toEqual(
      [
        'accepted',
        'choice-question',
        'customer-digest',
        'declined',
        'expired',
        'extended',
        'lost',
        'reopened',
        'win-question',
      ].toSorted(),
    )
  })
})

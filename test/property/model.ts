/**
 * What a desk does, said as simply as it can be: an RFI at one or two partners, and what each of them makes of it.
 * It shares no code with the program. Instants and lengths of time are milliseconds.
 */
export const second = 1000
export const minute = 60 * second
export const hour = 60 * minute
export const day = 24 * hour

/** The operator's numbers. */
export interface Numbers {
  readonly answer: number
  readonly urgent: number
  readonly remindAfter: number
  readonly remindBefore: number
  readonly extension: { readonly time: number; readonly most: number }
  readonly reopening: { readonly within: number; readonly answer: number } | null
  readonly nudgeEvery: number | null
}

export type Act =
  | { readonly do: 'accept'; readonly deal: string; readonly closesOn: string }
  | { readonly do: 'decline' | 'lose'; readonly reason: string }
  | { readonly do: 'edit-deal'; readonly deal: string; readonly closesOn?: string }
  | { readonly do: 'add-contact' | 'remove-contact'; readonly contact: string }
  | { readonly do: 'extend' | 'reopen' | 'win' | 'withdraw' | 'withdraw-all' }

/** How the desk answers: `stale` is a 412, `conflict` a 409, `unknown` a 404. */
export type Answer = 'ok' | 'stale' | 'conflict' | 'unknown'

type State = 'new' | 'active' | 'won' | 'lost' | 'declined' | 'expired' | 'withdrawn'
export type Alarm = 'expire' | 'cool' | 'remind' | 'nudge'

export class Referral {
  state: State = 'new'
  /** What happened, in order. Its length is the version. */
  log = ['received']
  answerBy: number
  /** Until when it is hot, where the customer wants direct contact. */
  readonly urgentUntil: number | null
  /** The same, and null once it was written down that it is hot no more. */
  hotUntil: number | null
  reminders: number[]
  extensionsLeft: number
  /** Until when it can be reopened, once it has expired. */
  reopenBy: number
  nudgeAt: number | null = null
  deal = ''
  closesOn = ''
  reason = ''
  contacts: string[] = []
  /** When it was last given more time, and when anything last happened to it. */
  extendedAt = 0
  changedAt: number
  readonly #numbers: Numbers

  constructor(numbers: Numbers, receivedAt: number, isHot: boolean) {
    this.#numbers = numbers
    this.changedAt = receivedAt
    // Schedules know whole seconds only.
    const start = Math.floor(receivedAt / second) * second
    this.answerBy = start + numbers.answer
    this.urgentUntil = isHot ? Math.min(start + numbers.urgent, this.answerBy) : null
    this.hotUntil = this.urgentUntil
    this.reminders = remindersIn(start, this.answerBy, [
      start + numbers.remindAfter,
      this.answerBy - numbers.remindBefore,
    ])
    this.extensionsLeft = numbers.extension.most
    this.reopenBy = numbers.reopening ? this.answerBy + numbers.reopening.within : 0
  }

  get version(): number {
    return this.log.length
  }

  copy(): Referral {
    const copy = new Referral(this.#numbers, 0, false)
    return Object.assign(copy, this, {
      log: [...this.log],
      reminders: [...this.reminders],
      contacts: [...this.contacts],
    })
  }

  /** What everybody must see, whether or not anything has rung. */
  seen(now: number): State {
    return this.state === 'new' && this.answerBy <= now ? 'expired' : this.state
  }

  /** Whether the partner must see that the customer waits for a call. */
  isHot(now: number): boolean {
    const seen = this.seen(now)
    return this.urgentUntil !== null && now < this.urgentUntil && (seen === 'new' || seen === 'active')
  }

  get stage(): 'inbox' | 'active' | 'archived' {
    if (this.state === 'new') return 'inbox'
    return this.state === 'active' ? 'active' : 'archived'
  }

  /** What time will do to it, soonest first. */
  alarms(): { alarm: Alarm; at: number }[] {
    if (this.state === 'active') return this.nudgeAt === null ? [] : [{ alarm: 'nudge', at: this.nudgeAt }]
    if (this.state !== 'new') return []
    const alarms: { alarm: Alarm; at: number }[] = [{ alarm: 'expire', at: this.answerBy }]
    if (this.hotUntil !== null && this.hotUntil < this.answerBy)
      alarms.push({ alarm: 'cool', at: this.hotUntil })
    if (this.reminders[0] !== undefined) alarms.push({ alarm: 'remind', at: this.reminders[0] })
    return alarms.sort((a, b) => a.at - b.at)
  }

  /** Something has rung, whatever it was: all that is due is done, or the first of it. */
  wake(now: number, most = Number.POSITIVE_INFINITY): void {
    const version = this.version
    if (this.seen(now) !== this.state && most > 0) this.#become('expired')
    const due = this.alarms().filter(({ at }) => at <= now)
    for (const { alarm } of due.slice(0, most)) this.#ring(alarm, now)
    if (this.version > version) this.changedAt = now
  }

  #ring(alarm: Alarm, now: number): void {
    if (alarm === 'cool') {
      this.hotUntil = null
      this.log.push('cooled')
    }
    if (alarm === 'remind') {
      this.reminders = this.reminders.filter(at => at > now)
      this.log.push('reminder-due')
    }
    if (alarm === 'nudge') {
      const every = this.#numbers.nudgeEvery ?? 0
      while (this.nudgeAt !== null && this.nudgeAt <= now) this.nudgeAt += every
      this.log.push('nudge-due')
    }
  }

  #become(state: State): void {
    this.state = state
    this.log.push(state === 'active' ? 'accepted' : state)
  }

  /** Whether the partner or the customer may do this now. */
  may({ do: what }: Pick<Act, 'do'>, now: number): boolean {
    const seen = this.seen(now)
    if (what === 'accept' || what === 'decline') return seen === 'new'
    if (what === 'extend') return seen === 'new' && this.extensionsLeft > 0
    if (what === 'reopen') return seen === 'expired' && now < this.reopenBy
    if (what === 'edit-deal' || what === 'win' || what === 'lose') return seen === 'active'
    return seen === 'new' || seen === 'active'
  }

  /** Whether it was done already, in the same words: then it is answered as the first time. */
  isRepeated(act: Act, version: number): boolean {
    if (act.do === 'extend') return version < this.version && this.extendedAt === this.changedAt
    if (act.do === 'reopen') return this.state === 'new' && this.log.includes('reopened')
    if (act.do === 'accept') return this.deal === act.deal && this.closesOn === act.closesOn
    if (act.do === 'edit-deal')
      return this.deal === act.deal && [undefined, this.closesOn].includes(act.closesOn)
    if (act.do === 'decline') return this.state === 'declined' && this.reason === act.reason
    if (act.do === 'lose') return this.state === 'lost' && this.reason === act.reason
    return act.do === 'win' && this.state === 'won'
  }

  act(act: Act, version: number, now: number): Answer {
    if (this.isRepeated(act, version)) return 'ok'
    if (!this.may(act, now)) return 'conflict'
    if (version !== this.version) return 'stale'
    if (act.do === 'remove-contact' && !this.contacts.includes(act.contact)) return 'unknown'
    this.#do(act, now)
    this.changedAt = now
    return 'ok'
  }

  #do(act: Act, now: number): void {
    const { remindBefore, extension, reopening } = this.#numbers
    if (act.do === 'accept') {
      this.deal = act.deal
      this.#close(act.closesOn)
      this.#become('active')
    } else if (act.do === 'edit-deal') {
      this.deal = act.deal
      if (act.closesOn !== undefined && act.closesOn !== this.closesOn) this.#close(act.closesOn)
      this.log.push('deal-edited')
    } else if (act.do === 'decline' || act.do === 'lose') {
      this.reason = act.reason
      this.#become(act.do === 'lose' ? 'lost' : 'declined')
    } else if (act.do === 'win') this.#become('won')
    else if (act.do === 'withdraw' || act.do === 'withdraw-all') this.#become('withdrawn')
    else if (act.do === 'add-contact') {
      this.contacts.push(act.contact)
      this.log.push('contact-added')
    } else if (act.do === 'remove-contact') {
      this.contacts = this.contacts.filter(contact => contact !== act.contact)
      this.log.push('contact-removed')
    } else if (act.do === 'extend') {
      const before = this.answerBy
      this.answerBy += extension.time
      this.reminders = remindersIn(Math.max(before, now), this.answerBy, [this.answerBy - remindBefore])
      this.extensionsLeft--
      this.extendedAt = now
      this.reopenBy = reopening ? this.answerBy + reopening.within : 0
      this.log.push('extended')
    } else {
      if (this.state === 'new') this.#become('expired')
      this.state = 'new'
      this.hotUntil = null
      this.answerBy = Math.floor(now / second) * second + (reopening?.answer ?? 0)
      this.reminders = []
      this.extensionsLeft = 0
      this.reopenBy = 0
      this.log.push('reopened')
    }
  }

  /** Asked again once the day of the close is over everywhere on earth. */
  #close(on: string): void {
    this.closesOn = on
    this.nudgeAt = this.#numbers.nudgeEvery && Date.parse(on) + 36 * hour
  }
}

const remindersIn = (start: number, end: number, wanted: readonly number[]): number[] =>
  [...new Set(wanted)].filter(at => at > start && at < end).sort((a, b) => a - b)

export class Desk {
  readonly referrals: readonly Referral[]
  rfiVersion = 1
  isWithdrawn = false

  constructor(referrals: readonly Referral[]) {
    this.referrals = referrals
  }

  copy(): Desk {
    const { rfiVersion, isWithdrawn } = this
    return Object.assign(new Desk(this.referrals.map(referral => referral.copy())), {
      rfiVersion,
      isWithdrawn,
    })
  }

  /** The version of what the customer sees: it rises with whatever happens. */
  get version(): number {
    return this.referrals.reduce((sum, { version }) => sum + version, this.rfiVersion)
  }

  act(on: number, act: Act, version: number, now: number): Answer {
    const referral = this.referrals[on]
    if (act.do === 'withdraw-all') return this.#withdrawAll(version, now)
    if (!referral) return 'unknown'
    if (act.do === 'reopen' && referral.may(act, now) && this.#isCustomerGone(referral)) return 'conflict'
    return referral.act(act, version, now)
  }

  #isCustomerGone(expired: Referral): boolean {
    return this.isWithdrawn || this.referrals.some(other => other !== expired && other.state === 'won')
  }

  #withdrawAll(version: number, now: number): Answer {
    if (this.isWithdrawn) return 'ok'
    const open = this.referrals.filter(referral => referral.may({ do: 'withdraw' }, now))
    const canComeBack = this.referrals.some(referral => referral.may({ do: 'reopen' }, now))
    if (open.length === 0 && !canComeBack) return 'conflict'
    if (version !== this.version) return 'stale'
    for (const referral of open) referral.act({ do: 'withdraw' }, referral.version, now)
    this.isWithdrawn = true
    this.rfiVersion++
    return 'ok'
  }
}

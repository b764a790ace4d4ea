/**
 * A model of an RFI and its referrals: the rules of the program in their simplest form. It shares no code with the
 * program, so that a fault of the program is not repeated here. Instants and lengths of time are in milliseconds.
 */
export const second = 1000
export const minute = 60 * second
export const hour = 60 * minute
export const day = 24 * hour

/** The numbers of the policy. */
export interface PolicyNumbers {
  readonly answer: number
  readonly hot: number
  readonly remindAfter: number
  readonly remindBefore: number
  readonly extension: { readonly time: number; readonly max: number }
  readonly reopening: { readonly within: number; readonly answer: number } | null
  readonly nudgeEvery: number | null
}

/** An action of a person on a referral. `withdraw-all` is the withdrawal of the RFI by the customer. */
export type Action =
  | { readonly do: 'accept'; readonly deal: string; readonly closesOn: string }
  | { readonly do: 'decline' | 'lose'; readonly reason: string }
  | { readonly do: 'edit-deal'; readonly deal: string; readonly closesOn?: string }
  | { readonly do: 'add-colleague' | 'remove-colleague'; readonly colleague: string }
  | { readonly do: 'extend' | 'reopen' | 'win' | 'withdraw' }
  | { readonly do: 'withdraw-all' }
export type ActionName = Action['do']

/** The response to an action: `stale` is a 412, `conflict` a 409, `unknown` a 404. */
export type Answer = 'ok' | 'stale' | 'conflict' | 'unknown'

type State = 'new' | 'active' | 'won' | 'lost' | 'declined' | 'expired' | 'withdrawn'
export type DeadlineName = 'expire' | 'cool' | 'remind' | 'nudge'

interface Due {
  readonly name: DeadlineName
  readonly at: number
}

export class ReferralModel {
  state: State = 'new'
  /** Event types in order, without their prefix. Their number is the version. */
  log = ['received']
  answerBy: number
  /** End of the hot time if the customer wants direct contact. */
  readonly hotUntil: number | null
  /** Like `hotUntil`, but null after the end of the hot time was recorded. */
  coolAt: number | null
  reminders: number[]
  extensionsLeft: number
  /** End of the time in which an expired referral can be reopened. */
  reopenBy: number
  nudgeAt: number | null = null
  deal = ''
  closesOn = ''
  reason = ''
  colleagues: string[] = []
  extendedAt = 0
  changedAt: number
  readonly #numbers: PolicyNumbers

  constructor(numbers: PolicyNumbers, receivedAt: number, isHot: boolean) {
    this.#numbers = numbers
    this.changedAt = receivedAt
    // Schedules have a precision of one second.
    const start = Math.floor(receivedAt / second) * second
    this.answerBy = start + numbers.answer
    this.hotUntil = isHot ? Math.min(start + numbers.hot, this.answerBy) : null
    this.coolAt = this.hotUntil
    this.reminders = remindersIn(start, this.answerBy, [
      start + numbers.remindAfter,
      this.answerBy - numbers.remindBefore,
    ])
    this.extensionsLeft = numbers.extension.max
    this.reopenBy = numbers.reopening ? this.answerBy + numbers.reopening.within : 0
  }

  get version(): number {
    return this.log.length
  }

  copy(): ReferralModel {
    const copy = new ReferralModel(this.#numbers, 0, false)
    return Object.assign(copy, this, {
      log: [...this.log],
      reminders: [...this.reminders],
      colleagues: [...this.colleagues],
    })
  }

  /** Returns the state that every reader must see, whether or not a timer has fired. */
  seen(now: number): State {
    return this.state === 'new' && this.answerBy <= now ? 'expired' : this.state
  }

  /** Returns true while the view of the partner must show that the customer waits for a call. */
  isHot(now: number): boolean {
    const seen = this.seen(now)
    return this.hotUntil !== null && now < this.hotUntil && (seen === 'new' || seen === 'active')
  }

  get stage(): 'inbox' | 'active' | 'archived' {
    if (this.state === 'new') return 'inbox'
    return this.state === 'active' ? 'active' : 'archived'
  }

  /** Returns the deadlines in order of time. */
  deadlines(): Due[] {
    if (this.state === 'active') return this.nudgeAt === null ? [] : [{ name: 'nudge', at: this.nudgeAt }]
    if (this.state !== 'new') return []
    const deadlines: Due[] = [{ name: 'expire', at: this.answerBy }]
    if (this.coolAt !== null && this.coolAt < this.answerBy) deadlines.push({ name: 'cool', at: this.coolAt })
    if (this.reminders[0] !== undefined) deadlines.push({ name: 'remind', at: this.reminders[0] })
    return deadlines.sort((a, b) => a.at - b.at)
  }

  /**
   * Executes all deadlines that are due, as a timer of any of them does.
   * @param limit number of deadlines that are executed before another action runs
   */
  executeDueDeadlines(now: number, limit = Number.POSITIVE_INFINITY): void {
    const version = this.version
    if (this.seen(now) !== this.state && limit > 0) this.#become('expired')
    const due = this.deadlines().filter(({ at }) => at <= now)
    for (const { name } of due.slice(0, limit)) this.#meet(name, now)
    if (this.version > version) this.changedAt = now
  }

  #meet(name: DeadlineName, now: number): void {
    if (name === 'cool') {
      this.coolAt = null
      this.log.push('cooled')
    }
    if (name === 'remind') {
      this.reminders = this.reminders.filter(at => at > now)
      this.log.push('reminder-due')
    }
    if (name === 'nudge') {
      const every = this.#numbers.nudgeEvery ?? 0
      while (this.nudgeAt !== null && this.nudgeAt <= now) this.nudgeAt += every
      this.log.push('nudge-due')
    }
  }

  #become(state: State): void {
    this.state = state
    this.log.push(state === 'active' ? 'accepted' : state)
  }

  /** Returns true if the partner or the customer is allowed to execute the action now. */
  may(name: ActionName, now: number): boolean {
    const seen = this.seen(now)
    switch (name) {
      case 'accept':
      case 'decline':
        return seen === 'new'
      case 'extend':
        return seen === 'new' && this.extensionsLeft > 0
      case 'reopen':
        return seen === 'expired' && now < this.reopenBy
      case 'edit-deal':
      case 'win':
      case 'lose':
        return seen === 'active'
      case 'add-colleague':
      case 'remove-colleague':
      case 'withdraw':
      case 'withdraw-all':
        return seen === 'new' || seen === 'active'
    }
  }

  /** Returns true if the action was executed before with the same content. It then gets the same response again. */
  isRepeated(action: Action, version: number): boolean {
    switch (action.do) {
      case 'extend':
        return version < this.version && this.extendedAt === this.changedAt
      case 'reopen':
        return this.state === 'new' && this.log.includes('reopened')
      case 'accept':
        return this.deal === action.deal && this.closesOn === action.closesOn
      case 'edit-deal':
        return this.deal === action.deal && [undefined, this.closesOn].includes(action.closesOn)
      case 'decline':
        return this.state === 'declined' && this.reason === action.reason
      case 'lose':
        return this.state === 'lost' && this.reason === action.reason
      case 'win':
        return this.state === 'won'
      case 'add-colleague':
      case 'remove-colleague':
      case 'withdraw':
      case 'withdraw-all':
        return false
    }
  }

  act(action: Action, version: number, now: number): Answer {
    if (this.isRepeated(action, version)) return 'ok'
    if (!this.may(action.do, now)) return 'conflict'
    if (version !== this.version) return 'stale'
    if (action.do === 'remove-colleague' && !this.colleagues.includes(action.colleague)) return 'unknown'
    this.#apply(action, now)
    this.changedAt = now
    return 'ok'
  }

  #apply(action: Action, now: number): void {
    switch (action.do) {
      case 'accept':
        this.deal = action.deal
        this.#expectClose(action.closesOn)
        this.#become('active')
        break
      case 'edit-deal':
        this.deal = action.deal
        if (action.closesOn !== undefined && action.closesOn !== this.closesOn)
          this.#expectClose(action.closesOn)
        this.log.push('deal-edited')
        break
      case 'decline':
        this.reason = action.reason
        this.#become('declined')
        break
      case 'lose':
        this.reason = action.reason
        this.#become('lost')
        break
      case 'win':
        this.#become('won')
        break
      case 'withdraw':
      case 'withdraw-all':
        this.#become('withdrawn')
        break
      case 'add-colleague':
        this.colleagues.push(action.colleague)
        this.log.push('contact-added')
        break
      case 'remove-colleague':
        this.colleagues = this.colleagues.filter(colleague => colleague !== action.colleague)
        this.log.push('contact-removed')
        break
      case 'extend':
        this.#extend(now)
        break
      case 'reopen':
        this.#reopen(now)
        break
      default:
        action satisfies never
    }
  }

  #extend(now: number): void {
    const { remindBefore, extension, reopening } = this.#numbers
    const before = this.answerBy
    this.answerBy += extension.time
    this.reminders = remindersIn(Math.max(before, now), this.answerBy, [this.answerBy - remindBefore])
    this.extensionsLeft--
    this.extendedAt = now
    this.reopenBy = reopening ? this.answerBy + reopening.within : 0
    this.log.push('extended')
  }

  #reopen(now: number): void {
    if (this.state === 'new') this.#become('expired')
    this.state = 'new'
    this.coolAt = null
    this.answerBy = Math.floor(now / second) * second + (this.#numbers.reopening?.answer ?? 0)
    this.reminders = []
    this.extensionsLeft = 0
    this.reopenBy = 0
    this.log.push('reopened')
  }

  /** Sets the close date and the first nudge, which is due when the date has passed in every time zone. */
  #expectClose(on: string): void {
    this.closesOn = on
    this.nudgeAt = this.#numbers.nudgeEvery && Date.parse(on) + 36 * hour
  }
}

const remindersIn = (start: number, end: number, candidates: readonly number[]): number[] =>
  [...new Set(candidates)].filter(at => at > start && at < end).sort((a, b) => a - b)

export class RfiModel {
  readonly referrals: readonly ReferralModel[]
  rfiVersion = 1
  isWithdrawn = false

  constructor(referrals: readonly ReferralModel[]) {
    this.referrals = referrals
  }

  copy(): RfiModel {
    const { rfiVersion, isWithdrawn } = this
    return Object.assign(new RfiModel(this.referrals.map(referral => referral.copy())), {
      rfiVersion,
      isWithdrawn,
    })
  }

  /** Version for the customer: each change of the RFI and of its referrals raises it. */
  get version(): number {
    return this.referrals.reduce((sum, { version }) => sum + version, this.rfiVersion)
  }

  act(on: number, action: Action, version: number, now: number): Answer {
    const referral = this.referrals[on]
    if (action.do === 'withdraw-all') return this.#withdrawAll(version, now)
    if (!referral) return 'unknown'
    if (action.do === 'reopen' && referral.may('reopen', now) && this.#isCustomerGone(referral))
      return 'conflict'
    return referral.act(action, version, now)
  }

  #isCustomerGone(expired: ReferralModel): boolean {
    return this.isWithdrawn || this.referrals.some(other => other !== expired && other.state === 'won')
  }

  #withdrawAll(version: number, now: number): Answer {
    if (this.isWithdrawn) return 'ok'
    const open = this.referrals.filter(referral => referral.may('withdraw', now))
    const canReopen = this.referrals.some(referral => referral.may('reopen', now))
    if (open.length === 0 && !canReopen) return 'conflict'
    if (version !== this.version) return 'stale'
    for (const referral of open) referral.act({ do: 'withdraw' }, referral.version, now)
    this.isWithdrawn = true
    this.rfiVersion++
    return 'ok'
  }
}

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
  readonly maxNudges: number
  /** Time in which an answer can be undone. */
  readonly undo: number
  /** Time in which a choice can be changed. */
  readonly changeable: number
  /** Time in which the customer is asked about a reported win. */
  readonly winQuestion: number
}

/** An action of a customer on the RFI. All but `withdraw-all` and `choose-other` name a referral. */
export type RfiAction =
  | { readonly do: 'withdraw-all' | 'choose' | 'reopen-rfi' | 'deny-win' | 'dismiss' }
  | { readonly do: 'choose-other'; readonly outcome: 'elsewhere' | 'none' }

/** An action of a partner or the operator on a referral. */
export type ReferralAction =
  | { readonly do: 'accept'; readonly deal: string; readonly closesOn: string }
  | { readonly do: 'decline' | 'lose'; readonly reason: string }
  | { readonly do: 'edit-deal'; readonly deal: string; readonly closesOn?: string }
  | { readonly do: 'add-colleague' | 'remove-colleague'; readonly colleague: string }
  | { readonly do: 'extend' | 'reopen' | 'win' | 'withdraw' | 'show-contact' | 'resume' }
  | { readonly do: 'undo' }
export type Action = ReferralAction | RfiAction

const rfiActions: Readonly<Record<RfiAction['do'], true>> = {
  'withdraw-all': true,
  choose: true,
  'choose-other': true,
  'reopen-rfi': true,
  'deny-win': true,
  dismiss: true,
}
export const isOnRfi = (action: Action): action is RfiAction => action.do in rfiActions

/** The response to an action: `stale` is a 412, `conflict` a 409, `unknown` a 404. */
export type Answer = 'ok' | 'stale' | 'conflict' | 'unknown'

type State = 'new' | 'active' | 'won' | 'lost' | 'declined' | 'expired' | 'withdrawn' | 'superseded'
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
  nudges = 0
  isContactShown = false
  /** End of the time in which the last answer can be undone. */
  undoBy = 0
  endedAt = 0
  deniedAt: number | null = null
  /** The choice of the customer that the partner knows. */
  choice: 'this' | 'other' | 'open' | null = null
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

  /** Returns true if the partner sees the contact details of the customer. */
  get isContactVisible(): boolean {
    const isAccepted = this.state === 'active' || this.state === 'won' || this.state === 'lost'
    return isAccepted || this.isContactShown || this.hotUntil !== null
  }

  /** Returns true if the customer was asked about the win of this partner at an instant. */
  isWinAsked(at: number): boolean {
    const isDenied = this.deniedAt !== null && this.deniedAt < at
    const { winQuestion } = this.#numbers
    return this.state === 'won' && !isDenied && this.endedAt <= at && at < this.endedAt + winQuestion
  }

  /**
   * Executes all deadlines that are due, as a timer of any of them does.
   * @param isNeutral true if an expiry counts for nobody
   * @param limit number of deadlines that are executed before another action runs
   */
  executeDueDeadlines(now: number, isNeutral: boolean, limit = Number.POSITIVE_INFINITY): void {
    const version = this.version
    if (this.seen(now) !== this.state && limit > 0) this.#expire(isNeutral)
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
      this.#skipNudges(now)
      this.nudges++
      if (this.nudges >= this.#numbers.maxNudges) this.nudgeAt = null
      this.log.push('nudge-due')
    }
  }

  /** Moves the next nudge into the future. */
  #skipNudges(now: number): void {
    const every = this.#numbers.nudgeEvery ?? 0
    while (this.nudgeAt !== null && this.nudgeAt <= now) this.nudgeAt += every
  }

  #expire(isNeutral: boolean): void {
    this.state = 'expired'
    this.log.push(isNeutral ? 'expired neutral' : 'expired')
  }

  #become(state: State): void {
    this.state = state
    this.log.push(state === 'active' ? 'accepted' : state)
  }

  /** Returns true if the partner or the customer is allowed to execute the action now. */
  may(name: ReferralAction['do'], now: number): boolean {
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
        return seen === 'new' || seen === 'active'
      case 'show-contact':
        return seen === 'new' && !this.isContactVisible
      case 'resume':
        return seen === 'won' && this.deniedAt !== null
      case 'undo':
        return now < this.undoBy && (seen === 'declined' || seen === 'won' || seen === 'lost')
    }
  }

  /** Returns true if the action was executed before with the same content. It then gets the same response again. */
  isRepeated(action: ReferralAction, version: number): boolean {
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
        return this.state === 'won' && this.deniedAt === null
      case 'show-contact':
        return this.isContactVisible
      case 'add-colleague':
        return this.colleagues.includes(action.colleague)
      case 'remove-colleague':
      case 'withdraw':
      case 'undo':
      case 'resume':
        return false
    }
  }

  /** @param isNeutral true if an expiry that the action records counts for nobody */
  act(action: ReferralAction, version: number, now: number, isNeutral = false): Answer {
    if (this.isRepeated(action, version)) return 'ok'
    if (!this.may(action.do, now)) return 'conflict'
    if (version !== this.version) return 'stale'
    if (action.do === 'remove-colleague' && !this.colleagues.includes(action.colleague)) return 'unknown'
    this.#apply(action, now, isNeutral)
    this.changedAt = now
    return 'ok'
  }

  #apply(action: ReferralAction, now: number, isNeutral: boolean): void {
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
        this.#end('declined', now)
        this.undoBy = Math.min(this.undoBy, this.answerBy)
        break
      case 'lose':
        this.reason = action.reason
        this.#end('lost', now)
        break
      case 'win':
        this.#end('won', now)
        break
      case 'withdraw':
        this.#become('withdrawn')
        break
      case 'show-contact':
        this.isContactShown = true
        this.log.push('contact-shown')
        break
      case 'undo':
        this.state = this.state === 'declined' ? 'new' : 'active'
        this.undoBy = 0
        this.log.push('answer-undone')
        break
      case 'resume':
        this.state = 'active'
        this.deniedAt = null
        this.#skipNudges(now)
        this.log.push('resumed')
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
        this.#reopen(now, isNeutral)
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

  #end(state: 'declined' | 'won' | 'lost', now: number): void {
    this.#become(state)
    this.endedAt = now
    this.undoBy = now + this.#numbers.undo
  }

  supersede(now: number): void {
    this.#become('superseded')
    this.choice = 'other'
    this.changedAt = now
  }

  reinstate(now: number): void {
    const { answer, remindAfter, remindBefore, reopening } = this.#numbers
    const start = Math.floor(now / second) * second
    this.state = 'new'
    this.answerBy = start + answer
    this.reminders = remindersIn(start, this.answerBy, [start + remindAfter, this.answerBy - remindBefore])
    this.extensionsLeft = 0
    if (this.coolAt !== null && this.coolAt <= now) this.coolAt = null
    this.reopenBy = reopening && !this.log.includes('reopened') ? this.answerBy + reopening.within : 0
    this.choice = null
    this.log.push('reinstated')
    this.changedAt = now
  }

  /** Tells the partner the choice of the customer. A lost deal no longer needs it, unless the loss can be undone. */
  note(choice: 'this' | 'other' | 'open', now: number): void {
    const isInterested =
      this.state === 'active' || this.state === 'won' || (this.state === 'lost' && now < this.undoBy)
    if (!isInterested || this.choice === choice) return
    this.choice = choice
    this.log.push('choice-noted')
    this.changedAt = now
  }

  deny(now: number): void {
    this.deniedAt = now
    if (this.choice === 'this') this.choice = 'open'
    this.undoBy = 0
    this.log.push('win-denied')
    this.changedAt = now
  }

  confirm(now: number): void {
    this.deniedAt = null
    this.choice = 'this'
    this.log.push('win-confirmed')
    this.changedAt = now
  }

  #reopen(now: number, isNeutral: boolean): void {
    if (this.state === 'new') this.#expire(isNeutral)
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
    const { nudgeEvery, maxNudges } = this.#numbers
    this.closesOn = on
    this.nudges = 0
    this.nudgeAt = nudgeEvery && maxNudges > 0 ? Date.parse(on) + 36 * hour : null
  }
}

const remindersIn = (start: number, end: number, candidates: readonly number[]): number[] =>
  [...new Set(candidates)].filter(at => at > start && at < end).sort((a, b) => a - b)

/** The choice of the customer: a referral, or null for another end. */
interface ChoiceModel {
  readonly outcome: 'partner' | 'elsewhere' | 'none'
  readonly on: number | null
  readonly firstAt: number
}

export class RfiModel {
  readonly referrals: readonly ReferralModel[]
  readonly #numbers: PolicyNumbers
  rfiVersion = 1
  isWithdrawn = false
  choice: ChoiceModel | null = null
  /** Instant from which the time for changes counts. */
  firstAt = Number.NEGATIVE_INFINITY

  constructor(numbers: PolicyNumbers, referrals: readonly ReferralModel[]) {
    this.#numbers = numbers
    this.referrals = referrals
  }

  copy(): RfiModel {
    const { rfiVersion, isWithdrawn, choice, firstAt } = this
    const copy = new RfiModel(
      this.#numbers,
      this.referrals.map(referral => referral.copy()),
    )
    return Object.assign(copy, { rfiVersion, isWithdrawn, choice, firstAt })
  }

  /** Version for the customer: each change of the RFI and of its referrals raises it. */
  get version(): number {
    return this.referrals.reduce((sum, { version }) => sum + version, this.rfiVersion)
  }

  status(now: number): string {
    if (this.isWithdrawn) return 'withdrawn'
    if (this.choice) return 'decided'
    const isAnyOpen = this.referrals.some(referral => ['new', 'active'].includes(referral.seen(now)))
    return isAnyOpen ? 'open' : 'closed'
  }

  act(on: number, action: Action, version: number, now: number): Answer {
    const referral = this.referrals[on]
    if (!referral) return 'unknown'
    if (isOnRfi(action)) return this.#actOnRfi(on, referral, action, version, now)
    if (this.#isRefused(referral, action, now)) return 'conflict'
    return referral.act(action, version, now, this.#isNeutral(referral))
  }

  /** @param limit number of deadlines that are executed before another action runs */
  executeDueDeadlines(on: number, now: number, limit?: number): void {
    const referral = this.referrals[on]
    referral?.executeDueDeadlines(now, this.#isNeutral(referral), limit)
  }

  /** Returns true if the customer was asked about the win of another partner at the deadline of a referral. */
  #isNeutral(referral: ReferralModel): boolean {
    const at = referral.answerBy
    if (this.choice && this.choice.firstAt < at) return false
    return this.referrals.some(other => other !== referral && other.isWinAsked(at))
  }

  /** Returns true if the customer no longer needs the partner that wants to make its referral open again. */
  #isRefused(referral: ReferralModel, action: ReferralAction, now: number): boolean {
    if (action.do !== 'reopen' && action.do !== 'undo' && action.do !== 'resume') return false
    if (!referral.may(action.do, now)) return false
    const isWorked = action.do !== 'reopen' && referral.state !== 'declined'
    return this.isWithdrawn || (this.choice !== null && !isWorked)
  }

  #actOnRfi(on: number, referral: ReferralModel, action: RfiAction, version: number, now: number): Answer {
    switch (action.do) {
      case 'withdraw-all':
        return this.#withdrawAll(version, now)
      case 'choose':
        return this.#choose({ outcome: 'partner', on, firstAt: now }, version, now)
      case 'choose-other':
        return this.#choose({ outcome: action.outcome, on: null, firstAt: now }, version, now)
      case 'reopen-rfi':
        return this.#reopen(referral, version, now)
      case 'deny-win':
        if (referral.state !== 'won') return 'conflict'
        if (referral.deniedAt !== null) return 'ok'
        return this.#deny(on, referral, version, now)
      case 'dismiss':
        if (referral.state === 'withdrawn') return 'ok'
        if (!referral.may('withdraw', now)) return 'conflict'
        return version === this.version ? referral.act({ do: 'withdraw' }, referral.version, now) : 'stale'
    }
  }

  #choose(wanted: ChoiceModel, version: number, now: number): Answer {
    const { choice } = this
    if (choice && choice.outcome === wanted.outcome && choice.on === wanted.on) return 'ok'
    if (this.isWithdrawn) return 'conflict'
    const chosen = wanted.on === null ? undefined : this.referrals[wanted.on]
    if (chosen && chosen.state !== 'active' && chosen.state !== 'won') return 'conflict'
    if (choice && !this.#isChangeable(choice, now)) return 'conflict'
    if (version !== this.version) return 'stale'
    this.#record(wanted, now)
    for (const referral of this.referrals) {
      if (referral === chosen && referral.deniedAt !== null && referral.state === 'won') referral.confirm(now)
      else if (referral !== chosen && referral.seen(now) === 'new') referral.supersede(now)
      else referral.note(referral === chosen ? 'this' : 'other', now)
    }
    return 'ok'
  }

  #record(wanted: ChoiceModel, now: number): void {
    if (now >= this.firstAt + this.#numbers.changeable) this.firstAt = now
    this.choice = { ...wanted, firstAt: this.firstAt }
    this.rfiVersion++
  }

  #isChangeable({ on, firstAt }: ChoiceModel, now: number): boolean {
    const state = on === null ? undefined : this.referrals[on]?.state
    return now < firstAt + this.#numbers.changeable || state === 'lost' || state === 'withdrawn'
  }

  #reopen(referral: ReferralModel, version: number, now: number): Answer {
    const { choice } = this
    if (!choice && referral.state === 'new') return 'ok'
    if (this.isWithdrawn || (choice && !this.#isChangeable(choice, now))) return 'conflict'
    if (referral.state !== 'superseded') return 'conflict'
    if (version !== this.version) return 'stale'
    referral.reinstate(now)
    this.#takeBack(referral, now)
    return 'ok'
  }

  #deny(on: number, referral: ReferralModel, version: number, now: number): Answer {
    const isConfirmed = this.choice?.on === on
    if (this.choice && isConfirmed && !this.#isChangeable(this.choice, now)) return 'conflict'
    if (version !== this.version) return 'stale'
    referral.deny(now)
    if (isConfirmed) this.#takeBack(referral, now)
    return 'ok'
  }

  #takeBack(changed: ReferralModel, now: number): void {
    this.choice = null
    this.rfiVersion++
    for (const other of this.referrals)
      if (other !== changed && other.choice !== null) other.note('open', now)
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

/**
 * One virtual clock for the whole local cloud: real time plus an offset that only grows.
 * An advance steps to each due instant in order and waits until all work that it causes is done. Requests from outside
 * wait until the advance ends, so that an advance ends under any load.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Collection } from './state.ts'

export interface Fired {
  readonly name: string
  /** ISO 8601, virtual. */
  readonly at: string
  readonly source: string
}

/** A part of the local cloud that has timed or running work. */
export interface ClockSource {
  /** Virtual epoch milliseconds at which the next work is due. */
  nextDue(): number | undefined
  /** Starts all work that is due at or before `now`. */
  runDue(now: number): Fired[]
  /** Fetches work that is already waiting, such as unread records of a stream. */
  drain?(): Promise<void>
  /** True when no work is running. */
  isIdle(): boolean
}

/** Longest timer, in ms. Node's limit is 2^31 - 1 ms. */
const maxSleepMs = 60_000
const settlePollMs = 2
const offsetKey = 'offset'

export class VirtualClock {
  readonly #sources: ClockSource[] = []
  readonly #offsetListeners: ((offsetMs: number) => void)[] = []
  readonly #store: Collection<number> | undefined
  #offset: number
  #horizon: number | undefined
  #advances: Promise<unknown> = Promise.resolve()
  #pokes = 0
  #arming: NodeJS.Immediate | undefined
  #timer: NodeJS.Timeout | undefined
  #closed = false

  /**
   * @param store keeps the offset, so that time does not go back at a restart
   * @param firstOffset milliseconds, used when the store is empty; a negative offset begins in the past
   */
  constructor(store?: Collection<number>, firstOffset = 0) {
    this.#store = store
    this.#offset = store?.get(offsetKey) ?? firstOffset
  }

  /** Virtual epoch milliseconds. */
  now(): number {
    return Date.now() + this.#offset
  }

  /** Virtual time minus real time, in milliseconds. */
  get offset(): number {
    return this.#offset
  }

  /** End of the advance that is running, or of the journey that it is part of; the present without an advance. */
  get horizon(): number {
    return this.#horizon ?? this.now()
  }

  register(source: ClockSource): void {
    this.#sources.push(source)
    this.poke()
  }

  /** Must be called when a source has a new due instant or new work. */
  poke(): void {
    this.#pokes++
    if (this.#closed) return
    this.#arming ??= setImmediate(() => this.#arm())
  }

  /** Calls the listener at each change of the offset. */
  onOffset(listener: (offsetMs: number) => void): void {
    this.#offsetListeners.push(listener)
  }

  /**
   * Moves time forward by `ms`. Resolves when all work has settled, with everything that fired on the way.
   * @param towards end of a journey of several advances. Recurring schedules fire once at its end, as within one
   *   advance, and between the advances no work is started by real time.
   */
  advance(ms: number, towards = 0): Promise<Fired[]> {
    if (!(ms >= 0)) return Promise.reject(new RangeError('The clock moves forward only'))
    const advance = this.#advances.then(() => this.#advance(ms, towards))
    this.#advances = advance.catch(() => {})
    return advance
  }

  /** Resolves when no advance is running or waiting. */
  async still(): Promise<void> {
    for (let last: unknown; last !== this.#advances; ) {
      last = this.#advances
      await last
    }
  }

  /** Resolves when every source is idle and draining all of them brings no new work. */
  async settled(): Promise<void> {
    while (!this.#closed) {
      while (!this.#isIdle()) await sleep(settlePollMs)
      const pokes = this.#pokes
      await Promise.all(this.#sources.map(source => source.drain?.()))
      if (this.#isIdle() && this.#pokes === pokes) return
    }
  }

  close(): void {
    this.#closed = true
    clearImmediate(this.#arming)
    clearTimeout(this.#timer)
  }

  async #advance(ms: number, towards: number): Promise<Fired[]> {
    const target = this.now() + ms
    const fired: Fired[] = []
    this.#horizon = Math.max(target, towards)
    clearTimeout(this.#timer)
    try {
      await this.settled()
      for (let due = this.#dueBy(target); due !== undefined; due = this.#dueBy(target)) {
        this.#moveTo(due)
        fired.push(...this.#runDue())
        await this.settled()
      }
      this.#moveTo(target)
    } finally {
      this.#horizon = towards > target ? towards : undefined
      this.poke()
    }
    return fired
  }

  /** The next due instant up to `target`, or up to now if settling took longer than that. */
  #dueBy(target: number): number | undefined {
    const due = this.#nextDue()
    return due !== undefined && due <= Math.max(target, this.now()) ? due : undefined
  }

  #moveTo(instant: number): void {
    const offset = instant - Date.now()
    if (offset <= this.#offset) return
    this.#offset = offset
    this.#store?.set(offsetKey, offset)
    for (const listener of this.#offsetListeners) listener(offset)
  }

  #nextDue(): number | undefined {
    const due = this.#sources.map(source => source.nextDue()).filter(instant => instant !== undefined)
    return due.length > 0 ? Math.min(...due) : undefined
  }

  #runDue(): Fired[] {
    const now = this.now()
    return this.#sources.flatMap(source => source.runDue(now))
  }

  #isIdle(): boolean {
    return this.#sources.every(source => source.isIdle())
  }

  /** Sets the timer for the next due instant in real time. No timer is set during an advance or a journey. */
  #arm(): void {
    this.#arming = undefined
    clearTimeout(this.#timer)
    if (this.#closed || this.#horizon !== undefined) return
    const due = this.#nextDue()
    if (due === undefined) return
    const wait = Math.min(Math.max(due - this.now(), 0), maxSleepMs)
    this.#timer = setTimeout(() => {
      this.#runDue()
      this.poke()
    }, wait).unref()
  }
}

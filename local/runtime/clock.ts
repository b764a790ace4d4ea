/**
 * One virtual clock for the whole local cloud: real time plus an offset that only grows.
 * An advance moves to each due instant in order and waits until all work of that instant is done. HTTP requests wait until
 * the advance has ended, so that an advance ends under any load.
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
  /** Starts all work that is due at or before `now`, in virtual epoch milliseconds. */
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
  #targetTime: number | undefined
  #advances: Promise<unknown> = Promise.resolve()
  #notifications = 0
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

  /** Target of the running advance, or end of the series that it belongs to; without an advance, the current time. */
  get targetTime(): number {
    return this.#targetTime ?? this.now()
  }

  register(source: ClockSource): void {
    this.#sources.push(source)
    this.notify()
  }

  /** Sources must call this when they have a new due instant or new work. */
  notify(): void {
    this.#notifications++
    if (this.#closed) return
    this.#arming ??= setImmediate(() => this.#arm())
  }

  /** Registers a listener for changes of the offset. */
  onOffset(listener: (offsetMs: number) => void): void {
    this.#offsetListeners.push(listener)
  }

  /**
   * Moves the virtual time forward by `ms`. Resolves when no work is running any more, with the timers and schedules that
   * fired.
   * @param seriesEnd end of a series of advances that behaves like one advance, in virtual epoch milliseconds: recurring
   *   schedules fire once, at its end, and between its advances real time starts no work
   */
  advance(ms: number, seriesEnd = 0): Promise<Fired[]> {
    if (!(ms >= 0))
      return Promise.reject(
        new RangeError('Invalid duration. Expected a number of milliseconds of at least 0'),
      )
    const advance = this.#advances.then(() => this.#advance(ms, seriesEnd))
    this.#advances = advance.catch(() => {})
    return advance
  }

  /** Resolves when no advance is running or waiting. */
  async whenStopped(): Promise<void> {
    for (let last: unknown; last !== this.#advances; ) {
      last = this.#advances
      await last
    }
  }

  /** Resolves when every source is idle and `drain` adds no new work. */
  async settled(): Promise<void> {
    while (!this.#closed) {
      while (!this.#isIdle()) await sleep(settlePollMs)
      const notifications = this.#notifications
      await Promise.all(this.#sources.map(source => source.drain?.()))
      if (this.#isIdle() && this.#notifications === notifications) return
    }
  }

  close(): void {
    this.#closed = true
    clearImmediate(this.#arming)
    clearTimeout(this.#timer)
  }

  async #advance(ms: number, seriesEnd: number): Promise<Fired[]> {
    const target = this.now() + ms
    const fired: Fired[] = []
    this.#targetTime = Math.max(target, seriesEnd)
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
      this.#targetTime = seriesEnd > target ? seriesEnd : undefined
      this.notify()
    }
    return fired
  }

  /** Returns the next due instant up to `target`, or up to now if real time has passed `target` during the work. */
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

  /** Sets the timer for the next due instant in real time. No timer is set during an advance or a series of advances. */
  #arm(): void {
    this.#arming = undefined
    clearTimeout(this.#timer)
    if (this.#closed || this.#targetTime !== undefined) return
    const due = this.#nextDue()
    if (due === undefined) return
    const wait = Math.min(Math.max(due - this.now(), 0), maxSleepMs)
    this.#timer = setTimeout(() => {
      this.#runDue()
      this.notify()
    }, wait).unref()
  }
}

/**
 * One virtual clock for the whole local cloud: real time plus an offset that only grows.
 * An advance steps to each due instant in order and lets its consequences settle before the next; whoever
 * acts from outside waits until time stands still again, so that no load can keep an advance from ending.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Collection } from './state.ts'

export interface Fired {
  readonly name: string
  /** ISO 8601, virtual. */
  readonly at: string
  readonly source: string
}

/** Something of the local cloud in which work falls due or is going on. */
export interface ClockSource {
  /** Virtual epoch milliseconds of the next thing that falls due. */
  nextDue(): number | undefined
  /** Starts all that is due at or before `now`. */
  runDue(now: number): Fired[]
  /** Pulls in what is already there, such as unread records of a stream. */
  drain?(): Promise<void>
  /** Whether nothing is being worked on right now. */
  isIdle(): boolean
}

/** A timer of Node holds at most 2^31 - 1 ms; looking up more often than that costs nothing. */
const longestSleep = 60_000
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
   * @param store keeps the offset, so that a restart does not fall back in time
   * @param firstOffset milliseconds, where nothing is kept; a negative one begins in the past
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

  /** Where an advance under way, or the journey that it is a part of, will end; else now. */
  get horizon(): number {
    return this.#horizon ?? this.now()
  }

  register(source: ClockSource): void {
    this.#sources.push(source)
    this.poke()
  }

  /** Says that a source has a new due instant, or that new work came in. */
  poke(): void {
    this.#pokes++
    if (this.#closed) return
    this.#arming ??= setImmediate(() => this.#arm())
  }

  /** Told of each change of the offset, so that others can shift their time. */
  onOffset(listener: (offsetMs: number) => void): void {
    this.#offsetListeners.push(listener)
  }

  /**
   * Moves time forward by `ms`; resolves, with all that fired on the way, once it has settled.
   * @param towards instant of a journey's end, when this advance is one of several that lead there: what recurs
   *   is passed over until then, as within one advance, and real time sets nothing off in between
   */
  advance(ms: number, towards = 0): Promise<Fired[]> {
    if (!(ms >= 0)) return Promise.reject(new RangeError('The clock moves forward only'))
    const advance = this.#advances.then(() => this.#advance(ms, towards))
    this.#advances = advance.catch(() => {})
    return advance
  }

  /** Resolves when no advance is under way or waiting for its turn. */
  async still(): Promise<void> {
    for (let last: unknown; last !== this.#advances; ) {
      last = this.#advances
      await last
    }
  }

  /** Resolves when every source is idle and a pass of draining them all has brought nothing new. */
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

  /** The next due instant up to `target`, or up to now where settling took time past it. */
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

  /** In real time, wakes when the next thing falls due; an advance or a journey does its own waking. */
  #arm(): void {
    this.#arming = undefined
    clearTimeout(this.#timer)
    if (this.#closed || this.#horizon !== undefined) return
    const due = this.#nextDue()
    if (due === undefined) return
    const wait = Math.min(Math.max(due - this.now(), 0), longestSleep)
    this.#timer = setTimeout(() => {
      this.#runDue()
      this.poke()
    }, wait).unref()
  }
}

import { setImmediate } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type ClockSource, type Fired, VirtualClock } from '../../../local/runtime/clock.ts'
import { State } from '../../../local/runtime/state.ts'

const hour = 3_600_000

// Real time stands still unless a test moves it.
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] })
})
afterEach(() => {
  vi.useRealTimers()
})
const passReal = (ms: number) => vi.setSystemTime(Date.now() + ms)

/** A clock source that fires each instant once. `onFire` may add instants. */
class Alarm implements ClockSource {
  readonly pending: number[] = []
  readonly fired: number[] = []
  busy = 0
  onFire: (instant: number) => void = () => {}

  nextDue() {
    return this.pending.toSorted((a, b) => a - b)[0]
  }

  runDue(now: number): Fired[] {
    const due = this.pending.filter(instant => instant <= now).sort((a, b) => a - b)
    return due.map(instant => {
      this.pending.splice(this.pending.indexOf(instant), 1)
      this.fired.push(instant)
      this.onFire(instant)
      return { name: 'alarm', at: new Date(instant).toISOString(), source: 'test' }
    })
  }

  isIdle() {
    return this.busy === 0
  }
}

const clockWith = (...sources: ClockSource[]) => {
  const clock = new VirtualClock()
  for (const source of sources) clock.register(source)
  return clock
}

describe('advance', () => {
  it('fires the instants of all sources in order, up to its target', async () => {
    const [first, second] = [new Alarm(), new Alarm()]
    const clock = clockWith(first, second)
    const start = clock.now()
    const order: number[] = []
    for (const alarm of [first, second]) alarm.onFire = instant => order.push(instant)
    first.pending.push(start + 3 * hour, start + hour)
    second.pending.push(start + 2 * hour, start + 5 * hour)
    const fired = await clock.advance(4 * hour)
    expect(order).toEqual([start + hour, start + 2 * hour, start + 3 * hour])
    expect(fired).toHaveLength(3)
    expect(second.pending).toEqual([start + 5 * hour])
    expect(clock.now() - start).toBe(4 * hour)
    clock.close()
  })

  it('sets now to the instant of the firing and the targetTime to the target', async () => {
    const alarm = new Alarm()
    const clock = clockWith(alarm)
    const start = clock.now()
    alarm.pending.push(start + hour)
    let seen = { now: 0, targetTime: 0 }
    alarm.onFire = () => {
      seen = { now: clock.now(), targetTime: clock.targetTime }
    }
    await clock.advance(2 * hour)
    expect(seen).toEqual({ now: start + hour, targetTime: start + 2 * hour })
    clock.close()
  })

  it('waits for work started by a firing before the next firing', async () => {
    const alarm = new Alarm()
    const clock = clockWith(alarm)
    const start = clock.now()
    alarm.pending.push(start + hour)
    alarm.onFire = instant => {
      if (instant !== start + hour) return
      alarm.busy++
      void setImmediate().then(() => {
        alarm.pending.push(instant + hour)
        alarm.busy--
      })
    }
    await clock.advance(3 * hour)
    expect(alarm.fired).toEqual([start + hour, start + 2 * hour])
    clock.close()
  })

  it('drains sources until draining starts no more work', async () => {
    let unread = 3
    const clock = new VirtualClock()
    clock.register({
      nextDue: () => undefined,
      runDue: () => [],
      isIdle: () => true,
      async drain() {
        if (unread === 0) return
        unread--
        clock.notify()
      },
    })
    await clock.advance(hour)
    expect(unread).toBe(0)
    clock.close()
  })

  it('also fires work that became due while it waited for other work beyond its target', async () => {
    const [slow, late] = [new Alarm(), new Alarm()]
    const clock = clockWith(slow, late)
    const start = clock.now()
    slow.pending.push(start + hour)
    slow.onFire = () => {
      slow.busy++
      late.pending.push(start + hour + 20)
      void setImmediate().then(() => {
        passReal(40)
        slow.busy--
      })
    }
    await clock.advance(hour + 5)
    expect(late.fired).toEqual([start + hour + 20])
    clock.close()
  })

  it('keeps the end of a series of advances as the targetTime until the last advance ends', async () => {
    const clock = clockWith()
    const end = clock.now() + 3 * hour
    await clock.advance(hour, end)
    expect(clock.targetTime).toBe(end)
    await clock.advance(hour, end)
    expect(clock.targetTime).toBe(end)
    await clock.advance(end - clock.now())
    expect(clock.targetTime).toBe(end)
    clock.close()
  })

  it('makes whenStopped() wait for all requested advances', async () => {
    const alarm = new Alarm()
    const clock = clockWith(alarm)
    alarm.pending.push(clock.now() + hour, clock.now() + 2 * hour)
    void clock.advance(hour)
    const stopped = clock.whenStopped()
    void clock.advance(hour)
    await stopped
    expect(alarm.fired).toHaveLength(2)
    clock.close()
  })

  it('rejects negative and invalid durations', async () => {
    const clock = new VirtualClock()
    await expect(clock.advance(-1)).rejects.toThrow(RangeError)
    await expect(clock.advance(Number.NaN)).rejects.toThrow(RangeError)
    clock.close()
  })
})

it('VirtualClock fires in real time when the instant is reached without advance', async () => {
  vi.useRealTimers()
  const alarm = new Alarm()
  const fired = new Promise<number>(resolve => {
    alarm.onFire = resolve
  })
  const clock = clockWith(alarm)
  const due = clock.now() + 30
  alarm.pending.push(due)
  clock.notify()
  expect(await fired).toBe(due)
  clock.close()
})

it('VirtualClock persists its offset and reports each change', async () => {
  const state = new State(':memory:')
  const clock = new VirtualClock(state.collection('clock'))
  const offsets: number[] = []
  clock.onOffset(offset => offsets.push(offset))
  await clock.advance(hour)
  clock.close()
  expect(offsets.at(-1)).toBe(clock.offset)
  expect(new VirtualClock(state.collection('clock')).offset).toBe(clock.offset)
  state.close()
})

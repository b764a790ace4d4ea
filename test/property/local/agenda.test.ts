import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Agenda } from '../../../local/runtime/agenda.ts'

describe('Agenda', () => {
  it('behaves like a sorted list for any sequence of set, delete and take', () => {
    const id = fc.integer({ min: 0, max: 30 }).map(String)
    const due = fc.integer({ min: 0, max: 50 })
    const step = fc.oneof(fc.record({ enter: id, due }), fc.record({ strike: id }), fc.record({ take: due }))
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), steps => {
        const agenda = new Agenda()
        let sorted: { id: string; due: number }[] = []
        const without = (gone: string) => sorted.filter(entry => entry.id !== gone)
        for (const step of steps) {
          if ('enter' in step) {
            agenda.set(step.enter, step.due)
            const all = [...without(step.enter), { id: step.enter, due: step.due }]
            sorted = all.toSorted((a, b) => a.due - b.due)
          } else if ('strike' in step) {
            agenda.delete(step.strike)
            sorted = without(step.strike)
          } else {
            const taken = sorted.filter(entry => entry.due <= step.take).map(entry => entry.id)
            expect(agenda.take(step.take)).toEqual(taken)
            sorted = sorted.filter(entry => entry.due > step.take)
          }
          expect(agenda.next()).toBe(sorted[0]?.due)
        }
      }),
    )
  })
})

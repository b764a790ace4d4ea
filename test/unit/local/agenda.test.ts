import { describe, expect, it } from 'vitest'
import { Agenda } from '../../../local/runtime/agenda.ts'

const agendaOf = (...entries: [id: string, due: number][]) => {
  const agenda = new Agenda()
  for (const [id, due] of entries) agenda.set(id, due)
  return agenda
}

describe('Agenda', () => {
  it('has no next entry when it is empty', () => {
    expect(agendaOf().next()).toBeUndefined()
    expect(agendaOf().take(1)).toEqual([])
  })

  it('takes entries that are due at or before an instant once, in order of time', () => {
    const agenda = agendaOf(['c', 3], ['a', 1], ['d', 4], ['b', 2])
    expect(agenda.take(3)).toEqual(['a', 'b', 'c'])
    expect(agenda.take(3)).toEqual([])
    expect(agenda.next()).toBe(4)
  })

  it('keeps insertion order among entries of the same instant', () => {
    expect(agendaOf(['b', 1], ['a', 1], ['c', 1]).take(1)).toEqual(['b', 'a', 'c'])
  })

  it('uses the last instant that was set for an id', () => {
    const agenda = agendaOf(['a', 1], ['b', 2], ['a', 3])
    expect(agenda.take(2)).toEqual(['b'])
    expect(agenda.take(3)).toEqual(['a'])
  })

  it('does not return deleted entries', () => {
    const agenda = agendaOf(['a', 1], ['b', 2])
    agenda.delete('a')
    agenda.delete('unknown')
    expect(agenda.next()).toBe(2)
  })
})

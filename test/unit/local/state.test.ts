import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { State } from '../../../local/runtime/state.ts'

let directory = ''
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'state-'))
})
afterEach(() => {
  rmSync(directory, { recursive: true })
})
const open = () => new State(join(directory, 'state.db'))

it('State keeps values, their order and deletions after a restart', () => {
  const state = open()
  const kept = state.collection<{ n: number }>('things')
  for (const n of [1, 2, 3]) kept.set(String(n), { n })
  kept.set('1', { n: 10 })
  expect(kept.delete('2')).toBe(true)
  expect(kept.delete('2')).toBe(false)
  state.close()

  const again = open()
  const things = again.collection<{ n: number }>('things')
  expect(things.values()).toEqual([{ n: 10 }, { n: 3 }])
  expect(things.size).toBe(2)
  expect(things.get('2')).toBeUndefined()
  expect(again.collection('others').size).toBe(0)
  again.close()
})

it('State is empty before the first write and after clear', () => {
  const state = open()
  expect(state.isEmpty()).toBe(true)
  state.collection('things').set('a', 1)
  expect(state.isEmpty()).toBe(false)
  state.clear()
  expect(state.isEmpty()).toBe(true)
  state.close()
})

it('State cannot be opened by two processes at the same time', () => {
  const state = open()
  expect(open).toThrow(/locked/)
  state.close()
})

/**
 * Compares the program with a simple model on random histories: any actions in any order and at any time, with faults
 * in between. `npm run histories` runs more of them and replays single ones. README.md explains the method.
 */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { EventType } from '../../shared/events/contract.ts'
import type { CommandName } from '../../shared/referrals/referral/referral.ts'
import { transitions } from '../../shared/referrals/referral/transitions.ts'
import { MemoryTable } from '../simulation/table.ts'
import { rounds } from './depth.ts'
import { type History, history, type Intent, type PersonActs, type Step } from './history-generator.ts'
import { runHistory } from './history-runner.ts'
import { day, minute } from './referral-model.ts'

const run = (history: Partial<History>) => runHistory({ ...usual, ...history }, new MemoryTable())

const usual: History = {
  numbers: {
    answer: 14 * day,
    hot: 3 * day,
    remindAfter: day,
    remindBefore: 3 * day,
    extension: { time: 7 * day, max: 1 },
    reopening: { within: 2 * day, answer: 2 * day },
    nudgeEvery: 14 * day,
    maxNudges: 3,
    undo: 5 * minute,
    changeable: 7 * day,
    winQuestion: 14 * day,
  },
  recipients: 1,
  isHot: false,
  start: Date.parse('2026-03-01T09:00:00.000Z'),
  isHealthy: false,
  steps: [],
}

const person = (intent: Intent): PersonActs => ({ on: 0, intent, behind: 0 })
const wait = (ms: number): Step => ({ step: 'wait', ms })

const commandNames = Object.keys(transitions) as CommandName[]

it.each(rounds)(
  'the program agrees with the model on 10,000 random histories that execute every command, round %i',
  async () => {
    const counts = new Map<EventType, number>()
    const property = fc.asyncProperty(history(), async history => {
      const { events } = await runHistory(history, new MemoryTable())
      for (const { type } of events) counts.set(type, (counts.get(type) ?? 0) + 1)
    })
    await fc.assert(property, { numRuns: 10_000 })
    const neverSucceeded = commandNames.filter(name => !counts.has(transitions[name].event))
    expect(neverSucceeded).toEqual([])
  },
)

describe('the program agrees with the model on a rare history', () => {
  it('in which a partner reopens while the customer withdraws', async () => {
    const both = [person({ do: 'withdraw-all' }), person({ do: 'reopen' })]
    for (const call of [0, 1, 2, 3, 4, 5])
      for (const [what, other] of [both, both.toReversed()] as [PersonActs, PersonActs][]) {
        const interruption = { call, what: other }
        await run({ steps: [wait(14 * day), { step: 'do', what, interruption }] })
      }
  })

  it('in which a hot referral that never cooled is reopened, and its next timers are lost', async () => {
    const steps: Step[] = [
      wait(14 * day),
      { step: 'sweep' },
      { step: 'do', what: person({ do: 'reopen' }), interruption: null },
      wait(3 * day),
      { step: 'sweep' },
    ]
    await run({ isHot: true, steps: [wait(14 * day), ...steps.slice(2)] })
    await run({ isHot: true, steps })
  })
})

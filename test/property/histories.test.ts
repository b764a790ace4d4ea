/**
 * Random histories of a desk: whatever is tried, in whatever order and at whatever time, and whatever goes wrong on the
 * way, the program does what the model does. `npm run histories` lives more of them, and lives one of them again.
 */
import fc from 'fast-check'
import { describe, it } from 'vitest'
import { MemoryTable } from '../simulation/table.ts'
import { type Deed, type History, history, type Step } from './history.ts'
import { day } from './model.ts'
import { rehearse } from './rehearsal.ts'

const live = (history: Partial<History>) => rehearse({ ...usual, ...history }, new MemoryTable())

const usual: History = {
  numbers: {
    answer: 14 * day,
    urgent: 3 * day,
    remindAfter: day,
    remindBefore: 3 * day,
    extension: { time: 7 * day, most: 1 },
    reopening: { within: 2 * day, answer: 2 * day },
    nudgeEvery: 14 * day,
  },
  recipients: 1,
  isHot: false,
  start: Date.parse('2026-03-01T09:00:00.000Z'),
  isHealthy: false,
  steps: [],
}

const deed = (intent: Deed['intent']): Deed => ({ on: 0, intent, behind: 0 })
const pass = (ms: number): Step => ({ step: 'wait', ms })

it('lives ten thousand histories as the model does', async () => {
  const lived = fc.asyncProperty(history(), async history => {
    await rehearse(history, new MemoryTable())
  })
  await fc.assert(lived, { numRuns: 10_000 })
}, 180_000)

describe('a history that chance seldom brings', () => {
  it('in which a partner reopens while the customer withdraws', async () => {
    const both = [deed({ do: 'withdraw-all' }), deed({ do: 'reopen' })]
    for (const call of [0, 1, 2, 3, 4, 5])
      for (const [what, other] of [both, both.toReversed()] as [Deed, Deed][]) {
        const meanwhile = { call, what: other }
        await live({ steps: [pass(14 * day), { step: 'do', what, meanwhile }] })
      }
  })

  it('in which a hot referral that never cooled is reopened, and its next timers are lost', async () => {
    const steps: Step[] = [
      pass(14 * day),
      { step: 'sweep' },
      { step: 'do', what: deed({ do: 'reopen' }), meanwhile: null },
      pass(3 * day),
      { step: 'sweep' },
    ]
    await live({ isHot: true, steps: [pass(14 * day), ...steps.slice(2)] })
    await live({ isHot: true, steps })
  })
})

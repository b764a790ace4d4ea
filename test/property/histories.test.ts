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
import {
  type History,
  history,
  type Intent,
  type PersonActs,
  type Step,
  type TimerFires,
} from './history-generator.ts'
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

/** Commands after several rare steps. The rare histories below execute them. */
const rareCommands: readonly CommandName[] = ['confirm-win', 'resume']

const commandNames = (Object.keys(transitions) as CommandName[]).filter(name => !rareCommands.includes(name))

it.each(rounds)(
  'the program agrees with the model on 10,000 random histories that execute all but rare commands, round %i',
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

  const onOther = (intent: Intent): PersonActs => ({ on: 1, intent, behind: 0 })
  const act = (what: PersonActs): Step => ({ step: 'do', what, interruption: null })
  const accept: Intent = { do: 'accept', deal: 'ERP', closesIn: 15 }

  /** Pairs of concurrent actions on an RFI with two referrals, after the steps before them. */
  const pairs: Readonly<Record<string, readonly [readonly Step[], PersonActs | TimerFires, PersonActs]>> = {
    'accepts while the customer chooses another partner': [
      [act(person(accept))],
      onOther(accept),
      person({ do: 'choose' }),
    ],
    'declines while the customer chooses another partner': [
      [act(person(accept))],
      onOther({ do: 'decline', reason: 'budget' }),
      person({ do: 'choose' }),
    ],
    'undoes a decline while the customer chooses another partner': [
      [act(person(accept)), act(onOther({ do: 'decline', reason: 'budget' }))],
      onOther({ do: 'undo' }),
      person({ do: 'choose' }),
    ],
    'undoes a decline while the customer withdraws': [
      [act(person(accept)), act(onOther({ do: 'decline', reason: 'budget' }))],
      onOther({ do: 'undo' }),
      person({ do: 'withdraw-all' }),
    ],
    'undoes a decline while the customer withdraws a request without another open referral': [
      [act(person({ do: 'decline', reason: 'budget' })), act(onOther({ do: 'decline', reason: 'budget' }))],
      onOther({ do: 'undo' }),
      person({ do: 'withdraw-all' }),
    ],
    'undoes a win while the customer confirms it': [
      [act(person(accept)), act(person({ do: 'win' }))],
      person({ do: 'undo' }),
      person({ do: 'choose' }),
    ],
    'undoes a win while the customer denies it': [
      [act(person(accept)), act(person({ do: 'win' }))],
      person({ do: 'undo' }),
      person({ do: 'deny-win' }),
    ],
    'undoes a loss while the customer chooses nobody': [
      [act(person(accept)), act(person({ do: 'lose', reason: 'budget' }))],
      person({ do: 'undo' }),
      person({ do: 'choose-other', outcome: 'none' }),
    ],
    'wins while the customer chooses another partner': [
      [act(person(accept)), act(onOther(accept))],
      onOther({ do: 'win' }),
      person({ do: 'choose' }),
    ],
    'reopens while the customer chooses another partner': [
      [act(person(accept)), wait(14 * day), { step: 'sweep' }],
      onOther({ do: 'reopen' }),
      person({ do: 'choose' }),
    ],
    'expires while the customer chooses another partner': [
      [act(person(accept)), wait(14 * day)],
      { on: 1, intent: 'timer' },
      person({ do: 'choose' }),
    ],
    'is reminded while the customer chooses another partner': [
      [act(person(accept)), wait(day)],
      { on: 1, intent: 'timer' },
      person({ do: 'choose' }),
    ],
    'expires while the customer denies the win of another partner': [
      [act(person(accept)), act(person({ do: 'win' })), wait(14 * day)],
      { on: 1, intent: 'timer' },
      person({ do: 'deny-win' }),
    ],
    'resumes a deal whose win was denied while the customer confirms the win': [
      [act(person(accept)), act(person({ do: 'win' })), act(person({ do: 'deny-win' }))],
      person({ do: 'resume' }),
      person({ do: 'choose' }),
    ],
    'is dismissed while the customer chooses it': [
      [act(person(accept))],
      person({ do: 'dismiss' }),
      person({ do: 'choose' }),
    ],
    'is asked again twice': [
      [act(person({ do: 'choose-other', outcome: 'none' }))],
      person({ do: 'reopen-rfi' }),
      onOther({ do: 'reopen-rfi' }),
    ],
  }

  it.each(Object.entries(pairs))('in which a partner %s, at every call', async (_, [before, one, other]) => {
    for (const call of [0, 1, 2, 3, 4, 5, 6]) {
      const steps = (what: PersonActs | TimerFires, interrupting: PersonActs | TimerFires): Step[] => [
        ...before,
        { step: 'do', what, interruption: { call, what: interrupting } },
        { step: 'live', ms: 20 * day },
      ]
      await run({ recipients: 2, steps: steps(one, other) })
      await run({ recipients: 2, steps: steps(other, one) })
    }
  })

  it('in which partners expire while a win is in question, before it is denied and afterwards', async () => {
    const steps: Step[] = [
      wait(13 * day),
      act(person(accept)),
      act(person({ do: 'win' })),
      wait(day),
      { step: 'sweep' },
      act(person({ do: 'deny-win' })),
      { step: 'live', ms: 8 * day },
    ]
    const extended = act({ on: 2, intent: { do: 'extend' }, behind: 0 })
    const { items } = await run({ recipients: 3, steps: [extended, ...steps] })
    const neutral = items.flatMap(({ event }) => {
      const { type, data } = (event ?? {}) as { type?: string; data?: { neutral?: boolean } }
      return type === 'referral.expired' ? [data?.neutral] : []
    })
    expect(neutral).toEqual([true, false])
  })

  it.each([
    ['choose', 'referral.win-confirmed'],
    ['resume', 'referral.resumed'],
  ] as const)('in which a win is denied and followed by %s', async (last, type) => {
    const before = [act(person(accept)), act(person({ do: 'win' })), act(person({ do: 'deny-win' }))]
    const { events } = await run({ recipients: 2, steps: [...before, act(person({ do: last }))] })
    expect(events.map(event => event.type)).toContain(type)
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

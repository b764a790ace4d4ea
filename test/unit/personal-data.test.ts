/**
 * Events and queue messages are stored for a long time and leave the program, so they must not contain personal data.
 */
import { afterEach, expect, it, vi } from 'vitest'
import { eventData } from '../../shared/events/contract.ts'
import { logger } from '../../shared/kernel/logger.ts'
import { disconnect } from '../simulation/aws.ts'
import { FullScenario, personalMark, personalNumber, scenarioStart } from '../simulation/full-scenario.ts'
import { Pipeline } from '../simulation/pipeline.ts'

afterEach(disconnect)

/** Event types that no step of the scenario publishes. Their data consists of ids, codes, dates and amounts. */
const notInScenario = new Set([
  'referral.lost',
  'rfi.recipients-added',
  'rfi.customer-unreachable',
  'rfi.address-corrected',
])

it('events, bus entries, schedules and queue messages of a complete scenario contain no personal data', async () => {
  vi.spyOn(logger, 'error').mockImplementation(() => {})
  const pipeline = new Pipeline(scenarioStart)
  // Mail to this contact bounces, which causes an event of its own.
  pipeline.bouncing.add(`${personalMark}.sales1@desk.example`)
  const scenario = new FullScenario(pipeline)
  for (const step of Object.values(scenario.steps)) await step()

  const items = await pipeline.table.items()
  const events = items.filter(({ entity }) => entity === 'event')
  const types = new Set(events.map(({ event }) => (event as { type: string }).type))
  expect(
    Object.keys(eventData).filter(type => !types.has(type) && !notInScenario.has(type)),
    'No step of the scenario causes these event types. Add a step to test/simulation/full-scenario.ts',
  ).toEqual([])
  expect(
    [...notInScenario].filter(type => types.has(type)),
    'The scenario causes these event types. Remove them from notInScenario',
  ).toEqual([])
  const sent = pipeline.calls.filter(({ call }) => !['dynamodb', 'ses'].includes(call.service))
  expect(new Set(sent.map(({ call }) => call.service))).toEqual(new Set(['events', 'scheduler', 'sqs']))
  for (const message of [...events, ...sent.map(({ call }) => call.command)]) {
    const text = JSON.stringify(message).toLowerCase()
    expect(text).not.toContain(personalMark)
    expect(text).not.toContain(personalNumber)
  }
})

/**
 * Events and queue messages are stored for a long time and leave the program, so they must not contain personal data.
 */
import { afterEach, expect, it, vi } from 'vitest'
import { eventData } from '../../shared/events/contract.ts'
import { logger } from '../../shared/kernel/logger.ts'
import { disconnect } from '../simulation/aws.ts'
import { Journey, journeyStart, personalMark, personalNumber } from '../simulation/journey.ts'
import { Pipeline } from '../simulation/pipeline.ts'

afterEach(disconnect)

/** Event types that no step of the journey publishes. Their data consists of ids, codes, dates and amounts. */
const notInTheJourney = new Set(['referral.lost', 'rfi.recipients-added'])

it('events, bus entries, schedules and queue messages of a whole journey contain no personal data', async () => {
  vi.spyOn(logger, 'error').mockImplementation(() => {})
  const pipeline = new Pipeline(journeyStart)
  // Mail to this contact bounces, which causes an event of its own.
  pipeline.bouncing.add(`${personalMark}.sales1@desk.example`)
  const journey = new Journey(pipeline)
  for (const step of Object.values(journey.steps)) await step()

  const items = await pipeline.table.items()
  const events = items.filter(({ entity }) => entity === 'event')
  const types = new Set(events.map(({ event }) => (event as { type: string }).type))
  expect(
    Object.keys(eventData).filter(type => !types.has(type) && !notInTheJourney.has(type)),
    'No step of the journey causes these event types. Add a step to test/simulation/journey.ts',
  ).toEqual([])
  expect(
    [...notInTheJourney].filter(type => types.has(type)),
    'The journey causes these event types. Remove them from notInTheJourney',
  ).toEqual([])
  const sent = pipeline.made.filter(({ call }) => !['dynamodb', 'ses'].includes(call.service))
  expect(new Set(sent.map(({ call }) => call.service))).toEqual(new Set(['events', 'scheduler', 'sqs']))
  for (const message of [...events, ...sent.map(({ call }) => call.command)]) {
    const text = JSON.stringify(message).toLowerCase()
    expect(text).not.toContain(personalMark)
    expect(text).not.toContain(personalNumber)
  }
})

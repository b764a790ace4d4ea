/** Events and queue messages are kept for long and leave the program, so they hold no personal data. */
import { afterEach, expect, it, vi } from 'vitest'
import { logger } from '../../shared/kernel/logger.ts'
import { disconnect } from '../simulation/aws.ts'
import { Journey, journeyStart, personalMark, personalNumber } from '../simulation/journey.ts'
import { Pipeline } from '../simulation/pipeline.ts'

afterEach(disconnect)

it('no event, bus entry, schedule or queue message of a whole journey holds personal data', async () => {
  vi.spyOn(logger, 'error').mockImplementation(() => {})
  const pipeline = new Pipeline(journeyStart)
  // A contact that cannot be reached makes an event of its own.
  pipeline.bouncing.add(`${personalMark}.sales1@desk.example`)
  const journey = new Journey(pipeline)
  for (const step of Object.values(journey.steps)) await step()

  const items = await pipeline.table.items()
  const events = items.filter(({ entity }) => entity === 'event')
  const types = new Set(events.map(({ event }) => (event as { type: string }).type))
  expect([...types].sort()).toEqual([
    'contact.failed',
    'referral.accepted',
    'referral.contact-added',
    'referral.contact-removed',
    'referral.cooled',
    'referral.deal-edited',
    'referral.declined',
    'referral.expired',
    'referral.extended',
    'referral.nudge-due',
    'referral.received',
    'referral.reminder-due',
    'referral.reopened',
    'referral.withdrawn',
    'referral.won',
    'rfi.received',
    'rfi.withdrawn',
  ])
  const sent = pipeline.made.filter(({ call }) => !['dynamodb', 'ses'].includes(call.service))
  expect(new Set(sent.map(({ call }) => call.service))).toEqual(new Set(['events', 'scheduler', 'sqs']))
  for (const held of [...events, ...sent.map(({ call }) => call.command)]) {
    const text = JSON.stringify(held).toLowerCase()
    expect(text).not.toContain(personalMark)
    expect(text).not.toContain(personalNumber)
  }
})

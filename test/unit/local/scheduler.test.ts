import { afterEach, describe, expect, it } from 'vitest'
import { Iam } from '../../../local/aws/iam/policies.ts'
import { parseSchedule } from '../../../local/aws/scheduler/schedule-expression.ts'
import { Scheduler } from '../../../local/aws/scheduler/service.ts'
import { Sqs } from '../../../local/aws/sqs/service.ts'
import { VirtualClock } from '../../../local/runtime/clock.ts'
import { State } from '../../../local/runtime/state.ts'
import { resource, templateOf } from './resources.ts'

describe('a schedule expression', () => {
  it.each([
    ['at(2026-07-01T12:00:00)', 'UTC', '2026-07-01T12:00:00Z'],
    ['at(2026-07-01T12:00:00)', 'Europe/Berlin', '2026-07-01T10:00:00Z'],
    ['at(2026-01-01T12:00:00)', 'America/New_York', '2026-01-01T17:00:00Z'],
    // In the hour after the change to summer time.
    ['at(2026-03-29T03:30:00)', 'Europe/Berlin', '2026-03-29T01:30:00Z'],
  ])('parseSchedule reads %s in %s', (expression, zone, instant) => {
    expect(parseSchedule(expression, zone)).toEqual({ kind: 'at', at: Date.parse(instant) })
  })

  it('accepts rates', () => {
    expect(parseSchedule('rate(15 minutes)')).toEqual({ kind: 'rate', every: 900_000 })
    expect(parseSchedule('rate(1 day)')).toEqual({ kind: 'rate', every: 86_400_000 })
  })

  it.each([
    'at(2026-07-01T12:00:00Z)',
    'at(2026-07-01T12:00:00.000)',
    'at(2026-02-30T12:00:00)',
    'rate(0 minutes)',
    'rate(1 week)',
    '',
  ])('rejects %s', expression => {
    expect(parseSchedule(expression)).toBeUndefined()
  })

  it('rejects an unknown time zone', () => {
    expect(parseSchedule('at(2026-07-01T12:00:00)', 'Mars/Olympus')).toBeUndefined()
  })
})

const prefix = 'us-east-1:000000000000'
const queueArn = `arn:aws:sqs:${prefix}:timers`
const deadArn = `arn:aws:sqs:${prefix}:dead`
const groupArn = `arn:aws:scheduler:${prefix}:schedule-group/desk`
const roleArn = 'arn:aws:iam::000000000000:role/timer'
const trust = {
  Effect: 'Allow',
  Action: 'sts:AssumeRole',
  Principal: { Service: 'scheduler.amazonaws.com' },
  Condition: { ArnEquals: { 'aws:SourceArn': groupArn } },
}
const mayTimers = { Effect: 'Allow', Action: 'sqs:SendMessage', Resource: [queueArn, deadArn] }
const template = templateOf([
  resource('AWS::SQS::Queue', 'http://localhost/timers', queueArn),
  resource('AWS::SQS::Queue', 'http://localhost/dead', deadArn),
  resource('AWS::Scheduler::ScheduleGroup', 'desk', groupArn),
  resource('AWS::IAM::Role', 'timer', roleArn, {
    AssumeRolePolicyDocument: { Statement: [trust] },
    Policies: [{ PolicyDocument: { Statement: mayTimers } }],
  }),
  resource('AWS::Scheduler::Schedule', 'sweep', `arn:aws:scheduler:${prefix}:schedule/desk/sweep`, {
    GroupName: 'desk',
    ScheduleExpression: 'rate(15 minutes)',
    FlexibleTimeWindow: { Mode: 'OFF' },
    Target: { Arn: queueArn, RoleArn: roleArn, Input: 'sweep' },
  }),
])

const hour = 3_600_000
const closers: (() => void)[] = []
afterEach(() => {
  for (const close of closers.splice(0)) close()
})

const start = (state = new State(':memory:')) => {
  const clock = new VirtualClock(state.collection('clock'))
  const sqs = new Sqs(template, state, clock)
  const scheduler = new Scheduler({ template, state, clock, sqs, iam: new Iam(template) })
  closers.push(() => clock.close())
  const call = (operation: string, input: Record<string, unknown>) =>
    scheduler.handle({ caller: 'anonymous', operation, input, body: Buffer.alloc(0) })
  const create = (Name: string, inMs: number, more: Record<string, unknown> = {}) =>
    call('CreateSchedule', {
      Name,
      GroupName: 'desk',
      ScheduleExpression: `at(${new Date(clock.now() + inMs).toISOString().slice(0, 19)})`,
      FlexibleTimeWindow: { Mode: 'OFF' },
      ActionAfterCompletion: 'DELETE',
      Target: { Arn: queueArn, RoleArn: roleArn, Input: Name, DeadLetterConfig: { Arn: deadArn } },
      ...more,
    })
  const bodies = (arn: string) =>
    sqs
      .queue(arn)
      .receive(10)
      .map(({ body }) => body)
  return { state, clock, scheduler, call, create, bodies }
}

describe('the scheduler', () => {
  it('fires due schedules in order, and a recurring schedule once at the end of an advance', async () => {
    const { clock, create, bodies, scheduler } = start()
    await create('late', 3 * hour)
    await create('early', hour)
    await create('never', 100 * hour)
    const fired = await clock.advance(24 * hour)
    expect(fired.map(({ name }) => name)).toEqual(['early', 'late', 'sweep'])
    expect(bodies(queueArn)).toEqual(['early', 'late', 'sweep'])
    expect(scheduler.list().map(({ Name }) => Name)).toEqual(['sweep', 'never'])
  })

  it('keeps a completed schedule without ActionAfterCompletion DELETE and does not fire it again', async () => {
    const { clock, create, bodies, scheduler } = start()
    await create('once', hour, { ActionAfterCompletion: 'NONE' })
    await clock.advance(2 * hour)
    await clock.advance(2 * hour)
    expect(bodies(queueArn).filter(body => body === 'once')).toHaveLength(1)
    expect(scheduler.list().find(({ Name }) => Name === 'once')).toMatchObject({ dueAt: null })
  })

  it('replaces the placeholders of the input', async () => {
    const { clock, create, bodies } = start()
    const Input = '{"at":"<aws.scheduler.scheduled-time>","arn":"<aws.scheduler.schedule-arn>"}'
    await create('timer', 10 * 60_000, { Target: { Arn: queueArn, RoleArn: roleArn, Input } })
    await clock.advance(11 * 60_000)
    expect(JSON.parse(bodies(queueArn)[0] ?? '')).toMatchObject({
      at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      arn: `arn:aws:scheduler:${prefix}:schedule/desk/timer`,
    })
  })

  it('sends to the dead-letter queue when its role may not send to the target', async () => {
    const { clock, create, bodies } = start()
    const Arn = `${queueArn}-of-others`
    await create('x', hour, {
      Target: { Arn, RoleArn: roleArn, Input: 'x', DeadLetterConfig: { Arn: deadArn } },
    })
    await clock.advance(2 * hour)
    expect(bodies(deadArn)).toEqual(['x'])
  })

  it('fires schedules at startup that became due while it was stopped', async () => {
    const first = start()
    await first.create('missed', -hour)
    first.clock.close()
    const second = start(first.state)
    const fired = second.scheduler.runDue(second.clock.now())
    expect(fired.map(({ name }) => name)).toEqual(['missed'])
    expect(second.scheduler.list().map(({ Name }) => Name)).toEqual(['sweep'])
  })

  it('treats a request with the same ClientToken as a repeat', async () => {
    const { create } = start()
    await create('a', hour, { ClientToken: 't-1' })
    await expect(create('a', hour, { ClientToken: 't-1' })).resolves.toHaveProperty('ScheduleArn')
    await expect(create('a', hour)).rejects.toMatchObject({ code: 'ConflictException', status: 409 })
  })

  it.each([
    ['a long name', { Name: 'x'.repeat(65) }, 'ValidationException'],
    ['a name with a space', { Name: 'a b' }, 'ValidationException'],
    ['an unknown group', { GroupName: 'other' }, 'ResourceNotFoundException'],
    ['no FlexibleTimeWindow', { FlexibleTimeWindow: undefined }, 'ValidationException'],
    ['an invalid expression', { ScheduleExpression: 'at(tomorrow)' }, 'ValidationException'],
    ['a group that the role does not trust', { GroupName: 'default' }, 'ValidationException'],
    [
      'an unknown role',
      { Target: { Arn: queueArn, RoleArn: 'arn:aws:iam::0:role/x' } },
      'ValidationException',
    ],
  ])('rejects %s', async (_, wrong, code) => {
    await expect(start().create('fine', hour, wrong)).rejects.toMatchObject({ code })
  })

  it('returns 404 for the deletion of a schedule that does not exist', async () => {
    await expect(start().call('DeleteSchedule', { Name: 'x', groupName: 'desk' })).rejects.toMatchObject({
      code: 'ResourceNotFoundException',
    })
  })
})

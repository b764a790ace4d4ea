/**
 * EventBridge Scheduler: the schedules of the template and those created at run time, which send messages to queues on
 * the virtual clock. Schedules are durable; one that was due while the cloud was stopped fires at the start.
 */
import { randomUUID } from 'node:crypto'
import { Agenda } from '../../runtime/agenda.ts'
import { AwsError } from '../../runtime/aws-error.ts'
import { restJson } from '../../runtime/aws-protocols.ts'
import type { AccessRequest, AwsCall, AwsService } from '../../runtime/aws-service.ts'
import type { ClockSource, Fired, VirtualClock } from '../../runtime/clock.ts'
import type { Collection, State } from '../../runtime/state.ts'
import type { Template } from '../../runtime/template.ts'
import type { Iam } from '../iam/policies.ts'
import { type MessageAttribute, textAttribute } from '../sqs/queue.ts'
import type { Sqs } from '../sqs/service.ts'
import { parseSchedule, type ScheduleExpression } from './schedule-expression.ts'

interface ScheduleTarget {
  readonly Arn: string
  readonly RoleArn: string
  readonly Input?: string
  readonly DeadLetterConfig?: { readonly Arn: string }
  readonly RetryPolicy?: {
    readonly MaximumEventAgeInSeconds?: number
    readonly MaximumRetryAttempts?: number
  }
}

/** A schedule in the form of the API. */
interface ScheduleInput {
  readonly Name: string
  readonly GroupName?: string
  readonly ScheduleExpression: string
  readonly ScheduleExpressionTimezone?: string
  readonly FlexibleTimeWindow: { readonly Mode: 'OFF' | 'FLEXIBLE'; readonly MaximumWindowInMinutes?: number }
  readonly State?: 'ENABLED' | 'DISABLED'
  readonly ActionAfterCompletion?: 'NONE' | 'DELETE'
  readonly Description?: string
  readonly Target: ScheduleTarget
  readonly ClientToken?: string
}

export interface Schedule extends ScheduleInput {
  readonly GroupName: string
  readonly Arn: string
  /** Virtual epoch milliseconds, like all instants here. */
  readonly createdAt: number
  /** Instant of the next firing; null after the last one and while the schedule is disabled. */
  readonly dueAt: number | null
  /** Milliseconds between firings; null for a one-time schedule. */
  readonly every: number | null
  /** True for schedules of the template. */
  readonly declared: boolean
}

const defaultGroup = 'default'
const namePattern = /^[0-9a-zA-Z-_.]{1,64}$/
const maxInputBytes = 262_144
const maxPageSize = 100
const service = 'scheduler.amazonaws.com'

const protocol = restJson([
  { operation: 'CreateSchedule', method: 'POST', path: /^\/schedules\/(?<Name>[^/]+)$/ },
  { operation: 'UpdateSchedule', method: 'PUT', path: /^\/schedules\/(?<Name>[^/]+)$/ },
  { operation: 'GetSchedule', method: 'GET', path: /^\/schedules\/(?<Name>[^/]+)$/ },
  { operation: 'DeleteSchedule', method: 'DELETE', path: /^\/schedules\/(?<Name>[^/]+)$/ },
  { operation: 'ListSchedules', method: 'GET', path: /^\/schedules$/ },
  { operation: 'GetScheduleGroup', method: 'GET', path: /^\/schedule-groups\/(?<Name>[^/]+)$/ },
  { operation: 'ListScheduleGroups', method: 'GET', path: /^\/schedule-groups$/ },
])

export interface SchedulerOptions {
  readonly template: Template
  readonly state: State
  readonly clock: VirtualClock
  readonly sqs: Sqs
  readonly iam: Iam
}

type Operation = (input: Record<string, unknown>) => object

export class Scheduler implements AwsService, ClockSource {
  readonly name = 'scheduler'
  readonly protocol = protocol
  readonly #schedules: Collection<Schedule>
  readonly #groups: ReadonlyMap<string, string>
  readonly #arnPrefix: string
  readonly #clock: VirtualClock
  readonly #sqs: Sqs
  readonly #iam: Iam
  readonly #recurring = new Map<string, Schedule>()
  /** One-time schedules that have not fired. */
  readonly #once = new Agenda()

  constructor({ template, state, clock, sqs, iam }: SchedulerOptions) {
    const { account, region } = template
    this.#schedules = state.collection<Schedule>('schedules')
    this.#arnPrefix = `arn:aws:scheduler:${region}:${account}`
    this.#groups = new Map([
      [defaultGroup, `${this.#arnPrefix}:schedule-group/${defaultGroup}`],
      ...template.ofType('AWS::Scheduler::ScheduleGroup').map(({ ref, arn }) => [ref, arn] as const),
    ])
    this.#clock = clock
    this.#sqs = sqs
    this.#iam = iam
    for (const schedule of this.#schedules.values())
      this.#index(key(schedule.GroupName, schedule.Name), schedule)
    this.#declare(template)
    clock.register(this)
  }

  /** All schedules, ordered by their next firing. */
  list(): Schedule[] {
    return this.#schedules.values().sort(byDue)
  }

  nextDue(): number | undefined {
    const { targetTime } = this.#clock
    // A recurring schedule fires once at the end of an advance, not at each tick on the way.
    const recurring = [...this.#recurring.values()].map(schedule => Math.max(dueOf(schedule), targetTime))
    const due = Math.min(this.#once.next() ?? Number.POSITIVE_INFINITY, ...recurring)
    return Number.isFinite(due) ? due : undefined
  }

  runDue(now: number): Fired[] {
    const isArrived = this.#clock.targetTime <= this.#clock.now()
    const recurring = [...this.#recurring.values()].filter(schedule => isArrived && dueOf(schedule) <= now)
    const once = this.#once.take(now).flatMap(id => this.#schedules.get(id) ?? [])
    const due = [...once, ...recurring].sort(byDue)
    for (const schedule of due) this.#fire(schedule, now)
    const at = new Date(now).toISOString()
    return due.map(({ Name }) => ({ name: Name, at, source: 'scheduler' }))
  }

  isIdle(): boolean {
    return true
  }

  access({ operation, input }: AwsCall): AccessRequest[] {
    const { Name, Target } = input as unknown as ScheduleInput
    const action = `scheduler:${operation}`
    if (operation === 'ListSchedules' || operation === 'ListScheduleGroups')
      return [{ action, resource: '*' }]
    if (operation === 'GetScheduleGroup') {
      return [{ action, resource: `${this.#arnPrefix}:schedule-group/${Name}` }]
    }
    const request = { action, resource: this.#arn(groupOf(input), Name) }
    if (!Target?.RoleArn) return [request]
    const passRole = {
      action: 'iam:PassRole',
      resource: Target.RoleArn,
      context: { 'iam:PassedToService': service },
    }
    return [request, passRole]
  }

  async handle({ operation, input }: AwsCall): Promise<object> {
    const run = this.#operations[operation]
    if (!run) throw new AwsError('UnknownOperationException', `There is no operation ${operation}`, 404)
    return run(input)
  }

  readonly #operations: Record<string, Operation> = {
    CreateSchedule: input => this.#create(input as unknown as ScheduleInput),
    UpdateSchedule: input => {
      const schedule = this.#existing(input)
      const { Arn } = this.#put(input as unknown as ScheduleInput, schedule.createdAt)
      return { ScheduleArn: Arn }
    },
    GetSchedule: input => {
      const { createdAt, dueAt: _, every: __, declared: ___, ...schedule } = this.#existing(input)
      return {
        ...schedule,
        ClientToken: undefined,
        CreationDate: createdAt / 1000,
        LastModificationDate: createdAt / 1000,
      }
    },
    DeleteSchedule: input => {
      this.#delete(this.#existing(input))
      return {}
    },
    ListSchedules: input => this.#page(input),
    GetScheduleGroup: ({ Name }) => this.#group(String(Name)),
    ListScheduleGroups: () => ({ ScheduleGroups: [...this.#groups.keys()].map(name => this.#group(name)) }),
  }

  #create(input: ScheduleInput): object {
    const kept = this.#schedules.get(key(groupOf(input), input.Name))
    // A request with the same token is a repetition.
    if (kept && (!input.ClientToken || kept.ClientToken !== input.ClientToken)) {
      throw new AwsError('ConflictException', `Schedule ${input.Name} already exists.`, 409)
    }
    const { Arn } = kept ?? this.#put(input, this.#clock.now())
    return { ScheduleArn: Arn }
  }

  #put(input: ScheduleInput, createdAt: number, declared = false): Schedule {
    const GroupName = groupOf(input)
    const expression = this.#validate(input, GroupName)
    const { groupName: _, clientToken: __, ...known } = input as ScheduleInput & Record<string, unknown>
    const every = expression.kind === 'rate' ? expression.every : null
    const firstDue = expression.kind === 'at' ? expression.at : this.#clock.now() + expression.every
    const schedule: Schedule = {
      State: 'ENABLED',
      ...known,
      GroupName,
      Arn: this.#arn(GroupName, input.Name),
      createdAt,
      dueAt: input.State === 'DISABLED' ? null : firstDue,
      every,
      declared,
    }
    this.#save(schedule)
    return schedule
  }

  #validate(input: ScheduleInput, group: string): ScheduleExpression {
    if (!namePattern.test(input.Name)) {
      throw validation(
        `Value '${input.Name}' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: ^[0-9a-zA-Z-_.]+$ and have length less than or equal to 64`,
      )
    }
    this.#group(group)
    const expression = parseSchedule(input.ScheduleExpression ?? '', input.ScheduleExpressionTimezone)
    if (!expression) throw validation(`Invalid Schedule Expression ${input.ScheduleExpression}.`)
    validateWindow(input.FlexibleTimeWindow)
    if (input.ClientToken !== undefined && !/^[a-zA-Z0-9-_]{1,64}$/.test(input.ClientToken)) {
      throw validation(`Value '${input.ClientToken}' at 'clientToken' failed to satisfy constraint`)
    }
    this.#validateTarget(input.Target, group)
    return expression
  }

  #validateTarget(target: ScheduleTarget | undefined, group: string): void {
    if (!target?.Arn || !target.RoleArn)
      throw validation("Value null at 'target' failed to satisfy constraint")
    if (!target.Arn.startsWith('arn:aws:sqs:')) {
      throw validation(
        `Provided Arn is not in correct format: ${target.Arn}. The local cloud fires into queues.`,
      )
    }
    if (Buffer.byteLength(target.Input ?? '') > maxInputBytes) throw validation('Target.Input is too long')
    validateRetryPolicy(target.RetryPolicy)
    if (!this.#iam.canAssume(service, this.#groups.get(group) ?? '', target.RoleArn)) {
      throw validation(
        'The execution role you provide must allow AWS EventBridge Scheduler to assume the role.',
      )
    }
  }

  #fire(schedule: Schedule, now: number): void {
    const { Target, every, dueAt } = schedule
    const tick = lastTick(dueAt ?? now, every, now)
    const body = this.#input(schedule, tick)
    const refusal = this.#send(Target, Target.Arn, body)
    if (refusal && Target.DeadLetterConfig) {
      this.#send(Target, Target.DeadLetterConfig.Arn, body, {
        SCHEDULE_ARN: textAttribute(schedule.Arn),
        TARGET_ARN: textAttribute(Target.Arn),
        ERROR_CODE: textAttribute(refusal.code),
        ERROR_MESSAGE: textAttribute(refusal.message),
        EXECUTION_TIME: textAttribute(new Date(now).toISOString()),
        RETRY_ATTEMPTS: textAttribute('0'),
      })
    }
    if (every !== null) this.#save({ ...schedule, dueAt: tick + every })
    else if (schedule.ActionAfterCompletion === 'DELETE') this.#delete(schedule)
    else this.#save({ ...schedule, dueAt: null })
  }

  /** Returns the error if the queue does not exist or the schedule's role may not send to it. */
  #send(
    { RoleArn }: ScheduleTarget,
    queueArn: string,
    body: string,
    attributes?: Readonly<Record<string, MessageAttribute>>,
  ): AwsError | undefined {
    try {
      this.#iam.authorizeRole(RoleArn, { action: 'sqs:SendMessage', resource: queueArn })
      this.#sqs.queue(queueArn).send(body, { attributes })
      return undefined
    } catch (error) {
      if (error instanceof AwsError) return error
      throw error
    }
  }

  #input({ Arn, Target }: Schedule, scheduledFor: number): string {
    const values: Record<string, string> = {
      'schedule-arn': Arn,
      'scheduled-time': new Date(scheduledFor).toISOString().replace(/\.\d+/, ''),
      'execution-id': randomUUID(),
      'attempt-number': '1',
    }
    return (Target.Input ?? '{}').replace(
      /<aws\.scheduler\.([a-z-]+)>/g,
      (all, name: string) => values[name] ?? all,
    )
  }

  /** Stores the schedules of the template. An unchanged schedule keeps its next firing. */
  #declare(template: Template): void {
    const declared = new Set<string>()
    for (const { ref, properties } of template.ofType('AWS::Scheduler::Schedule')) {
      const input = { ...properties, Name: ref } as unknown as ScheduleInput
      const id = key(groupOf(input), ref)
      declared.add(id)
      const kept = this.#schedules.get(id)
      const put = this.#put(input, kept?.createdAt ?? this.#clock.now(), true)
      const isSame = kept?.ScheduleExpression === put.ScheduleExpression && kept.State === put.State
      if (isSame) this.#save({ ...put, dueAt: kept.dueAt })
    }
    for (const schedule of this.#schedules.values()) {
      if (schedule.declared && !declared.has(key(schedule.GroupName, schedule.Name))) this.#delete(schedule)
    }
  }

  #save(schedule: Schedule): void {
    const id = key(schedule.GroupName, schedule.Name)
    this.#forget(id)
    this.#schedules.set(id, schedule)
    this.#index(id, schedule)
    this.#clock.notify()
  }

  #delete({ GroupName, Name }: Schedule): void {
    const id = key(GroupName, Name)
    this.#forget(id)
    this.#schedules.delete(id)
    this.#clock.notify()
  }

  #index(id: string, schedule: Schedule): void {
    if (schedule.every !== null) this.#recurring.set(id, schedule)
    else if (schedule.dueAt !== null) this.#once.set(id, schedule.dueAt)
  }

  #forget(id: string): void {
    this.#recurring.delete(id)
    this.#once.delete(id)
  }

  #existing(input: Readonly<Record<string, unknown>>): Schedule {
    const schedule = this.#schedules.get(key(groupOf(input), String(input.Name)))
    if (!schedule)
      throw new AwsError('ResourceNotFoundException', `Schedule ${input.Name} does not exist.`, 404)
    return schedule
  }

  #group(name: string): object {
    const Arn = this.#groups.get(name)
    if (!Arn) throw new AwsError('ResourceNotFoundException', `Schedule group ${name} does not exist.`, 404)
    return { Name: name, Arn, State: 'ACTIVE' }
  }

  #page({
    ScheduleGroup,
    NamePrefix = '',
    State: state,
    MaxResults,
    NextToken,
  }: Readonly<Record<string, unknown>>): object {
    const matching = this.#schedules
      .values()
      .filter(({ GroupName }) => ScheduleGroup === undefined || GroupName === ScheduleGroup)
      .filter(({ Name, State }) => Name.startsWith(String(NamePrefix)) && (!state || State === state))
    const start = Number(NextToken ?? 0)
    const end = start + Number(MaxResults ?? maxPageSize)
    return {
      Schedules: matching.slice(start, end).map(({ Arn, Name, GroupName, State, Target, createdAt }) => ({
        Arn,
        Name,
        GroupName,
        State,
        Target: { Arn: Target.Arn },
        CreationDate: createdAt / 1000,
        LastModificationDate: createdAt / 1000,
      })),
      ...(end < matching.length && { NextToken: String(end) }),
    }
  }

  #arn(group: string, name: string): string {
    return `${this.#arnPrefix}:schedule/${group}/${name}`
  }
}

const key = (group: string, name: string) => `${group}/${name}`

/** Group of a request: in the body of writes, in the query of reads and deletions. */
const groupOf = (input: object): string => {
  const { GroupName, groupName } = input as { GroupName?: string; groupName?: string }
  return GroupName ?? groupName ?? defaultGroup
}

const dueOf = ({ dueAt }: Schedule): number => dueAt ?? Number.POSITIVE_INFINITY

/** Infinity minus infinity is NaN, so that `|| 0` covers two schedules that never fire. */
const byDue = (left: Schedule, right: Schedule): number => dueOf(left) - dueOf(right) || 0

/** The latest tick at or before `now`; a one-time schedule has one tick. */
const lastTick = (dueAt: number, every: number | null, now: number): number =>
  every === null ? dueAt : dueAt + Math.max(0, Math.floor((now - dueAt) / every)) * every

const validation = (message: string) => new AwsError('ValidationException', message, 400)

const validateWindow = (window: ScheduleInput['FlexibleTimeWindow'] | undefined): void => {
  if (window?.Mode === 'OFF' && window.MaximumWindowInMinutes === undefined) return
  const minutes = window?.MaximumWindowInMinutes ?? 0
  if (window?.Mode === 'FLEXIBLE' && minutes >= 1 && minutes <= 1440) return
  throw validation("Value at 'flexibleTimeWindow' failed to satisfy constraint")
}

/** Limits of AWS: one day, and 185 attempts. */
const validateRetryPolicy = (policy: ScheduleTarget['RetryPolicy'] = {}): void => {
  const { MaximumEventAgeInSeconds: age = 86_400, MaximumRetryAttempts: attempts = 185 } = policy
  if (age < 60 || age > 86_400 || attempts < 0 || attempts > 185) {
    throw validation("Value at 'target.retryPolicy' failed to satisfy constraint")
  }
}

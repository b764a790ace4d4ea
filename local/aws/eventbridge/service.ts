/**
 * EventBridge: accepts events on the template's buses and sends them to queues by the template's rules. An event that
 * its target refuses goes to the dead-letter queue of the target, as in AWS.
 */
import { randomUUID } from 'node:crypto'
import { AwsError } from '../../runtime/aws-error.ts'
import { awsJson } from '../../runtime/aws-protocols.ts'
import type { AccessRequest, AwsCall, AwsService } from '../../runtime/aws-service.ts'
import type { VirtualClock } from '../../runtime/clock.ts'
import type { Resource, Template } from '../../runtime/template.ts'
import type { Iam } from '../iam/policies.ts'
import { type MessageAttribute, textAttribute } from '../sqs/queue.ts'
import type { Sqs } from '../sqs/service.ts'
import { type EventPattern, matchesPattern } from './event-pattern.ts'

interface PutEventsEntry {
  readonly EventBusName?: string
  readonly Source?: string
  readonly DetailType?: string
  readonly Detail?: string
  /** Epoch seconds. */
  readonly Time?: number
  readonly Resources?: readonly string[]
}

/** An event that an AWS service publishes. */
export interface ServiceEvent {
  /** Example: `aws.ses`. Callers may not use sources that begin with `aws.`. */
  readonly source: string
  readonly detailType: string
  readonly resources: readonly string[]
  readonly detail: object
}

interface InputTransformer {
  /** Paths into the event, by variable. */
  readonly InputPathsMap: Readonly<Record<string, string>>
  /** JSON with `<variable>` in place of values. */
  readonly InputTemplate: string
}

interface Target {
  readonly Arn: string
  readonly Id: string
  readonly Input?: string
  readonly InputPath?: string
  readonly InputTransformer?: InputTransformer
  readonly DeadLetterConfig?: { readonly Arn: string }
}

interface Rule {
  readonly arn: string
  readonly bus: string
  readonly pattern: EventPattern
  readonly targets: readonly Target[]
}

interface Failure {
  readonly ErrorCode: string
  readonly ErrorMessage: string
}

const maxEntries = 10
const maxRequestBytes = 262_144
const defaultBus = 'default'

export class EventBus implements AwsService {
  readonly name = 'events'
  readonly protocol = awsJson('1.1')
  readonly #buses: ReadonlyMap<string, string>
  readonly #rules: readonly Rule[]
  readonly #account: string
  readonly #region: string
  readonly #sqs: Sqs
  readonly #iam: Iam
  readonly #clock: VirtualClock

  /** @throws when a rule has a target or a transformation without a local counterpart */
  constructor(template: Template, sqs: Sqs, iam: Iam, clock: VirtualClock) {
    const { account, region } = template
    const declared = template.ofType('AWS::Events::EventBus').map(({ ref, arn }) => [ref, arn] as const)
    this.#buses = new Map([
      [defaultBus, `arn:aws:events:${region}:${account}:event-bus/${defaultBus}`],
      ...declared,
    ])
    this.#rules = template.ofType('AWS::Events::Rule').filter(isEnabled).map(ruleOf)
    this.#account = account
    this.#region = region
    this.#sqs = sqs
    this.#iam = iam
    this.#clock = clock
  }

  access({ input }: AwsCall): AccessRequest[] {
    return entriesOf(input).map(entry => ({
      action: 'events:PutEvents',
      resource: this.#buses.get(busName(entry.EventBusName)) ?? '*',
      context: { 'events:source': entry.Source ?? '', 'events:detail-type': entry.DetailType ?? '' },
    }))
  }

  async handle({ operation, input }: AwsCall): Promise<object> {
    if (operation !== 'PutEvents') {
      throw new AwsError('UnknownOperationException', `The local cloud does not support events:${operation}`)
    }
    const entries = entriesOf(input)
    validateRequest(entries)
    const Entries = entries.map(entry => this.#put(entry))
    return { Entries, FailedEntryCount: Entries.filter(result => 'ErrorCode' in result).length }
  }

  /** Puts an event of an AWS service on the default bus. It is in the target queues when this returns. */
  publish({ source, detailType, resources, detail }: ServiceEvent): void {
    this.#route(defaultBus, {
      Source: source,
      DetailType: detailType,
      Resources: resources,
      Detail: JSON.stringify(detail),
    })
  }

  #put(entry: PutEventsEntry): { EventId: string } | Failure {
    const bus = busName(entry.EventBusName)
    const failure = entryFailure(entry)
    if (failure) return failure
    // AWS accepts such an event and drops it. An error shows the mistake.
    if (!this.#buses.has(bus)) return fail('ResourceNotFoundException', `Event bus ${bus} does not exist.`)
    return { EventId: this.#route(bus, entry) }
  }

  /** Sends an event to the targets of all matching rules; returns the id of the event. */
  #route(bus: string, entry: PutEventsEntry): string {
    const event = this.#envelope(entry)
    for (const rule of this.#rules) {
      if (rule.bus !== bus || !matchesPattern(rule.pattern, event)) continue
      for (const target of rule.targets) this.#deliver(rule, target, event)
    }
    return event.id
  }

  #envelope({ Source, DetailType, Detail, Time, Resources }: PutEventsEntry) {
    const time = new Date(Time === undefined ? this.#clock.now() : Time * 1000)
    return {
      version: '0',
      id: randomUUID(),
      'detail-type': DetailType,
      source: Source,
      account: this.#account,
      time: time.toISOString().replace(/\.\d+/, ''),
      region: this.#region,
      resources: Resources ?? [],
      detail: JSON.parse(Detail ?? '{}') as unknown,
    }
  }

  #deliver(rule: Rule, target: Target, event: object): void {
    const body = targetInput(target, event)
    const refusal = this.#send(rule.arn, target.Arn, body)
    if (!refusal || !target.DeadLetterConfig) return
    this.#send(rule.arn, target.DeadLetterConfig.Arn, body, {
      RULE_ARN: textAttribute(rule.arn),
      TARGET_ARN: textAttribute(target.Arn),
      ERROR_CODE: textAttribute(refusal.code),
      ERROR_MESSAGE: textAttribute(refusal.message),
    })
  }

  /** Returns the error if the queue does not exist or its policy does not let the rule send. */
  #send(
    ruleArn: string,
    queueArn: string,
    body: string,
    attributes?: Readonly<Record<string, MessageAttribute>>,
  ): AwsError | undefined {
    try {
      const queue = this.#sqs.queue(queueArn)
      const request = { action: 'sqs:SendMessage', resource: queueArn }
      if (!this.#iam.allowsService('events.amazonaws.com', ruleArn, request)) {
        return new AwsError('NO_PERMISSIONS', `The policy of ${queueArn} does not let ${ruleArn} send to it`)
      }
      queue.send(body, { attributes })
      return undefined
    } catch (error) {
      if (error instanceof AwsError) return error
      throw error
    }
  }
}

const entriesOf = (input: Readonly<Record<string, unknown>>): PutEventsEntry[] =>
  (input.Entries ?? []) as PutEventsEntry[]

/** Name of a bus that is given by name or ARN. */
const busName = (nameOrArn: string = defaultBus): string => nameOrArn.replace(/^arn:.*:event-bus\//, '')

const isEnabled = ({ properties }: Resource): boolean => properties.State !== 'DISABLED'

const ruleOf = ({ logicalId, arn, properties }: Resource): Rule => {
  const {
    EventBusName,
    EventPattern,
    Targets = [],
  } = properties as {
    EventBusName?: string
    EventPattern?: EventPattern
    Targets?: Target[]
  }
  if (!EventPattern) throw new Error(`${logicalId}: the local cloud runs rules with an event pattern only`)
  for (const target of Targets) requireSupported(logicalId, target)
  return { arn, bus: busName(EventBusName), pattern: EventPattern, targets: Targets }
}

/** A variable of an input template. */
const variable = /<([^<>]+)>/g

const requireSupported = (logicalId: string, target: Target): void => {
  if (!target.Arn.startsWith('arn:aws:sqs:')) {
    throw new Error(`${logicalId}: the local cloud has no rule target ${target.Arn}`)
  }
  const { InputTemplate = '{}' } = target.InputTransformer ?? {}
  if (!isJsonObject(InputTemplate.replace(variable, '""'))) {
    throw new Error(
      `${logicalId}: the local cloud has input templates of JSON only, with variables as whole values`,
    )
  }
}

const validateRequest = (entries: readonly PutEventsEntry[]): void => {
  if (entries.length < 1 || entries.length > maxEntries) {
    throw new AwsError(
      'ValidationException',
      `1 validation error detected: Value at 'entries' failed to satisfy constraint: Member must have length between 1 and ${maxEntries}`,
    )
  }
  if (entries.map(entryBytes).reduce((sum, bytes) => sum + bytes, 0) > maxRequestBytes) {
    throw new AwsError('ValidationException', 'Total size of the entries in the request is over the limit.')
  }
}

/** Size as AWS counts it: 14 bytes for a time, and the UTF-8 length of the texts. */
const entryBytes = ({
  Time,
  Source = '',
  DetailType = '',
  Detail = '',
  Resources = [],
}: PutEventsEntry): number =>
  [Source, DetailType, Detail, ...Resources].reduce(
    (sum, value) => sum + Buffer.byteLength(value),
    Time === undefined ? 0 : 14,
  )

const fail = (ErrorCode: string, ErrorMessage: string): Failure => ({ ErrorCode, ErrorMessage })

const entryFailure = (entry: PutEventsEntry): Failure | undefined => {
  for (const field of ['Source', 'DetailType', 'Detail'] as const) {
    if (entry[field]) continue
    return fail(
      'InvalidArgument',
      `Parameter ${field} is not valid. Reason: ${field} is a required argument.`,
    )
  }
  if (entry.Source?.startsWith('aws.')) {
    return fail('NotAuthorizedForSourceException', 'Not authorized for the source.')
  }
  return isJsonObject(entry.Detail) ? undefined : fail('MalformedDetail', 'Detail is malformed.')
}

const isJsonObject = (json = ''): boolean => {
  try {
    const value: unknown = JSON.parse(json)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
  } catch {
    return false
  }
}

/** Input of a target: the event, a constant, the part of the event at a simple path, or a template filled with such parts. */
const targetInput = ({ Input, InputPath, InputTransformer }: Target, event: object): string => {
  if (Input !== undefined) return Input
  if (InputTransformer) return filledTemplate(InputTransformer, event)
  return JSON.stringify(InputPath === undefined ? event : partAt(InputPath, event))
}

/** @param path in dot notation, such as `$.detail.state` */
const partAt = (path: string, event: object): unknown =>
  path
    .split('.')
    .slice(1)
    .reduce<unknown>((value, step) => (value as Record<string, unknown> | undefined)?.[step], event)

/**
 * Puts JSON in place of the variables of a template (Amazon EventBridge User Guide, “Amazon EventBridge input
 * transformation”). What AWS sends for a path that the event does not have is not documented precisely, so this throws.
 */
const filledTemplate = ({ InputPathsMap, InputTemplate }: InputTransformer, event: object): string =>
  InputTemplate.replace(variable, (_, name: string) => {
    const value = partAt(InputPathsMap[name] ?? '', event)
    if (value === undefined) throw new Error(`the event has no value at ${InputPathsMap[name]}`)
    return JSON.stringify(value)
  })

/**
 * SES: accepts mail as SES does and keeps it in a durable mailbox; no mail leaves this machine. The outcome of a mail is
 * decided, and published to the event destination of its configuration set, before the sender gets the response.
 */
import { randomUUID } from 'node:crypto'
import PostalMime, { type Address, type Email } from 'postal-mime'
import { AwsError } from '../../runtime/aws-error.ts'
import { awsQuery } from '../../runtime/aws-protocols.ts'
import type { AccessRequest, AwsCall, AwsService } from '../../runtime/aws-service.ts'
import type { VirtualClock } from '../../runtime/clock.ts'
import type { Collection, State } from '../../runtime/state.ts'
import type { Template } from '../../runtime/template.ts'
import type { EventBus } from '../eventbridge/service.ts'
import type { Iam } from '../iam/policies.ts'
import { accountSuppressedReasons, type ConfigurationSet, configurationSets } from './configuration-sets.ts'
import { feedback, type Header } from './feedback.ts'
import { type DeliveryOutcome, Recipients } from './recipients.ts'

/** Outcome of a mail. Only delivered and complained mail has reached the mailbox of its recipient. */
export type Delivery =
  | 'delivered'
  | 'bounced'
  | 'complained'
  | 'suppressed'
  | 'soft-bounced'
  | 'delayed'
  | 'rejected'

export interface Mail {
  readonly id: string
  /** Addresses only, lower case. */
  readonly to: readonly string[]
  readonly cc: readonly string[]
  /** Recipients of the envelope, which can differ from the headers. */
  readonly recipients: readonly string[]
  readonly from: string
  readonly subject: string
  readonly text: string
  readonly html: string
  readonly headers: Readonly<Record<string, string>>
  /** ISO 8601, virtual. */
  readonly sentAt: string
  /** Logical id of the function that sent it. */
  readonly sentBy: string
  readonly configurationSet: string | null
  readonly tags: Readonly<Record<string, string>>
  /** The worst outcome of its recipients. */
  readonly delivery: Delivery
  /** Outcome by recipient. */
  readonly deliveries: Readonly<Record<string, Delivery>>
}

/** The parts of a mail that its sender gives. */
type Draft = Pick<Mail, 'to' | 'cc' | 'recipients' | 'from' | 'subject' | 'text' | 'html'> & {
  readonly headers: readonly Header[]
}

const deliveryOf: Record<DeliveryOutcome, Delivery> = {
  delivered: 'delivered',
  bounced: 'bounced',
  'soft-bounced': 'soft-bounced',
  'undetermined-bounced': 'bounced',
  'out-of-office': 'delivered',
  delayed: 'delayed',
  'not-spam': 'delivered',
  rejected: 'rejected',
  complained: 'complained',
  'suppressed-for-bounce': 'suppressed',
  'suppressed-for-complaint': 'suppressed',
  'suppressed-globally': 'suppressed',
}

const fromWorst: Delivery[] = [
  'rejected',
  'bounced',
  'suppressed',
  'soft-bounced',
  'delayed',
  'complained',
  'delivered',
]
const hasArrived = (delivery: Delivery = 'delivered') => delivery === 'delivered' || delivery === 'complained'

/** Defaults for mail that an earlier version of the local cloud has stored. */
const withoutFeedback = { configurationSet: null, tags: {}, delivery: 'delivered' as const, deliveries: {} }
const complete = (mail: Mail): Mail => ({ ...withoutFeedback, ...mail })

/** Limits of AWS on one message of the version 1 API. */
const maxRecipients = 50
const maxMessageBytes = 10 * 1024 * 1024
const maxTags = 50
const maxTagLength = 256

interface SesOptions {
  readonly template: Template
  readonly state: State
  readonly iam: Iam
  readonly clock: VirtualClock
  /** Receives the events about mail. */
  readonly eventBus: EventBus
}

export class Ses implements AwsService {
  readonly name = 'ses'
  readonly protocol = awsQuery('http://ses.amazonaws.com/doc/2010-12-01/')
  readonly recipients: Recipients
  readonly #mails: Collection<Mail>
  readonly #configurationSets: ReadonlyMap<string, ConfigurationSet>
  readonly #iam: Iam
  readonly #clock: VirtualClock
  readonly #eventBus: EventBus
  readonly #identities: ReadonlySet<string>
  readonly #account: string
  readonly #region: string

  /** The identities named in the template's policies count as verified, without those that only a pattern covers. */
  constructor({ template, state, iam, clock, eventBus }: SesOptions) {
    this.recipients = new Recipients(state)
    this.#mails = state.collection<Mail>('mails')
    this.#configurationSets = configurationSets(template)
    this.#iam = iam
    this.#clock = clock
    this.#eventBus = eventBus
    this.#account = template.account
    this.#region = template.region
    const prefix = this.#arn('identity/')
    const named = iam.identityStatements().flatMap(({ Resource = [] }) => [Resource].flat())
    this.#identities = new Set(
      named
        .filter(arn => arn.startsWith(prefix))
        .map(arn => arn.slice(prefix.length))
        .filter(name => !name.includes('*')),
    )
  }

  /** Mail that has arrived, at one recipient or at any, newest first; with `all`, also mail that has not arrived. */
  list({ to, all = false }: { readonly to?: string | undefined; readonly all?: boolean } = {}): Mail[] {
    const recipient = to?.toLowerCase()
    const isListed = ({ recipients, deliveries }: Mail) =>
      recipients
        .filter(address => !recipient || address === recipient)
        .some(address => all || hasArrived(deliveries[address]))
    return this.#mails.values().map(complete).filter(isListed).reverse()
  }

  get(id: string): Mail | undefined {
    const mail = this.#mails.get(id)
    return mail && complete(mail)
  }

  access({ operation, input }: AwsCall): AccessRequest[] {
    if (operation !== 'SendRawEmail' && operation !== 'SendEmail') {
      return [{ action: `ses:${operation}`, resource: '*' }]
    }
    const from = operation === 'SendRawEmail' ? rawSender(input) : addressOf(String(input.Source ?? ''))
    const set = configurationSetName(input)
    const resources = [
      this.#identityArn(from),
      // Each addressee counts as an identity of the account, as in the sandbox, where SES also checks the right to it.
      ...recipientsIn(input).map(address => this.#arn(`identity/${address}`)),
      ...(set ? [this.#arn(`configuration-set/${set}`)] : []),
    ]
    return resources.map(resource => ({
      action: `ses:${operation}`,
      resource,
      context: { 'ses:FromAddress': from },
    }))
  }

  async handle({ operation, input, caller }: AwsCall): Promise<object> {
    if (operation === 'SendRawEmail') return this.#sendRaw(input, caller)
    if (operation === 'SendEmail') return this.#send(input, caller)
    throw new AwsError('InvalidAction', `Could not find operation ${operation} for version 2010-12-01`)
  }

  async #sendRaw(input: Readonly<Record<string, unknown>>, caller: string): Promise<object> {
    const raw = rawMessage(input)
    if (raw.length > maxMessageBytes) {
      throw new AwsError(
        'InvalidParameterValue',
        `Message length is more than ${maxMessageBytes} bytes long.`,
      )
    }
    const email = await PostalMime.parse(raw)
    const headerRecipients = [email.to, email.cc, email.bcc].flatMap(addresses)
    const named = members(input, 'Destinations').map(addressOf)
    const draft = {
      to: addresses(email.to),
      cc: addresses(email.cc),
      recipients: [...new Set(named.length > 0 ? named : headerRecipients)],
      from: addressOf(String(input.Source ?? '')) || addresses(senderOf(email))[0] || '',
      subject: email.subject ?? '',
      text: email.text ?? '',
      html: email.html ?? '',
      headers: email.headers.map(({ originalKey, value }) => ({ name: originalKey, value })),
    }
    return this.#accept(draft, input, caller)
  }

  #send(input: Readonly<Record<string, unknown>>, caller: string): object {
    const [to = [], cc = [], bcc = []] = ['To', 'Cc', 'Bcc'].map(field =>
      members(input, `Destination.${field}Addresses`).map(addressOf),
    )
    const subject = String(input['Message.Subject.Data'] ?? '')
    const draft = {
      to,
      cc,
      recipients: [...new Set([...to, ...cc, ...bcc])],
      from: addressOf(String(input.Source ?? '')),
      subject,
      text: String(input['Message.Body.Text.Data'] ?? ''),
      html: String(input['Message.Body.Html.Data'] ?? ''),
      headers: [
        { name: 'From', value: String(input.Source ?? '') },
        { name: 'To', value: to.join(', ') },
        { name: 'Subject', value: subject },
      ],
    }
    return this.#accept(draft, input, caller)
  }

  /** Validates the mail, decides its outcome for each recipient, stores it and publishes the events. */
  #accept(draft: Draft, input: Readonly<Record<string, unknown>>, caller: string): { MessageId: string } {
    this.#validate(draft)
    const tags = tagsOf(input)
    const set = this.#configurationSet(configurationSetName(input))
    const reasons = set?.suppressedReasons ?? accountSuppressedReasons
    const outcomes = new Map(
      draft.recipients.map(address => [address, this.recipients.receive(address, reasons)]),
    )
    const mail = this.#keep(draft, outcomes, { sentBy: caller, configurationSet: set?.name ?? null, tags })
    if (set) this.#report(mail, draft.headers, outcomes, set)
    return { MessageId: mail.id }
  }

  #keep(
    draft: Draft,
    outcomes: ReadonlyMap<string, DeliveryOutcome>,
    more: Pick<Mail, 'sentBy' | 'configurationSet' | 'tags'>,
  ): Mail {
    const now = this.#clock.now()
    const deliveries = [...outcomes].map(([address, outcome]) => [address, deliveryOf[outcome]] as const)
    const mail: Mail = {
      id: messageId(now),
      ...draft,
      ...more,
      headers: Object.fromEntries(draft.headers.map(({ name, value }) => [name.toLowerCase(), value])),
      sentAt: new Date(now).toISOString(),
      delivery: fromWorst.find(worst => deliveries.some(([, delivery]) => delivery === worst)) ?? 'delivered',
      deliveries: Object.fromEntries(deliveries),
    }
    this.#mails.set(mail.id, mail)
    return mail
  }

  #report(
    mail: Mail,
    headers: readonly Header[],
    outcomes: ReadonlyMap<string, DeliveryOutcome>,
    set: ConfigurationSet,
  ): void {
    const sent = {
      ...mail,
      headers,
      identityArn: this.#identityArn(mail.from),
      account: this.#account,
      callerIdentity: this.#iam.roleName(mail.sentBy) ?? mail.sentBy,
    }
    for (const event of feedback(sent, outcomes, set)) this.#eventBus.publish(event)
  }

  #configurationSet(name: string): ConfigurationSet | undefined {
    const set = this.#configurationSets.get(name)
    if (set || !name) return set
    throw new AwsError('ConfigurationSetDoesNotExist', `Configuration set <${name}> does not exist.`)
  }

  #validate({ from, recipients }: Pick<Mail, 'from' | 'recipients'>): void {
    if (recipients.length === 0) throw new AwsError('InvalidParameterValue', 'Missing final recipients.')
    if (recipients.length > maxRecipients) {
      throw new AwsError('InvalidParameterValue', `Recipient count exceeds ${maxRecipients}.`)
    }
    const illegal =
      [from, ...recipients].find(address => !isAddress(address)) ??
      recipients.find(address => this.recipients.refuses(address))
    if (illegal !== undefined) throw new AwsError('InvalidParameterValue', `Illegal address: ${illegal}`)
    if (this.#identityOf(from)) return
    const region = this.#region.toUpperCase()
    throw new AwsError(
      'MessageRejected',
      `Email address is not verified. The following identities failed the check in region ${region}: ${from}`,
    )
  }

  #arn(resource: string): string {
    return `arn:aws:ses:${this.#region}:${this.#account}:${resource}`
  }

  #identityArn(from: string): string {
    return this.#arn(`identity/${this.#identityOf(from) ?? domainOf(from)}`)
  }

  /** The verified identity of an address: the address, else its domain or a parent domain. */
  #identityOf(address: string): string | undefined {
    const labels = domainOf(address).split('.')
    const domains = labels.map((_, index) => labels.slice(index).join('.'))
    return [address, ...domains].find(name => this.#identities.has(name))
  }
}

const rawMessage = (input: Readonly<Record<string, unknown>>): Buffer => {
  const data = String(input['RawMessage.Data'] ?? '')
  if (!data)
    throw new AwsError('ValidationError', "1 validation error detected: Value at 'rawMessage.data' is null")
  return Buffer.from(data, 'base64')
}

/** Reads the From header only: policies are checked before the message is parsed. */
const rawSender = (input: Readonly<Record<string, unknown>>): string => {
  const source = addressOf(String(input.Source ?? ''))
  return source || addressOf(headersOf(input, 'from')[0] ?? '')
}

/** The values of the headers of a raw message with this name, unfolded. */
const headersOf = (input: Readonly<Record<string, unknown>>, name: string): string[] => {
  const [head = ''] = rawMessage(input)
    .toString('latin1')
    .split(/\r?\n\r?\n/, 1)
  const unfolded = head.replace(/\r?\n[ \t]+/g, ' ')
  return [...unfolded.matchAll(new RegExp(`^${name}:(.*)$`, 'gim'))].map(([, value = '']) => value.trim())
}

/** The addressees of a call, before the message is parsed. */
const recipientsIn = (input: Readonly<Record<string, unknown>>): string[] => {
  const named = ['Destinations', ...['To', 'Cc', 'Bcc'].map(field => `Destination.${field}Addresses`)]
    .flatMap(field => members(input, field))
    .map(addressOf)
  if (named.length > 0 || input['RawMessage.Data'] === undefined) return [...new Set(named)]
  const inHeaders = ['to', 'cc', 'bcc'].flatMap(name => headersOf(input, name))
  return [...new Set(inHeaders.flatMap(value => value.split(',')).map(addressOf))]
}

const senderOf = ({ from }: Email): Address[] => (from ? [from] : [])

/** Addresses in lower case; the members of groups are included. */
const addresses = (list: readonly Address[] | undefined): string[] =>
  (list ?? [])
    .flatMap(entry => entry.group ?? [entry])
    .flatMap(({ address }) => address ?? [])
    .map(address => address.toLowerCase())

/** The address of `Name <address>` or of a bare address. */
const addressOf = (text: string): string => (/<([^<>]*)>\s*$/.exec(text)?.[1] ?? text).trim().toLowerCase()
const domainOf = (address: string): string => address.replace(/^.*@/, '')

export const isAddress = (text: string): boolean => /^[^\s@]+@[^\s@]+$/.test(text)

const configurationSetName = (input: Readonly<Record<string, unknown>>): string =>
  String(input.ConfigurationSetName ?? '')

const tagsOf = (input: Readonly<Record<string, unknown>>): Record<string, string> => {
  const names = Object.keys(input).filter(field => /^Tags\.member\.\d+\.Name$/.test(field))
  if (names.length > maxTags) {
    throw new AwsError('InvalidParameterValue', `Tag count exceeds ${maxTags}.`)
  }
  const tags = names.map(field => {
    const name = String(input[field])
    const value = String(input[field.replace(/Name$/, 'Value')] ?? '')
    return [tagPart('name', name, /^[\w-]+$/), tagPart('value', value, /^[\w.@-]+$/)]
  })
  return Object.fromEntries(tags)
}

/** Values may also contain a dot and an at sign, which the API reference does not say. */
const tagPart = (part: 'name' | 'value', text: string, pattern: RegExp): string => {
  if (text.length > maxTagLength) {
    throw new AwsError('InvalidParameterValue', `Tag ${part} cannot exceed ${maxTagLength} characters.`)
  }
  if (!pattern.test(text)) {
    throw new AwsError(
      'InvalidParameterValue',
      `Invalid tag ${part} <${text}>: only alphanumeric ASCII characters, '_', '-'${part === 'value' ? ", '.', '@'" : ''} are allowed.`,
    )
  }
  return text
}

/** A list of the query protocol: `Name.member.1`, `Name.member.2` and so on. */
const members = (input: Readonly<Record<string, unknown>>, name: string): string[] =>
  Object.entries(input)
    .filter(([field]) => field.startsWith(`${name}.member.`))
    .map(([, value]) => String(value))

/** An id in the form of SES ids, which begin with the time. */
const messageId = (now: number): string =>
  `${Math.trunc(now).toString(16).padStart(16, '0')}-${randomUUID()}-000000`

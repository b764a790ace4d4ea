/**
 * SES: takes mail as SES does and keeps it in a mailbox that outlives a restart; nothing leaves this machine.
 */
import { randomUUID } from 'node:crypto'
import PostalMime, { type Address, type Email } from 'postal-mime'
import { AwsError } from './aws-error.ts'
import { awsQuery } from './aws-protocols.ts'
import type { AwsCall, AwsService } from './aws-service.ts'
import type { VirtualClock } from './clock.ts'
import type { AccessRequest, Iam } from './iam.ts'
import type { Collection, State } from './state.ts'
import type { Template } from './template.ts'

export interface Mail {
  id: string
  /** Addresses only, lower case. */
  to: string[]
  cc: string[]
  /** Everyone it was handed to, whatever its headers say. */
  recipients: string[]
  from: string
  subject: string
  text: string
  html: string
  headers: Record<string, string>
  /** ISO 8601, virtual. */
  sentAt: string
  /** Logical id of the function that sent it. */
  sentBy: string
}

/** AWS's limits on one message of the version 1 API. */
const maxRecipients = 50
const maxMessageBytes = 10 * 1024 * 1024

export class Ses implements AwsService {
  readonly name = 'ses'
  readonly protocol = awsQuery('http://ses.amazonaws.com/doc/2010-12-01/')
  readonly #mails: Collection<Mail>
  readonly #clock: VirtualClock
  readonly #identities: ReadonlySet<string>
  readonly #arnPrefix: string
  readonly #region: string

  /** The identities that the template's policies name stand for those that its operator has verified. */
  constructor(template: Template, state: State, iam: Iam, clock: VirtualClock) {
    this.#mails = state.collection<Mail>('mails')
    this.#clock = clock
    this.#region = template.region
    this.#arnPrefix = `arn:aws:ses:${template.region}:${template.account}:identity/`
    const named = iam.identityStatements().flatMap(({ Resource = [] }) => [Resource].flat())
    this.#identities = new Set(
      named.filter(arn => arn.startsWith(this.#arnPrefix)).map(arn => arn.slice(this.#arnPrefix.length)),
    )
  }

  /** Newest first; `to` selects one recipient's mail. */
  list({ to }: { to?: string | undefined } = {}): Mail[] {
    const recipient = to?.toLowerCase()
    const mails = this.#mails.values().filter(mail => !recipient || mail.recipients.includes(recipient))
    return mails.reverse()
  }

  get(id: string): Mail | undefined {
    return this.#mails.get(id)
  }

  access({ operation, input }: AwsCall): AccessRequest[] {
    if (operation !== 'SendRawEmail' && operation !== 'SendEmail') {
      return [{ action: `ses:${operation}`, resource: '*' }]
    }
    const from = operation === 'SendRawEmail' ? rawSender(input) : addressOf(String(input.Source ?? ''))
    return [
      {
        action: `ses:${operation}`,
        resource: `${this.#arnPrefix}${this.#identityOf(from) ?? domainOf(from)}`,
        context: { 'ses:FromAddress': from },
      },
    ]
  }

  async handle({ operation, input, caller }: AwsCall): Promise<object> {
    if (operation === 'SendRawEmail') return this.#sendRaw(input, caller)
    if (operation === 'SendEmail') return this.#send(input, caller)
    throw new AwsError('InvalidAction', `Could not find operation ${operation} for version 2010-12-01`)
  }

  async #sendRaw(input: Record<string, unknown>, caller: string): Promise<object> {
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
    return this.#keep({
      to: addresses(email.to),
      cc: addresses(email.cc),
      recipients: [...new Set(named.length > 0 ? named : headerRecipients)],
      from: addressOf(String(input.Source ?? '')) || addresses(senderOf(email))[0] || '',
      subject: email.subject ?? '',
      text: email.text ?? '',
      html: email.html ?? '',
      headers: Object.fromEntries(email.headers.map(({ key, value }) => [key, value])),
      sentBy: caller,
    })
  }

  #send(input: Record<string, unknown>, caller: string): object {
    const [to = [], cc = [], bcc = []] = ['To', 'Cc', 'Bcc'].map(field =>
      members(input, `Destination.${field}Addresses`).map(addressOf),
    )
    return this.#keep({
      to,
      cc,
      recipients: [...new Set([...to, ...cc, ...bcc])],
      from: addressOf(String(input.Source ?? '')),
      subject: String(input['Message.Subject.Data'] ?? ''),
      text: String(input['Message.Body.Text.Data'] ?? ''),
      html: String(input['Message.Body.Html.Data'] ?? ''),
      headers: {},
      sentBy: caller,
    })
  }

  #keep(mail: Omit<Mail, 'id' | 'sentAt'>): { MessageId: string } {
    this.#validate(mail)
    const now = this.#clock.now()
    const id = messageId(now)
    this.#mails.set(id, { id, ...mail, sentAt: new Date(now).toISOString() })
    return { MessageId: id }
  }

  #validate({ from, recipients }: Pick<Mail, 'from' | 'recipients'>): void {
    if (recipients.length === 0) throw new AwsError('InvalidParameterValue', 'Missing final recipients.')
    if (recipients.length > maxRecipients) {
      throw new AwsError('InvalidParameterValue', `Recipient count exceeds ${maxRecipients}.`)
    }
    for (const address of [from, ...recipients]) {
      if (/^[^\s@]+@[^\s@]+$/.test(address)) continue
      throw new AwsError('InvalidParameterValue', `Illegal address: ${address}`)
    }
    if (this.#identityOf(from)) return
    const region = this.#region.toUpperCase()
    throw new AwsError(
      'MessageRejected',
      `Email address is not verified. The following identities failed the check in region ${region}: ${from}`,
    )
  }

  /** The verified identity that an address belongs to: itself, else its domain or a parent of it. */
  #identityOf(address: string): string | undefined {
    const labels = domainOf(address).split('.')
    const domains = labels.map((_, index) => labels.slice(index).join('.'))
    return [address, ...domains].find(name => this.#identities.has(name) || this.#identities.has('*'))
  }
}

function rawMessage(input: Record<string, unknown>): Buffer {
  const data = String(input['RawMessage.Data'] ?? '')
  if (!data)
    throw new AwsError('ValidationError', "1 validation error detected: Value at 'rawMessage.data' is null")
  return Buffer.from(data, 'base64')
}

/** Policies are checked before the message is parsed: its From header alone will do. */
function rawSender(input: Record<string, unknown>): string {
  const source = addressOf(String(input.Source ?? ''))
  if (source) return source
  const [head = ''] = rawMessage(input)
    .toString('latin1')
    .split(/\r?\n\r?\n/, 1)
  const unfolded = head.replace(/\r?\n[ \t]+/g, ' ')
  return addressOf(/^from:(.*)$/im.exec(unfolded)?.[1] ?? '')
}

const senderOf = ({ from }: Email): Address[] => (from ? [from] : [])

/** Groups are flattened: they hold mailboxes and are none. */
const addresses = (list: Address[] | undefined): string[] =>
  (list ?? [])
    .flatMap(entry => entry.group ?? [entry])
    .flatMap(({ address }) => address ?? [])
    .map(address => address.toLowerCase())

/** The address of `Name <address>` or of a bare address. */
const addressOf = (text: string): string => (/<([^<>]*)>\s*$/.exec(text)?.[1] ?? text).trim().toLowerCase()
const domainOf = (address: string): string => address.replace(/^.*@/, '')

/** A list of the query protocol: `Name.member.1`, `Name.member.2` and so on. */
const members = (input: Record<string, unknown>, name: string): string[] =>
  Object.entries(input)
    .filter(([field]) => field.startsWith(`${name}.member.`))
    .map(([, value]) => String(value))

/** Looks like SES's ids, which begin with the time. */
const messageId = (now: number): string =>
  `${Math.trunc(now).toString(16).padStart(16, '0')}-${randomUUID()}-000000`

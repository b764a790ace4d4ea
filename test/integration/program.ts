/** Helpers for integration tests: enroll partners, create RFIs, advance the clock, read mails and pages. */
import { randomUUID } from 'node:crypto'
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb'
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { DynamoDBDocumentClient, QueryCommand } from '@aws-sdk/lib-dynamodb'
import { expect, inject } from 'vitest'
import type { Behaviour } from '../../local/aws/ses/recipients.ts'
import type { Event, MailedItem, TimelineItem } from '../../shared/events/contract.ts'
import type { Role } from '../../shared/kernel/principal.ts'
import { partnerOperations } from '../../shared/partners/partner/contract.ts'
import { profileOperations } from '../../shared/partners/profile/contract.ts'
import { type NewPolicy, policyOperations } from '../../shared/program/policy/contract.ts'
import { referralOperations } from '../../shared/referrals/referral/contract.ts'
import { type CreatedRfi, rfiOperations } from '../../shared/referrals/rfi/contract.ts'
import { call, fetchLocal } from './client.ts'

export const tokenOf = async (role: Role, partnerId?: string, more: object = {}): Promise<string> => {
  const { accessToken } = await fetchLocal<{ accessToken: string }>('/_local/token', {
    role,
    ...(partnerId && { partnerId }),
    ...more,
  })
  return accessToken
}

export interface Partner {
  readonly id: string
  readonly name: string
  readonly profileId: string
  readonly admin: string
  readonly user: string
  /** Returns the address of the contact of a location. */
  readonly contactOf: (locationId: string) => string
}

/** Returns a random text, so that tests that share the local cloud do not collide. */
export const unique = (): string => randomUUID().slice(0, 8)

/** A person who can get mail. */
export interface Person {
  readonly firstName: string
  readonly lastName: string
  readonly email: string
  readonly locale?: string
  readonly muted?: boolean
}

/** Creates a person with a unique address. */
export const personNamed = (name: string, more: Partial<Person> = {}): Person => ({
  firstName: name,
  lastName: 'Person',
  email: `${name.toLowerCase()}-${unique()}@desk.example`,
  locale: 'en',
  ...more,
})

/** Contacts and admins of a partner. By default each location has one contact and there are no others. */
export interface People {
  readonly main?: readonly Person[]
  readonly branch?: readonly Person[]
  readonly defaultContacts?: readonly Person[]
  readonly admins?: readonly Person[]
}

export const profileContent = (
  contactOf: (locationId: string) => string,
  { defaultContacts = [], ...people }: People = {},
) => ({
  headline: 'We do it',
  languages: ['en'],
  locations: (['main', 'branch'] as const).map(id => ({
    id,
    name: `The ${id} office`,
    address: { city: id === 'main' ? 'Berlin' : 'Hamburg', country: 'DE' },
    contacts: people[id] ?? [{ firstName: 'Desk', lastName: id, email: contactOf(id), locale: 'en' }],
  })),
  defaultContacts,
})

/** Creates a partner with an active profile. By default, each of its two locations has one contact. */
export const enroll = async (
  name = `Partner ${unique()}`,
  region = 'DE',
  people: People = {},
): Promise<Partner> => {
  const operator = await tokenOf('operator')
  const { body } = await call(partnerOperations.createPartner, {
    token: operator,
    body: { name, admins: people.admins ?? [] },
    idempotencyKey: randomUUID(),
  })
  const { id } = body
  const contactOf = (locationId: string) => `${locationId}@${id.toLowerCase().replace('_', '-')}.example`
  const admin = await tokenOf('partner-admin', id)
  const params = { region }
  const { etag } = await call(profileOperations.putProfile, {
    token: admin,
    params,
    body: profileContent(contactOf, people),
  })
  const active = await call(profileOperations.activateProfile, { token: admin, params, ifMatch: etag })
  return { id, name, profileId: active.body.id, admin, user: await tokenOf('partner-user', id), contactOf }
}

/** Returns the partner with new tokens. Tokens are valid for one hour of virtual time. */
export const signedIn = async (partner: Partner): Promise<Partner> => ({
  ...partner,
  admin: await tokenOf('partner-admin', partner.id),
  user: await tokenOf('partner-user', partner.id),
})

export interface RfiOptions {
  readonly email?: string
  readonly directContact?: boolean
  readonly company?: string
  readonly summary?: string
  readonly locale?: string
}

export const rfiBody = (partners: readonly Partner[], options: RfiOptions = {}, locationId = 'main') => ({
  customer: {
    company: options.company ?? 'Havelland Getriebe',
    size: '51-250',
    address: { line1: 'Gleis 1', city: 'Potsdam', postalCode: '14467', country: 'DE' },
    contact: {
      firstName: 'IT',
      lastName: 'Purchasing',
      email: options.email ?? `customer-${unique()}@customer.example`,
      phone: '+49 331 000000',
      locale: options.locale ?? 'en',
    },
  },
  need: {
    summary: options.summary ?? 'An ERP for two plants.',
    products: ['erp'],
    budget: { amount: 50_000, currency: 'EUR' },
  },
  recipients: partners.map(({ profileId }) => ({ profileId, locationId })),
  directContact: options.directContact ?? false,
  consent: { contact: true, share: true },
})

/** Creates an RFI to the main location of each partner. */
/** Sends an RFI, and waits until its mails have arrived, which changes the status of the customer's address. */
export const sendRfi = async (
  partners: readonly Partner[],
  options: RfiOptions = {},
): Promise<CreatedRfi> => {
  const { body } = await call(rfiOperations.createRfi, {
    body: rfiBody(partners, options),
    idempotencyKey: randomUUID(),
  })
  await settle()
  return body
}

/** Returns the version that an ETag begins with. */
export const versionIn = (etag: string): number => Number(/^"(\d+)\./.exec(etag)?.[1])

export const referralOf = ({ recipients }: CreatedRfi, { id }: Partner): string => {
  const recipient = recipients.find(({ partnerId }) => partnerId === id)
  if (!recipient) throw new Error(`the RFI has no recipient ${id}`)
  return recipient.referralId
}

export const get = (partner: Partner, referralId: string) =>
  call(referralOperations.getReferral, { token: partner.user, params: { referralId } })

export const acceptance = {
  name: 'ERP for two plants',
  estimatedValue: { amount: 45_000, currency: 'EUR' },
  estimatedCloseDate: '2099-01-31',
  notes: 'They look for a start in spring.',
  crmId: 'CRM-17',
  colleagues: [
    { firstName: 'Key', lastName: 'Account', email: 'key.account@partner.example', phone: '+49 30 1234' },
  ],
}

/** Executes a command of a partner with the current ETag. */
export const execute = async (
  partner: Partner,
  operation: (typeof referralOperations)[
    | 'acceptReferral'
    | 'declineReferral'
    | 'extendReferral'
    | 'reopenReferral'
    | 'resumeReferral'
    | 'closeReferral'
    | 'editDeal'
    | 'addColleague'
    | 'removeColleague'],
  referralId: string,
  body?: object,
  params: Record<string, string> = {},
) => {
  const { etag } = await get(partner, referralId)
  return call(operation, {
    token: partner.user,
    params: { referralId, ...params },
    ifMatch: etag,
    ...(body && { body }),
  })
}

export const timelineTypes = async (partner: Partner, referralId: string): Promise<string[]> => {
  const { body } = await call(referralOperations.getTimeline, { token: partner.user, params: { referralId } })
  return body.items.map(({ type }) => type).filter(type => type !== 'mail')
}

export interface Mail {
  readonly id: string
  readonly to: string[]
  readonly from: string
  readonly subject: string
  readonly text: string
  readonly html: string
  readonly headers: Readonly<Record<string, string>>
  readonly tags: Readonly<Record<string, string>>
  readonly delivery: string
  readonly sentAt: string
}

export const mailTo = (address: string): Promise<Mail[]> =>
  fetchLocal(`/_local/mail?to=${encodeURIComponent(address)}`)

/** Returns all mails to an address, oldest first, including those that were not delivered. */
export const allMailsTo = async (address: string): Promise<Mail[]> => {
  const mails = await fetchLocal<Mail[]>(`/_local/mail?to=${encodeURIComponent(address)}&all=true`)
  return mails.toReversed()
}

/** Waits for background work and returns the mails to an address. @throws Error if there are fewer than `count` */
export const awaitMail = async (address: string, count = 1): Promise<Mail[]> => {
  await settle()
  const mails = await mailTo(address)
  if (mails.length < count) throw new Error(`${mails.length} of ${count} mails to ${address} were sent`)
  return mails
}

export interface Schedule {
  readonly name: string
  readonly group: string
  readonly dueAt: string
  /** ARN of the queue that the schedule sends to. */
  readonly target: string
  readonly input: string
}
export const schedulesOf = async (referralId: string): Promise<Schedule[]> => {
  const schedules = await fetchLocal<Schedule[]>('/_local/schedules')
  return schedules.filter(({ name }) => name.includes(referralId))
}
/** Returns the kinds of a referral's schedules, soonest first. */
export const scheduledKinds = async (referralId: string): Promise<string[]> =>
  (await schedulesOf(referralId)).map(({ name }) => name.slice(0, name.indexOf('-')))

/** Advances the clock. Resolves when all work that became due has finished. */
export const advance = (duration: string) =>
  fetchLocal<{ now: string; fired: { name: string }[] }>('/_local/clock', { advance: duration })
/** Resolves when all background work has finished. */
export const settle = () => advance('PT0S')

/** Returns the mails about a referral that its partner sees on the timeline, oldest event first. */
export const mailsOnTimeline = async (partner: Partner, referralId: string): Promise<MailedItem[]> => {
  const items = await timelineOf(partner, referralId)
  return items.filter(item => item.type === 'mail')
}

export const timelineOf = async (partner: Partner, referralId: string): Promise<TimelineItem[]> => {
  const { body } = await call(referralOperations.getTimeline, {
    token: partner.user,
    params: { referralId },
    query: { limit: 100 },
  })
  return body.items
}

/** Returns each mail on the timeline of a referral as `kind recipient: result`. */
export const mailStory = async (partner: Partner, referralId: string): Promise<string[]> =>
  (await mailsOnTimeline(partner, referralId)).map(
    ({ kind, to, result }) => `${kind} ${to.name ?? to.role}: ${result}`,
  )

export const profileOf = ({ admin }: Partner, region = 'DE') =>
  call(profileOperations.getProfile, { token: admin, params: { region } })

/** Sets the behaviour of an address for later mails. */
export const setMailBehaviour = (address: string, does: Behaviour) =>
  fetchLocal('/_local/mailbox/behaviour', { address, does })

/** Runs `run` with a changed policy and restores the policy afterwards, because all tests share one cloud. */
export const withPolicy = async (changes: Partial<NewPolicy>, run: () => Promise<void>): Promise<void> => {
  const put = async (content: Partial<NewPolicy>): Promise<NewPolicy> => {
    const token = await tokenOf('operator')
    const { body, etag } = await call(policyOperations.getPolicy, { token })
    await call(policyOperations.putPolicy, { token, ifMatch: etag, body: { ...body, ...content } })
    return body
  }
  const original = await put(changes)
  try {
    await run()
  } finally {
    await put(original)
  }
}

const client = () => ({
  endpoint: inject('url'),
  region: 'us-east-1',
  credentials: { accessKeyId: 'tester', secretAccessKey: 'tester' },
})

/** Returns the stored events of a referral, oldest first. */
export const eventsOf = async ({ id }: Partner, referralId: string): Promise<Event[]> => {
  const dynamodb = new DynamoDBClient(client())
  const { TableNames } = await dynamodb.send(new ListTablesCommand({}))
  const { Items = [] } = await DynamoDBDocumentClient.from(dynamodb).send(
    new QueryCommand({
      TableName: TableNames?.[0],
      ConsistentRead: true,
      KeyConditionExpression: 'pk = :pk AND begins_with(sk, :sk)',
      ExpressionAttributeValues: { ':pk': `REFERRALS#${id}`, ':sk': `REFERRAL#${referralId}#EVENT#` },
    }),
  )
  return Items.flatMap(({ event }) => (event ? [event as Event] : []))
}

/** Sends messages to the queue of a worker and waits until they are processed. */
export const enqueue = async (worker: string, ...bodies: readonly object[]): Promise<void> => {
  const queues =
    await fetchLocal<{ name: string; arn: string; deadLetterQueue: string | null }[]>('/_local/queues')
  const queue = queues.find(({ name, deadLetterQueue }) => deadLetterQueue !== null && name.includes(worker))
  if (!queue)
    throw new Error(`unknown worker ${worker}, expected one of ${queues.map(({ name }) => name).join()}`)
  const sqs = new SQSClient(client())
  for (const body of bodies) {
    const QueueUrl = `${inject('url')}/${queue.arn.split(':').slice(4).join('/')}`
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify(body) }))
  }
  await settle()
}

const entities: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#39;': "'",
}
const unescaped = (html: string): string =>
  html.replace(/&(?:amp|lt|gt|quot|#39);/g, found => entities[found] ?? '')

/** Returns the visible text of HTML. */
export const textOf = (html: string): string =>
  unescaped(
    html
      .replace(/<(style|head)\b.*?<\/\1>/gs, '')
      .replace(/<\/?(?:bdi|span|strong|a)\b[^>]*>/g, '')
      .replace(/<[^>]*>/g, ' '),
  )
    .replace(/[ \t\r\n]+/g, ' ')
    .trim()

export interface Link {
  readonly label: string
  readonly href: string
}

/** Returns the links of a mail or a page in order. */
export const linksIn = ({ html }: Pick<Mail, 'html'>): Link[] =>
  [...html.matchAll(/<a href="([^"]*)"[^>]*>(.*?)<\/a>/gs)].map(([, href = '', label = '']) => ({
    label: textOf(label),
    href: unescaped(href),
  }))

/** Returns the URL of the link with this label. @throws Error if the mail or page has no such link */
export const linkIn = (source: Pick<Mail, 'html'> | undefined, label: string): string => {
  const links = source ? linksIn(source) : []
  const found = links.find(link => link.label === label)
  if (!found) throw new Error(`no link “${label}” among ${links.map(link => link.label).join(', ')}`)
  return found.href
}

interface Form {
  /** Values that a browser sends if the form is not changed. */
  readonly values: Readonly<Record<string, string>>
  /** Editable fields: the options of a select or of radio buttons, `ticked` for a checkbox, `text` for others. */
  readonly fields: Readonly<Record<string, readonly string[] | 'ticked' | 'text'>>
  /** Names of the fields that are marked as invalid. */
  readonly invalid: readonly string[]
  readonly button: string
}

/** A page as a browser receives it. */
export interface WebPage {
  readonly url: string
  readonly status: number
  readonly headers: Headers
  readonly html: string
  readonly text: string
  readonly language: string
  readonly forms: readonly Form[]
}

const attribute = (tag: string, name: string): string | undefined => {
  const found = new RegExp(`\\s${name}="([^"]*)"`).exec(tag)?.[1]
  return found === undefined ? undefined : unescaped(found)
}

const formIn = (markup: string): Form => {
  const values: Record<string, string> = {}
  const fields: Record<string, readonly string[] | 'ticked' | 'text'> = {}
  const invalid: string[] = []
  const controls = /(<(input)\b[^>]*>)|(<(select|textarea)\b[^>]*>)(.*?)<\/\4>/gs
  for (const [, input, , tag = input ?? '', kind, content = ''] of markup.matchAll(controls)) {
    const name = attribute(tag, 'name') ?? ''
    const type = attribute(tag, 'type')
    if (tag.includes('aria-invalid="true"')) invalid.push(name)
    if (type === 'checkbox') fields[name] = 'ticked'
    else if (type === 'radio') {
      const options = Array.isArray(fields[name]) ? fields[name] : []
      fields[name] = [...options, attribute(tag, 'value') ?? '']
    } else if (kind === 'select') {
      const options = [...content.matchAll(/<option\b[^>]*>/g)].map(([option]) => option)
      fields[name] = options.map(option => attribute(option, 'value') ?? '')
      const chosen = options.find(option => /\sselected\b/.test(option)) ?? options[0] ?? ''
      values[name] = attribute(chosen, 'value') ?? ''
    } else {
      if (type !== 'hidden') fields[name] = 'text'
      values[name] = kind === 'textarea' ? unescaped(content) : (attribute(tag, 'value') ?? '')
    }
  }
  const button = textOf(/<button\b[^>]*>(.*?)<\/button>/s.exec(markup)?.[1] ?? '')
  return { values, fields, invalid, button }
}

const pageOf = async (url: string, response: Response): Promise<WebPage> => {
  const html = await response.text()
  return {
    url,
    status: response.status,
    headers: response.headers,
    html,
    text: textOf(html),
    language: /<html lang="([^"]*)"/.exec(html)?.[1] ?? '',
    forms: [...html.matchAll(/<form\b.*?<\/form>/gs)].map(([markup]) => formIn(markup)),
  }
}

/** Requests a page without following redirects. */
export const getPage = async (url: string, headers: Record<string, string> = {}): Promise<WebPage> =>
  pageOf(url, await fetch(url, { headers, redirect: 'manual' }))

/** Posts form fields without following redirects. */
export const postForm = async (url: string, fields: Record<string, string> = {}): Promise<WebPage> =>
  pageOf(url, await fetch(url, { method: 'POST', body: new URLSearchParams(fields), redirect: 'manual' }))

/** Returns the URL that a response redirects to. */
export const redirectOf = ({ url, headers }: WebPage): string =>
  new URL(headers.get('location') ?? '', url).href

/** Tests for a form with one button that asks for more on a page with a form for an answer. */
const isSecondary = ({ values }: Form): boolean => ['show-contact', 'undo'].includes(values.do ?? '')

/**
 * Fills in a form of a page and sends it, as a browser does.
 * @param which label of the form's button; by default the first form, but neither to see contact details nor to undo
 * @returns the page after a redirect, or the response itself
 */
export const submit = async (
  page: WebPage,
  filled: Record<string, string> = {},
  which?: string,
): Promise<WebPage> => {
  const form = page.forms.find(candidate =>
    which === undefined ? !isSecondary(candidate) : candidate.button === which,
  )
  if (!form) throw new Error(`no form “${which ?? ''}” on: ${page.text}`)
  for (const [name, value] of Object.entries(filled)) {
    const field = form.fields[name]
    expect(field, `the field ${name}`).toBeDefined()
    if (Array.isArray(field)) expect(field, `the choices of ${name}`).toContain(value)
  }
  const answer = await postForm(page.url, { ...form.values, ...filled })
  return answer.status === 303 ? getPage(redirectOf(answer)) : answer
}

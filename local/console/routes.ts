/**
 * Routes of the console of the local cloud below /_local: pages for people, JSON for scripts. AWS has no counterpart.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { parseDuration } from '../../shared/time/duration.ts'
import { BadRequest, type Identity, type Person } from '../aws/cognito/identity.ts'
import type { Schedule } from '../aws/scheduler/service.ts'
import { type Behaviour, behaviours, type Recipients } from '../aws/ses/recipients.ts'
import { isAddress, type Mail } from '../aws/ses/service.ts'
import type { QueueDepth } from '../aws/sqs/queue.ts'
import type { VirtualClock } from '../runtime/clock.ts'
import { consolePage, type MailPreview, mailboxPage, mailPage, previewPage, previewsPage } from './pages.ts'

interface Mailbox {
  /** Lists delivered mails, newest first. `to` limits the list to an address; `all` adds mails that were not delivered. */
  list(filter?: { readonly to?: string | undefined; readonly all?: boolean }): Mail[]
  get(id: string): Mail | undefined
}

export interface ConsoleSources {
  readonly clock: VirtualClock
  readonly identity: Identity
  people(): Person[]
  readonly mailbox: Mailbox
  readonly recipients: Recipients
  schedules(): Schedule[]
  queues(): QueueDepth[]
  /** Examples of the program's mails, in each language. */
  previews(): readonly MailPreview[]
  /** Address of the API, without a slash at the end. */
  readonly apiUrl: string
}

type Reply = {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body: string
}
type Action = (request: IncomingMessage, url: URL) => Reply | Promise<Reply>

/** Limit for request bodies of the local endpoints. */
const maxBodyBytes = 64 * 1024

const json = (value: unknown, status = 200): Reply => ({
  status,
  headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
  body: `${JSON.stringify(value, null, 2)}\n`,
})

const page = (body: string, status = 200): Reply => ({
  status,
  headers: { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' },
  body,
})

const failure = (status: number, error: string) => json({ error }, status)

export const startConsole = (
  sources: ConsoleSources,
): ((request: IncomingMessage, response: ServerResponse) => Promise<void>) => {
  const actions = actionsOf(sources)
  return async (request, response) => {
    const { status, headers, body } = await reply(actions, request)
    response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) })
    response.end(request.method === 'HEAD' ? undefined : body)
  }
}

const reply = async (actions: Readonly<Record<string, Action>>, request: IncomingMessage): Promise<Reply> => {
  const url = new URL(`http://localhost${request.url ?? '/'}`)
  const inFolder = url.pathname.replace(/^(\/_local\/(?:mailbox|previews)\/).+$/, '$1*')
  const method = request.method === 'HEAD' ? 'GET' : request.method
  const action = actions[`${method} ${url.pathname}`] ?? actions[`${method} ${inFolder}`]
  if (!action)
    return failure(404, `Not found: ${request.method} ${url.pathname}. GET /_local/ lists the endpoints`)
  try {
    return await action(request, url)
  } catch (error) {
    if (error instanceof BadRequest) return failure(400, error.message)
    throw error
  }
}

/** Limit for one advance. The clock cannot go back, so a typing error could not be undone. */
const maxJumpMs = 10 * 365 * 86_400_000

const actionsOf = (sources: ConsoleSources): Record<string, Action> => {
  const { clock, identity, mailbox, recipients } = sources
  const isPartner = partnerLookup(sources)
  const now = () => new Date(clock.now()).toISOString()
  return {
    'GET /_local': () => ({ status: 308, headers: { location: '/_local/' }, body: '' }),
    'GET /_local/': () =>
      page(
        consolePage({
          now: now(),
          people: sources.people(),
          mails: mailbox.list({ all: true }),
          schedules: sources.schedules(),
          queues: sources.queues(),
        }),
      ),
    'GET /_local/mailbox': (_, url) => {
      const to = url.searchParams.get('to') ?? undefined
      return page(
        mailboxPage({ mails: mailbox.list({ to, all: true }), to, recipients: recipients.settings() }),
      )
    },
    'GET /_local/mailbox/behaviour': () => json(recipients.settings()),
    'POST /_local/mailbox/behaviour': async request => {
      const { address, does } = behaviourOf(await readJson(request))
      return json(recipients.setBehaviour(address, does))
    },
    'GET /_local/mailbox/*': (_, url) => {
      const mail = mailbox.get(decodeURIComponent(url.pathname.slice('/_local/mailbox/'.length)))
      return mail ? page(mailPage(mail)) : failure(404, 'Mail not found')
    },
    'GET /_local/previews': () => page(previewsPage(sources.previews())),
    'GET /_local/previews/*': (_, url) => {
      const [language, name] = url.pathname.split('/').slice(3).map(decodeURIComponent)
      const preview = sources.previews().find(one => one.language === language && one.name === name)
      return preview ? page(previewPage(preview)) : failure(404, 'Preview not found')
    },
    'GET /_local/mail': (_, url) => {
      const to = url.searchParams.get('to') ?? undefined
      return json(mailbox.list({ to, all: url.searchParams.get('all') === 'true' }))
    },
    'GET /_local/people': () => json(sources.people()),
    'GET /_local/schedules': () => json(sources.schedules().map(scheduleView)),
    'GET /_local/queues': () => json(sources.queues()),
    'GET /_local/clock': () => json({ now: now() }),
    'POST /_local/clock': async request => {
      const { advance } = await readJson(request)
      const ms = parseDuration(advance)
      if (ms === undefined)
        throw new BadRequest(
          'Invalid value of "advance". Expected an ISO 8601 duration, such as PT72H or P14D.',
        )
      if (ms > maxJumpMs)
        throw new BadRequest(
          '"advance" is too long. Expected at most ten years, because the clock cannot go back.',
        )
      const fired = await clock.advance(ms)
      return json({ now: now(), fired })
    },
    'POST /_local/token': async request => {
      const wanted = await readJson(request)
      const { partnerId } = wanted
      if (typeof partnerId === 'string' && partnerId !== '' && !(await isPartner(partnerId)))
        throw new BadRequest(
          `Unknown partner "${partnerId}". Use the id of a partner of this program. GET /_local/people lists the partners of the demo.`,
        )
      return json(await identity.issueToken(wanted))
    },
  }
}

const problemType = 'application/problem+json'

/** Asks the API whether a partner exists. A positive result is cached, because partners are never deleted. */
const partnerLookup = ({ identity, apiUrl }: ConsoleSources): ((partnerId: string) => Promise<boolean>) => {
  const known = new Set<string>()
  return async partnerId => {
    if (known.has(partnerId)) return true
    const { accessToken } = await identity.issueToken({ role: 'operator' })
    const { ok, status, headers } = await fetch(
      `${apiUrl}/v1/operator/partners/${encodeURIComponent(partnerId)}`,
      { headers: { authorization: `Bearer ${accessToken}` } },
    )
    if (ok) known.add(partnerId)
    // Other responses, for example of a template without this route, do not show whether the partner exists. Then the id is accepted.
    const isRefused = [400, 404].includes(status) && headers.get('content-type') === problemType
    return !isRefused
  }
}

const scheduleView = ({ Name, GroupName, ScheduleExpression, dueAt, Target }: Schedule) => ({
  name: Name,
  group: GroupName,
  expression: ScheduleExpression,
  dueAt: dueAt === null ? null : new Date(dueAt).toISOString(),
  target: Target.Arn,
  input: Target.Input ?? null,
})

const behaviourOf = (request: Readonly<Record<string, unknown>>): { address: string; does: Behaviour } => {
  const address = String(request.address ?? '')
    .trim()
    .toLowerCase()
  if (!isAddress(address))
    throw new BadRequest('Invalid value of "address". Expected an email address, such as bob@example.org.')
  const does = behaviours.find(behaviour => behaviour === request.does)
  if (!does) throw new BadRequest(`Invalid value of "does". Expected one of ${behaviours.join(', ')}.`)
  return { address, does }
}

const readJson = async (request: IncomingMessage): Promise<Record<string, unknown>> => {
  let text = ''
  for await (const chunk of request as AsyncIterable<Buffer>) {
    text += chunk
    if (text.length > maxBodyBytes)
      throw new BadRequest(`The body is too long. Expected at most ${maxBodyBytes} characters.`)
  }
  const value = parse(text)
  if (typeof value !== 'object' || value === null)
    throw new BadRequest('Invalid body. Expected a JSON object.')
  return value as Record<string, unknown>
}

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

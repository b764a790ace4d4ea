/**
 * What the local cloud shows of itself below /_local: pages for people, JSON for scripts.
 * None of it exists in AWS.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { VirtualClock } from './clock.ts'
import { consolePage, mailboxPage, mailPage } from './console-page.ts'
import { parseDuration } from './duration.ts'
import { BadRequest, type Identity, type Person } from './identity.ts'
import type { QueueDepth } from './queue.ts'
import type { Schedule } from './scheduler.ts'
import type { Mail } from './ses.ts'

interface Mailbox {
  /** Newest first; with `to`, only what was sent to that address. */
  list(filter?: { to?: string | undefined }): Mail[]
  get(id: string): Mail | undefined
}

export interface ConsoleSources {
  clock: VirtualClock
  identity: Identity
  people(): Person[]
  mailbox: Mailbox
  schedules(): Schedule[]
  queues(): QueueDepth[]
}

type Reply = { status: number; headers?: Record<string, string>; body: string }
type Action = (request: IncomingMessage, url: URL) => Reply | Promise<Reply>

/** Nothing that a script sends here is longer. */
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

export function startConsole(
  sources: ConsoleSources,
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  const actions = actionsOf(sources)
  return async (request, response) => {
    const { status, headers, body } = await reply(actions, request)
    response.writeHead(status, headers).end(body)
  }
}

async function reply(actions: Record<string, Action>, request: IncomingMessage): Promise<Reply> {
  const url = new URL(`http://localhost${request.url ?? '/'}`)
  const path = url.pathname.startsWith('/_local/mailbox/') ? '/_local/mailbox/*' : url.pathname
  const action = actions[`${request.method} ${path}`]
  if (!action) return failure(404, `There is no ${request.method} ${url.pathname}; see GET /_local/`)
  try {
    return await action(request, url)
  } catch (error) {
    if (error instanceof BadRequest) return failure(400, error.message)
    throw error
  }
}

/** A slip of the hand should not cost the program. */
const longestJumpMs = 10 * 365 * 86_400_000

function actionsOf(sources: ConsoleSources): Record<string, Action> {
  const { clock, identity, mailbox } = sources
  const now = () => new Date(clock.now()).toISOString()
  return {
    'GET /_local': () => ({ status: 308, headers: { location: '/_local/' }, body: '' }),
    'GET /_local/': () =>
      page(
        consolePage({
          now: now(),
          people: sources.people(),
          mails: mailbox.list(),
          schedules: sources.schedules(),
          queues: sources.queues(),
        }),
      ),
    'GET /_local/mailbox': (_, url) => {
      const to = url.searchParams.get('to') ?? undefined
      return page(mailboxPage(mailbox.list({ to }), to))
    },
    'GET /_local/mailbox/*': (_, url) => {
      const mail = mailbox.get(decodeURIComponent(url.pathname.slice('/_local/mailbox/'.length)))
      return mail ? page(mailPage(mail)) : failure(404, 'There is no such mail')
    },
    'GET /_local/mail': (_, url) => json(mailbox.list({ to: url.searchParams.get('to') ?? undefined })),
    'GET /_local/people': () => json(sources.people()),
    'GET /_local/schedules': () => json(sources.schedules().map(scheduleView)),
    'GET /_local/queues': () => json(sources.queues()),
    'GET /_local/clock': () => json({ now: now() }),
    'POST /_local/clock': async request => {
      const { advance } = await readJson(request)
      const ms = parseDuration(advance)
      if (ms === undefined)
        throw new BadRequest('advance must be an ISO 8601 duration, such as PT72H or P14D')
      if (ms > longestJumpMs) throw new BadRequest('advance is ten years at most: time never goes back')
      const fired = await clock.advance(ms)
      return json({ now: now(), fired })
    },
    'POST /_local/token': async request => json(await identity.issueToken(await readJson(request))),
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

async function readJson(request: IncomingMessage): Promise<Record<string, unknown>> {
  let text = ''
  for await (const chunk of request as AsyncIterable<Buffer>) {
    text += chunk
    if (text.length > maxBodyBytes) throw new BadRequest('The body is too long')
  }
  const value = parse(text)
  if (typeof value !== 'object' || value === null) throw new BadRequest('The body must be a JSON object')
  return value as Record<string, unknown>
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

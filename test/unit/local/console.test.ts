import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Identity, Person } from '../../../local/aws/cognito/identity.ts'
import { Recipients } from '../../../local/aws/ses/recipients.ts'
import type { Delivery, Mail } from '../../../local/aws/ses/service.ts'
import type { QueueDepth } from '../../../local/aws/sqs/queue.ts'
import { startConsole } from '../../../local/console/routes.ts'
import { VirtualClock } from '../../../local/runtime/clock.ts'
import { State } from '../../../local/runtime/state.ts'

const mail = (id: string, delivery: Delivery): Mail => ({
  id,
  to: ['bob@example.org'],
  cc: [],
  recipients: ['bob@example.org'],
  from: 'desk@example.com',
  subject: `Mail ${id}`,
  text: '',
  html: '',
  headers: {},
  sentAt: '2026-03-12T19:03:00.000Z',
  sentBy: 'SendMail',
  configurationSet: null,
  tags: {},
  delivery,
  deliveries: { 'bob@example.org': delivery },
})
const arrived = mail('1', 'delivered')
const bounced = mail('2', 'bounced')

const preview = {
  name: 'new referral',
  language: 'de',
  subject: 'Neue Anfrage',
  html: '<p>Hallo</p>',
  text: 'Hallo',
}

const administratorOf = (partner: string): Person => ({
  name: 'Administrator',
  role: 'partner-admin',
  email: 'admin@partner.example',
  partnerId: 'ptr_1',
  partner,
})

const workQueue: QueueDepth = {
  name: 'ReferralCenter-MailSendMailWorkQueue18AC9907',
  arn: 'arn:aws:sqs:eu-central-1:123456789012:ReferralCenter-MailSendMailWorkQueue18AC9907',
  visible: 0,
  inFlight: 0,
  delayed: 0,
  deadLetterQueue: null,
}

let server: Server
/** Replaces the API and has one partner. */
let api: Server
let state: State
let url = ''
const addressOf = (of: Server) => `http://127.0.0.1:${(of.address() as AddressInfo).port}`
const listen = (of: Server) => new Promise<void>(resolve => of.listen(0, '127.0.0.1', resolve))

beforeEach(async () => {
  state = new State(':memory:')
  api = createServer(({ url: path, headers }, response) => {
    const isKnown = path === '/v1/operator/partners/ptr_1' && headers.authorization === 'Bearer operator'
    response.writeHead(isKnown ? 200 : 404, { 'content-type': 'application/problem+json' }).end('{}')
  })
  await listen(api)
  const console = startConsole({
    clock: new VirtualClock(),
    identity: {
      issueToken: async request => ({ accessToken: (request as { role: string }).role }),
    } as Identity,
    people: () => ['Isar Cloud', 'Rheindaten'].map(administratorOf),
    mailbox: {
      list: ({ all } = {}) => (all ? [bounced, arrived] : [arrived]),
      get: id => [arrived, bounced].find(kept => kept.id === id),
    },
    recipients: new Recipients(state),
    schedules: () => [],
    queues: () => [workQueue],
    previews: () => [preview],
    apiUrl: addressOf(api),
  })
  server = createServer(console)
  await listen(server)
  url = addressOf(server)
})

afterEach(() => {
  server.close()
  api.close()
  state.close()
})

const text = async (path: string) => (await fetch(url + path)).text()
const json = async (path: string) => (await fetch(url + path)).json()
const setBehaviour = async (body: unknown) => {
  const response = await fetch(`${url}/_local/mailbox/behaviour`, {
    method: 'POST',
    body: JSON.stringify(body),
  })
  return { status: response.status, body: await response.json() }
}

describe('the start page of the console', () => {
  it('labels each token button with its visible text and its person', async () => {
    const page = await text('/_local/')
    for (const partner of ['Isar Cloud', 'Rheindaten'])
      expect(page).toContain(`aria-label="Copy token of Administrator of ${partner}">Copy token</button>`)
  })

  it('names queues without the hash of the CDK', async () => {
    expect(await text('/_local/')).toContain('>MailSendMailWorkQueue</span>')
  })
})

describe('the mailbox of the console', () => {
  it('lists delivered mail, and with all=true all mail', async () => {
    expect(await json('/_local/mail')).toEqual([arrived])
    expect(await json('/_local/mail?all=true')).toEqual([bounced, arrived])
  })

  it.each(['/_local/', '/_local/mailbox', '/_local/mailbox/2'])(
    '%s marks the mail that was not delivered',
    async path => {
      expect(await text(path)).toContain('<strong>bounced</strong>')
    },
  )
})

describe('the behaviour of an address', () => {
  const bob = { address: 'bob@example.org', does: 'bounce' }

  it('is set, listed, and removed when it is set to deliver', async () => {
    expect(await setBehaviour({ ...bob, address: ' Bob@example.org' })).toEqual({
      status: 200,
      body: { ...bob, suppressed: null },
    })
    expect(await json('/_local/mailbox/behaviour')).toEqual([{ ...bob, suppressed: null }])
    expect(await text('/_local/mailbox')).toContain('aria-label="Deliver again to bob@example.org"')
    await setBehaviour({ ...bob, does: 'deliver' })
    expect(await json('/_local/mailbox/behaviour')).toEqual([])
  })

  it.each([
    ['no address', { does: 'bounce' }, 'such as bob@example.org'],
    ['a text that is no address', { ...bob, address: 'bob' }, 'such as bob@example.org'],
    ['an unknown behaviour', { ...bob, does: 'vanish' }, 'deliver, bounce, soft-bounce'],
    ['a body that is not an object', 'bounce', 'JSON object'],
  ])('is rejected for %s', async (_, body, hint) => {
    expect(await setBehaviour(body)).toEqual({ status: 400, body: { error: expect.stringContaining(hint) } })
    expect(await json('/_local/mailbox/behaviour')).toEqual([])
  })
})

describe('the previews of mails', () => {
  it('are listed by mail and language', async () => {
    expect(await text('/_local/previews')).toContain('href="/_local/previews/de/new%20referral"')
  })

  it('show the mail as HTML and as text', async () => {
    const page = await text('/_local/previews/de/new%20referral')
    // In the width of the window, and in the width of a small phone.
    expect(page.split('srcdoc="&lt;p&gt;Hallo&lt;/p&gt;"')).toHaveLength(3)
    expect(page).toContain('class="phone"')
    expect(page).toContain('iframe.phone { width: 322px')
    expect(page).toContain('<pre>Hallo</pre>')
  })

  it('return 404 for a mail that does not exist', async () => {
    expect((await fetch(`${url}/_local/previews/fr/new%20referral`)).status).toBe(404)
  })
})

describe('a HEAD request', () => {
  it('is answered like GET, without a body', async () => {
    const [head, get] = await Promise.all([
      fetch(`${url}/_local/`, { method: 'HEAD' }),
      fetch(`${url}/_local/`),
    ])
    expect(head.status).toBe(200)
    expect(head.headers.get('content-type')).toBe(get.headers.get('content-type'))
    expect(Number(head.headers.get('content-length'))).toBeGreaterThan(0)
    expect(await head.text()).toBe('')
  })
})

describe('a token', () => {
  const tokenFor = async (body: object) => {
    const response = await fetch(`${url}/_local/token`, { method: 'POST', body: JSON.stringify(body) })
    return { status: response.status, body: await response.json() }
  }

  it('is issued for a partner that exists, and for the operator', async () => {
    for (const request of [{ role: 'partner-user', partnerId: 'ptr_1' }, { role: 'operator' }])
      expect(await tokenFor(request)).toEqual({ status: 200, body: { accessToken: request.role } })
  })

  it('is refused for an unknown partner', async () => {
    expect(await tokenFor({ role: 'partner-user', partnerId: 'ptr_nonsense' })).toEqual({
      status: 400,
      body: { error: expect.stringContaining('Unknown partner "ptr_nonsense"') },
    })
  })
})

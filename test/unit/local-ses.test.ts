import { afterEach, describe, expect, it } from 'vitest'
import { VirtualClock } from '../../local/clock.ts'
import { Iam } from '../../local/iam.ts'
import { Ses } from '../../local/ses.ts'
import { State } from '../../local/state.ts'
import { resource, templateOf } from './local-resources.ts'

const identityArn = 'arn:aws:ses:us-east-1:000000000000:identity/example.com'
const template = templateOf([
  resource('AWS::IAM::Role', 'mailer', 'arn:aws:iam::000000000000:role/mailer', {
    Policies: [
      {
        PolicyDocument: { Statement: { Effect: 'Allow', Action: 'ses:SendRawEmail', Resource: identityArn } },
      },
    ],
  }),
])

const closers: (() => void)[] = []
afterEach(() => {
  for (const close of closers.splice(0)) close()
})

function start(state = new State(':memory:')) {
  const clock = new VirtualClock()
  const ses = new Ses(template, state, new Iam(template), clock)
  closers.push(() => clock.close())
  const call = (input: Record<string, unknown>) => ({
    caller: 'SendMail',
    operation: 'SendRawEmail',
    input,
    body: Buffer.alloc(0),
  })
  return { ses, clock, state, call, send: (input: Record<string, unknown>) => ses.handle(call(input)) }
}

const raw = (...lines: string[]) => ({
  'RawMessage.Data': Buffer.from(lines.join('\r\n')).toString('base64'),
})
const message = raw(
  'From: =?utf-8?Q?Desk?= <Desk@example.com>',
  'To: Bob <bob@example.org>, eve@example.org',
  'Subject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?=',
  'Auto-Submitted: auto-generated',
  'Content-Type: text/html; charset=utf-8',
  '',
  '<p>Hi</p>',
)

describe('the mailbox', () => {
  it('keeps what was sent, parsed, newest first, over a restart', async () => {
    const { send, clock, state } = start()
    await send(message)
    await clock.advance(60_000)
    await send({ ...message, 'Destinations.member.1': 'carol@example.org' })
    const { ses } = start(state)
    const [second, first] = ses.list()
    expect(second?.recipients).toEqual(['carol@example.org'])
    expect(first).toMatchObject({
      from: 'desk@example.com',
      to: ['bob@example.org', 'eve@example.org'],
      subject: 'Grüße',
      headers: { 'auto-submitted': 'auto-generated' },
      sentBy: 'SendMail',
    })
    expect(first?.html).toContain('<p>Hi</p>')
    expect(ses.list({ to: 'Eve@example.org' })).toEqual([first])
  })

  it.each([
    [
      'from an identity that is not verified',
      raw('From: a@other.com', 'To: b@example.org', '', 'x'),
      'MessageRejected',
    ],
    ['to nobody', raw('From: a@example.com', '', 'x'), 'InvalidParameterValue'],
    ['to no address', raw('From: a@example.com', 'To: nobody', '', 'x'), 'InvalidParameterValue'],
    ['without a message', {}, 'ValidationError'],
  ])('refuses mail %s', async (_, input, code) => {
    const { send, ses } = start()
    await expect(send(input)).rejects.toMatchObject({ code })
    expect(ses.list()).toEqual([])
  })

  it('asks for the right to send from that address, by the identity it belongs to', () => {
    const { ses, call } = start()
    const context = { 'ses:FromAddress': 'desk@example.com' }
    expect(ses.access(call(message))).toEqual([
      { action: 'ses:SendRawEmail', resource: identityArn, context },
    ])
  })
})

import { afterEach, describe, expect, it } from 'vitest'
import { EventBus } from '../../../local/aws/eventbridge/service.ts'
import { Iam } from '../../../local/aws/iam/policies.ts'
import { type Mail, Ses } from '../../../local/aws/ses/service.ts'
import { Sqs } from '../../../local/aws/sqs/service.ts'
import { VirtualClock } from '../../../local/runtime/clock.ts'
import { State } from '../../../local/runtime/state.ts'
import { resource, templateOf } from './resources.ts'

const identityArn = 'arn:aws:ses:us-east-1:000000000000:identity/example.com'
const roleArn = 'arn:aws:iam::000000000000:role/mailer'
const setArn = 'arn:aws:ses:us-east-1:000000000000:configuration-set/desk'
const queueArn = 'arn:aws:sqs:us-east-1:000000000000:feedback'
const ruleArn = 'arn:aws:events:us-east-1:000000000000:rule/feedback'
const busArn = 'arn:aws:events:us-east-1:000000000000:event-bus/default'

const configurationSet = (name: string, events: string[], properties = {}) => [
  resource('AWS::SES::ConfigurationSet', name, setArn.replace('desk', name), properties),
  resource('AWS::SES::ConfigurationSetEventDestination', `${name}-events`, `${name}-events`, {
    ConfigurationSetName: name,
    EventDestination: {
      Enabled: true,
      EventBridgeDestination: { EventBusArn: busArn },
      MatchingEventTypes: events,
    },
  }),
]

const resources = [
  resource('AWS::IAM::Role', 'mailer', roleArn, {
    Policies: [
      {
        PolicyDocument: { Statement: { Effect: 'Allow', Action: 'ses:SendRawEmail', Resource: identityArn } },
      },
    ],
  }),
  resource('AWS::Lambda::Function', 'SendMail', 'SendMail', { Role: roleArn }),
  ...configurationSet('desk', ['send', 'reject', 'bounce', 'complaint', 'delivery', 'DELIVERY_DELAY'], {
    SuppressionOptions: { SuppressedReasons: ['BOUNCE', 'COMPLAINT'] },
  }),
  ...configurationSet('stubborn', ['bounce'], { SuppressionOptions: { SuppressedReasons: [] } }),
  resource('AWS::SQS::Queue', 'http://localhost/feedback', queueArn),
  resource('AWS::SQS::QueuePolicy', 'policy', 'policy', {
    Queues: ['http://localhost/feedback'],
    PolicyDocument: {
      Statement: {
        Effect: 'Allow',
        Action: 'sqs:SendMessage',
        Resource: queueArn,
        Principal: { Service: 'events.amazonaws.com' },
        Condition: { ArnEquals: { 'aws:SourceArn': ruleArn } },
      },
    },
  }),
  resource('AWS::Events::Rule', 'feedback', ruleArn, {
    EventPattern: { source: ['aws.ses'] },
    Targets: [{ Id: 'queue', Arn: queueArn }],
  }),
]

const closers: (() => void)[] = []
afterEach(() => {
  for (const close of closers.splice(0)) close()
})

const start = (state = new State(':memory:'), template = templateOf(resources)) => {
  const clock = new VirtualClock()
  const iam = new Iam(template)
  const sqs = new Sqs(template, state, clock)
  const eventBus = new EventBus(template, sqs, iam, clock)
  const ses = new Ses({ template, state, iam, clock, eventBus })
  closers.push(() => clock.close())
  const call = (input: Record<string, unknown>) => ({
    caller: 'SendMail',
    operation: 'SendRawEmail',
    input,
    body: Buffer.alloc(0),
  })
  const send = (input: Record<string, unknown>) => ses.handle(call(input))
  return {
    ses,
    iam,
    clock,
    state,
    call,
    send,
    sendTo: (address: string, more: Record<string, string> = { ConfigurationSetName: 'desk' }) =>
      send({ ...message, 'Destinations.member.1': address, ...more }),
    /** Removes and returns the events that are in the queue. */
    events: () => {
      const messages = sqs.queue(queueArn).receive(10)
      sqs.queue(queueArn).purge()
      return messages.map(({ body }) => JSON.parse(body) as Event)
    },
  }
}

interface Event {
  'detail-type': string
  detail: Record<string, Record<string, unknown>>
}
const detailTypes = (events: Event[]) => events.map(event => event['detail-type'])

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

const tag = (name: string, value: string, n = 1) => ({
  [`Tags.member.${n}.Name`]: name,
  [`Tags.member.${n}.Value`]: value,
})

describe('the mailbox', () => {
  it('keeps parsed mail across a restart, newest first', async () => {
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
      configurationSet: null,
      tags: {},
      delivery: 'delivered',
    })
    expect(first?.html).toContain('<p>Hi</p>')
    expect(ses.list({ to: 'Eve@example.org' })).toEqual([first])
  })

  it.each([
    [
      'from an unverified identity',
      raw('From: a@other.com', 'To: b@example.org', '', 'x'),
      'MessageRejected',
    ],
    ['without a recipient', raw('From: a@example.com', '', 'x'), 'InvalidParameterValue'],
    ['to an invalid address', raw('From: a@example.com', 'To: nobody', '', 'x'), 'InvalidParameterValue'],
    ['without a message', {}, 'ValidationError'],
    [
      'with an unknown configuration set',
      { ...message, ConfigurationSetName: 'none' },
      'ConfigurationSetDoesNotExist',
    ],
    ['with a dot in the name of a tag', { ...message, ...tag('a.b', 'c') }, 'InvalidParameterValue'],
    ['with a space in the value of a tag', { ...message, ...tag('a', 'b c') }, 'InvalidParameterValue'],
    ['with a tag that is too long', { ...message, ...tag('a', 'b'.repeat(257)) }, 'InvalidParameterValue'],
    [
      'with too many tags',
      Object.assign({}, message, ...Array.from({ length: 51 }, (_, n) => tag(`n${n}`, 'x', n + 1))),
      'InvalidParameterValue',
    ],
  ])('rejects mail %s', async (_, input, code) => {
    const { send, ses } = start()
    await expect(send(input)).rejects.toMatchObject({ code })
    expect(ses.list()).toEqual([])
  })

  it('requires permission for the identity of the sender and for those of all addressees, as in the sandbox', () => {
    const { ses, call } = start()
    const context = { 'ses:FromAddress': 'desk@example.com' }
    const rightsTo = (...identities: string[]) =>
      identities.map(name => ({
        action: 'ses:SendRawEmail',
        resource: identityArn.replace('example.com', name),
        context,
      }))
    expect(ses.access(call(message))).toEqual(rightsTo('example.com', 'bob@example.org', 'eve@example.org'))
    expect(ses.access(call({ ...message, 'Destinations.member.1': 'Carol@example.org' }))).toEqual(
      rightsTo('example.com', 'carol@example.org'),
    )
  })

  it('is refused if a policy allows the identity of the sender only', () => {
    const { ses, call, iam } = start()
    expect(() => iam.authorizeFunction('SendMail', ses.access(call(message)))).toThrow(
      'is not authorized to perform: ses:SendRawEmail on resource: arn:aws:ses:us-east-1:000000000000:identity/bob@example.org',
    )
  })

  it('counts no identity as verified that only a pattern covers', async () => {
    const anywhere = resources.map(one =>
      one.type === 'AWS::IAM::Role'
        ? resource('AWS::IAM::Role', 'mailer', roleArn, {
            Policies: [
              {
                PolicyDocument: {
                  Statement: {
                    Effect: 'Allow',
                    Action: 'ses:SendRawEmail',
                    Resource: identityArn.replace('example.com', '*'),
                  },
                },
              },
            ],
          })
        : one,
    )
    const { send } = start(new State(':memory:'), templateOf(anywhere))
    await expect(send(message)).rejects.toMatchObject({ code: 'MessageRejected' })
  })

  it('requires permission to use the configuration set', () => {
    const { ses, call } = start()
    const context = { 'ses:FromAddress': 'desk@example.com' }
    expect(ses.access(call({ ...message, ConfigurationSetName: 'desk' }))).toContainEqual({
      action: 'ses:SendRawEmail',
      resource: setArn,
      context,
    })
  })

  it('lists delivered mail, and with `all` all mail', async () => {
    const { ses, sendTo } = start()
    for (const scenario of ['success', 'bounce', 'complaint', 'suppressionlist']) {
      await sendTo(`${scenario}+one@simulator.amazonses.com`)
    }
    const deliveries = (all: boolean) => ses.list({ all }).map(({ delivery }) => delivery)
    expect(deliveries(false)).toEqual(['complained', 'delivered'])
    expect(deliveries(true)).toEqual(['suppressed', 'complained', 'bounced', 'delivered'])
  })

  it('counts stored mail without an outcome as delivered', async () => {
    const { ses, send, state } = start()
    await send(message)
    const mails = state.collection<Partial<Mail> & { id: string }>('mails')
    for (const { delivery: _, deliveries: __, ...mail } of mails.values()) mails.set(mail.id, mail)
    expect(ses.list({ to: 'eve@example.org' })).toMatchObject([{ delivery: 'delivered' }])
  })

  it('lists a mail for each recipient that received it', async () => {
    const { ses, send } = start()
    ses.recipients.setBehaviour('bob@example.org', 'bounce')
    await send(message)
    const [mail] = ses.list({ to: 'eve@example.org' })
    expect(mail).toMatchObject({
      delivery: 'bounced',
      deliveries: { 'bob@example.org': 'bounced', 'eve@example.org': 'delivered' },
    })
    expect(ses.list({ to: 'bob@example.org' })).toEqual([])
    expect(ses.list({ to: 'bob@example.org', all: true })).toEqual([mail])
  })
})

describe('an event about mail', () => {
  const mail = {
    timestamp: expect.any(String),
    source: 'desk@example.com',
    sourceArn: identityArn,
    sendingAccountId: '000000000000',
    messageId: expect.any(String),
    destination: ['bob@example.org'],
    headersTruncated: false,
    headers: expect.arrayContaining([{ name: 'Auto-Submitted', value: 'auto-generated' }]),
    commonHeaders: {
      from: [expect.stringContaining('Desk@example.com')],
      to: ['bob@example.org', 'eve@example.org'],
      messageId: expect.any(String),
      subject: 'Grüße',
    },
    tags: {
      'ses:configuration-set': ['desk'],
      'ses:source-ip': ['127.0.0.1'],
      'ses:from-domain': ['example.com'],
      'ses:caller-identity': ['mailer'],
      kind: ['reminder'],
      partner: ['a.b@c'],
    },
  }
  const tagged = { ConfigurationSetName: 'desk', ...tag('kind', 'reminder'), ...tag('partner', 'a.b@c', 2) }

  it('is on the default bus before the sender gets the response, with the mail and its tags', async () => {
    const { sendTo, events } = start()
    const { MessageId } = (await sendTo('bob@example.org', tagged)) as { MessageId: string }
    const [sent, delivered] = events()
    expect(sent).toMatchObject({
      source: 'aws.ses',
      'detail-type': 'Email Sent',
      resources: [setArn],
      detail: { eventType: 'Send', mail: { messageId: MessageId }, send: {} },
    })
    expect(sent?.detail.mail).toEqual(mail)
    expect(delivered).toMatchObject({
      'detail-type': 'Email Delivered',
      detail: {
        eventType: 'Delivery',
        mail: { messageId: MessageId, tags: { kind: ['reminder'] } },
        delivery: { recipients: ['bob@example.org'], smtpResponse: expect.stringMatching(/^250 /) },
      },
    })
  })

  it('has the type Permanent for a hard bounce and Transient for a soft bounce', async () => {
    const { ses, sendTo, events } = start()
    ses.recipients.setBehaviour('hard@example.org', 'bounce')
    ses.recipients.setBehaviour('soft@example.org', 'soft-bounce')
    await sendTo('hard@example.org')
    await sendTo('soft@example.org')
    const bounces = events().filter(({ detail }) => detail.bounce)
    expect(detailTypes(bounces)).toEqual(['Email Bounced', 'Email Bounced'])
    expect(bounces.map(({ detail }) => detail.bounce)).toEqual([
      {
        feedbackId: expect.any(String),
        bounceType: 'Permanent',
        bounceSubType: 'General',
        bouncedRecipients: [
          {
            emailAddress: 'hard@example.org',
            action: 'failed',
            status: '5.1.1',
            diagnosticCode: 'smtp; 550 5.1.1 user unknown',
          },
        ],
        timestamp: expect.any(String),
        reportingMTA: expect.stringMatching(/^dns; /),
      },
      expect.objectContaining({ bounceType: 'Transient', bounceSubType: 'General' }),
    ])
  })

  it('reports the delivery before a complaint', async () => {
    const { sendTo, events } = start()
    await sendTo('complaint@simulator.amazonses.com')
    const reports = events()
    expect(detailTypes(reports)).toEqual(['Email Sent', 'Email Delivered', 'Email Complaint Received'])
    expect(reports[2]?.detail.complaint).toMatchObject({
      complainedRecipients: [{ emailAddress: 'complaint@simulator.amazonses.com' }],
      complaintFeedbackType: 'abuse',
      complaintSubType: null,
    })
  })

  it('reports a temporary bounce without a delivery for a full mailbox, and after a delivery for an automatic reply', async () => {
    const { ses, sendTo, events } = start()
    ses.recipients.setBehaviour('full@example.org', 'soft-bounce')
    ses.recipients.setBehaviour('away@example.org', 'out-of-office')
    await sendTo('full@example.org')
    expect(detailTypes(events())).toEqual(['Email Sent', 'Email Bounced'])
    expect(ses.list()).toEqual([])
    await sendTo('away@example.org')
    const reports = events()
    expect(detailTypes(reports)).toEqual(['Email Sent', 'Email Delivered', 'Email Bounced'])
    expect(reports[2]?.detail.bounce).toMatchObject({ bounceType: 'Transient', bounceSubType: 'General' })
    expect(ses.list()).toMatchObject([{ delivery: 'delivered' }])
  })

  it.each([
    [
      'undetermined-bounce',
      'Bounce',
      { bounce: { bounceType: 'Undetermined', bounceSubType: 'Undetermined' } },
    ],
    [
      'delay',
      'DeliveryDelay',
      { deliveryDelay: { delayType: 'MailboxFull', expirationTime: expect.any(String) } },
    ],
    ['reject', 'Reject', { reject: { reason: 'Bad content' } }],
    ['not-spam', 'Complaint', { complaint: { complaintFeedbackType: 'not-spam' } }],
  ] as const)('has the type and the facts that SES documents for %s', async (does, eventType, facts) => {
    const { ses, sendTo, events } = start()
    ses.recipients.setBehaviour('bob@example.org', does)
    await sendTo('bob@example.org')
    expect(events().at(-1)?.detail).toMatchObject({ eventType, ...facts })
  })

  it('covers all recipients with the same outcome', async () => {
    const { ses, send, events } = start()
    ses.recipients.setBehaviour('bob@example.org', 'bounce')
    const recipients = ['bob@example.org', 'carol@example.org', 'dave@example.org']
    const destinations = recipients.map((address, n) => [`Destinations.member.${n + 1}`, address])
    await send({ ...message, ...Object.fromEntries(destinations), ConfigurationSetName: 'desk' })
    const [, bounced, delivered] = events()
    expect(bounced?.detail.bounce?.bouncedRecipients).toHaveLength(1)
    expect(delivered?.detail.delivery?.recipients).toEqual(['carol@example.org', 'dave@example.org'])
  })

  it('is published only for the event types of the configuration set, and never without a set', async () => {
    const { sendTo, events } = start()
    await sendTo('bounce@simulator.amazonses.com', {})
    await sendTo('success@simulator.amazonses.com', { ConfigurationSetName: 'stubborn' })
    await sendTo('bounce@simulator.amazonses.com', { ConfigurationSetName: 'stubborn' })
    expect(detailTypes(events())).toEqual(['Email Bounced'])
  })

  it('truncates headers as SES does', async () => {
    const { send, events } = start()
    const long = `X-Long: ${'x'.repeat(11_000)}`
    const head = ['From: desk@example.com', 'To: bob@example.org', long, 'Subject: Hi']
    await send({ ...raw(...head, '', 'x'), ConfigurationSetName: 'desk' })
    expect(events()[0]?.detail.mail).toMatchObject({
      headersTruncated: true,
      headers: [{ name: 'From' }, { name: 'To' }],
    })
  })

  it('can be published only to the default bus, as in AWS', () => {
    const [set, destination] = configurationSet('desk', ['bounce'])
    const elsewhere = { ...destination?.properties, EventDestination: { SnsDestination: {} } }
    const template = templateOf([
      ...resources.filter(({ type }) => !type.startsWith('AWS::SES::')),
      ...(set && destination ? [set, { ...destination, properties: elsewhere }] : []),
    ])
    expect(() => start(new State(':memory:'), template)).toThrow('default event bus')
  })
})

describe('the suppression list', () => {
  it.each([
    ['bounce', 'Email Bounced', { bounceType: 'Permanent', bounceSubType: 'OnAccountSuppressionList' }],
    ['complain', 'Email Complaint Received', { complaintSubType: 'OnAccountSuppressionList' }],
  ] as const)(
    'adds an address whose behaviour is %s and suppresses mail to it, also after a restart',
    async (does, type, report) => {
      const { ses, sendTo, events, state } = start()
      ses.recipients.setBehaviour('bob@example.org', does)
      await sendTo('bob@example.org')
      events()
      const again = start(state)
      await expect(again.sendTo('bob@example.org')).resolves.toHaveProperty('MessageId')
      const [sent, suppressed] = again.events()
      expect(sent?.['detail-type']).toBe('Email Sent')
      expect(suppressed?.['detail-type']).toBe(type)
      expect(suppressed?.detail.bounce ?? suppressed?.detail.complaint).toMatchObject(report)
      expect(again.ses.list({ all: true })[0]?.delivery).toBe('suppressed')
    },
  )

  it('removes an address that is set to deliver', async () => {
    const { ses, sendTo } = start()
    ses.recipients.setBehaviour('bob@example.org', 'bounce')
    await sendTo('bob@example.org')
    expect(ses.recipients.settings()).toEqual([
      { address: 'bob@example.org', does: 'bounce', suppressed: 'BOUNCE' },
    ])
    ses.recipients.setBehaviour('bob@example.org', 'deliver')
    await sendTo('bob@example.org')
    expect(ses.recipients.settings()).toEqual([])
    expect(ses.list({ to: 'bob@example.org' })[0]?.delivery).toBe('delivered')
  })

  it('is not used by a configuration set without suppression reasons', async () => {
    const { ses, sendTo, events } = start()
    ses.recipients.setBehaviour('bob@example.org', 'bounce')
    await sendTo('bob@example.org', { ConfigurationSetName: 'stubborn' })
    expect(ses.recipients.settings()).toMatchObject([{ suppressed: null }])
    await sendTo('bob@example.org')
    events()
    await sendTo('bob@example.org', { ConfigurationSetName: 'stubborn' })
    expect(events()[0]?.detail.bounce).toMatchObject({ bounceSubType: 'General' })
  })

  it('does not add addresses after soft bounces or mails to the simulator', async () => {
    const { ses, sendTo, events } = start()
    ses.recipients.setBehaviour('bob@example.org', 'soft-bounce')
    for (const address of ['bob@example.org', 'bounce@simulator.amazonses.com']) {
      await sendTo(address)
      await sendTo(address)
    }
    const subTypes = events().flatMap(({ detail }) => detail.bounce?.bounceSubType ?? [])
    expect(subTypes).toEqual(['General', 'General', 'General', 'General'])
  })
})

it('Ses rejects mail to an address whose behaviour is refuse', async () => {
  const { ses, sendTo } = start()
  ses.recipients.setBehaviour('bob@example.org', 'refuse')
  await expect(sendTo('bob@example.org')).rejects.toMatchObject({
    code: 'InvalidParameterValue',
    message: 'Illegal address: bob@example.org',
  })
  expect(ses.list({ all: true })).toEqual([])
})

import { describe, expect, test } from 'vitest'
import { synthesize } from './synthesis.ts'

const { at, ofType } = synthesize()
const minute = 60
const day = 24 * 60 * minute

describe('functions', () => {
  const functions = ofType('AWS::Lambda::Function')

  test('are exactly these', () => {
    expect(
      functions.map(({ properties }) => properties.Environment.Variables.POWERTOOLS_SERVICE_NAME),
    ).toEqual([
      'customer-api',
      'partner-api',
      'operator-api',
      'open-api',
      'pages',
      'publish-events',
      'on-timer',
      'arm-timers',
      'sweep-overdue',
      'send-mail',
      'suggest-partners',
      'send-digests',
      'record-mail-feedback',
      'update-reputation',
      'update-lookup',
    ])
  })

  /** Functions that hold the directory in memory. */
  const searching = [
    'Api/CustomerApi',
    'Api/PartnerApi',
    'Api/OperatorApi',
    'Api/Pages',
    'Mail/SuggestPartners',
  ].map(name => `${name}/Lambda`)

  test.each(functions.map(({ path }) => path))(
    '%s has the common runtime, tracing and logging settings',
    path => {
      expect(at(path).properties).toMatchObject({
        Runtime: 'nodejs24.x',
        Architectures: ['arm64'],
        MemorySize: searching.includes(path) ? 1769 : 512,
        Timeout: path.startsWith('Api/') ? 29 : 30,
        TracingConfig: { Mode: 'Active' },
        LoggingConfig: { LogFormat: 'JSON', LogGroup: `{${path.replace('/Lambda', '/Logs')}}` },
      })
    },
  )

  test('have exactly the environment variables that they need', () => {
    const armingRights = [
      'DEAD_LETTERS_URL',
      'SCHEDULER_ROLE_ARN',
      'SCHEDULE_GROUP',
      'TABLE_NAME',
      'TIMERS_DEAD_LETTER_ARN',
      'TIMERS_QUEUE_ARN',
      'TIMERS_QUEUE_URL',
    ]
    const mailVariables = [
      'CONFIGURATION_SET',
      'DEAD_LETTERS_URL',
      'LANGUAGES',
      'MAIL_FROM',
      'PUBLIC_URL',
      'SIGNING_SECRET',
      'TABLE_NAME',
    ]
    const variables = functions.map(({ path, properties }) => [
      path.split('/')[1],
      Object.keys(properties.Environment.Variables)
        .filter(name => !name.startsWith('POWERTOOLS_'))
        .sort(),
    ])
    expect(Object.fromEntries(variables)).toEqual({
      CustomerApi: ['LANGUAGES', 'SIGNING_SECRET', 'TABLE_NAME'],
      PartnerApi: [
        'LANGUAGES',
        'LOOKUP_SECRET',
        'PARTNER_CLAIM',
        'ROLES_CLAIM',
        'SIGNING_SECRET',
        'TABLE_NAME',
      ],
      OperatorApi: [
        'LANGUAGES',
        'LOOKUP_SECRET',
        'PARTNER_CLAIM',
        'ROLES_CLAIM',
        'SIGNING_SECRET',
        'TABLE_NAME',
      ],
      OpenApi: [],
      Pages: ['LANGUAGES', 'SIGNING_SECRET', 'TABLE_NAME'],
      PublishEvents: ['BUS_NAME', 'DEAD_LETTERS_URL'],
      OnTimer: ['DEAD_LETTERS_URL', 'TABLE_NAME'],
      ArmTimers: armingRights,
      SweepOverdue: armingRights,
      SendMail: mailVariables,
      SuggestPartners: ['DEAD_LETTERS_URL', 'MAIL_QUEUE_URL', 'TABLE_NAME'],
      SendDigests: mailVariables,
      RecordMailFeedback: ['DEAD_LETTERS_URL', 'TABLE_NAME'],
      UpdateReputation: ['DEAD_LETTERS_URL', 'TABLE_NAME'],
      UpdateLookup: ['DEAD_LETTERS_URL', 'LOOKUP_SECRET', 'TABLE_NAME'],
    })
  })

  test('keep logs for 30 days', () => {
    for (const { properties } of ofType('AWS::Logs::LogGroup')) expect(properties.RetentionInDays).toBe(30)
  })
})

describe('queues', () => {
  const workers = [
    'Timers/OnTimer',
    'Timers/ArmTimers',
    'Timers/SweepOverdue',
    'Mail/SendMail',
    'Mail/SuggestPartners',
    'Mail/SendDigests',
    'Mail/RecordMailFeedback',
    'Reputation/UpdateReputation',
    'Lookup/UpdateLookup',
  ]

  test('exist for each worker with a dead-letter queue, and for unpublished events', () => {
    expect(
      ofType('AWS::SQS::Queue')
        .map(({ path }) => path)
        .sort(),
    ).toEqual(
      [
        ...workers.flatMap(worker => [`${worker}/Work/Queue`, `${worker}/Work/DeadLetters`]),
        'Events/PublishEvents/DeadLetters',
      ].sort(),
    )
  })

  test.each(ofType('AWS::SQS::Queue').map(({ path }) => path))('%s is encrypted', path => {
    expect(at(path).properties.SqsManagedSseEnabled).toBe(true)
  })

  test.each(workers)(
    '%s has five receives, a visibility timeout of six function timeouts, and dead letters for 14 days',
    worker => {
      expect(at(`${worker}/Work/Queue`).properties).toMatchObject({
        VisibilityTimeout: 180,
        RedrivePolicy: { deadLetterTargetArn: `{${worker}/Work/DeadLetters.Arn}`, maxReceiveCount: 5 },
      })
      expect(at(`${worker}/Work/DeadLetters`).properties.MessageRetentionPeriod).toBe(14 * day)
    },
  )

  test.each(workers)('%s reads its own queue and reports failed messages separately', worker => {
    expect(at(`${worker}/Messages`).properties).toMatchObject({
      EventSourceArn: `{${worker}/Work/Queue.Arn}`,
      FunctionName: `{${worker}/Lambda}`,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
    })
  })

  test('of reputation have few concurrent workers, because updates of a partner conflict', () => {
    expect(at('Reputation/UpdateReputation/Messages').properties).toMatchObject({
      BatchSize: 50,
      MaximumBatchingWindowInSeconds: 1,
      ScalingConfig: { MaximumConcurrency: 2 },
    })
  })

  test('of suggestions have few concurrent workers, which send to the queue of send-mail', () => {
    expect(at('Mail/SuggestPartners/Messages').properties).toMatchObject({
      BatchSize: 1,
      ScalingConfig: { MaximumConcurrency: 2 },
    })
    expect(at('Mail/SuggestPartners/Lambda').properties.Environment.Variables.MAIL_QUEUE_URL).toBe(
      '{Mail/SendMail/Work/Queue}',
    )
  })

  test('and the stream are the only event sources', () => {
    expect(ofType('AWS::Lambda::EventSourceMapping')).toHaveLength(workers.length + 1)
  })
})

describe('events', () => {
  test('come from the stream, are retried for 12 hours and then sent to a dead-letter queue', () => {
    const { FilterCriteria, ...mapping } = at('Events/PublishEvents/Outbox').properties
    expect(mapping).toEqual({
      FunctionName: '{Events/PublishEvents/Lambda}',
      EventSourceArn: '{Table.StreamArn}',
      StartingPosition: 'TRIM_HORIZON',
      BatchSize: 10,
      ParallelizationFactor: 4,
      BisectBatchOnFunctionError: true,
      MaximumRecordAgeInSeconds: 12 * 60 * minute,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      DestinationConfig: { OnFailure: { Destination: '{Events/PublishEvents/DeadLetters.Arn}' } },
    })
    expect(FilterCriteria.Filters.map(({ Pattern }: { Pattern: string }) => JSON.parse(Pattern))).toEqual([
      { eventName: ['INSERT'], dynamodb: { NewImage: { entity: { S: ['event'] } } } },
    ])
  })

  test.each([
    {
      rule: 'Events/ToArmTimers',
      worker: 'Timers/ArmTimers',
      types: [
        'referral.received',
        'referral.accepted',
        'referral.declined',
        'referral.extended',
        'referral.reminder-due',
        'referral.reopened',
        'referral.nudge-due',
        'referral.deal-edited',
        'referral.won',
        'referral.lost',
        'referral.withdrawn',
        'referral.superseded',
        'referral.reinstated',
        'referral.answer-undone',
        'referral.resumed',
      ],
    },
    {
      rule: 'Events/ToSendMail',
      worker: 'Mail/SendMail',
      types: [
        'rfi.received',
        'rfi.recipients-added',
        'rfi.address-corrected',
        'referral.accepted',
        'referral.extended',
        'referral.reopened',
        'referral.nudge-due',
        'referral.received',
        'referral.reminder-due',
        'referral.contact-added',
        'referral.withdrawn',
        'referral.superseded',
        'referral.reinstated',
        'referral.choice-noted',
        'referral.win-confirmed',
        'referral.win-denied',
        'rfi.customer-unreachable',
        'contact.failed',
      ],
    },
    {
      rule: 'Events/ToUpdateLookup',
      worker: 'Lookup/UpdateLookup',
      types: [
        'rfi.received',
        'rfi.recipients-added',
        'rfi.address-corrected',
        'partner.created',
        'partner.renamed',
      ],
    },
    {
      rule: 'Events/ToSuggestPartners',
      worker: 'Mail/SuggestPartners',
      types: ['referral.declined', 'referral.expired', 'referral.won', 'referral.lost'],
    },
    {
      rule: 'Events/ToUpdateReputation',
      worker: 'Reputation/UpdateReputation',
      types: [
        'referral.received',
        'referral.accepted',
        'referral.declined',
        'referral.expired',
        'referral.reopened',
        'referral.nudge-due',
        'referral.won',
        'referral.lost',
        'referral.answer-undone',
        'referral.choice-noted',
        'referral.win-denied',
        'referral.win-confirmed',
        'referral.resumed',
        'referral.superseded',
        'referral.reinstated',
        'referral.withdrawn',
      ],
    },
  ])('$worker receives the event types that it handles', ({ rule, worker, types }) => {
    expect(at(rule).properties).toMatchObject({
      EventBusName: '{Events/Bus}',
      EventPattern: { source: ['referral-center'], 'detail-type': types },
      State: 'ENABLED',
      Targets: [
        {
          Arn: `{${worker}/Work/Queue.Arn}`,
          DeadLetterConfig: { Arn: `{${worker}/Work/DeadLetters.Arn}` },
          RetryPolicy: { MaximumRetryAttempts: 185, MaximumEventAgeInSeconds: day },
        },
      ],
    })
  })

  test('can be replayed for 30 days', () => {
    expect(at('Events/Bus/Archive/Archive').properties).toMatchObject({
      SourceArn: '{Events/Bus.Arn}',
      RetentionDays: 30,
    })
  })
})

describe('timers', () => {
  test.each(['ArmTimers', 'SweepOverdue'])('of %s are sent to the timers queue by the timer role', name => {
    const { Variables } = at(`Timers/${name}/Lambda`).properties.Environment
    expect(Variables).toMatchObject({
      TIMERS_QUEUE_ARN: '{Timers/OnTimer/Work/Queue.Arn}',
      TIMERS_QUEUE_URL: '{Timers/OnTimer/Work/Queue}',
      TIMERS_DEAD_LETTER_ARN: '{Timers/OnTimer/Work/DeadLetters.Arn}',
      SCHEDULE_GROUP: at('Timers/Schedules').properties.Name,
      SCHEDULER_ROLE_ARN: '{Timers/TimerRole.Arn}',
    })
  })
})

describe('workers that run on a schedule', () => {
  const schedules = [
    { tick: 'Timers/Sweep', worker: 'Timers/SweepOverdue', minutes: 15 },
    { tick: 'Mail/Hourly', worker: 'Mail/SendDigests', minutes: 60 },
  ]

  test('are exactly these', () => {
    expect(ofType('AWS::Scheduler::Schedule').map(({ path }) => path)).toEqual(
      schedules.map(({ tick }) => `${tick}/Schedule`),
    )
  })

  test.each(schedules)('$worker runs every $minutes minutes', ({ tick, worker, minutes }) => {
    expect(at(`${tick}/Schedule`).properties).toMatchObject({
      // A separate group: functions that can delete timers cannot delete this schedule.
      GroupName: at(`${tick}/Group`).properties.Name,
      ScheduleExpression: `rate(${minutes} minutes)`,
      FlexibleTimeWindow: { Mode: 'OFF' },
      Target: {
        Arn: `{${worker}/Work/Queue.Arn}`,
        RoleArn: `{${tick}/Role.Arn}`,
        Input: '{}',
        DeadLetterConfig: { Arn: `{${worker}/Work/DeadLetters.Arn}` },
        RetryPolicy: { MaximumRetryAttempts: 10, MaximumEventAgeInSeconds: minutes * minute },
      },
    })
  })
})

describe('mail', () => {
  test('is sent with a configuration set that requires TLS, has metrics and suppresses bounced and complaining addresses', () => {
    expect(ofType('AWS::SES::ConfigurationSet').map(({ properties }) => properties)).toEqual([
      {
        DeliveryOptions: { TlsPolicy: 'REQUIRE' },
        ReputationOptions: { ReputationMetricsEnabled: true },
        SuppressionOptions: { SuppressedReasons: ['BOUNCE', 'COMPLAINT'] },
      },
    ])
  })

  test('causes events of delivery, delay, bounce, rejection and complaint on the default bus', () => {
    const [destination, ...more] = ofType('AWS::SES::ConfigurationSetEventDestination')
    expect(more).toEqual([])
    expect(destination?.properties).toMatchObject({
      ConfigurationSetName: '{Mail/ConfigurationSet}',
      EventDestination: {
        Enabled: true,
        MatchingEventTypes: ['delivery', 'deliveryDelay', 'bounce', 'reject', 'complaint'],
      },
    })
    expect(JSON.stringify(destination?.properties.EventDestination.EventBridgeDestination)).toContain(
      'event-bus/default',
    )
  })

  test.each([
    ['Mail/Feedback', { eventType: ['Delivery', 'Reject'] }, {}, {}],
    ['Mail/Bounces', { eventType: ['Bounce'] }, {}, { bounce: { bounceType: '<detail-bounce-bounceType>' } }],
    [
      'Mail/Complaints',
      {
        eventType: ['Complaint'],
        complaint: {
          complaintFeedbackType: [{ 'anything-but': ['not-spam', 'auth-failure'] }, { exists: false }],
        },
      },
      {},
      {},
    ],
    ['Mail/Delays', { eventType: ['DeliveryDelay'] }, { urgent: [{ exists: true }] }, {}],
  ])(
    '%s sends feedback about mails of the program to record-mail-feedback, without addresses',
    (path, pattern, tags, more) => {
      const { EventBusName, ...rule } = at(path).properties
      expect(EventBusName).toBeUndefined()
      expect(rule).toMatchObject({
        EventPattern: {
          source: ['aws.ses'],
          account: ['{AWS::AccountId}'],
          detail: {
            ...pattern,
            mail: {
              tags: {
                'ses:configuration-set': ['{Mail/ConfigurationSet}'],
                mail: [{ exists: true }],
                ...tags,
              },
            },
          },
        },
        Targets: [
          {
            Arn: '{Mail/RecordMailFeedback/Work/Queue.Arn}',
            DeadLetterConfig: { Arn: '{Mail/RecordMailFeedback/Work/DeadLetters.Arn}' },
          },
        ],
      })
      const { InputTemplate } = rule.Targets[0].InputTransformer
      expect(JSON.parse(InputTemplate.replace(/<[^<>]+>/g, '"$&"'))).toEqual({
        detail: {
          eventType: '<detail-eventType>',
          mail: { tags: { mail: '<detail-mail-tags-mail>' } },
          ...more,
        },
      })
    },
  )
})

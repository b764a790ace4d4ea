import { expect, test } from 'vitest'
import { tableSchema } from '../../shared/persistence/schema.ts'
import { type Resource, synthesize } from './synthesis.ts'

const { at, ofType } = synthesize()
const alarms = ofType('AWS::CloudWatch::Alarm')

/** Returns the alarms on a metric with this value of a dimension. */
const alarmsOn = (value: string, metric: string) =>
  alarms.filter(
    ({ properties }) =>
      properties.MetricName === metric &&
      properties.Dimensions?.some(({ Value }: { Value: string }) => Value === value),
  )
const paths = (type: string, keep: (resource: Resource) => boolean = () => true) =>
  ofType(type)
    .filter(keep)
    .map(({ path }) => path)

test.each(alarms.map(({ path }) => path))(
  '%s describes the effect on users and notifies of alarm and recovery',
  path => {
    const { properties } = at(path)
    expect(properties.AlarmDescription).toMatch(/^[A-Z].{40,}\.$/)
    expect(properties).toMatchObject({
      AlarmActions: ['{Alarms/Topic}'],
      OKActions: ['{Alarms/Topic}'],
      ...(path.endsWith('/Silent')
        ? { ComparisonOperator: 'LessThanThreshold', Threshold: 1, TreatMissingData: 'breaching' }
        : { ComparisonOperator: 'GreaterThanThreshold', TreatMissingData: 'notBreaching' }),
    })
  },
)

test('an alarm is raised when the sweep does not run for an hour', () => {
  expect(at('Timers/SweepOverdue/Silent').properties).toMatchObject({
    Namespace: 'AWS/Lambda',
    MetricName: 'Invocations',
    Dimensions: [{ Name: 'FunctionName', Value: '{Timers/SweepOverdue/Lambda}' }],
    Statistic: 'Sum',
    Period: 3600,
  })
})

test.each(paths('AWS::Lambda::Function'))('%s has alarms for errors and throttles', path => {
  for (const metric of ['Errors', 'Throttles']) {
    expect(alarmsOn(`{${path}}`, metric).map(({ properties }) => properties)).toEqual([
      expect.objectContaining({ Namespace: 'AWS/Lambda', Statistic: 'Sum', Threshold: 0 }),
    ])
  }
})

test.each(paths('AWS::SQS::Queue', ({ path }) => path.endsWith('/DeadLetters')))(
  '%s has an alarm for the first message',
  path => {
    expect(
      alarmsOn(`{${path}.QueueName}`, 'ApproximateNumberOfMessagesVisible').map(
        ({ properties }) => properties,
      ),
    ).toEqual([expect.objectContaining({ Namespace: 'AWS/SQS', Statistic: 'Maximum', Threshold: 0 })])
  },
)

test.each(paths('AWS::SQS::Queue', ({ path }) => path.endsWith('/Queue')))(
  '%s has an alarm for old messages',
  path => {
    expect(
      alarmsOn(`{${path}.QueueName}`, 'ApproximateAgeOfOldestMessage').map(({ properties }) => properties),
    ).toEqual([expect.objectContaining({ Namespace: 'AWS/SQS', Statistic: 'Maximum', Threshold: 15 * 60 })])
  },
)

test('the stream has an alarm for its iterator age', () => {
  expect(
    alarmsOn('{Events/PublishEvents/Lambda}', 'IteratorAge').map(({ properties }) => properties),
  ).toEqual([expect.objectContaining({ Statistic: 'Maximum', Threshold: 60_000 })])
})

test.each(['InvocationDroppedCount', 'TargetErrorCount', 'InvocationsFailedToBeSentToDeadLetterCount'])(
  'the schedule group has an alarm for %s',
  metric => {
    expect(
      alarmsOn(at('Timers/Schedules').properties.Name, metric).map(({ properties }) => properties),
    ).toEqual([expect.objectContaining({ Namespace: 'AWS/Scheduler', Statistic: 'Sum', Threshold: 0 })])
  },
)

test.each(['OverdueFound', 'TimersRearmed', 'SweepUnfinished'])(
  'the sweep has an alarm for %s',
  MetricName => {
    expect(at(`Timers/SweepOverdue/${MetricName}`).properties).toMatchObject({
      Namespace: 'ReferralCenter',
      MetricName,
      Dimensions: [{ Name: 'service', Value: 'sweep-overdue' }],
      Statistic: 'Sum',
      Threshold: 0,
    })
  },
)

test.each([
  ['no contact of a referral can be reached', 'NobodyReached'],
  ['a customer denies a win', 'WinDenied'],
])('an alarm is raised when %s', (_, MetricName) => {
  expect(at(`Mail/SendMail/${MetricName}`).properties).toMatchObject({
    Namespace: 'ReferralCenter',
    MetricName,
    Dimensions: [{ Name: 'service', Value: 'send-mail' }],
    Statistic: 'Sum',
    Threshold: 0,
  })
})

test.each([
  ['BounceRate', 0.05],
  ['ComplaintRate', 0.001],
])('%s has an alarm at the rate at which SES reviews an account', (name, Threshold) => {
  expect(at(`Mail/${name}`).properties).toMatchObject({
    Namespace: 'AWS/SES',
    MetricName: `Reputation.${name}`,
    Dimensions: [{ Name: 'ses:configuration-set', Value: '{Mail/ConfigurationSet}' }],
    Threshold,
  })
})

test('the API has an alarm for more than 5 % server errors, from 20 requests on', () => {
  const { Metrics, Threshold } = at('Api/ServerErrors').properties
  expect(Threshold).toBe(5)
  expect(Metrics).toEqual([
    expect.objectContaining({ Expression: 'IF(requests >= 20, 100 * errors / requests, 0)' }),
    expect.objectContaining({ Id: 'requests', MetricStat: expect.objectContaining({ Stat: 'Sum' }) }),
    expect.objectContaining({
      Id: 'errors',
      MetricStat: expect.objectContaining({ Metric: expect.objectContaining({ MetricName: '5xx' }) }),
    }),
  ])
})

test('alarms cover throttled reads and writes of the table and of each index, with at most 10 metrics each', () => {
  const throttled = alarms.filter(({ path }) => /^TableThrottled\d?$/.test(path))
  const seen = throttled.flatMap(({ properties }) => {
    const [sum, ...metrics] = properties.Metrics
    expect(sum.Expression).toBe(metrics.map(({ Id }: { Id: string }) => `FILL(${Id}, 0)`).join(' + '))
    // The limit of CloudWatch (“Limits that apply to alarms based on metric math expressions”).
    expect(metrics.length).toBeLessThanOrEqual(10)
    return metrics.map(({ MetricStat: { Metric } }: { MetricStat: { Metric: MetricSource } }) => [
      Metric.MetricName,
      Object.fromEntries(Metric.Dimensions.map(({ Name, Value }) => [Name, Value])),
    ])
  })
  expect(seen).toEqual(
    [{}, ...Object.keys(tableSchema.indexes).map(name => ({ GlobalSecondaryIndexName: name }))].flatMap(
      index =>
        ['ReadThrottleEvents', 'WriteThrottleEvents'].map(metric => [
          metric,
          { TableName: '{Table}', ...index },
        ]),
    ),
  )
})

interface MetricSource {
  MetricName: string
  Dimensions: { Name: string; Value: string }[]
}

test('the alarm topic is encrypted, accepts only CloudWatch, and sends mail if an address is configured', () => {
  expect(at('Alarms/Topic').properties.KmsMasterKeyId).toBe('{Alarms/Key.Arn}')
  const fromHere = { StringEquals: { 'aws:SourceAccount': '{AWS::AccountId}' } }
  expect(at('Alarms/Topic/Policy').properties.PolicyDocument.Statement).toEqual([
    expect.objectContaining({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
    expect.objectContaining({
      Effect: 'Allow',
      Action: 'sns:Publish',
      Principal: { Service: 'cloudwatch.amazonaws.com' },
      Condition: fromHere,
    }),
  ])
  expect(at('Alarms/Key').properties.KeyPolicy.Statement).toContainEqual({
    Effect: 'Allow',
    Action: ['kms:Decrypt', 'kms:GenerateDataKey*'],
    Principal: { Service: 'cloudwatch.amazonaws.com' },
    Resource: '*',
    Condition: fromHere,
  })
  expect(ofType('AWS::SNS::Subscription')).toEqual([])
  expect(
    synthesize({ alarmEmail: 'desk@example.com' })
      .ofType('AWS::SNS::Subscription')
      .map(({ properties }) => properties),
  ).toEqual([{ Protocol: 'email', Endpoint: 'desk@example.com', TopicArn: '{Alarms/Topic}' }])
})

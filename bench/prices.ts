/** Prices of AWS in us-east-1 in US dollars per million units, without free tiers; as of November 2026. */
export interface Price {
  readonly item: string
  readonly usdPerMillion: number
  readonly source: string
}

export const prices = {
  apiRequests: {
    item: 'HTTP API requests',
    usdPerMillion: 1,
    source: 'aws.amazon.com/api-gateway/pricing: HTTP API, first 300 million',
  },
  lambdaRequests: {
    item: 'Lambda requests',
    usdPerMillion: 0.2,
    source: 'aws.amazon.com/lambda/pricing',
  },
  lambdaMegabyteSeconds: {
    item: 'Lambda MB-seconds',
    usdPerMillion: 13.3334 / 1024,
    source: 'aws.amazon.com/lambda/pricing: Arm, 0.0000133334 for a GB-second',
  },
  writeUnits: {
    item: 'DynamoDB write units',
    usdPerMillion: 0.625,
    source: 'aws.amazon.com/dynamodb/pricing/on-demand',
  },
  readUnits: {
    item: 'DynamoDB read units',
    usdPerMillion: 0.125,
    source: 'aws.amazon.com/dynamodb/pricing/on-demand',
  },
  events: {
    item: 'EventBridge events',
    usdPerMillion: 1,
    source: 'aws.amazon.com/eventbridge/pricing: custom events; events of AWS services such as SES are free',
  },
  queueRequests: {
    item: 'SQS requests',
    usdPerMillion: 0.4,
    source: 'aws.amazon.com/sqs/pricing: standard queues',
  },
  timers: {
    item: 'Scheduler invocations',
    usdPerMillion: 1,
    source: 'aws.amazon.com/eventbridge/pricing: Scheduler',
  },
  mails: {
    item: 'SES mails',
    usdPerMillion: 100,
    source: 'aws.amazon.com/ses/pricing: 0.10 for a thousand',
  },
} as const satisfies Record<string, Price>

export type Priced = keyof typeof prices

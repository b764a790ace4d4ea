/** A worker behind a queue: each message on its own, so that one that fails is brought again alone. */
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware'
import middy from '@middy/core'
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda'
import { faultOf, logger } from '../../shared/platform/logger.ts'

/** The Lambda handler that gives each message's parsed body to `work`; what throws goes back to the queue. */
export const worker = <T>(parse: (body: unknown) => T, work: (message: T, now: Date) => Promise<void>) => {
  const attempt = async (record: SQSRecord): Promise<SQSBatchResponse['batchItemFailures']> => {
    try {
      await work(parse(JSON.parse(record.body)), new Date())
      return []
    } catch (error) {
      logger.error('message failed', { messageId: record.messageId, fault: faultOf(error) })
      return [{ itemIdentifier: record.messageId }]
    }
  }
  return middy<SQSEvent, SQSBatchResponse, Error, Context>()
    .use(injectLambdaContext(logger, { resetKeys: true }))
    .handler(async ({ Records }) => ({ batchItemFailures: (await Promise.all(Records.map(attempt))).flat() }))
}

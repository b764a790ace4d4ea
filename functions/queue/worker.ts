/** Workers behind queues: messages that fail are brought again, and no others. */
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware'
import middy from '@middy/core'
import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda'
import { faultOf, logger } from '../../shared/kernel/logger.ts'

interface Received<T> {
  readonly messageId: string
  readonly message: T
}

/** The Lambda handler that gives each message's parsed body to `work`; what throws goes back to the queue. */
export const worker = <T>(parse: (body: unknown) => T, work: (message: T, now: Date) => Promise<void>) =>
  handlerOf(
    parse,
    ({ messageId }) => messageId,
    async (messages, now) => {
      for (const message of messages) await work(message, now)
    },
  )

/**
 * As `worker`, for messages that are done at once with the others of their group. Where that fails each is done alone, so
 * that one that cannot be done holds up no other.
 */
export const groupWorker = <T>(
  parse: (body: unknown) => T,
  groupOf: (message: T) => string,
  work: (messages: readonly T[], now: Date) => Promise<unknown>,
) => handlerOf(parse, ({ message }) => groupOf(message), work)

const handlerOf = <T>(
  parse: (body: unknown) => T,
  groupOf: (received: Received<T>) => string,
  work: (messages: readonly T[], now: Date) => Promise<unknown>,
) =>
  middy<SQSEvent, SQSBatchResponse, Error, Context>()
    .use(injectLambdaContext(logger, { resetKeys: true }))
    .handler(async ({ Records }) => {
      const failed = new Set<string>()
      const fail = (messageId: string, error: unknown) => {
        logger.error('message failed', { messageId, fault: faultOf(error) })
        failed.add(messageId)
      }
      const received = Records.flatMap(({ messageId, body }) => {
        try {
          const one = { messageId, message: parse(JSON.parse(body)) }
          return [{ ...one, group: groupOf(one) }]
        } catch (error) {
          fail(messageId, error)
          return []
        }
      })
      const attempt = async (group: readonly Received<T>[]): Promise<void> => {
        const messages = group.map(({ message }) => message)
        try {
          await work(messages, new Date())
        } catch (error) {
          const [first, ...rest] = group
          if (first && rest.length === 0) fail(first.messageId, error)
          else for (const one of group) await attempt([one])
        }
      }
      await Promise.all([...Map.groupBy(received, ({ group }) => group).values()].map(attempt))
      const again = Records.filter(({ messageId }) => failed.has(messageId))
      return { batchItemFailures: again.map(({ messageId }) => ({ itemIdentifier: messageId })) }
    })

/**
 * Lambda handlers for SQS queues. A message whose work fails is returned to the queue. An unreadable message is sent to the
 * dead-letter queue immediately, because retries cannot help. In both cases, the other messages of the batch are processed.
 */
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware'
import middy from '@middy/core'
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda'
import { isSchemaError, loggableError, logger } from '../../shared/kernel/logger.ts'
import { Unreadable, unreadable } from '../../shared/kernel/unreadable.ts'
import { sendToDeadLetters } from './dead-letters.ts'

/** Reads the body of a message. Returns undefined for a message that needs no work. */
type Parse<T> = (body: unknown) => T | undefined

interface Received<T> {
  readonly messageId: string
  readonly message: T
}

interface Grouped<T> extends Received<T> {
  readonly group: string
}

const reject = async (body: string, error: unknown): Promise<void> => {
  const readError = loggableReadError(error)
  await sendToDeadLetters(body, readError.message)
  logger.error('sent an unreadable message to the dead-letter queue', { error: readError })
}

/** Drops messages of errors that are not about fields, such as a SyntaxError, because they can quote the body. */
const loggableReadError = (error: unknown): Pick<ReturnType<typeof loggableError>, 'name' | 'message'> => {
  const loggable = loggableError(error, 'the message')
  if (error instanceof Unreadable || isSchemaError(error)) return loggable
  const code = error instanceof SyntaxError ? 'invalid_json' : loggable.name
  return { name: loggable.name, message: unreadable('the message', [{ path: [], code }]) }
}

/** Creates a handler that calls `work` with each message. A message whose work throws is returned to the queue. */
export const worker = <T>(parse: Parse<T>, work: (message: T, now: Date) => Promise<void>) =>
  handlerOf(
    parse,
    ({ messageId }) => messageId,
    async (messages, now) => {
      for (const message of messages) await work(message, now)
    },
  )

/**
 * Creates a handler that calls `work` with all messages of a group at once. If that fails, it calls `work` with each message
 * alone, so that only those that fail alone are returned to the queue.
 */
export const groupWorker = <T>(
  parse: Parse<T>,
  groupOf: (message: T) => string,
  work: (messages: readonly T[], now: Date) => Promise<unknown>,
) => handlerOf(parse, ({ message }) => groupOf(message), work)

const handlerOf = <T>(
  parse: Parse<T>,
  groupOf: (received: Received<T>) => string,
  work: (messages: readonly T[], now: Date) => Promise<unknown>,
) =>
  middy<SQSEvent, SQSBatchResponse, Error, Context>()
    .use(injectLambdaContext(logger, { resetKeys: true }))
    .handler(async ({ Records }) => {
      const failed = new Set<string>()
      const fail: Fail = (messageId, error) => {
        logger.error('message failed', { messageId, error: loggableError(error) })
        failed.add(messageId)
      }
      const read = await Promise.all(Records.map(record => readMessage(record, parse, groupOf, fail)))
      const received = read.filter(message => message !== undefined)
      const groups = [...Map.groupBy(received, ({ group }) => group).values()]
      await Promise.all(groups.map(group => processGroup(group, work, fail)))
      const retried = Records.filter(({ messageId }) => failed.has(messageId))
      return { batchItemFailures: retried.map(({ messageId }) => ({ itemIdentifier: messageId })) }
    })

/** Returns a message to the queue. */
type Fail = (messageId: string, error: unknown) => void

/** @returns undefined for a message that needs no work, or that was sent to the dead-letter queue */
const readMessage = async <T>(
  { messageId, body }: SQSRecord,
  parse: Parse<T>,
  groupOf: (received: Received<T>) => string,
  fail: Fail,
): Promise<Grouped<T> | undefined> => {
  try {
    const message = parse(JSON.parse(body))
    if (message === undefined) return undefined
    const received = { messageId, message }
    return { ...received, group: groupOf(received) }
  } catch (error) {
    await reject(body, error).catch((failure: unknown) => fail(messageId, failure))
    return undefined
  }
}

/** Processes the messages of a group together and, if that fails, one by one. */
const processGroup = async <T>(
  group: readonly Received<T>[],
  work: (messages: readonly T[], now: Date) => Promise<unknown>,
  fail: Fail,
): Promise<void> => {
  try {
    await work(
      group.map(({ message }) => message),
      new Date(),
    )
  } catch (error) {
    const [first, ...rest] = group
    if (first && rest.length === 0) fail(first.messageId, error)
    else for (const single of group) await processGroup([single], work, fail)
  }
}

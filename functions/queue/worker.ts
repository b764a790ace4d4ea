/**
 * Workers behind queues. A message whose work fails is brought again; one that cannot be read goes to the dead letters at
 * once, since a repeat would not make it readable. Neither holds up the others.
 */
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware'
import middy from '@middy/core'
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda'
import { faultOf, isSchemaError, logger } from '../../shared/kernel/logger.ts'
import { Unreadable, unreadable } from '../../shared/kernel/unreadable.ts'
import { sendToDeadLetters } from './dead-letters.ts'

/** Reads a message's body; undefined for a message that needs no work. */
type Parse<T> = (body: unknown) => T | undefined

interface Received<T> {
  readonly messageId: string
  readonly message: T
}

interface Grouped<T> extends Received<T> {
  readonly group: string
}

const reject = async (body: string, error: unknown): Promise<void> => {
  const fault = faultOfMessage(error)
  await sendToDeadLetters(body, fault.message)
  logger.error('message cannot be read, and is among the dead letters', { fault })
}

/** Messages and stacks of errors that are not about fields can quote the body, as those of a SyntaxError do. */
const faultOfMessage = (error: unknown): Pick<ReturnType<typeof faultOf>, 'name' | 'message'> => {
  const fault = faultOf(error, 'the message')
  if (error instanceof Unreadable || isSchemaError(error)) return fault
  const code = error instanceof SyntaxError ? 'invalid_json' : fault.name
  return { name: fault.name, message: unreadable('the message', [{ path: [], code }]) }
}

/** Makes the Lambda handler that gives each message's parsed body to `work`; a message whose work throws goes back to the queue. */
export const worker = <T>(parse: Parse<T>, work: (message: T, now: Date) => Promise<void>) =>
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
      const fail = (messageId: string, error: unknown) => {
        logger.error('message failed', { messageId, fault: faultOf(error) })
        failed.add(messageId)
      }
      const read = async ({ messageId, body }: SQSRecord): Promise<Grouped<T> | undefined> => {
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
      const received = (await Promise.all(Records.map(read))).filter(message => message !== undefined)
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

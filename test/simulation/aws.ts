/**
 * Replaces the `send` methods of the AWS SDK clients. Calls are handled in this process, so that the program runs
 * unchanged and tests can record each call, delay it or make it fail.
 */
import { EventBridgeClient } from '@aws-sdk/client-eventbridge'
import { SchedulerClient } from '@aws-sdk/client-scheduler'
import { SESClient } from '@aws-sdk/client-ses'
import { SQSClient } from '@aws-sdk/client-sqs'
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'

const clients = {
  dynamodb: DynamoDBDocumentClient,
  scheduler: SchedulerClient,
  sqs: SQSClient,
  events: EventBridgeClient,
  ses: SESClient,
}
type Service = keyof typeof clients

export interface Call {
  readonly service: Service
  /** Name of the command class without its suffix, such as `TransactWrite`. */
  readonly operation: string
  readonly command: object
}

/** Returns the response of a call, or throws an error of the SDK. */
export type CallHandler = (call: Call) => Promise<object>

type Send = (this: unknown, command: object) => Promise<object>
interface Sender {
  send: Send
}

/** The original `send` of the document client. */
export const sendDocument: Send = (DynamoDBDocumentClient.prototype as Sender).send

export const mailQueueUrl = 'https://sqs.us-east-1.amazonaws.com/000000000000/Mail'

/** Environment variables that the stack sets for functions, with arbitrary values. */
const settings: Readonly<Record<string, string>> = {
  AWS_REGION: 'us-east-1',
  TABLE_NAME: 'Table',
  BUS_NAME: 'Bus',
  SCHEDULE_GROUP: 'Timers',
  SCHEDULER_ROLE_ARN: 'arn:aws:iam::000000000000:role/Scheduler',
  TIMERS_QUEUE_ARN: 'arn:aws:sqs:us-east-1:000000000000:Timers',
  TIMERS_QUEUE_URL: 'https://sqs.us-east-1.amazonaws.com/000000000000/Timers',
  MAIL_QUEUE_URL: mailQueueUrl,
  TIMERS_DEAD_LETTER_ARN: 'arn:aws:sqs:us-east-1:000000000000:TimersDeadLetters',
  DEAD_LETTERS_URL: 'https://sqs.us-east-1.amazonaws.com/000000000000/DeadLetters',
  MAIL_FROM: 'desk@desk.example',
  CONFIGURATION_SET: 'Mail',
  PUBLIC_URL: 'https://desk.example',
  SIGNING_SECRET: 'a secret of the simulation',
  LOOKUP_SECRET: 'another secret of the simulation',
}

const senders = Object.entries(clients).map(([service, { prototype }]) => ({
  service: service as Service,
  sender: prototype as Sender,
}))

/** Sets the environment variables and passes all calls of the clients to `handle`. */
export const connect = (handle: CallHandler): void => {
  Object.assign(process.env, settings)
  for (const { service, sender } of senders)
    sender.send = async command =>
      handle({ service, operation: command.constructor.name.replace(/Command$/, ''), command })
}

/** Restores the clients and removes the environment variables. */
export const disconnect = (): void => {
  for (const name of Object.keys(settings)) delete process.env[name]
  for (const { sender } of senders) Reflect.deleteProperty(sender, 'send')
}

/** Returns the input of a call. */
export const inputOf = <Input>({ command }: Call): Input => (command as { input: Input }).input

/**
 * Composes the local cloud: starts a counterpart for each resource of a synthesized template and serves all of them on
 * one port. A template with a resource that has no counterpart does not start.
 */
import { mkdirSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { apiGateway } from '../aws/api-gateway/http-api.ts'
import { identityPath, operator, type Person, startIdentity } from '../aws/cognito/identity.ts'
import { requireJava } from '../aws/dynamodb/java.ts'
import { DynamoDbProcess } from '../aws/dynamodb/process.ts'
import { DynamoDb } from '../aws/dynamodb/service.ts'
import { EventBus } from '../aws/eventbridge/service.ts'
import { Iam } from '../aws/iam/policies.ts'
import { startEventSourceMappings } from '../aws/lambda/event-source-mapping.ts'
import { startLambda } from '../aws/lambda/service.ts'
import { Scheduler } from '../aws/scheduler/service.ts'
import { secretReferences } from '../aws/secrets-manager/secrets.ts'
import { Ses } from '../aws/ses/service.ts'
import { Sqs } from '../aws/sqs/service.ts'
import type { MailPreview } from '../console/pages.ts'
import { startConsole } from '../console/routes.ts'
import { AwsEndpoint } from './aws-endpoint.ts'
import { VirtualClock } from './clock.ts'
import { requireKnownTypes } from './counterparts.ts'
import { migrateTable } from './migrate-table.ts'
import { StartError } from './start-error.ts'
import { type Collection, State } from './state.ts'
import { loadTemplate, type Template } from './template.ts'

export interface CloudOptions {
  /** Cloud assembly, as `cdk synth` writes it. DynamoDB Local starts while it is made. */
  readonly templateDir: string | Promise<string>
  /** Directory of all durable state. */
  readonly stateDir: string
  /** 0 for any free port. */
  readonly port: number
  /** Deletes the state first. */
  readonly fresh?: boolean
  /** Moves the items of an earlier layout to the present one before functions and timers start. */
  readonly migrate?: boolean
  /** Milliseconds before the present at which the clock of a fresh cloud begins; 0 unless given. */
  readonly historyMs?: number
  /** Keeps the tables in memory only: about four times as fast, for benchmarks. */
  readonly tablesInMemory?: boolean
  /** Multiplies the time limits of functions and integrations, for tests on a machine that is busy with other work. */
  readonly timeLimitFactor?: number
  /** Examples of the program's mails, for the console; none, unless given. */
  readonly mailPreviews?: () => readonly MailPreview[]
  readonly onProgress?: (line: string) => void
  /** Called with a message when a part that the cloud needs has failed. */
  readonly onFault?: (line: string) => void
}

export interface Cloud {
  readonly url: string
  readonly clock: VirtualClock
  /** True when it started without state. */
  readonly fresh: boolean
  readonly template: Template
  readonly dynamodb: DynamoDb
  /** People that the console offers for signing in, by mail address. */
  readonly people: Collection<Person>
  readonly logDirectory: string
  stop(): Promise<void>
}

/** Throws StartError when the user can remove the cause. */
export const startCloud = async (options: CloudOptions): Promise<Cloud> => {
  const closers: (() => unknown)[] = []
  const stop = async () => {
    for (const close of closers.splice(0).reverse()) await close()
  }
  try {
    return { ...(await assemble(options, closers)), stop }
  } catch (error) {
    await stop()
    throw error
  }
}

type Handler = (request: IncomingMessage, response: ServerResponse) => unknown

const assemble = async (
  {
    templateDir,
    stateDir,
    port,
    fresh = false,
    migrate = false,
    historyMs = 0,
    tablesInMemory = false,
    mailPreviews = () => [],
    timeLimitFactor,
    onProgress = () => {},
    onFault = () => {},
  }: CloudOptions,
  closers: (() => unknown)[],
): Promise<Omit<Cloud, 'stop'>> => {
  await requireJava()
  let handle: Handler = (_, response) => response.writeHead(503).end()
  const server = await listen(port, (request, response) => handle(request, response))
  closers.push(() => closeServer(server))
  const bound = (server.address() as AddressInfo).port
  const publicUrl = `http://localhost:${bound}`
  const endpointUrl = `http://127.0.0.1:${bound}`
  const issuer = publicUrl + identityPath

  const kept = openState(stateDir, fresh)
  const { state } = kept
  closers.push(() => state.close())
  onProgress('Starting DynamoDB Local…')
  const starting = DynamoDbProcess.start(tablesInMemory ? undefined : join(stateDir, 'dynamodb'), () =>
    onFault('DynamoDB Local has ended. What it kept is there again at the next start.'),
  )
  // A failure to start is reported where it is awaited.
  closers.push(() => starting.then(emulator => emulator.stop()).catch(() => {}))
  starting.catch(() => {})

  const template = loadTemplate(await templateDir, { publicUrl, endpointUrl, issuer })
  requireKnownTypes(template)
  const layouts = new TableLayouts(template, state, kept.wasEmpty)
  const clock = new VirtualClock(state.collection('clock'), -historyMs)
  closers.push(() => clock.close())

  const [dynamodb, identity] = await Promise.all([
    DynamoDb.start({ template, emulator: await starting }),
    startIdentity({ template, state, clock, issuer }),
  ])
  // After the check of the indexes: items of a table without them cannot be migrated.
  if (!migrate) layouts.requirePresent()
  const iam = new Iam(template)
  if (layouts.earlier.length > 0) {
    const endpoint = new AwsEndpoint([dynamodb], () => undefined, iam, clock)
    handle = (request, response) =>
      AwsEndpoint.isAwsRequest(request) ? endpoint.handle(request, response) : response.writeHead(503).end()
    for (const tableName of layouts.earlier) {
      onProgress(`Moving the items of ${tableName} to the present layout…`)
      await migrateTable({ tableName, endpointUrl, region: template.region })
    }
  }
  layouts.recordPresent()

  const logDirectory = join(stateDir, 'logs')
  const lambda = startLambda({
    template,
    clock,
    endpointUrl,
    logDirectory,
    resolveReferences: secretReferences(template, state),
    timeLimitFactor,
  })
  closers.push(() => lambda.stop())
  clock.register(lambda)

  const sqs = new Sqs(template, state, clock)
  const scheduler = new Scheduler({ template, state, clock, sqs, iam })
  const eventBus = new EventBus(template, sqs, iam, clock)
  const ses = new Ses({ template, state, iam, clock, eventBus })
  const functionIds = new Set(template.ofType('AWS::Lambda::Function').map(({ logicalId }) => logicalId))
  const callerOf = (accessKeyId: string) => (functionIds.has(accessKeyId) ? accessKeyId : undefined)
  const endpoint = new AwsEndpoint([dynamodb, sqs, eventBus, scheduler, ses], callerOf, iam, clock)
  const people = state.collection<Person>('people')
  people.set(operator.email, operator)
  const consoleHandler = startConsole({
    clock,
    identity,
    people: () => people.values(),
    mailbox: ses,
    recipients: ses.recipients,
    schedules: () => scheduler.list(),
    queues: () => sqs.depths(),
    previews: mailPreviews,
    apiUrl: endpointUrl,
  })
  const api = apiGateway({ template, lambda, clock, keys: identity.keys, timeLimitFactor })
  handle = (request, response) => {
    const path = request.url ?? '/'
    if (AwsEndpoint.isAwsRequest(request)) return endpoint.handle(request, response)
    if (path.startsWith(identityPath)) return identity.handle(request, response)
    if (path.startsWith('/_local') && isCrossOrigin(request)) return response.writeHead(403).end()
    return /^\/_local(\/|$|\?)/.test(path) ? consoleHandler(request, response) : api(request, response)
  }
  if (kept.wasEmpty && historyMs > 0) lambda.warmUp()
  const mappings = await startEventSourceMappings({ template, clock, state, iam, lambda, sqs, dynamodb })
  closers.push(() => mappings.stop())
  return { url: publicUrl, clock, fresh: kept.wasEmpty, template, dynamodb, people, logDirectory }
}

/** Detects requests from pages of other sites, which must not move the clock or get tokens through the browser. */
const isCrossOrigin = ({ headers }: IncomingMessage): boolean => {
  const origins = [headers.origin, `http://${headers.host}`].filter(origin => origin !== undefined)
  return !origins.every(origin => /^http:\/\/(localhost|127\.0\.0\.1)(:\d+)?$/.test(origin))
}

/** API Gateway's limit on the request line and headers of a request to an HTTP API. Node.js answers 431 beyond it. */
const maxHeaderBytes = 10_240

/** Listens on the loopback interface only, so that no other machine can connect. */
const listen = (port: number, handle: Handler): Promise<Server> => {
  const server = createServer({ maxHeaderSize: maxHeaderBytes }, (request, response) => {
    Promise.resolve(handle(request, response)).catch((error: unknown) => {
      if (!response.headersSent) response.writeHead(500)
      response.end(`${error instanceof Error ? error.stack : error}\n`)
    })
  })
  // AWS clients reuse connections, and a connection that is closed early costs them a retry.
  server.keepAliveTimeout = 60_000
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(error.code === 'EADDRINUSE' ? portInUse(port) : error)
    })
    server.listen(port, '127.0.0.1', () => resolve(server))
  })
}

const portInUse = (port: number) =>
  new StartError(`Port ${port} is in use. Choose another: npm start -- --port ${port + 1}`)

const closeServer = (server: Server): Promise<void> => {
  server.closeAllConnections()
  return new Promise(resolve => server.close(() => resolve()))
}

const openState = (stateDir: string, fresh: boolean): { state: State; wasEmpty: boolean } => {
  mkdirSync(stateDir, { recursive: true })
  const state = lockedState(join(stateDir, 'state.db'))
  if (fresh) {
    state.clear()
    for (const part of ['dynamodb', 'logs']) rmSync(join(stateDir, part), { recursive: true, force: true })
  }
  return { state, wasEmpty: state.isEmpty() }
}

/** Layouts of the items in the kept tables. The number of the present one is in the template. */
class TableLayouts {
  readonly #tables: readonly { readonly ref: string; readonly kept: number; readonly wanted: number }[]
  readonly #layouts: Collection<number>

  constructor(template: Template, state: State, wasEmpty: boolean) {
    this.#layouts = state.collection<number>('layouts')
    this.#tables = template
      .ofType('AWS::DynamoDB::GlobalTable', 'AWS::DynamoDB::Table')
      .map(({ ref, metadata }) => {
        const wanted = Number(metadata.DataLayout ?? 1)
        return { ref, kept: wasEmpty ? wanted : (this.#layouts.get(ref) ?? 1), wanted }
      })
    const later = this.#tables.find(({ kept, wanted }) => kept > wanted)
    if (later) throw otherLayout(later)
  }

  /** Names of the tables whose items an earlier version of the program laid out. */
  get earlier(): readonly string[] {
    return this.#tables.filter(({ kept, wanted }) => kept < wanted).map(({ ref }) => ref)
  }

  requirePresent(): void {
    const earlier = this.#tables.find(({ kept, wanted }) => kept < wanted)
    if (earlier) throw otherLayout(earlier, 'Move them to the present layout: npm start -- --migrate\n')
  }

  recordPresent(): void {
    for (const { ref, wanted } of this.#tables) this.#layouts.set(ref, wanted)
  }
}

const otherLayout = (
  { ref, kept, wanted }: { readonly ref: string; readonly kept: number; readonly wanted: number },
  way = '',
): StartError =>
  new StartError(
    `The state was left by another version of the program: the items of ${ref} are in layout ${kept}, and not ${wanted}.\n` +
      `${way}Start without them: npm start -- --fresh`,
  )

const lockedState = (file: string): State => {
  try {
    return new State(file)
  } catch (error) {
    if (!/locked/.test(String(error))) throw error
    throw new StartError(`${file} is in use by another local cloud. Stop that one first.`)
  }
}

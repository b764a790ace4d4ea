import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type LambdaService, startLambda } from '../../../local/aws/lambda/service.ts'
import { VirtualClock } from '../../../local/runtime/clock.ts'
import type { InvocationResult } from '../../../local/runtime/execution-environment.ts'
import { loadTemplate } from '../../../local/runtime/template.ts'

const bundles = {
  Echo: 'export const handler = async (event, context) => ({ event, context: Object.keys(context).sort() })',
  Environment: 'export const handler = async () => process.env',
  Time: 'export const handler = async () => [Date.now(), +new Date(), new Date(0).toISOString(), Date().length > 0]',
  Count: 'let n = 0; export const handler = async () => ++n',
  Wait: 'export const handler = () => new Promise(resolve => setTimeout(resolve, 100))',
  Throws: 'export const handler = async () => { throw new TypeError("no") }',
  Hangs: 'let n = 0; export const handler = () => n++ ? {} : new Promise(() => {})',
  Exits: 'export const handler = async () => process.exit(3)',
  Breaks: 'throw new RangeError("at init")',
  Headless: 'export const other = 1',
  Nothing: 'export const handler = () => {}',
} as const
type Name = keyof typeof bundles

const arn = (name: string) => `arn:aws:lambda:us-east-1:000000000000:function:App-${name}`

let directory = ''
let lambda: LambdaService
const clock = new VirtualClock()
const invoke = (name: Name, event: unknown = {}): Promise<InvocationResult> => lambda.invoke(arn(name), event)

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'lambda-'))
  const resources = Object.entries(bundles).map(([name, code]) => {
    mkdirSync(join(directory, name))
    writeFileSync(join(directory, name, 'index.mjs'), code)
    return [
      name,
      {
        Type: 'AWS::Lambda::Function',
        Properties: {
          Handler: 'index.handler',
          Runtime: 'nodejs24.x',
          // Generous for the other functions, because the machine may be busy.
          Timeout: name === 'Hangs' ? 1 : 300,
          Environment: { Variables: { GIVEN: '{{secret}}' } },
        },
        Metadata: { 'aws:asset:path': name },
      },
    ]
  })
  const artifact = { type: 'aws:cloudformation:stack', properties: { templateFile: 'app.json' } }
  writeFileSync(join(directory, 'manifest.json'), JSON.stringify({ artifacts: { App: artifact } }))
  writeFileSync(join(directory, 'app.json'), JSON.stringify({ Resources: Object.fromEntries(resources) }))
  lambda = startLambda({
    template: loadTemplate(directory, { publicUrl: '', endpointUrl: '', issuer: '' }),
    clock,
    endpointUrl: 'http://127.0.0.1:1',
    logDirectory: join(directory, 'logs'),
    resolveReferences: text => text.replace('{{secret}}', 'resolved'),
  })
})

afterAll(async () => {
  await lambda.stop()
  clock.close()
  rmSync(directory, { recursive: true })
})

describe('a function', () => {
  it('receives the event and the context', async () => {
    expect(await invoke('Echo', { a: [1] })).toEqual({
      ok: true,
      payload: {
        event: { a: [1] },
        context: [
          'awsRequestId',
          'callbackWaitsForEmptyEventLoop',
          'functionName',
          'functionVersion',
          'getRemainingTimeInMillis',
          'invokedFunctionArn',
          'logGroupName',
          'logStreamName',
          'memoryLimitInMB',
        ],
      },
    })
  })

  it('returns null when the handler returns nothing', async () => {
    expect(await invoke('Nothing')).toEqual({ ok: true, payload: null })
  })

  it('has the environment variables of the template and its own credentials, and no variable of the host', async () => {
    process.env.OF_THE_HOST = 'yes'
    const result = await invoke('Environment')
    const env = result.ok ? (result.payload as Record<string, string>) : {}
    expect(env).toMatchObject({
      GIVEN: 'resolved',
      AWS_ACCESS_KEY_ID: 'Environment',
      AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
      AWS_REGION: 'us-east-1',
    })
    expect(env).not.toHaveProperty('OF_THE_HOST')
  })

  it('sees virtual time, also when the clock moves while it is warm', async () => {
    for (const _ of [1, 2]) {
      await clock.advance(86_400_000)
      const before = clock.now()
      const result = await invoke('Time')
      const after = clock.now()
      const [now, fresh, epoch, isText] = result.ok
        ? (result.payload as [number, number, string, boolean])
        : []
      for (const seen of [now, fresh]) {
        expect(seen).toBeGreaterThanOrEqual(before)
        expect(seen).toBeLessThanOrEqual(after)
      }
      expect([epoch, isText]).toEqual(['1970-01-01T00:00:00.000Z', true])
    }
  })

  it('keeps its module state between invocations', async () => {
    expect(await invoke('Count')).toEqual({ ok: true, payload: 1 })
    expect(await invoke('Count')).toEqual({ ok: true, payload: 2 })
  })

  it('handles one event at a time in each environment and queues the others', async () => {
    const results = await Promise.all(Array.from({ length: 9 }, () => invoke('Wait')))
    expect(results.every(({ ok }) => ok)).toBe(true)
    expect(lambda.isIdle()).toBe(true)
  })
})

describe('a function that fails', () => {
  it.each<[Name, string, RegExp]>([
    ['Throws', 'TypeError', /^no$/],
    ['Hangs', 'Sandbox.Timedout', /Task timed out after 1\.00 seconds$/],
    ['Exits', 'Runtime.ExitError', /status 3/],
    ['Breaks', 'RangeError', /at init/],
    ['Headless', 'Runtime.HandlerNotFound', /handler is undefined or not exported/],
  ])('%s returns the error %s', async (name, errorType, errorMessage) => {
    expect(await invoke(name)).toMatchObject({
      ok: false,
      errorType,
      errorMessage: expect.stringMatching(errorMessage),
    })
  })

  it('runs in a new environment after a timeout', async () => {
    expect(await invoke('Hangs')).toMatchObject({ ok: false, errorType: 'Sandbox.Timedout' })
    expect(lambda.isIdle()).toBe(true)
  })
})

/** Mails to customers when AWS calls fail, and what the queue and the headers of these mails contain. */
import { afterEach, describe, expect, it, vi } from 'vitest'
import { logger } from '../../shared/kernel/logger.ts'
import { disconnect, inputOf } from '../simulation/aws.ts'
import { FullScenario, scenarioStart } from '../simulation/full-scenario.ts'
import { failureKinds, type InjectedFailure, Pipeline } from '../simulation/pipeline.ts'

afterEach(() => {
  disconnect()
  vi.unstubAllEnvs()
})

const dayMs = 86_400_000

/**
 * Runs the complete scenario and sends the digests of the customer after each step, and once more a day later.
 * @param lastStep name of the step after which the run ends; all steps without it
 */
const runScenario = async (failure?: InjectedFailure, lastStep?: string): Promise<Pipeline> => {
  vi.spyOn(logger, 'error').mockImplementation(() => {})
  const pipeline = new Pipeline(scenarioStart, failure)
  for (const [name, step] of Object.entries(new FullScenario(pipeline).steps)) {
    await step()
    pipeline.trigger('send-digests')
    await pipeline.advanceTo(pipeline.now)
    if (name === lastStep) break
  }
  pipeline.trigger('send-digests')
  await pipeline.advanceTo(pipeline.now + dayMs)
  return pipeline
}

const mailsToCustomer = ({ calls }: Pipeline) =>
  calls
    .filter(({ call }) => call.service === 'ses')
    .map(({ call }) => inputOf<{ Destinations: string[]; RawMessage: { Data: Uint8Array } }>(call))
    .filter(({ Destinations }) => Destinations.some(address => address.includes('customer')))
    .map(({ RawMessage }) => Buffer.from(RawMessage.Data).toString())

const headerOf = (mail: string, name: string): string | undefined =>
  new RegExp(`^${name}: (.*)$`, 'm').exec(mail)?.[1]?.trim()

describe('mails to the customer of the complete scenario', () => {
  it('are answered to the support address, except those that are answered to the partner', async () => {
    vi.stubEnv('SUPPORT_ADDRESS', 'help@desk.example')
    const mails = mailsToCustomer(await runScenario())
    const replyTo = mails.map(mail => headerOf(mail, 'Reply-To'))
    const [accepted, ...others] = replyTo.filter(address => address !== 'help@desk.example')
    expect(accepted).toMatch(/@desk\.example>?$/)
    expect(others).toEqual([])
    expect(replyTo.length).toBeGreaterThan(4)
  })

  it('have no Reply-To without a support address, except those that are answered to the partner', async () => {
    const mails = mailsToCustomer(await runScenario())
    expect(mails.filter(mail => headerOf(mail, 'Reply-To'))).toHaveLength(1)
  })

  it('wait in the queue if the answer can be undone', async () => {
    const { calls } = await runScenario()
    const delays = calls
      .filter(({ runner, call }) => runner === 'suggest-partners' && call.service === 'sqs')
      .map(({ call }) => inputOf<{ MessageBody: string; DelaySeconds: number }>(call))
      .map(({ MessageBody, DelaySeconds }) => [JSON.parse(MessageBody).detail.type, DelaySeconds])
    expect(delays).toContainEqual(['referral.declined', 300])
    expect(delays).toContainEqual(['referral.won', 300])
    expect(delays).toContainEqual(['referral.expired', 0])
  })

  it('with gathered news are sent once, whatever call of send-digests fails', async () => {
    const digestsIn = (pipeline: Pipeline) =>
      mailsToCustomer(pipeline).filter(mail => /Neuigkeiten/.test(headerOf(mail, 'Subject') ?? '')).length
    // In later steps, which take no time, the customer chooses. A repeated attempt would find the news outdated.
    const lastStep = 'the first partner gets a nudge'
    const regular = await runScenario(undefined, lastStep)
    const expected = digestsIn(regular)
    expect(expected).toBeGreaterThan(0)
    const numbers = regular.calls.flatMap(({ runner, call }, index) =>
      runner === 'send-digests' && ['Put', 'SendRawEmail'].includes(call.operation)
        ? [{ number: index + 1, call }]
        : [],
    )
    for (const { number, call } of numbers)
      for (const kind of failureKinds) {
        const digests = digestsIn(await runScenario({ call: number, kind }, lastStep))
        const context = `call ${number}, ${call.operation}, ${kind}`
        expect(digests, context).toBeGreaterThanOrEqual(expected)
        // SES has no idempotency: if its response is lost, the mail may be sent again.
        expect(digests, context).toBeLessThanOrEqual(expected + (call.service === 'ses' ? 1 : 0))
      }
  })
})

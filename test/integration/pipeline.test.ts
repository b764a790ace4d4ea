import { DeleteScheduleCommand, SchedulerClient } from '@aws-sdk/client-scheduler'
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { beforeAll, describe, expect, inject, it } from 'vitest'
import { apiOperations } from '../../shared/api/contract.ts'
import { openApiDocument } from '../../shared/api/openapi.ts'
import { taxonomyOperations } from '../../shared/program/taxonomy/contract.ts'
import { referralOperations } from '../../shared/referrals/referral/contract.ts'
import { call, fetchLocal } from './client.ts'
import {
  acceptance,
  advance,
  enroll,
  execute,
  get,
  mailTo,
  type Partner,
  referralOf,
  type Schedule,
  schedulesOf,
  sendRfi,
  settle,
  timelineTypes,
  unique,
} from './program.ts'

/** Configures AWS clients as the AWS CLI would call the local cloud, with credentials of no function. */
const client = () => ({
  endpoint: inject('url'),
  region: 'us-east-1',
  credentials: { accessKeyId: 'tester', secretAccessKey: 'tester' },
})

const expirySchedule = async (referralId: string): Promise<Schedule> => {
  await settle()
  const schedule = (await schedulesOf(referralId)).find(({ name }) => name.startsWith('expire-'))
  if (!schedule) throw new Error(`no schedule expires ${referralId}`)
  return schedule
}

const deadLetters = async () => {
  const queues =
    await fetchLocal<{ name: string; visible: number; deadLetterQueue: string | null }[]>('/_local/queues')
  return queues.filter(({ deadLetterQueue, visible }) => deadLetterQueue === null && visible > 0)
}

let partner: Partner
let sqs: SQSClient
let queueUrl: (arn: string) => string

beforeAll(async () => {
  partner = await enroll()
  sqs = new SQSClient(client())
  queueUrl = arn => `${inject('url')}/${arn.split(':').slice(4).join('/')}`
})

describe('a deadline', () => {
  it('whose schedule was deleted is executed by the sweep, and the customer is informed once', async () => {
    const email = `buyer-${unique()}@customer.example`
    const referralId = referralOf(await sendRfi([partner], { email }), partner)
    const { name, group } = await expirySchedule(referralId)
    await new SchedulerClient(client()).send(new DeleteScheduleCommand({ Name: name, GroupName: group }))

    const { fired } = await advance('P14DT1H')
    expect(fired.map(schedule => schedule.name)).not.toContain(name)
    expect((await timelineTypes(partner, referralId)).at(-1)).toBe('referral.expired')
    const subjects = (await mailTo(email)).map(({ subject }) => subject)
    expect(subjects.filter(subject => subject.includes('did not answer in time'))).toHaveLength(1)
  })

  it('is checked against the referral when its timer fires early, twice or after the answer', async () => {
    const referralId = referralOf(await sendRfi([partner]), partner)
    const { target, input } = await expirySchedule(referralId)
    const fire = async () => {
      await sqs.send(new SendMessageCommand({ QueueUrl: queueUrl(target), MessageBody: input }))
      await settle()
    }
    await fire()
    expect((await get(partner, referralId)).body.status).toBe('new')
    await execute(partner, referralOperations.acceptReferral, referralId, acceptance)
    await advance('P15D')
    await fire()
    await fire()
    expect((await get(partner, referralId)).body.status).toBe('active')
    expect(await timelineTypes(partner, referralId)).toEqual(['referral.received', 'referral.accepted'])
  })
})

describe('an unreadable message', () => {
  it('is moved to the dead-letter queue and blocks no other message', async () => {
    const referralId = referralOf(await sendRfi([partner]), partner)
    const { target } = await expirySchedule(referralId)
    await sqs.send(new SendMessageCommand({ QueueUrl: queueUrl(target), MessageBody: '{"kind":"explode"}' }))
    await advance('PT1H')
    expect((await deadLetters()).map(({ name }) => name)).toEqual([expect.stringContaining('OnTimer')])
    await advance('P14D')
    expect((await get(partner, referralId)).body.status).toBe('expired')
  })
})

describe('the public operations', () => {
  it('return the OpenAPI document and the taxonomy', async () => {
    const { body } = await call(apiOperations.getOpenApi)
    expect(body).toEqual(JSON.parse(JSON.stringify(openApiDocument())))
    const { body: taxonomy } = await call(taxonomyOperations.getTaxonomy)
    expect(taxonomy.declineReasons.map(({ code }) => code)).toContain('misrouted')
  })
})

describe('a page of another origin', () => {
  it('can neither advance the clock nor sign in', async () => {
    for (const path of ['/_local/clock', '/_local/token']) {
      const body = JSON.stringify({ advance: 'PT1H', role: 'operator' })
      const post = (origin: string) =>
        fetch(inject('url') + path, { method: 'POST', body, headers: { origin } })
      expect((await post('https://elsewhere.example')).status).toBe(403)
      expect((await post(inject('url'))).status).not.toBe(403)
    }
  })
})

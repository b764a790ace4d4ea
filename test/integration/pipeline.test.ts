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
  act,
  advance,
  ask,
  enroll,
  get,
  mailTo,
  type Partner,
  referralOf,
  type Schedule,
  schedulesOf,
  settle,
  timelineTypes,
  unique,
} from './program.ts'

/** As the AWS CLI would call the local cloud: with credentials that are no function's. */
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
  it('whose schedule was lost is kept by the sweeper, and the customer is told once', async () => {
    const email = `buyer-${unique()}@customer.example`
    const referralId = referralOf(await ask([partner], { email }), partner)
    const { name, group } = await expirySchedule(referralId)
    await new SchedulerClient(client()).send(new DeleteScheduleCommand({ Name: name, GroupName: group }))

    const { fired } = await advance('P14DT1H')
    expect(fired.map(schedule => schedule.name)).not.toContain(name)
    expect((await timelineTypes(partner, referralId)).at(-1)).toBe('referral.expired')
    const subjects = (await mailTo(email)).map(({ subject }) => subject)
    expect(subjects.filter(subject => subject.includes('did not answer in time'))).toHaveLength(1)
  })

  it('whose timer fires early, twice, or after the answer changes nothing wrong', async () => {
    const referralId = referralOf(await ask([partner]), partner)
    const { target, input } = await expirySchedule(referralId)
    const fire = async () => {
      await sqs.send(new SendMessageCommand({ QueueUrl: queueUrl(target), MessageBody: input }))
      await settle()
    }
    await fire()
    expect((await get(partner, referralId)).body.status).toBe('new')
    await act(partner, referralOperations.acceptReferral, referralId, acceptance)
    await advance('P15D')
    await fire()
    await fire()
    expect((await get(partner, referralId)).body.status).toBe('active')
    expect(await timelineTypes(partner, referralId)).toEqual(['referral.received', 'referral.accepted'])
  })
})

describe('a poison message', () => {
  it('ends in the dead-letter queue and holds up no other', async () => {
    const referralId = referralOf(await ask([partner]), partner)
    const { target } = await expirySchedule(referralId)
    await sqs.send(new SendMessageCommand({ QueueUrl: queueUrl(target), MessageBody: '{"kind":"explode"}' }))
    await advance('PT1H')
    expect((await deadLetters()).map(({ name }) => name)).toEqual([expect.stringContaining('OnTimer')])
    await advance('P14D')
    expect((await get(partner, referralId)).body.status).toBe('expired')
  })
})

describe('the open operations', () => {
  it('describe this API, and the codes of the program', async () => {
    const { body } = await call(apiOperations.getOpenApi)
    expect(body).toEqual(JSON.parse(JSON.stringify(openApiDocument())))
    const { body: taxonomy } = await call(taxonomyOperations.getTaxonomy)
    expect(taxonomy.declineReasons.map(({ code }) => code)).toContain('misrouted')
  })
})

describe('a page of another site', () => {
  it('cannot move the clock or sign in', async () => {
    for (const path of ['/_local/clock', '/_local/token']) {
      const body = JSON.stringify({ advance: 'PT1H', role: 'operator' })
      const ask = (origin: string) =>
        fetch(inject('url') + path, { method: 'POST', body, headers: { origin } })
      expect((await ask('https://elsewhere.example')).status).toBe(403)
      expect((await ask(inject('url'))).status).not.toBe(403)
    }
  })
})

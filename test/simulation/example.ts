/** The example of docs/data-model.md: an RFI is sent to three partners, and the first of them accepts. */
import { asReferralId } from '../../shared/kernel/ids.ts'
import { partnerOperations } from '../../shared/partners/partner/contract.ts'
import { createPartner } from '../../shared/partners/partner/service.ts'
import { profileOperations } from '../../shared/partners/profile/contract.ts'
import { putProfile } from '../../shared/partners/profile/put-profile.ts'
import { setActive } from '../../shared/partners/profile/set-active.ts'
import { attempt } from '../../shared/persistence/idempotency.ts'
import type { Item } from '../../shared/persistence/item.ts'
import { acceptCommand } from '../../shared/referrals/referral/commands.ts'
import { referralOperations } from '../../shared/referrals/referral/contract.ts'
import { executeCommand } from '../../shared/referrals/referral/execute-command.ts'
import { getTimeline } from '../../shared/referrals/referral/get-referral.ts'
import { rfiOperations } from '../../shared/referrals/rfi/contract.ts'
import { createRfi } from '../../shared/referrals/rfi/create-rfi.ts'
import { profileContext } from '../fixtures/profile-context.ts'
import { inputOf } from './aws.ts'
import { Pipeline } from './pipeline.ts'

const hour = 3_600_000
const createdAt = Date.parse('2026-01-12T08:00:00.000Z')
const requestedAt = Date.parse('2026-03-02T09:00:00.000Z')

const actor = { kind: 'partner', id: 'member-1' } as const

interface Company {
  readonly name: string
  readonly city: string
  readonly admin: string
  readonly contact: string
  readonly domain: string
}

const companies: readonly Company[] = [
  {
    name: 'Spreewerk Systeme',
    city: 'Berlin',
    admin: 'Jana Roth',
    contact: 'Lena Voss',
    domain: 'spreewerk.example',
  },
  { name: 'Isar Cloud', city: 'Munich', admin: 'Max Huber', contact: 'Eva Lang', domain: 'isar.example' },
  {
    name: 'Rheindaten',
    city: 'Cologne',
    admin: 'Timo Wirtz',
    contact: 'Pia Esser',
    domain: 'rheindaten.example',
  },
]

const personOf = (name: string, domain: string) => {
  const [firstName = '', lastName = ''] = name.split(' ')
  return {
    firstName,
    lastName,
    email: `${firstName.toLowerCase()}@${domain}`,
    phone: '+49 30 5550100',
    locale: 'de',
  }
}

const createActiveProfile = async ({ name, city, admin, contact, domain }: Company, now: Date) => {
  const body = partnerOperations.createPartner.body.parse({ name, admins: [personOf(admin, domain)] })
  const created = await createPartner(body, {
    attempt: attempt('operator', name, 'createPartner', body),
    actor: { kind: 'operator' },
    now,
  })
  const address = { partnerId: created.body.id, region: 'DE' }
  const content = profileOperations.putProfile.body.parse({
    headline: 'ERP for manufacturers, live in 90 days',
    languages: ['de', 'en'],
    products: ['erp'],
    services: ['consulting'],
    keywords: ['production planning'],
    locations: [
      { id: 'main', name: city, address: { city, country: 'DE' }, contacts: [personOf(contact, domain)] },
    ],
  })
  const { version } = await putProfile(address, content, { actor, version: undefined, now }, profileContext)
  await setActive(address, true, { actor, version, now })
  return address
}

export interface Example {
  /** Items of the table after the referrals were created and their mails delivered. */
  readonly received: readonly Item[]
  /** Items of the table after the first partner has accepted. */
  readonly accepted: readonly Item[]
  /** Inputs of CreateSchedule in order. */
  readonly schedules: readonly object[]
  /** Timeline of the first referral, as the API returns it. */
  readonly timeline: readonly object[]
}

/**
 * Runs the example on the simulated pipeline. Ids are the same in each run if the caller makes `ulid` deterministic.
 */
export const runExample = async (): Promise<Example> => {
  const pipeline = new Pipeline(createdAt)
  const profiles = []
  for (const company of companies) profiles.push(await createActiveProfile(company, new Date(pipeline.now)))
  await pipeline.advanceTo(requestedAt)

  const request = rfiOperations.createRfi.body.parse({
    customer: {
      company: 'Havel Pumpen GmbH',
      size: '51-250',
      address: { line1: 'Am Kanal 3', city: 'Potsdam', postalCode: '14467', country: 'DE' },
      contact: { ...personOf('Nora Klein', 'havel-pumpen.example'), locale: 'de' },
    },
    need: {
      summary: 'We want to replace our ERP before the fiscal year ends.',
      products: ['erp'],
      budget: { amount: 80_000, currency: 'EUR' },
    },
    recipients: profiles.map(({ partnerId }) => ({ profileId: `${partnerId}.DE`, locationId: 'main' })),
    directContact: true,
    consent: { contact: true, share: true },
  })
  const key = attempt('customer', '3f1c', 'createRfi', request)
  const { body } = await pipeline.callApi(now =>
    createRfi(request, { attempt: key, actor: { kind: 'customer' }, now }),
  )
  await pipeline.advanceTo(requestedAt + hour)
  const received = structuredClone(await pipeline.table.items())

  const [recipient] = body.recipients
  if (!recipient) throw new Error('the RFI has no recipient')
  const address = { partnerId: recipient.partnerId, referralId: asReferralId(recipient.referralId) }
  const deal = referralOperations.acceptReferral.body.parse({
    name: 'ERP for Havel Pumpen',
    estimatedValue: { amount: 75_000, currency: 'EUR' },
    estimatedCloseDate: '2026-06-30',
  })
  await pipeline.callApi(now => executeCommand(address, acceptCommand(deal, now), { actor, version: 1, now }))
  await pipeline.advanceTo(requestedAt + 2 * hour)
  return {
    received,
    accepted: await pipeline.table.items(),
    schedules: pipeline.calls
      .filter(({ call }) => call.operation === 'CreateSchedule')
      .map(({ call }) => inputOf<object>(call)),
    timeline: (await getTimeline(address, 100, { list: 'example' })).items,
  }
}

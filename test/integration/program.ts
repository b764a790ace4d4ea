/** A program to test in: partners with profiles, customers with needs, a clock to move, a mailbox to read. */
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { partnerOperations } from '../../shared/partner/contract.ts'
import type { Role } from '../../shared/platform/contract.ts'
import { profileOperations } from '../../shared/profile/contract.ts'
import { referralOperations } from '../../shared/referral/contract.ts'
import { type CreatedRfi, rfiOperations } from '../../shared/rfi/contract.ts'
import { call, fetchLocal } from './client.ts'

export const tokenOf = async (role: Role, partnerId?: string, more: object = {}): Promise<string> => {
  const { accessToken } = await fetchLocal<{ accessToken: string }>('/_local/token', {
    role,
    ...(partnerId && { partnerId }),
    ...more,
  })
  return accessToken
}

export interface Partner {
  readonly id: string
  readonly name: string
  readonly profileId: string
  readonly admin: string
  readonly user: string
  /** The address that new referrals for the location are mailed to. */
  readonly contactOf: (locationId: string) => string
}

/** Distinct in each call, so that tests that share the cloud do not meet. */
export const unique = (): string => randomUUID().slice(0, 8)

export const profileContent = (contactOf: (locationId: string) => string) => ({
  headline: 'We do it',
  languages: ['en'],
  locations: ['main', 'branch'].map(id => ({
    id,
    name: `The ${id} office`,
    address: { city: id === 'main' ? 'Berlin' : 'Hamburg', country: 'DE' },
    contacts: [{ firstName: 'Desk', lastName: id, email: contactOf(id) }],
  })),
})

/** A partner with an active profile, of which two locations have a contact each. */
export const enroll = async (name = `Partner ${unique()}`, region = 'DE'): Promise<Partner> => {
  const operator = await tokenOf('operator')
  const { body } = await call(partnerOperations.createPartner, {
    token: operator,
    body: { name },
    idempotencyKey: randomUUID(),
  })
  const { id } = body
  const contactOf = (locationId: string) => `${locationId}@${id.toLowerCase().replace('_', '-')}.example`
  const admin = await tokenOf('partner-admin', id)
  const params = { region }
  const { etag } = await call(profileOperations.putProfile, {
    token: admin,
    params,
    body: profileContent(contactOf),
  })
  const active = await call(profileOperations.activateProfile, { token: admin, params, ifMatch: etag })
  return { id, name, profileId: active.body.id, admin, user: await tokenOf('partner-user', id), contactOf }
}

export interface Asking {
  readonly email?: string
  readonly directContact?: boolean
  readonly company?: string
}

export const rfiBody = (partners: readonly Partner[], asking: Asking = {}, locationId = 'main') => ({
  customer: {
    company: asking.company ?? 'Havelland Getriebe',
    size: '51-250',
    address: { line1: 'Gleis 1', city: 'Potsdam', postalCode: '14467', country: 'DE' },
    contact: {
      firstName: 'IT',
      lastName: 'Purchasing',
      email: asking.email ?? `customer-${unique()}@customer.example`,
      phone: '+49 331 000000',
      locale: 'de',
    },
  },
  need: { summary: 'An ERP for two plants.', products: ['erp'], budget: { amount: 50_000, currency: 'EUR' } },
  recipients: partners.map(({ profileId }) => ({ profileId, locationId })),
  directContact: asking.directContact ?? false,
  consent: { contact: true, share: true },
})

/** Sends an RFI to partners. */
export const ask = async (partners: readonly Partner[], asking: Asking = {}): Promise<CreatedRfi> => {
  const { body } = await call(rfiOperations.createRfi, {
    body: rfiBody(partners, asking),
    idempotencyKey: randomUUID(),
  })
  return body
}

export const referralOf = ({ recipients }: CreatedRfi, { id }: Partner): string => {
  const recipient = recipients.find(({ partnerId }) => partnerId === id)
  if (!recipient) throw new Error(`the RFI did not go to ${id}`)
  return recipient.referralId
}

export const get = (partner: Partner, referralId: string) =>
  call(referralOperations.getReferral, { token: partner.user, params: { referralId } })

export const acceptance = {
  name: 'ERP for two plants',
  estimatedValue: { amount: 45_000, currency: 'EUR' },
  estimatedCloseDate: '2099-01-31',
  notes: 'They look for a start in spring.',
  crmId: 'CRM-17',
  contacts: [
    { firstName: 'Key', lastName: 'Account', email: 'key.account@partner.example', phone: '+49 30 1234' },
  ],
}

/** Carries out a partner's command on the present version. */
export const act = async (
  partner: Partner,
  operation: (typeof referralOperations)[
    | 'acceptReferral'
    | 'declineReferral'
    | 'extendReferral'
    | 'reopenReferral'
    | 'closeReferral'
    | 'editDeal'
    | 'addContact'
    | 'removeContact'],
  referralId: string,
  body?: object,
  params: Record<string, string> = {},
) => {
  const { etag } = await get(partner, referralId)
  return call(operation, {
    token: partner.user,
    params: { referralId, ...params },
    ifMatch: etag,
    ...(body && { body }),
  })
}

export const timelineTypes = async (partner: Partner, referralId: string): Promise<string[]> => {
  const { body } = await call(referralOperations.getTimeline, { token: partner.user, params: { referralId } })
  return body.items.map(({ type }) => type).filter(type => type !== 'mail')
}

export interface Mail {
  readonly id: string
  readonly to: string[]
  readonly from: string
  readonly subject: string
  readonly text: string
  readonly html: string
  readonly sentAt: string
}

export const mailTo = (address: string): Promise<Mail[]> =>
  fetchLocal(`/_local/mail?to=${encodeURIComponent(address)}`)

/** Waits until so many mails have come in for an address. */
export const awaitMail = async (address: string, count = 1): Promise<Mail[]> => {
  for (const deadline = Date.now() + 15_000; Date.now() < deadline; await sleep(20)) {
    const mails = await mailTo(address)
    if (mails.length >= count) return mails
  }
  throw new Error(`no ${count} mails for ${address} within 15 s`)
}

export interface Schedule {
  readonly name: string
  readonly group: string
  readonly dueAt: string
  /** ARN of the queue that it fills. */
  readonly target: string
  readonly input: string
}
export const schedulesOf = async (referralId: string): Promise<Schedule[]> => {
  const schedules = await fetchLocal<Schedule[]>('/_local/schedules')
  return schedules.filter(({ name }) => name.includes(referralId))
}
/** What the schedules of a referral are for, soonest first. */
export const armed = async (referralId: string): Promise<string[]> =>
  (await schedulesOf(referralId)).map(({ name }) => name.slice(0, name.indexOf('-')))

/** Moves the clock; resolves once all that came due has settled. */
export const advance = (duration: string) =>
  fetchLocal<{ now: string; fired: { name: string }[] }>('/_local/clock', { advance: duration })
/** Resolves once everything under way has settled. */
export const settle = () => advance('PT0S')

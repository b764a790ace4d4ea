/** Partners and requests of realistic size for the measurements. */
import type { Cloud } from '../local/runtime/cloud.ts'
import { partnerOperations } from '../shared/partners/partner/contract.ts'
import { profileOperations } from '../shared/partners/profile/contract.ts'
import { referralOperations } from '../shared/referrals/referral/contract.ts'
import { type CreatedRfi, rfiOperations } from '../shared/referrals/rfi/contract.ts'
import { Client } from './client.ts'

const region = 'DE'
const locations = ['berlin', 'leipzig', 'hamburg'] as const
/** Number of contacts that get the mails to a partner. */
export const contactsPerLocation = 2

export interface Partner {
  readonly id: string
  readonly profileId: string
  readonly token: string
}

export interface Program {
  readonly cloud: Cloud
  readonly client: Client
  readonly operator: string
  readonly partners: readonly Partner[]
}

/** Creates partners in an empty program, each with an active profile in the same region. */
export const startProgram = async (cloud: Cloud, partnerCount: number): Promise<Program> => {
  const client = new Client(cloud.url)
  const operator = await client.token('operator')
  const partners: Partner[] = []
  for (let number = 1; number <= partnerCount; number++)
    partners.push(await enroll(client, operator, `Partner ${number}`))
  return { cloud, client, operator, partners }
}

const enroll = async (client: Client, operator: string, name: string): Promise<Partner> => {
  const { body } = await client.call(partnerOperations.createPartner, {
    token: operator,
    body: { name, website: 'https://partner.example' },
  })
  const token = await client.token('partner-admin', body.id)
  const params = { region }
  const { etag } = await client.call(profileOperations.putProfile, { token, params, body: profileContent })
  const profile = await client.call(profileOperations.activateProfile, { token, params, etag })
  return { id: body.id, profileId: profile.body.id, token }
}

export const profileContent = {
  headline: 'ERP for manufacturers, live in 90 days',
  description: 'We plan, introduce and run business applications for manufacturers. '.repeat(12),
  website: 'https://partner.example',
  languages: ['de', 'en'],
  industries: ['manufacturing', 'transport'],
  products: ['erp', 'business-applications'],
  services: ['consulting', 'deployment', 'training'],
  customerSizes: ['51-250', '251-1000'],
  locations: locations.map(id => ({
    id,
    name: `Office ${id}`,
    address: { line1: 'Hauptstrasse 1', city: id, postalCode: '10115', country: region },
    contacts: Array.from({ length: contactsPerLocation }, (_, index) => ({
      firstName: 'Sales',
      lastName: `Desk ${index + 1}`,
      email: `desk-${index + 1}.${id}@partner.example`,
      phone: '+49 30 1234567',
      locale: 'de',
    })),
  })),
}

/** Returns a partner as the recipient of an RFI. */
export const recipientOf = ({ profileId }: Pick<Partner, 'profileId'>) => ({
  profileId,
  locationId: 'berlin',
})

/** Returns the body of an RFI to the first partners of the program. */
export const rfiBody = (
  { partners }: { readonly partners: readonly Pick<Partner, 'profileId'>[] },
  recipients: number,
  summaryLength = 600,
) => ({
  customer: {
    company: 'Havelland Getriebe GmbH',
    size: '51-250',
    address: { line1: 'Werkstrasse 12', city: 'Potsdam', postalCode: '14467', country: region },
    contact: {
      firstName: 'Andrea',
      lastName: 'Beispiel',
      email: 'purchasing@havelland-getriebe.example',
      phone: '+49 331 1234567',
      locale: 'de',
    },
  },
  need: {
    summary: 'We replace the ERP of two plants and look for somebody who has done it before. '
      .repeat(60)
      .slice(0, summaryLength),
    industries: ['manufacturing'],
    products: ['erp'],
    services: ['deployment', 'training'],
    budget: { amount: 50_000, currency: 'EUR' },
  },
  recipients: partners.slice(0, recipients).map(recipientOf),
  directContact: true,
  consent: { contact: true, share: true },
})

/** Source of an RFI of the operator. */
export const campaign = { channel: 'campaign', campaignId: 'spring-fair' }

/** Number of mails right after an RFI: a receipt, and one for each contact of each addressed location. */
export const mailsOfRfi = (recipients: number): number => 1 + recipients * contactsPerLocation

export interface SentRfi {
  readonly rfi: CreatedRfi
  readonly etag: string
}

export const sendRfi = async (program: Program, recipients: number): Promise<SentRfi> => {
  const { body, etag } = await program.client.call(rfiOperations.createRfi, {
    body: rfiBody(program, recipients),
  })
  return { rfi: body, etag }
}

export const colleague = {
  firstName: 'Kim',
  lastName: 'Muster',
  email: 'kim.muster@partner.example',
  phone: '+49 30 7654321',
}

/** Body of acceptReferral. The close date is in the future for every clock. */
export const acceptance = {
  name: 'ERP for two plants',
  estimatedValue: { amount: 45_000, currency: 'EUR' },
  estimatedCloseDate: '2099-01-31',
  notes: 'They want to start in spring, with the smaller plant first. '.repeat(5).trim(),
  crmId: 'OPP-2026-00017',
  colleagues: [colleague],
}
export const refusal = { reason: 'no-capacity', notes: 'Our team is booked until summer.' }
export const closing = {
  result: 'won',
  value: { amount: 44_500, currency: 'EUR' },
  notes: 'Signed for both plants.',
}

/** A referral as its partner reads it. */
export interface PartnerReferral {
  readonly referralId: string
  readonly etag: string
  /** Id of the colleague, after the referral was accepted. */
  readonly colleagueId: string
}

/** Reads the referral of a partner. @throws Error if the partner is no recipient of the RFI */
export const readReferral = async (
  { client }: Program,
  { id, token }: Partner,
  { rfi }: SentRfi,
): Promise<PartnerReferral> => {
  const referralId = rfi.recipients.find(({ partnerId }) => partnerId === id)?.referralId
  if (!referralId) throw new Error(`${rfi.id} has no recipient ${id}`)
  const { etag } = await client.call(referralOperations.getReferral, { token, params: { referralId } })
  return { referralId, etag, colleagueId: '' }
}

/** Sends an RFI to a partner and returns its new referral. */
export const receive = async (
  program: Program,
  partner: Partner,
  recipients: number,
): Promise<PartnerReferral> => readReferral(program, partner, await sendRfi(program, recipients))

export const accept = async (
  program: Program,
  { token }: Partner,
  referral: PartnerReferral,
): Promise<PartnerReferral> => {
  const input = { token, params: { referralId: referral.referralId }, etag: referral.etag, body: acceptance }
  const { body, etag } = await program.client.call(referralOperations.acceptReferral, input)
  return { ...referral, etag, colleagueId: body.colleagues[0]?.id ?? '' }
}

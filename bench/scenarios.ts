/** One typical call of each operation, on things of its own where the call changes them. */
import { partnerOperations } from '../shared/partner/contract.ts'
import { policyOperations } from '../shared/policy/contract.ts'
import { profileOperations } from '../shared/profile/contract.ts'
import { rfiOperations } from '../shared/rfi/contract.ts'
import type { Input } from './client.ts'
import {
  accept,
  acceptance,
  campaign,
  closing,
  colleague,
  type Held,
  hold,
  type Partner,
  type Program,
  profileContent,
  receive,
  refusal,
  rfiBody,
  sendRfi,
} from './program.ts'

/** How many partners an RFI goes to. */
export const recipients = 3

/** Prepares a call and says what it sends. */
type Scenario = () => Input | Promise<Input>

/** By the id of the operation. */
export function scenariosOf(program: Program): Readonly<Record<string, Scenario>> {
  const [partner] = program.partners
  if (!partner) throw new Error('the program has no partner')
  const received = () => receive(program, partner, recipients)
  const accepted = async () => accept(program, partner, await received())
  const expired = () => letExpire(program, partner)
  return {
    ...customerScenarios(program),
    ...referralScenarios(partner.token, { received, accepted, expired }),
    ...profileScenarios(program, partner.token),
    ...operatorScenarios(program, partner.id, received, accepted),
    getOpenApi: () => ({}),
  }
}

const rfiInput = async (program: Program): Promise<Input> => {
  const { rfi, etag } = await sendRfi(program, recipients)
  return { token: rfi.trackingToken, params: { rfiId: rfi.id }, etag }
}

const customerScenarios = (program: Program): Record<string, Scenario> => ({
  listDirectory: () => ({ query: { region: 'DE' } }),
  getTaxonomy: () => ({}),
  createRfi: () => ({ body: rfiBody(program, recipients) }),
  getRfi: () => rfiInput(program),
  withdrawRfi: () => rfiInput(program),
})

type Hold = () => Promise<Held>

const inputOf = async (held: Promise<Held>, token: string, body?: object): Promise<Input> => {
  const { referralId, etag } = await held
  return { token, params: { referralId }, etag, ...(body && { body }) }
}

const shortestMs = 60_000

/** A referral that has just expired. */
async function letExpire(program: Program, partner: Partner): Promise<Held> {
  const { clock } = program.cloud
  const { body, etag } = await program.client.call(rfiOperations.createRfiByOperator, {
    token: program.operator,
    body: {
      ...rfiBody(program, recipients),
      source: campaign,
      respondBy: new Date(clock.now() + shortestMs).toISOString(),
    },
  })
  await clock.advance(2 * shortestMs)
  return hold(program, partner, { rfi: body, etag })
}

const referralScenarios = (
  token: string,
  { received, accepted, expired }: Readonly<Record<'received' | 'accepted' | 'expired', Hold>>,
): Record<string, Scenario> => ({
  listReferrals: () => ({ token }),
  getAlert: () => ({ token }),
  getReferral: () => inputOf(received(), token),
  getTimeline: () => inputOf(accepted(), token),
  acceptReferral: () => inputOf(received(), token, acceptance),
  declineReferral: () => inputOf(received(), token, refusal),
  extendReferral: () => inputOf(received(), token, { reason: 'Our engineer is back on Monday.' }),
  reopenReferral: () => inputOf(expired(), token),
  editDeal: () => inputOf(accepted(), token, { notes: 'They want to start with the larger plant now.' }),
  addContact: () => inputOf(accepted(), token, colleague),
  removeContact: async () => {
    const { referralId, contactId, etag } = await accepted()
    return { token, params: { referralId, contactId }, etag }
  },
  closeReferral: () => inputOf(accepted(), token, closing),
})

function profileScenarios({ client }: Program, token: string): Record<string, Scenario> {
  const own = { token, params: { region: 'DE' } }
  const present = async () => ({ ...own, etag: (await client.call(profileOperations.getProfile, own)).etag })
  return {
    listProfiles: () => ({ token }),
    getProfile: () => own,
    putProfile: async () => ({
      ...(await present()),
      body: { ...profileContent, headline: 'ERP in 60 days' },
    }),
    activateProfile: async () => {
      const { etag } = await client.call(profileOperations.deactivateProfile, await present())
      return { ...own, etag }
    },
    deactivateProfile: present,
    getOwnPartner: () => ({ token }),
  }
}

function operatorScenarios(
  program: Program,
  partnerId: string,
  received: Hold,
  accepted: Hold,
): Record<string, Scenario> {
  const { client, operator: token } = program
  const partner = { token, params: { partnerId } }
  const ofRfi = async () => ({ ...(await rfiInput(program)), token })
  return {
    createRfiByOperator: () => ({ token, body: { ...rfiBody(program, recipients), source: campaign } }),
    getRfiByOperator: ofRfi,
    withdrawRfiByOperator: ofRfi,
    listReferralsByOperator: () => ({ token, query: { partnerId } }),
    getReferralByOperator: () => inputOf(received(), token),
    getTimelineByOperator: () => inputOf(accepted(), token),
    withdrawReferral: () => inputOf(received(), token),
    listPartners: () => ({ token }),
    createPartner: () => ({ token, body: { name: 'Partner', website: 'https://partner.example' } }),
    getPartner: () => partner,
    editPartner: async () => {
      const { etag } = await client.call(partnerOperations.getPartner, partner)
      return { ...partner, etag, body: { website: 'https://www.partner.example' } }
    },
    getPolicy: () => ({ token }),
    putPolicy: async () => {
      const { body, etag } = await client.call(policyOperations.getPolicy, { token })
      return { token, etag, body: { ...body, responseTime: 'P10D' } }
    },
  }
}

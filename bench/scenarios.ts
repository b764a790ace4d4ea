/** One typical call of each operation. A call that changes items gets items of its own. */

import type { OperationsOf } from '../shared/api/contract.ts'
import type { Operation } from '../shared/kernel/operation.ts'
import { partnerOperations } from '../shared/partners/partner/contract.ts'
import { profileOperations } from '../shared/partners/profile/contract.ts'
import { policyOperations } from '../shared/program/policy/contract.ts'
import { taxonomyOperations } from '../shared/program/taxonomy/contract.ts'
import { referralOperations } from '../shared/referrals/referral/contract.ts'
import { rfiOperations } from '../shared/referrals/rfi/contract.ts'
import { pageOperations } from '../shared/site/page/contract.ts'
import type { Input } from './client.ts'
import { type Link, tokenIn } from './mailbox.ts'
import {
  accept,
  acceptance,
  campaign,
  closing,
  colleague,
  type Partner,
  type PartnerReferral,
  type Program,
  profileContent,
  readReferral,
  receive,
  recipientOf,
  refusal,
  rfiBody,
  type SentRfi,
  sendRfi,
} from './program.ts'

/** Number of recipients of an RFI. */
export const recipients = 3

/** Prepares a call and returns its input. */
type Scenario = () => Input | Promise<Input>

type Scenarios = Readonly<Record<string, Scenario>>

/** Ids of all operations. An operation without a scenario does not compile. */
type OperationId = keyof OperationsOf<Operation['audience']>

/** Scenarios by operation id. */
export const scenariosOf = (program: Program): Readonly<Record<OperationId, Scenario>> => {
  const [partner] = program.partners
  if (!partner) throw new Error('the program has no partner')
  const received = () => receive(program, partner, recipients)
  /** Without direct contact, so that the contact details are hidden. */
  const receivedWithoutContact = async () => {
    const body = { ...rfiBody(program, recipients), directContact: false }
    const created = await program.client.call(rfiOperations.createRfi, { body })
    return readReferral(program, partner, { rfi: created.body, etag: created.etag })
  }
  const accepted = async () => accept(program, partner, await received())
  const expired = () => letExpire(program, partner)
  return {
    ...customerScenarios(program),
    ...referralScenarios(program, partner.token, { received, receivedWithoutContact, accepted, expired }),
    ...profileScenarios(program, partner),
    ...operatorScenarios(program, partner.id, received, accepted),
    ...pageScenarios(program, received),
    getOpenApi: () => ({}),
  }
}

const rfiInput = async (program: Program): Promise<Input> => {
  const { rfi, etag } = await sendRfi(program, recipients)
  return { token: rfi.trackingToken, params: { rfiId: rfi.id }, etag }
}

const customerScenarios = (program: Program) =>
  ({
    searchDirectory: () => ({ query: directoryQuery }),
    getDirectoryProfile: () => ({ params: { profileId: nextPartner(program).profileId } }),
    getTaxonomy: () => ({}),
    createRfi: () => ({ body: rfiBody(program, recipients) }),
    getRfi: () => rfiInput(program),
    addRecipients: async () => ({ ...(await rfiInput(program)), body: onePartnerMore(program) }),
    withdrawRfi: () => rfiInput(program),
    chooseOutcome: () => choosable(program),
    dismissPartner: async () => {
      const { rfi, etag } = await sendRfi(program, recipients)
      const referralId = rfi.recipients[0]?.referralId
      return { token: rfi.trackingToken, params: { rfiId: rfi.id }, etag, body: { referralId } }
    },
    denyWin: () => deniable(program),
    resumeReferral: () => resumable(program),
    reopenRfi: () => reopenable(program),
    correctAddress: () => correctable(program),
  }) satisfies Scenarios

/** Creates an RFI whose customer has an address that bounces. */
const correctable = async (program: Program): Promise<Input> => {
  const { cloud, client } = program
  const { customer, ...body } = rfiBody(program, recipients)
  // The mailbox simulator of SES, which the local cloud knows too.
  const contact = { ...customer.contact, email: 'bounce@simulator.amazonses.com' }
  const sent = await client.call(rfiOperations.createRfi, {
    body: { ...body, customer: { ...customer, contact } },
  })
  await cloud.clock.settled()
  const input = { token: sent.body.trackingToken, params: { rfiId: sent.body.id } }
  return { ...(await presentInput(program, input)), body: { email: customer.contact.email } }
}

/** Closes the deal of the first partner, or only accepts its referral. @returns the customer's input, and the referral */
const worked = async (program: Program, result?: object) => {
  const [partner] = program.partners
  if (!partner) throw new Error('the program has no partner')
  const sent = await sendRfi(program, recipients)
  const accepted = await accept(program, partner, await readReferral(program, partner, sent))
  const { referralId } = accepted
  const { token } = partner
  if (result) {
    const input = { token, params: { referralId }, etag: accepted.etag, body: result }
    await program.client.call(referralOperations.closeReferral, input)
  }
  const customer = { token: sent.rfi.trackingToken, params: { rfiId: sent.rfi.id } }
  return { customer, referralId }
}

const presentInput = async (
  { client }: Program,
  customer: { readonly token: string; readonly params: { readonly rfiId: string } },
): Promise<Input> => ({ ...customer, etag: (await client.call(rfiOperations.getRfi, customer)).etag })

const choosable = async (program: Program): Promise<Input> => {
  const { customer, referralId } = await worked(program)
  return { ...(await presentInput(program, customer)), body: { referralId } }
}

const deniable = async (program: Program): Promise<Input> => {
  const { customer, referralId } = await worked(program, closing)
  return { ...(await presentInput(program, customer)), body: { referralId } }
}

/** Denies a win. @returns the input of its partner */
const resumable = async (program: Program): Promise<Input> => {
  const [partner] = program.partners
  if (!partner) throw new Error('the program has no partner')
  const { customer, referralId } = await worked(program, closing)
  const denial = { ...(await presentInput(program, customer)), body: { referralId } }
  await program.client.call(rfiOperations.denyWin, denial)
  const input = { token: partner.token, params: { referralId } }
  return { ...input, etag: (await program.client.call(referralOperations.getReferral, input)).etag }
}

/** Chooses a partner, so that the others are superseded. */
const reopenable = async (program: Program): Promise<Input> => {
  const chosen = await choosable(program)
  const { body } = await program.client.call(rfiOperations.chooseOutcome, chosen)
  const superseded = body.recipients.filter(({ status }) => status === 'superseded')
  const { token = '', params = {} } = chosen
  const present = await presentInput(program, { token, params: { rfiId: params.rfiId ?? '' } })
  return { ...present, body: { referralIds: superseded.map(({ referralId }) => referralId) } }
}

/** A detailed search. */
export const directoryQuery = {
  region: 'DE',
  products: 'erp',
  near: 'Potsdam',
  languages: 'de',
  q: 'manufacturers',
}

const nextPartner = ({ partners }: Program): Partner => {
  const next = partners[recipients]
  if (!next) throw new Error('the program needs more partners than recipients')
  return next
}

const onePartnerMore = (program: Program) => ({ recipients: [recipientOf(nextPartner(program))] })

type ReferralSource = () => Promise<PartnerReferral>

const inputOf = async (referral: Promise<PartnerReferral>, token: string, body?: object): Promise<Input> => {
  const { referralId, etag } = await referral
  return { token, params: { referralId }, etag, ...(body && { body }) }
}

const minResponseMs = 60_000

/** Creates a referral and lets it expire. */
const letExpire = async (program: Program, partner: Partner): Promise<PartnerReferral> => {
  const { clock } = program.cloud
  const { body, etag } = await program.client.call(rfiOperations.createRfiByOperator, {
    token: program.operator,
    body: {
      ...rfiBody(program, recipients),
      source: campaign,
      respondBy: new Date(clock.now() + minResponseMs).toISOString(),
    },
  })
  await clock.advance(2 * minResponseMs)
  return readReferral(program, partner, { rfi: body, etag })
}

const referralScenarios = (
  { client }: Program,
  token: string,
  {
    received,
    receivedWithoutContact,
    accepted,
    expired,
  }: Readonly<Record<'received' | 'receivedWithoutContact' | 'accepted' | 'expired', ReferralSource>>,
) =>
  ({
    listReferrals: () => ({ token }),
    getAlert: () => ({ token }),
    getReferral: () => inputOf(received(), token),
    getTimeline: () => inputOf(accepted(), token),
    acceptReferral: () => inputOf(received(), token, acceptance),
    declineReferral: () => inputOf(received(), token, refusal),
    extendReferral: () => inputOf(received(), token, { reason: 'Our engineer is back on Monday.' }),
    showContact: () => inputOf(receivedWithoutContact(), token),
    undoAnswer: async () => {
      const { referralId, etag: before } = await received()
      const own = { token, params: { referralId } }
      const declined = { ...own, etag: before, body: refusal }
      const { etag } = await client.call(referralOperations.declineReferral, declined)
      return { ...own, etag }
    },
    reopenReferral: () => inputOf(expired(), token),
    editDeal: () => inputOf(accepted(), token, { notes: 'They want to start with the larger plant now.' }),
    addColleague: () => inputOf(accepted(), token, { ...colleague, email: 'lee.muster@partner.example' }),
    removeColleague: async () => {
      const { referralId, colleagueId, etag } = await accepted()
      return { token, params: { referralId, colleagueId }, etag }
    },
    closeReferral: () => inputOf(accepted(), token, closing),
    getSimilar: () => inputOf(received(), token),
    getVisibility: () => ({ token, query: { region: 'DE' } }),
  }) satisfies Scenarios

const profileScenarios = (program: Program, partner: Partner) => {
  const { client } = program
  const { token } = partner
  const own = { token, params: { region: 'DE' } }
  let days = 0
  const present = async () => ({ ...own, etag: (await client.call(profileOperations.getProfile, own)).etag })
  return {
    listProfiles: () => ({ token }),
    getProfile: () => own,
    putProfile: async () => ({
      ...(await present()),
      // A profile without a change would not be written.
      body: { ...profileContent, headline: `ERP in ${++days} days` },
    }),
    activateProfile: async () => {
      const { etag } = await client.call(profileOperations.deactivateProfile, await present())
      return { ...own, etag }
    },
    deactivateProfile: present,
    confirmContact: async () => {
      // The previous call has deactivated the profile.
      await client.call(profileOperations.activateProfile, await present())
      await reportWrongPerson(program, partner)
      const { body } = await client.call(profileOperations.getProfile, own)
      return { ...own, body: { email: body.warnings[0]?.email } }
    },
    confirmContacts: present,
    reviewProfile: () => own,
    listProfileVersions: () => own,
    getOwnPartner: () => ({ token }),
    editOwnPartner: async () => {
      const { etag } = await client.call(partnerOperations.getOwnPartner, { token })
      return { token, etag, body: { website: 'https://partner.example' } }
    },
  } satisfies Scenarios
}

/** Reports a contact of a partner as the wrong person for a referral. */
const reportWrongPerson = async (program: Program, partner: Partner): Promise<void> => {
  const { referralId } = await receive({ ...program, partners: [partner] }, partner, 1)
  const token = await tokenIn(program.cloud, referralId, { page: 'answer', action: 'misaddressed' })
  await program.client.call(pageOperations.postAnswer, { query: { token }, body: {} })
}

const pageScenarios = (program: Program, received: ReferralSource) => {
  const inputForLink = async (link: Link): Promise<Input> => {
    const { referralId } = await received()
    return { query: { token: await tokenIn(program.cloud, referralId, link) } }
  }
  const toAccept = () => inputForLink({ page: 'answer', action: 'accept' })
  const toMute = () => inputForLink({ page: 'mute' })
  return {
    getAnswerPage: toAccept,
    postAnswer: async () => ({ ...(await toAccept()), body: acceptanceForm }),
    getRequestPage: async () => (await requestPage(program)).input,
    postRequest: async () => {
      const { input, version } = await requestPage(program)
      return { ...input, body: { do: 'ask', version, ...recipientOf(nextPartner(program)) } }
    },
    getMutePage: toMute,
    postMute: async () => ({ ...(await toMute()), body: { 'List-Unsubscribe': 'One-Click' } }),
  } satisfies Scenarios
}

const acceptanceForm = {
  name: acceptance.name,
  amount: String(acceptance.estimatedValue.amount),
  currency: acceptance.estimatedValue.currency,
  estimatedCloseDate: acceptance.estimatedCloseDate,
  notes: acceptance.notes,
  crmId: acceptance.crmId,
}

/** Returns the input of a request page, and the version of the request in its forms. */
const requestPage = async (program: Program): Promise<{ input: Input; version: string }> => {
  const { rfi, etag } = await sendRfi(program, recipients)
  return {
    input: { query: { token: rfi.trackingToken } },
    version: String(Number.parseInt(etag.slice(1), 10)),
  }
}

const operatorScenarios = (
  program: Program,
  partnerId: string,
  received: ReferralSource,
  accepted: ReferralSource,
) => {
  const { client, operator: token } = program
  const partner = { token, params: { partnerId } }
  const ofRfi = async () => ({ ...(await rfiInput(program)), token })
  return {
    createRfiByOperator: () => ({ token, body: { ...rfiBody(program, recipients), source: campaign } }),
    getRfiByOperator: ofRfi,
    listRfis: () => ({ token }),
    listUnroutedRfis: async () => {
      for (let number = 0; number < 25; number++) await sendWithoutRecipients(program, unmatchedNeed)
      return { token }
    },
    routeRfi: async () => {
      const { rfi, etag } = await sendWithoutRecipients(program, unmatchedNeed)
      await offerUnmatchedNeed(program)
      return { token, params: { rfiId: rfi.id }, etag }
    },
    getRouting: async () => {
      const { rfi } = await sendWithoutRecipients(program)
      return { token, params: { rfiId: rfi.id } }
    },
    dryRunRouting: () => ({ token, body: lastDayRange(program) }),
    addRecipientsByOperator: async () => ({ ...(await ofRfi()), body: onePartnerMore(program) }),
    withdrawRfiByOperator: ofRfi,
    lookUp: () => ({ token, query: { q: 'Havelland' } }),
    listReferralsByOperator: () => ({ token, query: { partnerId } }),
    getReferralByOperator: () => inputOf(received(), token),
    getTimelineByOperator: () => inputOf(accepted(), token),
    withdrawReferral: () => inputOf(received(), token),
    listUnhealthyProfiles: async () => {
      for (const one of program.partners) await reportWrongPerson(program, one)
      return { token }
    },
    listPartners: () => ({ token }),
    listProfilesByOperator: () => partner,
    createPartner: () => ({ token, body: { name: 'Partner', website: 'https://partner.example' } }),
    getPartner: () => partner,
    editPartner: async () => {
      const { etag } = await client.call(partnerOperations.getPartner, partner)
      return { ...partner, etag, body: { website: 'https://www.partner.example' } }
    },
    getTaxonomyByOperator: () => ({ token }),
    putTaxonomy: async () => {
      const { body, etag } = await client.call(taxonomyOperations.getTaxonomyByOperator, { token })
      return { token, etag, body }
    },
    getPolicy: () => ({ token }),
    putPolicy: async () => {
      const { body, etag } = await client.call(policyOperations.getPolicy, { token })
      return { token, etag, body: { ...body, responseTime: 'P10D' } }
    },
  } satisfies Scenarios
}

/** Returns the body of an RFI of the operator without recipients. */
export const bodyWithoutRecipients = (program: Program, need: object = {}) => {
  const { recipients: _, ...body } = rfiBody(program, 0)
  return { ...body, need: { ...body.need, ...need }, source: campaign }
}

/** A need that no partner of the program meets at first. */
const unmatchedNeed = { industries: [], products: ['analytics'], services: [] }

const sendWithoutRecipients = async (program: Program, need: object = {}): Promise<SentRfi> => {
  const { body, etag } = await program.client.call(rfiOperations.createRfiByOperator, {
    token: program.operator,
    body: bodyWithoutRecipients(program, need),
  })
  return { rfi: body, etag }
}

const offerUnmatchedNeed = async (program: Program): Promise<void> => {
  const { client, cloud } = program
  const own = { token: nextPartner(program).token, params: { region: 'DE' } }
  const { etag } = await client.call(profileOperations.getProfile, own)
  const body = { ...profileContent, products: [...profileContent.products, ...unmatchedNeed.products] }
  await client.call(profileOperations.putProfile, { ...own, etag, body })
  await cloud.clock.advance(stalenessMs)
}

/** Maximum age of the directory in memory, in milliseconds. */
export const stalenessMs = 10_000

const lastDayRange = ({ cloud }: Program) => {
  const now = cloud.clock.now()
  return { from: new Date(now - 86_400_000).toISOString(), to: new Date(now).toISOString() }
}

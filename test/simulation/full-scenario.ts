/**
 * A scenario with all kinds of steps: three partners are created, an RFI is sent to them, and each of its referrals
 * ends with a different status. It runs on the simulated pipeline, so that tests can inspect the table and all AWS calls.
 */
import type { CommandContext } from '../../shared/events/command-context.ts'
import type { Actor } from '../../shared/events/contract.ts'
import { asPartnerId, asRfiId, type PartnerId, type RfiId } from '../../shared/kernel/ids.ts'
import { partnerOperations } from '../../shared/partners/partner/contract.ts'
import { createPartner, editPartner, getPartner } from '../../shared/partners/partner/service.ts'
import { profileOperations } from '../../shared/partners/profile/contract.ts'
import { getProfile } from '../../shared/partners/profile/get-profile.ts'
import { listProfiles } from '../../shared/partners/profile/list-profiles.ts'
import { putProfile } from '../../shared/partners/profile/put-profile.ts'
import { setActive } from '../../shared/partners/profile/set-active.ts'
import { attempt } from '../../shared/persistence/idempotency.ts'
import {
  acceptCommand,
  addColleagueCommand,
  closeCommand,
  declineCommand,
} from '../../shared/referrals/referral/commands.ts'
import { executeCommand } from '../../shared/referrals/referral/execute-command.ts'
import { getReferral, getTimeline } from '../../shared/referrals/referral/get-referral.ts'
import type { Command } from '../../shared/referrals/referral/referral.ts'
import {
  reopenReferral,
  resumeReferral,
  undoAnswer,
} from '../../shared/referrals/referral/revive-referral.ts'
import type { Address } from '../../shared/referrals/referral/store.ts'
import { chooseOutcome, denyWin, reopenRfi } from '../../shared/referrals/rfi/choose-outcome.ts'
import { type CreatedRfi, rfiOperations } from '../../shared/referrals/rfi/contract.ts'
import { createRfi } from '../../shared/referrals/rfi/create-rfi.ts'
import { getRfi } from '../../shared/referrals/rfi/load.ts'
import { withdrawRfi } from '../../shared/referrals/rfi/withdraw-rfi.ts'
import { profileContext } from '../fixtures/profile-context.ts'
import type { Pipeline } from './pipeline.ts'

const hour = 3_600_000
const day = 24 * hour
export const scenarioStart = Date.parse('2026-03-02T09:00:00.500Z')

/** Part of every text that can contain personal data. Tests search for it in logs, events and messages. */
export const personalMark = 'xmarkx'
/** Phone number of every person. Tests search for it as well. */
export const personalNumber = '+49 331 4711471'

const personOf = (who: string) => ({
  firstName: `${personalMark} ${who}`,
  lastName: personalMark,
  email: `${personalMark}.${who}@desk.example`,
  phone: personalNumber,
  locale: 'en',
})

const partner = { kind: 'partner', id: 'member-1' } as const satisfies Actor
const operator = { kind: 'operator', id: 'member-2' } as const satisfies Actor

export class FullScenario {
  readonly pipeline: Pipeline
  readonly partnerIds: PartnerId[] = []
  readonly rfis: CreatedRfi[] = []

  constructor(pipeline: Pipeline) {
    this.pipeline = pipeline
  }

  /** Steps of the scenario by name, in order. */
  readonly steps: Readonly<Record<string, () => Promise<unknown>>> = {
    'the operator creates the first partner': () => this.#createPartner(1),
    'the operator creates the second partner': () => this.#createPartner(2),
    'the operator creates the third partner': () => this.#createPartner(3),
    'the first partner changes its profile': () => this.#changeProfile(),
    'the operator renames the second partner': () => this.#rename(),
    'a customer creates an RFI': () => this.#createRfi(),
    'the clock advances by a day': () => this.#advance(day),
    'the first partner extends the deadline': () =>
      this.#execute(0, { name: 'extend', request: { reason: `${personalMark} is away` } }),
    'the first partner accepts': () =>
      this.#execute(
        0,
        acceptCommand(
          {
            name: `Deal of ${personalMark}`,
            estimatedValue: { amount: 1000, currency: 'EUR' },
            estimatedCloseDate: '2026-03-20',
            notes: `Call ${personalMark}`,
            crmId: personalMark,
            colleagues: [personOf('colleague')],
          },
          this.#now(),
        ),
      ),
    'the second partner declines by mistake': () => this.#execute(1, declineCommand({ reason: 'timeline' })),
    'the second partner undoes the decline': () => this.#actOn(1, undoAnswer),
    'the second partner declines': () =>
      this.#execute(1, declineCommand({ reason: 'budget', notes: `No budget, says ${personalMark}` })),
    'the third partner lets the referral expire': () => this.#advance(13 * day + hour),
    'the third partner reopens the referral': () => this.#actOn(2, reopenReferral),
    'the first partner adds a colleague': () =>
      this.#execute(0, addColleagueCommand(personOf('other'), this.#now())),
    'the first partner removes a colleague': () => this.#removeColleague(0),
    'the first partner edits the deal': () =>
      this.#execute(0, { name: 'edit-deal', patch: { notes: `Now ${personalMark}` } }),
    'the first partner gets a nudge': () => this.#advance(7 * day),
    'the first partner wins': () =>
      this.#execute(0, closeCommand({ result: 'won', notes: `Thanks to ${personalMark}` })),
    'the customer denies the win': () =>
      this.#actAsCustomer(0, (id, context) => denyWin(id, this.addressOf(0).referralId, context)),
    'the first partner resumes the deal': () => this.#actOn(0, resumeReferral),
    'the first partner wins the resumed deal': () => this.#execute(0, closeCommand({ result: 'won' })),
    'the customer denies the win again': () =>
      this.#actAsCustomer(0, (id, context) => denyWin(id, this.addressOf(0).referralId, context)),
    'the customer chooses the first partner after all': () =>
      this.#actAsCustomer(0, (id, context) =>
        chooseOutcome(id, { referralId: this.addressOf(0).referralId }, context),
      ),
    'the customer changes the choice': () =>
      this.#actAsCustomer(0, (id, context) => chooseOutcome(id, { outcome: 'elsewhere' }, context)),
    'another customer creates an RFI': () => this.#createRfi(false),
    'the first partner looks at the contact details': () => this.#execute(0, { name: 'show-contact' }, 1),
    'the other customer no longer needs anybody': () =>
      this.#actAsCustomer(1, (id, context) => chooseOutcome(id, { outcome: 'none' }, context)),
    'the other customer asks the first partner again': () =>
      this.#actAsCustomer(1, (id, context) => reopenRfi(id, [this.addressOf(0, 1).referralId], context)),
    'the other customer withdraws': () => this.#actAsCustomer(1, withdrawRfi),
    'the clock advances by two days': () => this.#advance(2 * day),
  }

  #now(): Date {
    return new Date(this.pipeline.now)
  }

  #advance(ms: number): Promise<void> {
    return this.pipeline.advanceTo(this.pipeline.now + ms)
  }

  addressOf(index: number, rfi = 0): Address {
    const recipient = this.rfis[rfi]?.recipients[index]
    if (!recipient) throw new Error('the RFI was not created yet')
    return recipient
  }

  async #createPartner(number: number): Promise<void> {
    const at = this.#now()
    const admins = [personOf(`admin${number}`)]
    const request = partnerOperations.createPartner.body.parse({ name: `Partner ${number}`, admins })
    const key = attempt('operator', `partner ${number}`, 'createPartner', request)
    const { body } = await createPartner(request, { attempt: key, actor: { kind: 'operator' }, now: at })
    const owner = { partnerId: body.id, region: 'DE' }
    const writing = { actor: partner, now: at }
    const { version } = await putProfile(
      owner,
      this.#profileContent(number),
      { ...writing, version: undefined },
      profileContext,
    )
    await setActive(owner, true, { ...writing, version })
    this.partnerIds.push(body.id)
  }

  #profileContent(number: number, headline = 'We do it') {
    return profileOperations.putProfile.body.parse({
      headline,
      languages: ['en'],
      products: ['erp'],
      keywords: ['mill'],
      locations: [
        {
          id: 'main',
          name: 'Berlin',
          address: { city: 'Berlin', country: 'DE' },
          contacts: [personOf(`sales${number}`), personOf(`desk${number}`)],
        },
      ],
      defaultContacts: [personOf(`office${number}`)],
    })
  }

  async #changeProfile(): Promise<void> {
    const [partnerId = asPartnerId('')] = this.partnerIds
    const owner = { partnerId, region: 'DE' }
    const { version } = await getProfile(owner, undefined, this.#now())
    const content = this.#profileContent(1, 'We do it well')
    await putProfile(owner, content, { actor: partner, version, now: this.#now() }, profileContext)
  }

  async #rename(): Promise<void> {
    const [, partnerId = asPartnerId('')] = this.partnerIds
    const { version } = await getPartner(partnerId)
    await editPartner(
      partnerId,
      { name: 'Another name' },
      { actor: operator, version: version ?? 0, now: this.#now() },
    )
  }

  async #createRfi(directContact = true): Promise<void> {
    const request = rfiOperations.createRfi.body.parse({
      customer: {
        company: `${personalMark} e.K.`,
        size: '51-250',
        address: { line1: `Gleis 1 ${personalMark}`, city: 'Potsdam', postalCode: '14467', country: 'DE' },
        contact: { ...personOf('customer'), locale: 'de' },
      },
      need: { summary: `Please call ${personalMark}.`, products: ['erp'] },
      recipients: this.partnerIds.map(id => ({ profileId: `${id}.DE`, locationId: 'main' })),
      directContact,
      consent: { contact: true, share: true },
    })
    const key = attempt('customer', `request ${this.rfis.length}`, 'createRfi', request)
    const { body } = await this.pipeline.callApi(now =>
      createRfi(request, { attempt: key, actor: { kind: 'customer' }, now }),
    )
    this.rfis.push(body)
  }

  #execute(index: number, command: Command, rfi = 0): Promise<void> {
    return this.#actOn(index, (address, context) => executeCommand(address, command, context), rfi)
  }

  async #actOn(
    index: number,
    act: (address: Address, context: CommandContext) => Promise<unknown>,
    rfi = 0,
  ): Promise<void> {
    const address = this.addressOf(index, rfi)
    const { version } = await this.pipeline.callApi(now => getReferral(address, 'partner', now))
    await this.pipeline.callApi(now => act(address, { actor: partner, version, now }))
  }

  async #actAsCustomer(
    rfi: number,
    act: (id: RfiId, context: CommandContext) => Promise<unknown>,
  ): Promise<void> {
    const id = asRfiId(this.rfis[rfi]?.id ?? '')
    const { version } = await this.pipeline.callApi(now => getRfi(id, now))
    await this.pipeline.callApi(now => act(id, { actor: { kind: 'customer' }, version, now }))
  }

  async #removeColleague(index: number): Promise<void> {
    const { body } = await this.pipeline.callApi(now => getReferral(this.addressOf(index), 'partner', now))
    const [colleague] = body.colleagues
    await this.#execute(index, { name: 'remove-colleague', colleagueId: colleague?.id ?? '' })
  }

  /** Returns the API representations of all resources that the scenario has created. */
  async views() {
    const now = this.#now()
    const addresses = this.partnerIds.map((_, index) => this.addressOf(index))
    return {
      rfis: await Promise.all(this.rfis.map(async ({ id }) => (await getRfi(id, now)).body)),
      referrals: await Promise.all(
        addresses.map(async address => (await getReferral(address, 'partner', now)).body),
      ),
      timelines: await Promise.all(
        addresses.map(async address => (await getTimeline(address, 100, { list: 'l' })).items),
      ),
      partners: await Promise.all(this.partnerIds.map(async id => (await getPartner(id)).body)),
      profiles: await Promise.all(this.partnerIds.map(async id => (await listProfiles(id, now)).items)),
    }
  }
}

/** Creates RFIs, for recipients that the request names or that routing chooses. */
import { locate, putRouting, shortlist } from '../../discovery/index.ts'
import { chosenIn, decideRouting, finalists } from '../../discovery/rules.ts'
import type { Actor } from '../../events/contract.ts'
import { type Fault, requireNoFaults } from '../../kernel/errors.ts'
import { newId } from '../../kernel/new-id.ts'
import { checkAll, ifValid } from '../../kernel/partial-input.ts'
import type { Versioned } from '../../kernel/versioned.ts'
import { type Attempt, createOnce, getGroups, recordKeys } from '../../persistence/index.ts'
import type { Customer } from '../../program/contract.ts'
import { policyKey, programLanguages, readPolicy, readTaxonomy, taxonomyKey } from '../../program/index.ts'
import { localeOfCountry } from '../../program/rules.ts'
import { instantOf } from '../../time/instant.ts'
import { capabilityToken } from './capability.ts'
import { compose } from './compose-rfi.ts'
import { type CreatedRfi, maxRecipientsInAll, type NewRfi, type Recipient, type RfiView } from './contract.ts'
import { detailsIn, knownOf, placesOf, readableRecipients, recipientKeys, unavailable } from './recipients.ts'
import { askedBy, placingFaults, requestFaults, validFactsOf, viewRfi } from './rules.ts'

/** Actor and time of a creation, and its idempotency key. */
export interface CreationContext {
  readonly attempt: Attempt
  readonly actor: Actor
  readonly now: Date
  /** Locale that the request asks for, if it names a language of the program. */
  readonly locale?: string | undefined
}

/** A request whose contact has a locale. */
type CompleteRfi = Omit<NewRfi, 'customer'> & { readonly customer: Customer }

type AddressedRfi = CompleteRfi & { readonly recipients: readonly Recipient[] }

/**
 * Creates an RFI and its referrals in one transaction. If the request has no recipients, routing chooses the partners. If no
 * partner matches, the RFI is stored as unrouted, for the operator.
 * @throws DomainError invalid-request with every wrong field; idempotency-key-reused
 */
export const createRfi = (asked: NewRfi, context: CreationContext): Promise<Versioned<CreatedRfi>> => {
  const complete = { ...asked, customer: withLocale(asked.customer, context.locale) }
  const { recipients } = asked
  return recipients
    ? createAddressedRfi({ ...complete, recipients }, context)
    : createRoutedRfi(complete, context)
}

/** Adds the locale of the request, otherwise that of most people in the customer's country, to a contact without one. */
const withLocale = ({ contact, ...company }: NewRfi['customer'], requested: string | undefined): Customer => {
  const { locale = requested ?? localeOfCountry(company.address.country, programLanguages()) } = contact
  return { ...company, contact: { ...contact, locale } }
}

const createAddressedRfi = async (
  asked: AddressedRfi,
  { attempt, actor, now }: CreationContext,
): Promise<Versioned<CreatedRfi>> => {
  const { recipients, customer, need } = asked
  const items = await loadCreationItems(recipients, attempt)
  const created = await createOnce(attempt, items.records, now, () => {
    const nowInstant = instantOf(now)
    const policy = readPolicy(items.policies[0])
    requireNoFaults([
      ...placingFaults(asked),
      ...requestFaults(asked, policy, readTaxonomy(items.taxonomies[0]), nowInstant),
      ...unavailable(readableRecipients(recipients), items, { asked: askedBy(customer, need), now }),
    ])
    const request = { ...asked, id: newId('rfi', now), place: placeOf(asked) }
    const { rfi, referrals, writes } = compose(request, { policy, actor, now: nowInstant })
    const details = detailsIn(recipients, recipients, items)
    const shown = { rfi, referrals, details, customer: newCustomer(customer), policy }
    return { answer: viewRfi(shown, nowInstant), writes }
  })
  return withToken(created)
}

const createRoutedRfi = async (
  asked: CompleteRfi,
  { attempt, actor, now }: CreationContext,
): Promise<Versioned<CreatedRfi>> => {
  const id = newId('rfi', now)
  const { customer, need, region = customer.address.country } = asked
  const place = placeOf(asked)
  const wish = { region, need, customer, place, asked: [], maxRecipients: maxRecipientsInAll, seed: id }
  const list = await shortlist(wish, now)
  const candidates = placesOf(finalists(list), region)
  const items = await loadCreationItems(candidates, attempt)
  const created = await createOnce(attempt, items.records, now, () => {
    const nowInstant = instantOf(now)
    const policy = readPolicy(items.policies[0])
    const known = knownOf(candidates, items, { asked: askedBy(customer, need), now })
    const routing = decideRouting(list, known, {
      rfiId: id,
      at: nowInstant,
      maxRecipients: policy.maxRecipients,
    })
    const recipients = placesOf(chosenIn(routing), region)
    requireNoFaults(
      requestFaults({ ...asked, recipients }, policy, readTaxonomy(items.taxonomies[0]), nowInstant),
    )
    const request = { ...asked, id, recipients, place, region: routing.region }
    const { rfi, referrals, writes } = compose(request, { policy, actor, now: nowInstant })
    const details = detailsIn(recipients, candidates, items)
    return {
      answer: viewRfi({ rfi, referrals, details, customer: newCustomer(customer), policy }, nowInstant),
      writes: [...writes, putRouting(routing, rfi.version)],
    }
  })
  return withToken(created)
}

/** Returns the faults in the valid parts of a request. */
export const checkNewRfi = async (asked: NewRfi, now: Date): Promise<Fault[]> => {
  const recipients = ifValid(() => asked.recipients) ?? []
  const readable = readableRecipients(recipients)
  const found = await getGroups({
    ...recipientKeys(readable.map(({ recipient }) => recipient)),
    policies: [policyKey],
    taxonomies: [taxonomyKey],
  })
  const policy = readPolicy(found.policies[0])
  return [
    ...checkAll(() => placingFaults(asked)),
    ...requestFaults(asked, policy, readTaxonomy(found.taxonomies[0]), instantOf(now)),
    ...unavailable(readable, found, { asked: validFactsOf(asked), now }),
  ]
}

/** A customer to whom no mail was sent yet. */
const newCustomer = (customer: Customer) => ({ customer, emailStatus: 'unknown' as const })

const placeOf = ({ customer: { address } }: CompleteRfi) => locate(address.city, address.country)

/** Reads the items that a creation needs, in one round trip. */
const loadCreationItems = (recipients: readonly Recipient[], attempt: Attempt) =>
  getGroups({
    records: recordKeys(attempt),
    ...recipientKeys(recipients),
    policies: [policyKey],
    taxonomies: [taxonomyKey],
  })

/**
 * Adds the tracking token. The version is that of the creation, also for a repeated request: 1 for the RFI and 1 for each
 * referral.
 */
const withToken = (created: RfiView): Versioned<CreatedRfi> => ({
  body: { ...created, trackingToken: capabilityToken(created.id, created.trackedUntil) },
  version: 1 + created.recipients.length,
})

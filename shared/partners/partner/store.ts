/**
 * Partner companies in the table, listed by name. A partner is two items: the company, which is public, and its
 * administrators, which are personal data.
 */
import type { Actor } from '../../events/contract.ts'
import { appendEvent } from '../../events/index.ts'
import type { PartnerId } from '../../kernel/ids.ts'
import type { Page } from '../../kernel/page.ts'
import {
  type Check,
  type Condition,
  type CursorScope,
  contentOf,
  getAll,
  type Item,
  type Key,
  key,
  partition,
  query,
  queryPage,
  readConsistently,
  readRows,
  readStored,
  TornRead,
  unknownFields,
  type Write,
} from '../../persistence/index.ts'
import type { PartnerView } from './contract.ts'
import { storedAdministrators, storedCompany, storedCompanyOverview } from './stored.ts'

/** A partner without its administrators. */
export interface Company extends Omit<PartnerView, 'admins'> {
  readonly version: number
  /** Missing in companies of an early version of the program: `readPartner` then takes any administrators. */
  readonly peopleVersion?: number | undefined
}

export interface Partner extends Company, Pick<PartnerView, 'admins'> {
  /** Version of the item of administrators that belongs to this version; 0 while there is none. */
  readonly peopleVersion: number
  /** Fields of the item of administrators that only a newer version of the program uses. */
  readonly unknownPeople: Readonly<Record<string, unknown>>
}

/** A partner that is not stored yet. */
export type NewPartner = Omit<Partner, 'peopleVersion' | 'unknownPeople'>

/** The administrators of a partner, as they are stored. */
interface Administrators extends Pick<PartnerView, 'admins'> {
  readonly version: number
}

const listPartition = 'PARTNERS'

export const partnerKey = (partnerId: PartnerId): Key => ({
  pk: partition('listing', partnerId),
  sk: 'PARTNER',
})
export const administratorsKey = (partnerId: PartnerId): Key => ({
  pk: partition('people', partnerId),
  sk: 'PARTNER',
})

/** @throws UnreadableItem */
export const readCompany = (item: Item): Company => readStored(storedCompany, 'partner', item)

export const readAdministrators = (item: Item | undefined): Administrators =>
  item ? readStored(storedAdministrators, 'partner', item) : { version: 0, admins: [] }

const readOverview = (item: Item): Company =>
  readStored(storedCompanyOverview, 'partner', item, item.overview)

/**
 * @param people the item of administrators
 * @throws TornRead when the items are of different versions; UnreadableItem
 */
export const readPartner = (item: Item, people: Item | undefined): Partner => {
  const company = readCompany(item)
  const { version, admins } = readAdministrators(people)
  const { peopleVersion = version } = company
  if (version !== peopleVersion) throw new TornRead()
  const unknownPeople = unknownFields(storedAdministrators, people && contentOf(people))
  return { ...company, peopleVersion, unknownPeople, admins }
}

/** Tests for a partner with this id. */
export const isPartner = async (partnerId: PartnerId): Promise<boolean> => {
  const [item] = await getAll([partnerKey(partnerId)])
  return item !== undefined
}

export const findPartner = (partnerId: PartnerId): Promise<Partner | undefined> =>
  readConsistently(async () => {
    const [item, people] = await getAll([partnerKey(partnerId), administratorsKey(partnerId)])
    return item && readPartner(item, people)
  })

/** Returns the check that a partner has not changed since it was read. */
export const checkPartner = ({ id, version }: Pick<Company, 'id' | 'version'>): Check => ({
  check: partnerKey(id),
  when: { version },
})

const putCompany = (company: Company, when: Condition): Write => ({
  put: {
    ...company,
    ...partnerKey(company.id),
    entity: 'partner',
    listPk: listPartition,
    listSk: key(company.name.toLowerCase(), company.id),
    overview: company,
  },
  when,
})

const putAdministrators = (partnerId: PartnerId, administrators: Administrators): Write => ({
  put: { ...administrators, ...administratorsKey(partnerId), entity: 'partner-people', partnerId },
  when: administrators.version === 1 ? { pk: 'absent' } : { version: administrators.version - 1 },
})

/**
 * Returns the writes of a partner, the company first. Administrators are written only if they changed.
 * @param before the partner that is replaced, undefined for a new one
 * @param by author of the change
 */
export const putPartner = (
  partner: NewPartner | Partner,
  before: Partner | undefined,
  by: Actor,
): Write[] => {
  const { admins, unknownPeople, ...company }: NewPartner & Partial<Partner> = partner
  const isSame = JSON.stringify(admins) === JSON.stringify(before?.admins ?? [])
  const peopleVersion = (before?.peopleVersion ?? 0) + (isSame ? 0 : 1)
  const when: Condition = before ? { version: before.version } : { pk: 'absent' }
  return [
    putCompany({ ...company, peopleVersion }, when),
    ...(isSame ? [] : [putAdministrators(partner.id, { ...unknownPeople, version: peopleVersion, admins })]),
    ...eventsOf(partner, before, by),
  ]
}

/** Returns the write of the event about a new partner or a new name. Other changes have no event. */
const eventsOf = (
  { id, name, updatedAt, version }: Pick<NewPartner, 'id' | 'name' | 'updatedAt' | 'version'>,
  before: Partner | undefined,
  actor: Actor,
): Write[] => {
  if (before?.name === name) return []
  const { pk, sk } = partnerKey(id)
  const type = before ? 'partner.renamed' : 'partner.created'
  const subject = { partner: { id } }
  return [
    appendEvent(pk, sk, { id: `${id}.${version}`, type, at: updatedAt, actor, subject, version, data: {} }),
  ]
}

/** Reads a page of all partners by name: first the index, then the administrators of each partner. */
export const listPartners = async (limit: number, scope: CursorScope): Promise<Page<PartnerView>> => {
  const { items, nextCursor } = await queryPage(
    { index: 'list', partition: listPartition, limit },
    scope,
    readOverview,
  )
  const people = await getAll(items.map(({ id }) => administratorsKey(id)))
  // The index lags behind the items, so their versions are not compared.
  const partners = readRows(items, (company, index) => ({
    ...company,
    admins: readAdministrators(people[index]).admins,
  }))
  return { items: partners, nextCursor }
}

/** Yields the ids of all partners in pages of 100, sorted by name. */
export async function* partnerIds(): AsyncGenerator<PartnerId[]> {
  let after: Record<string, unknown> | undefined
  do {
    const { items, next } = await query({ index: 'list', partition: listPartition, limit: 100, after })
    yield readRows(items, readOverview).map(({ id }) => id)
    after = next
  } while (after)
}

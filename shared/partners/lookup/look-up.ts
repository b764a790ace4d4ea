/** Looks up partners by words of their names. */
import { lookupHash } from '../../crypto/lookup-hash.ts'
import { asPartnerId, type PartnerId, partnerId } from '../../kernel/ids.ts'
import type { Page } from '../../kernel/page.ts'
import { type Found, lookUp, type Position } from '../../lookup/index.ts'
import { readQuery, type Sought } from '../../lookup/rules.ts'
import {
  type CursorScope,
  getGroups,
  type Item,
  readCursor,
  readRows,
  writeCursor,
} from '../../persistence/index.ts'
import type { PartnerView } from '../partner/contract.ts'
import {
  administratorsKey,
  type Company,
  partnerKey,
  readAdministrators,
  readCompany,
} from '../partner/store.ts'
import { partnerScope, subjectOfPartner } from './rules.ts'

/** Loads partners in one round trip. */
const loadPartners = async (ids: readonly PartnerId[]): Promise<(Found<PartnerView> | undefined)[]> => {
  const { companies, people } = await getGroups({
    companies: ids.map(partnerKey),
    people: ids.map(administratorsKey),
  })
  return companies.map((item, index) => {
    const [company] = readRows(item ? [item] : [], readCompany)
    if (!company) return undefined
    const subject = subjectOfPartner(company)
    return { item: view(company, people[index]), indexed: subject, visible: subject }
  })
}

/** Looks up partners by name. @returns companies with their stored administrators */
export const lookUpPartners = (sought: Sought, limit: number, after: Position | undefined) =>
  lookUp(partnerScope, sought, { limit, after }, lookupHash, ids => loadPartners(ids.map(asPartnerId)))

const view = (
  { id, name, website, createdAt, updatedAt }: Company,
  people: Item | undefined,
): PartnerView => {
  const { admins } = readAdministrators(people)
  return { id, name, website, admins, createdAt, updatedAt }
}

/** Returns the partner with an id, or a page of the partners whose names have words that begin with the words of a query. */
export const findPartners = async (
  q: string,
  limit: number,
  scope: CursorScope,
): Promise<Page<PartnerView>> => {
  const id = partnerId.safeParse(q.trim())
  if (id.success) {
    const found = await loadPartners([id.data])
    return { items: found.flatMap(one => one?.item ?? []), nextCursor: null }
  }
  const { items, next } = await lookUpPartners(readQuery(q), limit, readCursor<Position>(scope))
  return { items, nextCursor: writeCursor(scope, next) }
}

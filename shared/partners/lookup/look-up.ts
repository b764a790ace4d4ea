/** Looks up partners by words of their names. */
import { lookupHash } from '../../crypto/lookup-hash.ts'
import { asPartnerId } from '../../kernel/ids.ts'
import type { Page } from '../../kernel/page.ts'
import { lookUp, type Position } from '../../lookup/index.ts'
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

/** Looks up partners by name. @returns companies with their stored administrators */
export const lookUpPartners = (sought: Sought, limit: number, after: Position | undefined) =>
  lookUp(partnerScope, sought, { limit, after }, lookupHash, async ids => {
    const partnerIds = ids.map(asPartnerId)
    const { companies, people } = await getGroups({
      companies: partnerIds.map(partnerKey),
      people: partnerIds.map(administratorsKey),
    })
    return companies.map((item, index) => {
      const [company] = readRows(item ? [item] : [], readCompany)
      if (!company) return undefined
      const subject = subjectOfPartner(company)
      return { item: view(company, people[index]), indexed: subject, visible: subject }
    })
  })

const view = (
  { id, name, website, createdAt, updatedAt }: Company,
  people: Item | undefined,
): PartnerView => {
  const { admins } = readAdministrators(people)
  return { id, name, website, admins, createdAt, updatedAt }
}

/** Returns a page of the partners whose names have words that begin with the words of a query. */
export const findPartners = async (
  q: string,
  limit: number,
  scope: CursorScope,
): Promise<Page<PartnerView>> => {
  const { items, next } = await lookUpPartners(readQuery(q), limit, readCursor<Position>(scope))
  return { items, nextCursor: writeCursor(scope, next) }
}

/** Partner companies in the table, listed by name. */
import type { Page } from '../../kernel/page.ts'
import {
  type Check,
  type Condition,
  type CursorScope,
  contentOf,
  get,
  type Item,
  type Key,
  key,
  query,
  queryPage,
  type Write,
} from '../../persistence/index.ts'
import type { PartnerView } from './contract.ts'

export interface Partner extends PartnerView {
  readonly version: number
}

const listPartition = 'PARTNERS'

export const partnerKey = (partnerId: string): Key => ({ pk: key('PARTNER', partnerId), sk: 'PARTNER' })

const toItem = (partner: Partner): Item => ({
  ...partner,
  ...partnerKey(partner.id),
  entity: 'partner',
  listPk: listPartition,
  listSk: key(partner.name.toLowerCase(), partner.id),
  overview: partner,
})

export const readPartner = (item: Item): Partner => contentOf(item)

export const findPartner = async (partnerId: string): Promise<Partner | undefined> => {
  const item = await get(partnerKey(partnerId))
  return item && readPartner(item)
}

/** That the partner is as it was read. */
export const checkPartner = ({ id, version }: Partner): Check => ({
  check: partnerKey(id),
  when: { version },
})

export const putPartner = (partner: Partner, when: Condition): Write => ({ put: toItem(partner), when })

export const listPartners = (limit: number, scope: CursorScope): Promise<Page<Partner>> =>
  queryPage({ index: 'list', partition: listPartition, limit }, scope, item => item.overview as Partner)

/** The ids of all partners, by name, page by page: for who goes through the whole program. */
export async function* partnerIds(): AsyncGenerator<string[]> {
  let after: Record<string, unknown> | undefined
  do {
    const { items, next } = await query({ index: 'list', partition: listPartition, limit: 100, after })
    yield items.map(item => (item.overview as Partner).id)
    after = next
  } while (after)
}

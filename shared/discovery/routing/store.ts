/** Routing decisions in the table: under their RFI, and listed by when they were made. */
import type { RfiId } from '../../kernel/ids.ts'
import {
  getAll,
  type Item,
  type Key,
  key,
  partition,
  query,
  readRows,
  readStored,
  type Write,
} from '../../persistence/index.ts'
import type { Instant } from '../../time/instant.ts'
import type { RoutingDecision } from './contract.ts'
import { storedDecision, storedDecisionOf } from './stored.ts'

const prefix = 'ROUTING#'

/** @param version of the RFI that the decision made */
const routingKey = (rfiId: RfiId, version: number): Key => ({
  pk: partition('rfi', rfiId),
  sk: `${prefix}${String(version).padStart(8, '0')}`,
})

/** A month's decisions lie together. */
const monthPartition = (instant: string): string => key('ROUTED', instant.slice(0, 7))

export const putRouting = (decision: RoutingDecision, version: number): Write => ({
  put: {
    ...storedDecisionOf(decision),
    ...routingKey(decision.rfiId, version),
    entity: 'routing',
    listPk: monthPartition(decision.at),
    listSk: key(decision.at, decision.rfiId),
    overview: { region: decision.region },
  },
  when: { pk: 'absent' },
})

const readRouting = (item: Item): RoutingDecision => readStored(storedDecision, 'routing decision', item)

/** Above the number of decisions of an RFI: each but the first adds a recipient, and it has 20 at most. */
const maxListed = 30

/** The decisions on an RFI, in their order. */
export const listRouting = async (rfiId: RfiId): Promise<RoutingDecision[]> => {
  const { pk } = routingKey(rfiId, 0)
  const { items } = await query({
    partition: pk,
    beginsWith: prefix,
    limit: maxListed,
    isConsistent: true,
  })
  return readRows(items, readRouting)
}

/** The months from one instant to another, the latest first. */
const monthsBetween = (from: Instant, to: Instant): string[] => {
  const index = (instant: Instant) => Number(instant.slice(0, 4)) * 12 + Number(instant.slice(5, 7)) - 1
  const [first, last] = [index(from), index(to)]
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, back) => {
    const month = last - back
    return `${Math.floor(month / 12)}-${String((month % 12) + 1).padStart(2, '0')}`
  })
}

/** Pages that are read at most, if few decisions of a window belong to the requested region. */
const maxPages = 20

/** Reads the latest decisions of a window, up to a number, and tells whether there are or may be more. */
export const latestRouting = async (
  {
    from,
    to,
    region,
  }: { readonly from: Instant; readonly to: Instant; readonly region?: string | undefined },
  limit: number,
): Promise<{ decisions: RoutingDecision[]; more: boolean }> => {
  const keys: Key[] = []
  let pages = 0
  for (const month of monthsBetween(from, to)) {
    let after: Record<string, unknown> | undefined
    do {
      if (keys.length > limit || pages++ >= maxPages) return found(keys, limit, true)
      const page = await query({
        index: 'list',
        partition: monthPartition(month),
        from,
        upTo: `${to}$`,
        descending: true,
        limit: limit + 1,
        after,
        ...(region && { filter: { path: 'overview.region', equals: region } }),
      })
      keys.push(...page.items.map(({ pk, sk }) => ({ pk, sk })))
      after = page.next
    } while (after)
  }
  return found(keys, limit, keys.length > limit)
}

const found = async (keys: readonly Key[], limit: number, more: boolean) => {
  const items = await getAll(keys.slice(0, limit))
  const there = items.filter(item => item !== undefined)
  return { decisions: readRows(there, readRouting), more }
}

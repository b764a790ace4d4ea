/** Routing decisions in the table: under their RFI, and in a list by instant. */
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

/** @param version version of the RFI after the decision */
const routingKey = (rfiId: RfiId, version: number): Key => ({
  pk: partition('rfi', rfiId),
  sk: `${prefix}${String(version).padStart(8, '0')}`,
})

/** Returns the list partition of the decisions of a month. */
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

/** Above the maximum number of decisions of an RFI: each one after the first adds a recipient, and an RFI has at most 20. */
const maxListed = 30

/** Returns the decisions of an RFI, oldest first. Decisions that cannot be read are logged and left out. */
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

/** Returns the months between two instants as `YYYY-MM`, latest first. */
const monthsBetween = (from: Instant, to: Instant): string[] => {
  const index = (instant: Instant) => Number(instant.slice(0, 4)) * 12 + Number(instant.slice(5, 7)) - 1
  const [first, last] = [index(from), index(to)]
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, back) => {
    const month = last - back
    return `${Math.floor(month / 12)}-${String((month % 12) + 1).padStart(2, '0')}`
  })
}

/** Maximum number of pages to read. The limit matters when few decisions of a window belong to the requested region. */
const maxPages = 20

/**
 * Reads the latest decisions of a window.
 * @param most maximum number of decisions
 * @returns `more` is true if the window has, or may have, further decisions
 */
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
      if (keys.length > limit || pages++ >= maxPages) return readDecisions(keys, limit, true)
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
  return readDecisions(keys, limit, keys.length > limit)
}

const readDecisions = async (keys: readonly Key[], limit: number, more: boolean) => {
  const items = await getAll(keys.slice(0, limit))
  const existing = items.filter(item => item !== undefined)
  return { decisions: readRows(existing, readRouting), more }
}

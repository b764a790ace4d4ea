/** Routing decisions in the table: under their RFI, and listed by when they were made. */
import { contentOf, type Item, type Key, key, type Write } from '../platform/item.ts'
import { getAll, query } from '../platform/table.ts'
import type { RoutingDecision } from './contract.ts'

const prefix = 'ROUTING#'

/** @param version of the RFI that the decision made */
const routingKey = (rfiId: string, version: number): Key => ({
  pk: key('RFI', rfiId),
  sk: `${prefix}${String(version).padStart(8, '0')}`,
})

/** A month's decisions lie together. */
const monthPartition = (instant: string): string => key('ROUTED', instant.slice(0, 7))

export const putRouting = (decision: RoutingDecision, version: number): Write => ({
  put: {
    ...decision,
    ...routingKey(decision.rfiId, version),
    entity: 'routing',
    listPk: monthPartition(decision.at),
    listSk: key(decision.at, decision.rfiId),
    overview: { region: decision.region },
  },
  when: { pk: 'absent' },
})

const readRouting = (item: Item): RoutingDecision => contentOf(item)

/** An RFI is routed until it has somebody to go to: seldom more than once. */
const mostListed = 20

export const listRouting = async (rfiId: string): Promise<RoutingDecision[]> => {
  const { pk } = routingKey(rfiId, 0)
  const { items } = await query({ partition: pk, beginsWith: prefix, descending: true, limit: mostListed })
  return items.map(readRouting).toReversed()
}

/** The months from one instant to another, the latest first. */
const monthsBetween = (from: string, to: string): string[] => {
  const index = (instant: string) => Number(instant.slice(0, 4)) * 12 + Number(instant.slice(5, 7)) - 1
  const [first, last] = [index(from), index(to)]
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, back) => {
    const month = last - back
    return `${Math.floor(month / 12)}-${String((month % 12) + 1).padStart(2, '0')}`
  })
}

/** So many of the decisions of a window, the latest first, and whether there are more. */
export const latestRouting = async (
  { from, to, region }: { readonly from: string; readonly to: string; readonly region?: string | undefined },
  most: number,
): Promise<{ decisions: RoutingDecision[]; more: boolean }> => {
  const keys: Key[] = []
  for (const month of monthsBetween(from, to)) {
    let after: Record<string, unknown> | undefined
    do {
      const page = await query({
        index: 'list',
        partition: monthPartition(month),
        ...{ from, upTo: `${to}$` },
        descending: true,
        limit: most + 1,
        after,
        ...(region && { filter: { path: 'overview.region', equals: region } }),
      })
      keys.push(...page.items.map(({ pk, sk }) => ({ pk, sk })))
      after = page.next
    } while (after && keys.length <= most)
    if (keys.length > most) break
  }
  const found = await getAll(keys.slice(0, most))
  return {
    decisions: found.flatMap(item => (item ? [readRouting(item)] : [])),
    more: keys.length > most,
  }
}

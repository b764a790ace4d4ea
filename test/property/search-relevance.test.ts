/**
 * Relevance of results for 5,000 generated partners, judged by their true abilities and not by their profiles.
 * MiniSearch gets the same filters and the visibility of each partner.
 */
import { expect, it } from 'vitest'
import { documentsOf, miniSearchOf, ours, oursOf, type Peer } from '../simulation/search-peers.ts'
import { customers, gradeOf, ndcg, region } from '../simulation/search-region.ts'

it('the search engine ranks better partners higher than MiniSearch does', async () => {
  const partners = [...region(5_000)]
  const index = oursOf(partners)
  const byId = new Map(partners.map(partner => [partner.id, partner]))
  const judged = customers(60).map(customer => ({
    customer,
    grades: new Map(partners.map(partner => [partner.id, gradeOf(partner, customer)])),
  }))
  const meanOf = async (peer: Peer): Promise<number> => {
    let sum = 0
    for (const { customer, grades } of judged) {
      const found = await peer.search(customer.search)
      expect(found.every(id => byId.has(id))).toBe(true)
      sum += ndcg(
        found.map(id => grades.get(id) ?? 0),
        [...grades.values()],
      )
    }
    return sum / judged.length
  }
  const [ourMean, miniSearchMean] = [
    await meanOf(ours(index)),
    await meanOf(miniSearchOf(documentsOf(partners, index))),
  ]
  expect(ourMean).toBeGreaterThan(0.4)
  expect(ourMean).toBeGreaterThan(miniSearchMean)
})

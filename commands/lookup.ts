/**
 * `npm run lookup`: writes the lookup entries of all partners and RFIs from their present state, and deletes those that do not
 * belong to it. Needed once for a table of an earlier version of the program, after a change of the folding of names, and after
 * a new value of the lookup secret. It can be repeated, and runs while the program works.
 *
 * It runs with the rights of its caller (Query, BatchGetItem, PutItem, DeleteItem), on the table in the variable TABLE_NAME, with
 * the value of the lookup secret in LOOKUP_SECRET. The SDK's variables select account and region (AWS_REGION, AWS_PROFILE; for
 * the local cloud AWS_ENDPOINT_URL and any access key).
 *
 * There is no scan: RFIs are found through the referrals of all partners and the list of unrouted RFIs. An RFI that was withdrawn
 * before it had a partner is in neither, and keeps its entries.
 * Exit code: 0 if all entries are up to date; 1 if the command failed. Then it can be repeated.
 */
import type { RfiId } from '../shared/kernel/ids.ts'
import { indexPartner, partnerIds } from '../shared/partners/index.ts'
import { indexRfi, rfiIdsOfPartner, unroutedIds } from '../shared/referrals/index.ts'

const print = (line: string): void => {
  process.stdout.write(`${line}\n`)
}

const visited = new Set<RfiId>()
let [partners, changes] = [0, 0]

const indexRfis = async (rfiIds: readonly RfiId[]): Promise<void> => {
  for (const rfiId of rfiIds) {
    if (visited.has(rfiId)) continue
    visited.add(rfiId)
    changes += await indexRfi(rfiId)
  }
}

const report = (): void =>
  print(`partners: ${partners}, RFIs: ${visited.size}, entries written or deleted: ${changes}`)

try {
  for await (const page of partnerIds()) {
    for (const partnerId of page) {
      partners++
      changes += await indexPartner(partnerId)
      for await (const rfiIds of rfiIdsOfPartner(partnerId)) await indexRfis(rfiIds)
    }
    report()
  }
  for await (const rfiIds of unroutedIds()) await indexRfis(rfiIds)
  report()
} catch (error) {
  process.stderr.write(`${String(error)}\n`)
  process.exitCode = 1
}

/**
 * `npm run reputation -- [--partner ptr_…] [--write]`: recounts the reputations of one partner or of all from their events,
 * and prints the differences from the stored figures. `--write` corrects the stored figures and counts events that were never
 * counted.
 *
 * It runs with the rights of its caller, on the table in the variable TABLE_NAME. The SDK's variables select account and region
 * (AWS_REGION, AWS_PROFILE; for the local cloud AWS_ENDPOINT_URL and any access key).
 * Exit code: 0 if all stored figures are correct at the end; 1 if some are wrong, or if the command failed.
 */
import { parseArgs } from 'node:util'
import {
  correctReputations,
  differences,
  isCorrect,
  type Recount,
  recount,
} from '../shared/discovery/index.ts'
import { isDomainError } from '../shared/kernel/errors.ts'
import { asPartnerId, type PartnerId } from '../shared/kernel/ids.ts'
import { isPartner, partnerIds } from '../shared/partners/index.ts'
import { eventsOfPartner } from '../shared/referrals/index.ts'

const { values: options } = parseArgs({
  options: { partner: { type: 'string' }, write: { type: 'boolean', default: false } },
})

const print = (line: string): void => {
  process.stdout.write(`${line}\n`)
}

const reportLines = (region: Recount): string[] => [
  ...differences(region),
  ...(region.pending.length > 0 ? [`pending events: ${region.pending.length}`] : []),
]

const clock = () => new Date()

const isComplete = (regions: readonly Recount[]): boolean =>
  regions.every(region => isCorrect(region) && region.pending.length === 0)

/** Recounts a partner, prints differences and, with `--write`, corrects them. @returns true if all stored figures are correct now */
const check = async (partnerId: PartnerId): Promise<boolean> => {
  if (isComplete(await recount(partnerId, clock(), eventsOfPartner))) return true
  // Counts a second time, because events may have been counted during the first.
  const regions = await recount(partnerId, clock(), eventsOfPartner)
  for (const region of regions)
    for (const line of reportLines(region)) print(`${partnerId} ${region.known.region} ${line}`)
  if (!options.write) return regions.every(isCorrect)
  return isComplete(regions) || correct(partnerId)
}

const correct = async (partnerId: PartnerId): Promise<boolean> => {
  try {
    await correctReputations(partnerId, clock, eventsOfPartner)
    return true
  } catch (error) {
    if (!isDomainError(error, 'busy')) throw error
    print(
      `${partnerId} not corrected, because new events arrived meanwhile; run the command again for this partner`,
    )
    return false
  }
}

/** Yields one partner, in the form in which `partnerIds` yields all. @throws Error for an unknown partner */
const singlePartner = async function* (partnerId: PartnerId) {
  if (!(await isPartner(partnerId)))
    throw new Error(`Unknown partner ${partnerId}. Expected the id of a partner in the table.`)
  yield [partnerId]
}

let [checked, wrong] = [0, 0]
try {
  for await (const page of options.partner ? singlePartner(asPartnerId(options.partner)) : partnerIds()) {
    for (const partnerId of page) {
      checked++
      if (!(await check(partnerId))) wrong++
    }
    print(`partners checked: ${checked}, with wrong figures: ${wrong}`)
  }
} catch (error) {
  process.stderr.write(`${String(error)}\n`)
  process.exitCode = 1
}
if (wrong > 0) process.exitCode = 1

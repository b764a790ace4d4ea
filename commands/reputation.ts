/**
 * `npm run reputation -- [--partner ptr_…] [--write]`: counts anew, from all events, what was learned of one partner
 * or of all, and says where it is not what is known. With `--write` it is put right, and what was never learned is.
 *
 * It runs with the rights of whoever runs it, on the table that TABLE_NAME names; the SDK's own variables say where
 * that is (AWS_REGION, AWS_PROFILE; for the local cloud AWS_ENDPOINT_URL and any access key).
 * Ends with 1 when something differs and was not put right.
 */
import { parseArgs } from 'node:util'
import { differences, isRight, putRight, type Recount, recount } from '../shared/discovery/index.ts'
import { asPartnerId, type PartnerId } from '../shared/kernel/ids.ts'
import { isPartner, partnerIds } from '../shared/partners/index.ts'
import { ConditionFailed } from '../shared/persistence/index.ts'
import { eventsOfPartner } from '../shared/referrals/index.ts'

const { values: options } = parseArgs({
  options: { partner: { type: 'string' }, write: { type: 'boolean', default: false } },
})

const say = (line: string): void => {
  process.stdout.write(`${line}\n`)
}

const told = (found: Recount): string[] => [
  ...differences(found),
  ...(found.pending.length > 0 ? [`${found.pending.length} events not learned from yet`] : []),
]

const clock = () => new Date()

const isAllRight = (regions: readonly Recount[]): boolean =>
  regions.every(found => isRight(found) && found.pending.length === 0)

/** @returns whether all is right in the end */
const check = async (partnerId: PartnerId): Promise<boolean> => {
  if (isAllRight(await recount(partnerId, clock(), eventsOfPartner))) return true
  // Something may have been learned while it was counted.
  const regions = await recount(partnerId, clock(), eventsOfPartner)
  for (const found of regions)
    for (const line of told(found)) say(`${partnerId} ${found.known.region} ${line}`)
  if (!options.write) return regions.every(isRight)
  return isAllRight(regions) || mend(partnerId)
}

const mend = async (partnerId: PartnerId): Promise<boolean> => {
  try {
    await putRight(partnerId, clock, eventsOfPartner)
    return true
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error
    say(`${partnerId} events kept coming: run it again for this one`)
    return false
  }
}

/** @throws Error for one that there is not */
const one = async function* (partnerId: PartnerId) {
  if (!(await isPartner(partnerId))) throw new Error(`there is no partner ${partnerId}`)
  yield [partnerId]
}

let [checked, wrong] = [0, 0]
try {
  for await (const page of options.partner ? one(asPartnerId(options.partner)) : partnerIds()) {
    for (const partnerId of page) {
      checked++
      if (!(await check(partnerId))) wrong++
    }
    say(`${checked} partners counted, ${wrong} not as known`)
  }
} catch (error) {
  process.stderr.write(`${String(error)}\n`)
  process.exitCode = 1
}
if (wrong > 0) process.exitCode = 1

/**
 * `npm run reputation -- [--partner ptr_…] [--write]`: counts anew, from all events, what was learned of one partner
 * or of all, and says where it is not what is known. With `--write` it is put right, and what was never learned is.
 *
 * It runs with the rights of whoever runs it, on the table that TABLE_NAME names; the SDK's own variables say where
 * that is (AWS_REGION, AWS_PROFILE; for the local cloud AWS_ENDPOINT_URL and any access key).
 * Ends with 1 when something differs and was not put right.
 */
import { parseArgs } from 'node:util'
import { partnerIds } from '../shared/partner/store.ts'
import { differences, isRight, putRight, type Recount, recount } from '../shared/reputation/recount.ts'

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

/** @returns whether all is right in the end */
const check = async (partnerId: string): Promise<boolean> => {
  const regions = await recount(partnerId, new Date())
  for (const found of regions)
    for (const line of told(found)) say(`${partnerId} ${found.known.region} ${line}`)
  if (regions.every(found => isRight(found) && found.pending.length === 0)) return true
  if (options.write) await putRight(partnerId, new Date())
  return options.write || regions.every(isRight)
}

const one = async function* (partnerId: string) {
  yield [partnerId]
}

let [checked, wrong] = [0, 0]
for await (const page of options.partner ? one(options.partner) : partnerIds()) {
  for (const partnerId of page) {
    checked++
    if (!(await check(partnerId))) wrong++
  }
  say(`${checked} partners counted, ${wrong} not as known`)
}
if (wrong > 0) process.exitCode = 1

/** Stores contacts' days, and lists what is due. Days with an unsent digest are in the due index. */
import { mailPartition } from '../../events/index.ts'
import { addressFingerprint } from '../../partners/index.ts'
import { get, type Item, type Key, key, put, query, readStored, type Write } from '../../persistence/index.ts'
import { type Instant, instantOf } from '../../time/instant.ts'
import type { Day } from './rules.ts'
import { storedDay } from './stored.ts'

type DayAddress = Pick<Day, 'partnerId' | 'region' | 'address' | 'day'>

export const dayKey = ({ partnerId, region, address, day }: DayAddress): Key => ({
  pk: mailPartition(partnerId),
  sk: key('MAILS', region, addressFingerprint(address), day),
})

const duePartition = (instant: Instant): string => key('DIGEST', instant.slice(0, 10))

/** Returns the attributes that list an item with a digest in the due index. */
export const dueAttributes = (dueAt: Instant, owner: string) => ({
  duePk: duePartition(dueAt),
  dueSk: key(dueAt, owner),
})

/** Retention after the digest is due. It is longer than any retry of a digest. */
const keptForSeconds = 30 * 86_400

const toItem = (day: Day): Item => ({
  ...day,
  ...dayKey(day),
  entity: 'mail-day',
  ttl: Math.floor(Date.parse(day.dueAt) / 1000) + keptForSeconds,
  ...(day.state === 'open' && day.held.length > 0 && dueAttributes(day.dueAt, day.partnerId)),
})

export const getDay = async (at: Key): Promise<Day | undefined> => {
  const item = await get(at)
  return item && readStored(storedDay, 'contact day', item)
}

/** @throws ConditionFailed if the day has changed since it was read */
export const putDay = (day: Day): Promise<void> => {
  const when: Write['when'] = day.version === 1 ? { pk: 'absent' } : { version: day.version - 1 }
  return put({ put: toItem(day), when })
}

/** Number of past days that are searched for late digests. It equals the retention of the queue that triggers the search. */
const lookBackDays = 4
const dayMs = 86_400_000

/** Lists the keys of the items whose digest is due, page by page. */
export async function* listDue(now: Date): AsyncGenerator<Key[]> {
  const upTo = `${instantOf(now)}$`
  for (let back = lookBackDays; back >= 0; back--) {
    const partition = duePartition(instantOf(new Date(now.getTime() - back * dayMs)))
    let after: Record<string, unknown> | undefined
    do {
      const { items, next } = await query({ index: 'due', partition, upTo, limit: 100, after })
      yield items.map(({ pk, sk }) => ({ pk, sk }))
      after = next
    } while (after)
  }
}

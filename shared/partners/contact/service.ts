/** What mail, or whoever got it, tells of a contact: noted once, and told on. */
import type { Actor, Event } from '../../events/contract.ts'
import type { PartnerId } from '../../kernel/ids.ts'
import { get, retryOnConflict, transact } from '../../persistence/index.ts'
import { instantOf } from '../../time/instant.ts'
import { addressOf, failedEvent, type Health, troubleOf, withFinding } from './rules.ts'
import { addressFingerprint, healthKey, putFinding, readHealth } from './store.ts'

export interface Report {
  readonly partnerId: PartnerId
  readonly region: string
  readonly email: string
  readonly data: Omit<Event<'contact.failed'>['data'], 'contact' | 'known'>
}

/**
 * Notes that a contact cannot be reached, or was the wrong person, and tells of it by an event.
 * @returns whether that is news
 * @throws DomainError busy when others kept changing what is known
 */
export const report = (told: Report, actor: Actor, now: Date): Promise<boolean> =>
  retryOnConflict(async () => {
    const known = await loadHealth(told)
    const address = addressOf(told)
    const contact = addressFingerprint(address)
    const { problem, missed } = told.data
    const events = missed.map(({ referralId, version }) => `${referralId}.${version}`)
    const next = withFinding(known, { address, contact, problem, events }, instantOf(now))
    if (next === known) return false
    // What is worse than what was known is news.
    const isKnown = troubleOf(known, address)?.problem === troubleOf(next, address)?.problem
    const data = { ...told.data, contact, known: isKnown }
    const event = failedEvent(next, data, actor, instantOf(now))
    await transact(putFinding(next, event))
    return true
  })

const loadHealth = async ({ partnerId, region }: Report): Promise<Health> =>
  readHealth(await get(healthKey(partnerId, region)), partnerId, region)

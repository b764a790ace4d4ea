/** Records problems of contacts that a bounced mail, or a person who got a mail, reports. */
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
 * Records that mail does not reach a contact, or that the contact was the wrong person, and emits `contact.failed`.
 * Repeating a report changes nothing.
 * @returns true if the report added something
 * @throws DomainError busy if concurrent writes made every attempt fail
 */
export const reportContactProblem = (report: Report, actor: Actor, now: Date): Promise<boolean> =>
  retryOnConflict(async () => {
    const before = await loadHealth(report)
    const address = addressOf(report)
    const contact = addressFingerprint(address)
    const { problem, missed } = report.data
    const events = missed.map(({ referralId, version }) => `${referralId}.${version}`)
    const next = withFinding(before, { address, contact, problem, events }, instantOf(now))
    if (next === before) return false
    // A worse problem of the same address counts as unknown, so that it is reported again.
    const isKnown = troubleOf(before, address)?.problem === troubleOf(next, address)?.problem
    const data = { ...report.data, contact, known: isKnown }
    const event = failedEvent(next, data, actor, instantOf(now))
    await transact(putFinding(next, event))
    return true
  })

const loadHealth = async ({ partnerId, region }: Report): Promise<Health> =>
  readHealth(await get(healthKey(partnerId, region)), partnerId, region)

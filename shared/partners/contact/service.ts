/** Records problems of contacts that a bounced mail, or a person who got a mail, reports. */
import type { Actor, Event } from '../../events/contract.ts'
import type { PartnerId } from '../../kernel/ids.ts'
import { get, put, retryOnConflict, transact } from '../../persistence/index.ts'
import { instantOf } from '../../time/instant.ts'
import { addressOf, failedEvent, type Health, troubleOf, withDelivery, withFinding } from './rules.ts'
import { addressFingerprint, healthKey, putFinding, putHealth, readHealth } from './store.ts'

export interface Report {
  readonly partnerId: PartnerId
  readonly region: string
  readonly email: string
  readonly data: Omit<Event<'contact.failed'>['data'], 'contact' | 'known'>
  /** True if the mail bounced temporarily. Repeated temporary bounces count as a bounce. */
  readonly isTemporaryBounce?: boolean
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
    const { problem, missed, mail } = report.data
    const events = missed.map(missedId)
    const temporaryBounce = report.isTemporaryBounce ? mail : undefined
    const next = withFinding(before, { address, contact, problem, events, temporaryBounce }, instantOf(now))
    if (next === before) return false
    const [earlier, present] = [before, next].map(health => troubleOf(health, address)?.problem)
    // A worse problem of the same address counts as unknown, so that it is reported again.
    const isKnown = earlier === present
    // Repeated temporary bounces are reported as a bounce.
    const reported = report.isTemporaryBounce && !isKnown && present ? present : problem
    const data = { ...report.data, problem: reported, contact, known: isKnown }
    const event = failedEvent(next, data, actor, instantOf(now))
    await transact(putFinding(next, event))
    return true
  })

/** Returns the id of an event for the list of missed events. It begins with the referral's id. */
const missedId = ({ referralId, version, ofRfi }: Report['data']['missed'][number]): string =>
  ofRfi ? `${referralId}.rfi.${version}` : `${referralId}.${version}`

/**
 * Records that a mail to a contact was delivered, which ends a row of temporary bounces.
 * @throws DomainError busy if concurrent writes made every attempt fail
 */
export const recordDelivery = (
  to: Pick<Report, 'partnerId' | 'region' | 'email'>,
  now: Date,
): Promise<void> =>
  retryOnConflict(async () => {
    const before = await loadHealth(to)
    const next = withDelivery(before, addressOf(to))
    if (next !== before) await put(putHealth(next, instantOf(now)))
  })

const loadHealth = async ({ partnerId, region }: Pick<Report, 'partnerId' | 'region'>): Promise<Health> =>
  readHealth(await get(healthKey(partnerId, region)), partnerId, region)

/** Creates and deletes the timers of a referral's deadlines. */
import type { Deadline, Event } from '../../events/contract.ts'
import { backOff } from '../../kernel/back-off.ts'
import { get } from '../../persistence/index.ts'
import type { Instant } from '../../time/instant.ts'
import { deadlines } from '../referral/deadlines.ts'
import { type Address, readReferral, referralKey } from '../referral/store.ts'
import type { Timer } from './contract.ts'
import { arm, disarm } from './scheduler.ts'

/** Deadlines of a referral at one version. */
interface Agenda {
  readonly version: number
  readonly changedAt: Instant
  readonly deadlines: readonly Deadline[]
}

export const isOnAgenda = ({ deadlines }: Agenda, { kind, dueAt }: Deadline): boolean =>
  deadlines.some(deadline => deadline.kind === kind && deadline.dueAt === dueAt)

/**
 * Creates timers for the new deadlines of an event, and deletes those of removed deadlines. Events can come repeatedly and
 * in any order.
 */
export const armTimers = async (event: Event, now: Date): Promise<void> => {
  const { referral } = event.subject
  if (!referral || !event.deadlines) return
  const address = { partnerId: referral.partnerId, referralId: referral.id }
  const { set, lifted } = event.deadlines
  const agenda = { version: event.version, changedAt: event.at, deadlines: set }
  await syncTimers(address, [...set, ...lifted], agenda, now)
}

/** Maximum number of rounds of `syncTimers`. */
const maxRounds = 10

/**
 * Creates the timers of those deadlines that are on the agenda, and deletes the others. Then it loads the agenda again, and
 * repeats this until the version does not change. The last caller therefore uses the last version in any order of events,
 * and no answered referral keeps a timer.
 * @param touched deadlines whose timers to create or delete
 * @returns the current agenda
 * @throws Error if the referral changed in every round; the caller can try again later
 */
export const syncTimers = async (
  address: Address,
  touched: readonly Deadline[],
  agenda: Agenda,
  now: Date,
): Promise<Agenda> => {
  let acted = agenda
  for (let round = 0; round < maxRounds; round++) {
    if (round > 1) await backOff(round, 5)
    await Promise.all(touched.map(deadline => syncTimer({ ...deadline, ...address }, acted, now)))
    const present = await loadAgenda(address)
    if (present.version === acted.version) return present
    acted = present
  }
  throw new Error(`${address.referralId} changed in each of ${maxRounds} rounds of arming its timers`)
}

const syncTimer = async (timer: Timer, agenda: Agenda, now: Date): Promise<void> => {
  if (isOnAgenda(agenda, timer)) await arm(timer, now)
  else await disarm(timer)
}

/** Loads the agenda of a referral. The agenda of a deleted referral is empty. */
export const loadAgenda = async ({ partnerId, referralId }: Address): Promise<Agenda> => {
  const item = await get(referralKey(partnerId, referralId))
  if (!item) return { version: 0, changedAt: '' as Instant, deadlines: [] }
  const referral = readReferral(item)
  return { version: referral.version, changedAt: referral.updatedAt, deadlines: deadlines(referral) }
}

/** Arms and disarms the timers of a referral's deadlines. */
import type { Deadline, Event } from '../../events/contract.ts'
import { backOff } from '../../kernel/back-off.ts'
import { get } from '../../persistence/index.ts'
import type { Instant } from '../../time/instant.ts'
import { deadlines } from '../referral/deadlines.ts'
import { type Address, readReferral, referralKey } from '../referral/store.ts'
import type { Timer } from './contract.ts'
import { arm, disarm } from './scheduler.ts'

/** The deadlines of a version of a referral. */
interface Agenda {
  readonly version: number
  readonly changedAt: Instant
  readonly deadlines: readonly Deadline[]
}

export const isOnAgenda = ({ deadlines }: Agenda, { kind, dueAt }: Deadline): boolean =>
  deadlines.some(deadline => deadline.kind === kind && deadline.dueAt === dueAt)

/** Arms and disarms timers for the deadlines that an event sets and lifts. Events can come repeatedly and in any order. */
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
 * Arms the timers of those deadlines that are on the agenda, and disarms the others. Then it loads the agenda again, and
 * repeats this until its version has not changed. The last caller therefore acts on the last version, whatever the order of
 * events, and no answered referral keeps a timer.
 * @param touched the deadlines to arm or disarm
 * @returns the present agenda
 * @throws Error when the referral changed in every round; the caller may try again later
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

/** Loads the agenda of a referral. A deleted referral has an empty one. */
export const loadAgenda = async ({ partnerId, referralId }: Address): Promise<Agenda> => {
  const item = await get(referralKey(partnerId, referralId))
  if (!item) return { version: 0, changedAt: '' as Instant, deadlines: [] }
  const referral = readReferral(item)
  return { version: referral.version, changedAt: referral.updatedAt, deadlines: deadlines(referral) }
}

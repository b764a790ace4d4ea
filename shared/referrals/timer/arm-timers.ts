/** Arming and disarming of a referral's timers. */
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

/** Arms and disarms the timers that an event sets and lifts. It may be repeated, and events may come in any order. */
export const armTimers = async (event: Event, now: Date): Promise<void> => {
  const { referral } = event.subject
  if (!referral || !event.deadlines) return
  const address = { partnerId: referral.partnerId, referralId: referral.id }
  const { set, lifted } = event.deadlines
  const agenda = { version: event.version, changedAt: event.at, deadlines: set }
  await syncTimers(address, [...set, ...lifted], agenda, now)
}

/** Rounds of `syncTimers` before it gives up. */
const maxRounds = 10

/**
 * Arms those of the deadlines that are on the agenda, and disarms the others. It is repeated with the present agenda until
 * that has the version of the round before. So the last caller acts on the last version, in whatever order events come,
 * and no answered referral keeps a timer.
 * @returns the present agenda
 * @throws Error when the referral kept changing: the caller may try again later
 */
export const syncTimers = async (
  address: Address,
  touched: readonly Deadline[],
  agenda: Agenda,
  now: Date,
): Promise<Agenda> => {
  let acted = agenda
  for (let round = 0; round < maxRounds; round++) {
    if (round > 1) await backOff(Math.min(round, 5))
    await Promise.all(touched.map(deadline => syncTimer({ ...deadline, ...address }, acted, now)))
    const present = await loadAgenda(address)
    if (present.version === acted.version) return present
    acted = present
  }
  throw new Error(`${address.referralId} kept changing while its timers were armed`)
}

const syncTimer = async (timer: Timer, agenda: Agenda, now: Date): Promise<void> => {
  if (isOnAgenda(agenda, timer)) await arm(timer, now)
  else await disarm(timer)
}

/** Loads the agenda of a referral; that of a deleted one is empty. */
export const loadAgenda = async ({ partnerId, referralId }: Address): Promise<Agenda> => {
  const item = await get(referralKey(partnerId, referralId))
  if (!item) return { version: 0, changedAt: '' as Instant, deadlines: [] }
  const referral = readReferral(item)
  return { version: referral.version, changedAt: referral.updatedAt, deadlines: deadlines(referral) }
}

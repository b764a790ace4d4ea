/** Deadlines of a referral: what falls due next, and the instants that reopening and nudges depend on. */
import { type Deadline, type DeadlineKind, deadlineKinds } from '../../events/contract.ts'
import type { Terms } from '../../program/rules.ts'
import { after, milliseconds } from '../../time/duration.ts'
import type { Referral } from './referral.ts'
import { isOverdue } from './status.ts'
import { allows, type Guard, isFrom, transitions } from './transitions.ts'

/** What time will do to the referral as it is, soonest first. */
export const deadlines = (referral: Referral): Deadline[] =>
  deadlineKinds
    .flatMap(kind => {
      const { past, urgency }: Guard = transitions[kind].guard
      const dueAt = past && referral[past]
      if (!dueAt || !isFrom(kind, referral) || (urgency && urgency !== referral.urgency)) return []
      return [{ kind, dueAt }]
    })
    .filter(({ kind, dueAt }) => kind === 'expire' || !isOverdue(referral, dueAt))
    .toSorted((a, b) => (a.dueAt < b.dueAt ? -1 : Number(a.dueAt > b.dueAt)))

/** Of what time does to the referral: the first that is due. */
export const firstDue = (referral: Referral, now: string): DeadlineKind | undefined =>
  deadlines(referral).find(({ kind, dueAt }) => dueAt <= now && allows(kind, referral, now))?.kind

export const reopenUntil = (respondBy: string, { reopening }: Terms): string | null =>
  reopening && after(respondBy, reopening.within)

/** When the day that a deal should have closed on is over everywhere on earth. */
export const firstNudge = ({ terms }: Referral, estimatedCloseDate: string): string | null =>
  terms.nudgeInterval && after(`${estimatedCloseDate}T00:00:00.000Z`, 'PT36H')

/** The first after now that lies a whole number of intervals after another nudge. */
export const nextNudge = (last: string, { nudgeInterval }: Terms, now: string): string | null => {
  if (!nudgeInterval) return null
  const every = milliseconds(nudgeInterval)
  const passed = Math.floor((Date.parse(now) - Date.parse(last)) / every)
  return new Date(Date.parse(last) + (passed + 1) * every).toISOString()
}

/** What the events of referrals teach of a partner. */
import type { ReputationEntry } from '../directory/entry.ts'

/** A partner of whom nothing was learned yet. */
export const unknown = (partnerId: string, region: string): ReputationEntry => ({
  kind: 'reputation',
  ...{ partnerId, region },
  version: 0,
  open: 0,
  months: [],
  affinity: {},
})

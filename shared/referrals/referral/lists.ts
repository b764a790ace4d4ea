/**
 * The lists of referrals: the combinations of stage, filters and order that an index can serve. These tables decide which
 * requests are accepted, which index is read, and what docs/data-model.md says about lists.
 */
import { invalid } from '../../kernel/errors.ts'
import { commonFaults, faults } from '../../kernel/faults.ts'
import type { IndexName } from '../../persistence/contract.ts'
import type { Instant } from '../../time/instant.ts'
import { type ListedStage, type ListSort, referralFaults, type Status, statuses } from './contract.ts'
import { stage as stageOf } from './status.ts'

/** Filters of lists, in the order in which they are documented. */
const listFilters = [
  'status',
  'locationId',
  'hot',
  'dueBefore',
  'updatedSince',
  'crmId',
  'region',
  'receivedSince',
  'receivedBefore',
] as const
type ListFilter = (typeof listFilters)[number]

export interface ListOptions {
  readonly stage?: ListedStage | undefined
  readonly sort?: ListSort | undefined
  readonly status?: readonly Status[] | undefined
  readonly locationId?: string | undefined
  readonly hot?: 'true' | undefined
  readonly dueBefore?: Instant | undefined
  readonly updatedSince?: Instant | undefined
  readonly crmId?: string | undefined
  readonly region?: string | undefined
  readonly receivedSince?: Instant | undefined
  readonly receivedBefore?: Instant | undefined
}

/** A list that an index serves. */
export interface ListRule {
  readonly index: IndexName
  /** The first one is the default. */
  readonly stages: readonly ListedStage[]
  /** The first one is the default. */
  readonly sorts: readonly ListSort[]
  /** Filters that the list must have. */
  readonly requires: readonly ListFilter[]
  /** Further filters that it may have. */
  readonly allows: readonly ListFilter[]
  /** Effect of changes between two pages, for the documentation. */
  readonly paging: string
}

const oneStage = ['inbox', 'active', 'archived'] as const
const byTime = ['newest', 'oldest'] as const
const stays = 'A referral that stays in the stage is returned once.'
const never = 'Each referral is returned once, because the time of receipt does not change.'
const again = 'A referral that changes is returned again later. None is missed.'

/** The lists of one partner. The first rule that fits a request serves it. */
export const partnerLists = {
  stage: {
    index: 'list',
    stages: oneStage,
    sorts: byTime,
    requires: [],
    allows: ['status'],
    paging: stays,
  },
  'hot-first': {
    index: 'hot',
    stages: ['inbox'],
    sorts: ['hot-first'],
    requires: [],
    allows: ['status'],
    paging: stays,
  },
  hot: {
    index: 'hot',
    stages: ['inbox'],
    sorts: ['hot-first'],
    requires: ['hot'],
    allows: [],
    paging: 'A referral that stays hot is returned once.',
  },
  office: {
    index: 'office',
    stages: oneStage,
    sorts: byTime,
    requires: ['locationId'],
    allows: ['status'],
    paging: stays,
  },
  all: { index: 'received', stages: ['all'], sorts: byTime, requires: [], allows: [], paging: never },
  updated: {
    index: 'updated',
    stages: ['all'],
    sorts: ['updated'],
    requires: [],
    allows: ['updatedSince'],
    paging: again,
  },
  due: {
    index: 'dates',
    stages: ['all', 'inbox', 'active'],
    sorts: ['due'],
    requires: [],
    allows: ['dueBefore'],
    paging:
      'A referral whose date does not change is returned once. One whose date moves to a later day is returned again; one whose date moves to an earlier day can be missed.',
  },
  crm: { index: 'hot', stages: ['all'], sorts: byTime, requires: ['crmId'], allows: [], paging: never },
} as const satisfies Readonly<Record<string, ListRule>>

/** The lists of all partners. */
export const programLists = {
  status: {
    index: 'program',
    stages: [...oneStage, 'all'],
    sorts: byTime,
    requires: [],
    allows: ['status', 'receivedSince', 'receivedBefore'],
    paging: never,
  },
  region: {
    index: 'region',
    stages: [...oneStage, 'all'],
    sorts: byTime,
    requires: ['region'],
    allows: ['status', 'receivedSince', 'receivedBefore'],
    paging: never,
  },
  changes: {
    index: 'changes',
    stages: ['all'],
    sorts: ['updated'],
    requires: [],
    allows: ['updatedSince'],
    paging: again,
  },
} as const satisfies Readonly<Record<string, ListRule>>

type Rules = Readonly<Record<string, ListRule>>

/** A request for a list after the choice of the rule that serves it, with the defaults of the rule. */
export interface ChosenList<Name = string> {
  readonly name: Name
  readonly stage: ListedStage
  readonly sort: ListSort
  /** Statuses of the referrals in the list. */
  readonly statuses: readonly Status[]
}

const givenFilters = (asked: ListOptions): ListFilter[] =>
  listFilters.filter(filter => asked[filter] !== undefined)

/** Statuses of open referrals: those of the list by due dates. */
const openStatuses: readonly Status[] = ['new', 'active']

const statusesIn = (stage: ListedStage, { index }: ListRule): readonly Status[] => {
  if (stage !== 'all') return statuses.filter(status => stageOf({ status }) === stage)
  return index === 'dates' ? openStatuses : statuses
}

const chosenBy = (name: string, rule: ListRule, asked: ListOptions): ChosenList | undefined => {
  const given = givenFilters(asked)
  if (!rule.requires.every(filter => given.includes(filter))) return undefined
  if (!given.every(filter => [...rule.requires, ...rule.allows].includes(filter))) return undefined
  const [first] = asked.status ?? []
  const stage = asked.stage ?? (first ? stageOf({ status: first }) : rule.stages[0])
  const sort = asked.sort ?? rule.sorts[0]
  if (!stage || !rule.stages.includes(stage)) return undefined
  if (!sort || !rule.sorts.includes(sort)) return undefined
  const possible = statusesIn(stage, rule)
  const wanted = asked.status ? [...new Set(asked.status)] : possible
  return wanted.every(status => possible.includes(status))
    ? { name, stage, sort, statuses: wanted }
    : undefined
}

const fault = faults({ ...commonFaults, ...referralFaults })

/** Returns a rule as text, such as `stage=inbox|active&sort=newest|oldest&locationId[&status]`. */
export const combinationText = ({ stages, sorts, requires, allows }: ListRule): string =>
  [
    `stage=${stages.join('|')}`,
    `&sort=${sorts.join('|')}`,
    ...requires.map(filter => `&${filter}`),
    ...allows.map(filter => `[&${filter}]`),
  ].join('')

/** Returns the combinations that have all given filters, or all combinations if there are none. */
const suggestions = (rules: Rules, asked: ListOptions): string[] => {
  const given = givenFilters(asked)
  const all: ListRule[] = Object.values(rules)
  const near = all.filter(({ requires, allows }) =>
    given.every(filter => [...requires, ...allows].includes(filter)),
  )
  return (near.length > 0 ? near : all).map(combinationText)
}

/** Returns the last parameter of the combination, in the order of the documentation. */
const lastGiven = (asked: ListOptions): string =>
  [...(asked.stage ? ['stage'] : []), ...(asked.sort ? ['sort'] : []), ...givenFilters(asked)].at(-1) ??
  'stage'

/** Chooses the rule that serves a request. @throws DomainError invalid-request with the combinations that exist */
export const chooseList = <R extends Rules>(rules: R, asked: ListOptions): ChosenList<keyof R & string> => {
  for (const [name, rule] of Object.entries(rules)) {
    const chosen = chosenBy(name, rule, asked)
    if (chosen) return chosen as ChosenList<keyof R & string>
  }
  throw invalid(
    fault('unknown-combination', `query/${lastGiven(asked)}`, { combinations: suggestions(rules, asked) }),
  )
}

/** Routing: the choice of partners for an RFI without recipients, and the replay of such choices with other weights. */

import type { Fault } from '../../kernel/errors.ts'
import { fault } from '../../kernel/faults.ts'
import type { PartnerId } from '../../kernel/ids.ts'
import { checkAll } from '../../kernel/partial-input.ts'
import { roundShare } from '../../kernel/round.ts'
import type { Ranking, Routing } from '../../program/contract.ts'
import { freeShare, type Scored, scoreUnder } from '../../search/index.ts'
import { after } from '../../time/duration.ts'
import type { Instant } from '../../time/instant.ts'
import type { Candidate, DryRun, Effect, RoutingDecision, Weights } from './contract.ts'

/** A partner that can be chosen, with the parts of its score and its load. */
export type Ranked = Omit<Candidate, 'score' | 'chosen'>

/** Candidates from the search index. The decision is made after the best candidates were checked in the table. */
export interface Shortlist extends Omit<RoutingDecision, 'rfiId' | 'at' | 'candidates'> {
  /** Best first. */
  readonly ranked: readonly Ranked[]
}

/** Minimum text relevance of a matching partner, for needs without codes. */
const minText = 0.25

/** Tests for a partner that matches at least one code of the need or, for a need without codes, enough of its words. */
export const fits = ({ parts: { relevance } }: Scored): boolean =>
  relevance.tags === undefined ? (relevance.text ?? 0) >= minText : relevance.tags > 0

/**
 * Returns the number of excluded partners for each reason that applies. `no-match` completes the sum: the partners that are
 * neither candidates nor excluded for another reason, because they share no code or too few words with the need.
 * @param partners all partners of the region, those that match and may be chosen, and those that already have the RFI
 */
export const exclusionsOf = (
  counts: Readonly<Record<string, number>>,
  partners: { readonly considered: number; readonly matching: number; readonly asked: number },
): Record<string, number> => {
  const excluded = Object.values(counts).reduce((total, count) => total + count, 0)
  const noMatch = partners.considered - partners.matching - partners.asked - excluded
  // A partner that already has the RFI can be of another region, so that the difference can be negative.
  const all = { ...counts, 'no-match': noMatch }
  return Object.fromEntries(Object.entries(all).filter(([, count]) => count > 0))
}

/** Returns relevance × visibility × free share of the capacity, so that partners with less work get more requests. */
const scoreOf = (candidate: Ranked, ranking: Ranking, { capacity }: Routing): number =>
  roundShare(scoreUnder(candidate, ranking) * freeShare(candidate.open, candidate.maxOpen ?? capacity))

/** Sorts candidates by score, best first, and marks the first `fanOut` as chosen, except those without free capacity. */
export const choose = (ranked: readonly Ranked[], ranking: Ranking, routing: Routing): Candidate[] =>
  ranked
    .map(candidate => ({ candidate, score: scoreOf(candidate, ranking, routing) }))
    .toSorted((a, b) => b.score - a.score)
    .map(({ candidate, score }, index) => ({
      ...candidate,
      score,
      chosen: index < routing.fanOut && score > 0,
    }))

/** Number of candidates to read from the table beyond the fan-out, in case some have changed since the index was read. */
const spare = 7

/** Returns the best candidates with free capacity, from which the decision chooses. */
export const finalists = ({ ranked, ranking, routing }: Shortlist): Candidate[] =>
  choose(ranked, ranking, { ...routing, fanOut: routing.fanOut + spare }).filter(({ chosen }) => chosen)

/** Current state of a finalist in the table. */
export interface Availability {
  /** True if the RFI can be sent to it. */
  readonly isAvailable: boolean
  /** Number of open referrals. */
  readonly open: number
}

/**
 * Decides among the finalists, by their present state in the table. Partners without such a state are never chosen.
 * @param maxRecipients the policy's present limit of recipients, which can be lower than in the index
 */
export const decideRouting = (
  { ranked, excluded, exclusions, routing, ...list }: Shortlist,
  known: ReadonlyMap<PartnerId, Availability>,
  { rfiId, at, maxRecipients }: Pick<RoutingDecision, 'rfiId' | 'at'> & { readonly maxRecipients: number },
): RoutingDecision => {
  const changed = [...known].filter(([, { isAvailable }]) => !isAvailable).map(([partnerId]) => partnerId)
  const present = ranked
    .filter(({ partnerId }) => !changed.includes(partnerId))
    .map(candidate => ({ ...candidate, open: known.get(candidate.partnerId)?.open ?? candidate.open }))
  const limited = { ...routing, fanOut: Math.min(routing.fanOut, maxRecipients) }
  return {
    rfiId,
    at,
    ...list,
    routing: limited,
    candidates: chooseKnown(present, known, list.ranking, limited),
    exclusions: { ...exclusions, ...(changed.length > 0 && { changed: changed.length }) },
    excluded: [...excluded, ...changed.map(partnerId => ({ partnerId, reason: 'changed' as const }))],
  }
}

/** Chooses among all candidates or, if that would choose one whose present state is unknown, among the known ones only. */
const chooseKnown = (
  present: readonly Ranked[],
  known: ReadonlyMap<PartnerId, Availability>,
  ranking: Ranking,
  routing: Routing,
): Candidate[] => {
  const isKnown = ({ partnerId }: Ranked) => known.has(partnerId)
  const candidates = choose(present, ranking, routing)
  return chosenIn({ candidates }).every(isKnown)
    ? candidates
    : choose(present.filter(isKnown), ranking, routing)
}

/** Returns the chosen candidates of a decision. */
export const chosenIn = ({ candidates }: Pick<RoutingDecision, 'candidates'>): Candidate[] =>
  candidates.filter(({ chosen }) => chosen)

/** Maximum length of a window to replay. */
const maxWindow = 'P92D'

/** Returns the faults of a time window to replay. Invalid parts can be holes. */
export const windowFaults = (window: { readonly from: Instant; readonly to: Instant }): Fault[] =>
  checkAll(() => {
    const { from, to } = window
    if (Date.parse(from) >= Date.parse(to)) return [fault('not-after', '/to', { actual: to, after: from })]
    const latest = after(from, maxWindow)
    return Date.parse(to) > Date.parse(latest) ? [fault('too-late', '/to', { actual: to, latest })] : []
  })

/** Ranking and routing settings for the replay of decisions. */
interface Otherwise {
  readonly weights?: Weights | undefined
  readonly routing?: Routing | undefined
}

type Routed = readonly (readonly Candidate[])[]

/** Maximum number of partners in the response to a dry run. */
const maxListed = 200

/**
 * Repeats routing decisions with other settings and the data stored with each decision. If an RFI was routed several times,
 * its last decision counts.
 */
export const replay = (
  decisions: readonly RoutingDecision[],
  { weights, routing }: Otherwise,
): Omit<DryRun, 'more' | 'partners'> & { partners: Omit<DryRun['partners'][number], 'name'>[] } => {
  const runs = lastOfEach(decisions).map(decision => {
    const ranking = { ...decision.ranking, ...weights }
    const candidates = choose(decision.candidates, ranking, routing ?? decision.routing)
    return { decision, actual: decision.candidates, replayed: candidates }
  })
  const [actual, replayed] = [runs.map(run => run.actual), runs.map(run => run.replayed)]
  return {
    rfis: runs.length,
    actual: effectOf(actual),
    replayed: effectOf(replayed),
    partners: sharesOf(actual, replayed).slice(0, maxListed),
    changes: runs.flatMap(({ decision: { rfiId, at }, ...run }) => {
      const change = { actual: idsOf(run.actual), replayed: idsOf(run.replayed) }
      return isSame(change.actual, change.replayed) ? [] : [{ rfiId, at, ...change }]
    }),
  }
}

/** Returns the last decision of each RFI, latest first. */
const lastOfEach = (decisions: readonly RoutingDecision[]): RoutingDecision[] => {
  const ordered = decisions.toSorted((a, b) => (a.at === b.at ? 0 : a.at < b.at ? 1 : -1))
  return ordered.filter(({ rfiId }, index) => ordered.findIndex(other => other.rfiId === rfiId) === index)
}

const idsOf = (candidates: readonly Candidate[]): PartnerId[] =>
  chosenIn({ candidates: [...candidates] }).map(({ partnerId }) => partnerId)

/**
 * Tests for the same ids in any order. The order has no meaning, because an RFI is sent to all partners at the same time.
 */
const isSame = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every(id => b.includes(id))

const countOf = (routed: Routed): Map<PartnerId, number> => {
  const counts = new Map<PartnerId, number>()
  for (const { partnerId, chosen } of routed.flat())
    counts.set(partnerId, (counts.get(partnerId) ?? 0) + Number(chosen))
  return counts
}

const effectOf = (routed: Routed): Effect => {
  const counts = [...countOf(routed).values()]
  const rates = routed.map(candidates =>
    candidates.filter(({ chosen }) => chosen).map(({ parts }) => parts.visibility.answerRate),
  )
  return {
    referrals: sum(counts),
    gini: gini(counts),
    answerRate: mean(rates.flat()),
    answeredRfis: mean(rates.map(chanceOfAnyAnswer)),
  }
}

/** Returns the probability that at least one partner answers, from the answer rate of each. */
const chanceOfAnyAnswer = (answerRates: readonly number[]): number =>
  1 - answerRates.reduce((noAnswer, rate) => noAnswer * (1 - rate), 1)

const sharesOf = (actual: Routed, replayed: Routed) => {
  const [actualCounts, replayedCounts] = [countOf(actual), countOf(replayed)]
  const [actualTotal, replayedTotal] = [sum([...actualCounts.values()]), sum([...replayedCounts.values()])]
  return [...actualCounts.keys()]
    .map(partnerId => {
      const [before, after] = [actualCounts.get(partnerId) ?? 0, replayedCounts.get(partnerId) ?? 0]
      return {
        partnerId,
        actual: before,
        replayed: after,
        actualShare: share(before, actualTotal),
        replayedShare: share(after, replayedTotal),
      }
    })
    .filter(({ actual: before, replayed: after }) => before + after > 0)
    .toSorted(
      (a, b) => b.replayed - a.replayed || b.actual - a.actual || (a.partnerId < b.partnerId ? -1 : 1),
    )
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)
const share = (count: number, all: number): number => (all === 0 ? 0 : roundShare(count / all))
const mean = (values: readonly number[]): number | null =>
  values.length === 0 ? null : roundShare(sum(values) / values.length)

/** Returns the Gini coefficient: half the mean difference between two counts, divided by the mean. Null if all are 0. */
export const gini = (counts: readonly number[]): number | null => {
  const total = sum(counts)
  if (total === 0) return null
  const ordered = counts.toSorted((a, b) => a - b)
  const weighted = sum(ordered.map((count, index) => (2 * (index + 1) - counts.length - 1) * count))
  return roundShare(weighted / (counts.length * total))
}

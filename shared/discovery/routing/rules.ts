/** Whom an RFI goes to that names nobody, and what other weights would have made of it. */

import type { FieldError } from '../../kernel/errors.ts'
import type { PartnerId } from '../../kernel/ids.ts'
import type { Ranking, Routing } from '../../program/contract.ts'
import { freeShare, type Scored, scoreUnder } from '../../search/index.ts'
import { after } from '../../time/duration.ts'
import type { Instant } from '../../time/instant.ts'
import type { Candidate, DryRun, Effect, RoutingDecision, Weights } from './contract.ts'

/** A partner that could be chosen, and what is known of it. */
export type Ranked = Omit<Candidate, 'score' | 'chosen'>

/** A decision that waits for its RFI, and for what the table says of those whom it would choose. */
export interface Shortlist extends Omit<RoutingDecision, 'rfiId' | 'at' | 'candidates'> {
  /** The best first. */
  readonly ranked: readonly Ranked[]
}

/** A need without codes is met by words alone, and by at least this share of what they say. */
const minText = 0.25

/** Whether there is something in a partner that was asked for. */
export const fits = ({ parts: { relevance } }: Scored): boolean =>
  relevance.tags === undefined ? (relevance.text ?? 0) >= minText : relevance.tags > 0

/** To so many decimals parts are kept: more tell nothing, and take room. */
const decimals = 4

/** A share as it is kept. */
export const kept = (share: number): number => Number(share.toFixed(decimals))

/** Relevance × visibility × the share of its load that is free, so that who has less to do gets more. */
const scoreOf = (candidate: Ranked, ranking: Ranking, { capacity }: Routing): number =>
  kept(scoreUnder(candidate, ranking) * freeShare(candidate.open, candidate.maxOpen ?? capacity))

/** The candidates by their scores, the best first, the first of them chosen; who has no room for more is not. */
export const choose = (ranked: readonly Ranked[], ranking: Ranking, routing: Routing): Candidate[] =>
  ranked
    .map(candidate => ({ candidate, score: scoreOf(candidate, ranking, routing) }))
    .toSorted((a, b) => b.score - a.score)
    .map(({ candidate, score }, index) => ({
      ...candidate,
      score,
      chosen: index < routing.fanOut && score > 0,
    }))

/** Of so many more than are wanted the table is asked, in case some are not what they were at the last look. */
const spare = 7

/** Those whom the decision can choose from: the best for whom there is room. */
export const finalists = ({ ranked, ranking, routing }: Shortlist): Candidate[] =>
  choose(ranked, ranking, { ...routing, fanOut: routing.fanOut + spare }).filter(({ chosen }) => chosen)

/** What the table says of a finalist: whether it can be sent the RFI, and how many referrals it has open by now. */
export interface Availability {
  readonly isAvailable: boolean
  readonly open: number
}

/**
 * The decision, once the table has said what it knows of the finalists. Nobody else is chosen.
 * @param maxRecipients the policy's limit by now, which may be lower than at the last look
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

/** Where somebody whom nobody asked the table about would be chosen, only those are candidates whom somebody did. */
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

/** The places that a decision sends an RFI to. */
export const chosenIn = ({ candidates }: Pick<RoutingDecision, 'candidates'>): Candidate[] =>
  candidates.filter(({ chosen }) => chosen)

/** The longest window that is replayed. */
const maxWindow = 'P92D'

export const windowErrors = ({ from, to }: { from: Instant; to: Instant }): FieldError[] => {
  const error = (pointer: string, code: string, detail: string) => [{ pointer, code, detail }]
  if (Date.parse(from) >= Date.parse(to)) return error('/to', 'too-early', `must be later than ${from}`)
  const latest = after(from, maxWindow)
  return Date.parse(to) > Date.parse(latest) ? error('/to', 'too-late', `must not be after ${latest}`) : []
}

/** Other weights, or another fan-out and load. */
interface Otherwise {
  readonly weights?: Weights | undefined
  readonly routing?: Routing | undefined
}

type Routed = readonly (readonly Candidate[])[]

/** So many partners are listed of a dry run. */
const maxListed = 200

/**
 * What routing decisions would have been otherwise, on what was known when they were made. Of an RFI that was routed
 * several times, the last counts.
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

/** The latest first. */
const lastOfEach = (decisions: readonly RoutingDecision[]): RoutingDecision[] => {
  const ordered = decisions.toSorted((a, b) => (a.at === b.at ? 0 : a.at < b.at ? 1 : -1))
  return ordered.filter(({ rfiId }, index) => ordered.findIndex(other => other.rfiId === rfiId) === index)
}

const idsOf = (candidates: readonly Candidate[]): PartnerId[] =>
  chosenIn({ candidates: [...candidates] }).map(({ partnerId }) => partnerId)

/** The same set, in whatever order: RFIs go to all of them at once. */
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
    answeredRfis: mean(rates.map(ones => 1 - ones.reduce((none, rate) => none * (1 - rate), 1))),
  }
}

const sharesOf = (actual: Routed, replayed: Routed) => {
  const [got, gets] = [countOf(actual), countOf(replayed)]
  const [all, allReplayed] = [sum([...got.values()]), sum([...gets.values()])]
  return [...got.keys()]
    .map(partnerId => {
      const [one, other] = [got.get(partnerId) ?? 0, gets.get(partnerId) ?? 0]
      return {
        partnerId,
        actual: one,
        replayed: other,
        actualShare: share(one, all),
        replayedShare: share(other, allReplayed),
      }
    })
    .filter(({ actual: one, replayed: other }) => one + other > 0)
    .toSorted(
      (a, b) => b.replayed - a.replayed || b.actual - a.actual || (a.partnerId < b.partnerId ? -1 : 1),
    )
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)
const share = (count: number, all: number): number => (all === 0 ? 0 : count / all)
const mean = (values: readonly number[]): number | null =>
  values.length === 0 ? null : sum(values) / values.length

/** The Gini coefficient: half the mean difference between any two, as a share of the mean. Null of nothing. */
export const gini = (counts: readonly number[]): number | null => {
  const total = sum(counts)
  if (total === 0) return null
  const ordered = counts.toSorted((a, b) => a - b)
  const weighted = sum(ordered.map((count, index) => (2 * (index + 1) - counts.length - 1) * count))
  return weighted / (counts.length * total)
}

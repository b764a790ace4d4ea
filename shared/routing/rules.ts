/** Whom an RFI goes to that names nobody, and what other weights would have made of it. */
import { scoreUnder } from '../directory/ranking.ts'
import type { FieldError } from '../platform/contract.ts'
import { after } from '../platform/duration.ts'
import type { Ranking, Routing } from '../policy/contract.ts'
import type { Candidate, DryRun, Effect, RoutingDecision } from './contract.ts'

/** A partner that could be chosen, and what is known of it. */
export type Ranked = Omit<Candidate, 'score' | 'chosen'>

/** A decision that waits for its RFI, and for what the table says of those whom it would choose. */
export type Shortlist = Omit<RoutingDecision, 'rfiId' | 'at' | 'candidates'> & {
  /** The best first. */
  readonly ranked: readonly Ranked[]
}

/** Of so many more than are wanted the table is asked, in case some are not what they were at the last look. */
const spare = 3

/** Those whom the decision can choose from: the best for whom there is room. */
export const finalists = ({ ranked, ranking, routing }: Shortlist): Ranked[] =>
  choose(ranked, ranking, { fanOut: routing.fanOut + spare }).filter(({ chosen }) => chosen)

/** The decision, once the table has said which of the finalists can be sent an RFI. */
export const decideRouting = (
  { ranked, excluded, exclusions, ...shortlist }: Shortlist,
  isAvailable: (partnerId: string) => boolean,
  { rfiId, at }: Pick<RoutingDecision, 'rfiId' | 'at'>,
): RoutingDecision => {
  const asked = finalists({ ranked, excluded, exclusions, ...shortlist }).map(({ partnerId }) => partnerId)
  const changed = asked.filter(partnerId => !isAvailable(partnerId))
  const candidates = choose(
    ranked.filter(({ partnerId }) => !changed.includes(partnerId)),
    shortlist.ranking,
    shortlist.routing,
  ).map(candidate => ({ ...candidate, chosen: candidate.chosen && asked.includes(candidate.partnerId) }))
  return {
    ...{ rfiId, at },
    ...shortlist,
    candidates,
    exclusions: { ...exclusions, ...(changed.length > 0 && { changed: changed.length }) },
    excluded: [...excluded, ...changed.map(partnerId => ({ partnerId, reason: 'changed' as const }))],
  }
}

/** The places that a decision sends an RFI to. */
export const chosenIn = ({ candidates }: RoutingDecision): Candidate[] => chosenOf(candidates)

/** The longest window that is replayed. */
const longestWindow = 'P92D'

export const windowErrors = ({ from, to }: { from: string; to: string }): FieldError[] => {
  const error = (pointer: string, code: string, detail: string) => [{ pointer, code, detail }]
  if (Date.parse(from) >= Date.parse(to)) return error('/to', 'too-early', `must be later than ${from}`)
  const latest = after(from, longestWindow)
  return Date.parse(to) > Date.parse(latest) ? error('/to', 'too-late', `must not be after ${latest}`) : []
}

/** Relevance × visibility × the share of its load that is free, so that who has less to do gets more. */
const scoreOf = (candidate: Ranked, ranking: Ranking): number =>
  scoreUnder(candidate, ranking) * Math.max(0, 1 - candidate.open / candidate.capacity)

/** The candidates by their score, the best first; of equals, in the order that they came in. */
const scored = (ranked: readonly Ranked[], ranking: Ranking): { candidate: Ranked; score: number }[] =>
  ranked
    .map(candidate => ({ candidate, score: scoreOf(candidate, ranking) }))
    .toSorted((a, b) => b.score - a.score)

/** The candidates with their scores, the first `fanOut` of them chosen; who has no room for more is not. */
export const choose = (
  ranked: readonly Ranked[],
  ranking: Ranking,
  { fanOut }: Pick<Routing, 'fanOut'>,
): Candidate[] =>
  scored(ranked, ranking).map(({ candidate, score }, index) => ({
    ...candidate,
    score,
    chosen: index < fanOut && score > 0,
  }))

const chosenOf = (candidates: readonly Candidate[]): Candidate[] => candidates.filter(({ chosen }) => chosen)
const idsOf = (candidates: readonly Candidate[]): string[] =>
  chosenOf(candidates).map(({ partnerId }) => partnerId)

/** The same set, in whatever order: RFIs go to all of them at once. */
const isSame = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every(id => b.includes(id))

interface Weights {
  readonly ranking: Ranking
  readonly routing: Routing
}

/** What routing decisions would have been under other weights, on what was known when they were made. */
export const replay = (
  decisions: readonly RoutingDecision[],
  other: Partial<Weights>,
  nameOf: (partnerId: string) => string,
): Omit<DryRun, 'more'> => {
  const runs = decisions.map(decision => {
    const { ranking = decision.ranking, routing = decision.routing } = other
    const ranked = decision.candidates.map(withCapacity(routing, decision.routing))
    return { decision, actual: decision.candidates, replayed: choose(ranked, ranking, routing) }
  })
  const actual = runs.map(run => run.actual)
  const replayed = runs.map(run => run.replayed)
  return {
    rfis: decisions.length,
    actual: effectOf(actual),
    replayed: effectOf(replayed),
    partners: sharesOf(actual, replayed).map(share => ({ ...share, name: nameOf(share.partnerId) })),
    changes: runs.flatMap(({ decision: { rfiId, at }, ...run }) => {
      const change = { actual: idsOf(run.actual), replayed: idsOf(run.replayed) }
      return isSame(change.actual, change.replayed) ? [] : [{ rfiId, at, ...change }]
    }),
  }
}

/** Who did not say what a full load is had the policy's, and would have the other's. */
const withCapacity =
  (routing: Routing, before: Routing) =>
  (candidate: Candidate): Ranked =>
    candidate.capacity === before.capacity ? { ...candidate, capacity: routing.capacity } : candidate

const countOf = (routed: Routed): Map<string, number> => {
  const counts = new Map<string, number>()
  for (const candidates of routed)
    for (const { partnerId, chosen } of candidates)
      counts.set(partnerId, (counts.get(partnerId) ?? 0) + Number(chosen))
  return counts
}

const effectOf = (routed: Routed): Effect => {
  const counts = [...countOf(routed).values()]
  const chosen = routed.map(chosenOf)
  const rates = chosen.map(ones => ones.map(({ parts }) => parts.visibility.answerRate))
  return {
    referrals: sum(counts),
    gini: gini(counts),
    answerRate: mean(rates.flat()),
    answeredRfis: mean(rates.map(ones => 1 - ones.reduce((none, rate) => none * (1 - rate), 1))),
  }
}

type Routed = readonly (readonly Candidate[])[]

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

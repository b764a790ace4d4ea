/**
 * Generates partners of a region and customers who search, reproducible by a seed. Each partner has true skills and
 * habits. Its profile omits some of them and claims others, and its history shows a part. Results are judged by the
 * true skills.
 */

import { asPartnerId } from '../../shared/kernel/ids.ts'
import { defaultTaxonomy } from '../../shared/program/taxonomy/rules.ts'
import {
  type Affinity,
  bandOf,
  type DirectoryEntry,
  type ListedLocation,
  type ListedProfile,
  type Month,
  type ReputationEntry,
  type SearchQuery,
} from '../../shared/search/index.ts'

/** The instant of all searches. */
export const now = '2026-03-15T09:00:00.000Z'
const months = ['2025-10', '2025-11', '2025-12', '2026-01', '2026-02', '2026-03']

export const lists = ['industries', 'products', 'services', 'solutions'] as const
type List = (typeof lists)[number]

/** Generator of pseudorandom numbers (Mulberry32). */
export class Random {
  #state: number

  constructor(seed: number) {
    this.#state = seed
  }

  /** Returns a number in [0, 1). */
  roll(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }

  between(low: number, high: number): number {
    return low + this.roll() * (high - low)
  }

  /** Returns an integer in [0, below). */
  below(below: number): number {
    return Math.floor(this.roll() * below)
  }

  chance(share: number): boolean {
    return this.roll() < share
  }

  of<T>(values: readonly T[]): T {
    return values[this.below(values.length)] as T
  }

  /** Returns one of the values; the first ones are more frequent. */
  skewed<T>(values: readonly T[]): T {
    return values[Math.floor(this.roll() ** 2 * values.length)] as T
  }

  some<T>(values: readonly T[], share: number): T[] {
    return values.filter(() => this.chance(share))
  }

  /** Returns a Poisson-distributed number. */
  times(mean: number): number {
    let [count, product] = [0, this.roll()]
    for (const end = Math.exp(-mean); product > end; product *= this.roll()) count++
    return count
  }
}

/** Topics by code: words that profiles and customers use. */
const topics: Readonly<Record<string, readonly string[]>> = {
  'products/analytics': ['dashboards', 'forecasting', 'reporting', 'data warehouse', 'controlling'],
  'products/business-applications': ['workflow', 'document management', 'time tracking', 'low code'],
  'products/cloud': ['kubernetes', 'virtual machines', 'landing zone', 'terraform', 'serverless'],
  'products/collaboration': ['intranet', 'telephony', 'mail migration', 'sharepoint', 'video conferencing'],
  'products/crm': ['sales pipeline', 'lead scoring', 'customer portal', 'call center'],
  'products/data': ['data lake', 'streaming', 'master data', 'postgres', 'data quality'],
  'products/erp': ['inventory', 'production planning', 'bookkeeping', 'procurement', 'payroll'],
  'products/security': ['single sign-on', 'penetration testing', 'firewall', 'endpoint protection'],
  'solutions/artificial-intelligence': [
    'chatbot',
    'document recognition',
    'machine learning',
    'computer vision',
  ],
  'solutions/backup-and-recovery': ['disaster recovery', 'archiving', 'ransomware'],
  'solutions/compliance': ['gdpr', 'iso 27001', 'audit trail', 'records retention'],
  'solutions/customer-service': ['ticketing', 'self-service', 'knowledge base'],
  'solutions/e-commerce': ['webshop', 'marketplace', 'payment', 'product catalog'],
  'solutions/field-service': ['scheduling', 'mobile technicians', 'spare parts'],
  'solutions/human-resources': ['recruiting', 'onboarding', 'shift planning'],
  'solutions/internet-of-things': ['sensors', 'predictive maintenance', 'telemetry'],
  'solutions/remote-work': ['virtual desktop', 'device management', 'vpn'],
  'solutions/supply-chain': ['warehouse', 'route planning', 'traceability'],
}

const codesIn = (list: List): string[] => defaultTaxonomy[list].map(({ code }) => code)
const sizes = defaultTaxonomy.customerSizes.map(({ code }) => code)
export const labelsOf = (list: List, code: string): string[] =>
  defaultTaxonomy[list].filter(entry => entry.code === code).map(({ label }) => label)

interface City {
  readonly city: string
  readonly latitude: number
  readonly longitude: number
}

const largeCities: readonly City[] = (
  [
    ['Berlin', 52.52, 13.41],
    ['Hamburg', 53.55, 9.99],
    ['München', 48.14, 11.58],
    ['Köln', 50.94, 6.96],
    ['Frankfurt am Main', 50.11, 8.68],
    ['Stuttgart', 48.78, 9.18],
    ['Düsseldorf', 51.23, 6.78],
    ['Leipzig', 51.34, 12.37],
    ['Dortmund', 51.51, 7.47],
    ['Bremen', 53.08, 8.8],
    ['Dresden', 51.05, 13.74],
    ['Hannover', 52.37, 9.74],
    ['Nürnberg', 49.45, 11.08],
  ] as const
).map(([city, latitude, longitude]) => ({ city, latitude, longitude }))

const syllables = [
  'al',
  'ber',
  'co',
  'dan',
  'el',
  'fra',
  'gor',
  'hel',
  'in',
  'jo',
  'kra',
  'lin',
  'mar',
  'nor',
  'os',
  'pra',
  'quin',
  'ro',
  'sol',
  'tek',
  'ul',
  'ven',
  'wes',
  'xan',
  'yor',
  'zet',
]
const wordOf = (random: Random, count: number): string => {
  const word = Array.from({ length: count }, () => random.of(syllables)).join('')
  return word.charAt(0).toUpperCase() + word.slice(1)
}

const smallCities = (random: Random): City[] =>
  Array.from({ length: 400 }, () => ({
    city: `${wordOf(random, 2)}${random.of(['dorf', 'burg', 'heim', 'stadt', ''])}`,
    latitude: random.between(47.5, 54.8),
    longitude: random.between(6.2, 14.6),
  }))

/** True skills and habits of a partner. */
interface Truth {
  /** Skill by list and code, and by topic, in [0, 1]. Missing skills are 0. */
  readonly skills: ReadonlyMap<string, number>
  readonly places: readonly City[]
  readonly languages: readonly string[]
  /** Company sizes that it serves well. */
  readonly sizes: readonly string[]
  /** Share of requests that it answers, and its usual answer time. */
  readonly diligence: number
  readonly answerHours: number
}

export interface Partner {
  readonly id: string
  readonly truth: Truth
  readonly entries: readonly DirectoryEntry[]
  readonly profile: ListedProfile
}

/** A customer and a search. */
export interface Customer {
  readonly kind: Kind
  readonly search: SearchQuery
  /** True needs: codes with their lists, and topics. */
  readonly needs: readonly string[]
  readonly place: City
  readonly size: string
  readonly language: string
}

export const kinds = ['text', 'facets', 'near', 'combined', 'need'] as const
export type Kind = (typeof kinds)[number]

/** Codes and topics that belong together. */
const field = (random: Random): string[] => {
  const about = random.skewed(Object.keys(topics))
  const known = topics[about] ?? []
  const others = (['industries', 'products', 'services', 'solutions'] as const).map(
    list => `${list}/${random.skewed(codesIn(list))}`,
  )
  return [about, ...others, ...random.some(known, 0.6)]
}

const skillsOf = (random: Random): Map<string, number> => {
  const skills = new Map<string, number>()
  for (let fields = 1 + random.below(3); fields > 0; fields--)
    for (const skill of field(random))
      skills.set(skill, Math.max(skills.get(skill) ?? 0, random.between(0.5, 1)))
  // Skills with little experience.
  for (const skill of field(random)) if (!skills.has(skill)) skills.set(skill, random.between(0.1, 0.4))
  return skills
}

const truthOf = (random: Random, cities: readonly City[]): Truth => {
  const first = random.below(sizes.length)
  const diligence = random.roll() ** 0.6
  return {
    skills: skillsOf(random),
    places: Array.from({ length: 1 + Math.floor(random.roll() ** 3 * 5) }, () => random.skewed(cities)),
    languages: ['de', 'en', 'fr', 'tr', 'pl'].filter((_, index) =>
      random.chance([0.95, 0.6, 0.15, 0.1, 0.1][index] ?? 0),
    ),
    sizes: sizes.slice(first, first + 1 + random.below(3)),
    diligence,
    // Partners that answer more often tend to answer sooner.
    answerHours: Math.exp(random.between(-1, 3) + (1 - diligence) * 2),
  }
}

const withTypo = (random: Random, word: string): string => {
  if (word.length < 5) return word
  const at = 1 + random.below(word.length - 2)
  const [before, here, next, after] = [
    word.slice(0, at),
    word.charAt(at),
    word.charAt(at + 1),
    word.slice(at + 2),
  ]
  return random.of([
    `${before}${next}${after}`,
    `${before}${next}${here}${after}`,
    `${before}${here}${here}${next}${after}`,
  ])
}

const isCode = (skill: string): boolean => skill.includes('/')

/** Returns a profile that omits some true skills and claims some that are not true. */
const profileOf = (random: Random, { skills, places, languages, sizes: served }: Truth): ListedProfile => {
  const boast = random.chance(0.2) ? 0.5 : 0.03
  const codes = (list: List) =>
    codesIn(list).filter(code => {
      const skill = skills.get(`${list}/${code}`) ?? 0
      return random.chance(skill > 0.45 ? 0.9 : skill > 0 ? 0.3 : boast)
    })
  const known = [...skills.keys()].filter(skill => !isCode(skill))
  const everything = Object.values(topics).flat()
  const keywords = [
    ...random.some(known, 0.7),
    ...Array.from({ length: random.below(4) }, () => random.of(everything)),
  ]
  return {
    name: `${wordOf(random, 2 + random.below(2))} ${random.of(['GmbH', 'AG', 'Consulting', 'Systems', 'IT', 'Digital'])}`,
    headline: `${random.of(['Your partner for', 'We do', 'Experts in', 'Twenty years of'])} ${random.of([...known, 'digital change'])}`,
    languages,
    industries: codes('industries'),
    products: codes('products'),
    services: codes('services'),
    solutions: codes('solutions'),
    customerSizes: random.chance(0.7) ? served : [],
    keywords: [
      ...new Set(keywords.map(keyword => (random.chance(0.02) ? withTypo(random, keyword) : keyword))),
    ],
    preferences: {
      minDealValue: random.chance(0.1) ? { amount: 10_000, currency: 'EUR' } : null,
      excludedKeywords: random.chance(0.1) ? [random.of(everything)] : [],
      excludedIndustries: random.chance(0.05) ? [random.of(codesIn('industries'))] : [],
      maxOpenReferrals: random.chance(0.2) ? 20 : null,
      pausedUntil: random.chance(0.02) ? '2026-04-01' : null,
    },
    quality: random.between(0.4, 1),
    locations: places.map((place, index) => locationOf(random, place, index)),
    defaultContacts: [hex(random)],
  }
}

const hex = (random: Random): string =>
  random
    .below(2 ** 32)
    .toString(16)
    .padStart(8, '0')

const locationOf = (random: Random, { city, latitude, longitude }: City, index: number): ListedLocation => ({
  id: index === 0 ? 'main' : `office-${index}`,
  city,
  coordinates: random.chance(0.95)
    ? { latitude: latitude + random.between(-0.1, 0.1), longitude: longitude + random.between(-0.1, 0.1) }
    : null,
  contacts: [hex(random), hex(random)],
})

/** Returns the results of requests in some months; few for newcomers. */
const reputationOf = (
  random: Random,
  truth: Truth,
): Pick<ReputationEntry, 'open' | 'months' | 'affinity'> => {
  const perMonth = random.chance(0.15) ? 0.1 : random.between(0.5, 8)
  const affinity: Record<string, { -readonly [K in keyof Affinity]: number }> = {}
  const asked = [...truth.skills.keys()].filter(isCode)
  const history = months.map((month): Month => {
    const answers: number[] = Array(16).fill(0)
    const counts = {
      earlyAnswers: 0,
      silences: 0,
      accepted: 0,
      won: 0,
      deniedWins: 0,
      lost: 0,
      unfollowed: 0,
    }
    for (let requests = random.times(perMonth); requests > 0; requests--) {
      if (!random.chance(truth.diligence)) {
        counts.silences++
        continue
      }
      const hours = truth.answerHours * Math.exp(random.between(-1, 1))
      const band = Math.min(15, bandOf(hours * 3_600_000))
      answers[band] = (answers[band] ?? 0) + 1
      const about = random.of(asked)
      const known = affinity[about] ?? { won: 0 }
      affinity[about] = known
      const isFit = random.chance(truth.skills.get(about) ?? 0)
      if (!isFit) continue
      counts.accepted++
      const isWon = random.chance(0.3 + 0.4 * (truth.skills.get(about) ?? 0))
      if (random.chance(0.3 + 0.6 * truth.diligence)) {
        counts[isWon ? 'won' : 'lost']++
        if (isWon) known.won++
      } else counts.unfollowed++
    }
    while (answers.at(-1) === 0) answers.pop()
    return { month, answers, ...counts }
  })
  return { open: random.times(perMonth), months: history, affinity }
}

const idOf = (number: number): string => `ptr_01KJKJ${number.toString(32).toUpperCase().padStart(20, '0')}`

/** Yields the partners of a region, each with an active profile. */
export function* region(count: number, seed = 1): Generator<Partner> {
  const random = new Random(seed)
  const cities = [...largeCities, ...smallCities(random)]
  for (let number = 0; number < count; number++) yield partnerOf(random, cities, idOf(number))
}

const partnerOf = (random: Random, cities: readonly City[], id: string): Partner => {
  const truth = truthOf(random, cities)
  const profile = profileOf(random, truth)
  const about = { partnerId: asPartnerId(id), region: 'DE', version: 1 }
  const failing = random.chance(0.03) ? profile.locations.flatMap(({ contacts }) => contacts) : []
  return {
    id,
    truth,
    profile,
    entries: [
      { kind: 'profile', ...about, profile },
      { kind: 'reputation', ...about, ...reputationOf(random, truth) },
      ...(failing.length > 0 ? [{ kind: 'health', ...about, failing } as const] : []),
    ],
  }
}

/** Returns the entry of an edited profile. */
export const edited = (random: Random, { truth, id }: Partner, version: number): DirectoryEntry => ({
  kind: 'profile',
  partnerId: asPartnerId(id),
  region: 'DE',
  version,
  profile: profileOf(random, truth),
})

/** Returns customers, with the kinds of searches in turn. */
export const customers = (count: number, seed = 2, of: readonly Kind[] = kinds): Customer[] => {
  const random = new Random(seed)
  return Array.from({ length: count }, (_, index) => customerOf(random, of[index % of.length] ?? 'text'))
}

const customerOf = (random: Random, kind: Kind): Customer => {
  const place = random.skewed(largeCities)
  const [size, language] = [random.of(sizes), random.chance(0.8) ? 'de' : 'en']
  const needed = field(random)
  const codes =
    kind === 'text' ? [] : needed.filter(isCode).slice(0, kind === 'need' ? 3 : 1 + random.below(2))
  const hasWords = kind === 'text' || kind === 'combined' || kind === 'need'
  const words = hasWords
    ? needed.filter(skill => !isCode(skill)).slice(0, kind === 'need' ? 3 : 1 + random.below(2))
    : []
  const needs = kind === 'text' && words.length === 0 ? needed.slice(0, 1) : [...codes, ...words]
  const text = textOf(random, kind, words.length > 0 || codes.length > 0 ? words : needs)
  const near = { latitude: place.latitude, longitude: place.longitude }
  const search: SearchQuery = {
    codes: Object.fromEntries(
      lists.map(list => [
        list,
        codes.filter(code => code.startsWith(`${list}/`)).map(code => code.slice(list.length + 1)),
      ]),
    ),
    match: kind === 'need' ? 'any' : 'all-lists',
    ...(text && { text }),
    ...((kind === 'need' || kind === 'combined') && { sizes: [size], languages: [language] }),
    ...((kind === 'near' || kind === 'need' || kind === 'combined') && { near }),
    ...((kind === 'near' || kind === 'combined') && { radiusKm: random.of([25, 50, 100, 200]) }),
    limit: 10,
    facets: kind !== 'need',
  }
  return { kind, search, needs, place, size, language }
}

/** Returns the text that a customer types or writes. */
const textOf = (random: Random, kind: Kind, skills: readonly string[]): string => {
  const words = skills.map(skill => {
    const [list, code] = skill.split('/') as [List, string | undefined]
    return code === undefined ? skill : (labelsOf(list, code)[0] ?? skill)
  })
  if (kind === 'need')
    return words.length > 0 ? `We are looking for somebody to help us with ${words.join(' and ')}.` : ''
  const typed = words.join(' ').toLowerCase()
  if (random.chance(0.15)) return withTypo(random, typed)
  return random.chance(0.15) && typed.length > 6 ? typed.slice(0, -2) : typed
}

/** Distance on a flat map, which is accurate enough within a region. */
const kmBetween = (one: City, other: City): number =>
  Math.hypot(
    (one.latitude - other.latitude) * 111,
    (one.longitude - other.longitude) * 111 * Math.cos(one.latitude * (Math.PI / 180)),
  )

/** Returns the value of a partner at a distance. */
const valueAt = (km: number): number => {
  if (km < 30) return 1
  if (km < 100) return 0.9
  return km < 300 ? 0.7 : 0.6
}

/**
 * Returns the grade of a partner for a customer, from 0 to 3, by its true skill, its habit of answering, the sizes and
 * languages that it serves, and its distance.
 */
export const gradeOf = (
  { truth }: Pick<Partner, 'truth'>,
  { needs, place, size, language }: Customer,
): number => {
  const skill =
    needs.reduce((sum, need) => sum + (truth.skills.get(need) ?? 0), 0) / Math.max(1, needs.length)
  const answer = truth.diligence * (truth.answerHours < 24 ? 1 : truth.answerHours < 72 ? 0.8 : 0.6)
  const served = truth.sizes.includes(size) ? 1 : 0.7
  const spoken = truth.languages.includes(language) ? 1 : 0.5
  const km = Math.min(...truth.places.map(there => kmBetween(there, place)))
  const worth = skill * answer * served * spoken * valueAt(km)
  return [0.15, 0.3, 0.45].filter(least => worth >= least).length
}

/** Returns nDCG@10: the discounted cumulative gain of the first ten results, relative to the highest possible gain. */
export const ndcg = (found: readonly number[], all: readonly number[]): number => {
  const gain = (grades: readonly number[]) =>
    grades.slice(0, 10).reduce((sum, grade, index) => sum + (2 ** grade - 1) / Math.log2(index + 2), 0)
  const best = gain(all.toSorted((a, b) => b - a))
  return best === 0 ? 1 : gain(found) / best
}

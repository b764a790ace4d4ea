/**
 * Search libraries for comparison with the engine. Each is used in its best way and with the same filters. They get the
 * visibility of each partner, which they cannot compute.
 */
import { type AnyOrama, create, insertMultiple, search as searchOrama } from '@orama/orama'
import MiniSearch from 'minisearch'
import { asPartnerId } from '../../shared/kernel/ids.ts'
import { defaultPolicy } from '../../shared/program/policy/rules.ts'
import {
  createPartnerSearch,
  type PartnerSearch,
  type SearchQuery,
  whyExcluded,
} from '../../shared/search/index.ts'
import { labelsOf, lists, now, type Partner } from './search-region.ts'

export interface Peer {
  readonly name: string
  search(search: SearchQuery): string[] | Promise<string[]>
}

const { ranking } = defaultPolicy

export const oursOf = (partners: Iterable<Partner>): PartnerSearch => {
  const index = createPartnerSearch({ labelsOf })
  for (const { entries } of partners) for (const entry of entries) index.apply(entry)
  return index
}

export const ours = (index: PartnerSearch): Peer => ({
  name: 'ours',
  search: search =>
    index
      .search(search, { now, ranking, seed: JSON.stringify(search) })
      .hits.map(({ partnerId }) => partnerId),
})

/** Document of a partner for all libraries. */
interface Document {
  readonly id: string
  readonly name: string
  readonly keywords: string[]
  readonly labels: string[]
  readonly headline: string
  readonly industries: string[]
  readonly products: string[]
  readonly services: string[]
  readonly solutions: string[]
  readonly sizes: string[]
  readonly languages: string[]
  readonly place: { lat: number; lon: number }
  readonly visibility: number
}

const everySize = 'every'

/** Yields the documents of partners that are neither paused nor unreachable. */
export function* documentsOf(partners: Iterable<Partner>, index: PartnerSearch): Generator<Document> {
  const present = { open: 0, today: now.slice(0, 10) }
  for (const { id, profile, entries } of partners) {
    const isFailing = entries.some(({ kind }) => kind === 'health')
    if (isFailing && profile.defaultContacts.length === 0) continue
    if (whyExcluded(profile, { industries: [] }, present)) continue
    const { latitude = 0, longitude = 0 } =
      profile.locations.find(({ coordinates }) => coordinates)?.coordinates ?? {}
    yield {
      id,
      name: profile.name,
      headline: profile.headline,
      keywords: [...profile.keywords],
      labels: lists.flatMap(list => profile[list].flatMap(code => [code, ...labelsOf(list, code)])),
      industries: [...profile.industries],
      products: [...profile.products],
      services: [...profile.services],
      solutions: [...profile.solutions],
      sizes: profile.customerSizes.length > 0 ? [...profile.customerSizes] : [everySize],
      languages: [...profile.languages],
      place: { lat: latitude, lon: longitude },
      visibility: index.standingOf(asPartnerId(id), { now, ranking })?.visibility ?? 0,
    }
  }
}

const folded = (word: string): string => word.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase()

/** Returns the search text, with the labels of codes on request. */
const termOf = ({ text = '', codes }: SearchQuery, withCodes: boolean): string => {
  const labels = lists.flatMap(list => (codes[list] ?? []).flatMap(code => labelsOf(list, code)))
  return [text, ...(withCodes ? labels : [])].filter(part => part.length > 0).join(' ')
}

const passes = (
  document: Document,
  { codes, match, sizes = [], languages = [], near, radiusKm }: SearchQuery,
): boolean => {
  const asked = lists.filter(list => (codes[list]?.length ?? 0) > 0)
  const has = (list: (typeof lists)[number]) =>
    codes[list]?.some(code => document[list].includes(code)) ?? false
  if (match === 'any' ? asked.length > 0 && !asked.some(has) : !asked.every(has)) return false
  if (sizes.length > 0 && ![...sizes, everySize].some(size => document.sizes.includes(size))) return false
  const speaks = (language: string) => document.languages.includes(language)
  if (languages.length > 0 && match === 'all-lists' && !languages.some(speaks)) return false
  return near === undefined || radiusKm === undefined || kmBetween(document.place, near) <= radiusKm
}

const kmBetween = ({ lat, lon }: Document['place'], to: { latitude: number; longitude: number }): number =>
  Math.hypot((lat - to.latitude) * 111, (lon - to.longitude) * 111 * Math.cos(lat * (Math.PI / 180)))

export const miniSearchOf = (documents: Iterable<Document>): Peer => {
  const known = new Map<string, Document>()
  const index = new MiniSearch<Document>({
    fields: ['name', 'keywords', 'labels', 'headline'],
    extractField: (document, field) => {
      const value = document[field as keyof Document]
      return Array.isArray(value) ? value.join(' ') : (value as string)
    },
    processTerm: folded,
  })
  for (const document of documents) {
    known.set(document.id, document)
    index.add(document)
  }
  return {
    name: 'MiniSearch',
    search: search => {
      const term = termOf(search, search.match === 'any')
      return index
        .search(term || MiniSearch.wildcard, {
          prefix: word => word.length >= 3,
          fuzzy: word => (word.length >= 7 ? 2 : word.length >= 4 ? 1 : false),
          boost: { name: 1.5, keywords: 2, labels: 1.5 },
          boostDocument: id => (known.get(id) as Document).visibility,
          filter: ({ id }) => passes(known.get(id) as Document, search),
        })
        .slice(0, search.limit)
        .map(({ id }) => id as string)
    },
  }
}

const schema = {
  name: 'string',
  keywords: 'string[]',
  labels: 'string[]',
  headline: 'string',
  industries: 'enum[]',
  products: 'enum[]',
  services: 'enum[]',
  solutions: 'enum[]',
  sizes: 'enum[]',
  languages: 'enum[]',
  place: 'geopoint',
  visibility: 'number',
} as const

/** Number of results that are sorted again by visibility. */
const reranked = 100

export const oramaOf = async (documents: Iterable<Document>): Promise<Peer> => {
  const index: AnyOrama = create({ schema })
  await insertMultiple(index, [...documents], 1000)
  return {
    name: 'Orama',
    search: async search => {
      const term = termOf(search, search.match === 'any')
      const ask = (tolerance: number) => searchOrama(index, orderOf(search, term, tolerance))
      const exact = await ask(0)
      // A tolerance takes seconds with many profiles, so it is used only if the exact search finds nothing.
      const found = exact.count > 0 || !term ? exact : await ask(1)
      return found.hits
        .map(({ score, document }) => ({ document: document as unknown as Document, score }))
        .toSorted((a, b) => (term ? b.score * b.document.visibility - a.score * a.document.visibility : 0))
        .slice(0, search.limit)
        .map(({ document }) => document.id)
    },
  }
}

const orderOf = (search: SearchQuery, term: string, tolerance: number) =>
  ({
    ...(term
      ? { term, properties: ['name', 'keywords', 'labels', 'headline'], tolerance, threshold: 1 }
      : { sortBy: { property: 'visibility', order: 'DESC' } }),
    boost: { name: 1.5, keywords: 2, labels: 1.5 },
    where: whereOf(search),
    limit: term ? reranked : search.limit,
    ...(search.facets && {
      facets: { industries: {}, products: {}, services: {}, solutions: {}, sizes: {}, languages: {} },
    }),
  }) as Parameters<typeof searchOrama>[1]

const whereOf = ({
  codes,
  match,
  sizes = [],
  languages = [],
  near,
  radiusKm,
}: SearchQuery): Record<string, unknown> => {
  const asked = lists.filter(list => (codes[list]?.length ?? 0) > 0)
  const has = (list: (typeof lists)[number]) => ({ [list]: { containsAny: codes[list] } })
  const ofCodes =
    match === 'any'
      ? asked.length > 1
        ? { or: asked.map(has) }
        : Object.assign({}, ...asked.map(has))
      : Object.assign({}, ...asked.map(has))
  return {
    ...ofCodes,
    ...(sizes.length > 0 && { sizes: { containsAny: [...sizes, everySize] } }),
    ...(languages.length > 0 && match === 'all-lists' && { languages: { containsAny: [...languages] } }),
    ...(near &&
      radiusKm !== undefined && {
        place: {
          radius: {
            coordinates: { lat: near.latitude, lon: near.longitude },
            unit: 'km',
            value: radiusKm,
            inside: true,
          },
        },
      }),
  }
}

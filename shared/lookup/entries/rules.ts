/**
 * Lookup entries. A word of up to 8 letters is one entry, which is found by each prefix of 3 to 8 letters (1 to 8 in dense
 * scripts): the hash of the shortest prefix is in the partition key, and the hashes of the longer prefixes follow each other in
 * the sort key. A query for a prefix reads the sort keys that begin with its hashes.
 *
 * Hashes are keyed and depend on the scope, so that entries show no text, and equal names in two scopes have different hashes.
 */
import { foldVersion } from '../../text/folding.ts'
import { foldAddress, matches, maxPrefix, rootLength, type Sought, type Words } from '../words/rules.ts'

/** Returns the keyed hash of a text in base64url. */
export type Hash = (text: string) => string

/** The set of names in which a query searches, such as the requests of the program, or the referrals of a partner. */
export type Scope = string

/** Characters of the hash of the shortest prefix: 96 bits. */
const rootCharacters = 16
/** Characters of the hash of each longer prefix, and of each root in `roots`: 24 bits. Collisions are found when names are compared. */
const levelCharacters = 4
/** Follows a word that has no more letters. It sorts after base64url, so that whole words come first in descending order. */
const end = '~'.repeat(levelCharacters)

/** An entry of a word or an address. */
export interface Entry {
  readonly partition: string
  /** Hashes of the longer prefixes. */
  readonly path: string
  /** Id of what is found. */
  readonly id: string
  /** Short hashes of the roots of all words, for queries of several words. */
  readonly roots: string
}

/** The names by which something is found. */
export interface Subject {
  readonly words: Words
  readonly email?: string | undefined
}

const hashIn = (scope: Scope, kind: 'word' | 'email', hash: Hash) => (text: string) =>
  hash([foldVersion, scope, kind, text].join('\n'))

const partitionOf = (scope: Scope, rootHash: string): string =>
  `${foldVersion}#${scope}#${rootHash.slice(0, rootCharacters)}`

interface Path {
  readonly partition: string
  readonly path: string
  readonly root: string
}

const prefixesOf = (word: string): string[] => {
  const letters = [...word].slice(0, maxPrefix)
  const shortest = Math.min(rootLength(word), letters.length)
  return letters.slice(shortest - 1).map((_, index) => letters.slice(0, shortest + index).join(''))
}

/** @returns the path of the word, without the end that follows a short one */
const pathOf = (scope: Scope, word: string, hash: Hash): Path => {
  const [root = '', ...levels] = prefixesOf(word).map(hashIn(scope, 'word', hash))
  return {
    partition: partitionOf(scope, root),
    path: levels.map(level => level.slice(0, levelCharacters)).join(''),
    root: root.slice(0, levelCharacters),
  }
}

const withEnd = (word: string, path: string): string =>
  path.padEnd((maxPrefix - rootLength(word)) * levelCharacters, end)

const addressPartition = (scope: Scope, address: string, hash: Hash): string =>
  partitionOf(scope, hashIn(scope, 'email', hash)(foldAddress(address)))

/** Returns the entries by which `id` is found in a scope. */
export const entriesOf = (scope: Scope, id: string, { words, email }: Subject, hash: Hash): Entry[] => {
  const paths = words.indexed.map(word => ({ word, ...pathOf(scope, word, hash) }))
  const further = words.further.map(word => pathOf(scope, word, hash))
  const roots = [...new Set([...paths, ...further].map(({ root }) => root))].toSorted().join('')
  const named = paths.map(({ word, partition, path }) => ({
    partition,
    path: withEnd(word, path),
    id,
    roots,
  }))
  const byKey = new Map(named.map(entry => [`${entry.partition} ${entry.path}`, entry]))
  const addressed = email
    ? [{ partition: addressPartition(scope, email, hash), path: end, id, roots: '' }]
    : []
  return [...byKey.values(), ...addressed]
}

/** The keys that a query reads, and the roots that its other words require. */
export interface Range {
  readonly partition: string
  readonly beginsWith: string
  readonly roots: readonly string[]
}

/** Returns the range of a query; undefined if it has no word. */
export const rangeOf = (scope: Scope, sought: Sought, hash: Hash): Range | undefined => {
  if (sought.kind === 'email')
    return { partition: addressPartition(scope, sought.address, hash), beginsWith: '', roots: [] }
  const [first, ...others] = sought.words
  if (first === undefined) return undefined
  const { partition, path } = pathOf(scope, first, hash)
  // A word that is shorter than a root can be the beginning of any word.
  const rooted = others.filter(word => [...word].length >= rootLength(word))
  return { partition, beginsWith: path, roots: rooted.map(word => pathOf(scope, word, hash).root) }
}

/** Tests if an entry can belong to a name that has all words of the query. */
export const hasRoots = (roots: string, wanted: readonly string[]): boolean => {
  const present = new Set(roots.match(new RegExp(`.{${levelCharacters}}`, 'g')))
  return wanted.every(root => present.has(root))
}

/** Tests if a query finds a subject, by the names themselves. */
export const isFound = (sought: Sought, { words, email }: Subject): boolean =>
  sought.kind === 'email'
    ? email !== undefined && foldAddress(email) === sought.address
    : matches(words, sought.words)

/**
 * Returns the path of the entry at which a query reports a subject. Several words of a name can begin with the same letters;
 * the first of their entries, in descending order, stands for all, so that no page repeats a name.
 */
export const reportedPath = (
  scope: Scope,
  { partition, beginsWith }: Range,
  subject: Subject,
  hash: Hash,
): string | undefined =>
  entriesOf(scope, '', subject, hash)
    .filter(entry => entry.partition === partition && entry.path.startsWith(beginsWith))
    .map(({ path }) => path)
    .toSorted()
    .at(-1)

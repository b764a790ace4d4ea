/**
 * Entity tags (RFC 9110, section 8.8.3). The tag of a versioned representation is strong, and holds the version and a hash
 * of the content: `"3.9f2c4e7a1b0d"`. If-Match compares the version, because a write is based on it. If-None-Match compares
 * the whole tag: parts of a representation, such as a status that depends on the time, change without a new version. Other
 * representations, such as lists, have the hash only, as a weak tag.
 */
import { createHash } from 'node:crypto'

interface EntityTag {
  /** The text between the quotes. */
  readonly opaque: string
}

/** Hexadecimal digits of a hash: 48 bits tell the representations of one resource apart. */
const hashLength = 12

/** Sorts the fields of objects, because DynamoDB returns those of a map in any order: a write and a read then have one tag. */
const inOrder = (_name: string, value: unknown): unknown =>
  value !== null && typeof value === 'object' && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1)))
    : value

const hashOf = (body: unknown): string =>
  createHash('sha256').update(JSON.stringify(body, inOrder)).digest('hex').slice(0, hashLength)

export const versionTag = (version: number, body: unknown): string => `"${version}.${hashOf(body)}"`

export const contentTag = (body: unknown): string => `W/"${hashOf(body)}"`

/**
 * Suffixes that proxies add to the tags of responses that they compress, such as `-gzip` (Apache) and `--gzip` (Jetty). The
 * content is the same.
 */
const encodingSuffix = /--?(?:gzip|br|zstd|deflate)$/

const contentOf = ({ opaque }: EntityTag): string => opaque.replace(encodingSuffix, '')

/** `etagc` of RFC 9110 has no double quote, but commas: a list cannot be split at them. */
const listElement = /[ \t]*(?:(?:W\/)?"([\x21\x23-\x7e\x80-\xff]*)")?[ \t]*(?:,|$)/y

/** Returns the tags of an If-Match or If-None-Match header, `*` for any tag, or undefined if the header is malformed. */
export const readTags = (header: string): '*' | readonly EntityTag[] | undefined => {
  if (header.trim() === '*') return '*'
  const tags: EntityTag[] = []
  listElement.lastIndex = 0
  while (listElement.lastIndex < header.length) {
    const element = listElement.exec(header)
    if (!element) return undefined
    const [, opaque] = element
    if (opaque !== undefined) tags.push({ opaque })
  }
  return tags.length > 0 ? tags : undefined
}

/**
 * Returns the version in a tag, with or without the hash; undefined if it is no tag of a versioned representation. Weak
 * tags count, although RFC 9110 compares If-Match strongly: a proxy that compresses weakens each tag, and the version does
 * not depend on the encoding.
 */
export const versionIn = (tag: EntityTag): number | undefined => {
  const [, version] = /^([1-9]\d{0,14})(?:\.[0-9a-f]{12})?$/.exec(contentOf(tag)) ?? []
  return version === undefined ? undefined : Number(version)
}

/** Tests whether an If-None-Match header names the present tag, by weak comparison. A malformed header names none. */
export const namesTag = (ifNoneMatch: string, tag: string): boolean => {
  const named = readTags(ifNoneMatch) ?? []
  if (named === '*') return true
  const present = tag.replace(/^W\//, '').slice(1, -1)
  return named.some(other => contentOf(other) === present)
}

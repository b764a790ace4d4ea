/**
 * Versioned data of the program, such as the policy: one item with the version in force, replaced as a whole, and one item
 * per version. A new program has no items and uses the default as version 1; the first change stores version 1 too.
 */

import type * as z from 'zod/mini'
import { notFound } from '../kernel/errors.ts'
import type { Versioned } from '../kernel/versioned.ts'
import { type Instant, instantOf } from '../time/instant.ts'
import { type Condition, contentOf, type Item, type Key, key, partition, type Write } from './item.ts'
import { readStored } from './stored.ts'
import { get, transact } from './table.ts'
import { requireVersion, staleOr } from './version.ts'

interface Dated {
  readonly version: number
  /** Null for the default. */
  readonly changedAt: Instant | null
  /** Author of the version: the subject of their token. */
  readonly changedBy: string | null
}

interface Replacement {
  readonly by: string
  /** The version on which the caller's change is based. */
  readonly version: number
  readonly now: Date
}

/** Keys of the items of one kind of versioned data. */
const keysOf = (entity: string) => {
  const inForce: Key = { pk: partition('program'), sk: entity.toUpperCase() }
  return {
    /** Key of the version in force. */
    inForce,
    /** Returns the key of one version. It is padded with zeros, so that sort keys are in order of versions. */
    version: (version: number): Key => ({
      pk: inForce.pk,
      sk: key(inForce.sk, String(version).padStart(8, '0')),
    }),
  }
}

const represent = <T extends Dated>(data: T): Versioned<T> => ({ body: data, version: data.version })

/**
 * Creates the functions that read and replace one kind of versioned data.
 * @param entity name of its items, such as `policy`
 * @param first the default, version 1
 * @param stored schema of a stored version, with defaults for fields that older items lack
 * @param toStored converts a version to the stored names of its fields
 */
export const versionedData = <T extends Dated>(
  entity: string,
  first: T,
  stored: z.ZodMiniType<T>,
  toStored: (data: T) => object,
) => {
  const keys = keysOf(entity)

  /** Reads a version. Without an item, returns the default. @throws UnreadableItem */
  const read = (item: Item | undefined): T => (item ? readStored(stored, entity, item) : first)

  /** Reads a version to show it. @param version undefined for the one in force @throws DomainError not-found */
  const find = async (version?: number): Promise<Versioned<T>> => {
    if (version === undefined) return represent(read(await get(keys.inForce)))
    const item = await get(keys.version(version))
    if (!item && version !== first.version) throw notFound()
    return represent(read(item))
  }

  const putVersion = (data: T): Write => ({
    put: { ...toStored(data), ...keys.version(data.version), entity: `${entity}-version` },
    when: { pk: 'absent' },
  })

  /** Returns the fields of an item that only a newer version of the program uses. */
  const unknownIn = (item: Item): object => {
    const known = toStored(read(item))
    return Object.fromEntries(Object.entries(contentOf(item)).filter(([name]) => !(name in known)))
  }

  /**
   * Returns the writes of a change, the item in force first. The first change also stores the default as version 1.
   * @param before the present item in force
   */
  const writes = (next: T, before?: Item): Write[] => {
    const isFirstChange = next.version === first.version + 1
    const when: Condition = isFirstChange ? { pk: 'absent' } : { version: next.version - 1 }
    return [
      { put: { ...(before && unknownIn(before)), ...toStored(next), ...keys.inForce, entity }, when },
      putVersion(next),
      ...(isFirstChange ? [putVersion(first)] : []),
    ]
  }

  /**
   * Puts new content into force.
   * @param check gets the present version, and throws if the new content may not replace it
   * @throws DomainError stale-version
   */
  const replace = async (
    content: Omit<T, keyof Dated>,
    { by, version, now }: Replacement,
    check: (present: T) => void = () => {},
  ): Promise<Versioned<T>> => {
    const item = await get(keys.inForce)
    const present = read(item)
    requireVersion(represent(present), version)
    check(present)
    const dated: Dated = { version: version + 1, changedAt: instantOf(now), changedBy: by }
    const next = { ...content, ...dated } as T
    try {
      await transact(writes(next, item))
    } catch (error) {
      throw staleOr(error, item => represent(read(item)))
    }
    return represent(next)
  }

  return { key: keys.inForce, read, writes, find, replace }
}

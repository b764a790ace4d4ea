/**
 * Data that a program is run by, such as its policy: one item, replaced as a whole, and each version that there was.
 * A program that has changed nothing has what it came with, as version 1; the first change keeps that too.
 */

import type * as z from 'zod/mini'
import { notFound } from '../kernel/errors.ts'
import type { Versioned } from '../kernel/versioned.ts'
import { type Instant, instantOf } from '../time/instant.ts'
import { type Condition, type Item, type Key, key, partition, type Write } from './item.ts'
import { readStored } from './stored.ts'
import { get, transact } from './table.ts'
import { requireVersion, staleOr } from './version.ts'

interface Dated {
  readonly version: number
  /** Null for what the program came with. */
  readonly changedAt: Instant | null
  /** Author of the version: the subject of their token. */
  readonly changedBy: string | null
}

interface Replacement {
  readonly by: string
  /** The version that the caller knows. */
  readonly version: number
  readonly now: Date
}

/**
 * @param entity name of its items, such as `policy`
 * @param stored schema in which a version is stored, with defaults for fields that are younger than an item
 * @param toStored returns a version under the stored names of its fields
 */
export const versionedData = <T extends Dated>(
  entity: string,
  asItComes: T,
  stored: z.ZodMiniType<T>,
  toStored: (data: T) => object,
) => {
  /** Key of the version in force. */
  const inForce: Key = { pk: partition('program'), sk: entity.toUpperCase() }

  /** Zero-padded, so that sort keys sort as versions do. */
  const keyOf = (version: number): Key => ({
    pk: inForce.pk,
    sk: key(inForce.sk, String(version).padStart(8, '0')),
  })

  /** Reads a version; without an item, the data that the program comes with. @throws UnreadableItem */
  const read = (item: Item | undefined): T => (item ? readStored(stored, entity, item) : asItComes)

  const shown = (data: T): Versioned<T> => ({ body: data, version: data.version })

  const putVersion = (data: T): Write => ({
    put: { ...toStored(data), ...keyOf(data.version), entity: `${entity}-version` },
    when: { pk: 'absent' },
  })

  /** The writes of a change: what is in force is the first of them. */
  const writes = (next: T): Write[] => {
    const isFirst = next.version === asItComes.version + 1
    const when: Condition = isFirst ? { pk: 'absent' } : { version: next.version - 1 }
    return [
      { put: { ...toStored(next), ...inForce, entity }, when },
      putVersion(next),
      ...(isFirst ? [putVersion(asItComes)] : []),
    ]
  }

  return {
    key: inForce,
    read,
    writes,

    /** @param version of an earlier one; without it, the one in force @throws DomainError not-found */
    find: async (version?: number): Promise<Versioned<T>> => {
      if (version === undefined) return shown(read(await get(inForce)))
      const item = await get(keyOf(version))
      if (!item && version !== asItComes.version) throw notFound()
      return shown(read(item))
    },

    /**
     * Puts other content in force.
     * @param check throws what is wrong with it, given what is in force
     * @throws DomainError stale-version
     */
    replace: async (
      content: Omit<T, keyof Dated>,
      { by, version, now }: Replacement,
      check: (present: T) => void = () => {},
    ): Promise<Versioned<T>> => {
      const present = read(await get(inForce))
      requireVersion(shown(present), version)
      check(present)
      const dated: Dated = { version: version + 1, changedAt: instantOf(now), changedBy: by }
      const next = { ...content, ...dated } as T
      try {
        await transact(writes(next))
      } catch (error) {
        throw staleOr(error, item => shown(read(item)))
      }
      return shown(next)
    },
  }
}

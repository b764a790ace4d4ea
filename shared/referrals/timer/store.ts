/** Stores the sweep mark: the instant up to which all deadlines were processed. */
import { get, partition, readStored, type Write } from '../../persistence/index.ts'
import type { Instant } from '../../time/instant.ts'
import { storedSweep } from './stored.ts'

const sweepKey = { pk: partition('sweep'), sk: 'SWEEP' }

/** Returns the sweep mark; undefined before the first sweep. */
export const getSweptUntil = async (): Promise<Instant | undefined> => {
  const item = await get(sweepKey)
  return item && readStored(storedSweep, 'sweep mark', item).sweptUntil
}

/** Returns the write that moves the sweep mark. Its condition fails if the stored mark is later. */
export const putSweptUntil = (sweptUntil: Instant): Write => ({
  put: { ...sweepKey, entity: 'sweep', sweptUntil },
  when: { pk: 'absent' },
  orWhen: { sweptUntil: { atOrBefore: sweptUntil } },
})

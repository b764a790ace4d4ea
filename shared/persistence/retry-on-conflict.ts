/** Writes that may meet others: what was decided on an item that has changed since is decided again. */
import { ConditionFailed } from './item.ts'

/** How often a decision that other writes overtook is made anew before it is given up. */
const mostOvertaken = 4

/**
 * Reads, decides and writes, again and again until no other write gets in between.
 * @param most how often it may be overtaken
 * @throws ConditionFailed when others kept getting in the way: it is worth coming again; whatever else `attempt` throws
 */
export const untilUndisturbed = async <T>(attempt: () => Promise<T>, most = mostOvertaken): Promise<T> => {
  for (let overtaken = 0; ; overtaken++) {
    try {
      return await attempt()
    } catch (error) {
      if (!(error instanceof ConditionFailed) || overtaken >= most) throw error
    }
  }
}

/** The sweeper's mark as it is stored. */
import * as z from 'zod/mini'

export const storedSweep = z.object({ sweptUntil: z.string() })
